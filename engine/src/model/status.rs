//! Closed vocabularies: statuses of versions, jobs and approvals.

/// An enum whose variants have names in JSON.
pub trait Named: Copy + 'static {
    /// Every value, in declaration order.
    const VALUES: &'static [Self];

    /// The name in JSON.
    fn label(self) -> &'static str;
}

/// Declares an enum whose variants have names in JSON.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type {
            $($(#[$vdoc])* $variant),+
        }

        impl $type {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value with this name in JSON.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }

        /// The name in JSON.
        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl $crate::model::Named for $type {
            const VALUES: &'static [Self] = Self::ALL;

            fn label(self) -> &'static str {
                self.name()
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Status of a deployment version.
    VersionStatus {
        /// Not stated; blocks.
        Unspecified = "unspecified",
        /// Being built; blocks.
        Building = "building",
        /// May be deployed.
        Ready = "ready",
        /// The build failed; blocks.
        Failed = "failed",
        /// Rejected by a person; blocks.
        Rejected = "rejected",
        /// Stays where it is, goes nowhere else.
        Paused = "paused",
    }
}

/// Not stated.
impl Default for VersionStatus {
    fn default() -> Self {
        Self::Unspecified
    }
}

named! {
    /// Status of a job.
    JobStatus {
        /// Created, not yet picked up.
        Pending = "pending",
        /// Running.
        InProgress = "inProgress",
        /// Waits for a person.
        ActionRequired = "actionRequired",
        /// Done.
        Successful = "successful",
        /// Failed.
        Failure = "failure",
        /// Cancelled by a person, or because its target vanished.
        Cancelled = "cancelled",
        /// Skipped by a person.
        Skipped = "skipped",
        /// The deployment's agent does not exist.
        InvalidJobAgent = "invalidJobAgent",
        /// The agent's integration is broken.
        InvalidIntegration = "invalidIntegration",
        /// The external run vanished.
        ExternalRunNotFound = "externalRunNotFound",
        /// An agent has it in line; it does not occupy its target.
        Queued = "queued",
    }
}

impl JobStatus {
    /// Whether the job still occupies its target (`pending`, `inProgress`, `actionRequired`).
    #[must_use]
    pub const fn is_processing(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress | Self::ActionRequired)
    }
}

named! {
    /// Verdict of one user on one version in one environment.
    ApprovalStatus {
        /// Counts towards the minimum.
        Approved = "approved",
        /// Does not count.
        Rejected = "rejected",
    }
}
