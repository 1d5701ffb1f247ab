//! What single events cost: reports on one job in cohorts of growing size, and nothing at all.
//!
//! Ids: `report/<status>/<targets of the cohort>`, `tick/engine/<targets>`. What a report costs must not
//! depend on the size: `examples/tests/allocations_follow_what_changes.rs` counts that, and this bench shows
//! how much time is left of it, cache misses included.

mod harness;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::gauge;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::JobStatus;
use shakedown_engine::preset::START;
use shakedown_engine::wire::event::{Event, Finish, Payload, Triple};
use shakedown_systems::prelude::*;

/// Targets of the cohort.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn main() {
    harness::run(|criterion| {
        for targets in SIZES {
            for (id, status) in [("ended", JobStatus::Successful), ("began", JobStatus::InProgress)]
            {
                let concerned = u64::from(status == JobStatus::Successful);
                measure(
                    criterion,
                    "report",
                    &format!("{id}/{targets}"),
                    targets,
                    concerned,
                    |it| it.report(status),
                );
            }
            measure(criterion, "tick", &format!("engine/{targets}"), targets, 0, |_| {
                Event::now(Payload::Tick)
            });
        }
    });
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    id: &str,
    targets: u32,
    concerned: u64,
    event: impl Fn(&mut OneCohort) -> Event,
) {
    let mut operation = Operation::new(criterion, name, 20, 40);
    operation.bench(
        id,
        1,
        || OneCohort::new(targets),
        |cohort, times| {
            harness::sum(times, || {
                let event = event(cohort);
                let (report, advance) = gauge::measure(|| cohort.fleet.apply(event));
                let report: Report = report.expect("reports are taken");
                assert_eq!(report.targets, concerned, "{id}");
                advance
            })
        },
    );
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
        // Far apart, as reports come in.
        let at = u64::from(self.reported) * 7_919 % u64::from(self.targets);
        self.reported += 1;
        let target = Triple {
            resource_id: format!("r{at}"),
            environment_id: "e".to_owned(),
            deployment_id: "d".to_owned(),
        };
        Event::now(Payload::FinishJob(Finish::new(target, status, self.fleet.now())))
    }
}
