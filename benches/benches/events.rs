//! What single events cost: reports on one job in cohorts of growing size, a run with one dirty row,
//! nothing at all, and events of a workspace that has taken many others.
//!
//! Ids: `report/<status>/<targets of the cohort>`, `run/one_row/<targets>`, `tick/engine/<targets>`,
//! `after/<kind>/<events>`. What they cost must not depend on the size:
//! `examples/tests/allocations_follow_what_changes.rs` counts that, and this bench shows how much time is
//! left of it, cache misses included. At the end it tells how each grew, as an exponent of its size.

#![expect(clippy::print_stdout, reason = "benches talk to people")]

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::growth::Growth;
use shakedown_benches::{Aged, Kind as Happening, gauge};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::model::JobStatus;
use shakedown_engine::preset::START;
use shakedown_engine::wire::event::{Event, Finish, Payload, Triple};
use shakedown_systems::prelude::*;

/// Targets of the cohort.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Events that a workspace has taken.
const AGES: [u32; 5] = [1_000, 2_000, 4_000, 8_000, 16_000];

fn main() {
    harness::run(|criterion| {
        let mut curves = Curves::default();
        for targets in SIZES {
            for (id, status) in [("ended", JobStatus::Successful), ("began", JobStatus::InProgress)]
            {
                let concerned = u64::from(status == JobStatus::Successful);
                let step = |cohort: &mut OneCohort| {
                    let event = cohort.report(status);
                    let (report, advance) = gauge::measure(|| cohort.fleet.apply(event));
                    let report: Report = report.expect("reports are taken");
                    assert_eq!(report.targets, concerned, "{id}");
                    advance
                };
                curves.measure(criterion, ("report", id, targets), step);
            }
            curves.measure(criterion, ("run", "one_row", targets), |cohort| {
                let target = cohort.next();
                let run = gauge::measure(|| cohort.fleet.reconcile(std::slice::from_ref(&target)));
                let report = run.0.expect("it comes to rest");
                assert_eq!((report.targets, report.jobs_created), (1, 0));
                run.1
            });
            curves.measure(criterion, ("tick", "engine", targets), |cohort| {
                let (report, advance) =
                    gauge::measure(|| cohort.fleet.apply(Event::now(Payload::Tick)));
                assert_eq!(report.expect("time may stand still").targets, 0);
                advance
            });
        }
        for kind in Happening::ALL {
            for events in AGES {
                let mut operation = Operation::new(criterion, "after", 10, 40);
                let id = format!("{}/{events}", kind.name());
                let mut seen = None;
                operation.bench(
                    &id,
                    1,
                    || {
                        let mut aged = Aged::new();
                        aged.age(events);
                        aged
                    },
                    |aged, times| {
                        // Each is the median of some, among others.
                        let cost = aged.cost(kind);
                        seen = Some(cost);
                        harness::sum(times, || cost)
                    },
                );
                curves.add(format!("after/{}", kind.name()), events, seen);
            }
        }
        curves.tell();
    });
}

/// What operations cost at each of their sizes.
#[derive(Default)]
struct Curves(Vec<(String, Vec<(u32, Reading)>)>);

impl Curves {
    /// Measures an operation on one cohort of so many targets.
    fn measure(
        &mut self,
        criterion: &mut Criterion,
        (name, variant, targets): (&str, &str, u32),
        step: impl Fn(&mut OneCohort) -> Reading,
    ) {
        let mut operation = Operation::new(criterion, name, 20, 40);
        let mut least: Option<Reading> = None;
        operation.bench(
            &format!("{variant}/{targets}"),
            1,
            || OneCohort::new(targets),
            |cohort, times| {
                let sum = harness::sum(times, || step(cohort));
                let each = Reading {
                    nanoseconds: sum.nanoseconds / times,
                    allocations: sum.allocations / times,
                    bytes: sum.bytes / times,
                };
                if least.is_none_or(|least| each.nanoseconds < least.nanoseconds) {
                    least = Some(each);
                }
                sum
            },
        );
        self.add(format!("{name}/{variant}"), targets, least);
    }

    fn add(&mut self, name: String, size: u32, cost: Option<Reading>) {
        let Some(cost) = cost else { return };
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push((size, cost)),
            None => self.0.push((name, vec![(size, cost)])),
        }
    }

    /// Prints how each grew: the exponents of its size.
    fn tell(&self) {
        for (name, points) in &self.0 {
            let exponent = |of: fn(&Reading) -> u64| {
                let points = points.iter().map(|(size, cost)| {
                    let cost = u32::try_from(of(cost)).unwrap_or(u32::MAX);
                    (f64::from(*size), f64::from(cost))
                });
                let fitted = Growth::of(&points.collect::<Vec<_>>());
                let told = |it: Growth| format!("{:+.2} +- {:.2}", it.exponent, it.standard_error);
                fitted.map_or("none".to_owned(), told)
            };
            let (time, heap) = (exponent(|it| it.nanoseconds), exponent(|it| it.allocations));
            println!("{name:24}grows:  time {time}, allocations {heap}");
        }
    }
}

/// A version that goes out to all targets of a deployment in one environment.
struct OneCohort {
    fleet: Fleet,
    targets: u32,
    reported: u32,
    versions: u32,
}

impl OneCohort {
    fn new(targets: u32) -> Self {
        let mut fleet = fleet("ws", START);
        let entities: [Entity; 4] = [
            System::new("s").into(),
            JobAgent::new("a").into(),
            Environment::new("e", "s").select("true").into(),
            Deployment::new("d", "s").agent("a").select("true").into(),
        ];
        fleet.put_all(entities).expect("sound entities");
        let resources = (0..targets).map(|it| Resource::new(format!("r{it}")));
        fleet.put_all(resources).expect("sound resources");
        let mut cohort = Self { fleet, targets, reported: 0, versions: 0 };
        cohort.release();
        cohort
    }

    fn release(&mut self) {
        self.versions += 1;
        let version = DeploymentVersion::new(format!("v{}", self.versions), "d").ready();
        let report = self.fleet.put(version).expect("a sound version");
        assert_eq!(report.jobs_created, u64::from(self.targets));
    }

    /// A report on the next target; on the last of them, all get another version first.
    fn report(&mut self, status: JobStatus) -> Event {
        if status == JobStatus::Successful && self.reported == self.targets {
            self.reported = 0;
            self.release();
        }
        let target = self.next();
        Event::now(Payload::FinishJob(Finish::new(target, status, self.fleet.now())))
    }

    /// The next target, far from the one before, as reports come in.
    fn next(&mut self) -> Triple {
        let at = u64::from(self.reported) * 7_919 % u64::from(self.targets);
        self.reported += 1;
        Triple {
            resource_id: format!("r{at}"),
            environment_id: "e".to_owned(),
            deployment_id: "d".to_owned(),
        }
    }
}
