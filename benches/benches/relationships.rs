//! Relations between 15,000 resources under the two rules of the problem report, same region and same
//! zone: 78 million pairs, none of which is materialised.
//!
//! Ids: `relationships/both_rules/15000` computes the relations of both rules from nothing,
//! `relationships/one_resource/15000` follows a change of one resource's labels,
//! `relationships/related/15000` lists everything related to one resource,
//! `relationships/count/15000` counts all relations. Throughput is in resources.

#![expect(clippy::disallowed_types, reason = "benches measure time")]

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shakedown_benches::build;
use shakedown_engine::catalogue::{Registry, item};
use shakedown_engine::entity::{RelationshipRule, Resource};
use shakedown_engine::event::{Entity, Event, Payload};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::ids::ResourceIx;
use shakedown_engine::preset::{FleetShape, START};
use shakedown_engine::relation::{Neighbours, RelatableIx};
use shakedown_engine::schedule::{Phase, Reading};

criterion_group!(benches, relationships);
criterion_main!(benches);

const RESOURCES: u32 = 15_000;
/// Resources of one region, and of one zone.
const REGION: u64 = 3_000;
const ZONE: u64 = 1_500;

fn relationships(criterion: &mut Criterion) {
    let shape = FleetShape { deployments: 0, environments: 0, ..FleetShape::production(RESOURCES) };
    let mut fleet = build(shape, START, &mut |_, _, _| {});
    fleet.set_gauge(now);
    let mut group = criterion.benchmark_group("relationships");
    group.throughput(Throughput::Elements(u64::from(RESOURCES)));

    let rules = all::<RelationshipRule>(&fleet);
    let mut turn = 0;
    group.bench_function(format!("both_rules/{RESOURCES}"), |bencher| {
        bencher.iter_custom(|times| {
            let changed = || {
                turn += 1;
                let renamed = rules.iter().cloned().map(|mut rule| {
                    rule.name = format!("{}-{turn}", rule.id);
                    upsert(Entity::RelationshipRule(rule))
                });
                renamed.collect()
            };
            time_of_phase(&mut fleet, times, changed)
        });
    });
    assert_counts(&fleet);

    let first = all::<Resource>(&fleet).remove(0);
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("one_resource/{RESOURCES}"), |bencher| {
        bencher.iter_custom(|times| {
            let moved = || {
                turn += 1;
                let mut resource = first.clone();
                resource.metadata.insert("zone".to_owned(), format!("zone-{}", turn % 10));
                vec![upsert(Entity::Resource(resource))]
            };
            time_of_phase(&mut fleet, times, moved)
        });
    });
    fleet.apply(upsert(Entity::Resource(first))).expect("it was there before");
    assert_counts(&fleet);

    let neighbours = Neighbours::of(fleet.world());
    let resource = RelatableIx::Resource(ResourceIx(77));
    assert_eq!(neighbours.count_of(resource), 2 * (REGION - 1 + ZONE - 1), "both directions");
    group.bench_function(format!("related/{RESOURCES}"), |bencher| {
        bencher.iter(|| {
            let related = neighbours.related(resource);
            assert_eq!(related.len() as u64, 2 * (REGION - 1 + ZONE - 1));
            related
        });
    });
    let indices: Vec<_> =
        fleet.world().resource::<Registry<RelationshipRule>>().present().collect();
    group.bench_function(format!("count/{RESOURCES}"), |bencher| {
        bencher.iter(|| indices.iter().map(|&ix| neighbours.count(black_box(ix))).sum::<u64>());
    });
    group.finish();
}

fn assert_counts(fleet: &Fleet) {
    let neighbours = Neighbours::of(fleet.world());
    let registry = fleet.world().resource::<Registry<RelationshipRule>>();
    let counts: Vec<u64> = registry.present().map(|ix| neighbours.count(ix)).collect();
    let all = u64::from(RESOURCES);
    assert_eq!(counts, [all * (REGION - 1), all * (ZONE - 1)], "by region, by zone");
}

/// How long the relationships phase takes for such changes, one run of the schedule each.
fn time_of_phase(
    fleet: &mut Fleet,
    times: u64,
    mut changes: impl FnMut() -> Vec<Event>,
) -> Duration {
    let mut spent = 0;
    for _ in 0..times {
        let report = fleet.apply_together(changes()).expect("the entities were there before");
        spent += report.phases[Phase::Relationships as usize].nanoseconds;
    }
    Duration::from_nanos(spent)
}

fn all<T: shakedown_engine::catalogue::Catalogued + Clone>(fleet: &Fleet) -> Vec<T> {
    let world = fleet.world();
    let registry = world.resource::<Registry<T>>();
    registry.present().filter_map(|ix| item::<T>(world, ix)).cloned().collect()
}

fn upsert(entity: Entity) -> Event {
    Event { at: None, workspace_id: None, payload: Payload::Upsert(Box::new(entity)) }
}

fn now() -> Reading {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    let nanoseconds = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
    Reading { nanoseconds, ..Reading::default() }
}
