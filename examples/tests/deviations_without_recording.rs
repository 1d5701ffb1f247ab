//! Deviations that no recorded scenario shows are told from mistakes as well: what the original's
//! rule gives in a scenario made for the purpose is explained by the right number.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use shakedown_examples::conformance::case::Case;
use shakedown_examples::conformance::state::{EVENT, JOBS, State};
use shakedown_examples::conformance::{check, reach};

/// A deviation, and a scenario in which it shows.
struct Shown {
    what: &'static str,
    number: u8,
    /// What happens.
    events: fn() -> Vec<Json>,
    /// What would have to happen for us to decide as the original.
    original: fn() -> Vec<Json>,
    /// What then is still to be changed.
    edit: fn(&mut State),
}

fn event(event_type: &str, data: Json) -> Json {
    json!({ "eventType": event_type, "data": data })
}

/// A system with an agent, a deployment, environments in this order, resources and policy rules.
fn workspace(environments: &[&str], resources: &[&str], rules: Json) -> Vec<Json> {
    let mut events = vec![
        event("system.created", json!({ "id": "sys" })),
        event("job-agent.created", json!({ "id": "agent" })),
    ];
    for id in environments {
        let all = "true";
        let data = json!({ "id": id, "systemId": "sys", "resourceSelector": all });
        events.push(event("environment.created", data));
    }
    let data = json!({ "id": "dep", "systemId": "sys", "resourceSelector": "true", "jobAgentId": "agent" });
    events.push(event("deployment.created", data));
    for id in resources {
        events.push(event("resource.created", json!({ "id": id })));
    }
    events.push(event("policy.created", policy("environment.id == 'prod'", rules)));
    events
}

fn policy(environments: &str, rules: Json) -> Json {
    let selector = json!({ "deploymentSelector": "true", "environmentSelector": environments, "resourceSelector": "true" });
    json!({ "id": "pol", "enabled": true, "selectors": [selector], "rules": rules })
}

fn version(id: &str, status: &str, created_at: &str) -> Json {
    let data = json!({ "id": id, "deploymentId": "dep", "tag": id, "status": status, "createdAt": created_at });
    event("deployment-version.created", data)
}

fn bypass(id: &str, version: &str, place: Json, types: Json) -> Json {
    let mut data = json!({ "id": id, "versionId": version, "bypassRuleTypes": types });
    for (name, value) in place.as_object().into_iter().flatten() {
        data[name] = value.clone();
    }
    event("policy-bypass.created", data)
}

fn finished(resource: &str, environment: &str, status: &str) -> Json {
    let data = json!({
        "resourceId": resource, "environmentId": environment, "deploymentId": "dep",
        "status": status, "completedAt": "2026-01-01T11:30:00Z",
    });
    event("job.finished", data)
}

fn reconcile() -> Json {
    event("reconcile.all", json!({}))
}

fn approval() -> Json {
    json!([{ "id": "rule", "anyApproval": { "minApprovals": 1 } }])
}

/// The events with more at the end.
fn with(mut events: Vec<Json>, more: impl IntoIterator<Item = Json>) -> Vec<Json> {
    events.extend(more);
    events
}

const EARLY: &str = "2026-01-01T09:00:00Z";
const LATE: &str = "2026-01-01T10:00:00Z";

fn queued() -> Vec<Json> {
    let versions = [version("v1", "ready", EARLY), version("v2", "ready", LATE)];
    with(workspace(&["prod"], &["r1"], json!([])), versions)
}

/// Three upstream targets, one of which succeeded.
fn percentage(stated: f64) -> Vec<Json> {
    let rules = json!([{ "id": "rule", "environmentProgression": {
        "dependsOnEnvironmentSelector": "environment.id == 'qa'",
        "minimumSuccessPercentage": stated,
    } }]);
    let events = workspace(&["qa", "prod"], &["r1", "r2", "r3"], rules);
    with(events, [version("v1", "ready", EARLY), finished("r1", "qa", "successful"), reconcile()])
}

fn gated() -> Vec<Json> {
    with(workspace(&["prod"], &["r1"], approval()), [version("v1", "ready", EARLY)])
}

fn without_jobs(state: &mut State) {
    for fields in state.targets.values_mut() {
        fields.insert(JOBS, json!([]));
    }
}

