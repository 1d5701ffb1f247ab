//! T10: variable sets, values of one key on a resource, what related resources set, and opaque values.

use serde_json::{Value as Json, json};
use shakedown_systems::prelude::*;

use super::{both, shop, version};
use crate::send::{event, send};

/// Two clusters `s` in staging and `p` in prod, with variables of the deployment `d` by key.
fn with_variables(dialect: Dialect, keys: &[&str]) -> Fleet {
    let mut fleet = shop(dialect, &[("s", "staging"), ("p", "prod")]);
    for key in keys {
        let it = json!({ "id": key, "deploymentId": "d", "key": key, "defaultValue": "default" });
        send(&mut fleet, "deployment-variable.created", it);
    }
    version(&mut fleet, "v", "ready");
    fleet
}

fn set(fleet: &mut Fleet, id: &str, priority: i64, selector: &str, variables: &[(&str, Json)]) {
    let variables: Vec<Json> =
        variables.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let it =
        json!({ "id": id, "priority": priority, "selector": selector, "variables": variables });
    send(fleet, "variable-set.created", it);
}

fn own(fleet: &mut Fleet, resource: &str, key: &str, value: Json) {
    let it = json!({ "resourceId": resource, "key": key, "value": value });
    send(fleet, "resource-variable.created", it);
}

/// The variables of the desired release of `s` in staging and of `p` in prod.
fn variables(fleet: &Fleet) -> [Json; 2] {
    [("staging", "s"), ("prod", "p")].map(|(environment, resource)| {
        let target = fleet.target("d", environment, resource).expect("a target");
        target.desired.expect("the version").variables.into_iter().collect()
    })
}

/// Case: `replicas` is 5 in prod by a variable set, and the deployment declares no such variable.
#[test]
fn t10_a_variable_set_adds_its_keys_where_it_applies() {
    let mut fleet = with_variables(Dialect::TODAY, &["size"]);
    let selector = "environment.id == 'prod'";
    set(&mut fleet, "a", 10, selector, &[("replicas", json!(5)), ("size", json!("of the set"))]);
    let staging = json!({ "size": "default" });
    let prod = json!({ "replicas": 5, "size": "of the set" });
    assert_eq!(variables(&fleet), [staging.clone(), prod]);

    // The set of higher priority goes first, then the smaller id; a reference that leads nowhere is
    // passed over.
    set(&mut fleet, "c", 20, "", &[("replicas", json!({ "reference": "none", "path": ["id"] }))]);
    set(&mut fleet, "b", 10, "resource.id == 'p'", &[("replicas", json!(6)), ("b", json!(1))]);
    set(&mut fleet, "0", 9, "deployment.id == 'd'", &[("b", json!(0))]);
    let prod = json!({ "replicas": 5, "size": "of the set", "b": 1 });
    assert_eq!(variables(&fleet), [json!({ "size": "default", "b": 0 }), prod]);

    // What a resource sets goes before them, where the key is one of the release.
    own(&mut fleet, "s", "replicas", json!(1));
    own(&mut fleet, "p", "replicas", json!(1));
    own(&mut fleet, "s", "other", json!(1));
    own(&mut fleet, "s", "b", json!("own"));
    let prod = json!({ "replicas": 1, "size": "of the set", "b": 1 });
    assert_eq!(variables(&fleet), [json!({ "size": "default", "b": "own", "replicas": 1 }), prod]);

    for id in ["a", "b", "c", "0"] {
        send(&mut fleet, "variable-set.deleted", json!({ "id": id }));
    }
    assert_eq!(variables(&fleet), [staging.clone(), staging]);
}

