//! Reach: the targets whose rules read what an event changed elsewhere (SEMANTICS 4.3, `Down` and
//! `Dep`).
//!
//! Invariant: a fleet without such rules pays one look at the rule book.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::dirty::Dirty;
use shakedown_engine::ids::{DeploymentIx, ResourceIx};
use shakedown_engine::ingest::Changes;
use shakedown_engine::target::{Cohorts, MatrixChange, TargetRef};

use super::{Applicability, Check, RuleBook};
use crate::dependency::Dependencies;

/// Policies phase: marks what progression rules and dependencies make depend on the changes.
///
/// When an environment or a deployment changes, every cohort under such a rule is marked: the change
/// may have moved it out of a system or out of a selector.
pub fn mark_reached(
    changes: Res<Changes>,
    matrix: Res<MatrixChange>,
    cohorts: Res<Cohorts>,
    book: Res<RuleBook>,
    applicability: Res<Applicability>,
    dependencies: Res<Dependencies>,
    mut dirty: ResMut<Dirty>,
) {
    let everywhere = !changes.environments.is_empty() || !changes.deployments.is_empty();
    let targets = changes.jobs.iter().chain(&matrix.added).chain(&matrix.removed);
    let touched = targets.map(|target| target.cohort).chain(matrix.fresh.iter().copied());
    let mut deployments: Vec<DeploymentIx> = touched.map(|it| cohorts[it].deployment).collect();
    if !everywhere && deployments.is_empty() {
        return;
    }
    let depends = !dependencies.is_empty() || book.has(|it| matches!(it, Check::Dependency(_)));
    if depends && (!changes.deployments.is_empty() || !matrix.fresh.is_empty()) {
        let with_targets = cohorts.iter().filter(|(_, cohort)| cohort.targets > 0);
        with_targets.for_each(|(ix, _)| dirty.mark_cohort(ix));
    } else if depends {
        let targets = changes.jobs.iter().chain(&matrix.added).chain(&matrix.removed);
        let mut resources: Vec<ResourceIx> = targets.map(|target| target.resource).collect();
        resources.sort_unstable();
        resources.dedup();
        for (cohort, _) in cohorts.iter() {
            for &resource in &resources {
                dirty.mark(&cohorts, TargetRef { cohort, resource });
            }
        }
    }
    let progresses = |check: &Check| matches!(check, Check::Progression(_));
    if !book.has(progresses) {
        return;
    }
    deployments.sort_unstable();
    deployments.dedup();
    for (ix, cohort) in cohorts.iter().filter(|(_, cohort)| cohort.targets > 0) {
        if everywhere || deployments.binary_search(&cohort.deployment).is_ok() {
            let mut policies = applicability.classes(ix).iter().flat_map(|class| &class.policies);
            let reached = policies.any(|&policy| {
                book.get(policy)
                    .is_some_and(|entry| entry.checks.iter().any(|it| progresses(&it.check)))
            });
            if reached {
                dirty.mark_cohort(ix);
            }
        }
    }
}
