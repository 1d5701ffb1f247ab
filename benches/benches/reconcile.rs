//! The three benchmarks of the problem report: a version is created at production scale, in a
//! single deployment, and in deployments of growing size. Beside each, the floor: the same kernels
//! over plain slices.
//!
//! Ids: `version_created/<variant>/<preset>/<density>`, `single_deployment/<variant>/100/all`,
//! `scaling/<variant>/<targets>/all`, the variant being `engine` or `floor`. Throughput is in release
//! targets. Preparing an iteration takes longer than measuring it, so samples are few.

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::{Density, Floor, VersionCreated, gauge};
use shakedown_engine::preset::Preset;

fn main() {
    harness::run(|criterion| {
        for preset in PRODUCTION {
            for density in Density::ALL {
                let id = format!("{preset}/{density}");
                measure(criterion, "version_created", &id, preset, density);
            }
        }
        measure(criterion, "single_deployment", "100/all", Preset::Single, Density::All);
        for targets in SIZES {
            let preset = Preset::Targets(targets);
            measure(criterion, "scaling", &format!("{targets}/all"), preset, Density::All);
        }
    });
}

/// The fleets in which a version is created.
const PRODUCTION: [Preset; 5] =
    [Preset::Paper, Preset::Stated, Preset::Literal, Preset::EveryRule, Preset::Related];
const SIZES: [u32; 7] = [100, 500, 1_000, 5_000, 10_000, 100_000, 1_000_000];

/// Measures creating versions, and the floor of it.
fn measure(criterion: &mut Criterion, name: &str, id: &str, preset: Preset, density: Density) {
    let targets = preset.shape().targets_per_deployment();
    let (samples, milliseconds) = if targets > 10_000 { (10, 40) } else { (20, 20) };
    let mut operation = Operation::new(criterion, name, samples, milliseconds);
    operation.bench(
        &format!("engine/{id}"),
        targets,
        || VersionCreated::of(preset.shape(), density),
        |iteration, times| {
            harness::sum(times, || {
                let event = iteration.prepare().expect("presets accept their preparation");
                let (report, advance) = gauge::measure(|| iteration.measure(event));
                let report = report.expect("prepared events are valid");
                assert_eq!(report.targets, targets, "{id}");
                for (reason, held) in iteration.holds() {
                    let by_it = report.held_by(reason);
                    // At a gate, rules of the preset hold targets for the same reasons.
                    let is_held =
                        if density == Density::Gate { by_it >= held } else { by_it == held };
                    assert!(is_held, "{id}: {reason} holds {by_it}, not {held}");
                }
                advance
            })
        },
    );
    operation.bench(
        &format!("floor/{id}"),
        targets,
        || {
            let mut iteration = VersionCreated::of(preset.shape(), density);
            let deployment = iteration.deployment();
            let floor = Floor::new(iteration.fleet_mut().world_mut(), deployment);
            (iteration, floor)
        },
        |(iteration, floor), times| {
            harness::sum(times, || {
                let event = iteration.prepare().expect("presets accept their preparation");
                let version = iteration.version().cloned();
                let world = iteration.fleet_mut().world_mut();
                floor.load(world, version.as_ref());
                let (outcome, advance) = gauge::measure(|| floor.run(world));
                let report = iteration.measure(event).expect("prepared events are valid");
                let world = iteration.fleet_mut().world_mut();
                assert_eq!(floor.compare(world, &outcome, &report), Ok(()), "{id}");
                advance
            })
        },
    );
}
