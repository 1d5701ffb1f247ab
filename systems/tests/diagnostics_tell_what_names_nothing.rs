//! Waivers and reports that name what is not there are accepted, and told until what they name is there
//! (X5): a skip of a rule that is called otherwise, a bypass of an unknown version, a report on a target
//! that nobody has or that had no job yet.

use serde_json::json;
use shakedown_engine::base::time::HOUR;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::document::Document;
use shakedown_systems::diagnostics::{DiagnosticCode, diagnostics};
use shakedown_systems::load::load;

use crate::send::{fleet, send};

/// Something deployable: a resource, an environment, a deployment, a policy, a version.
fn workspace() -> Fleet {
    let mut fleet = fleet();
    let select = |id: &str| {
        json!({ "id": id, "name": id, "slug": id, "systemId": "s", "jobAgentId": "a",
            "resourceSelector": "true" })
    };
    send(&mut fleet, "system.created", json!({ "id": "s" }));
    send(&mut fleet, "job-agent.created", json!({ "id": "a" }));
    send(&mut fleet, "resource.created", json!({ "id": "r1" }));
    send(&mut fleet, "environment.created", select("prod"));
    send(&mut fleet, "deployment.created", select("d"));
    let rule = json!({ "id": "two-approvals", "anyApproval": { "minApprovals": 0 } });
    let policy = json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": [rule] });
    send(&mut fleet, "policy.created", policy);
    assert_eq!(told(&fleet), [""; 0], "nothing is wrong with it");
    fleet
}

fn told(fleet: &Fleet) -> Vec<String> {
    diagnostics(fleet).iter().map(ToString::to_string).collect()
}

#[test]
fn a_skip_and_a_bypass_that_name_nothing() {
    let mut fleet = workspace();
    let version = |id: &str| json!({ "id": id, "deploymentId": "d", "tag": id, "status": "ready" });
    send(&mut fleet, "deployment-version.created", version("v1"));
    let skip = json!({ "id": "sk", "versionId": "v1", "ruleId": "two-approval",
        "environmentId": "production" });
    send(&mut fleet, "policy-skip.created", skip);
    let bypass = json!({ "id": "by", "versionId": "v1.0", "policyIds": ["q", "p"],
        "bypassRuleTypes": ["approval"] });
    send(&mut fleet, "policy-bypass.created", bypass);
    let expected = [
        "policy bypass `by` names policy `q`, which is unknown",
        "policy bypass `by` names version `v1.0`, which is unknown",
        "policy skip `sk` names environment `production`, which is unknown",
        "policy skip `sk` names rule `two-approval`, which is unknown",
    ];
    assert_eq!(told(&fleet), expected);
    let params = diagnostics(&fleet).pop().expect("there are some").params;
    assert_eq!(params, json!({ "kind": "rule", "id": "two-approval" }));

    send(&mut fleet, "deployment-version.created", version("v1.0"));
    let rules = json!([{ "id": "two-approval", "anyApproval": { "minApprovals": 0 } }]);
    let named = json!({ "id": "q", "enabled": true, "selectors": [{}], "rules": rules });
    send(&mut fleet, "policy.created", named);
    assert_eq!(told(&fleet), ["policy skip `sk` names environment `production`, which is unknown"]);
    send(&mut fleet, "policy-skip.deleted", json!({ "id": "sk" }));
    assert_eq!(told(&fleet), [""; 0]);
}

#[test]
fn a_bypass_of_a_resource_that_is_gone_and_of_nothing_at_all_until_it_expires() {
    let mut fleet = workspace();
    send(
        &mut fleet,
        "deployment-version.created",
        json!({ "id": "v1", "deploymentId": "d", "tag": "1", "status": "ready" }),
    );
    let expires = fleet.now().plus(HOUR);
    let bypass = json!({ "id": "by", "versionId": "v1", "resourceId": "r2",
        "bypassRuleTypes": [], "expiresAt": expires.to_string() });
    send(&mut fleet, "resource.created", json!({ "id": "r2" }));
    send(&mut fleet, "policy-bypass.created", bypass);
    let empty = "policy bypass `by` waives nothing: it names no type of rule";
    assert_eq!(told(&fleet), [empty]);
    send(&mut fleet, "resource.deleted", json!({ "id": "r2" }));
    assert_eq!(told(&fleet), ["policy bypass `by` names resource `r2`, which is unknown", empty]);
    fleet.advance(expires, &mut |_, _| {}).expect("forward");
    assert_eq!(told(&fleet), [""; 0], "it waives nothing any more, whatever it names");
}

/// A report that a job of `resource` in `prod` was successful.
fn report(fleet: &mut Fleet, resource: &str) {
    let data = json!({ "resourceId": resource, "environmentId": "prod", "deploymentId": "d",
        "status": "successful", "completedAt": fleet.now().to_string() });
    send(fleet, "job.finished", data);
}

