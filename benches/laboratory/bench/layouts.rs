//! Every operation of the layout laboratory on every layout, by one thread.
//!
//! Ids: `<operation>/<layout>/<scale>/<density>`. Throughput is in the targets that the operation is
//! about. Rows are restored before each run, unmeasured, which often takes longer than the run; so
//! samples are few and short, and of 3,000,000 targets only `reconcile_one` is measured. A layout is
//! measured only if it stands where the engine stands after a fixed sequence of events.

#[path = "../../benches/harness/mod.rs"]
mod harness;

use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::preset::FleetShape;
use shakedown_laboratory::{
    DirtyDensity, Entry, Operation, Order, Scale, Scene, Sharing, Subject, layouts,
};
use std::cell::{LazyCell, RefCell};

fn main() {
    harness::run(|criterion| {
        for scale in Scale::ALL {
            let scene = LazyCell::new(|| RefCell::new(Scene::new(scale.shape())));
            for entry in layouts() {
                let subject = LazyCell::new(|| RefCell::new(admitted(entry, &scene.borrow())));
                for &operation in operations(scale) {
                    let mut bench = harness::Operation::new(criterion, operation.name(), 10, 5);
                    for &density in operation.densities() {
                        let id = format!("{}/{}/{}", entry.name, scale.name(), density.name());
                        let elements = targets(operation, scale.shape(), density);
                        // Other operations leave rows behind that this one does not restore.
                        let prepare = || subject.borrow_mut().restore(&scene.borrow());
                        let measure = |(): &mut (), times: u64| {
                            let (mut subject, mut scene) =
                                (subject.borrow_mut(), scene.borrow_mut());
                            let done = times.min(MOST_RUNS);
                            let sum = harness::sum(done, || {
                                let done =
                                    subject.run(&mut scene, operation, density, Sharing::None);
                                assert_eq!(done.elements, elements, "{id}");
                                done.reading
                            });
                            as_if(times, done, sum)
                        };
                        bench.bench(&id, elements, prepare, measure);
                    }
                }
            }
        }
    });
}

/// Runs of a sample at most. To find what changed takes microseconds where changes are tracked, and
/// milliseconds to restore: asked for a thousand runs, the bench would take as many.
const MOST_RUNS: u64 = 50;

/// What so many runs take if `done` of them took this.
fn as_if(times: u64, done: u64, sum: Reading) -> Reading {
    let stretched = |sum: u64| sum * times / done;
    Reading {
        nanoseconds: stretched(sum.nanoseconds),
        allocations: stretched(sum.allocations),
        bytes: stretched(sum.bytes),
    }
}

fn operations(scale: Scale) -> &'static [Operation] {
    match scale {
        Scale::Thousand | Scale::SixtyThousand => &Operation::ALL,
        Scale::ThreeMillion => &[Operation::ReconcileOne],
    }
}

/// The layout, built for the scene, if it stands where the engine stands.
fn admitted(entry: &Entry, scene: &Scene) -> Box<dyn Subject> {
    let refused = (entry.admit)(entry.name).err();
    assert_eq!(refused.map(|it| it.to_string()), None);
    (entry.build)(scene, Order::ByKey)
}

/// Targets that an operation is about in a fleet whose cohorts are equally large.
fn targets(operation: Operation, shape: FleetShape, density: DirtyDensity) -> u64 {
    let [deployments, environments, regions] =
        [shape.deployments, shape.environments, shape.regions].map(u64::from);
    let deployment = shape.targets_per_deployment();
    let cohort = deployment / environments;
    match (operation, density) {
        (Operation::ReconcileOne | Operation::Transition, DirtyDensity::One) => 1,
        (Operation::ReconcileOne | Operation::Transition, DirtyDensity::FivePercent) => {
            environments * cohort.div_ceil(20)
        }
        (Operation::ReconcileOne | Operation::Transition | Operation::Compact, _) => deployment,
        // Half of every cohort is due, and its first target has had a job from the beginning.
        (Operation::CreateJobs, _) => environments * (cohort.div_ceil(2) - 1),
        (Operation::Lock, _) => deployments * cohort,
        (Operation::ResourceChange, _) => deployments * environments / regions,
        (Operation::Lookup, _) => shape.targets().min(10_000),
        (
            Operation::Build | Operation::ReconcileAll | Operation::Changes | Operation::Snapshot,
            _,
        ) => shape.targets(),
    }
}
