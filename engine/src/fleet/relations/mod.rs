//! Relations: which entities are related, by which rule (SEMANTICS 5).
//!
//! Vocabulary: a *relatable* entity is a resource, a deployment or an environment; a rule has two
//! *sides*, on each of which entities of one kind or, if one expression says everything, of several can
//! stand; the *members* of a side are the entities its selector and the one-sided parts of the
//! expression accept; members are *grouped* by the values that it wants equal, their join key,
//! so related entities are always in one group; what the key does not decide is the *residual*,
//! asked pair by pair inside a group.
//!
//! Invariants: pairs are never stored. A group lists its members by id, so the first relation is
//! found without looking at the others. Relations are live: [`refresh_relations`] follows every
//! change, and what it answers is a function of the catalogue alone.

mod groups;
mod members;
mod neighbours;
mod order;
mod property;
mod refresh;
mod rule;
mod text;

pub use neighbours::{Neighbours, Related, related};
pub use property::PropertyPath;
pub use refresh::{Relations, refresh_relations};
pub(crate) use rule::CompiledRelationship;
pub use rule::Scope;

use crate::base::ids::{DeploymentIx, EnvironmentIx, ResourceIx};
use crate::model::EntityKind;

/// An entity that can be related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelatableIx {
    /// A deployment.
    Deployment(DeploymentIx),
    /// An environment.
    Environment(EnvironmentIx),
    /// A resource.
    Resource(ResourceIx),
}

impl RelatableIx {
    /// The entity of `kind` at the position `slot` of its columns.
    #[must_use]
    pub fn at(kind: EntityKind, slot: usize) -> Self {
        match kind {
            EntityKind::Deployment => Self::Deployment(DeploymentIx::at(slot)),
            EntityKind::Environment => Self::Environment(EnvironmentIx::at(slot)),
            EntityKind::Resource => Self::Resource(ResourceIx::at(slot)),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> EntityKind {
        match self {
            Self::Deployment(_) => EntityKind::Deployment,
            Self::Environment(_) => EntityKind::Environment,
            Self::Resource(_) => EntityKind::Resource,
        }
    }

    /// Its position in columns over its kind.
    #[must_use]
    pub const fn slot(self) -> usize {
        match self {
            Self::Deployment(ix) => ix.slot(),
            Self::Environment(ix) => ix.slot(),
            Self::Resource(ix) => ix.slot(),
        }
    }
}

/// A side of a rule, or the side on which an asked entity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The first entity of a relation.
    From,
    /// The second entity of a relation.
    To,
}

impl Side {
    /// Both sides.
    pub(crate) const BOTH: [Self; 2] = [Self::From, Self::To];

    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::From => Self::To,
            Self::To => Self::From,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
        }
    }
}
