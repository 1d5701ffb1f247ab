//! The facts that rules read of jobs, kept as things change, equal what counting everything anew
//! gives: successes (SEMANTICS 8.4) from all jobs, dependencies (8.9, 8.10) from all targets of the
//! resource.

use crate::generate::{self, Config};
use bevy_ecs::system::SystemState;
use shakedown_engine::base::ids::{CohortIx, ResourceIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::jobs::{Editions, Jobs};
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::DeploymentVersion;
use shakedown_engine::wire::event::Event;
use shakedown_systems::kernels::facts::CandidateLists;
use shakedown_systems::kernels::facts::{StatusSet, Successes};
use shakedown_systems::kernels::phases::policies;
use shakedown_systems::kernels::rules::{
    Judge, RuleBook, Surroundings as _, each_satisfying, unmet,
};
use std::collections::BTreeMap;

/// How often each answer was compared, so that no comparison is vacuous.
#[derive(Debug, Default)]
struct Seen {
    successes: usize,
    met: usize,
    unmet: usize,
    holding: usize,
    failing: usize,
}

fn compare_successes(fleet: &Fleet, seen: &mut Seen, context: &str) {
    let world = fleet.world();
    let (cohorts, editions) = (world.resource::<Cohorts>(), world.resource::<Editions>());
    let versions = world.resource::<Registry<DeploymentVersion>>().slots();
    let rules = world.resource::<RuleBook>().checks();
    let rules = rules.filter_map(|check| check.reads().successes);
    for statuses in rules {
        let recounted = recount(world.resource::<Jobs>(), cohorts, editions, statuses);
        for (cohort, _) in cohorts.iter() {
            for version in (0..versions).map(VersionIx::at) {
                let spans = recounted.get(&(cohort, version));
                let spans: Vec<(SimTime, SimTime)> =
                    spans.into_iter().flat_map(BTreeMap::values).copied().collect();
                let mut firsts: Vec<SimTime> = spans.iter().map(|span| span.0).collect();
                firsts.sort_unstable();
                let last = spans.iter().map(|span| span.1).max().unwrap_or(SimTime::UNSET);
                let counted = world.resource::<Successes>().of(statuses, cohort, version);
                assert_eq!(counted, (&firsts[..], last), "{context}: {statuses:?}");
                seen.successes += firsts.len();
            }
        }
    }
}

/// First and last success of every existing target, from the table of all jobs.
fn recount(
    jobs: &Jobs,
    cohorts: &Cohorts,
    editions: &Editions,
    statuses: StatusSet,
) -> BTreeMap<(CohortIx, VersionIx), BTreeMap<ResourceIx, (SimTime, SimTime)>> {
    let mut spans: BTreeMap<_, BTreeMap<ResourceIx, (SimTime, SimTime)>> = BTreeMap::new();
    for job in &jobs.0 {
        let exists = cohorts[job.target.cohort].live_position(job.target.resource).is_some();
        let Some(at) = job.completed_at.get() else { continue };
        if !exists || !statuses.contains(job.status) {
            continue;
        }
        let of_version =
            spans.entry((job.target.cohort, editions.version(job.edition))).or_default();
        let span = of_version.entry(job.target.resource).or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
    }
    spans
}

fn compare_dependencies(fleet: &mut Fleet, seen: &mut Seen, context: &str) {
    let world = fleet.world_mut();
    let mut state = SystemState::<policies::World<'_, '_>>::new(world);
    let now = world.resource::<Clock>().0;
    let surroundings = state.get(world).expect("every fleet has what policies read");
    let reads = surroundings.reads().expect("target columns are table-stored");
    let (cohorts, lists) = (world.resource::<Cohorts>(), world.resource::<CandidateLists>());
    for (_, cohort) in cohorts.iter() {
        let rows = reads.rows(cohort);
        for candidate in lists.of(cohort.deployment) {
            let judge = Judge::new(&reads, now, cohort, rows, candidate);
            for (row, key) in (0u32..).zip(rows.keys).filter(|&(row, _)| cohort.is_live(row)) {
                let row = row as usize;
                for check in world.resource::<RuleBook>().checks() {
                    let Some(selector) = check.reads().satisfying else { continue };
                    let mut expected = false;
                    each_satisfying(&judge, selector, row, &mut |_, _| expected = true);
                    let is_met = reads.elsewhere(selector, cohort).is_met(row, key.resource);
                    assert_eq!(is_met, expected, "{context}: a rule on row {row} of {cohort:?}");
                    *(if is_met { &mut seen.met } else { &mut seen.unmet }) += 1;
                }
                for edge in reads.dependencies(candidate.version) {
                    let upstream = reads.upstream(edge, cohort.environment);
                    let holds = upstream.is_some_and(|it| it.holds(key.resource));
                    let expected = unmet(&judge, edge, row).is_none();
                    assert_eq!(holds, expected, "{context}: an edge on row {row} of {cohort:?}");
                    *(if holds { &mut seen.holding } else { &mut seen.failing }) += 1;
                }
            }
        }
    }
}

#[test]
fn facts_equal_a_recount_after_every_event() {
    let mut seen = Seen::default();
    let start = SimTime::parse(generate::START).expect("a time");
    let calm: &[&str] = &["environmentProgression", "deploymentDependency", "versionDependency"];
    for seed in 700..770 {
        let rules = if seed % 2 == 0 { calm } else { Config::full().rules };
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for (at, json) in
            generate::events(seed, &Config { rules, ..Config::full() }).iter().enumerate()
        {
            let Ok(event) = Event::decode(json, fleet.now()) else { continue };
            if fleet.apply(event).is_err() {
                continue; // a list contains events that must be rejected
            }
            let context = format!("seed {seed}, event {at}: {json}");
            compare_successes(&fleet, &mut seen, &context);
            compare_dependencies(&mut fleet, &mut seen, &context);
        }
    }
    let Seen { successes, met, unmet, holding, failing } = seen;
    let fewest = [successes, met, unmet, holding, failing].into_iter().min();
    assert!(fewest > Some(300), "every answer was compared often: {seen:?}");
}
