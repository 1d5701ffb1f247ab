//! Wakes: when time alone may change what rows of a cohort get.

use shakedown_engine::base::ids::VersionIx;
use shakedown_engine::base::time::SimTime;

use super::slots::Slots;

/// A version going out slot by slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollout {
    /// The version.
    pub version: VersionIx,
    /// When its first slot opens.
    pub start: SimTime,
    /// When the others do.
    pub slots: Slots,
    /// Ranks whose rows know that their slot is open.
    pub opened: u32,
}

impl Rollout {
    /// When the next slot opens.
    #[must_use]
    pub fn next(&self) -> SimTime {
        self.slots.due(self.start, self.opened)
    }

    /// What tells rollouts apart.
    #[must_use]
    pub fn identity(&self) -> (VersionIx, SimTime, Slots) {
        (self.version, self.start, self.slots)
    }
}

/// A row and the instant at which it must be reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowWake {
    /// Row in the cohort.
    pub row: u32,
    /// When.
    pub at: SimTime,
}
