//! Dense indices: every kind of thing in the world is numbered from zero, so that what is hot can
//! be a column or a bitset.
//!
//! Vocabulary: an *index* (`..Ix`) addresses a catalogue entity of one kind; an *id* is its opaque
//! text. An id keeps its index for the life of the world, also while the entity is deleted, because
//! nothing cascades: approvals, releases and jobs of a deleted entity count again when it returns.

/// What columns and interners are indexed by: a number of its own type, dense from zero.
pub trait Index: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// The index of the entry at `position`; panics where no index is left, which memory does not
    /// come to hold.
    fn at(position: usize) -> Self;

    /// The position of this index in a column; beyond every column if it addresses nothing.
    fn slot(self) -> usize;
}

/// Declares a `u32` index type with a `NONE` value.
macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The value that addresses nothing.
            pub const NONE: Self = Self(u32::MAX);

            /// The index of the entry at `position`.
            ///
            /// # Panics
            /// When there are 2^32 - 1 entries or more, which memory does not hold.
            #[must_use]
            pub fn at(position: usize) -> Self {
                Self(u32::try_from(position).expect("a kind has fewer than 2^32 entries"))
            }

            /// The position of this index in a column.
            #[must_use]
            pub const fn slot(self) -> usize {
                self.0 as usize
            }

            /// Whether this addresses something.
            #[must_use]
            pub const fn is_some(self) -> bool {
                self.0 != u32::MAX
            }

            /// `None` instead of [`Self::NONE`].
            #[must_use]
            pub const fn get(self) -> Option<Self> {
                if self.is_some() { Some(self) } else { None }
            }
        }

        impl Index for $name {
            fn at(position: usize) -> Self {
                Self::at(position)
            }

            fn slot(self) -> usize {
                self.slot()
            }
        }
    )+};
}

index! {
    /// A resource.
    ResourceIx,
    /// An environment.
    EnvironmentIx,
    /// A deployment.
    DeploymentIx,
    /// A deployment version.
    VersionIx,
    /// A version together with the tag it had: what a release is made of (SEMANTICS 1.2).
    EditionIx,
    /// A policy.
    PolicyIx,
    /// A relationship rule.
    RelationshipIx,
    /// A system.
    SystemIx,
    /// A resource provider.
    ProviderIx,
    /// A job agent.
    AgentIx,
    /// A deployment variable.
    VariableIx,
    /// A value of a deployment variable.
    ValueIx,
    /// A resource variable.
    ResourceVariableIx,
    /// A variable set.
    VariableSetIx,
    /// An approval record.
    ApprovalIx,
    /// A policy bypass.
    BypassIx,
    /// A policy skip.
    SkipIx,
    /// A GitHub entity.
    GithubIx,
    /// A cohort: the targets of one deployment in one environment.
    CohortIx,
    /// A job, numbered in creation order.
    JobIx,
    /// A distinct set of resolved variables.
    VariablesId,
    /// A distinct value of a variable.
    LiteralId,
    /// A distinct job configuration.
    ConfigId,
}
