//! What creating a version costs if nothing derived is kept: relations of 15,000 resources, variables,
//! selections and applicability are computed anew in the same reconcile.
//!
//! Id: `version_created/cold/<preset>/<density>`, to be set beside `version_created/engine/..`, which
//! finds all of that as it was. The fleet has one deployment of the preset, because policies concern
//! all of them. Throughput is in release targets.

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::{Anew, Density, VersionCreated, gauge};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::preset::{FleetShape, Preset};

fn main() {
    harness::run(|criterion| {
        for density in Density::ALL {
            cold(criterion, Preset::Related, density);
        }
    });
}

fn cold(criterion: &mut Criterion, preset: Preset, density: Density) {
    let shape = FleetShape { deployments: 1, ..preset.shape() };
    let targets = shape.targets_per_deployment();
    let id = format!("cold/{preset}/{density}");
    Operation::new(criterion, "version_created", 10, 100).bench(
        &id,
        targets,
        || {
            let mut iteration = VersionCreated::of(shape, density);
            iteration.fleet_mut().set_gauge(gauge::read);
            let anew = Anew::of(iteration.fleet().world());
            // What a version that finds everything as it was comes to.
            let event = iteration.prepare().expect("presets accept their preparation");
            let kept = iteration.measure(event).expect("prepared events are valid");
            (iteration, anew, kept)
        },
        |(iteration, anew, kept), times| {
            harness::sum(times, || {
                let event = iteration.prepare().expect("presets accept their preparation");
                let mut events = anew.events();
                events.push(event);
                let (report, advance) =
                    gauge::measure(|| iteration.fleet_mut().apply_together(events));
                let report = report.expect("they are valid together");
                assert_eq!((report.targets, report.jobs_created), (targets, kept.jobs_created));
                assert_eq!(
                    (&report.states, &report.reasons),
                    (&kept.states, &kept.reasons),
                    "{id}"
                );
                let related = |it: &[_]| it[Phase::Relationships as usize];
                let [cold, warm] = [&report.phases, &kept.phases].map(|it| related(it));
                assert!(cold.allocations > warm.allocations, "{id}: {cold:?} after {warm:?}");
                advance
            })
        },
    );
}
