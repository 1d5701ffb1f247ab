//! What naming jobs costs: their ids are derived when somebody asks, never while a fleet reconciles.
//!
//! Id: `export/jobs/<preset>/all`: every job that creating a version made, with its id (a UUID) and the
//! id of its release (SHA-256). Throughput is in jobs.

mod harness;

use std::collections::BTreeSet;
use std::hint::black_box;

use harness::Operation;
use shakedown_benches::{Density, VersionCreated, gauge};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::identity::release_hex;
use shakedown_engine::fleet::jobs::Jobs;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::preset::{FleetShape, Preset};

fn main() {
    harness::run(|criterion| {
        let preset = Preset::Literal;
        let shape = FleetShape { deployments: 1, ..preset.shape() };
        let jobs = shape.targets_per_deployment();
        Operation::new(criterion, "export", 10, 500).bench(
            &format!("jobs/{preset}/all"),
            jobs,
            || {
                let mut iteration = VersionCreated::of(shape, Density::All);
                let event = iteration.prepare().expect("presets accept their preparation");
                let report = iteration.measure(event).expect("prepared events are valid");
                let ids: BTreeSet<(String, String)> =
                    exported(iteration.fleet(), &report).collect();
                assert_eq!(ids.len() as u64, jobs, "every job has an id of its own");
                assert!(ids.iter().all(|(job, release)| job.len() == 36 && release.len() == 64));
                (iteration, report)
            },
            |(iteration, report), times| {
                harness::sum(times, || {
                    let (count, advance) = gauge::measure(|| {
                        exported(iteration.fleet(), report).map(black_box).count() as u64
                    });
                    assert_eq!(count, jobs);
                    advance
                })
            },
        );
    });
}

/// The ids of the jobs that a reconcile made, and of their releases.
fn exported<'a>(
    fleet: &'a Fleet,
    report: &'a Report,
) -> impl Iterator<Item = (String, String)> + 'a {
    let world = fleet.world();
    let made = report.jobs.iter().map(|ix| &world.resource::<Jobs>().0[ix.slot()]);
    let releases = made.map(|it| release_hex(world, it.target, it.edition, it.variables));
    fleet.jobs(report).map(|job| job.id).zip(releases)
}
