//! What `explain` says of the sample workspace, and how it ends.

use serde_json::{Value, json};

use crate::binary::{run, stderr, stdout};
use crate::object::read;

const WORKSPACE: &str = "examples/data/workspace.yaml";

fn explain(arguments: &[&str]) -> String {
    let output = run("explain", &[&[WORKSPACE], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    stdout(&output).to_owned()
}

fn explain_json(arguments: &[&str]) -> Value {
    let text = explain(&[arguments, &["--json"]].concat());
    read("explain", &text)
}

const TARGET: &str = "\
=== api in prod on cluster-prd-1 at 2026-03-02T09:00:00Z ===
Desired is v1.4.0
  release 9f8e299aec37b61dadbeee460491dd1eceee6edf248334ffdc676df1557c5ea3
  network = \"10.1.0.0/16\"
  replicas = 3

Version v1.5.0 waits:
  allowed  is ready
  allowed  depends on no other deployment
  pending  waits for one more approval in prod: has 1 of 2 (ada) [two people
           approve production, two-approvals]
  pending  waits for the rollout to start: no approvals [one cluster every ten
           minutes, ten-minutes]

Version v1.4.0 is chosen:
  allowed  is ready
  allowed  depends on no other deployment
  allowed  has 2 of 2 approvals in prod (ada, grace) [two people approve
           production, two-approvals]
  allowed  was released here before [one cluster every ten minutes, ten-minutes]

The desired release gets no job:
  denied   job b9508b06-91ab-516c-852b-7bb8d7e84874 is processing
  allowed  it did not succeed yet, and nobody stopped it
  allowed  no job says that the agent is missing
  denied   1 of 1 attempts made

Nothing is deployed
Latest job is b9508b06-91ab-516c-852b-7bb8d7e84874 of v1.4.0, created at
  09:00:00Z: pending
Time alone changes nothing here

Decided in dialect today
";

#[test]
fn a_target_is_explained_in_full() {
    assert_eq!(explain(&["--target", "cluster-prd-1-prod-deployment-api"]), TARGET);
    let parts = ["--resource", "cluster-prd-1", "--environment", "prod", "--deployment", "api"];
    assert_eq!(explain(&parts), TARGET);
}

const DEPLOYMENT: &str = "\
=== api at 2026-03-02T09:00:00Z ===

dev: one target
        1 in flight with v1.5.0, since 09:00:00Z
          such as cluster-dev-1
  The newest is v1.5.0:
        1 has a job of it that is processing
          such as cluster-dev-1

prod: 3 targets
        3 in flight with v1.4.0, the first since 09:00:00Z
          such as cluster-prd-1
  The newest is v1.5.0:
        3 wait for one more approval in prod
          such as cluster-prd-1
  Rollout: not started, 0 of 3 slots are open

staging: 2 targets
        1 in flight with v1.4.0, since 09:00:00Z
          such as cluster-stg-2
        1 in flight with v1.5.0, since 09:00:00Z
          such as cluster-stg-1
  The newest is v1.5.0:
        1 has a job of it that is processing
          such as cluster-stg-1
        1 has its turn later
          such as cluster-stg-2
          next at 09:05:00Z
  Rollout: 1 of 2 slots are open; the next opens at 09:05:00Z, the last at 09:05:00Z

Decided in dialect today
";

#[test]
fn the_targets_of_a_deployment_are_grouped_by_reason() {
    assert_eq!(explain(&["--deployment", "api"]), DEPLOYMENT);
    let one = explain(&["--deployment", "deployment-api", "--environment", "prod"]);
    assert!(one.contains("3 wait for one more approval in prod"), "{one}");
    assert!(!one.contains("staging"), "{one}");
}

#[test]
fn the_clock_may_be_moved_first() {
    let target = "cluster-stg-2-staging-deployment-api";
    let before = explain_json(&["--target", target, "--after", "299s"]);
    assert_eq!(before["next"], json!("2026-03-02T09:05:00Z"));
    assert_eq!(before["desired"]["versionId"], json!("api-1-4-0"));
    for moved in [["--after", "5m"], ["--at", "2026-03-02T09:05:00Z"]] {
        let then = explain_json(&[&["--target", target][..], &moved].concat());
        assert_eq!(then["at"], json!("2026-03-02T09:05:00Z"));
        assert_eq!(then["desired"]["versionId"], json!("api-1-5-0"));
    }
}

#[test]
fn json_is_one_object() {
    let record = explain_json(&["--target", "cluster-prd-1-prod-deployment-api"]);
    assert_eq!(record["dialect"], json!("today"));
    let result = &record["candidates"][0]["results"][2];
    let expected = json!({
        "code": "approval.not_enough",
        "verdict": "pending",
        "action": "approval",
        "params": { "have": 1, "need": 2, "approvers": ["ada"] },
        "policyId": "approve-prod",
        "ruleId": "two-approvals",
    });
    assert_eq!(*result, expected);
    let deployment = explain_json(&["--deployment", "api", "--environment", "staging"]);
    assert_eq!(deployment["deployment"], json!("deployment-api"));
    assert_eq!(deployment["dialect"], json!("today"));
    let place = &deployment["environments"][0];
    let group = json!({
        "targets": 1,
        "reason": "have their turn later",
        "codes": ["rollout.waiting"],
        "next": "2026-03-02T09:05:00Z",
        "example": "cluster-stg-2-staging-deployment-api",
    });
    assert_eq!(place["groups"][1], group);
    let running = json!({
        "targets": 1,
        "what": "in flight with v1.4.0",
        "current": null,
        "latest": { "versionId": "api-1-4-0", "status": "pending" },
        "since": "2026-03-02T09:00:00Z",
        "example": "cluster-stg-2",
    });
    assert_eq!(place["running"][0], running);
    let rollout = json!({
        "total": 2, "deployed": 1, "pending": 1, "denied": 0, "start": "2026-03-02T08:55:00Z",
        "nextDue": "2026-03-02T09:05:00Z", "lastDue": "2026-03-02T09:05:00Z",
        "state": "in_progress",
    });
    assert_eq!(place["rollout"], rollout);
}

#[test]
fn wrong_names_end_with_code_2_and_the_nearest() {
    for (arguments, told) in [
        (
            &["--target", "cluster-prd-1-prod-deployment-apj"][..],
            "there is no target `cluster-prd-1-prod-deployment-apj`; the nearest are cluster-prd-1-prod-deployment-api,",
        ),
        (
            &["--deployment", "chekout"],
            "there is no deployment `chekout`; the nearest are checkout, api",
        ),
        (
            &["--deployment", "api", "--environment", "prd"],
            "there is no environment `prd`; the nearest are prod,",
        ),
        (
            &["--deployment", "checkout", "--environment", "prod", "--resource", "cluster-prd-3"],
            "deployment-checkout in prod on cluster-prd-3 is no target",
        ),
        (&["--deployment", "api", "--resource", "cluster-prd-3"], "--environment"),
        (
            &["--deployment", "api", "--at", "2026-03-01T00:00:00Z"],
            "2026-03-01T00:00:00Z lies before the document's clock, 2026-03-02T09:00:00Z",
        ),
        (&["--deployment", "api", "--after", "5 minutes"], "such as 10m"),
        (&["--deployment", "api", "--after", "-5m"], "such as 10m"),
        (&["--deployment", "api", "--after", "4294967295h"], "ends with the year 2261"),
    ] {
        let output = run("explain", &[&[WORKSPACE], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_slug_that_two_have_is_not_guessed() {
    let log = ["d1", "d2"].map(|id| {
        json!({ "eventType": "deployment.created", "data": { "id": id, "slug": "api", "systemId": "s" } })
    });
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ambiguous.ndjson");
    std::fs::write(&path, log.map(|it| format!("{it}\n")).concat())
        .expect("the folder takes files");
    let path = path.to_str().expect("paths of tests are text");
    let output = run("explain", &[path, "--deployment", "api"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    let told = "deployment `api` may be `d1` or `d2`: name it by its id";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    assert_eq!(run("explain", &[path, "--deployment", "d2"]).status.code(), Some(0));
}

/// A success of which nobody says when is none for gates; the words tell the two apart, and how long ago.
#[test]
fn a_success_without_a_time_is_told_apart() {
    let log = r#"{"eventType":"system.created","at":"2026-01-05T00:00:00Z","data":{"id":"s"}}
{"eventType":"job-agent.created","data":{"id":"a"}}
{"eventType":"resource.created","data":{"id":"r"}}
{"eventType":"environment.created","data":{"id":"e","systemId":"s","resourceSelector":"true"}}
{"eventType":"deployment.created","data":{"id":"d","slug":"d","systemId":"s","jobAgentId":"a","resourceSelector":"true"}}
{"eventType":"deployment-version.created","data":{"id":"v1","deploymentId":"d","tag":"v1","status":"ready"}}
{"eventType":"job.finished","data":{"resourceId":"r","environmentId":"e","deploymentId":"d","status":"successful"}}
"#;
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("without-a-time.ndjson");
    std::fs::write(&path, log).expect("the folder takes files");
    let path = path.to_str().expect("paths of tests are text");
    let told = |arguments: &[&str]| {
        let output = run("explain", &[&[path], arguments].concat());
        stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let target = told(&["--target", "r-e-d", "--after", "49h"]);
    let said = "created at 2026-01-05T00:00:00Z, 2 days ago: successful without completedAt, which no \
                gate takes for a success";
    assert!(target.contains(said), "{target}");
    let group = told(&["--after", "24h"]);
    let said = "1 reports success of v1 without a time of completion, since 2026-01-05T00:00:00Z, one \
                day ago";
    assert!(group.contains(said), "{group}");
}

/// A key of many hyphens has many places where its parts may end; looking at each pair took half a minute.
#[expect(clippy::disallowed_types, reason = "how long it takes is what is asked")]
#[test]
fn a_key_of_many_hyphens_is_looked_up_at_once() {
    let begun = std::time::Instant::now();
    let output = run("explain", &[WORKSPACE, "--target", &"a-".repeat(4_000)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: there is no target `a-a-"), "{}", stderr(&output));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// Who has what it wants waits for nothing: that a skip will expire is of no concern to it.
#[test]
fn what_is_settled_has_no_next() {
    let log = r#"{"eventType":"system.created","at":"2026-01-05T00:00:00Z","data":{"id":"s"}}
{"eventType":"job-agent.created","data":{"id":"a"}}
{"eventType":"resource.created","data":{"id":"r"}}
{"eventType":"environment.created","data":{"id":"e","systemId":"s","resourceSelector":"true"}}
{"eventType":"policy.created","data":{"id":"p","enabled":true,"selectors":[{}],"rules":[{"id":"g","deploymentDependency":{"dependsOn":"false"}}]}}
{"eventType":"policy-skip.created","data":{"id":"k","versionId":"v1","ruleId":"g","expiresAt":"2026-01-05T09:00:00Z"}}
{"eventType":"deployment.created","data":{"id":"d","slug":"d","systemId":"s","jobAgentId":"a","resourceSelector":"true"}}
{"eventType":"deployment-version.created","data":{"id":"v1","deploymentId":"d","tag":"v1","status":"ready"}}
{"eventType":"job.finished","data":{"resourceId":"r","environmentId":"e","deploymentId":"d","status":"successful","completedAt":"2026-01-05T00:00:00Z"}}
"#;
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("settled.ndjson");
    std::fs::write(&path, log).expect("the folder takes files");
    let path = path.to_str().expect("paths of tests are text");
    let told =
        |arguments: &[&str]| stdout(&run("explain", &[&[path], arguments].concat())).to_owned();
    let group = told(&[]);
    assert!(group.contains("1 has it\n") && !group.contains("next at"), "{group}");
    let target = told(&["--target", "r-e-d"]);
    assert!(target.contains("Time alone changes nothing here"), "{target}");
}
