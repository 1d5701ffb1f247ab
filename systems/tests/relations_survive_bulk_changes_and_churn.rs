//! Many entities changed at once are grouped as a whole, and keys that came and went are forgotten;
//! neither changes what is related.

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::relations::Neighbours;
use shakedown_engine::model::{EntityKind, RelationshipRule};

use crate::send::{find, fleet, related_texts, send, send_together};

fn member(number: usize, group: &str) -> Json {
    json!({ "id": format!("r{number:04}"), "metadata": { "group": group } })
}

fn rule() -> Json {
    let path = ["metadata", "group"];
    json!({
        "id": "rule", "reference": "peer", "fromType": "resource", "toType": "resource",
        "matcher": { "properties": [{ "fromProperty": path, "toProperty": path }] },
    })
}

/// Relations of the rule, and of one resource.
fn counts(fleet: &Fleet, id: &str) -> (u64, u64) {
    let rule = fleet.world().resource::<Registry<RelationshipRule>>().find("rule").expect("sent");
    let neighbours = Neighbours::of(fleet.world());
    (neighbours.count(rule), neighbours.count_of(find(fleet, EntityKind::Resource, id)))
}

#[test]
fn six_hundred_at_once() {
    let mut fleet = fleet();
    send(&mut fleet, "relationship-rule.created", rule());
    let load = (0..600).map(|it| ("resource.created", member(it, &format!("g{}", it % 6))));
    send_together(&mut fleet, load);
    assert_eq!(counts(&fleet, "r0000"), (6 * 100 * 99, 2 * 99));
    // The first 400 move to two groups of their own, the other 200 stay in their six.
    let moves = (0..400).map(|it| ("resource.updated", member(it, &format!("h{}", it % 2))));
    send_together(&mut fleet, moves);
    let stayed: Vec<u64> =
        (0..6).map(|group| (400..600).filter(|it| it % 6 == group).count() as u64).collect();
    let expected = 2 * 200 * 199 + stayed.iter().map(|it| it * (it - 1)).sum::<u64>();
    assert_eq!(counts(&fleet, "r0000"), (expected, 2 * 199));
    let gone = (0..300).map(|it| ("resource.deleted", json!({ "id": format!("r{it:04}") })));
    send_together(&mut fleet, gone);
    let expected = 2 * 50 * 49 + stayed.iter().map(|it| it * (it - 1)).sum::<u64>();
    assert_eq!(counts(&fleet, "r0300"), (expected, 2 * 49));
    assert_eq!(counts(&fleet, "r0000").1, 0);
}

#[test]
fn two_thousand_keys_in_turn() {
    let mut fleet = fleet();
    send(&mut fleet, "relationship-rule.created", rule());
    for number in 0..4 {
        send(&mut fleet, "resource.created", member(number, "common"));
    }
    for turn in 0..2000 {
        send(&mut fleet, "resource.updated", member(0, &format!("own-{turn}")));
        assert_eq!(counts(&fleet, "r0000"), (3 * 2, 0), "turn {turn}");
    }
    send(&mut fleet, "resource.updated", member(0, "common"));
    assert_eq!(counts(&fleet, "r0000"), (4 * 3, 6));
    let found = related_texts(&fleet, EntityKind::Resource, "r0000");
    assert_eq!((found.len(), found[0].as_str()), (6, "peer rule from resource r0001"));
}
