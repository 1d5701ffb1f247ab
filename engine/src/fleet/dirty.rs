//! The dirty set: which targets must be reconciled before the current event is finished.
//!
//! Beside the change set, not in it, for three reasons: phases read changes while they mark rows; rows
//! are marked by timers and by hand too, where nothing changed; and settling marks rows for the next
//! run when it clears the changes.
//!
//! Invariant: it may be larger than SEMANTICS 4.3 says, never smaller; reconciling a target that
//! cannot have changed changes nothing.

use bevy_ecs::resource::Resource;

use crate::base::ids::CohortIx;
use crate::base::ix_vec::IxVec;
use crate::base::row_set::RowSet;
use crate::fleet::matrix::{Cohorts, TargetRef};

/// The dirty rows of a cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirtyRows {
    /// Every live row.
    All,
    /// These, with room for all rows.
    Some(RowSet),
}

impl DirtyRows {
    /// Whether the row at `position` is dirty.
    #[must_use]
    pub fn contains(&self, position: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(rows) => rows.contains(position as usize),
        }
    }

    /// The word that holds the rows from `word * 64` on.
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        match self {
            Self::All => u64::MAX,
            Self::Some(rows) => rows.word(word),
        }
    }
}

/// All dirty targets, by cohort.
#[derive(Debug, Default, Resource)]
pub struct Dirty {
    rows: IxVec<CohortIx, Option<DirtyRows>>,
    cohorts: Vec<CohortIx>,
}

impl Dirty {
    /// Marks every target of a cohort.
    pub fn mark_cohort(&mut self, cohort: CohortIx) {
        *self.slot(cohort) = Some(DirtyRows::All);
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
        if !it.is_live(position) {
            return;
        }
        let capacity = it.capacity as usize;
        let rows = self.slot(cohort).get_or_insert_with(|| DirtyRows::Some(RowSet::new()));
        if let DirtyRows::Some(rows) = rows {
            rows.grow(capacity);
            rows.insert(position as usize);
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
        self.rows.get(cohort)?.as_ref()
    }

    /// Whether nothing is dirty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cohorts.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for cohort in self.cohorts.drain(..) {
            self.rows[cohort] = None;
        }
    }

    fn slot(&mut self, cohort: CohortIx) -> &mut Option<DirtyRows> {
        let slot = self.rows.slot(cohort);
        if slot.is_none() {
            self.cohorts.push(cohort);
        }
        slot
    }
}