/// A set that reads environment and resource, and what it reads changes.
#[test]
fn t10_a_variable_set_follows_what_its_selector_reads() {
    let mut fleet = with_variables(Dialect::TODAY, &[]);
    let selector =
        "environment.name == 'live' && resource.metadata.tier == '1' && deployment.name == 'api'";
    set(&mut fleet, "a", 0, selector, &[("k", json!(1))]);
    set(&mut fleet, "b", 0, "environment.id == 'prod'", &[("b", json!(1))]);
    let tier = |id: &str, stage: &str, tier: &str| json!({ "id": id, "metadata": { "stage": stage, "tier": tier } });
    let environment = |name: &str| {
        json!({ "id": "prod", "name": name, "systemId": "s",
            "resourceSelector": "resource.metadata.stage == 'prod'" })
    };
    let deployment = |name: &str| {
        json!({ "id": "d", "name": name, "systemId": "s", "jobAgentId": "a",
            "resourceSelector": "true" })
    };
    for (event_type, data, expected) in [
        ("resource.updated", tier("p", "prod", "1"), false),
        ("environment.updated", environment("live"), false),
        ("deployment.updated", deployment("api"), true),
        ("resource.updated", tier("p", "prod", "2"), false),
        ("resource.updated", tier("p", "prod", "1"), true),
        // Nothing is selected when the environment is asked again.
        ("resource.updated", tier("p", "prod", "2"), false),
        ("environment.updated", environment("live"), false),
        ("resource.updated", tier("p", "prod", "1"), true),
        ("environment.updated", environment("dead"), false),
        ("environment.updated", environment("live"), true),
        ("deployment.updated", deployment("web"), false),
    ] {
        let what = format!("{event_type} {data}");
        send(&mut fleet, event_type, data);
        let prod = if expected { json!({ "b": 1, "k": 1 }) } else { json!({ "b": 1 }) };
        assert_eq!(variables(&fleet), [json!({}), prod], "{what}");
        assert_eq!(
            fleet.reconcile_all().expect("it comes to rest").jobs_created,
            0,
            "{what}: complete"
        );
    }
}

/// Cases: two values of one key, one with a selector that is false.
#[test]
fn t10_values_of_one_key_on_a_resource() {
    let mut fleet = with_variables(Dialect::TODAY, &["k"]);
    let mut put = |value: Json, priority: i64, selector: Option<&str>| {
        let it = json!({ "resourceId": "s", "key": "k", "value": value, "priority": priority,
            "resourceSelector": selector });
        send(&mut fleet, "resource-variable.created", it);
        variables(&fleet)[0]["k"].clone()
    };
    assert_eq!(put(json!(1), 0, None), 1);
    assert_eq!(put(json!(2), 0, None), 2, "the same place: it replaces the first");
    assert_eq!(put(json!(3), 10, Some("false")), 2, "it does not count");
    assert_eq!(put(json!(4), 5, Some("resource.metadata.stage == 'staging'")), 4);
    assert_eq!(put(json!(5), 1, None), 4);
    assert_eq!(put(json!({ "reference": "none", "path": ["id"] }), 20, None), 4);
    // The resource changes, and what it says with it.
    let renamed = json!({ "id": "s", "name": "new", "metadata": { "stage": "staging" } });
    let on_new = json!({ "resourceId": "s", "key": "k", "id": "n", "value": 6, "priority": 30,
        "resourceSelector": "resource.name == 'new'" });
    send(&mut fleet, "resource-variable.created", on_new);
    assert_eq!(variables(&fleet)[0], json!({ "k": 4 }));
    send(&mut fleet, "resource.updated", renamed);
    assert_eq!(variables(&fleet)[0], json!({ "k": 6 }));
    // A value is removed by its id; a key with all its values.
    let named = |id: &str| json!({ "resourceId": "s", "key": "k", "id": id });
    send(&mut fleet, "resource-variable.deleted", named("n"));
    assert_eq!(variables(&fleet)[0], json!({ "k": 4 }));
    let id = "5 resource.metadata.stage == 'staging'";
    send(&mut fleet, "resource-variable.deleted", named(id));
    assert_eq!(variables(&fleet)[0], json!({ "k": 5 }));
    send(&mut fleet, "resource-variable.deleted", json!({ "resourceId": "s", "key": "k" }));
    assert_eq!(variables(&fleet)[0], json!({ "k": "default" }));
}

