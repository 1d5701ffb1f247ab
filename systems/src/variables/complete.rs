//! Recorded releases, made complete: lists of jobs tell neither opaque values nor what sets add.

use bevy_ecs::system::Res;
use bevy_ecs::world::World;
use shakedown_engine::fleet::ingest::{Incomplete, complete_recorded};
use shakedown_engine::fleet::matrix::Cohorts;

use super::Variables;

/// Whether recorded jobs came since.
pub fn some_are_incomplete(jobs: Res<Incomplete>) -> bool {
    !jobs.is_empty()
}

/// Policies phase, behind [`resolve_variables`](super::resolve_variables): gives the releases of recorded
/// jobs what no list tells and their targets have.
pub fn complete_releases(world: &mut World) {
    complete_recorded(world, |world, target| {
        let cohort = &world.resource::<Cohorts>()[target.cohort];
        cohort.live_position(target.resource)?;
        Some(world.resource::<Variables>().of(cohort, target.resource)).filter(|it| it.is_some())
    });
}
