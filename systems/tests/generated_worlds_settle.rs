//! Generated worlds: the oracle takes every event list, comes to rest, and one more look changes nothing.
//!
//! These are the properties the oracle promises by itself; tests that compare an engine with it rely on them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::model::reason::{Pass, Reason};

use crate::generate::{Config, START, events};
use crate::oracle::{Oracle, Verdict, parse_time};

fn oracle() -> Oracle {
    Oracle::new("ws-1", parse_time(START).expect("the start is a time"), true)
}

/// Rejections that a generated list may contain: made on purpose, or because the stock was wrong about what exists.
const EXPECTED: [&str; 7] = [
    "not_found",
    "missing_field",
    "invalid_selector",
    "invalid_value",
    "unknown_event",
    "conflict",
    "malformed: nothing",
];

#[test]
fn the_same_seed_gives_the_same_list() {
    for seed in 0..20 {
        assert_eq!(events(seed, &Config::full()), events(seed, &Config::full()), "seed {seed}");
    }
    assert_ne!(events(1, &Config::full()), events(2, &Config::full()));
}

#[test]
fn every_list_is_taken_and_settles() {
    for (name, config) in [("core", Config::core()), ("full", Config::full())] {
        for seed in 0..12 {
            let mut oracle = oracle();
            for (at, event) in events(seed, &config).iter().enumerate() {
                let before = oracle.clone();
                let translated = oracle.translate(event);
                if let Err(error) = oracle.apply(event) {
                    let expected = EXPECTED.iter().any(|class| error.starts_with(class));
                    assert!(expected, "{name} seed {seed} event {at}: {error}\n{event}");
                    assert!(
                        oracle.same(&before),
                        "{name} seed {seed} event {at}: a rejected event left traces"
                    );
                }
                let mut twin = before;
                let _ = twin.apply(&translated); // rejected just like the original
                assert!(
                    oracle.same(&twin),
                    "{name} seed {seed} event {at}: {translated} is not {event}"
                );
                let settled = oracle.clone();
                oracle
                    .apply(&json!({ "eventType": "reconcile.all", "data": {} }))
                    .expect("a pseudo event");
                assert!(
                    oracle.same(&settled),
                    "{name} seed {seed} event {at}: not settled after {event}"
                );
                let keys: BTreeSet<String> =
                    oracle.targets().iter().map(|target| target.key()).collect();
                assert_eq!(
                    keys.len(),
                    oracle.targets().len(),
                    "{name} seed {seed} event {at}: equal target keys"
                );
            }
        }
    }
}

/// Nobody is held back without a reason, and an allowed target has its job.
#[test]
fn every_target_has_a_job_or_a_reason() {
    for seed in 0..20 {
        let mut oracle = oracle();
        for event in events(seed, &Config::full()) {
            let _ = oracle.apply(&event); // rejections are the other test's
        }
        for target in oracle.targets() {
            let view = oracle.view(target);
            match &view.eligibility {
                None => assert!(
                    view.candidates.iter().all(|candidate| !candidate.blocked_by.is_empty()),
                    "seed {seed} {}: nothing desired and nothing blocked",
                    target.key()
                ),
                Some((verdict, _)) => {
                    assert_ne!(
                        *verdict,
                        Verdict::Allowed,
                        "seed {seed} {}: a job is missing",
                        target.key()
                    );
                    assert!(
                        !view.jobs.is_empty() || *verdict == Verdict::Pending,
                        "seed {seed} {}",
                        target.key()
                    );
                }
            }
            assert!(
                view.next.is_none_or(|next| next > oracle.now()),
                "seed {seed} {}: overdue",
                target.key()
            );
        }
    }
}

/// The lists are worth running: over some seeds every code of the specification that can occur does occur.
#[test]
fn the_lists_reach_every_rule() {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    for seed in 0..80 {
        let mut oracle = oracle();
        for event in events(seed, &Config::full()) {
            let _ = oracle.apply(&event); // rejections are the other test's
            for target in oracle.targets() {
                let view = oracle.view(target);
                let of_versions = view.candidates.iter().flat_map(|candidate| &candidate.results);
                let of_eligibility = view.eligibility.iter().flat_map(|(_, results)| results);
                for result in of_versions.chain(of_eligibility) {
                    *seen.entry(result.code).or_default() += 1;
                }
            }
        }
    }
    // Of the plan, not of a check: why a target desires nothing.
    let is_of_a_check = |code: &&str| !code.starts_with("plan.");
    let codes = Reason::ALL.iter().map(|reason| reason.code());
    let codes = codes.chain(Pass::ALL.iter().map(|pass| pass.code()));
    let missing: Vec<&str> =
        codes.filter(is_of_a_check).filter(|code| !seen.contains_key(code)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}\n{seen:?}");
}
