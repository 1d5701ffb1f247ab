//! The decision record of every target equals the one that the oracle makes, with which it shares no
//! code: candidates, results with parameters, verdicts and times, eligibility, the next instant, and
//! the earliest of these is found without asking every target.
//! Only the texts of selector errors may differ.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shakedown_engine::base::time::{HOUR, MINUTE, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::Dialect;
use shakedown_engine::model::reason::Verdict;
use shakedown_engine::wire::event::{Event, Triple};
use shakedown_systems::record::{Examine, next_change, record};

use crate::generate::{self, Config};
use crate::oracle::Oracle;

/// The record with the texts of errors left out; the codes of all results are added to `seen`.
fn without_texts(mut record: Value, seen: &mut BTreeSet<String>) -> Value {
    for policy in record["failedPolicies"].as_array_mut().expect("policies are a list") {
        seen.insert("a failed policy".to_owned());
        assert!(
            policy["error"].as_str().is_some_and(|text| !text.is_empty()),
            "errors have a text"
        );
        policy["error"] = Value::Null;
    }
    let mut mask = |results: &mut Value| {
        for result in results.as_array_mut().expect("results are a list") {
            seen.insert(result["code"].as_str().expect("codes are text").to_owned());
            if let Some(error) = result["params"].get_mut("error") {
                assert!(error.as_str().is_some_and(|text| !text.is_empty()), "errors have a text");
                *error = Value::Null;
            }
        }
    };
    for candidate in record["candidates"].as_array_mut().expect("candidates are a list") {
        mask(&mut candidate["results"]);
    }
    if !record["eligibility"].is_null() {
        mask(&mut record["eligibility"]["results"]);
    }
    record
}

fn compare(fleet: &mut Fleet, oracle: &Oracle, place: &str, seen: &mut BTreeSet<String>) {
    assert_eq!(next_change(fleet).map(|at| at.0), oracle.due(), "{place}: the next of all targets");
    for target in oracle.targets() {
        let triple = Triple {
            resource_id: target.resource.clone(),
            environment_id: target.environment.clone(),
            deployment_id: target.deployment.clone(),
        };
        let whole = record(fleet, &triple, Examine::All).expect("the engine knows the target");
        let ours = without_texts(whole.to_json(), seen);
        let theirs = without_texts(oracle.record(target), seen);
        assert_eq!(ours, theirs, "{place}\nours {ours:#}\ntheirs {theirs:#}");
        let short = record(fleet, &triple, Examine::UpToChosen).expect("it still does");
        let chosen = whole.candidates.iter().position(|it| it.verdict == Verdict::Allowed);
        let mut expected = whole;
        expected.candidates.truncate(chosen.map_or(usize::MAX, |at| at + 1));
        assert_eq!(short, expected, "{place}: planning examines no more");
    }
}

/// Compares all records after every event of the worlds of `seeds`; returns the codes seen.
fn check(seeds: std::ops::Range<u64>, config: &Config) -> BTreeSet<String> {
    check_events(seeds, |seed| generate::events(seed, config))
}

/// The same of worlds made otherwise.
fn check_events(
    seeds: std::ops::Range<u64>,
    events: impl Fn(u64) -> Vec<Value>,
) -> BTreeSet<String> {
    let now = SimTime::parse(generate::START).expect("a time");
    let mut seen = BTreeSet::new();
    for seed in seeds {
        let dialect = generate::dialect(seed);
        let mut fleet = shakedown_systems::fleet_in(dialect, "ws-1", now);
        let mut oracle = Oracle::new("ws-1", now.0, dialect == Dialect::TODAY);
        for (at, json) in events(seed).iter().enumerate() {
            if let Ok(event) = Event::decode(json, fleet.now()) {
                fleet.apply(event).ok();
            }
            oracle.apply(json).ok();
            compare(&mut fleet, &oracle, &format!("seed {seed}, event {at}: {json}"), &mut seen);
        }
        if let Some(due) = oracle.due() {
            oracle.advance(due).expect("timers are not in the past");
            fleet.advance(SimTime(due), &mut |_, _| {}).expect("the same instant");
            compare(&mut fleet, &oracle, &format!("seed {seed}, at the next timer"), &mut seen);
        }
    }
    seen
}

fn check_rules(seeds: std::ops::Range<u64>, rules: &'static [&'static str], codes: &[&str]) {
    let config = Config { rules, churn: true, systems: 2, ..Config::core() };
    let seen = check(seeds, &config);
    for code in codes {
        assert!(seen.contains(*code), "no world shows {code}; they show {seen:?}");
    }
}

/// A gate that is waived moves the start of a rollout when a success becomes too old, and nothing else tells
/// of it; a gate that stays closed says why in other words.
#[test]
fn on_a_world_whose_reasons_change_by_themselves() {
    let gate = |percent: u32| {
        json!({ "id": "g", "environmentProgression": {
            "dependsOnEnvironmentSelector": { "cel": "environment.name == 'up'" },
            "minimumSuccessPercentage": percent, "minimumSoakTimeMinutes": 30, "maximumAgeHours": 2 } })
    };
    let rollout = json!({ "id": "b", "gradualRollout": {
        "rolloutType": "linear", "timeScaleInterval": 90_000 } });
    for rules in [json!([gate(100)]), json!([gate(50), rollout])] {
        let events = one_version(&rules);
        check_events(0..2, |_| events.clone());
    }
}

