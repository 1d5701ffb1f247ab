//! Heap allocations of an event depend on what it changes: those of the phases that decide on the number
//! of cohorts, not of targets; those of a report about one target on nothing; and none on how many events
//! went before.

use std::sync::Mutex;

use shakedown_benches::growth::Growth;
use shakedown_benches::{Aged, Density, History, Kind as Happening, VersionCreated, build};
use shakedown_engine::base::time::SECOND;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::model::JobStatus;
use shakedown_engine::preset::{FleetShape, START};
use shakedown_engine::wire::event::{Event, Finish, Payload, Triple};
use shakedown_examples::measure::gauge;
use shakedown_systems::prelude::*;

/// What the process allocates is counted, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

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
fn reports_cost_the_same_whatever_the_cohort() {
    let _alone = ALONE.lock().expect("no test fails while it counts");
    let costs = [1_000, 10_000, 100_000].map(|targets| {
        let mut fleet = one_cohort(targets);
        let ended = report(&mut fleet, targets, JobStatus::Successful);
        let began = report(&mut one_cohort(targets), targets, JobStatus::InProgress);
        assert_eq!((ended.1.targets, began.1.targets), (1, 0));
        // That a job begins decides nothing, so no phase runs after ingest.
        assert!(began.1.phases[1..].iter().all(|it| it.allocations == 0), "{:?}", began.1.phases);
        [ended.0, began.0].map(|it| (it.allocations, it.bytes))
    });
    assert!(costs[0][0].0 > 0, "the gauge counts");
    assert!(costs.iter().all(|it| *it == costs[0]), "{costs:?}");
    let [ended, began] = costs[0];
    assert!(ended.0 <= 16 && ended.1 <= 4_096, "{ended:?}");
    assert!(began.0 <= 2 && began.1 <= 512, "{began:?}");
}

/// Events of many instants are applied together as they are one by one: none is moved for each before it.
#[test]
fn events_of_many_instants_cost_each_the_same() {
    let _alone = ALONE.lock().expect("no test fails while it counts");
    let bytes = [1_000, 2_000].map(|events| {
        let mut fleet = one_cohort(64);
        let now = fleet.now();
        let instants = (1..=events).map(|second| now.plus(second * SECOND));
        let events = instants.map(|at| Event::at(at, Payload::Tick)).collect();
        let before = gauge::read();
        fleet.apply_together(events).expect("time passes");
        gauge::read().since(before).bytes
    });
    assert!(bytes[0] > 0, "the gauge counts");
    assert!(bytes[1] < 3 * bytes[0], "{bytes:?}");
}

/// A gate that no version passes makes the report after many versions cost what it cost after a few.
#[test]
fn reports_cost_the_same_after_many_versions() {
    let _alone = ALONE.lock().expect("no test fails while it counts");
    let costs = [4, 64].map(|versions| {
        let mut fleet = gated(versions);
        let (cost, report) = report(&mut fleet, 64, JobStatus::Successful);
        assert_eq!(report.targets, 1);
        cost.allocations
    });
    assert!(costs[0] > 0, "the gauge counts");
    assert_eq!(costs[0], costs[1]);
}

/// So many versions of a deployment, and an environment behind the one of [`one_cohort`] that waits for an hour
/// after each of them.
fn gated(versions: u32) -> Fleet {
    let mut fleet = one_cohort(64);
    let put = |fleet: &mut Fleet, entity: Entity| drop(fleet.put(entity).expect("a sound entity"));
    put(&mut fleet, Environment::new("after", "s").name("after").select("true").into());
    let gate = EnvironmentProgression {
        depends_on_environment_selector: SelectorSource::Cel("environment.id == 'e'".to_owned()),
        minimum_success: 0,
        success_statuses: None,
        minimum_soak_time_minutes: 60,
        maximum_age_hours: 0,
        require_verification_passed: false,
    };
    let rule = PolicyRule {
        id: "gate".to_owned(),
        environment_progression: Some(gate),
        ..PolicyRule::default()
    };
    let policy = Policy::new("p").enabled().select("environment.id == 'after'").rule(rule);
    put(&mut fleet, policy.into());
    for it in 0..versions {
        put(&mut fleet, DeploymentVersion::new(format!("v{it}"), "d").ready().into());
    }
    fleet
}

/// A version goes out to all of so many targets in one environment.
fn one_cohort(targets: u32) -> Fleet {
    let mut fleet = fleet("ws", START);
    fleet.set_gauge(gauge::read);
    let put = |fleet: &mut Fleet, entity: Entity| drop(fleet.put(entity).expect("a sound entity"));
    put(&mut fleet, System::new("s").into());
    put(&mut fleet, JobAgent::new("a").into());
    put(&mut fleet, Environment::new("e", "s").select("true").into());
    put(&mut fleet, Deployment::new("d", "s").agent("a").select("true").into());
    let resources = (0..targets).map(|it| Resource::new(format!("r{it:06}")));
    fleet.put_all(resources).expect("sound resources");
    put(&mut fleet, DeploymentVersion::new("v", "d").ready().into());
    fleet
}

/// What the cheapest of some reports on jobs costs, and what that came to.
fn report(fleet: &mut Fleet, targets: u32, status: JobStatus) -> (Reading, Report) {
    let reports = (0..64).map(|it| {
        let resource_id = format!("r{:06}", it * (targets / 64));
        let (environment_id, deployment_id) = ("e".to_owned(), "d".to_owned());
        let target = Triple { resource_id, environment_id, deployment_id };
        let event = Event::now(Payload::FinishJob(Finish::new(target, status, fleet.now())));
        let before = gauge::read();
        let report = fleet.apply(event).expect("reports are taken");
        (gauge::read().since(before), report)
    });
    reports.min_by_key(|(cost, _)| (cost.bytes, cost.allocations)).expect("there are some")
}

#[test]
fn ten_times_the_targets_allocate_no_more() {
    let _alone = ALONE.lock().expect("no test fails while it counts");
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

/// A workspace stays as large as it is, and takes events: one more costs what it did before.
#[test]
fn events_cost_the_same_whatever_went_before() {
    let _alone = ALONE.lock().expect("no test fails while it counts");
    let mut aged = Aged::new();
    let mut costs = [const { Vec::new() }; Happening::ALL.len()];
    for events in [1_000, 2_000, 4_000, 8_000] {
        aged.age(events);
        for (kind, costs) in Happening::ALL.into_iter().zip(&mut costs) {
            let allocations = aged.cost(kind).allocations;
            let allocations = u32::try_from(allocations).expect("they are few");
            costs.push((f64::from(events), f64::from(allocations)));
        }
    }
    for (kind, costs) in Happening::ALL.into_iter().zip(&costs) {
        let growth = Growth::of(costs).expect("the gauge counts");
        println!("{kind:?}: {:+.3} of {costs:?}", growth.exponent);
        assert!(growth.exponent < 0.1, "{kind:?}: {:.3}, {costs:?}", growth.exponent);
    }
}