/// A secret resolves to its hash, which no literal equals.
#[test]
fn t10_a_value_that_nobody_may_see() {
    let hash = json!({ "valueHash": "5e88" });
    let [today, recorded] = both(|dialect| {
        let mut fleet = with_variables(dialect, &["k"]);
        own(&mut fleet, "s", "k", hash.clone());
        variables(&fleet)[0]["k"].clone()
    });
    assert_eq!((today, recorded), (json!({ "opaque": "5e88" }), json!("default")));

    let mut fleet = with_variables(Dialect::TODAY, &["k"]);
    let release = |fleet: &mut Fleet, value: Json| {
        own(fleet, "s", "k", value);
        let target = fleet.target("d", "staging", "s").expect("a target");
        target.desired.expect("the version").release_id
    };
    let secret = |path: &str| json!({ "provider": "vault", "key": "db", "path": [path] });
    let releases = [
        hash,
        json!({ "valueHash": "5e89" }),
        json!("5e88"),
        json!({ "opaque": "5e88" }),
        json!({ "object": { "valueHash": "5e88" } }),
        secret("password"),
        secret("user"),
        json!({ "provider": "vault", "key": "db" }),
    ]
    .map(|value| release(&mut fleet, value));
    for (at, one) in releases.iter().enumerate() {
        assert!(!releases[at + 1..].contains(one), "{at}");
    }
    own(&mut fleet, "s", "k", secret("password"));
    // SHA-256 of `["vault","db",["password"]]`.
    let hash = "1db125274546ce979a395f4f33e646c9556531b00fdf020dc980cba24ac6137a";
    assert_eq!(variables(&fleet)[0], json!({ "k": { "opaque": hash } }));
    let triple = fleet.target("d", "staging", "s").expect("a target").triple;
    let written = record(&fleet, &triple, Examine::All).expect("a target").to_json();
    let written = written.to_string();
    assert!(written.contains(hash) && !written.contains("vault"), "{written}");
}

/// A reference to what the related resource sets itself; what that refers to is not followed.
#[test]
fn t10_a_reference_to_a_variable_of_the_related_resource() {
    let run = |dialect| {
        let mut fleet = with_variables(dialect, &["k"]);
        send(
            &mut fleet,
            "relationship-rule.created",
            json!({ "id": "r", "reference": "peer", "fromType": "resource", "toType": "resource",
                "fromSelector": "resource.id == 's'", "toSelector": "resource.id == 'p'" }),
        );
        own(&mut fleet, "s", "k", json!({ "reference": "peer", "path": ["variables", "host"] }));
        let mut seen = Vec::new();
        let mut see = |fleet: &mut Fleet| {
            seen.push(variables(fleet)[0]["k"].clone());
            assert_eq!(
                fleet.reconcile_all().expect("it comes to rest").jobs_created,
                0,
                "complete"
            );
        };
        see(&mut fleet);
        own(&mut fleet, "p", "host", json!("10.0.0.1"));
        see(&mut fleet);
        own(&mut fleet, "p", "host", json!({ "reference": "peer", "path": ["id"] }));
        see(&mut fleet);
        own(&mut fleet, "p", "host", json!({ "valueHash": "5e88" }));
        see(&mut fleet);
        send(&mut fleet, "resource-variable.deleted", json!({ "resourceId": "p", "key": "host" }));
        see(&mut fleet);
        seen
    };
    let [today, recorded] = both(run);
    let default = json!("default");
    let opaque = json!({ "opaque": "5e88" });
    assert_eq!(
        today,
        [default.clone(), json!("10.0.0.1"), default.clone(), opaque, default.clone()]
    );
    assert_eq!(recorded, vec![default; 5]);
}

