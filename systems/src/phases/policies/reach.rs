//! Reach: the targets whose checks read what an event changed elsewhere (SEMANTICS 4.3, `Down` and
//! `Dep`).
//!
//! The facts that rules read say which successes came or went and which resources changed, so targets are
//! marked when an answer may be another, not whenever some job is. Reconciling the others would change
//! nothing. Of successes, what a check makes of them is remembered: most of them change no answer, and
//! one that only changes when to ask again sets a timer.
//!
//! Invariant: a fleet without such rules pays one look at each kind of fact.

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, DeploymentIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Stock;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, TargetRef};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::DeploymentVersion;
use smallvec::SmallVec;

use super::Applicability;
use crate::facts::{CandidateLists, Edges, Satisfied, SuccessFacts, Successes, Touched};
use crate::phases::wake::Agendas;
use crate::rules::{Check, Foreseen, News, RuleBook, RuleCheck};

/// From this many resources on, marking whole cohorts costs less than looking for their rows.
const MANY: usize = 64;

/// What each check that reads successes was told last, by its number: of a version upstream, in a cohort.
#[derive(Debug, Resource)]
pub struct Told(FixedMap<(u32, CohortIx, VersionIx), Foreseen>);

impl Default for Told {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Told {
    /// What is new to a check in what it would be told now, if it was told `before` at first.
    fn tell(
        &mut self,
        about: (u32, CohortIx, VersionIx),
        now: SimTime,
        (before, foreseen): (Option<Foreseen>, Foreseen),
    ) -> News {
        let told = self.0.insert(about, foreseen).or(before);
        told.map_or(News::Answer, |told| foreseen.news(told, now))
    }
}

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
    let mut mark_downstream = |cohort: CohortIx| {
        if cohorts[cohort].targets > 0 && has(cohort, reads_successes) {
            dirty.mark_cohort(cohort);
        }
    };
    if !changes.policies.is_empty() {
        told.0.retain(|(number, ..), _| book.has_number(*number));
    }
    // Shares are of other wholes.
    let resized = |it: CohortIx| successes.resized().binary_search(&cohorts[it].deployment).is_ok();
    if !successes.resized().is_empty() {
        told.0.retain(|&(_, cohort, _), _| !resized(cohort));
    }
    if !changes.environments.is_empty() && book.has(reads_successes) {
        cohorts.iter().for_each(|(cohort, _)| mark_downstream(cohort));
    } else {
        let resized = successes.resized().iter().flat_map(|&it| cohorts.of_deployment(it));
        resized.for_each(|&cohort| mark_downstream(cohort));
    }
    for &Touched { statuses, cohort: upstream, version, are_first } in successes.touched() {
        let Cohort { deployment, environment, targets, .. } = cohorts[upstream];
        // Of a version that is gone, nobody reads what it did.
        let Some(&DeploymentVersion { created_at, .. }) = versions.get(version) else { continue };
        let (firsts, last) = successes.of(statuses, upstream, version);
        let facts = SuccessFacts { targets, firsts, last };
        let none = SuccessFacts { targets, firsts: &[], last: SimTime::UNSET };
        let mut asked: SmallVec<[(u32, News); 4]> = SmallVec::new();
        for &downstream in cohorts.of_deployment(deployment) {
            if cohorts[downstream].targets == 0 {
                continue;
            }
            let classes = applicability.classes(downstream).iter();
            let entries = classes.flat_map(|class| &class.policies).filter_map(|&it| book.get(it));
            let checks = entries.flat_map(|entry| &entry.checks);
            for RuleCheck { number, check, .. } in checks {
                if check.reads().successes != Some(statuses) {
                    continue;
                }
                let known = asked.iter().find(|(known, _)| known == number).map(|(_, news)| *news);
                let news = known.unwrap_or_else(|| {
                    let foresees = |facts| check.foresees(environment, facts, created_at);
                    let before = are_first.then(|| foresees(none)).flatten();
                    let about = (*number, upstream, version);
                    let news = foresees(facts)
                        .map_or(News::Answer, |it| told.tell(about, clock.0, (before, it)));
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
