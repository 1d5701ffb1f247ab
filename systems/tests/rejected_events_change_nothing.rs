//! An event that cannot be applied leaves the world as it was and names class and field
//! (SEMANTICS 2.2, 2.4).

use serde_json::{Value, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::event::{ErrorClass, Event};

use crate::generate;

const NOW: &str = "2026-01-01T12:00:00Z";

fn apply(fleet: &mut Fleet, event_type: &str, data: &Value) -> Result<(), (ErrorClass, String)> {
    let mut envelope = json!({ "eventType": event_type, "data": data });
    for member in ["at", "workspaceId"] {
        if let Some(value) = data.get(format!("_{member}")) {
            envelope[member] = value.clone();
        }
    }
    let event = Event::decode(&envelope, fleet.now())
        .map_err(|error| (error.class, error.path.to_string()))?;
    fleet
        .apply(event)
        .map_err(|refused| (refused.why.class, refused.why.path.to_string()))
        .map(|_| ())
}

/// A world in which one job runs, another waits for approval, and a variable has a value.
fn world() -> Fleet {
    let mut fleet = shakedown_systems::fleet("ws-1", SimTime::parse(NOW).expect("a time"));
    for (event_type, data) in [
        ("system.created", json!({"id": "s", "name": "s"})),
        ("job-agent.created", json!({"id": "a", "name": "a", "type": "t"})),
        (
            "environment.created",
            json!({"id": "e", "name": "e", "systemId": "s", "resourceSelector": "true"}),
        ),
        ("resource.created", json!({"id": "r", "identifier": "one"})),
        ("resource.created", json!({"id": "r2", "identifier": "two"})),
        (
            "deployment.created",
            json!({"id": "d", "name": "d", "slug": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": "true"}),
        ),
        ("deployment-variable.created", json!({"id": "dv", "deploymentId": "d", "key": "k"})),
        (
            "deployment-variable-value.created",
            json!({"id": "v", "deploymentVariableId": "dv", "value": 1}),
        ),
        (
            "deployment-version.created",
            json!({"id": "v1", "deploymentId": "d", "tag": "1", "status": "ready"}),
        ),
    ] {
        apply(&mut fleet, event_type, &data).expect(event_type);
    }
    fleet
}

fn window(rrule: &str, timezone: &str) -> Value {
    let window = json!({"rrule": rrule, "timezone": timezone, "durationMinutes": 60});
    json!({"id": "r", "deploymentWindow": window})
}

#[test]
fn every_class_is_named_with_its_field() {
    use ErrorClass::{
        Conflict, InvalidSelector, InvalidValue, Malformed, MissingField, NotFound, TimeReversed,
        UnknownEvent, WrongWorkspace,
    };
    let cases = [
        ("resource.exploded", json!({}), UnknownEvent, "eventType"),
        ("resource.created", json!({"identifier": "x"}), MissingField, "data.id"),
        ("resource.created", json!({"id": "x", "createdAt": "soon"}), Malformed, "data.createdAt"),
        ("resource.created", json!({"id": "x", "identifier": "one"}), Conflict, "data.identifier"),
        (
            "environment.created",
            json!({"id": "e", "systemId": "s", "resourceSelector": "resource."}),
            InvalidSelector,
            "data.resourceSelector",
        ),
        (
            "deployment.created",
            json!({"id": "d2", "systemId": "s", "resourceSelector": "job.x == 1"}),
            InvalidSelector,
            "data.resourceSelector",
        ),
        (
            "policy.created",
            json!({"id": "p", "selectors": [{}, {"environmentSelector": {"cel": "("}}]}),
            InvalidSelector,
            "data.selectors[1].environmentSelector",
        ),
        (
            "policy.created",
            json!({"id": "p", "rules": [window("FREQ=DAILY", "UTC"), window("FREQ=SOMETIMES", "UTC")]}),
            InvalidValue,
            "data.rules[1].deploymentWindow.rrule",
        ),
        (
            "policy.created",
            json!({"id": "p", "rules": [window("FREQ=DAILY;COUNT=3", "UTC")]}),
            InvalidValue,
            "data.rules[0].deploymentWindow.rrule",
        ),
        (
            "policy.created",
            json!({"id": "p", "rules": [window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "UTC")]}),
            InvalidValue,
            "data.rules[0].deploymentWindow.rrule",
        ),
        (
            "policy.updated",
            json!({"id": "p", "rules": [window("FREQ=DAILY", "Mars/Olympus")]}),
            InvalidValue,
            "data.rules[0].deploymentWindow.timezone",
        ),
        (
            "policy.created",
            json!({"id": "p", "selector": "nope()"}),
            InvalidSelector,
            "data.selector",
        ),
        (
            "relationship-rule.created",
            json!({"id": "x", "reference": "r", "fromType": "resource", "toType": "resource", "toSelector": "1 +"}),
            InvalidSelector,
            "data.toSelector",
        ),
        (
            "relationship-rule.created",
            json!({"id": "x", "reference": "r", "fromType": "resource", "toType": "resource", "workspaceId": "other"}),
            WrongWorkspace,
            "data.workspaceId",
        ),
        (
            "resource.created",
            json!({"id": "x", "_workspaceId": "other"}),
            WrongWorkspace,
            "workspaceId",
        ),
        ("resource.created", json!({"id": "x", "_at": "2025-01-01T00:00:00Z"}), TimeReversed, "at"),
        (
            "deployment-version.updated",
            json!({"id": "v1", "deploymentId": "d2", "tag": "1"}),
            Conflict,
            "data.deploymentId",
        ),
        (
            "deployment-variable.created",
            json!({"id": "dv2", "deploymentId": "d", "key": "k"}),
            Conflict,
            "data.key",
        ),
        (
            "deployment-variable.updated",
            json!({"id": "dv", "deploymentId": "d2", "key": "k"}),
            Conflict,
            "data.deploymentId",
        ),
        (
            "deployment-variable-value.created",
            json!({"id": "w", "deploymentVariableId": "none", "value": 1}),
            NotFound,
            "data.deploymentVariableId",
        ),
        (
            "user-approval-record.created",
            json!({"userId": "u", "versionId": "none", "environmentId": "e", "status": "approved"}),
            NotFound,
            "data.versionId",
        ),
        (
            "user-approval-record.created",
            json!({"userId": "u", "versionId": "v1", "environmentId": "none", "status": "approved"}),
            NotFound,
            "data.environmentId",
        ),
        (
            "job.updated",
            json!({"id": "00000000-0000-4000-8000-000000000000", "job": {"status": "failure"}}),
            NotFound,
            "data",
        ),
        (
            "release-target.deploy",
            json!({"resourceId": "r", "environmentId": "e", "deploymentId": "none"}),
            NotFound,
            "data",
        ),
        (
            "resource-provider.set-resources",
            json!({"providerId": "p", "resources": [{"identifier": "x"}, {"identifier": "x"}]}),
            Conflict,
            "data.resources",
        ),
    ];
    let mut fleet = world();
    let before = (fleet.digest(), fleet.targets(), fleet.now());
    assert_eq!(before.1.len(), 2, "the world has targets");
    for (event_type, data, class, path) in cases {
        let rejected = apply(&mut fleet, event_type, &data);
        assert_eq!(rejected, Err((class, path.to_owned())), "{event_type} {data}");
        let after = (fleet.digest(), fleet.targets(), fleet.now());
        assert_eq!(after, before, "{event_type} {data}");
    }
    let report = fleet.reconcile_all().expect("it comes to rest");
    assert_eq!(report.jobs_created, 0, "nothing was half applied");
    apply(&mut fleet, "resource.created", &json!({"id": "x"}))
        .expect("later events are undisturbed");
    assert_eq!(fleet.targets().len(), 3);
}

/// Neither does a rejected event let time pass, though timers may be due before its instant.
#[test]
fn generated_mistakes_change_nothing() {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut rejected = 0;
    for seed in 2600..2640 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for json in generate::events(seed, &generate::Config::full()) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            let state = |fleet: &mut Fleet| {
                let next = fleet.world().resource::<Timers>().next();
                (fleet.digest(), fleet.now(), next, fleet.targets())
            };
            let before = state(&mut fleet);
            if fleet.apply(event).is_err() {
                rejected += 1;
                assert_eq!(state(&mut fleet), before, "seed {seed}: {json}");
            }
        }
    }
    assert!(rejected > 50, "mistakes are made: {rejected}");
}
