//! Operations: what is done to the rows of a scene, and measured.

use shakedown_engine::fleet::schedule::Reading;

/// Something that is done to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Stores the rows of the fleet.
    Build,
    /// A deployment is reconciled, and half of its dirty targets get a job.
    ReconcileOne,
    /// Every deployment is.
    ReconcileAll,
    /// An environment is locked: its targets are reconciled in every deployment.
    Lock,
    /// A resource changed: its targets are reconciled in every deployment.
    ResourceChange,
    /// Ten thousand targets are looked up at random, other ones in every run.
    Lookup,
    /// Rows of a deployment go to another state.
    Transition,
    /// The rows that did are found among all.
    Changes,
    /// Jobs are made for half of a deployment.
    CreateJobs,
    /// A fifth of a deployment's targets leaves, and the others close up.
    Compact,
    /// Every row of the fleet is copied to plain vectors.
    Snapshot,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 11] = [
        Self::Build,
        Self::ReconcileOne,
        Self::ReconcileAll,
        Self::Lock,
        Self::ResourceChange,
        Self::Lookup,
        Self::Transition,
        Self::Changes,
        Self::CreateJobs,
        Self::Compact,
        Self::Snapshot,
    ];

    /// The name in options, tables and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::ReconcileOne => "reconcile_one",
            Self::ReconcileAll => "reconcile_all",
            Self::Lock => "lock",
            Self::ResourceChange => "resource_change",
            Self::Lookup => "lookup",
            Self::Transition => "transition",
            Self::Changes => "changes",
            Self::CreateJobs => "create_jobs",
            Self::Compact => "compact",
            Self::Snapshot => "snapshot",
        }
    }

    /// What is done, in a line.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Build => "the rows of the fleet are stored",
            Self::ReconcileOne => "a deployment is reconciled, half of its dirty targets get a job",
            Self::ReconcileAll => "every deployment is reconciled, half of the targets get a job",
            Self::Lock => "an environment is locked in every deployment",
            Self::ResourceChange => "the targets of one resource are reconciled everywhere",
            Self::Lookup => "10,000 targets are looked up at random",
            Self::Transition => "rows of a deployment go to another state",
            Self::Changes => "the rows that changed are found among all",
            Self::CreateJobs => "jobs are made for half of a deployment",
            Self::Compact => "a fifth of a deployment leaves, the rest closes up",
            Self::Snapshot => "every row is copied to plain vectors",
        }
    }

    /// The densities at which it differs.
    #[must_use]
    pub const fn densities(self) -> &'static [Density] {
        match self {
            Self::ReconcileOne | Self::Transition => &Density::ALL,
            _ => &[Density::All],
        }
    }

    /// Whether threads may share it.
    #[must_use]
    pub const fn is_parallel(self) -> bool {
        matches!(self, Self::ReconcileOne | Self::ReconcileAll | Self::Lock)
    }
}

/// How many rows are dirty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Density {
    /// One, which is due.
    One,
    /// Every twentieth.
    FivePercent,
    /// All.
    All,
}

impl Density {
    /// Every density.
    pub const ALL: [Self; 3] = [Self::One, Self::FivePercent, Self::All];

    /// The name in options, tables and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::FivePercent => "5pct",
            Self::All => "all",
        }
    }
}

/// What an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// How much the gauge advanced over the operation alone.
    pub reading: Reading,
    /// Targets that it was about: what costs are divided by.
    pub elements: u64,
    /// Whether threads shared it.
    pub shared: bool,
}
