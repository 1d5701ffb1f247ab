//! A timer reconciles the targets that came due, not their cohort (SEMANTICS 12): a rollout of n
//! slots costs n reconciled targets, not n times n.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{HOUR, SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::reason::Reason;

use crate::send::{self, send, send_together};

/// One deployment on `targets` resources in one environment, under one policy with `rule`.
fn world(targets: usize, rule: &Json) -> Fleet {
    let mut fleet = send::fleet();
    let everything = json!("true");
    let mut rule = rule.clone();
    rule["id"] = json!("rule");
    let catalogue = [
        ("job-agent.created", json!({ "id": "a", "type": "t" })),
        (
            "environment.created",
            json!({ "id": "e", "systemId": "s", "resourceSelector": everything }),
        ),
        (
            "deployment.created",
            json!({ "id": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": everything }),
        ),
        (
            "policy.created",
            json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": [rule] }),
        ),
    ];
    let resources =
        (0..targets).map(|at| ("resource.created", json!({ "id": format!("r{at:04}") })));
    send_together(&mut fleet, catalogue.into_iter().chain(resources));
    fleet
}

fn create_version(fleet: &mut Fleet, id: &str, created_at: SimTime) -> Report {
    let created_at = created_at.to_string();
    let data = json!({ "id": id, "deploymentId": "d", "status": "ready", "createdAt": created_at });
    send(fleet, "deployment-version.created", data)
}

/// What each instant on the way to `to` caused.
fn advance(fleet: &mut Fleet, to: SimTime) -> Vec<(SimTime, Report)> {
    let mut instants = Vec::new();
    fleet.advance(to, &mut |at, report| instants.push((at, report.clone()))).expect("forward");
    instants
}

fn finish(fleet: &mut Fleet, resource: usize, status: &str) -> Report {
    let completed_at = fleet.now().to_string();
    let data = json!({
        "resourceId": format!("r{resource:04}"), "environmentId": "e", "deploymentId": "d",
        "status": status, "completedAt": completed_at,
    });
    send(fleet, "job.finished", data)
}

#[test]
fn a_linear_rollout_reconciles_one_target_per_slot() {
    let mut fleet = world(
        300,
        &json!({ "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 60 } }),
    );
    let start = fleet.now();
    let report = create_version(&mut fleet, "v1", start);
    assert_eq!((report.targets, report.jobs_created), (300, 1));
    let instants = advance(&mut fleet, start.plus(400 * 60 * SECOND));
    assert_eq!(instants.len(), 299);
    for (slot, (at, report)) in (1..).zip(&instants) {
        assert_eq!(*at, start.plus(slot * 60 * SECOND));
        assert_eq!((report.targets, report.jobs_created), (1, 1), "slot {slot}");
        assert_eq!(report.lost[Reason::RolloutWaiting as usize], 1, "slot {slot}");
        assert_eq!(report.gained[Reason::ActiveJob as usize], 1, "slot {slot}");
    }
}

#[test]
fn a_normalized_rollout_reconciles_the_targets_of_each_second() {
    let (targets, interval) = (300, 45);
    let rule = json!({ "gradualRollout":
        { "rolloutType": "linear-normalized", "timeScaleInterval": interval } });
    let mut fleet = world(targets, &rule);
    let start = fleet.now();
    let due_in = |second: usize| {
        (0..targets).filter(|position| position * interval / targets == second).count() as u64
    };
    assert_eq!(create_version(&mut fleet, "v1", start).jobs_created, due_in(0));
    let instants = advance(&mut fleet, start.plus(HOUR));
    assert_eq!(instants.len(), interval - 1);
    for (second, (at, report)) in (1..).zip(&instants) {
        assert_eq!(*at, start.plus(i64::try_from(second).expect("small") * SECOND));
        assert_eq!((report.targets, report.jobs_created), (due_in(second), due_in(second)));
    }
}

#[test]
fn three_thousand_slots_are_not_quadratic() {
    let mut fleet = world(
        3_000,
        &json!({ "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 1 } }),
    );
    let start = fleet.now();
    create_version(&mut fleet, "v1", start);
    let instants = advance(&mut fleet, start.plus(HOUR));
    let reconciled: u64 = instants.iter().map(|(_, report)| report.targets).sum();
    assert_eq!((instants.len(), reconciled), (2_999, 2_999));
}

/// The older version's slots keep opening for the targets that the newer one has not reached.
#[test]
fn two_rollouts_at_once_wake_each_target_at_its_slots() {
    let rule = json!({ "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 60 } });
    let mut fleet = world(50, &rule);
    let start = fleet.now();
    create_version(&mut fleet, "v1", start.plus(-30 * SECOND));
    create_version(&mut fleet, "v2", start);
    let instants = advance(&mut fleet, start.plus(HOUR));
    assert!(instants.iter().all(|(_, report)| report.targets <= 1), "one rank opens at a time");
    let woken: u64 = instants.iter().map(|(_, report)| report.targets).sum();
    assert!((49..=98).contains(&woken), "each target once per version at most: {woken}");
    let desired = fleet.targets().into_iter().filter_map(|target| target.desired);
    assert!(desired.map(|release| release.version_id).eq(vec!["v2"; 50]));
}

/// Another policy whose rollout is over at once, asked before or after, ends nobody else's.
#[test]
fn a_rollout_that_is_over_leaves_the_slots_of_others() {
    let rule = json!({ "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 60 } });
    for other in ["o", "q"] {
        let mut fleet = world(50, &rule);
        let start = fleet.now();
        let at_once = json!({ "id": other, "enabled": true, "selectors": [{}], "rules": [{ "id": other,
            "gradualRollout": { "rolloutType": "linear", "timeScaleInterval": 0 } }] });
        send(&mut fleet, "policy.created", at_once);
        create_version(&mut fleet, "v1", start.plus(-30 * SECOND));
        create_version(&mut fleet, "v2", start);
        let instants = advance(&mut fleet, start.plus(HOUR));
        let most = instants.iter().map(|(_, report)| report.targets).max();
        assert_eq!(most, Some(1), "one rank opens at a time, policy {other} or not");
    }
}

#[test]
fn a_retry_reconciles_the_target_that_failed() {
    let mut fleet = world(40, &json!({ "retry": { "maxRetries": 1, "backoffSeconds": 600 } }));
    let start = fleet.now();
    assert_eq!(create_version(&mut fleet, "v1", start).jobs_created, 40);
    for resource in 0..40 {
        let next = fleet.now().plus(SECOND);
        assert_eq!(advance(&mut fleet, next), []);
        assert_eq!(finish(&mut fleet, resource, "failure").targets, 1);
    }
    let instants = advance(&mut fleet, start.plus(HOUR));
    assert_eq!(instants.len(), 40);
    for (at, (instant, report)) in (1..).zip(&instants) {
        assert_eq!(*instant, start.plus((at + 600) * SECOND));
        assert_eq!((report.targets, report.jobs_created), (1, 1), "retry {at}");
    }
}

/// A created job is the reference of its own target's cooldown and of no other; the newest version
/// does not wait for itself, so only a job of an older one is looked at again.
#[test]
fn under_a_cooldown_a_created_job_concerns_its_own_target() {
    let mut fleet = world(40, &json!({ "versionCooldown": { "intervalSeconds": 3600 } }));
    let start = fleet.now();
    create_version(&mut fleet, "v1", start.plus(-2 * HOUR));
    let retry = json!({ "id": "retry", "enabled": true, "selectors": [{}],
        "rules": [{ "id": "retry", "retry": { "maxRetries": 1 } }] });
    send(&mut fleet, "policy.created", retry);
    let report = finish(&mut fleet, 7, "failure");
    assert_eq!((report.jobs_created, report.targets), (1, 1), "the newest version");
    let newer = json!({ "id": "v2", "deploymentId": "d", "tag": "v2", "status": "building",
        "createdAt": start.to_string() });
    send(&mut fleet, "deployment-version.created", newer);
    let report = finish(&mut fleet, 8, "failure");
    assert_eq!((report.jobs_created, report.targets), (1, 2), "an older one, and once more");
}
