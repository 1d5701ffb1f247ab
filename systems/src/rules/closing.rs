//! Closing: where the rows go that a check keeps from a candidate.
//!
//! Vocabulary: a check that is not waived *closes* rows of its scope, for a reason.

use std::ops::Range;

use shakedown_engine::base::row_set::{bit_of, rows_in};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::Reason;

use super::judge::{Judge, Scope};
use super::surroundings::Surroundings;
use crate::facts::CohortWaves;
use crate::handover::{Rollout, RowWake, Verdicts};

/// Where closed rows go.
#[derive(Debug)]
pub struct Closing<'a> {
    verdict: &'a mut Verdicts,
    /// One bit per row of the span that the candidate is kept from.
    blocked: &'a mut [u64],
    /// The words in which rows are asked for.
    span: Range<usize>,
    /// Whether the candidate is the newest, of which reasons are told.
    newest: bool,
    /// The rollout orders of the cohort.
    pub waves: &'a mut CohortWaves,
}

impl<'a> Closing<'a> {
    /// Nothing is closed yet.
    pub fn new(
        verdict: &'a mut Verdicts,
        blocked: &'a mut [u64],
        newest: bool,
        waves: &'a mut CohortWaves,
    ) -> Self {
        let span = verdict.span();
        Self { verdict, blocked, span, newest, waves }
    }

    /// The words in which rows are asked for: outside of them, no row matters.
    #[must_use]
    pub fn words(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Closes the rows of a scope but for those that are `open`.
    pub fn close(&mut self, scope: Scope<'_>, reason: Reason, open: impl Fn(usize) -> u64) {
        let closed = |word: usize| scope.word(word) & !open(word);
        for (word, blocked) in self.words().zip(&mut *self.blocked) {
            *blocked |= closed(word);
        }
        if self.newest {
            self.verdict.add_hold(reason, closed);
        }
    }

    /// Closes the rows of a scope but for those that are `open` or have the version already.
    pub fn close_unreleased(
        &mut self,
        judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
        scope: Scope<'_>,
        reason: Reason,
        open: impl Fn(usize) -> u64,
    ) {
        self.close(scope, reason, |word| open(word) | judge.released_word(word));
    }

    /// The rows from `word * 64` on that [`Self::close_rows`] asks: where the answer matters.
    #[must_use]
    pub fn asked_word(&self, scope: Scope<'_>, word: usize) -> u64 {
        let decided = if self.newest { 0 } else { self.blocked[word - self.span.start] };
        scope.word(word) & self.verdict.undecided().word(word) & !decided
    }

    /// Whether some row of a scope that still looks for a candidate is among some.
    #[must_use]
    pub fn concerns(&self, scope: Scope<'_>, among: impl Fn(usize) -> u64) -> bool {
        let mut rows = self.verdict.undecided().iter();
        rows.any(|(word, rows)| rows & scope.word(word) & among(word) != 0)
    }

    /// Spares rows of a scope that the check would close, because they have what they would get: they
    /// keep it, but are not deployed to again.
    pub fn spare(&mut self, scope: Scope<'_>, spared: impl Fn(usize) -> u64) {
        self.verdict.spare(|word| scope.word(word) & spared(word));
    }

    /// Whether no further check need be asked of the candidate: each row that still looks for one is kept
    /// from it. Of the newest, every reason is told (SEMANTICS 9, D9).
    #[must_use]
    pub fn is_over(&mut self) -> bool {
        if self.newest {
            return false;
        }
        let undecided = self.verdict.undecided().words();
        let is_over =
            undecided.iter().zip(&*self.blocked).all(|(rows, blocked)| rows & !blocked == 0);
        self.verdict.cut |= is_over;
        is_over
    }

    /// How many rows [`Self::close_rows`] asks.
    #[must_use]
    pub fn asked(&self, scope: Scope<'_>) -> usize {
        self.words().map(|word| self.asked_word(scope, word).count_ones() as usize).sum()
    }

    /// Closes the rows of a scope for which `test` gives a reason; asks only where that matters.
    pub fn close_rows(&mut self, scope: Scope<'_>, mut test: impl FnMut(usize) -> Option<Reason>) {
        for word in self.words() {
            let rows = self.asked_word(scope, word);
            // The rows closed for the reason that was last given: it rarely changes.
            let (mut last, mut closed) = (None, 0u64);
            for row in rows_in(word, rows) {
                let Some(reason) = test(row) else { continue };
                if last.is_some_and(|last| last != reason) {
                    self.close_word(last, word, std::mem::take(&mut closed));
                }
                last = Some(reason);
                closed |= bit_of(row);
            }
            self.close_word(last, word, closed);
        }
    }

    /// Closes rows of one word.
    fn close_word(&mut self, reason: Option<Reason>, word: usize, closed: u64) {
        let Some(reason) = reason else { return };
        self.blocked[word - self.span.start] |= closed;
        if self.newest {
            self.verdict.add_hold_word(reason, word, closed);
        }
    }

    /// Asks for an evaluation of every row at `at` or before.
    pub fn wake(&mut self, at: SimTime) {
        self.verdict.wake(at);
    }

    /// Asks for an evaluation of one row at `at`.
    pub fn wake_row(&mut self, row: u32, at: SimTime) {
        self.verdict.row_wakes.push(RowWake { row, at });
    }

    /// Says that the place of some row in the rollout order has a say: an evaluation of the cohort is due
    /// when targets come or go.
    pub fn ranks(&mut self) {
        self.verdict.ranked = true;
    }

    /// Asks for an evaluation of the rows of each slot when it opens.
    pub fn follow(&mut self, rollout: Rollout) {
        self.verdict.rollouts.push(rollout);
    }

    /// Whether the slots of some version are followed, the last of them this one's.
    #[must_use]
    pub fn follows(&self, is_it: impl Fn(&Rollout) -> bool) -> bool {
        self.verdict.rollouts.last().is_some_and(is_it)
    }
}