#[test]
fn t10_what_the_recorded_dialect_does_not_know() {
    let own = json!({ "resourceId": "s", "key": "k", "value": 1 });
    let with = |name: &str, value: Json| {
        let mut it = own.clone();
        it[name] = value;
        it
    };
    for (event_type, data, class, message) in [
        (
            "variable-set.created",
            json!({ "id": "a" }),
            ErrorClass::UnknownEvent,
            "eventType: there are no variable sets in dialect `recorded`",
        ),
        (
            "variable-set.deleted",
            json!({ "id": "a" }),
            ErrorClass::UnknownEvent,
            "eventType: there are no variable sets in dialect `recorded`",
        ),
        (
            "resource-variable.created",
            with("priority", json!(1)),
            ErrorClass::InvalidValue,
            "data.priority: resource variables have no `priority` in dialect `recorded`",
        ),
        (
            "resource-variable.created",
            with("resourceSelector", json!("true")),
            ErrorClass::InvalidValue,
            "data.resourceSelector: resource variables have no `resourceSelector` in dialect \
             `recorded`",
        ),
    ] {
        let mut fleet = with_variables(Dialect::RECORDED, &["k"]);
        let refused = fleet.apply(event(&fleet, event_type, data)).expect_err(message);
        assert_eq!((refused.to_string().as_str(), refused.why.class), (message, class));
    }
    // A second value replaces the first, whatever it is called.
    let mut fleet = with_variables(Dialect::RECORDED, &["k"]);
    send(&mut fleet, "resource-variable.created", with("id", json!("x")));
    send(&mut fleet, "resource-variable.created", with("value", json!(2)));
    assert_eq!(variables(&fleet)[0], json!({ "k": 2 }));
    send(&mut fleet, "resource-variable.deleted", with("id", json!("y")));
    assert_eq!(variables(&fleet)[0], json!({ "k": "default" }));
}

#[test]
fn t10_a_selector_of_a_set_must_compile() {
    let mut fleet = with_variables(Dialect::TODAY, &[]);
    let broken = json!({ "id": "a", "selector": "resource.kind ==" });
    let refused = fleet.apply(event(&fleet, "variable-set.created", broken)).expect_err("no CEL");
    assert_eq!(refused.why.class, ErrorClass::InvalidSelector);
    assert!(refused.to_string().starts_with("data.selector: "), "{refused}");
}

/// Cases: documents with two values of one key, one of them with a selector that is false, and with a set.
#[test]
fn t10_a_document_with_all_of_it_loads() {
    let text = r#"{
        "resources": [{ "id": "r" }],
        "environments": [{ "id": "e", "systemId": "s", "resourceSelector": "true" }],
        "deployments": [{ "id": "d", "systemId": "s", "resourceSelector": "true" }],
        "deploymentVariables": [{ "id": "x", "deploymentId": "d", "key": "replicas" }],
        "resourceVariables": [
            { "resourceId": "r", "key": "replicas", "value": 1 },
            { "resourceId": "r", "key": "replicas", "value": 2, "priority": 5 },
            { "resourceId": "r", "key": "replicas", "value": 3, "priority": 10,
              "resourceSelector": "false" }
        ],
        "variableSets": [{ "id": "a", "name": "all", "description": "", "selector": "true",
            "priority": 10, "metadata": {}, "createdAt": "2026-04-02T00:00:00.000Z",
            "updatedAt": "2026-04-02T00:00:00.000Z",
            "variables": [{ "id": "b", "variableSetId": "a", "key": "size", "value": 5 }] }],
        "deploymentVersions": [{ "id": "v", "deploymentId": "d", "tag": "v" }]
    }"#;
    let clock = "2026-06-01T13:00:00Z".parse().expect("a time");
    let document = Document::parse("a.json", text, clock).expect("a document");
    let fleet = load(document, clock, &mut |_| {}).expect("it loads");
    let target = fleet.target("d", "e", "r").expect("a target");
    let variables: Json = target.desired.expect("the version").variables.into_iter().collect();
    assert_eq!(variables, json!({ "replicas": 2, "size": 5 }));

    // One that says which dialect it is written in, and that a key has two values.
    let twice = r#"{ "dialect": "recorded", "resourceVariables": [
        { "resourceId": "r", "key": "k", "value": 1 }, { "resourceId": "r", "key": "k", "value": 2 }
    ] }"#;
    let document = Document::parse("b.json", twice, clock).expect("a document");
    let refused = load(document, clock, &mut |_| {}).expect_err("which one is meant?");
    assert!(refused.to_string().contains("is in the document twice"), "{refused}");
}
