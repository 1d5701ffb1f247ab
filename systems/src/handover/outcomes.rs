//! Outcomes: where the dirty rows of a cohort stand and why they get no job, as sets of rows.

use shakedown_engine::fleet::matrix::State;

use crate::handover::ReasonRows;

/// Where rows stand, and why they get no job, policies aside; buffers are kept from one reconcile to
/// the next.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Why rows get no job.
    pub reasons: ReasonRows,
    /// Rows by state, 64 to a word; a row is in one state at most.
    states: Vec<[u64; State::ALL.len()]>,
}

impl Outcomes {
    /// Starts over with a cohort whose sets of rows have `width` words.
    pub fn begin(&mut self, width: usize) {
        self.reasons.begin(width);
        self.states.clear();
        self.states.resize(width, [0; State::ALL.len()]);
    }

    /// Puts rows of one word into a state, out of any other.
    pub fn place(&mut self, word: usize, rows: u64, state: State) {
        let states = &mut self.states[word];
        states.iter_mut().for_each(|others| *others &= !rows);
        states[state as usize] |= rows;
    }

    /// The rows of one word by state.
    pub fn placed(&self, word: usize) -> impl Iterator<Item = (State, u64)> {
        State::ALL.into_iter().zip(self.states[word])
    }
}
