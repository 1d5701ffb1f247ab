//! A relationship rule may be one expression over entities of any kind (T9 of docs/dialects.md).

use serde_json::{Value as Json, json};
use shakedown_systems::prelude::*;

use crate::dialects_follow_the_vectors::{fleet_in, shop, version};
use crate::send::{event, related_texts, send};

/// Two clusters and two networks, of which one network and one cluster say nothing of a network; and an
/// environment and a deployment that are labelled like some of them.
fn networks(dialect: Dialect) -> Fleet {
    let mut fleet = fleet_in(dialect);
    for (id, kind, network) in [
        ("c1", "KubernetesCluster", Some("main")),
        ("c2", "KubernetesCluster", None),
        ("n1", "GoogleNetwork", Some("main")),
        ("n2", "GoogleNetwork", None),
    ] {
        let metadata = network.map_or(json!({}), |network| json!({ "network/name": network }));
        let it = json!({ "id": id, "kind": kind, "metadata": metadata });
        send(&mut fleet, "resource.created", it);
    }
    let metadata = json!({ "network/name": "main" });
    let it = json!({ "id": "prod", "name": "c1", "systemId": "s", "metadata": metadata });
    send(&mut fleet, "environment.created", it);
    let it = json!({ "id": "api", "name": "c1", "systemId": "s", "metadata": {} });
    send(&mut fleet, "deployment.created", it);
    fleet
}

/// Everything related by one rule, as `from entity > to entity`, found from the from side and checked
/// from the other.
fn relations(fleet: &Fleet) -> Vec<String> {
    let entities = [
        (EntityKind::Deployment, "api"),
        (EntityKind::Environment, "prod"),
        (EntityKind::Resource, "c1"),
        (EntityKind::Resource, "c2"),
        (EntityKind::Resource, "n1"),
        (EntityKind::Resource, "n2"),
    ];
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    for (kind, id) in entities {
        for text in related_texts(fleet, kind, id) {
            let [_, _, direction, far_kind, far] = text.split(' ').collect::<Vec<_>>()[..] else {
                unreachable!("five words: {text}")
            };
            match direction {
                "from" => forward.push(format!("{kind} {id} > {far_kind} {far}")),
                _ => backward.push(format!("{far_kind} {far} > {kind} {id}")),
            }
        }
    }
    forward.sort();
    backward.sort();
    assert_eq!(forward, backward);
    forward
}

fn relations_of(cel: &str) -> Vec<String> {
    let mut fleet = networks(Dialect::TODAY);
    fleet.put(RelationshipRule::cel("rule", "network", cel)).expect(cel);
    relations(&fleet)
}

/// Case: the rule of `examples/data/export`, as ctrlplane lists it.
#[test]
fn t9_the_rule_of_an_export() {
    let list = include_str!("../../examples/data/export/relationship-rules.json");
    let list: Json = serde_json::from_str(list).expect("JSON");
    let mut rule = list["items"][0].clone();
    rule["workspaceId"] = json!("ws");

    let mut fleet = networks(Dialect::TODAY);
    send(&mut fleet, "relationship-rule.created", rule.clone());
    assert_eq!(relations(&fleet), ["resource c1 > resource n1"]);
    // Relations are live.
    let named =
        json!({ "id": "c2", "kind": "KubernetesCluster", "metadata": { "network/name": "main" } });
    send(&mut fleet, "resource.updated", named);
    assert_eq!(relations(&fleet), ["resource c1 > resource n1", "resource c2 > resource n1"]);
    send(&mut fleet, "resource.deleted", json!({ "id": "c1" }));
    assert_eq!(relations(&fleet), ["resource c2 > resource n1"]);
    rule["cel"] = json!("from.type == 'environment' && to.id == 'n2'");
    send(&mut fleet, "relationship-rule.updated", rule.clone());
    assert_eq!(relations(&fleet), ["environment prod > resource n2"]);

    // It is a rule without kinds where `cel` is no member.
    let mut fleet = networks(Dialect::RECORDED);
    let refused = fleet.apply(event(&fleet, "relationship-rule.created", rule.clone()));
    let refused = refused.expect_err("`fromType` is required");
    assert_eq!(refused.why.class, ErrorClass::MissingField);
    assert_eq!(refused.to_string(), "data.fromType: expected this required field, found nothing");
    rule["fromType"] = json!("resource");
    rule["toType"] = json!("deployment");
    send(&mut fleet, "relationship-rule.created", rule);
    assert_eq!(relations(&fleet).len(), 4, "{:?}", relations(&fleet));
}