#[test]
fn reports_on_what_is_no_target() {
    let (mut fleet, mut other) = (workspace(), workspace());
    for resource in ["r9", "r1", "r9"] {
        report(&mut fleet, resource);
    }
    for resource in ["r9", "r9", "r1"] {
        report(&mut other, resource);
    }
    let expected = [
        "release target `r1-prod-d` was reported on in vain: it had no job then",
        "release target `r9-prod-d` was reported on in vain, 2 times: there is no such target",
    ];
    assert_eq!(told(&fleet), expected);
    assert_eq!(diagnostics(&fleet), diagnostics(&other), "whichever came first");
    let found = diagnostics(&fleet);
    assert!(found.iter().all(|it| it.code == DiagnosticCode::ReportWithoutJob));
    assert_eq!(found[1].params["reports"], json!(2));
}

#[test]
fn a_report_that_came_too_early_is_told_until_one_finds_the_job() {
    let mut fleet = workspace();
    report(&mut fleet, "r1");
    let version = json!({ "id": "v1", "deploymentId": "d", "tag": "1", "status": "ready" });
    send(&mut fleet, "deployment-version.created", version);
    let early = ["release target `r1-prod-d` was reported on in vain: it had no job then"];
    assert_eq!(told(&fleet), early, "the job waits for a report that came before it");
    report(&mut fleet, "r1");
    assert_eq!(told(&fleet), [""; 0]);
    report(&mut fleet, "r1");
    assert_eq!(told(&fleet), [""; 0], "what is reported twice was heard once");
}

#[test]
fn successes_that_nobody_dated() {
    let mut fleet = workspace();
    let version = |id: &str| json!({ "id": id, "deploymentId": "d", "tag": id, "status": "ready" });
    let finished = |completed: Option<&str>| {
        json!({ "resourceId": "r1", "environmentId": "prod", "deploymentId": "d",
            "status": "successful", "completedAt": completed })
    };
    send(&mut fleet, "deployment-version.created", version("v1"));
    send(&mut fleet, "job.finished", finished(None));
    let undated = "deployment `d` has jobs that are successful without completedAt on 1 target, such \
                   as `r1-prod-d`: they are not repeated, and count as no success for gates";
    assert_eq!(told(&fleet), [undated]);
    // The same by the id of the job, as ctrlplane's agents report.
    let job = fleet.targets()[0].jobs[0].id.clone();
    let update = |fields: &[&str]| {
        json!({ "id": job, "job": { "status": "successful", "completedAt": "2025-01-02T00:00:00Z" },
            "fieldsToUpdate": fields })
    };
    send(&mut fleet, "job.updated", update(&["status", "completedAt"]));
    assert_eq!(told(&fleet), [""; 0], "it was dated");
    send(&mut fleet, "deployment-version.created", version("v2"));
    send(&mut fleet, "job.finished", finished(None));
    assert_eq!(told(&fleet), [undated]);
    send(&mut fleet, "deployment-version.created", version("v3"));
    assert_eq!(told(&fleet), [""; 0], "another job took its place");
}

/// Jobs that a workspace lists with targets, versions and agents that it does not have.
#[test]
fn recorded_jobs_of_what_is_gone() {
    let job = |id: &str, resource: &str, version: &str, agent: &str| {
        json!({
            "job": { "id": id, "status": "successful", "jobAgentId": agent,
                "createdAt": "2026-05-10T09:00:00Z", "completedAt": "2026-05-10T09:02:00Z" },
            "release": {
                "releaseTarget": {
                    "resourceId": resource, "environmentId": "e", "deploymentId": "d" },
                "version": { "id": version, "tag": version }, "variables": {} },
        })
    };
    let document = json!({
        "systems": [{ "id": "s" }],
        "jobAgents": [{ "id": "a" }],
        "resources": [{ "id": "r1" }, { "id": "r2" }],
        "environments": [{ "id": "e", "systemId": "s", "resourceSelector": "true" }],
        "deployments": [{ "id": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": "true" }],
        "deploymentVersions": [{ "id": "v", "deploymentId": "d", "tag": "v", "status": "rejected" }],
        "jobs": [
            job("j1", "r1", "v", "a"),
            job("j2", "r1", "v0", "a"),
            job("j3", "r2", "v0", "b"),
            job("j4", "gone", "v", "a"),
            job("j5", "gone", "v", "a"),
        ],
    });
    let clock = "2026-06-01T13:00:00Z".parse().expect("a time");
    let document = Document::parse("a.json", &document.to_string(), clock).expect("a document");
    let fleet = load(document, clock, &mut |_| {}).expect("what jobs name may be gone");
    let expected = [
        "job `j2` names version `v0`, which is unknown (2 jobs do)",
        "job `j3` names job agent `b`, which is unknown",
        "job `j4` names target `d in e on gone`, which is unknown (2 jobs do), and is left out",
    ];
    assert_eq!(told(&fleet), expected);
    let codes: Vec<DiagnosticCode> = diagnostics(&fleet).iter().map(|it| it.code).collect();
    let unknown = DiagnosticCode::NameUnknown;
    assert_eq!(codes, [unknown, unknown, DiagnosticCode::JobLost]);
    // What is kept counts, whatever it names: both targets run something.
    assert_eq!(fleet.targets().iter().map(|it| it.jobs.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(fleet.targets().iter().all(|it| it.current.is_some()));
}
