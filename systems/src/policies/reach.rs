//! Reach: the targets whose rules read what an event changed elsewhere (SEMANTICS 4.3, `Down` and
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

use super::{Applicability, CandidateLists, Check, RuleBook};
use crate::dependency::Dependencies;
use crate::satisfied::Satisfied;
use crate::successes::Successes;

/// From this many resources on, marking whole cohorts costs less than looking for their rows.
const MANY: usize = 64;

/// Policies phase: marks what progression rules and dependencies make depend on the changes.
///
/// When an environment changes, every cohort under a progression rule is marked: the change may have
/// moved it out of a system or out of a selector.
pub fn mark_reached(
    changes: Res<Changes>,
    cohorts: Res<Cohorts>,
    book: Res<RuleBook>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    dependencies: Res<Dependencies>,
    successes: Res<Successes>,
    satisfied: Res<Satisfied>,
    mut dirty: ResMut<Dirty>,
) {
    let has = |cohort: CohortIx, wanted: fn(&Check) -> bool| {
        let mut policies = applicability.classes(cohort).iter().flat_map(|class| &class.policies);
        policies.any(|&policy| {
            book.get(policy).is_some_and(|entry| entry.checks.iter().any(|it| wanted(&it.check)))
        })
    };
    let progresses: fn(&Check) -> bool = |check| matches!(check, Check::Progression(_));
    let mut mark_progressing = |cohort: CohortIx| {
        if cohorts[cohort].targets > 0 && has(cohort, progresses) {
            dirty.mark_cohort(cohort);
        }
    };
    if !changes.environments.is_empty() && book.has(progresses) {
        cohorts.iter().for_each(|(cohort, _)| mark_progressing(cohort));
    } else {
        let touched = successes.touched().iter().flat_map(|&it| cohorts.of_deployment(it));
        touched.for_each(|&cohort| mark_progressing(cohort));
    }

    let resources = satisfied.touched();
    if resources.is_empty() {
        return;
    }
    let depends: fn(&Check) -> bool = |check| matches!(check, Check::Dependency(_));
    let mut with_edges: FixedMap<DeploymentIx, bool> = fixed_map();
    let mut has_edges = |deployment: DeploymentIx| {
        let mut versions = candidates.of(deployment).iter().map(|it| it.version);
        let any = || versions.any(|version| !dependencies.of(version).is_empty());
        !dependencies.is_empty() && *with_edges.entry(deployment).or_insert_with(any)
    };
    for (cohort, it) in cohorts.iter().filter(|(_, it)| it.targets > 0) {
        if !has_edges(it.deployment) && !has(cohort, depends) {
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
