//! Vectors whose states are three bit planes: a word of each says where 64 rows stand.

use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRows, words_for,
};

use super::{Layout, Roster, Sharing, Standing, StoredRows, visit_all};

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

/// The rows of one cohort.
pub(super) struct BitRows<'a> {
    keys: &'a mut [Key],
    plans: &'a mut [Plan],
    holds: &'a mut [Holds],
    ledgers: &'a mut [Ledger],
    planes: &'a mut [[u64; 3]],
}

impl Layout for Bits {
    type Rows<'a> = BitRows<'a>;

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
        work: impl Fn(&mut S, &mut BitRows<'_>) + Sync,
    ) {
        let mut rest = BitRows {
            keys: &mut self.keys,
            plans: &mut self.plans,
            holds: &mut self.holds,
            ledgers: &mut self.ledgers,
            planes: &mut self.planes,
        };
        let mut taken = (0, 0);
        let mut cut = Vec::with_capacity(seats.len());
        for &seat in seats {
            let (_, tail) = rest.split_at(self.starts[seat] - taken.0, self.words[seat] - taken.1);
            taken = (self.starts[seat + 1], self.words[seat + 1]);
            let (mine, tail) =
                tail.split_at(taken.0 - self.starts[seat], taken.1 - self.words[seat]);
            cut.push(mine);
            rest = tail;
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

impl BitRows<'_> {
    fn split_at(self, row: usize, word: usize) -> (Self, Self) {
        let (keys, plans) = (self.keys.split_at_mut(row), self.plans.split_at_mut(row));
        let (holds, ledgers) = (self.holds.split_at_mut(row), self.ledgers.split_at_mut(row));
        let planes = self.planes.split_at_mut(word);
        (
            BitRows {
                keys: keys.0,
                plans: plans.0,
                holds: holds.0,
                ledgers: ledgers.0,
                planes: planes.0,
            },
            BitRows {
                keys: keys.1,
                plans: plans.1,
                holds: holds.1,
                ledgers: ledgers.1,
                planes: planes.1,
            },
        )
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

impl PolicyRows for BitRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.keys[row]
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.ledgers[row]
    }
}

impl TargetRows for BitRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.plans[row]
    }

    fn holds(&self, row: usize) -> Holds {
        self.holds[row]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.plans[row] = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        write(&mut self.planes[word], rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.holds[row] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.ledgers[row] = ledger;
    }
}

impl StoredRows for BitRows<'_> {
    fn state(&self, row: usize) -> State {
        read(self.planes[row / 64], row % 64)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.keys[row] = key;
    }
}
