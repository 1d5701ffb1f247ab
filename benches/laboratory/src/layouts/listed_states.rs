//! Vectors whose states are lists: each cohort has a commonest state, and a list of the rows that
//! stand elsewhere. What is written is noted, and merged into the list when the rows are settled.

use std::ops::Range;

use shakedown_engine::fleet::matrix::{State, ones};

use super::columns::{ColumnRows, States};
use super::{Layout, Roster, Sharing, Soa, Standing, select};

/// Vectors, and the states of each seat beside them.
#[derive(Debug)]
pub(super) struct ListedStates {
    columns: Soa,
    states: Vec<StateList>,
}

/// Where the rows of a cohort stand.
#[derive(Debug)]
pub(super) struct StateList {
    rows: u32,
    common: State,
    /// Rows that stand elsewhere, ascending.
    others: Vec<(u32, State)>,
    /// What was written since, in order: word, rows, state.
    written: Vec<(usize, u64, State)>,
}

impl Layout for ListedStates {
    type Rows<'a> = ColumnRows<'a, &'a mut StateList>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let states = |(_, cohort): &(_, shakedown_engine::fleet::matrix::Cohort)| StateList {
            rows: cohort.used(),
            common: State::Idle,
            others: Vec::new(),
            written: Vec::new(),
        };
        Self { columns: Soa::build(roster), states: roster.cohorts.iter().map(states).collect() }
    }

    fn formula(roster: &Roster) -> usize {
        // The column of states lies idle; the lists are empty at first.
        Soa::formula(roster) + roster.cohorts.len() * size_of::<StateList>()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        let lists = select(&mut self.states, seats);
        let mut tasks: Vec<(&mut S, &mut StateList)> = states.iter_mut().zip(lists).collect();
        self.columns.visit(seats, &mut tasks, sharing, |(state, list), columns| {
            let columns = columns.slice(0..columns.keys.len());
            work(state, &mut ColumnRows::new(columns, |_| &mut **list));
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let state = self.states[seat].of(row);
        Standing { state, ..self.columns.read(seat, row) }
    }

    fn settle(&mut self) {
        self.states.iter_mut().for_each(StateList::merge);
    }
}

impl States for &mut StateList {
    fn state(&self, row: usize) -> State {
        self.of(row)
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        self.written.push((word, rows, state));
    }
}

impl StateList {
    fn of(&self, row: usize) -> State {
        let at = self.others.binary_search_by_key(&row, |&(other, _)| other as usize);
        at.map_or(self.common, |at| self.others[at].1)
    }

    fn merge(&mut self) {
        if self.written.is_empty() {
            return;
        }
        let mut states = vec![self.common; self.rows as usize];
        for &(row, state) in &self.others {
            states[row as usize] = state;
        }
        for (word, rows, state) in self.written.drain(..) {
            ones(rows).for_each(|bit| states[word * 64 + bit as usize] = state);
        }
        let mut counts = [0u32; State::ALL.len()];
        states.iter().for_each(|state| counts[*state as usize] += 1);
        let commonest = State::ALL.into_iter().max_by_key(|state| counts[*state as usize]);
        self.common = commonest.expect("there are states");
        self.others.clear();
        let rows: Range<u32> = 0..self.rows;
        let elsewhere = rows.zip(states).filter(|(_, state)| *state != self.common);
        self.others.extend(elsewhere);
    }
}
