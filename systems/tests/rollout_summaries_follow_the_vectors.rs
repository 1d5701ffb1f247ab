//! A rollout summary counts the targets of a cohort as their records do, by the vectors T-S of
//! SEMANTICS 8.5.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_systems::record::{CheckResult, Examine, records, rollout_summary};

use crate::send::{self, send};

/// A fleet of `targets` targets under these rules, with one ready version made now.
fn fleet(targets: u32, rules: &[Json]) -> Fleet {
    let mut fleet = send::fleet();
    let all = json!("true");
    send(
        &mut fleet,
        "environment.created",
        json!({ "id": "e", "systemId": "s", "resourceSelector": all }),
    );
    send(
        &mut fleet,
        "deployment.created",
        json!({ "id": "d", "systemId": "s", "resourceSelector": all }),
    );
    for at in 0..targets {
        send(&mut fleet, "resource.created", json!({ "id": format!("r{at}") }));
    }
    let policy = json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules });
    send(&mut fleet, "policy.created", policy);
    let version = json!({ "id": "v", "deploymentId": "d", "tag": "1", "status": "ready" });
    send(&mut fleet, "deployment-version.created", version);
    fleet
}

fn rollout(rollout_type: &str) -> Json {
    json!({ "id": "g", "gradualRollout": { "timeScaleInterval": 60, "rolloutType": rollout_type } })
}

/// What the summary must say, counted from the records.
fn counted(fleet: &mut Fleet) -> (usize, usize, Option<SimTime>, Option<SimTime>) {
    let cohorts = fleet.world().resource::<Cohorts>();
    let targets: Vec<_> = cohorts.iter().flat_map(|(ix, _)| cohorts.live_members(ix)).collect();
    let records = records(fleet, &targets, Examine::All);
    let of_rollout = |it: &CheckResult| it.code.name().starts_with("rollout.");
    let results = records.iter().flat_map(|it| &it.candidates[0].results);
    let results: Vec<&CheckResult> = results.filter(|it| of_rollout(it)).collect();
    let pending = results.iter().filter(|it| it.blocks()).count();
    let dues = || results.iter().filter_map(|it| it.next);
    (results.len(), pending, dues().min(), dues().max())
}

#[test]
fn by_the_vectors() {
    let approval = json!({ "id": "a", "anyApproval": { "minApprovals": 1 } });
    let linear = || vec![rollout("linear")];
    let at = |seconds: i64| Some(seconds * SECOND);
    for (name, targets, rules, after, deployed, next, last, state) in [
        ("T-S1", 0, linear(), 0, 0, None, None, "no_targets"),
        ("T-S2, T-S8", 3, linear(), 600, 3, None, None, "complete"),
        ("T-S3", 3, vec![approval, rollout("linear")], 600, 0, None, None, "waiting_to_start"),
        ("T-S4", 5, linear(), 90, 2, at(120), at(240), "in_progress"),
        ("T-S4", 5, linear(), 120, 3, at(180), at(240), "in_progress"),
        ("T-S5", 3, linear(), 30, 1, at(60), at(120), "in_progress"),
        ("T-S6", 3, vec![rollout("linear-normalized")], 30, 2, at(40), at(40), "in_progress"),
        ("T-S7", 1, linear(), 0, 1, None, None, "complete"),
    ] {
        let mut fleet = fleet(targets, &rules);
        let start = fleet.now();
        fleet.advance(start.plus(after * SECOND), &mut |_, _| {}).expect("later");
        let summary = rollout_summary(&fleet, "e", "d", "v").expect(name);
        let since = |it: Option<i64>| it.map(|it| start.plus(it));
        assert_eq!((summary.total, summary.deployed), (targets, deployed), "{name}");
        assert_eq!(summary.pending, summary.total - deployed, "{name}");
        assert_eq!((summary.next_due, summary.last_due), (since(next), since(last)), "{name}");
        assert_eq!(summary.start, next.map(|_| start), "{name}");
        assert_eq!(summary.to_json()["state"], json!(state), "{name}");
        let from_records =
            (summary.total as usize, summary.pending as usize, summary.next_due, summary.last_due);
        assert_eq!(counted(&mut fleet), from_records, "{name}");
    }
}

#[test]
fn waived_rules_let_pass() {
    let mut fleet = fleet(3, &[rollout("linear")]);
    let summary = rollout_summary(&fleet, "e", "d", "v").expect("a rollout rule applies");
    assert_eq!((summary.deployed, summary.pending), (1, 2));
    for resource in ["r0", "r1", "r2"] {
        let bypass = json!({
            "id": resource, "versionId": "v", "resourceId": resource,
            "bypassRuleTypes": ["gradualRollout"],
        });
        send(&mut fleet, "policy-bypass.created", bypass);
    }
    let summary = rollout_summary(&fleet, "e", "d", "v").expect("a waived rule applies, too");
    assert_eq!((summary.deployed, summary.pending, summary.next_due), (3, 0, None));
}

#[test]
fn without_a_rule_or_a_version_there_is_none() {
    let approval = json!({ "id": "a", "anyApproval": { "minApprovals": 1 } });
    let fleet = fleet(2, &[approval]);
    assert_eq!(rollout_summary(&fleet, "e", "d", "v"), None, "no rollout rule applies");
    for (environment, deployment, version) in [("x", "d", "v"), ("e", "x", "v"), ("e", "d", "x")] {
        assert_eq!(rollout_summary(&fleet, environment, deployment, version), None);
    }
}
