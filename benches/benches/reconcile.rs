//! The three benchmarks of the problem report: a version is created at production scale, in a
//! single deployment, and in deployments of growing size. Beside each, the floor: the same kernels
//! over plain slices.
//!
//! Ids: `version_created/<preset>/<density>`, `single_deployment/all`, `scaling/<targets>`; the floor
//! of each has the same id under `floor/`. Throughput is in release targets. Preparing an iteration
//! takes longer than measuring it, so samples are few.

#![expect(clippy::disallowed_types, reason = "benches measure time")]

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group};
use shakedown_benches::{Density, Floor, History, VersionCreated, build, start_pool};
use shakedown_engine::preset::{FleetShape, Preset, START};

criterion_group!(benches, version_created, single_deployment, scaling);

fn main() {
    start_pool(None).expect("nothing else has started it");
    benches();
    Criterion::default().configure_from_args().final_summary();
}

const SIZES: [u32; 7] = [100, 500, 1_000, 5_000, 10_000, 100_000, 1_000_000];

fn version_created(criterion: &mut Criterion) {
    for preset in [Preset::Paper, Preset::Stated, Preset::Literal] {
        for density in Density::ALL {
            measure(criterion, "version_created", &format!("{preset}/{density}"), preset, density);
        }
    }
}

fn single_deployment(criterion: &mut Criterion) {
    measure(criterion, "single_deployment", "all", Preset::Single, Density::All);
}

fn scaling(criterion: &mut Criterion) {
    for targets in SIZES {
        let preset = Preset::Targets(targets);
        measure(criterion, "scaling", &targets.to_string(), preset, Density::All);
    }
}

/// Measures creating versions, and the floor of it.
fn measure(criterion: &mut Criterion, group: &str, id: &str, preset: Preset, density: Density) {
    let shape = preset.shape();
    let mut engine = group_of(criterion, group, shape);
    engine.bench_function(id, |bencher| {
        let mut iteration = prepared(shape, density);
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let event = iteration.prepare().expect("presets accept their preparation");
                let start = Instant::now();
                let report = iteration.measure(event).expect("prepared events are valid");
                spent += start.elapsed();
                assert_eq!(report.targets, shape.targets_per_deployment(), "{id}");
            }
            spent
        });
    });
    engine.finish();

    let mut floor = group_of(criterion, &format!("floor/{group}"), shape);
    floor.bench_function(id, |bencher| {
        let mut iteration = prepared(shape, density);
        let deployment = iteration.deployment();
        let mut floor = Floor::new(iteration.fleet_mut().world_mut(), deployment);
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let event = iteration.prepare().expect("presets accept their preparation");
                let version = iteration.version().cloned();
                let world = iteration.fleet_mut().world_mut();
                floor.load(world, version.as_ref());
                let start = Instant::now();
                let outcome = floor.run(world);
                spent += start.elapsed();
                let report = iteration.measure(event).expect("prepared events are valid");
                let world = iteration.fleet_mut().world_mut();
                assert_eq!(floor.compare(world, &outcome, &report), Ok(()), "{id}");
            }
            spent
        });
    });
    floor.finish();
}

fn prepared(shape: FleetShape, density: Density) -> VersionCreated {
    let fleet = build(shape, START, &mut |_, _, _| {});
    VersionCreated::new(fleet, &shape.deployment_id(0), density, History::Settled)
        .expect("every shape has a first deployment")
}

fn group_of<'a>(
    criterion: &'a mut Criterion,
    name: &str,
    shape: FleetShape,
) -> BenchmarkGroup<'a, WallTime> {
    let targets = shape.targets_per_deployment();
    let mut group = criterion.benchmark_group(name);
    group
        .throughput(Throughput::Elements(targets))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(if targets > 10_000 { 10 } else { 20 })
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(if targets > 10_000 { 40 } else { 20 }));
    group
}
