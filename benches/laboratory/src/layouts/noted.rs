//! Vectors, and a bit per row that says whether its state was written: changes tracked by our own
//! bitset.

use shakedown_engine::fleet::matrix::{State, fill, ones, words_for};

use super::columns::{ColumnRows, States};
use super::{Layout, Roster, Sharing, Soa, Standing, select};

/// Vectors, and the changed rows of each seat.
#[derive(Debug)]
pub(super) struct Noted {
    columns: Soa,
    changed: Vec<Vec<u64>>,
}

impl Layout for Noted {
    type Rows<'a> = ColumnRows<'a, NotedStates<'a>>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let words = roster.cohorts.iter().map(|(_, cohort)| words_for(cohort.used() as usize));
        Self { columns: Soa::build(roster), changed: words.map(|words| vec![0; words]).collect() }
    }

    fn formula(roster: &Roster) -> usize {
        let words = roster.cohorts.iter().map(|(_, cohort)| words_for(cohort.used() as usize));
        let lists = roster.cohorts.len() * size_of::<Vec<u64>>();
        Soa::formula(roster) + words.sum::<usize>() * size_of::<u64>() + lists
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        let changed = select(&mut self.changed, seats);
        let mut tasks: Vec<(&mut S, &mut Vec<u64>)> = states.iter_mut().zip(changed).collect();
        self.columns.visit(seats, &mut tasks, sharing, |(state, changed), columns| {
            let columns = columns.slice(0..columns.keys.len());
            let changed = &mut changed[..];
            work(state, &mut ColumnRows::new(columns, |states| NotedStates { states, changed }));
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.columns.read(seat, row)
    }

    fn changed(&mut self) -> Option<Vec<(usize, u32)>> {
        let mut found = Vec::new();
        for (seat, words) in self.changed.iter_mut().enumerate() {
            for (first, word) in (0u32..).step_by(64).zip(words) {
                found.extend(ones(std::mem::take(word)).map(|bit| (seat, first + bit)));
            }
        }
        Some(found)
    }
}

/// A column of states, and a bit per row that was written.
pub(super) struct NotedStates<'a> {
    states: &'a mut [State],
    changed: &'a mut [u64],
}

impl States for NotedStates<'_> {
    fn state(&self, row: usize) -> State {
        self.states[row]
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        self.changed[word] |= rows;
        fill(self.states, word, rows, state);
    }
}
