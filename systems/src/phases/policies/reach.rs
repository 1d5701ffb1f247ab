//! Reach: the targets whose checks read what an event changed elsewhere (SEMANTICS 4.3, `Down` and
//! `Dep`).
//!
//! The facts that rules read say which successes came or went and which resources changed, so targets are
//! marked when an answer may be another, not whenever some job is. Reconciling the others would change
//! nothing. Of successes, what a check makes of them is remembered: most of them change no answer, and
//! one that only changes when to ask again sets a timer.
//!
//! Invariant: a fleet without such rules pays one look at each kind of fact.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, DeploymentIx};
use shakedown_engine::fleet::catalogue::Stock;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, TargetChanges, TargetRef};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::DeploymentVersion;
use smallvec::SmallVec;

use super::Applicability;
use super::told::{Told, Upstream};
use crate::facts::{CandidateLists, Edges, Satisfied, Successes};
use crate::phases::wake::Agendas;
use crate::rules::{Check, News, RuleBook, RuleCheck};

/// From this many resources on, marking whole cohorts costs less than looking for their rows.
const MANY: usize = 64;

/// Policies phase: marks the targets whose checks or versions read what changed.
///
/// When an environment changes, every cohort whose checks read successes upstream is marked: the change may have
/// moved it out of a system or out of a selector.
pub fn mark_reached(
    clock: Res<Clock>,
    changes: Res<Changes>,
    cohorts: Res<Cohorts>,
    book: Res<RuleBook>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    dependencies: Res<Edges>,
    successes: Res<Successes>,
    satisfied: Res<Satisfied>,
    versions: Stock<DeploymentVersion>,
    mut told: ResMut<Told>,
    mut timers: ResMut<Timers>,
    mut agendas: ResMut<Agendas>,
    mut dirty: ResMut<Dirty>,
) {
    let has = |cohort: CohortIx, wanted: fn(&Check) -> bool| {
        let policies = applicability.classes(cohort).iter().flat_map(|class| &class.policies);
        book.any_of(policies, wanted)
    };
    let reads_successes: fn(&Check) -> bool = |check| check.reads().successes.is_some();
    // Where a target came or went, the places of the others in the rollout order shift.
    let TargetChanges { added, fresh, removed, .. } = &changes.targets;
    let mut grown: FixedMap<CohortIx, i64> = fixed_map();
    added.iter().for_each(|it| *grown.entry(it.cohort).or_default() += 1);
    removed.iter().for_each(|it| *grown.entry(it.cohort).or_default() -= 1);
    grown.extend(fresh.iter().map(|&it| (it, i64::from(cohorts[it].targets))));
    for &cohort in grown.keys() {
        if cohorts[cohort].targets > 0 && agendas.of(cohort).is_ranked() {
            dirty.mark_cohort(cohort);
        }
    }
    if !changes.policies.is_empty() {
        told.keep(|number| book.has_number(number));
    }
    // Of each cohort where something succeeded or that has another number of targets: the version, or all,
    // as a share of the targets is another number then.
    let touched = successes.touched().iter().map(|it| (it.cohort, Some(it)));
    let resized = successes.resized().iter().map(|&cohort| (cohort, None));
    for (upstream, touched) in resized.chain(touched) {
        let Cohort { deployment, environment, targets, .. } = cohorts[upstream];
        // Where there are no targets, nothing can succeed, or need not.
        let before = i64::from(targets) - grown.get(&upstream).copied().unwrap_or(0);
        let turned = touched.is_none() && (before == 0) != (targets == 0);
        let (successes, versions) = (&*successes, &versions);
        let facts = Upstream { cohort: upstream, environment, targets, successes, versions };
        let mut asked: SmallVec<[(u32, News); 4]> = SmallVec::new();
        for &downstream in cohorts.of_deployment(deployment) {
            if cohorts[downstream].targets == 0 {
                continue;
            }
            let classes = applicability.classes(downstream).iter();
            let entries = classes.flat_map(|class| &class.policies).filter_map(|&it| book.get(it));
            for RuleCheck { number, check, .. } in entries.flat_map(|entry| &entry.checks) {
                let Some(statuses) = check.reads().successes else { continue };
                if touched.is_some_and(|it| it.statuses != statuses) {
                    continue;
                }
                let known = asked.iter().find(|(known, _)| known == number).map(|(_, news)| *news);
                let news = known.unwrap_or_else(|| {
                    let check = (*number, check, statuses);
                    let news = told.news(check, facts, touched.map(|it| it.version), clock.0);
                    let news = if turned { News::Answer } else { news };
                    asked.push((*number, news));
                    news
                });
                match news {
                    News::None => {}
                    News::Timer(at) => {
                        let agenda = agendas.of(downstream);
                        agenda.wake_all(at);
                        timers.set(downstream, agenda.earliest());
                    }
                    News::Answer => dirty.mark_cohort(downstream),
                }
            }
        }
    }
    if !changes.environments.is_empty() && book.has(reads_successes) {
        let has_targets = |it: &CohortIx| cohorts[*it].targets > 0;
        let cohorts = cohorts.iter().map(|(cohort, _)| cohort).filter(has_targets);
        let downstream = cohorts.filter(|&cohort| has(cohort, reads_successes));
        downstream.for_each(|cohort| dirty.mark_cohort(cohort));
        told.start_over();
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
