//! Instructions of the hottest kernels and events, counted by Callgrind: the one figure that a shared machine
//! does not move. `benches/instructions/check` runs this and compares with what is expected.
//!
//! Fleets are small, since a program runs about fifty times slower under Callgrind: one deployment of
//! 12,000 targets in 20 cohorts, and no second thread, which sets in above 16,384. Making a fleet is
//! not counted. Kernels of the phases run over the plain slices of the floor; `relate`, `reconcile`,
//! `report` and `edit` are a whole event each, the schedule included; `restore` is a workspace that comes with
//! its jobs.

#![expect(missing_docs, unused_qualifications, reason = "what the macros of gungraun expand to")]

use std::hint::black_box;

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use gungraun::{library_benchmark, library_benchmark_group, main};
use shakedown_benches::{Density, Floor, VersionCreated, build};
use shakedown_engine::base::json::JsonMap;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{ResourceRows, items};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{EntityKind, JobStatus, RelationshipRule, Resource};
use shakedown_engine::preset::{FleetShape, Rules, START};
use shakedown_engine::select::{Atoms, AttributeTable, EntityRows};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};
use shakedown_engine::wire::event::{Entity, Event, Finish, Payload, RecordedJob, Triple};
use shakedown_systems::kernels::facts::{Ranked, SuffixHash, rank_rows};

const SHAPE: FleetShape = FleetShape { deployments: 1, ..FleetShape::production(3_000) };
const EVERY_RULE: FleetShape = FleetShape { rules: Rules::Every, ..SHAPE };

/// A fleet in which a version is about to be created, and its rows in plain slices.
struct Rows {
    iteration: VersionCreated,
    floor: Floor,
}

impl Rows {
    fn new(shape: FleetShape, density: Density) -> Self {
        let mut iteration = VersionCreated::of(shape, density).held_by_nothing();
        iteration.prepare().expect("presets accept their preparation");
        let (deployment, version) = (iteration.deployment(), iteration.version().cloned());
        let world = iteration.fleet_mut().world_mut();
        let mut floor = Floor::new(world, deployment);
        floor.load(world, version.as_ref());
        Self { iteration, floor }
    }

    fn evaluated(density: Density) -> Self {
        Self::new(SHAPE, density).after(Floor::evaluate)
    }

    fn planned(density: Density) -> Self {
        Self::evaluated(density).after(Floor::plan)
    }

    fn checked(density: Density) -> Self {
        Self::planned(density).after(|floor, world| {
            floor.check(world);
        })
    }

    fn after(mut self, stage: impl Fn(&mut Floor, &World)) -> Self {
        stage(&mut self.floor, self.iteration.fleet().world());
        self
    }
}

#[library_benchmark]
#[bench::gate(Rows::new(SHAPE, Density::Gate))]
#[bench::half(Rows::new(SHAPE, Density::Half))]
#[bench::half_every_rule(Rows::new(EVERY_RULE, Density::Half))]
fn evaluate(rows: Rows) -> Rows {
    rows.after(Floor::evaluate)
}

#[library_benchmark]
#[bench::half(Rows::evaluated(Density::Half))]
fn plan(rows: Rows) -> Rows {
    rows.after(Floor::plan)
}

#[library_benchmark]
#[bench::half(Rows::planned(Density::Half))]
fn check(rows: Rows) -> Rows {
    rows.after(|floor, world| {
        black_box(floor.check(world));
    })
}

#[library_benchmark]
#[bench::all(Rows::checked(Density::All))]
fn draft_jobs(rows: Rows) -> Rows {
    rows.after(|floor, world| {
        assert_eq!(floor.create_jobs(world), SHAPE.targets_per_deployment());
    })
}

/// The hashes of 3,000 keys, and the end of the hash.
fn keys() -> (Vec<u64>, SuffixHash) {
    let key = |row: u64| row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((0..3_000).map(key).collect(), SuffixHash::new(b"9f0c8c1e-0b5f-4b57-9d1a-1f0a3f0a6c11"))
}

#[library_benchmark]
#[bench::cohort(keys())]
fn rank((hashes, suffix): (Vec<u64>, SuffixHash)) -> Vec<u32> {
    let continue_hashes = |targets: &mut [Ranked]| {
        targets.iter_mut().for_each(|target| target.hash = suffix.after(target.hash));
    };
    rank_rows(&[u64::MAX; 47], &hashes, continue_hashes, |a, b| a < b)
}

/// A selector, and resources to select from.
struct Selection {
    fleet: Fleet,
    table: AttributeTable,
    atoms: Atoms,
    selector: Selector,
}

impl Selection {
    fn new(text: &str) -> Self {
        let shape = FleetShape { deployments: 0, environments: 0, ..SHAPE };
        let fleet = build(shape, START, &mut |_, _, _| {});
        let source = SelectorSource::Cel(text.to_owned());
        let place = Place::Entity(Subject::Resource);
        let selector = Selector::compile(&source, place).expect("a valid selector");
        let mut atoms = Atoms::default();
        let mut table = AttributeTable::new(EntityKind::Resource);
        let rows = ResourceRows::of(fleet.world());
        for row in 0..rows.len() {
            table.refresh_row(&mut atoms, row, rows.get(row));
        }
        for path in selector.columns() {
            table.ensure(&mut atoms, path, &rows);
        }
        Self { fleet, table, atoms, selector }
    }
}

