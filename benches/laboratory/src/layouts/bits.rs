//! Vectors whose states are three bit planes: a word of each says where 64 rows stand.

use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, words_for};

use super::columns::{ColumnRows, States};
use super::{Layout, Roster, Sharing, Standing, take, visit_all};

/// Columns, and states as bits; every cohort begins with a new word.
#[derive(Debug)]
pub(super) struct Bits {
    keys: Vec<Key>,
    plans: Vec<Plan>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
    planes: Vec<[u64; 3]>,
    starts: Vec<usize>,
    /// The first word of each seat, and their number.
    words: Vec<usize>,
}

impl Layout for Bits {
    type Rows<'a> = ColumnRows<'a, Planes<'a>>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let rows = roster.rows();
        let mut built = Self {
            keys: Vec::with_capacity(rows),
            plans: Vec::with_capacity(rows),
            holds: Vec::with_capacity(rows),
            ledgers: Vec::with_capacity(rows),
            planes: Vec::new(),
            starts: roster.starts.clone(),
            words: vec![0],
        };
        for seat in 0..roster.cohorts.len() {
            let first = built.planes.len();
            for (at, row) in roster.rows_of(seat).enumerate() {
                built.keys.push(row.key);
                built.plans.push(row.plan);
                built.holds.push(row.holds);
                built.ledgers.push(row.ledger);
                if at % 64 == 0 {
                    built.planes.push([0; 3]);
                }
                write(&mut built.planes[first + at / 64], 1 << (at % 64), row.state);
            }
            built.words.push(built.planes.len());
        }
        built
    }

    fn formula(roster: &Roster) -> usize {
        let words = (0..roster.cohorts.len())
            .map(|seat| words_for(roster.starts[seat + 1] - roster.starts[seat]));
        roster.rows() * (8 + 8 + 4 + 20) + words.sum::<usize>() * size_of::<[u64; 3]>()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        let (mut keys, mut plans) = (&mut self.keys[..], &mut self.plans[..]);
        let (mut holds, mut ledgers) = (&mut self.holds[..], &mut self.ledgers[..]);
        let mut planes = &mut self.planes[..];
        let (mut taken, mut words_taken) = (0, 0);
        let mut cut = Vec::with_capacity(seats.len());
        for &seat in seats {
            let rows = self.starts[seat] - taken..self.starts[seat + 1] - taken;
            let words = self.words[seat] - words_taken..self.words[seat + 1] - words_taken;
            cut.push(ColumnRows {
                keys: take(&mut keys, rows.clone()),
                plans: take(&mut plans, rows.clone()),
                holds: take(&mut holds, rows.clone()),
                ledgers: take(&mut ledgers, rows),
                states: Planes(take(&mut planes, words)),
            });
            (taken, words_taken) = (self.starts[seat + 1], self.words[seat + 1]);
        }
        visit_all(cut, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = self.starts[seat] + row;
        Standing {
            plan: self.plans[at],
            state: read(self.planes[self.words[seat] + row / 64], row % 64),
            holds: self.holds[at],
            ledger: self.ledgers[at],
        }
    }
}

/// States as three bits each, 64 to a word.
pub(super) struct Planes<'a>(pub(super) &'a mut [[u64; 3]]);

impl States for Planes<'_> {
    fn state(&self, row: usize) -> State {
        read(self.0[row / 64], row % 64)
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        write(&mut self.0[word], rows, state);
    }
}

/// Puts rows of a word into a state.
pub(super) fn write(planes: &mut [u64; 3], rows: u64, state: State) {
    for (bit, plane) in planes.iter_mut().enumerate() {
        let set = if state as u8 >> bit & 1 == 1 { rows } else { 0 };
        *plane = *plane & !rows | set;
    }
}

/// Where a row of a word stands.
pub(super) fn read(planes: [u64; 3], row: usize) -> State {
    let bit = |plane: usize| usize::from(planes[plane] >> row & 1 == 1) << plane;
    State::ALL[bit(0) | bit(1) | bit(2)]
}
