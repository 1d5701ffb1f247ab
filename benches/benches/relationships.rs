//! Relations between 15,000 resources under the two rules of the problem report, same region and same
//! zone: 78 million pairs, none of which is materialised.
//!
//! Ids: `relationships/both_rules/15000/all` computes the relations of both rules from nothing,
//! `relationships/one_resource/15000/one` follows a change of one resource's labels,
//! `relationships/related/15000/one` lists everything related to one resource,
//! `relationships/count/15000/all` counts all relations. Throughput is in resources.

mod harness;

use std::hint::black_box;

use criterion::Criterion;
use harness::Operation;
use shakedown_benches::{build, gauge};
use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry, items};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::relations::{Neighbours, RelatableIx};
use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::model::{RelationshipRule, Resource};
use shakedown_engine::preset::{FleetShape, START};
use shakedown_engine::wire::event::{Entity, Event};

fn main() {
    harness::run(relationships);
}

const RESOURCES: u32 = 15_000;
/// Resources of one region, and of one zone.
const REGION: u64 = 3_000;
const ZONE: u64 = 1_500;

fn relationships(criterion: &mut Criterion) {
    let shape = FleetShape { deployments: 0, environments: 0, ..FleetShape::production(RESOURCES) };
    let mut fleet = build(shape, START, &mut |_, _, _| {});
    fleet.set_gauge(gauge::read);
    let mut operation = Operation::new(criterion, "relationships", 50, 500);

    let rules = all::<RelationshipRule>(&fleet);
    let mut turn = 0;
    let id = format!("both_rules/{RESOURCES}/all");
    operation.bench(
        &id,
        u64::from(RESOURCES),
        || (),
        |(), times| {
            phase(&mut fleet, times, || {
                turn += 1;
                let renamed = rules.iter().cloned().map(|mut rule| {
                    rule.name = format!("{}-{turn}", rule.id);
                    Event::upsert(Entity::RelationshipRule(rule))
                });
                renamed.collect()
            })
        },
    );
    assert_counts(&fleet);

    let first = all::<Resource>(&fleet).remove(0);
    operation.bench(
        &format!("one_resource/{RESOURCES}/one"),
        1,
        || (),
        |(), times| {
            phase(&mut fleet, times, || {
                turn += 1;
                let mut resource = first.clone();
                resource.metadata.insert("zone".to_owned(), format!("zone-{}", turn % 10));
                vec![Event::upsert(Entity::Resource(resource))]
            })
        },
    );
    fleet.apply(Event::upsert(Entity::Resource(first))).expect("it was there before");
    assert_counts(&fleet);

    let neighbours = Neighbours::of(fleet.world());
    let resource = RelatableIx::Resource(ResourceIx(77));
    assert_eq!(neighbours.count_of(resource), 2 * (REGION - 1 + ZONE - 1), "both directions");
    operation.bench(
        &format!("related/{RESOURCES}/one"),
        1,
        || (),
        |(), times| {
            let start = gauge::read();
            for _ in 0..times {
                let related = black_box(neighbours.related(resource));
                assert_eq!(related.len() as u64, 2 * (REGION - 1 + ZONE - 1));
            }
            gauge::read().since(start)
        },
    );
    let indices: Vec<_> =
        fleet.world().resource::<Registry<RelationshipRule>>().present().collect();
    let id = format!("count/{RESOURCES}/all");
    operation.bench(
        &id,
        u64::from(RESOURCES),
        || (),
        |(), times| {
            let start = gauge::read();
            for _ in 0..times {
                let count: u64 = indices.iter().map(|&ix| neighbours.count(black_box(ix))).sum();
                black_box(count);
            }
            gauge::read().since(start)
        },
    );
}

fn assert_counts(fleet: &Fleet) {
    let neighbours = Neighbours::of(fleet.world());
    let registry = fleet.world().resource::<Registry<RelationshipRule>>();
    let counts: Vec<u64> = registry.present().map(|ix| neighbours.count(ix)).collect();
    let all = u64::from(RESOURCES);
    assert_eq!(counts, [all * (REGION - 1), all * (ZONE - 1)], "by region, by zone");
}

/// What the relationships phase takes for such changes, one run of the schedule each.
fn phase(fleet: &mut Fleet, times: u64, mut changes: impl FnMut() -> Vec<Event>) -> Reading {
    harness::sum(times, || {
        let report = fleet.apply_together(changes()).expect("the entities were there before");
        report.phases[Phase::Relationships as usize]
    })
}

fn all<T: Catalogued + Clone>(fleet: &Fleet) -> Vec<T> {
    items::<T>(fleet.world()).map(|(_, it)| it.clone()).collect()
}
