//! A workspace that is loaded with its jobs decides as the one in which they were made: the same records
//! of all targets, and no job anew.

use serde_json::Value as Json;
use shakedown_engine::base::ids::JobIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::ingest::find_target;
use shakedown_engine::fleet::jobs::{
    Canonical, Configs, Editions, Job, Jobs, VariableSets, VersionCopies,
};
use shakedown_engine::model::{JobAgent, JobStatus};
use shakedown_engine::read::job_view;
use shakedown_engine::wire::event::{Event, Payload, RecordedJob};
use shakedown_systems::record::{Examine, records};

use crate::generate::{self, Config};

/// The jobs of a fleet as a list of jobs tells them.
fn recorded(fleet: &Fleet) -> Vec<Event> {
    let world = fleet.world();
    let (editions, sets) = (world.resource::<Editions>(), world.resource::<VariableSets>());
    let (jobs, copies) = (&world.resource::<Jobs>().0, world.resource::<VersionCopies>());
    let told = jobs.iter().enumerate().map(|(at, job)| {
        let ix = JobIx(u32::try_from(at).expect("few jobs"));
        let (view, version) = (job_view(world, ix), editions.version(job.edition));
        // Nobody may see opaque values, so no list has them.
        let seen = |it: &Canonical<'_>| matches!(it, Canonical::Literal(_));
        let kinds = sets.canonicals(job.variables).map(|(_, kind)| seen(&kind));
        let variables = sets.entries(job.variables).zip(kinds).filter(|(_, seen)| *seen);
        let variables = variables.map(|(entry, _)| entry);
        let recorded = RecordedJob {
            release_id: format!("release of {}", view.id),
            id: view.id,
            target: view.target,
            identifier: None,
            version_id: view.version_id,
            said: copies.of(version, ix).or_else(|| item(world, version)).cloned(),
            tag: editions.tag(job.edition).to_owned(),
            variables: variables.map(|(key, value)| (key.to_owned(), value.clone())).collect(),
            agent_id: agent_of(fleet, at),
            external_id: None,
            config: world.resource::<Configs>().get(job.config).clone(),
            status: job.status,
            created_at: job.created_at,
            started_at: view.started_at,
            completed_at: job.completed_at,
            released_at: job.released_at,
        };
        Event { payload: Payload::RecordJob(Box::new(recorded)), at: None, workspace_id: None }
    });
    told.collect()
}

fn agent_of(fleet: &Fleet, job: usize) -> Option<String> {
    let world = fleet.world();
    let agent = world.resource::<Jobs>().0[job].agent.get()?;
    Some(world.resource::<Registry<JobAgent>>().id(agent).to_owned())
}

/// What is decided for every target, and what it has.
fn decided(fleet: &Fleet) -> Vec<Json> {
    let targets: Vec<_> = fleet
        .targets()
        .into_iter()
        .map(|it| find_target(fleet.world(), &it.triple).expect("it is listed"))
        .collect();
    let decided = records(fleet, &targets, Examine::All).into_iter();
    decided.map(|record| record.to_json()).collect()
}

/// Whether two jobs of a target have the same times, so that no list tells which came first.
fn is_ambiguous(fleet: &Fleet) -> bool {
    let jobs = &fleet.world().resource::<Jobs>().0;
    let same = |a: &Job, b: &Job| {
        let times = |it: &Job| (it.created_at, it.status.is_processing(), it.completed_at);
        times(a) == times(b)
    };
    jobs.iter().any(|job| job.previous.get().is_some_and(|it| same(&jobs[it.slot()], job)))
}

/// Whether an event says what is, rather than what happens.
fn states(event: &Event) -> bool {
    matches!(event.payload, Payload::Upsert(_) | Payload::Delete(_) | Payload::SetResources { .. })
}

#[test]
fn on_generated_worlds() {
    let start = SimTime::parse(generate::START).expect("a time");
    // Lists tell nothing of what was cancelled because its target vanished.
    let config = Config { churn: false, invalid: false, ..Config::full() };
    let (mut jobs, mut successes, mut compared, mut ambiguous) = (0, 0, 0, 0);
    for seed in 4100..4180 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let mut stated = Vec::new();
        for json in generate::events(seed, &config) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            let kept = states(&event).then(|| Event { at: None, ..event.clone() });
            if fleet.apply(event).is_ok() {
                stated.extend(kept);
            }
        }
        if is_ambiguous(&fleet) {
            ambiguous += 1;
            continue;
        }
        let recorded = recorded(&fleet);
        jobs += recorded.len();
        let made = &fleet.world().resource::<Jobs>().0;
        successes += made.iter().filter(|job| job.status == JobStatus::Successful).count();
        let mut loaded = shakedown_systems::fleet_in(fleet.dialect(), "ws-1", fleet.now());
        let report = loaded.apply_together([stated, recorded].concat()).expect("it was accepted");
        assert_eq!(report.jobs_created, 0, "seed {seed}");
        let (expected, found) = (decided(&fleet), decided(&loaded));
        compared += found.len();
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "seed {seed}");
        }
        assert_eq!(found.len(), expected.len(), "seed {seed}");
    }
    assert!(ambiguous < 8, "{ambiguous} worlds were left out");
    assert!(jobs > 500 && successes > 100 && compared > 500, "{jobs} {successes} {compared}");
}
