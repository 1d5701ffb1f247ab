//! Heap allocations of the phases that decide depend on the number of cohorts, not of targets.

use shakedown_benches::{Density, History, VersionCreated, build};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::preset::{FleetShape, START};
use shakedown_examples::measure::gauge;

const DECIDING: [Phase; 4] =
    [Phase::Relationships, Phase::Policies, Phase::Planning, Phase::Eligibility];

/// Allocations of the deciding phases when a version of a deployment is created, once buffers have
/// found their size; and the targets of that deployment.
fn allocations(resources: u32, density: Density) -> (u64, u64) {
    let mut shape = FleetShape::production(resources);
    shape.deployments = 2;
    let fleet = build(shape, START, &mut |_, _, _| {});
    let mut iteration =
        VersionCreated::new(fleet, &shape.deployment_id(0), density, History::Settled)
            .expect("the shape has a first deployment");
    iteration.fleet_mut().set_gauge(gauge::read);
    let mut fewest = u64::MAX;
    for _ in 0..6 {
        let event = iteration.prepare().expect("presets accept their preparation");
        let report = iteration.measure(event).expect("prepared events are valid");
        assert_eq!(report.targets, shape.targets_per_deployment());
        let phase = |it: Phase| report.phases[it as usize].allocations;
        fewest = fewest.min(DECIDING.into_iter().map(phase).sum());
    }
    (fewest, shape.targets_per_deployment())
}

#[test]
fn ten_times_the_targets_allocate_no_more() {
    for density in Density::ALL {
        let (few, small) = allocations(1_000, density);
        let (many, large) = allocations(10_000, density);
        assert_eq!(large, 10 * small);
        assert!(few > 0, "the gauge counts");
        // Beyond 16,384 rows work is shared among threads, which costs some allocations per phase.
        assert!(many <= few + 100, "{density}: {few} for {small} targets, {many} for {large}");
        assert!(many < 500, "{density}: {many}");
    }
}
