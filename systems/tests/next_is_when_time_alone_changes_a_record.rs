//! `next` of a target is the earliest instant at which time alone changes anything that is told of it: until
//! then a record says the same at every instant, and then it says something else. What other targets do
//! meanwhile is no part of it, and so is no version older than the desired one.
//!
//! Shown of the oracle, whose records the engine's equal (`records_equal_the_oracle`): it can be asked of an
//! instant without anything being done until then.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shakedown_engine::base::time::{HOUR, MINUTE, SECOND, SimTime};
use shakedown_engine::model::Dialect;

use crate::generate::{self, Config};
use crate::oracle::{Oracle, Target, format_time, parse_time};

/// What is told of a target, but for the instants themselves.
fn told(oracle: &Oracle, target: &Target) -> Value {
    let mut record = oracle.record(target);
    let candidates = record["candidates"].as_array_mut().expect("candidates are a list");
    let chosen = candidates.iter().position(|it| it["verdict"] == "allowed");
    candidates.truncate(chosen.map_or(usize::MAX, |at| at + 1));
    if let Some(results) = record["eligibility"].get_mut("results") {
        for result in results.as_array_mut().expect("results are a list") {
            // Who is in line before it is what others do.
            if let Some(ahead) = result["params"].get_mut("ahead") {
                *ahead = Value::Null;
            }
        }
    }
    (record["at"], record["next"]) = (Value::Null, Value::Null);
    record
}

/// The instants that are mentioned anywhere.
fn mentioned(value: &Value, found: &mut BTreeSet<i64>) {
    match value {
        Value::String(text) => found.extend(parse_time(text).ok()),
        Value::Array(items) => items.iter().for_each(|it| mentioned(it, found)),
        Value::Object(members) => members.values().for_each(|it| mentioned(it, found)),
        _ => {}
    }
}

/// How many records changed at their `next`, by the codes that were told before and not after.
type Seen = BTreeMap<String, usize>;

fn codes(told: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let candidates = told["candidates"].as_array().into_iter().flatten();
    for part in candidates.chain([&told["eligibility"]]) {
        for result in part["results"].as_array().into_iter().flatten() {
            found.insert(format!("{} {}", result["code"], result["params"]));
        }
    }
    found
}

fn check(oracle: &Oracle, place: &str, seen: &mut Seen) {
    for target in oracle.targets() {
        let (now, before) = (oracle.now(), told(oracle, target));
        let next = oracle.view(target).next;
        let mut instants: BTreeSet<i64> =
            [1, MINUTE, 7 * MINUTE, HOUR, 5 * HOUR, 24 * HOUR, 900 * HOUR]
                .map(|later| now + later)
                .into();
        mentioned(&oracle.record(target), &mut instants);
        instants.extend(next.map(|next| next - 1));
        let until = next.unwrap_or(i64::MAX);
        for &at in instants.iter().filter(|&&at| now < at && at < until) {
            let then = told(&oracle.at(at), target);
            let at = SimTime(at);
            assert_eq!(before, then, "{place}, {target:?}: at {at} already, next is {next:?}");
        }
        let Some(next) = next else { continue };
        let then = told(&oracle.at(next), target);
        assert_ne!(before, then, "{place}, {target:?}: nothing changes at {}", SimTime(next));
        for told in codes(&before).difference(&codes(&then)) {
            let code = told.split(' ').next().unwrap_or_default().trim_matches('"');
            *seen.entry(code.to_owned()).or_default() += 1;
        }
    }
}

/// Checks every record after some of the events of the worlds of `seeds`.
fn check_worlds(seeds: std::ops::Range<u64>, config: &Config) -> Seen {
    let now = SimTime::parse(generate::START).expect("a time");
    let mut seen = Seen::new();
    for seed in seeds {
        let mut oracle = Oracle::new("ws-1", now.0, generate::dialect(seed) == Dialect::TODAY);
        for (at, json) in generate::events(seed, config).iter().enumerate() {
            oracle.apply(json).ok();
            if at % 5 == 0 {
                check(&oracle, &format!("seed {seed}, event {at}: {json}"), &mut seen);
            }
        }
    }
    seen
}

fn check_codes(seen: &Seen, codes: &[&str]) {
    for code in codes {
        assert!(seen.contains_key(*code), "{code} never ends; what does is {seen:?}");
    }
}

#[test]
fn on_worlds_with_everything() {
    let seen = check_worlds(3_100..3_107, &Config::full());
    let codes = ["rollout.waiting", "waived"];
    check_codes(&seen, &codes);
}

#[test]
fn on_worlds_with_progressions_and_waivers() {
    let rules = &["environmentProgression", "gradualRollout", "bypass", "retry"];
    let config = Config { rules, churn: true, systems: 2, ..Config::core() };
    let seen = check_worlds(3_200..3_207, &config);
    check_codes(&seen, &["progression.met", "rollout.waiting"]);
}

#[test]
fn on_worlds_with_windows() {
    let rules = &["deploymentWindow", "gradualRollout", "bypass", "versionCooldown"];
    let config = Config { rules, churn: true, systems: 2, ..Config::core() };
    let seen = check_worlds(3_300..3_307, &config);
    check_codes(&seen, &["waived", "window.open", "window.clear", "window.denied"]);
}

