//! Reasons as sets of rows: for each reason the rows of a cohort that it holds back.

use std::ops::Range;

use shakedown_engine::base::row_set::RowSpan;
use shakedown_engine::model::reason::Reason;

/// The rows that each reason holds back; buffers are kept from one reconcile to the next.
#[derive(Debug, Default)]
pub struct ReasonRows {
    reasons: Vec<Reason>,
    /// The rows of each reason, one set after the other.
    words: Vec<u64>,
    /// The words of a set.
    span: Range<usize>,
}

impl ReasonRows {
    /// Starts over with rows that lie in a span of words.
    pub fn begin(&mut self, span: Range<usize>) {
        self.reasons.clear();
        self.words.clear();
        self.span = span;
    }

    /// The reasons in the order in which they were first asked for, each with its rows.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, RowSpan<'_>)> {
        let sets = self.words.chunks_exact(self.span.len().max(1));
        let sets = sets.map(|words| RowSpan::new(self.span.start, words));
        self.reasons.iter().copied().zip(sets)
    }

    /// Adds rows of one word to those of a reason.
    pub fn add(&mut self, reason: Reason, word: usize, rows: u64) {
        let at = word - self.span.start;
        self.rows_mut(reason)[at] |= rows;
    }

    /// Takes rows of one word from those of a reason.
    pub fn remove(&mut self, reason: Reason, word: usize, rows: u64) {
        let at = word - self.span.start;
        self.rows_mut(reason)[at] &= !rows;
    }

    /// The words of the span with the rows of a reason, at first none.
    pub fn rows_mut(&mut self, reason: Reason) -> &mut [u64] {
        let known = self.reasons.iter().position(|known| *known == reason);
        let at = known.unwrap_or_else(|| {
            self.reasons.push(reason);
            self.words.resize(self.words.len() + self.span.len(), 0);
            self.reasons.len() - 1
        });
        let width = self.span.len();
        &mut self.words[at * width..(at + 1) * width]
    }
}
