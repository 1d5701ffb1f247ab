//! Told of a rollout that takes longer than the windows of its targets are open: how many go out one by
//! one, and how many at once when they open again. What is told is what then happens.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::DiagnosticCode;
use shakedown_engine::wire::event::Event;
use shakedown_systems::diagnostics::diagnostics;

use crate::send::{fleet, send};

const TARGETS: u32 = 40;

fn send_at(fleet: &mut Fleet, at: &str, event_type: &str, data: Json) {
    let envelope = json!({ "eventType": event_type, "at": at, "data": data });
    fleet.apply(Event::decode(&envelope, fleet.now()).expect(event_type)).expect(event_type);
}

/// Forty targets that run v1, at midnight of Monday, 2026-01-05.
fn workspace() -> Fleet {
    let mut fleet = fleet();
    let at = "2026-01-05T00:00:00Z";
    for (kind, data) in [
        ("system.created", json!({ "id": "s" })),
        ("job-agent.created", json!({ "id": "a" })),
        (
            "environment.created",
            json!({ "id": "prod", "name": "prod", "systemId": "s",
            "resourceSelector": "true" }),
        ),
        (
            "deployment.created",
            json!({ "id": "d", "slug": "d", "systemId": "s", "jobAgentId": "a",
            "resourceSelector": "true" }),
        ),
        (
            "deployment-version.created",
            json!({ "id": "v1", "deploymentId": "d", "tag": "v1", "status": "ready" }),
        ),
    ] {
        send_at(&mut fleet, at, kind, data);
    }
    for resource in 0..TARGETS {
        let id = format!("r{resource:02}");
        send_at(&mut fleet, at, "resource.created", json!({ "id": id, "kind": "vm" }));
        let report = json!({ "resourceId": id, "environmentId": "prod", "deploymentId": "d",
            "status": "successful", "completedAt": at });
        send_at(&mut fleet, at, "job.finished", report);
    }
    fleet
}

fn policy(fleet: &mut Fleet, id: &str, rules: Json) {
    let data = json!({ "id": id, "enabled": true, "selectors": [{}], "rules": rules });
    send(fleet, "policy.created", data);
}

fn rollout(interval: u32, kind: &str) -> Json {
    let member = json!({ "timeScaleInterval": interval, "rolloutType": kind });
    json!({ "id": "slowly", "gradualRollout": member })
}

fn window(rrule: &str, minutes: u32, allow: bool) -> Json {
    let member = json!({ "rrule": rrule, "durationMinutes": minutes, "allowWindow": allow });
    json!({ "id": "hours", "deploymentWindow": member })
}

#[test]
fn what_is_told_is_what_happens() {
    let morning = || window("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", 120, true);
    let night = window("FREQ=DAILY;BYHOUR=20;BYMINUTE=0;BYSECOND=0", 720, false);
    let hourly = window("FREQ=HOURLY;BYMINUTE=0;BYSECOND=0", 60, true);
    let short = window("FREQ=HOURLY;BYMINUTE=0;BYSECOND=0", 30, true);
    // (rollout, window, how many go out one by one, how many at once)
    for (name, rollout, window, expected) in [
        ("a slot in ten minutes", rollout(600, "linear"), morning(), Some((12, 28))),
        ("it fits", rollout(180, "linear"), morning(), None),
        ("it just fits", rollout(184, "linear"), morning(), None),
        ("the last comes too late", rollout(185, "linear"), morning(), None),
        ("the last two do", rollout(190, "linear"), morning(), Some((38, 2))),
        ("one a day, in the window", rollout(86_400, "linear"), morning(), None),
        ("three a day", rollout(28_800, "linear"), morning(), Some((1, 3))),
        ("normalized over a day", rollout(86_400, "linear-normalized"), morning(), Some((4, 36))),
        ("normalized over an hour", rollout(3_600, "linear-normalized"), morning(), None),
        ("denied at night", rollout(1_800, "linear"), night, Some((24, 16))),
        ("windows that touch", rollout(1_800, "linear"), hourly, None),
        ("all at once", rollout(0, "linear"), morning(), None),
        ("a pause every hour", rollout(600, "linear"), short, Some((3, 4))),
    ] {
        let mut fleet = workspace();
        policy(&mut fleet, "p", json!([rollout, window]));
        let found: Vec<_> = diagnostics(&fleet)
            .into_iter()
            .filter(|it| it.code == DiagnosticCode::RolloutCutShort)
            .collect();
        let counts =
            found.first().map(|it| (it.params["before"].clone(), it.params["together"].clone()));
        let wanted = expected.map(|(before, together)| (json!(before), json!(together)));
        assert_eq!(counts, wanted, "{name}: {found:?}");
        let Some(it) = found.first() else { continue };
        assert_eq!((found.len(), &it.params["ruleId"]), (1, &json!("slowly")));
        // A version that is made while the windows are closed, and the jobs that it gets.
        let time = |member: &str| SimTime::parse(it.params[member].as_str().unwrap()).unwrap();
        let (start, opens) = (time("start"), time("opens"));
        let made = start.plus(-1_000_000_000).to_string();
        let version = json!({ "id": "v2", "deploymentId": "d", "tag": "v2", "status": "ready" });
        send_at(&mut fleet, &made, "deployment-version.created", version);
        let mut jobs: BTreeMap<SimTime, u32> = BTreeMap::new();
        fleet
            .advance(opens, &mut |at, report| {
                *jobs.entry(at).or_default() += u32::try_from(report.jobs.len()).unwrap();
            })
            .unwrap();
        let (before, together) = expected.unwrap();
        assert_eq!(jobs.get(&opens), Some(&together), "{name}: {jobs:?}");
        assert_eq!(jobs.range(..opens).map(|(_, count)| count).sum::<u32>(), before, "{name}");
    }
}

#[test]
fn it_is_told_of_targets_that_have_both() {
    let mut fleet = workspace();
    let told = |fleet: &Fleet| -> Vec<String> {
        let found = diagnostics(fleet).into_iter();
        found
            .filter(|it| it.code == DiagnosticCode::RolloutCutShort)
            .map(|it| it.to_string())
            .collect()
    };
    policy(&mut fleet, "p", json!([rollout(600, "linear")]));
    assert_eq!(told(&fleet), [""; 0], "no window");
    let hours = window("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", 120, true);
    let elsewhere = json!({ "id": "q", "enabled": true, "rules": [hours],
        "selectors": [{ "environmentSelector": "environment.name == 'qa'" }] });
    send(&mut fleet, "policy.created", elsewhere);
    assert_eq!(told(&fleet), [""; 0], "a window of others");
    policy(&mut fleet, "q", json!([hours]));
    assert_eq!(
        told(&fleet),
        [
            "policy `p` rule `slowly` rolls out for longer than the windows of its targets are open: begun \
          with them at 2026-01-05T09:00:00Z, 12 of the 40 targets of deployment `d` in environment \
          `prod` have had their turn when they close at 2026-01-05T11:00:00Z, and 28 go out at once at \
          2026-01-06T09:00:00Z"
        ]
    );
    send(&mut fleet, "policy.deleted", json!({ "id": "q" }));
    assert_eq!(told(&fleet), [""; 0]);
}
