//! What is related to an entity, by reference and in order (SEMANTICS 5.4, the vectors by number).

use serde_json::json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::relations::Neighbours;
use shakedown_engine::model::{EntityKind, RelationshipRule};

use crate::send::{self, fleet, related_texts, resource, send};

fn add(fleet: &mut Fleet, id: &str, kind: &str, region: &str) {
    let data = json!({ "id": id, "kind": kind, "metadata": { "region": region } });
    send(fleet, "resource.created", data);
}

fn related(fleet: &Fleet, id: &str) -> Vec<String> {
    related_texts(fleet, EntityKind::Resource, id)
}

fn count(fleet: &Fleet, rule: &str) -> u64 {
    let rule = fleet.world().resource::<Registry<RelationshipRule>>().find(rule).expect(rule);
    Neighbours::of(fleet.world()).count(rule)
}

#[test]
fn vector_1_relations_follow_their_entities() {
    let mut fleet = fleet();
    add(&mut fleet, "vpc", "vpc", "us-east-1");
    add(&mut fleet, "cluster", "cluster", "us-east-1");
    let rule = json!({
        "id": "rule", "reference": "contains", "fromType": "resource", "toType": "resource",
        "fromSelector": "resource.kind == 'vpc'",
        "toSelector": { "json": { "type": "kind", "operator": "equals", "value": "cluster" } },
        "matcher": { "cel": "from.metadata.region == to.metadata.region" },
    });
    send(&mut fleet, "relationship-rule.created", rule);
    let one = ["contains rule from resource cluster"];
    assert_eq!(related(&fleet, "vpc"), one);
    assert_eq!(related(&fleet, "cluster"), ["contains rule to resource vpc"]);
    send(&mut fleet, "resource.deleted", json!({ "id": "cluster" }));
    assert!(related(&fleet, "vpc").is_empty() && related(&fleet, "cluster").is_empty());
    add(&mut fleet, "cluster", "cluster", "us-east-1");
    add(&mut fleet, "another", "cluster", "us-east-1");
    let two = ["contains rule from resource another", "contains rule from resource cluster"];
    assert_eq!(related(&fleet, "vpc"), two);
    assert_eq!(count(&fleet, "rule"), 2);
    add(&mut fleet, "another", "cluster", "eu-west-1");
    assert_eq!(related(&fleet, "vpc"), one);
    add(&mut fleet, "another", "cluster", "us-east-1");
    assert_eq!(related(&fleet, "vpc"), two);
    send(&mut fleet, "relationship-rule.deleted", json!({ "id": "rule" }));
    assert!(related(&fleet, "vpc").is_empty());
    assert_eq!(count(&fleet, "rule"), 0);
}

#[test]
fn vector_2_a_neighbour_related_both_ways_appears_twice() {
    let mut fleet = fleet();
    for (id, region) in [("r1", "us-east-1"), ("r2", "us-east-1"), ("r3", "us-west-2")] {
        add(&mut fleet, id, "vm", region);
    }
    let path = ["metadata", "region"];
    let rule = json!({
        "id": "rule", "reference": "peer", "fromType": "resource", "toType": "resource",
        "matcher": { "properties": [{ "fromProperty": path, "toProperty": path }] },
    });
    send(&mut fleet, "relationship-rule.created", rule);
    assert_eq!(related(&fleet, "r1"), ["peer rule from resource r2", "peer rule to resource r2"]);
    assert!(related(&fleet, "r3").is_empty());
    let neighbours = Neighbours::of(fleet.world());
    let counts = ["r1", "r2", "r3"]
        .map(|id| neighbours.count_of(send::find(&fleet, EntityKind::Resource, id)));
    assert_eq!((counts, count(&fleet, "rule")), ([2, 2, 0], 2));
}

#[test]
fn vector_3_nothing_is_related_to_itself() {
    let mut fleet = fleet();
    add(&mut fleet, "r1", "vm", "us-east-1");
    add(&mut fleet, "r2", "vm", "us-east-1");
    for matcher in [
        json!({ "properties": [{ "fromProperty": ["id"], "toProperty": ["id"] }] }),
        json!({ "cel": "from.id == to.id" }),
        json!({ "cel": "from.id == to.id && from.kind >= to.kind" }),
    ] {
        let rule = json!({
            "id": "rule", "reference": "self", "fromType": "resource", "toType": "resource",
            "matcher": matcher,
        });
        send(&mut fleet, "relationship-rule.updated", rule);
        assert!(related(&fleet, "r1").is_empty());
        assert_eq!(count(&fleet, "rule"), 0);
    }
}

#[test]
fn vectors_4_and_5_without_matcher_the_selectors_decide() {
    let mut fleet = fleet();
    for id in ["prod", "dev", "qa"] {
        send(&mut fleet, "environment.created", json!({ "id": id, "name": id, "systemId": "s" }));
    }
    add(&mut fleet, "r1", "vm", "a");
    add(&mut fleet, "r2", "vm", "a");
    add(&mut fleet, "db", "db", "a");
    let rule = json!({
        "id": "rule", "reference": "hosts", "fromType": "environment", "toType": "resource",
        "fromSelector": "environment.name != 'qa'", "toSelector": "resource.kind == 'vm'",
    });
    send(&mut fleet, "relationship-rule.created", rule);
    let of = |fleet: &Fleet, id| related_texts(fleet, EntityKind::Environment, id);
    let both = ["hosts rule from resource r1", "hosts rule from resource r2"];
    assert_eq!(of(&fleet, "prod"), both);
    assert_eq!(of(&fleet, "dev"), both);
    assert!(of(&fleet, "qa").is_empty());
    let found = ["hosts rule to environment dev", "hosts rule to environment prod"];
    assert_eq!(related(&fleet, "r2"), found);
    assert!(related(&fleet, "db").is_empty());
    assert_eq!(count(&fleet, "rule"), 4);
    for id in ["r1", "r2"] {
        send(&mut fleet, "resource.deleted", json!({ "id": id }));
    }
    assert!(of(&fleet, "prod").is_empty(), "passes its selector, finds no partner");
}

/// Rule id before entity id, entity ids as bytes, all rules of a reference in one list (D6).
#[test]
fn rules_of_one_reference_share_a_list() {
    let mut fleet = fleet();
    for id in ["r-9", "r-10", "R-1", "asked"] {
        add(&mut fleet, id, "vm", "a");
    }
    for (id, reference, to) in [("z", "peer", "r-9"), ("b", "peer", "r-10"), ("a", "other", "R-1")]
    {
        let rule = json!({
            "id": id, "reference": reference, "fromType": "resource", "toType": "resource",
            "fromSelector": "resource.id == 'asked'", "toSelector": format!("resource.id == '{to}' || resource.id == 'R-1'"),
        });
        send(&mut fleet, "relationship-rule.created", rule);
    }
    let expected = [
        "other a from resource R-1",
        "peer b from resource R-1",
        "peer b from resource r-10",
        "peer z from resource R-1",
        "peer z from resource r-9",
    ];
    assert_eq!(related(&fleet, "asked"), expected);
    let first = Neighbours::of(fleet.world()).first_related(resource(&fleet, "asked"), "peer");
    assert_eq!(send::id(&fleet, first.expect("a peer")), "R-1");
    assert_eq!(
        Neighbours::of(fleet.world()).first_related(resource(&fleet, "asked"), "nope"),
        None
    );
}
