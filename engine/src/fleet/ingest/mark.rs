//! Which rows are dirty because of what the events changed: the engine's part of "Who marks what
//! dirty" (ARCHITECTURE.md, SEMANTICS 4.3). The phases mark what depends on policies, variables,
//! relations and time.
//!
//! Rows are marked once per reconcile, when all events are applied and the targets are derived: rows
//! that moved need no thought, and events mark nothing that a later one takes away.

use bevy_ecs::world::{Mut, World};

use crate::fleet::change::Changes;
use crate::fleet::dirty::Dirty;
use crate::fleet::matrix::{Cohorts, TargetRef};

/// Marks the targets of changed entities, those that came, and those that events concern. Whom else it
/// concerns that a target came or went, the phases find out.
pub(super) fn mark_dirty(world: &mut World) {
    if world.resource::<Changes>().is_empty() {
        return;
    }
    world.resource_scope(|world, mut dirty: Mut<Dirty>| {
        mark(world.resource::<Changes>(), world.resource::<Cohorts>(), &mut dirty);
    });
}

fn mark(changes: &Changes, cohorts: &Cohorts, dirty: &mut Dirty) {
    let Changes { targets, concerned, .. } = changes;
    // What was marked by row before these events must not be lost.
    for &cohort in &targets.moved {
        if dirty.rows(cohort).is_some() {
            dirty.mark_cohort(cohort);
        }
    }
    let mut mark_cohort = |cohort| {
        if cohorts[cohort].targets > 0 {
            dirty.mark_cohort(cohort);
        }
    };
    if concerned.everything {
        cohorts.iter().for_each(|(cohort, _)| mark_cohort(cohort));
    }
    let deployments = changes.deployments.iter().chain(&concerned.deployments);
    let of_deployments = deployments.flat_map(|&it| cohorts.of_deployment(it));
    let of_environments = changes.environments.iter().flat_map(|&it| cohorts.of_environment(it));
    of_deployments.chain(of_environments).for_each(|&cohort| mark_cohort(cohort));
    let of_pairs = concerned.pairs.iter().filter_map(|&(of, within)| cohorts.find(of, within));
    of_pairs.chain(targets.fresh.iter().copied()).for_each(mark_cohort);
    targets.added.iter().for_each(|&target| dirty.mark(cohorts, target));
    concerned.targets.iter().for_each(|&target| dirty.mark(cohorts, target));
    if !changes.resources.is_empty() {
        for (cohort, _) in cohorts.iter() {
            for &resource in &changes.resources {
                dirty.mark(cohorts, TargetRef { cohort, resource });
            }
        }
    }
}
