//! Targets without a row that have a history: their jobs stay attached to the triple and count
//! again when it returns (SEMANTICS 11.5).

use bevy_ecs::resource::Resource;

use super::{Ledger, TargetRef};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::VersionIx;

/// The history of a target that has no row.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Its jobs.
    pub ledger: Ledger,
    /// The versions it has release records of.
    pub released: Vec<VersionIx>,
}

/// The histories of all targets that have no row.
#[derive(Debug, Resource)]
pub struct Departed(pub FixedMap<TargetRef, Departure>);

impl Default for Departed {
    fn default() -> Self {
        Self(fixed_map())
    }
}
