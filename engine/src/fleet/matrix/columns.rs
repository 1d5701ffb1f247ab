//! The columns of the target tables. Fields read together share a component, because each
//! component costs 8 bytes of ticks per target.
//!
//! Invariant: all are table-stored, so that every shard's columns are contiguous slices.

use std::fmt;

use bevy_ecs::component::Component;
use bytemuck::{Pod, Zeroable};

use crate::base::ids::{CohortIx, EditionIx, JobIx, ResourceIx, VariablesId};

/// Which target a row is. 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Pod, Zeroable)]
#[repr(C)]
pub struct Key {
    /// The resource; [`ResourceIx::NONE`] in a vacant row.
    pub resource: ResourceIx,
    /// The cohort, also in vacant rows.
    pub cohort: CohortIx,
}

/// The desired release: what planning chose. 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Pod, Zeroable)]
#[repr(C)]
pub struct Plan {
    /// The version with its tag; [`EditionIx::NONE`] when none is desired.
    pub edition: EditionIx,
    /// Its resolved variables; [`VariablesId::NONE`] when none is desired.
    pub variables: VariablesId,
}

impl Plan {
    /// No desired release.
    pub const NONE: Self = Self { edition: EditionIx::NONE, variables: VariablesId::NONE };
}

/// Where a target stands after it was reconciled. 1 byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Component)]
#[repr(u8)]
pub enum State {
    /// The row holds no target.
    Vacant,
    /// Its deployment has no version.
    Idle,
    /// Time, progress elsewhere or a person can clear what it waits for.
    Waiting,
    /// Only an edit, or the end of the active job, can clear what blocks it.
    Blocked,
    /// A job of its desired release is processing.
    Running,
    /// Its desired release is the newest version, and it succeeded.
    Settled,
}

impl State {
    /// Every state, in declaration order.
    pub const ALL: [Self; 6] =
        [Self::Vacant, Self::Idle, Self::Waiting, Self::Blocked, Self::Running, Self::Settled];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vacant => "vacant",
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Running => "running",
            Self::Settled => "settled",
        }
    }
}

/// The name.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a target does not get what it wants: one bit per reason code, see
/// [`crate::model::reason::Reason`]. 4 bytes.
///
/// The codes are those of the newest version, if it was not chosen, and the first eligibility check
/// that stops the desired release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Pod, Zeroable)]
#[repr(transparent)]
pub struct Holds(pub u32);

/// The job facts of a target, kept up to date as jobs change. 20 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Component, Pod, Zeroable)]
#[repr(C)]
pub struct Ledger {
    /// The job created last; the others follow through [`crate::fleet::jobs::Job::previous`].
    pub head: JobIx,
    /// The successful job that completed last: its release is the current one.
    pub current: JobIx,
    /// Number of jobs in a processing state.
    pub active: u32,
    /// Edition of the successful job created last, completed or not.
    pub succeeded: EditionIx,
    /// Variables of that job.
    pub succeeded_variables: VariablesId,
}

impl Ledger {
    /// A target without jobs.
    pub const EMPTY: Self = Self {
        head: JobIx::NONE,
        current: JobIx::NONE,
        active: 0,
        succeeded: EditionIx::NONE,
        succeeded_variables: VariablesId::NONE,
    };
}

/// One row across all columns, for building tables.
#[derive(Debug, Clone, Copy)]
pub struct TargetRow {
    /// Which target.
    pub key: Key,
    /// Desired release.
    pub plan: Plan,
    /// Where it stands.
    pub state: State,
    /// What holds it.
    pub holds: Holds,
    /// Its jobs.
    pub ledger: Ledger,
}

impl TargetRow {
    /// A target that was never reconciled.
    #[must_use]
    pub const fn new(resource: ResourceIx, cohort: CohortIx) -> Self {
        Self {
            key: Key { resource, cohort },
            plan: Plan::NONE,
            state: State::Idle,
            holds: Holds(0),
            ledger: Ledger::EMPTY,
        }
    }

    /// A row kept free for a target that may join `cohort`.
    #[must_use]
    pub const fn vacant(cohort: CohortIx) -> Self {
        let mut row = Self::new(ResourceIx::NONE, cohort);
        row.state = State::Vacant;
        row
    }
}
