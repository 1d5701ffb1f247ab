//! Outcomes: where the dirty rows of a cohort stand and why they get no job, as sets of rows.

use std::ops::Range;

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
    /// The word that comes first.
    first: usize,
}

impl Outcomes {
    /// Starts over with rows that lie in a span of words.
    pub fn begin(&mut self, span: Range<usize>) {
        self.first = span.start;
        self.states.clear();
        self.states.resize(span.len(), [0; State::ALL.len()]);
        self.reasons.begin(span);
    }

    /// Puts rows of one word into a state, out of any other.
    pub fn place(&mut self, word: usize, rows: u64, state: State) {
        let states = &mut self.states[word - self.first];
        states.iter_mut().for_each(|others| *others &= !rows);
        states[state as usize] |= rows;
    }

    /// The rows of one word by state.
    pub fn placed(&self, word: usize) -> impl Iterator<Item = (State, u64)> {
        State::ALL.into_iter().zip(self.states[word - self.first])
    }
}
