//! Reasons as sets of rows: for each reason the rows of a cohort that it holds back.

use shakedown_engine::model::reason::Reason;

/// The rows that each reason holds back; buffers are kept from one reconcile to the next.
#[derive(Debug, Default)]
pub struct ReasonRows {
    reasons: Vec<Reason>,
    /// The rows of each reason, one set after the other.
    words: Vec<u64>,
    width: usize,
}

impl ReasonRows {
    /// Starts over with a cohort whose sets of rows have `width` words.
    pub fn begin(&mut self, width: usize) {
        self.reasons.clear();
        self.words.clear();
        self.width = width;
    }

    /// The reasons in the order in which they were first asked for, each with one bit per row.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, &[u64])> {
        self.reasons.iter().copied().zip(self.words.chunks_exact(self.width.max(1)))
    }

    /// The rows of a reason, at first none.
    pub fn rows_mut(&mut self, reason: Reason) -> &mut [u64] {
        let known = self.reasons.iter().position(|known| *known == reason);
        let at = known.unwrap_or_else(|| {
            self.reasons.push(reason);
            self.words.resize(self.words.len() + self.width, 0);
            self.reasons.len() - 1
        });
        &mut self.words[at * self.width..(at + 1) * self.width]
    }
}
