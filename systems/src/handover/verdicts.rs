//! Verdicts: what the policies say of the dirty rows of a cohort, as sets of rows.

use std::ops::Range;

use shakedown_engine::base::row_set::{RowSpan, bit_of, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::matrix::Cohort;
use shakedown_engine::model::reason::Reason;

use super::reason_rows::ReasonRows;
use super::wakes::{Rollout, RowWake};

/// The answer for one cohort; buffers are kept from one reconcile to the next.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Candidates that some rows take: position in the candidate list, first word in `words`.
    picks: Vec<(usize, usize)>,
    /// Reasons that hold rows back from the newest candidate.
    holds: ReasonRows,
    /// Row sets, the words of the span each.
    words: Vec<u64>,
    /// The words of the cohort's rows outside of which no row is dirty.
    span: Range<usize>,
    /// The rows that may keep the version that they have, but are not deployed to again; empty for none.
    spared: Vec<u64>,
    /// Whether the place of some row in the rollout order of its cohort had a say.
    pub ranked: bool,
    /// Whether some checks of older candidates were not asked, as others keep every row from these.
    pub cut: bool,
    /// Earliest instant at which time alone may change the answer for rows that nothing below names.
    pub next: Option<SimTime>,
    /// Rollouts under way, of which the next slot wakes its rows.
    pub rollouts: Vec<Rollout>,
    /// Instants at which time alone may change the answer for a single row.
    pub row_wakes: Vec<RowWake>,
}

impl Verdicts {
    /// The rows that take each picked candidate: position in the candidate list, one bit per row.
    pub fn picks(&self) -> impl Iterator<Item = (usize, RowSpan<'_>)> {
        self.picks.iter().map(|&(candidate, at)| (candidate, self.set(at)))
    }

    /// The rows that each reason holds back from the newest candidate.
    pub fn holds(&self) -> impl Iterator<Item = (Reason, RowSpan<'_>)> {
        self.holds.iter()
    }

    /// The dirty live rows, decided or not.
    #[must_use]
    pub fn rows(&self) -> RowSpan<'_> {
        self.set(0)
    }

    /// The dirty live rows that take no candidate.
    #[must_use]
    pub fn undecided(&self) -> RowSpan<'_> {
        self.set(self.span.len())
    }

    /// The set of rows whose first word is at `at`.
    fn set(&self, at: usize) -> RowSpan<'_> {
        RowSpan::new(self.span.start, &self.words[at..at + self.span.len()])
    }

    /// Starts over with the dirty live rows of a cohort, all undecided.
    pub fn begin(&mut self, cohort: &Cohort, dirty: &DirtyRows) {
        self.picks.clear();
        self.words.clear();
        self.spared.clear();
        self.next = None;
        self.ranked = false;
        self.cut = false;
        self.rollouts.clear();
        self.row_wakes.clear();
        self.span = dirty.span(cohort);
        let rows = self.span.clone().map(|word| cohort.live[word] & dirty.word(word));
        self.words.extend(rows);
        self.words.extend_from_within(..self.span.len());
        self.holds.begin(self.span.clone());
    }

    /// Adds the rows to decide among `closed` to the rows that a reason holds back.
    pub fn add_hold(&mut self, reason: Reason, closed: impl Fn(usize) -> u64) {
        let held = self.holds.rows_mut(reason).iter_mut().zip(&self.words);
        for (word, (held, rows)) in (self.span.start..).zip(held) {
            *held |= rows & closed(word);
        }
    }

    /// The same for the rows of one word.
    pub fn add_hold_word(&mut self, reason: Reason, word: usize, closed: u64) {
        let at = word - self.span.start;
        self.holds.rows_mut(reason)[at] |= self.words[at] & closed;
    }

    /// Adds rows that may keep the version that they have, but are not deployed to again.
    pub fn spare(&mut self, spared: impl Fn(usize) -> u64) {
        self.spared.resize(self.span.len(), 0);
        let words = (self.span.start..).zip(&mut self.spared);
        words.for_each(|(word, rows)| *rows |= spared(word));
    }

    /// Whether a row may keep the version that it has, but is not deployed to again.
    #[must_use]
    pub fn is_spared(&self, row: usize) -> bool {
        RowSpan::new(self.span.start, &self.spared).word(word_of(row)) & bit_of(row) != 0
    }

    /// Asks for an evaluation of every row at `at` or before.
    pub fn wake(&mut self, at: SimTime) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }

    /// The words outside of which no row is dirty.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether every dirty row takes some candidate.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !self.undecided().any()
    }

    /// Gives the candidate to the undecided rows that nothing blocks; `blocked` has a word for each of the
    /// span.
    pub fn take_allowed(&mut self, candidate: usize, blocked: &[u64]) {
        let width = self.span.len();
        let any = (0..width).any(|word| self.words[width + word] & !blocked[word] != 0);
        if !any {
            return;
        }
        let at = self.words.len();
        self.words.resize(at + width, 0);
        for (word, blocked) in blocked.iter().enumerate() {
            let allowed = self.words[width + word] & !blocked;
            self.words[at + word] = allowed;
            self.words[width + word] &= !allowed;
        }
        self.picks.push((candidate, at));
    }
}