/// One version, which succeeds on one target of `up`; what holds it back in `down` is waived later, for a day.
fn one_version(rules: &Value) -> Vec<Value> {
    let everything = json!({ "cel": "true" });
    let named = |id: &str| {
        json!({ "id": id, "name": id, "slug": id, "systemId": "s", "deploymentId": "d", "tag": id,
            "identifier": id, "kind": "vm", "status": "ready", "jobAgentId": "agent",
            "resourceSelector": everything })
    };
    let now = SimTime::parse(generate::START).expect("a time");
    let policy = json!({ "id": "p", "name": "p", "enabled": true, "rules": rules,
        "selector": "environment.name == 'down'" });
    let bypass = json!({ "id": "w", "versionId": "v", "createdBy": "u",
        "bypassRuleTypes": ["environmentProgression"],
        "expiresAt": now.plus(24 * HOUR).to_string() });
    let success = json!({ "resourceId": "r1", "environmentId": "up", "deploymentId": "d",
        "status": "successful" });
    let told = [
        (0, "system.created", named("s")),
        (0, "job-agent.created", named("agent")),
        (0, "resource.created", named("r1")),
        (0, "resource.created", named("r2")),
        (0, "environment.created", named("up")),
        (0, "environment.created", named("down")),
        (0, "deployment.created", named("d")),
        (0, "policy.created", policy),
        (0, "deployment-version.created", named("v")),
        (MINUTE, "job.finished", success),
        (40 * MINUTE, "workspace.tick", json!({})),
        (41 * MINUTE, "policy-bypass.created", bypass),
        (HOUR, "workspace.tick", json!({})),
        (3 * HOUR, "workspace.tick", json!({})),
        (25 * HOUR, "workspace.tick", json!({})),
    ];
    let event = |(later, kind, data): (i64, &str, Value)| json!({ "eventType": kind, "at": now.plus(later).to_string(), "data": data });
    told.into_iter().map(event).collect()
}

#[test]
fn on_worlds_with_approval_and_rollout() {
    let codes = [
        "status.ready",
        "status.paused",
        "status.paused_kept",
        "status.not_ready",
        "approval.none_required",
        "approval.met",
        "approval.already_deployed",
        "approval.not_enough",
        "rollout.already_released",
        "rollout.due",
        "rollout.not_started",
        "rollout.waiting",
    ];
    check_rules(2015..2027, &["anyApproval", "gradualRollout"], &codes);
}

#[test]
fn on_worlds_with_environment_progression() {
    let codes = [
        "progression.met",
        "progression.no_upstream",
        "progression.not_met",
        "progression.selector_error",
    ];
    check_rules(2104..2116, &["environmentProgression", "gradualRollout"], &codes);
}

#[test]
fn on_worlds_with_version_selectors_and_cooldowns() {
    let codes = [
        "version_selector.match",
        "version_selector.no_match",
        "version_selector.error",
        "cooldown.no_reference",
        "cooldown.same_version",
        "cooldown.passed",
        "cooldown.waiting",
    ];
    check_rules(2200..2212, &["versionSelector", "versionCooldown"], &codes);
}

#[test]
fn on_worlds_with_dependencies() {
    let codes = [
        "version_dependency.none",
        "version_dependency.met",
        "version_dependency.unmet",
        "version_dependency.selector_error",
        "dependency.met",
        "dependency.unmet",
        "dependency.selector_error",
    ];
    check_rules(2301..2313, &["deploymentDependency", "versionDependency"], &codes);
}

#[test]
fn on_worlds_with_waivers_and_retries() {
    let codes = [
        "waived",
        "concurrency.free",
        "concurrency.active_job",
        "repeat.not_succeeded",
        "repeat.already_succeeded",
        "repeat.stopped",
        "agent.ok",
        "agent.missing",
        "retry.first_attempt",
        "retry.allowed",
        "retry.backoff",
        "retry.exhausted",
    ];
    check_rules(2401..2413, &["anyApproval", "gradualRollout", "bypass", "retry"], &codes);
}

#[test]
fn on_worlds_with_concurrency_limits() {
    let codes = [
        "waived",
        "concurrency_limit.free",
        "concurrency_limit.waiting",
        "concurrency_limit.stopped",
    ];
    check_rules(2600..2612, &["concurrencyLimit", "anyApproval", "retry", "bypass"], &codes);
}

#[test]
fn on_worlds_with_windows() {
    let codes = [
        "window.first_deployment",
        "window.settled",
        "window.open",
        "window.closed",
        "window.denied",
        "window.clear",
        "rollout.waiting",
        "waived",
    ];
    check_rules(2700..2724, &["deploymentWindow", "gradualRollout", "bypass"], &codes);
}

#[test]
fn on_worlds_with_policies_whose_selectors_fail() {
    let config = Config { rules: &["anyApproval"], churn: true, systems: 2, ..Config::core() };
    let events = |seed| generate::failing(seed, generate::events(seed, &config));
    let seen = check_events(2730..2742, events);
    assert!(seen.contains("a failed policy"), "the worlds show {seen:?}");
}

#[test]
fn on_worlds_with_everything() {
    check(2500..2510, &Config::full());
}
