//! The dirty set: which targets must be reconciled before the current event is finished.
//!
//! Beside the change set, not in it, for three reasons: phases read changes while they mark rows; rows
//! are marked by timers and by hand too, where nothing changed; and settling marks rows for the next
//! run when it clears the changes.
//!
//! Invariant: it may be larger than SEMANTICS 4.3 says, never smaller; reconciling a target that
//! cannot have changed changes nothing.
//!
//! Cost: marking, visiting and forgetting rows costs the words that lie between the first and the last of a
//! cohort, whatever its size; the room for them is kept.

use std::ops::Range;

use bevy_ecs::resource::Resource;

use crate::base::ids::CohortIx;
use crate::base::ix_vec::IxVec;
use crate::base::row_set::{RowSet, span_of, word_of};
use crate::fleet::matrix::{Cohort, Cohorts, TargetRef};

/// The dirty rows of a cohort.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirtyRows {
    /// Every live row is.
    is_all: bool,
    /// Those that were marked one by one.
    rows: RowSet,
    /// The words in which they are.
    span: Range<usize>,
}

impl DirtyRows {
    /// Every live row.
    #[must_use]
    pub fn all() -> Self {
        Self { is_all: true, ..Self::default() }
    }

    /// Whether every live row is dirty.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether no row is dirty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_all && self.span.is_empty()
    }

    /// Whether the row at `position` is dirty.
    #[must_use]
    pub fn contains(&self, position: u32) -> bool {
        self.is_all || self.rows.contains(position as usize)
    }

    /// The word that holds the rows from `word * 64` on.
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        if self.is_all { u64::MAX } else { self.rows.word(word) }
    }

    /// The words of a cohort's rows in use outside of which no row is dirty.
    #[must_use]
    pub fn span(&self, cohort: &Cohort) -> Range<usize> {
        if self.is_all { 0..cohort.words() } else { self.span.clone() }
    }

    fn mark(&mut self, position: usize, capacity: usize) {
        self.rows.grow(capacity);
        self.rows.insert(position);
        let word = word_of(position);
        self.span = match self.span.is_empty() {
            true => word..word + 1,
            false => self.span.start.min(word)..self.span.end.max(word + 1),
        };
    }

    /// Forgets the rows and keeps the room.
    fn clear(&mut self) {
        self.is_all = false;
        self.rows[std::mem::take(&mut self.span)].fill(0);
    }
}

impl From<RowSet> for DirtyRows {
    fn from(rows: RowSet) -> Self {
        Self { is_all: false, span: span_of(&rows), rows }
    }
}

/// All dirty targets, by cohort.
#[derive(Debug, Default, Resource)]
pub struct Dirty {
    rows: IxVec<CohortIx, DirtyRows>,
    cohorts: Vec<CohortIx>,
}

impl Dirty {
    /// Marks every target of a cohort.
    pub fn mark_cohort(&mut self, cohort: CohortIx) {
        self.slot(cohort).is_all = true;
    }

    /// Marks one target, if it is live.
    pub fn mark(&mut self, cohorts: &Cohorts, target: TargetRef) {
        if let Some(position) = cohorts[target.cohort].position(target.resource) {
            self.mark_row(cohorts, target.cohort, position);
        }
    }

    /// Marks the target in the row at `position` of a cohort, if it is live.
    pub fn mark_row(&mut self, cohorts: &Cohorts, cohort: CohortIx, position: u32) {
        let it = &cohorts[cohort];
        if it.is_live(position) {
            self.slot(cohort).mark(position as usize, it.capacity as usize);
        }
    }

    /// The cohorts with dirty targets, each once, in the order in which they were first marked.
    #[must_use]
    pub fn cohorts(&self) -> &[CohortIx] {
        &self.cohorts
    }

    /// The dirty rows of a cohort.
    #[must_use]
    pub fn rows(&self, cohort: CohortIx) -> Option<&DirtyRows> {
        self.rows.get(cohort).filter(|rows| !rows.is_empty())
    }

    /// The dirty targets, by cohort, in the order in which these were first marked.
    pub(crate) fn targets<'a>(
        &'a self,
        cohorts: &'a Cohorts,
    ) -> impl Iterator<Item = TargetRef> + 'a {
        let is_dirty = |it: &TargetRef| {
            let position = cohorts[it.cohort].position(it.resource);
            let rows = self.rows(it.cohort).zip(position);
            rows.is_some_and(|(rows, position)| rows.contains(position))
        };
        self.cohorts.iter().flat_map(|&cohort| cohorts.live_members(cohort)).filter(is_dirty)
    }

    /// Whether nothing is dirty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cohorts.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for cohort in self.cohorts.drain(..) {
            self.rows[cohort].clear();
        }
    }

    fn slot(&mut self, cohort: CohortIx) -> &mut DirtyRows {
        let slot = self.rows.slot(cohort);
        if slot.is_empty() {
            self.cohorts.push(cohort);
        }
        slot
    }
}
