//! Every phase alone: what it takes of a reconcile of one deployment of 60,000 targets.
//!
//! Ids: `<phase>/created/<preset>/<density>` is the phase while a version is created, each time in a
//! settled fleet; `<phase>/settled/<preset>/<density>` is the same once more, when the version is there
//! already and nothing changes. The latter needs no preparation between runs, so that its flame graph
//! shows the phases and nothing else. Throughput is in release targets, of `job_creation` in jobs.

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::{Density, VersionCreated, gauge};
use shakedown_engine::event::{Entity, Event, Payload};
use shakedown_engine::preset::Preset;
use shakedown_engine::report::Report;
use shakedown_engine::schedule::Phase;

fn main() {
    harness::run(|criterion| {
        for phase in MEASURED {
            for preset in [Preset::Literal, Preset::EveryRule] {
                for density in Density::ALL {
                    created(criterion, phase, preset, density);
                    settled(criterion, phase, preset, density);
                }
            }
        }
    });
}

/// Relations have a bench of their own: creating a version changes none.
const MEASURED: [Phase; 5] =
    [Phase::Policies, Phase::Planning, Phase::Eligibility, Phase::JobCreation, Phase::Settle];

fn created(criterion: &mut Criterion, phase: Phase, preset: Preset, density: Density) {
    let targets = preset.shape().targets_per_deployment();
    let jobs = jobs(preset, density);
    let elements = if phase == Phase::JobCreation { jobs } else { targets };
    let id = format!("created/{preset}/{density}");
    Operation::new(criterion, phase.name(), 10, 20).bench(
        &id,
        elements,
        || measured(preset, density),
        |iteration, times| {
            harness::sum(times, || {
                let report = create(iteration);
                assert_eq!(report.targets, targets, "{id}");
                assert_eq!(report.jobs_created, jobs, "{id}");
                report.phases[phase as usize]
            })
        },
    );
}

fn settled(criterion: &mut Criterion, phase: Phase, preset: Preset, density: Density) {
    if phase == Phase::JobCreation {
        return;
    }
    let targets = preset.shape().targets_per_deployment();
    let id = format!("settled/{preset}/{density}");
    Operation::new(criterion, phase.name(), 20, 200).bench(
        &id,
        targets,
        || {
            let mut iteration = measured(preset, density);
            create(&mut iteration);
            iteration
        },
        |iteration, times| {
            let version = iteration.version().cloned().expect("one was created");
            harness::sum(times, || {
                let again = Payload::Upsert(Box::new(Entity::DeploymentVersion(version.clone())));
                let event = Event { at: None, workspace_id: None, payload: again };
                let report = iteration.measure(event).expect("it was accepted before");
                assert_eq!(report.targets, targets, "{id}");
                assert_eq!(report.jobs_created, 0, "{id}");
                report.phases[phase as usize]
            })
        },
    );
}

fn measured(preset: Preset, density: Density) -> VersionCreated {
    let mut iteration = VersionCreated::of(preset.shape(), density);
    iteration.fleet_mut().set_gauge(gauge::read);
    iteration
}

fn create(iteration: &mut VersionCreated) -> Report {
    let event = iteration.prepare().expect("presets accept their preparation");
    iteration.measure(event).expect("prepared events are valid")
}

/// Jobs that a version causes.
///
/// At the very beginning of a rollout the first target of each cohort that needs no approval is due.
/// Under every rule a quarter of the targets waits for an upstream environment.
fn jobs(preset: Preset, density: Density) -> u64 {
    match (preset, density) {
        (Preset::EveryRule, Density::Gate) => 1,
        (Preset::EveryRule, Density::Half) => 22_501,
        (Preset::EveryRule, Density::All) => 45_000,
        (_, Density::Gate) => 9,
        (_, Density::Half) => 30_000,
        (_, Density::All) => 60_000,
    }
}
