//! Defaults of absent fields, and where null or an empty string is the same (SEMANTICS 2.1, 2.3,
//! 2.5, 3.4).

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::event::{Entity, Event, Kind, Payload};

const NOON: &str = "2026-01-01T12:00:00Z";

fn written(kind: Kind, sent: &Json) -> Json {
    let now = SimTime::parse(NOON).expect("a time");
    Entity::decode(kind, sent, now).expect("a good entity").to_json()
}

#[test]
fn a_resource_is_named_after_its_id() {
    let expected = json!({"id":"r","identifier":"r","name":"r","kind":"","version":"",
        "workspaceId":"","config":{},"metadata":{},"createdAt":NOON});
    for sent in [
        json!({"id":"r"}),
        json!({"id":"r","identifier":"","name":"","createdAt":""}),
        json!({"id":"r","identifier":null,"config":null,"metadata":null,"createdAt":null,
            "updatedAt":null,"providerId":null,"unknown":[1,2]}),
    ] {
        assert_eq!(written(Kind::Resource, &sent), expected);
    }
    let named = written(Kind::Resource, &json!({"id":"r","identifier":"i"}));
    assert_eq!((&named["identifier"], &named["name"]), (&json!("i"), &json!("i")));
}

#[test]
fn the_status_of_a_version_is_left_open() {
    for status in [json!(null), json!("")] {
        let sent = json!({"id":"v","deploymentId":"d","status":status});
        assert_eq!(written(Kind::DeploymentVersion, &sent).get("status"), None, "dialects say");
    }
}

#[test]
fn a_policy_names_no_targets_and_leaves_open_whether_it_is_enabled() {
    let expected = json!({"id":"p","name":"","workspaceId":"","priority":0,
        "metadata":{},"createdAt":NOON,"rules":[],"selectors":[]});
    for sent in [
        json!({"id":"p"}),
        json!({"id":"p","selector":"","selectors":null,"rules":null}),
        json!({"id":"p","selector":"","selectors":[]}),
    ] {
        assert_eq!(written(Kind::Policy, &sent), expected);
    }
    let both = json!({"id":"p","selector":"true","selectors":[]});
    assert_eq!(written(Kind::Policy, &both)["selector"], "true");
}

#[test]
fn rule_members_have_their_defaults() {
    let sent = json!({"id":"p","rules":[{"id":"r",
        "environmentProgression":{"dependsOnEnvironmentSelector":"","minimumSockTimeMinutes":7},
        "gradualRollout":{"timeScaleInterval":0,"rolloutType":""},
        "versionSelector":{"selector":{}},
        "deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":1},
        "retry":{"maxRetries":2.0,"retryOnStatuses":null,"backoffStrategy":""}}]});
    let expected = json!({"id":"r","createdAt":NOON,
        "environmentProgression":{"dependsOnEnvironmentSelector":{"cel":""},
            "minimumSoakTimeMinutes":7,"requireVerificationPassed":false},
        "gradualRollout":{"timeScaleInterval":0,"rolloutType":"linear"},
        "versionSelector":{"selector":{"json":{}}},
        "deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":1,"timezone":"UTC",
            "allowWindow":true},
        "retry":{"maxRetries":2,"backoffStrategy":"linear"}});
    assert_eq!(written(Kind::Policy, &sent)["rules"][0], expected);
}

#[test]
fn the_correct_spelling_of_soak_wins() {
    let sent = json!({"id":"p","rules":[{"id":"r","environmentProgression":{
        "dependsOnEnvironmentSelector":"true","minimumSockTimeMinutes":7,
        "minimumSoakTimeMinutes":8}}]});
    let rule = &written(Kind::Policy, &sent)["rules"][0];
    assert_eq!(rule["environmentProgression"]["minimumSoakTimeMinutes"], 8);
}

#[test]
fn selectors_have_three_spellings() {
    let condition = json!({"type":"name","operator":"equals","value":"x"});
    for (sent, expected) in [
        (json!("true"), json!({"cel":"true"})),
        (json!({"cel":"true"}), json!({"cel":"true"})),
        (json!({"cel":"true","json":{}}), json!({"cel":"true"})),
        (json!({"cel":"true","json":null}), json!({"cel":"true"})),
        (json!({"cel":"true","json":condition.clone()}), json!({"json":condition})),
        (json!(""), Json::Null),
        (json!(null), Json::Null),
    ] {
        let environment = json!({"id":"e","systemId":"s","resourceSelector":sent});
        let written = written(Kind::Environment, &environment);
        assert_eq!(written.get("resourceSelector").unwrap_or(&Json::Null), &expected, "{sent}");
    }
}

#[test]
fn empty_matchers_are_absent_and_operators_have_many_spellings() {
    let rule = |matcher: Json| {
        let sent = json!({"id":"x","reference":"db","fromType":"resource","toType":"resource",
            "matcher":matcher});
        written(Kind::RelationshipRule, &sent)
    };
    for matcher in [json!(null), json!({}), json!({"cel":""}), json!({"properties":[],"cel":""})] {
        assert_eq!(rule(matcher).get("matcher"), None);
    }
    for (spelling, operator) in [
        (json!(null), "equals"),
        (json!(""), "equals"),
        (json!(" EQUALS "), "equals"),
        (json!("not_equals"), "notEquals"),
        (json!("NotEquals"), "notEquals"),
        (json!("contain"), "contains"),
        (json!("starts_with"), "startsWith"),
        (json!("endsWith"), "endsWith"),
        (json!("regex"), "regex"),
    ] {
        let property = json!({"fromProperty":["id"],"toProperty":[],"operator":spelling});
        let written = rule(json!({"properties":[property],"cel":"ignored"}));
        assert_eq!(written["matcher"]["properties"][0]["operator"], operator);
        assert_eq!(written["matcher"].get("cel"), None);
    }
}

#[test]
fn the_event_says_when_and_the_clock_else() {
    let clock = SimTime::parse(NOON).expect("a time");
    for (at, expected) in
        [(json!("2026-01-01T13:00:00Z"), "2026-01-01T13:00:00Z"), (json!(null), NOON)]
    {
        let envelope = json!({"eventType":"resource.updated","workspaceId":"","at":at,
            "timestamp":"ignored","data":{"id":"r"}});
        let event = Event::decode(&envelope, clock).expect("a good event");
        assert_eq!(event.workspace_id, None);
        let Payload::Upsert(entity) = event.payload else { panic!("an upsert") };
        assert_eq!(entity.to_json()["createdAt"], expected);
    }
}
