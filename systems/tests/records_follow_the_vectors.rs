//! Records give the parameters, times and instants that the vectors T-A and T-E of SEMANTICS 8.3 and
//! 8.4 state.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{MINUTE, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::event::Triple;
use shakedown_systems::record::{CheckResult, Examine, record};

use crate::send::{self, send};

/// Targets r0, r1, .. of one deployment in staging and production, one rule on production, and a
/// ready version made an hour ago.
fn fleet(targets: usize, rule: &Json) -> Fleet {
    let mut fleet = send::fleet();
    send(&mut fleet, "job-agent.created", json!({ "id": "agent" }));
    for id in ["prod", "staging"] {
        let selector = if id == "staging" && targets == 0 { "false" } else { "true" };
        let data = json!({ "id": id, "systemId": "s", "resourceSelector": selector });
        send(&mut fleet, "environment.created", data);
    }
    let deployment =
        json!({ "id": "d", "systemId": "s", "resourceSelector": "true", "jobAgentId": "agent" });
    send(&mut fleet, "deployment.created", deployment);
    for at in 0..targets.max(1) {
        send(&mut fleet, "resource.created", json!({ "id": format!("r{at}") }));
    }
    let production = json!([{ "environmentSelector": "environment.id == 'prod'" }]);
    let mut rule = rule.clone();
    rule["id"] = json!("rule");
    let policy = json!({ "id": "p", "enabled": true, "selectors": production, "rules": [rule] });
    send(&mut fleet, "policy.created", policy);
    let created_at = minutes(&fleet, -60).to_string();
    let version =
        json!({ "id": "v", "deploymentId": "d", "status": "ready", "createdAt": created_at });
    send(&mut fleet, "deployment-version.created", version);
    fleet
}

/// The instant so many minutes after the clock.
fn minutes(fleet: &Fleet, minutes: i64) -> SimTime {
    fleet.now().plus(minutes * MINUTE)
}

fn triple(resource: &str, environment: &str) -> Triple {
    Triple {
        resource_id: resource.to_owned(),
        environment_id: environment.to_owned(),
        deployment_id: "d".to_owned(),
    }
}

/// What the rule says of the version on r0 in production.
fn ruling(fleet: &mut Fleet) -> CheckResult {
    let record = record(fleet, &triple("r0", "prod"), Examine::UpToChosen).expect("a target");
    let [status, dependencies, ruling] = &record.candidates[0].results[..] else {
        unreachable!("three results in {:#}", record.to_json());
    };
    assert_eq!(
        (status.code.name(), dependencies.code.name()),
        ("status.ready", "version_dependency.none")
    );
    assert_eq!((ruling.policy_id.as_deref(), ruling.rule_id.as_deref()), (Some("p"), Some("rule")));
    ruling.clone()
}

#[test]
fn approvals() {
    let met = |need: i32, approvers: &[&str]| json!({ "have": approvers.len(), "need": need, "approvers": approvers });
    let (two, three) = (&["a", "b"][..], &["a", "b", "c"][..]);
    for (name, minimum, approvals, code, params, since) in [
        (
            "T-A1",
            2,
            &[("a", -9), ("b", -8), ("c", -7)][..],
            "approval.met",
            met(2, three),
            Some(-8),
        ),
        ("T-A2", 3, &[("a", -9)], "approval.not_enough", met(3, &["a"]), None),
        ("T-A3", 2, &[("a", -9), ("b", -8)], "approval.met", met(2, two), Some(-8)),
        ("T-A4", 0, &[], "approval.none_required", json!({}), Some(-60)),
        ("T-A4", -1, &[("a", -9)], "approval.none_required", json!({}), Some(-60)),
        ("T-A5", 1, &[("a", -9), ("b", -8)], "approval.met", met(1, two), Some(-9)),
        ("T-A6", 2, &[("c", -7), ("a", -9), ("b", -8)], "approval.met", met(2, three), Some(-8)),
        ("T-A7", 3, &[], "approval.not_enough", met(3, &[]), None),
    ] {
        let mut fleet = fleet(1, &json!({ "anyApproval": { "minApprovals": minimum } }));
        for &(user, at) in approvals {
            let created_at = minutes(&fleet, at).to_string();
            let approval = json!({
                "versionId": "v", "environmentId": "prod", "userId": user, "status": "approved",
                "createdAt": created_at,
            });
            send(&mut fleet, "user-approval-record.created", approval);
        }
        let ruling = ruling(&mut fleet);
        assert_eq!((ruling.code.name(), &ruling.params), (code, &params), "{name}");
        assert_eq!(ruling.satisfied_at, since.map(|at| minutes(&fleet, at)), "{name}");
        let action = ruling.action.map(|it| it.name());
        assert_eq!(action, ruling.blocks().then_some("approval"), "{name}");
    }
}

#[test]
fn approval_of_what_is_deployed_already() {
    let mut fleet = fleet(1, &json!({ "retry": { "maxRetries": 0 } }));
    let released_at = fleet.now();
    fleet.advance(minutes(&fleet, 60), &mut |_, _| {}).expect("later");
    let policy = json!({
        "id": "p", "enabled": true, "selectors": [{}],
        "rules": [{ "id": "rule", "anyApproval": { "minApprovals": 2 } }],
    });
    send(&mut fleet, "policy.updated", policy);
    let ruling = ruling(&mut fleet);
    assert_eq!(ruling.code.name(), "approval.already_deployed", "T-A8");
    assert_eq!(ruling.satisfied_at, Some(released_at), "T-A8");
    let target = fleet.targets().into_iter().find(|it| it.triple == triple("r0", "prod"));
    let release = target.and_then(|it| it.desired).expect("it keeps the release").release_id;
    assert_eq!(ruling.params, json!({ "releaseId": release }), "T-A8");
}