const SHOWN: &[Shown] = &[
    Shown {
        what: "a finished job releases nothing that waits behind it",
        number: 4,
        events: || with(queued(), [finished("r1", "prod", "successful")]),
        original: || with(queued(), [finished("r1", "prod", "successful")]),
        edit: |state| {
            let fields = state.targets.values_mut().next();
            let jobs = fields.and_then(|it| it.get_mut(JOBS)?.as_array_mut());
            jobs.expect("there is a target").truncate(1);
        },
    },
    Shown {
        what: "creating a bypass does nothing",
        number: 5,
        events: || with(gated(), [bypass("b", "v1", json!({}), json!(["approval"]))]),
        original: || with(gated(), [bypass("b", "v1", json!({}), json!(["approval"]))]),
        edit: without_jobs,
    },
    Shown {
        what: "a bypass for a resource hides the one for everything",
        number: 5,
        events: || {
            let exact = json!({ "environmentId": "prod", "resourceId": "r1" });
            let narrow = bypass("a", "v1", exact, json!(["gradualRollout"]));
            let wide = bypass("b", "v1", json!({}), json!(["approval"]));
            with(gated(), [narrow, wide, reconcile()])
        },
        original: gated,
        edit: |_| (),
    },
    Shown {
        what: "a bypass for a resource everywhere never matches",
        number: 5,
        events: || {
            let place = json!({ "resourceId": "r1" });
            with(gated(), [bypass("a", "v1", place, json!(["approval"])), reconcile()])
        },
        original: gated,
        edit: |_| (),
    },
    Shown {
        what: "33.3334 percent of three are one success",
        number: 7,
        events: || percentage(33.3334),
        original: || percentage(33.3333),
        edit: |_| (),
    },
    Shown {
        what: "a policy that lets go of a target does not wake it",
        number: 13,
        events: || with(gated(), [event("policy.updated", policy("false", approval()))]),
        original: || with(gated(), [event("policy.updated", policy("false", approval()))]),
        edit: without_jobs,
    },
    Shown {
        what: "a bypass is live at its end",
        number: 23,
        events: || {
            let end = json!({ "expiresAt": "2026-01-01T12:00:00Z" });
            with(gated(), [bypass("b", "v1", end, json!(["approval"])), reconcile()])
        },
        original: || with(gated(), [bypass("b", "v1", json!({}), json!(["approval"]))]),
        edit: |_| (),
    },
    Shown {
        what: "a version without creation time is the oldest",
        number: 23,
        events: || with(queued(), [version("v0", "ready", ""), finished("r1", "prod", "skipped")]),
        original: || {
            let old = version("v0", "ready", "2025-01-01T00:00:00Z");
            with(queued(), [old, finished("r1", "prod", "skipped")])
        },
        edit: |_| (),
    },
    Shown {
        what: "a broken environment keeps resources away",
        number: 26,
        events: || {
            let data = json!({ "id": "bad", "systemId": "sys", "resourceSelector": "((" });
            let late = event("resource.created", json!({ "id": "r2" }));
            with(gated(), [event("environment.created", data), late])
        },
        original: gated,
        edit: |_| (),
    },
    Shown {
        what: "a bypass lifts the status",
        number: 36,
        events: || {
            let events =
                with(workspace(&["prod"], &["r1"], json!([])), [version("v1", "failed", EARLY)]);
            with(events, [bypass("b", "v1", json!({}), json!(["deployableVersions"])), reconcile()])
        },
        original: || {
            with(workspace(&["prod"], &["r1"], json!([])), [version("v1", "ready", EARLY)])
        },
        edit: |_| (),
    },
];

fn case(events: Vec<Json>) -> Case {
    let scenario = json!({ "name": "made", "now": "2026-01-01T12:00:00Z", "events": events });
    Case::decode(&scenario, State::default(), "made").expect("the events are well-formed")
}

#[test]
fn what_the_originals_rule_gives_is_explained() {
    for shown in SHOWN {
        let mut made = case((shown.events)());
        made.golden = reach(&case((shown.original)()));
        (shown.edit)(&mut made.golden);
        let differences = check(&made).differences;
        let numbers: BTreeSet<_> = differences.iter().map(|it| it.deviation).collect();
        assert_eq!(numbers, [Some(shown.number)].into(), "{}: {differences:#?}", shown.what);
    }
}

#[test]
fn what_it_does_not_give_is_not() {
    for shown in SHOWN {
        let mut made = case((shown.events)());
        made.golden = reach(&case((shown.original)()));
        (shown.edit)(&mut made.golden);
        for fields in made.golden.targets.values_mut() {
            fields.insert(JOBS, json!([{ "versionId": "other", "status": "pending" }]));
        }
        assert!(check(&made).unexplained().is_some(), "{}", shown.what);
    }
}

#[test]
fn refused_events_are_differences() {
    let record = |version: &str| json!({ "versionId": version, "environmentId": "prod", "userId": "u", "status": "approved" });
    let taken = json!({ "id": "r2", "identifier": "r1" });
    let retries = json!([{ "id": "rule", "retry": { "maxRetries": -1 } }]);
    for (number, refused) in [
        (Some(16), event("resource.created", taken)),
        (Some(26), event("policy.updated", policy("((", approval()))),
        (Some(34), event("policy.updated", policy("true", retries))),
        (Some(34), event("user-approval-record.created", record("unknown"))),
        (None, json!({ "eventType": "workspace.tick", "at": "2000-01-01T00:00:00Z", "data": {} })),
    ] {
        let mut made = case(with(gated(), [refused.clone()]));
        made.golden = reach(&case(gated()));
        let differences = check(&made).differences;
        let found: Vec<_> = differences.iter().map(|it| (it.field, it.deviation)).collect();
        assert_eq!(found, [(EVENT, number)], "{refused}");
        assert_eq!(differences[0].expected, refused);
    }
}
