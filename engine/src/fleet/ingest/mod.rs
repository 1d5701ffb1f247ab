//! Ingest: applying events to the catalogue, the target matrix and the jobs, and marking what is
//! dirty (SEMANTICS 4).
//!
//! Vocabulary: a *rejection* is an event that cannot be applied, with its class and its field;
//! *changes* are what the later phases must know about what happened.
//!
//! Invariant: an event is checked before anything is written, so a rejected one changes nothing.

mod changes;
mod check;
mod delete;
mod jobs;
mod provider;
mod upsert;

pub use changes::Changes;
pub use check::PolicyCheck;
pub use jobs::{JobIds, Redeploys, cancel_removed, find_target, ledger_of};
pub use provider::Skipped;
pub use upsert::{CompiledScope, CompiledTargetSelector, Identifiers};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use crate::fleet::catalogue::refresh_selections;
use crate::fleet::dirty::Dirty;
use crate::fleet::matrix::{
    Cohorts, MatrixChange, StaleTargets, TargetRef, compact_shards, refresh_matrix,
};
use crate::fleet::schedule::Clock;
use crate::wire::Rejection;
use crate::wire::event::{Event, Payload};

/// The workspace that this world holds.
#[derive(Debug, Clone, Resource)]
pub struct WorkspaceId(pub String);

/// Events waiting for the next run of the schedule.
#[derive(Debug, Default, Resource)]
pub struct Inbox {
    /// In the order in which they apply.
    pub events: Vec<Event>,
    /// The first event that was rejected in the last run; those after it were not tried.
    pub rejected: Option<(usize, Rejection)>,
}

/// Applies the waiting events, brings the target matrix up to date and marks what is dirty.
pub fn ingest(world: &mut World) {
    let events = std::mem::take(&mut world.resource_mut::<Inbox>().events);
    world.resource_mut::<Inbox>().rejected = None;
    for (at, event) in events.into_iter().enumerate() {
        if let Err(rejection) = apply(world, event) {
            world.resource_mut::<Inbox>().rejected = Some((at, rejection));
            break;
        }
    }
    settle_matrix(world);
}

/// Checks an event without applying it.
///
/// # Errors
/// When the event would be rejected.
pub fn check_event(world: &mut World, event: &Event) -> Result<(), Rejection> {
    check::event(world, event)
}

fn apply(world: &mut World, mut event: Event) -> Result<(), Rejection> {
    check::event(world, &event)?;
    let now = event.at.unwrap_or(world.resource::<Clock>().0);
    event.payload.stamp(now);
    match event.payload {
        Payload::Upsert(entity) => upsert::upsert(world, *entity),
        Payload::Delete(key) => delete::delete(world, &key),
        Payload::SetResources { provider_id, resources } => {
            provider::set_resources(world, &provider_id, resources, now);
        }
        Payload::UpdateJob(update) => jobs::update(world, *update),
        Payload::FinishJob(finish) => jobs::finish(world, &finish),
        Payload::Redeploy(triple) => jobs::redeploy(world, &triple),
        Payload::ReconcileAll => mark_everything(world),
        Payload::Tick => {}
    }
    world.resource_mut::<Clock>().0 = now;
    Ok(())
}

/// Derives the targets that follow from what changed: joined ones are dirty together with their
/// cohort, jobs of vanished ones are cancelled.
fn settle_matrix(world: &mut World) {
    let stale = std::mem::take(&mut *world.resource_mut::<StaleTargets>());
    let touches_targets = !(stale.resources.is_empty()
        && stale.environments.is_empty()
        && stale.deployments.is_empty());
    if !touches_targets {
        *world.resource_mut::<MatrixChange>() = MatrixChange::default();
        refresh_selections(world, &[]);
        return;
    }
    refresh_selections(world, &stale.resources);
    let changed = stale.clone();
    let mut change = refresh_matrix(world, stale);
    cancel_removed(world, &change.removed);
    compact_shards(world, &mut change);
    mark_dirty(world, &changed, &change);
    *world.resource_mut::<MatrixChange>() = change;
}

/// Marks the targets of changed entities, and the cohorts in which targets came or went.
fn mark_dirty(world: &mut World, changed: &StaleTargets, change: &MatrixChange) {
    world.resource_scope(|world, mut dirty: bevy_ecs::world::Mut<Dirty>| {
        let cohorts = world.resource::<Cohorts>();
        let touched = change.added.iter().chain(&change.removed).map(|target| target.cohort);
        let of_deployments =
            changed.deployments.iter().flat_map(|&it| cohorts.of_deployment(it).iter().copied());
        let of_environments =
            changed.environments.iter().flat_map(|&it| cohorts.of_environment(it).iter().copied());
        let whole = touched.chain(change.fresh.iter().copied());
        for cohort in whole.chain(of_deployments).chain(of_environments) {
            if cohorts[cohort].targets > 0 {
                dirty.mark_cohort(cohort);
            }
        }
        // What earlier events of the batch marked by row must not be lost.
        for &cohort in &change.moved {
            if dirty.rows(cohort).is_some() {
                dirty.mark_cohort(cohort);
            }
        }
        if !changed.resources.is_empty() {
            for (cohort, _) in cohorts.iter() {
                for &resource in &changed.resources {
                    dirty.mark(cohorts, TargetRef { cohort, resource });
                }
            }
        }
    });
}

fn mark_everything(world: &mut World) {
    world.resource_scope(|world, mut dirty: bevy_ecs::world::Mut<Dirty>| {
        for (cohort, it) in world.resource::<Cohorts>().iter() {
            if it.targets > 0 {
                dirty.mark_cohort(cohort);
            }
        }
    });
}
