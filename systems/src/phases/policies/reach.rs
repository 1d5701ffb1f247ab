//! Reach: the targets whose checks read what an event changed elsewhere (SEMANTICS 4.3, `Down` and
//! `Dep`).
//!
//! The facts that rules read say which deployments and which resources changed, so targets are marked
//! when an answer may be another, not whenever some job is. Reconciling the others would change
//! nothing.
//!
//! Invariant: a fleet without such rules pays one look at each kind of fact.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, DeploymentIx};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};

use super::Applicability;
use crate::facts::{CandidateLists, Edges, Satisfied, Successes};
use crate::rules::{Check, RuleBook};

/// From this many resources on, marking whole cohorts costs less than looking for their rows.
const MANY: usize = 64;

/// Policies phase: marks the targets whose checks or versions read what changed.
///
/// When an environment changes, every cohort whose checks read successes upstream is marked: the change may have
/// moved it out of a system or out of a selector.
pub fn mark_reached(
    changes: Res<Changes>,
    cohorts: Res<Cohorts>,
    book: Res<RuleBook>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    dependencies: Res<Edges>,
    successes: Res<Successes>,
    satisfied: Res<Satisfied>,
    mut dirty: ResMut<Dirty>,
) {
    let has = |cohort: CohortIx, wanted: fn(&Check) -> bool| {
        let policies = applicability.classes(cohort).iter().flat_map(|class| &class.policies);
        book.any_of(policies, wanted)
    };
    let reads_successes: fn(&Check) -> bool = |check| check.reads().successes.is_some();
    let mut mark_downstream = |cohort: CohortIx| {
        if cohorts[cohort].targets > 0 && has(cohort, reads_successes) {
            dirty.mark_cohort(cohort);
        }
    };
    if !changes.environments.is_empty() && book.has(reads_successes) {
        cohorts.iter().for_each(|(cohort, _)| mark_downstream(cohort));
    } else {
        let touched = successes.touched().iter().flat_map(|&it| cohorts.of_deployment(it));
        touched.for_each(|&cohort| mark_downstream(cohort));
    }

    let resources = satisfied.touched();
    if resources.is_empty() {
        return;
    }
    let reads_resource: fn(&Check) -> bool = |check| check.reads().satisfying.is_some();
    let mut with_edges: FixedMap<DeploymentIx, bool> = fixed_map();
    let mut has_edges = |deployment: DeploymentIx| {
        let mut versions = candidates.of(deployment).iter().map(|it| it.version);
        let any = || versions.any(|version| !dependencies.of(version).is_empty());
        !dependencies.is_empty() && *with_edges.entry(deployment).or_insert_with(any)
    };
    for (cohort, it) in cohorts.iter().filter(|(_, it)| it.targets > 0) {
        if !has_edges(it.deployment) && !has(cohort, reads_resource) {
            continue;
        }
        if resources.len() > MANY {
            dirty.mark_cohort(cohort);
            continue;
        }
        for &resource in resources {
            dirty.mark(&cohorts, TargetRef { cohort, resource });
        }
    }
}
