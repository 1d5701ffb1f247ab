//! Whatever changes a value that a release has makes another release desired, and in time a job
//! (SEMANTICS 4.3: resource variables, `Refs`, relationship rules, variables and values).

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::report::Report;

use crate::send::{fleet, send, send_together};

/// Event type and payload.
type Step = (&'static str, Json);

fn host(id: &str, region: &str, address: &str) -> Step {
    let data = json!({ "id": id, "kind": "host", "metadata": { "region": region }, "config": { "address": address } });
    ("resource.updated", data)
}

fn vm(region: &str) -> Step {
    ("resource.updated", json!({ "id": "vm", "kind": "vm", "metadata": { "region": region } }))
}

fn rule(id: &str, reference: &str, to: &str) -> Step {
    let (to_selector, matcher) = match to {
        "resource" => (
            json!("resource.kind == 'host'"),
            json!({ "cel": "from.metadata.region == to.metadata.region" }),
        ),
        _ => (
            Json::Null,
            json!({ "properties": [{ "fromProperty": ["metadata", "region"], "toProperty": ["metadata", "region"] }] }),
        ),
    };
    let data = json!({
        "id": id, "reference": reference, "fromType": "resource", "toType": to,
        "fromSelector": "resource.kind == 'vm'", "toSelector": to_selector, "matcher": matcher,
    });
    ("relationship-rule.updated", data)
}

fn environment(id: &str, region: &str, description: &str) -> Step {
    let data = json!({
        "id": id, "name": id, "systemId": "s", "description": description,
        "resourceSelector": "resource.kind == 'vm'", "metadata": { "region": region },
    });
    ("environment.updated", data)
}

fn value(id: &str, priority: i64, value: Json) -> Step {
    let data = json!({ "id": id, "deploymentVariableId": "address", "priority": priority, "value": value });
    ("deployment-variable-value.updated", data)
}

fn own(value: Json) -> Step {
    ("resource-variable.updated", json!({ "resourceId": "vm", "key": "address", "value": value }))
}

/// One target vm-e-d whose variable `address` is that of its host.
fn start() -> Fleet {
    let mut fleet = fleet();
    send_together(
        &mut fleet,
        [
            ("job-agent.created", json!({ "id": "agent", "name": "agent", "type": "test" })),
            (
                "deployment.created",
                json!({ "id": "d", "name": "d", "systemId": "s", "jobAgentId": "agent", "resourceSelector": "resource.kind == 'vm'" }),
            ),
            environment("e", "west", "one"),
            vm("west"),
            host("h1", "west", "10.0.0.1"),
            host("h2", "east", "10.0.0.2"),
            rule("rule", "host", "resource"),
            (
                "deployment-variable.created",
                json!({ "id": "address", "deploymentId": "d", "key": "address" }),
            ),
            value("a", 1, json!({ "reference": "host", "path": ["config", "address"] })),
            (
                "deployment-version.created",
                json!({ "id": "v", "deploymentId": "d", "tag": "1", "status": "ready" }),
            ),
        ],
    );
    fleet
}

fn address(fleet: &mut Fleet) -> Json {
    let targets = fleet.targets();
    let release = targets[0].desired.as_ref().expect("the version is desired");
    release.variables.iter().find(|(key, _)| key == "address").map_or(Json::Null, |it| it.1.clone())
}

fn apply(fleet: &mut Fleet, step: Step) -> Report {
    send(fleet, step.0, step.1)
}

#[test]
fn the_desired_release_follows_every_change() {
    let mut fleet = start();
    assert_eq!(address(&mut fleet), json!("10.0.0.1"));
    for (name, step, expected) in [
        ("a property of the related resource", host("h1", "west", "10.0.0.9"), json!("10.0.0.9")),
        ("the resource moves", vm("east"), json!("10.0.0.2")),
        ("a nearer id joins", host("h0", "east", "10.0.0.0"), json!("10.0.0.0")),
        ("the related resource moves away", host("h0", "north", "10.0.0.0"), json!("10.0.0.2")),
        ("the related resource goes", ("resource.deleted", json!({ "id": "h2" })), Json::Null),
        ("it returns", host("h2", "east", "10.0.0.2"), json!("10.0.0.2")),
        ("the rule goes", ("relationship-rule.deleted", json!({ "id": "rule" })), Json::Null),
        ("the rule returns", rule("rule", "host", "resource"), json!("10.0.0.2")),
        ("the rule is renamed", rule("rule", "other", "resource"), Json::Null),
        (
            "the variable names the other rule",
            value("a", 1, json!({ "reference": "other", "path": ["id"] })),
            json!("h2"),
        ),
        ("a value goes first", value("b", 2, json!("literal")), json!("literal")),
        ("the resource sets it", own(json!(5)), json!(5)),
        (
            "the resource refers",
            own(json!({ "reference": "other", "path": ["config", "address"] })),
            json!("10.0.0.2"),
        ),
        ("what it refers to changes", host("h2", "east", "10.0.0.7"), json!("10.0.0.7")),
        ("the resource moves away", vm("north"), json!("10.0.0.0")),
        ("what it refers to goes", ("resource.deleted", json!({ "id": "h0" })), json!("literal")),
        (
            "the resource no longer sets it",
            ("resource-variable.deleted", json!({ "resourceId": "vm", "key": "address" })),
            json!("literal"),
        ),
        ("a rule to environments", rule("env", "env", "environment"), json!("literal")),
        ("the value goes", ("deployment-variable-value.deleted", json!({ "id": "b" })), Json::Null),
        (
            "it refers to an environment",
            value("a", 1, json!({ "reference": "env", "path": ["description"] })),
            Json::Null,
        ),
        ("the environment comes near", environment("e", "north", "two"), json!("two")),
        ("the environment changes", environment("e", "north", "three"), json!("three")),
        (
            "the variable goes",
            ("deployment-variable.deleted", json!({ "id": "address" })),
            Json::Null,
        ),
        (
            "and returns with its values",
            (
                "deployment-variable.created",
                json!({ "id": "address", "deploymentId": "d", "key": "address" }),
            ),
            json!("three"),
        ),
    ] {
        apply(&mut fleet, step);
        assert_eq!(address(&mut fleet), expected, "{name}");
        let again = fleet.reconcile_all().expect("it comes to rest");
        assert_eq!((again.jobs_created, address(&mut fleet)), (0, expected), "{name}: complete");
    }
}

/// 4.3, the vector: a new job once the target has no active job.
#[test]
fn a_changed_property_of_a_related_resource_leads_to_a_job() {
    let mut fleet = start();
    let finish = |fleet: &mut Fleet| {
        let data = json!({ "resourceId": "vm", "environmentId": "e", "deploymentId": "d", "status": "successful", "completedAt": "2025-01-02T00:00:00Z" });
        send(fleet, "job.finished", data).jobs_created
    };
    finish(&mut fleet);
    let jobs = |fleet: &mut Fleet| fleet.targets()[0].jobs.len();
    assert_eq!(jobs(&mut fleet), 1);
    assert_eq!(apply(&mut fleet, host("h1", "west", "10.0.0.9")).jobs_created, 1);
    assert_eq!(apply(&mut fleet, host("h1", "west", "10.0.0.8")).jobs_created, 0, "one is active");
    assert_eq!(finish(&mut fleet), 1, "the newest address");
    assert_eq!(jobs(&mut fleet), 3);
}

/// 4.3: what has no reference variable is not reconciled for its relations.
#[test]
fn a_related_change_reconciles_only_whom_it_concerns() {
    let mut fleet = start();
    assert_eq!(apply(&mut fleet, host("h1", "west", "10.0.0.9")).targets, 1);
    assert_eq!(apply(&mut fleet, host("h1", "west", "10.0.0.9")).targets, 0, "the same value");
    apply(&mut fleet, ("deployment-variable.deleted", json!({ "id": "address" })));
    assert_eq!(apply(&mut fleet, host("h1", "west", "10.0.0.1")).targets, 0);
    assert_eq!(apply(&mut fleet, rule("rule", "other", "resource")).targets, 0);
    assert_eq!(apply(&mut fleet, own(json!(1))).targets, 1, "T(r)");
}

/// Many resources change, and a deployment selects none of them: what its targets have stays known.
#[test]
fn many_changes_elsewhere_forget_nothing() {
    let mut fleet = fleet();
    let variable = json!({ "id": "x", "deploymentId": "d", "key": "k", "defaultValue": 1 });
    for (event_type, data) in [
        ("system.created", json!({ "id": "s" })),
        ("resource.created", json!({ "id": "own", "kind": "own" })),
        ("environment.created", json!({ "id": "e", "systemId": "s", "resourceSelector": "true" })),
        (
            "deployment.created",
            json!({ "id": "d", "systemId": "s", "resourceSelector": "resource.kind == 'own'" }),
        ),
        ("deployment-variable.created", variable),
        (
            "deployment-version.created",
            json!({ "id": "v", "deploymentId": "d", "tag": "v", "status": "ready" }),
        ),
    ] {
        send(&mut fleet, event_type, data);
    }
    let others = (0..1_100).map(|n| ("resource.created", json!({ "id": format!("r{n}") })));
    send_together(&mut fleet, others);
    let triple = fleet.targets()[0].triple.clone();
    let record =
        shakedown_systems::record::record(&fleet, &triple, shakedown_systems::record::Examine::All);
    let desired = record.expect("a target").desired.expect("the version");
    assert_eq!(desired.variables, [("k".to_owned(), json!(1))]);
}
