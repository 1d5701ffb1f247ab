//! The phases of a reconcile.

use bevy_ecs::schedule::SystemSet;

/// The phases of a reconcile, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SystemSet)]
pub enum Phase {
    /// Applies events to the catalogue and the target matrix, and marks what is dirty; before the
    /// schedule.
    Ingest,
    /// Brings relations and what is resolved through them up to date.
    Relationships,
    /// Finds which policies apply and evaluates their checks.
    Policies,
    /// Chooses the desired release of each dirty target.
    Planning,
    /// Decides which desired releases get a job now.
    Eligibility,
    /// Creates the jobs.
    JobCreation,
    /// Records where targets stand, and clears the dirty set.
    Settle,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 7] = [
        Self::Ingest,
        Self::Relationships,
        Self::Policies,
        Self::Planning,
        Self::Eligibility,
        Self::JobCreation,
        Self::Settle,
    ];

    /// The name in reports and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Relationships => "relationships",
            Self::Policies => "policies",
            Self::Planning => "planning",
            Self::Eligibility => "eligibility",
            Self::JobCreation => "job_creation",
            Self::Settle => "settle",
        }
    }
}
