//! Every phase alone: what it takes of a reconcile of one deployment of 60,000 targets.
//!
//! Ids: `<phase>/created/<preset>/<density>` is the phase while a version is created, each time in a
//! settled fleet; `<phase>/settled/<preset>/<density>` is the same once more, when the version is there
//! already and nothing changes. The latter needs no preparation between runs, so that its flame graph
//! shows the phases and nothing else. Throughput is in release targets. The floor says beforehand how
//! many jobs there must be.

mod harness;

use std::cell::{LazyCell, RefCell};

use harness::Operation;
use shakedown_benches::{Density, Floor, VersionCreated, gauge};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::preset::Preset;
use shakedown_engine::wire::event::{Entity, Event};

fn main() {
    harness::run(|criterion| {
        for preset in [Preset::Literal, Preset::EveryRule] {
            for density in Density::ALL {
                let fleet = LazyCell::new(|| RefCell::new(created(preset, density)));
                for phase in MEASURED {
                    let mut bench =
                        |variant: &str, milliseconds, prepare: Prepare, is_new: bool| {
                            let targets = preset.shape().targets_per_deployment();
                            let id = format!("{variant}/{preset}/{density}");
                            let measure = |(): &mut (), times| {
                                let (iteration, jobs) = &mut *fleet.borrow_mut();
                                let jobs = if is_new { *jobs } else { 0 };
                                harness::sum(times, || {
                                    let event = prepare(iteration);
                                    let report = iteration.measure(event).expect("it is valid");
                                    let done = (report.targets, report.jobs_created);
                                    assert_eq!(done, (targets, jobs), "{id}");
                                    report.phases[phase as usize]
                                })
                            };
                            Operation::new(criterion, phase.name(), 10, milliseconds).bench(
                                &id,
                                targets,
                                || {
                                    LazyCell::force(&fleet);
                                },
                                measure,
                            );
                        };
                    bench("created", 20, next_version, true);
                    if phase != Phase::JobCreation {
                        bench("settled", 200, same_version, false);
                    }
                }
            }
        }
    });
}

/// Relations have a bench of their own: creating a version changes none.
const MEASURED: [Phase; 5] =
    [Phase::Policies, Phase::Planning, Phase::Eligibility, Phase::JobCreation, Phase::Settle];

/// Makes the event of the next reconcile, unmeasured.
type Prepare = fn(&mut VersionCreated) -> Event;

fn next_version(iteration: &mut VersionCreated) -> Event {
    iteration.prepare().expect("presets accept their preparation")
}

fn same_version(iteration: &mut VersionCreated) -> Event {
    let version = iteration.version().cloned().expect("one was created");
    Event::upsert(Entity::DeploymentVersion(version))
}

/// A fleet in which a version has just been created, and how many jobs it got.
fn created(preset: Preset, density: Density) -> (VersionCreated, u64) {
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
