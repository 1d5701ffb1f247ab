//! What a reconcile did, in numbers.

use std::ops::Range;

use bevy_ecs::resource::Resource;

use crate::base::ids::{JobIx, ResourceIx};
use crate::fleet::matrix::State;
use crate::fleet::phase::Phase;
use crate::fleet::schedule::Reading;
use crate::model::reason::Reason;

/// The outcome of one reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Resource)]
pub struct Report {
    /// Targets reconciled.
    pub targets: u64,
    /// Targets that came into being.
    pub added: u64,
    /// Targets that vanished.
    pub removed: u64,
    /// Jobs that were cancelled because their targets vanished.
    pub jobs_cancelled: u64,
    /// Resources that a provider stated and that were left alone, as they belong to another one.
    pub skipped: Vec<ResourceIx>,
    /// Jobs created.
    pub jobs_created: u64,
    /// Which: as many as were created.
    pub jobs: JobRange,
    /// Reconciled targets by the state they are in now, in declaration order of [`State`].
    pub states: [u64; State::ALL.len()],
    /// Reconciled targets by reason, in bit order; a target with two reasons counts in both.
    pub reasons: [u64; Reason::COUNT],
    /// Reconciled targets that a reason holds back now and did not before, in bit order.
    pub gained: [u64; Reason::COUNT],
    /// Reconciled targets that a reason held back before and does not now, in bit order. Targets that
    /// vanished are not among them.
    pub lost: [u64; Reason::COUNT],
    /// Cost of each phase, in phase order; zero without a gauge.
    pub phases: [Reading; Phase::ALL.len()],
}

/// The jobs that one reconcile created: as jobs are only ever added, their indices follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobRange {
    start: usize,
    end: usize,
}

impl JobRange {
    /// What was added to a table of jobs that was so long before and is so long now.
    pub(crate) const fn between(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// How many.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Their places in the table of jobs.
    #[must_use]
    pub const fn places(self) -> Range<usize> {
        self.start..self.end
    }

    /// Their indices, in the order of creation.
    pub fn iter(self) -> impl ExactSizeIterator<Item = JobIx> {
        self.places().map(JobIx::at)
    }
}

impl Report {
    /// Reconciled targets in `state`.
    #[must_use]
    pub const fn in_state(&self, state: State) -> u64 {
        self.states[state as usize]
    }

    /// Reconciled targets that `reason` holds back.
    #[must_use]
    pub const fn held_by(&self, reason: Reason) -> u64 {
        self.reasons[reason as usize]
    }

    /// The reasons that hold targets back, with their numbers, in bit order.
    pub fn held(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        let counts = Reason::ALL.iter().map(|&reason| (reason, self.held_by(reason)));
        counts.filter(|&(_, count)| count > 0)
    }
}