/// A success on a target of staging, so many minutes from now.
type Success = (usize, i64);

fn progression(targets: usize, member: Json, successes: &[Success]) -> (Fleet, CheckResult) {
    let mut member = member;
    member["dependsOnEnvironmentSelector"] = json!("environment.id == 'staging'");
    let mut fleet = fleet(targets, &json!({ "environmentProgression": member }));
    let mut finished = Vec::new();
    for &(at, completed) in successes {
        let mut data = json!({
            "resourceId": format!("r{at}"), "environmentId": "staging", "deploymentId": "d",
        });
        if finished.contains(&at) {
            send(&mut fleet, "release-target.deploy", data.clone());
        }
        finished.push(at);
        data["status"] = json!("successful");
        data["completedAt"] = json!(minutes(&fleet, completed).to_string());
        send(&mut fleet, "job.finished", data);
    }
    let ruling = ruling(&mut fleet);
    (fleet, ruling)
}

#[test]
fn progressions_that_hold() {
    let (half, two_thirds) =
        (json!({ "minimumSuccessPercentage": 50 }), json!({ "minimumSuccessPercentage": 67 }));
    let soak = |minutes: i32| json!({ "minimumSoakTimeMinutes": minutes });
    let three = [(0, -50), (1, -45), (2, -40)];
    let aged = json!({ "maximumAgeHours": 2 });
    let soaked_two_thirds = json!({ "minimumSuccessPercentage": 67, "minimumSoakTimeMinutes": 15 });
    for (name, targets, member, successes, since, lapses) in [
        ("T-E2", 1, json!({}), &[(0, -10)][..], -10, None),
        ("T-E5", 3, half.clone(), &three, -45, None),
        ("T-E5", 3, two_thirds, &three, -40, None),
        ("T-E5b", 3, json!({}), &three, -50, None),
        ("T-E6", 3, half, &[(1, -50), (0, -45), (2, -40)], -45, None),
        ("T-E9", 1, soak(30), &[(0, -40)], -10, None),
        ("T-E11", 3, soaked_two_thirds, &[(0, -30), (1, -20), (2, -18)], -3, None),
        ("T-E14", 1, soak(-10), &[(0, 0)], 0, None),
        ("C-E22", 1, soak(15), &[(0, -20), (0, -10)], -5, None),
        ("C-E24", 1, aged, &[(0, -120)], -120, Some(0)),
    ] {
        let (fleet, ruling) = progression(targets, member, successes);
        let params = json!({ "environments": ["staging"] });
        assert_eq!((ruling.code.name(), ruling.params), ("progression.met", params), "{name}");
        assert_eq!(ruling.satisfied_at, Some(minutes(&fleet, since)), "{name}");
        let valid_until = lapses.map(|at| minutes(&fleet, at).plus(1));
        assert_eq!(ruling.valid_until, valid_until, "{name}");
    }
}

#[test]
fn progressions_that_wait() {
    let few = |have: u32, need: u32, targets: u32| {
        let code = "progression.not_enough_successes";
        json!({ "code": code, "have": have, "need": need, "targets": targets })
    };
    let at = |minutes: i64| send::fleet().now().plus(minutes * MINUTE).to_string();
    let soaking = |until: i64| json!({ "code": "progression.soaking", "until": at(until) });
    let too_old = json!({ "code": "progression.too_old", "last": at(-180), "maxHours": 2 });
    let soak = |minutes: i32| json!({ "minimumSoakTimeMinutes": minutes });
    let half = json!({ "minimumSuccessPercentage": 50 });
    let no_targets = vec![json!({ "code": "progression.no_targets" }), few(0, 1, 0)];
    let aged = json!({ "maximumAgeHours": 2 });
    for (name, targets, member, successes, failures, next) in [
        ("T-E1", 1, json!({}), &[][..], vec![few(0, 1, 1)], None),
        ("T-E3", 1, soak(30), &[(0, -2)], vec![soaking(28)], Some(28)),
        ("T-E12", 1, soak(30), &[(0, -10)], vec![soaking(20)], Some(20)),
        ("T-E7", 3, half, &[(0, -5)], vec![few(1, 2, 3)], None),
        ("T-E8", 0, json!({}), &[], no_targets, None),
        ("T-E17", 1, aged, &[(0, -180)], vec![too_old], None),
        ("C-E23", 1, soak(10), &[(0, -5), (0, -1)], vec![soaking(5)], Some(5)),
    ] {
        let (fleet, ruling) = progression(targets, member, successes);
        let environments = json!([{ "environmentId": "staging", "failures": failures }]);
        let params = json!({ "environments": environments });
        assert_eq!((ruling.code.name(), ruling.params), ("progression.not_met", params), "{name}");
        assert_eq!(ruling.next, next.map(|it| minutes(&fleet, it)), "{name}");
        assert_eq!(ruling.action.map(|it| it.name()), Some("wait"), "{name}");
    }
}

#[test]
fn progression_without_an_environment_upstream() {
    let member = json!({ "dependsOnEnvironmentSelector": "environment.id == 'dev'" });
    let mut fleet = fleet(1, &json!({ "environmentProgression": member }));
    let ruling = ruling(&mut fleet);
    assert_eq!((ruling.code.name(), ruling.next), ("progression.no_upstream", None), "T-E4");
    assert_eq!(ruling.params, json!({}), "T-E4");
}
