//! Ingest: applying events to the catalogue, the target matrix and the jobs, and marking what is
//! dirty (SEMANTICS 4).
//!
//! Vocabulary: a *rejection* is an event that cannot be applied, with its class and its field.
//!
//! Invariant: an event is checked before anything is written, so a rejected one changes nothing.

mod check;
mod delete;
mod effort;
mod everything;
mod jobs;
mod mark;
mod provider;
mod recorded;
mod stated;
mod upsert;

pub use check::PolicyCheck;
pub(crate) use effort::Taken;
pub(crate) use everything::tell_everything;
pub(crate) use jobs::{InVain, JobIds};
pub use jobs::{cancel_removed, find_target, reported_in_vain};
pub(crate) use recorded::Waiting;
pub use recorded::{Incomplete, complete_recorded};
pub(crate) use stated::Stated;
pub use stated::{LeftAlone, left_alone};
pub(crate) use upsert::Identifiers;
pub use upsert::{CompiledScope, CompiledTargetSelector};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};

use crate::fleet::catalogue::{refresh_selections, selections_are_behind};
use crate::fleet::change::Changes;
use crate::fleet::matrix::{Room, Stale, compact_shards, refresh_matrix};
use crate::fleet::schedule::Clock;
use crate::wire::event::{ErrorClass, Event, Payload};
use crate::wire::{Refused, Rejection};

/// The workspace that this world holds.
#[derive(Debug, Clone, Resource)]
pub struct WorkspaceId(pub String);

/// Applies events in order, brings the target matrix up to date and marks what is dirty. The events that
/// are rejected, at most `most`: with the last of these it stops.
pub fn ingest(world: &mut World, events: Vec<Event>, most: usize) -> Vec<Refused> {
    let last = events.len().saturating_sub(1);
    Taken::restart(world);
    let events = events.into_iter().enumerate();
    let refused = events.filter_map(|(at, event)| {
        apply(world, event).err().map(|rejection| Refused { at, rejection })
    });
    let mut refused: Vec<Refused> = refused.take(most).collect();
    let had_room = world.resource::<Room>().check().is_ok();
    derive_targets(world);
    if had_room && let Err(rejection) = world.resource::<Room>().check() {
        refused.push(Refused { at: last, rejection });
    }
    recorded::take_in(world);
    mark::mark_dirty(world);
    refused
}

/// Checks an event without applying it, before the timers ring that are due by then; asked once more when
/// it is applied. Timers make jobs, so whether there is the job that a report names by its id is left open.
///
/// # Errors
/// When the event would be rejected, whatever the timers cause.
pub(crate) fn check_ahead(world: &mut World, event: &mut Event) -> Result<(), Rejection> {
    match (check::event(world, event), &event.payload) {
        (Err(Rejection { class: ErrorClass::NotFound, .. }), Payload::UpdateJob(update))
            if update.id.is_some() || update.job.id.is_some() =>
        {
            Ok(())
        }
        (checked, _) => checked,
    }
}

fn apply(world: &mut World, mut event: Event) -> Result<(), Rejection> {
    check::event(world, &mut event)?;
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
        Payload::RecordJob(job) => world.resource_mut::<Waiting>().add(*job),
        Payload::Redeploy(triple) => jobs::redeploy(world, &triple),
        Payload::ReconcileAll => world.resource_mut::<Changes>().everything(),
        Payload::Tick => {}
    }
    world.resource_mut::<Clock>().0 = now;
    Ok(())
}

/// Derives the targets that follow from what changed; jobs of vanished ones are cancelled.
fn derive_targets(world: &mut World) {
    let Changes { resources, environments, deployments, .. } = world.resource::<Changes>();
    let is_quiet = resources.is_empty() && environments.is_empty() && deployments.is_empty();
    // Most events concern no selection, and a fleet may have thousands.
    let selects_anew = !resources.is_empty() || selections_are_behind(world);
    if is_quiet && !selects_anew {
        return;
    }
    world.resource_scope(|world, mut changes: Mut<Changes>| {
        if selects_anew {
            refresh_selections(world, &changes.resources);
        }
        let Changes { resources, environments, deployments, targets, .. } = &mut *changes;
        let stale = Stale { resources, environments, deployments };
        if !stale.is_empty() {
            *targets = refresh_matrix(world, stale);
            cancel_removed(world, &targets.removed);
            compact_shards(world, targets);
        }
    });
}