#[library_benchmark]
#[bench::equals(Selection::new("resource.metadata.region == 'region-1'"))]
fn select(selection: Selection) -> (Selection, FixedBitSet) {
    let Selection { fleet, table, atoms, selector } = &selection;
    let rows = ResourceRows::of(fleet.world());
    let (bindings, mut selected) = (Bindings::default(), FixedBitSet::new());
    let failed = selector.select(table, atoms, &rows, &bindings, 0..rows.len(), &mut selected);
    assert_eq!(failed, 0);
    (selection, selected)
}

/// A fleet, and a change of one of its relationship rules.
fn changed_rule() -> (Fleet, Event) {
    let fleet = build(FleetShape { deployments: 0, ..SHAPE }, START, &mut |_, _, _| {});
    let rule = items::<RelationshipRule>(fleet.world()).map(|(_, rule)| rule.clone()).next();
    let mut rule = rule.expect("it has two");
    rule.name.push_str(", renamed");
    (fleet, Event::upsert(Entity::RelationshipRule(rule)))
}

#[library_benchmark]
#[bench::one_rule(changed_rule())]
fn relate((mut fleet, event): (Fleet, Event)) -> (Fleet, Report) {
    let report = fleet.apply(event).expect("the rule was there before");
    (fleet, report)
}

/// A fleet of 400 targets, and the creation of a version.
fn created_version() -> (VersionCreated, Event) {
    let shape = FleetShape { deployments: 1, ..FleetShape::production(100) };
    let mut iteration = VersionCreated::of(shape, Density::Half);
    let event = iteration.prepare().expect("presets accept their preparation");
    (iteration, event)
}

#[library_benchmark]
#[bench::half_of_400(created_version())]
fn reconcile((mut iteration, event): (VersionCreated, Event)) -> (VersionCreated, Report) {
    let report = iteration.measure(event).expect("prepared events are valid");
    assert_eq!(report.jobs_created, 200);
    (iteration, report)
}

/// A fleet of 12,000 targets whose jobs run, and a report on one of them.
fn reported_job() -> (VersionCreated, Event) {
    let mut iteration = VersionCreated::of(SHAPE, Density::All);
    let event = iteration.prepare().expect("presets accept their preparation");
    iteration.measure(event).expect("prepared events are valid");
    let now = iteration.fleet().now();
    let target = iteration.targets()[6_000].clone();
    let finish = Finish::new(target, JobStatus::Successful, now);
    (iteration, Event::now(Payload::FinishJob(finish)))
}

#[library_benchmark]
#[bench::one_of_12000(reported_job())]
fn report((mut iteration, event): (VersionCreated, Event)) -> (VersionCreated, Report) {
    let report = iteration.measure(event).expect("its target has a job");
    assert!(report.targets > 0 && report.jobs_created == 0);
    (iteration, report)
}

/// A fleet of 12,000 targets, and a resource of which a label changes that nothing reads.
fn edited_resource() -> (Fleet, Event) {
    let fleet = build(SHAPE, START, &mut |_, _, _| {});
    let first = items::<Resource>(fleet.world()).map(|(_, it)| it.clone()).next();
    let edited = first.expect("it has resources").label("edited", "yes");
    (fleet, Event::upsert(Entity::Resource(edited)))
}

#[library_benchmark]
#[bench::one_of_3000(edited_resource())]
fn edit((mut fleet, event): (Fleet, Event)) -> (Fleet, Report) {
    let report = fleet.apply(event).expect("it was there before");
    assert_eq!(report.jobs_created, 0);
    (fleet, report)
}

/// A fleet of 400 targets that has none of its jobs yet, and these.
fn recorded_jobs() -> (Fleet, Vec<Event>) {
    let shape = FleetShape { deployments: 1, ..FleetShape::production(100) };
    let fleet = build(shape, START, &mut |_, _, _| {});
    let job = |(at, target): (usize, Triple)| RecordedJob {
        id: format!("job {at}"),
        release_id: format!("release {at}"),
        target,
        identifier: None,
        version_id: "recorded".to_owned(),
        tag: "v1".to_owned(),
        said: None,
        variables: Vec::new(),
        agent_id: None,
        external_id: None,
        config: JsonMap::default(),
        status: JobStatus::Successful,
        created_at: START,
        started_at: None,
        completed_at: START,
        released_at: START,
    };
    let targets = fleet.targets().into_iter().map(|it| it.triple);
    let jobs = targets.enumerate().map(job);
    let events = jobs.map(|it| Event::now(Payload::RecordJob(Box::new(it)))).collect();
    (fleet, events)
}

#[library_benchmark]
#[bench::jobs_of_400(recorded_jobs())]
fn restore((mut fleet, events): (Fleet, Vec<Event>)) -> (Fleet, Report) {
    let (report, refused) = fleet.apply_document(events);
    assert_eq!((refused.len(), report.targets), (0, 400));
    (fleet, report)
}

library_benchmark_group!(
    name = kernels,
    benchmarks =
        [evaluate, plan, check, draft_jobs, rank, select, relate, reconcile, report, edit, restore]
);
main!(library_benchmark_groups = kernels);
