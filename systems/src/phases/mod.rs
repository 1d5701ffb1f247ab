//! The phases of a reconcile after ingest, in the order in which they run: policies, planning,
//! eligibility, job creation, settle.

pub mod eligibility;
pub mod job_creation;
pub mod limits;
pub mod planning;
pub mod policies;
pub mod settle;
pub mod stops;
pub mod wake;

use bevy_ecs::system::Res;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::relations::Relations;

use crate::facts::Edges;

/// Whether there is anything to do for systems that follow entities and where targets are: most events
/// are about single targets. What the last run left to be forgotten counts.
pub fn the_catalogue_changed(
    changes: Res<Changes>,
    relations: Res<Relations>,
    edges: Res<Edges>,
) -> bool {
    !changes.leave_the_catalogue() || relations.is_touched() || edges.is_changed()
}
