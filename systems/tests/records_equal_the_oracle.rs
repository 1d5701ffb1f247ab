//! The decision record of every target equals the one that the oracle makes, with which it shares no
//! code: candidates, results with parameters, verdicts and times, eligibility, the next instant, and
//! the earliest of these is found without asking every target.
//! Only the texts of selector errors may differ.

use std::collections::BTreeSet;

use serde_json::Value;
use shakedown_engine::base::time::SimTime;
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