#[test]
fn t9_kinds_and_what_is_between_them() {
    for (cel, expected) in [
        // Without a guard every kind is meant, an entity with itself never.
        (
            "from.metadata['network/name'] == to.metadata['network/name']",
            &[
                "environment prod > resource c1",
                "environment prod > resource n1",
                "resource c1 > environment prod",
                "resource c1 > resource n1",
                "resource n1 > environment prod",
                "resource n1 > resource c1",
            ][..],
        ),
        // An environment and the resources of its label.
        (
            "from.type == 'environment' && to.type == 'resource' \
             && from.metadata['network/name'] == to.metadata['network/name']",
            &["environment prod > resource c1", "environment prod > resource n1"],
        ),
        // Keys of different fields, kinds turned round and in a list.
        (
            "'resource' == to.type && from.type in ['deployment', 'environment'] && from.name == to.id",
            &["deployment api > resource c1", "environment prod > resource c1"],
        ),
        (
            "from.type == to.type && from.kind == 'GoogleNetwork' && to.id == 'c2'",
            &["resource n1 > resource c2", "resource n2 > resource c2"],
        ),
        // A guard that is none: the other side decides, too.
        (
            "(from.type == 'deployment' || to.id == 'c2') && from.name == 'c1' && to.id in ['c1', 'c2']",
            &[
                "deployment api > resource c1",
                "deployment api > resource c2",
                "environment prod > resource c2",
                "resource c1 > resource c2",
            ],
        ),
        ("from.slug == 'x' && to.type == 'resource'", &[]),
        // No kind is called so, and no entity has it by another name.
        ("from.type == 'job' && to.type == 'resource'", &[]),
        (
            "from.type == 'environment' && to['type'] == 'deployment'",
            &["environment prod > deployment api"],
        ),
        // A deployment has six members beside it.
        (
            "size(from) == 7 && from.exists(key, key == 'type') && to.id == 'prod'",
            &["deployment api > environment prod"],
        ),
        (
            "'type' in from && from.id == 'api' && has(to.type) && to.id == 'prod'",
            &["deployment api > environment prod"],
        ),
    ] {
        assert_eq!(relations_of(cel), expected, "{cel}");
    }
}

/// A missing key makes the whole false, unless the other operand decides.
#[test]
fn t9_missing_keys_and_errors() {
    for (cel, expected) in [
        ("from.nope == to.nope", &[][..]),
        ("!(from.nope == 'x') && from.id == 'api' && to.id == 'prod'", &[]),
        ("from.nope == 'x' && from.id == 'api'", &[]),
        ("1 / 0 == 1 && from.id == to.name", &[]),
        (
            "to.kind == 'GoogleNetwork' && from.kind != 'x' && to.metadata['network/name'] != 'y'",
            &[
                "resource c1 > resource n1",
                "resource c2 > resource n1",
                "resource n2 > resource n1",
            ],
        ),
        (
            "(from.nope == 'x' || from.id == 'api') && to.id == 'prod'",
            &["deployment api > environment prod"],
        ),
        ("from.id", &[]),
    ] {
        assert_eq!(relations_of(cel), expected, "{cel}");
    }
}

#[test]
fn t9_what_is_no_rule() {
    let rule = |members: Json| {
        let mut rule = json!({ "id": "rule", "reference": "network", "cel": "from.id == to.name" });
        rule.as_object_mut().expect("an object").extend(members.as_object().cloned().expect("one"));
        rule
    };
    for (members, class, message) in [
        (json!({ "cel": "from.id ==" }), ErrorClass::InvalidSelector, "data.cel: syntax error"),
        (
            json!({ "cel": "resource.id == to.id" }),
            ErrorClass::InvalidSelector,
            "data.cel: undeclared variable `resource`",
        ),
        (
            json!({ "fromType": "resource", "toType": "resource" }),
            ErrorClass::InvalidValue,
            "data.fromType: expected no `fromType` beside `cel`",
        ),
        (
            json!({ "matcher": { "cel": "true" } }),
            ErrorClass::InvalidValue,
            "data.matcher: expected no `matcher` beside `cel`",
        ),
        (json!({ "workspaceId": "other" }), ErrorClass::WrongWorkspace, "data.workspaceId: "),
    ] {
        let mut fleet = networks(Dialect::TODAY);
        let event = event(&fleet, "relationship-rule.created", rule(members));
        let refused = fleet.apply(event).expect_err(message);
        assert_eq!(refused.why.class, class);
        assert!(refused.to_string().starts_with(message), "{refused}");
    }
    // Members that say nothing are not there.
    let mut fleet = networks(Dialect::TODAY);
    let silent = json!({ "fromType": null, "toType": "", "fromSelector": "", "matcher": {} });
    send(&mut fleet, "relationship-rule.created", rule(silent));
    assert_eq!(
        relations(&fleet),
        ["resource c1 > deployment api", "resource c1 > environment prod"]
    );
}

/// References of variables follow such a rule, and a changed relation leads to a new release.
#[test]
fn t9_variables_refer_to_what_is_related() {
    let mut fleet = shop(Dialect::TODAY, &[("r", "staging")]);
    let cel = "from.type == 'resource' && to.type == 'environment' && from.metadata.stage == to.id";
    fleet.put(RelationshipRule::cel("rule", "stage", cel)).expect("a rule");
    let it = json!({ "id": "v", "deploymentId": "d", "key": "k" });
    send(&mut fleet, "deployment-variable.created", it);
    let value = json!({ "reference": "stage", "path": ["name"] });
    let it = json!({ "id": "w", "deploymentVariableId": "v", "value": value });
    send(&mut fleet, "deployment-variable-value.created", it);
    version(&mut fleet, "v1", "ready");
    let value = |fleet: &Fleet| {
        let desired = fleet.target("d", "staging", "r").expect("a target").desired;
        desired.and_then(|release| release.variables.into_iter().next())
    };
    assert_eq!(value(&fleet), Some(("k".to_owned(), json!(""))));
    let named = json!({
        "id": "staging", "name": "Staging", "systemId": "s",
        "resourceSelector": "resource.metadata.stage == 'staging'",
    });
    send(&mut fleet, "environment.updated", named);
    assert_eq!(value(&fleet), Some(("k".to_owned(), json!("Staging"))));
    send(&mut fleet, "relationship-rule.deleted", json!({ "id": "rule" }));
    assert_eq!(value(&fleet), None);
}