/// A workspace with one system and one version that goes on from `up` to `down`, under these rules.
fn one_version(rules: Value) -> Oracle {
    let now = SimTime::parse(generate::START).expect("a time").0;
    let mut oracle = Oracle::new("ws-1", now, true);
    let everything = json!({ "cel": "true" });
    for id in ["r1", "r2"] {
        send(
            &mut oracle,
            0,
            "resource.created",
            json!({ "id": id, "identifier": id, "kind": "vm" }),
        );
    }
    send(&mut oracle, 0, "system.created", json!({ "id": "s" }));
    for id in ["up", "down"] {
        let environment =
            json!({ "id": id, "name": id, "systemId": "s", "resourceSelector": everything });
        send(&mut oracle, 0, "environment.created", environment);
    }
    send(&mut oracle, 0, "job-agent.created", json!({ "id": "agent" }));
    let deployment = json!({ "id": "d", "slug": "d", "systemId": "s", "resourceSelector": everything,
        "jobAgentId": "agent" });
    send(&mut oracle, 0, "deployment.created", deployment);
    let policy = json!({ "id": "p", "name": "p", "enabled": true, "rules": rules,
        "selector": "environment.name == 'down'" });
    send(&mut oracle, 0, "policy.created", policy);
    let version = json!({ "id": "v", "deploymentId": "d", "tag": "1", "status": "ready" });
    send(&mut oracle, 0, "deployment-version.created", version);
    oracle
}

/// Something happens so many nanoseconds after the beginning.
fn send(oracle: &mut Oracle, later: i64, event: &str, data: Value) {
    let start = SimTime::parse(generate::START).expect("a time").0;
    let event = json!({ "eventType": event, "at": format_time(start + later), "data": data });
    oracle.apply(&event).expect("the event is sound");
}

/// The job of a target in `up` succeeds.
fn succeed(oracle: &mut Oracle, later: i64, resource: &str) {
    let target =
        oracle.targets().iter().find(|it| it.environment == "up" && it.resource == resource);
    let job = oracle.jobs(target.expect("it is a target")).pop().expect("nothing holds it back").id;
    let start = SimTime::parse(generate::START).expect("a time").0;
    let completed =
        json!({ "id": job, "status": "successful", "completedAt": format_time(start + later) });
    let data = json!({ "id": job, "fieldsToUpdate": ["status", "completedAt"], "job": completed });
    send(oracle, later, "job.updated", data);
}

/// How long after the beginning time alone changes what is told of `r1` in `down`.
fn next(oracle: &Oracle) -> Option<i64> {
    let start = SimTime::parse(generate::START).expect("a time").0;
    let target = oracle.targets().iter().find(|it| it.environment == "down" && it.resource == "r1");
    let view = oracle.view(target.expect("it is a target"));
    check(oracle, "one version", &mut Seen::new());
    view.next.map(|next| next - start)
}

/// An approval holds it back, and its rollout is waived for an hour: the reasons are others then, though it
/// stays where it is.
#[test]
fn a_waiver_that_ends_changes_the_reasons_alone() {
    let mut oracle = one_version(json!([
        { "id": "a", "anyApproval": { "minApprovals": 1 } },
        { "id": "b", "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 60 } },
    ]));
    assert_eq!(next(&oracle), None);
    let start = SimTime::parse(generate::START).expect("a time").0;
    let bypass = json!({ "id": "w", "versionId": "v", "bypassRuleTypes": ["gradualRollout"],
        "expiresAt": format_time(start + HOUR), "createdBy": "u" });
    send(&mut oracle, SECOND, "policy-bypass.created", bypass);
    assert_eq!(next(&oracle), Some(HOUR));
}

/// A soak ends while too few have succeeded, and what succeeded becomes too old: it stays held back.
#[test]
fn a_gate_that_stays_closed_says_so_otherwise() {
    let mut oracle = one_version(json!([{ "id": "g", "environmentProgression": {
        "dependsOnEnvironmentSelector": { "cel": "environment.name == 'up'" },
        "minimumSuccessPercentage": 100, "minimumSoakTimeMinutes": 30, "maximumAgeHours": 2 } }]));
    assert_eq!(next(&oracle), None);
    succeed(&mut oracle, MINUTE, "r1");
    assert_eq!(next(&oracle), Some(31 * MINUTE));
    send(&mut oracle, 40 * MINUTE, "workspace.tick", json!({}));
    assert_eq!(next(&oracle), Some(2 * HOUR + MINUTE + 1));
    send(&mut oracle, 3 * HOUR, "workspace.tick", json!({}));
    assert_eq!(next(&oracle), None);
}

/// A rollout that began with a success begins with the waiver instead once the success is too old; as the gate
/// is waived, nothing else tells of that.
#[test]
fn a_waived_gate_moves_a_rollout() {
    let mut oracle = one_version(json!([
        { "id": "g", "environmentProgression": {
            "dependsOnEnvironmentSelector": { "cel": "environment.name == 'up'" },
            "minimumSuccessPercentage": 50, "maximumAgeHours": 1 } },
        { "id": "b", "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 90_000 } },
    ]));
    succeed(&mut oracle, MINUTE, "r1");
    let bypass = json!({ "id": "w", "versionId": "v", "createdBy": "u",
        "bypassRuleTypes": ["environmentProgression"] });
    send(&mut oracle, 2 * MINUTE, "policy-bypass.created", bypass);
    let starts = |oracle: &Oracle| {
        check(oracle, "one version", &mut Seen::new());
        let down = oracle.targets().iter().filter(|it| it.environment == "down");
        let next = down.filter_map(|target| oracle.view(target).next).min();
        next.expect("somebody waits") - SimTime::parse(generate::START).expect("a time").0
    };
    assert_eq!(starts(&oracle), HOUR + MINUTE + 1);
    send(&mut oracle, 2 * HOUR, "workspace.tick", json!({}));
    assert_eq!(starts(&oracle), 90_000 * SECOND + 2 * MINUTE);
}
