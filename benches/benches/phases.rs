//! Every phase alone: what it takes of a reconcile of one deployment of 60,000 targets.
//!
//! Ids: `<phase>/created/<preset>/<density>` is the phase while a version is created, each time in a
//! settled fleet; `<phase>/settled/<preset>/<density>` is the same once more, when the version is there
//! already and nothing changes. The latter needs no preparation between runs, so that its flame graph
//! shows the phases and nothing else. Throughput is in release targets. The floor says beforehand how
//! many jobs there must be.

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::{Density, Floor, VersionCreated, gauge};
use shakedown_engine::event::{Entity, Event, Payload};
use shakedown_engine::preset::Preset;
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
    let id = format!("created/{preset}/{density}");
    Operation::new(criterion, phase.name(), 10, 20).bench(
        &id,
        targets,
        || measured(preset, density),
        |(iteration, jobs), times| {
            harness::sum(times, || {
                let event = iteration.prepare().expect("presets accept their preparation");
                let report = iteration.measure(event).expect("prepared events are valid");
                assert_eq!((report.targets, report.jobs_created), (targets, *jobs), "{id}");
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
        || measured(preset, density),
        |(iteration, _), times| {
            let version = iteration.version().cloned().expect("one was created");
            harness::sum(times, || {
                let again = Payload::Upsert(Box::new(Entity::DeploymentVersion(version.clone())));
                let event = Event { at: None, workspace_id: None, payload: again };
                let report = iteration.measure(event).expect("it was accepted before");
                assert_eq!((report.targets, report.jobs_created), (targets, 0), "{id}");
                report.phases[phase as usize]
            })
        },
    );
}

/// A fleet in which a version has just been created, and how many jobs it got.
fn measured(preset: Preset, density: Density) -> (VersionCreated, u64) {
    let mut iteration = VersionCreated::of(preset.shape(), density);
    iteration.fleet_mut().set_gauge(gauge::read);
    let event = iteration.prepare().expect("presets accept their preparation");
    let (deployment, version) = (iteration.deployment(), iteration.version().cloned());
    let world = iteration.fleet_mut().world_mut();
    let mut floor = Floor::new(world, deployment);
    floor.load(world, version.as_ref());
    let outcome = floor.run(world);
    let report = iteration.measure(event).expect("prepared events are valid");
    let compared = floor.compare(iteration.fleet_mut().world_mut(), &outcome, &report);
    assert_eq!(compared, Ok(()), "{preset}, {density}");
    (iteration, outcome.jobs_created)
}
