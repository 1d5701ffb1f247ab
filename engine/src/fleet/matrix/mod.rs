//! Release targets: every (resource, environment, deployment) that the selectors admit, as rows of
//! archetype tables.
//!
//! Vocabulary: a *cohort* is the targets of one deployment in one environment, a contiguous range of
//! rows; a *shard* is one table, holding the cohorts of one large or several small deployments; a
//! row is *live* while its target exists, *retired* after it vanished, *vacant* if it never held one.
//!
//! Invariants: a target never changes archetype, and its row moves only when its shard is rebuilt;
//! the rows of a cohort are in resource order, followed by those that joined since the last rebuild;
//! a target is found by arithmetic (rank of the resource in the cohort's member set).

mod cohort;
mod columns;
mod departed;
mod members;
mod rebuild;
mod room;
mod rows;
mod shard;
mod sources;
mod tables;
mod upkeep;

pub use crate::base::row_set::{ones, words_for};
pub use cohort::{Cohort, Cohorts, shard_of};
pub use columns::{Holds, Key, Ledger, Plan, State, TargetRow};
pub use departed::{Departed, Departure};
pub use members::MemberSet;
pub(crate) use room::Room;
pub use rows::{PolicyColumns, PolicyRows, TargetColumns, TargetRows, fill};
pub(crate) use shard::Shards;
pub use shard::{SHARDS, ShardIx, spawn_rows};
pub(crate) use sources::Stale;
pub use sources::{Source, Sources, SystemList};
pub use tables::{ReadTables, TableColumns, Tables, TargetData, untracked};
pub use upkeep::TargetChanges;
pub(crate) use upkeep::{compact_shards, refresh_matrix};

/// A target as indices of its three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TargetRef {
    /// The cohort: deployment and environment.
    pub cohort: crate::base::ids::CohortIx,
    /// The resource.
    pub resource: crate::base::ids::ResourceIx,
}
