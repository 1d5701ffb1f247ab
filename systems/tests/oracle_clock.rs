//! What the oracle decides as time passes and jobs end: SEMANTICS 8.4, 8.7, 8.10, 8.12, 10 and 11, which no recording covers.

use serde_json::{Value, json};

use crate::oracle::{Oracle, Target, TargetView, format_time, parse_time};

const MINUTE: i64 = 60_000_000_000;

/// A workspace at noon with systems, an agent, environments, deployments and resources that all combine.
struct Fleet {
    oracle: Oracle,
}

impl Fleet {
    fn new(resources: &[&str], environments: &[&str], deployments: &[&str]) -> Self {
        let mut fleet = Fleet { oracle: Oracle::new("ws-1", noon(0), false) };
        fleet.event(
            "job-agent.created",
            json!({ "id": "agent", "config": { "namespace": "a", "timeout": 300 } }),
        );
        for id in resources {
            fleet.event("resource.created", json!({ "id": id, "name": id }));
        }
        for id in environments {
            let data = json!({ "id": id, "name": id, "systemId": "s", "resourceSelector": "true" });
            fleet.event("environment.created", data);
        }
        for id in deployments {
            let config = json!({ "timeout": 600, "replicas": 2 });
            let data = json!({
                "id": id, "name": id, "systemId": "s", "resourceSelector": "true", "jobAgentId": "agent",
                "jobAgentConfig": config,
            });
            fleet.event("deployment.created", data);
        }
        fleet
    }

    fn event(&mut self, event_type: &str, data: Value) {
        let event = json!({ "eventType": event_type, "data": data });
        assert_eq!(self.oracle.apply(&event), Ok(()), "{event}");
    }

    fn rejected(&mut self, event_type: &str, data: &Value) -> String {
        self.oracle
            .apply(&json!({ "eventType": event_type, "data": data }))
            .expect_err("must be rejected")
    }

    /// A ready version of deployment `d` made at `minutes` past noon.
    fn version(&mut self, id: &str, deployment: &str, minutes: i64) {
        let data = json!({
            "id": id, "deploymentId": deployment, "tag": id, "status": "ready", "createdAt": format_time(noon(minutes)),
        });
        self.event("deployment-version.created", data);
    }

    fn policy(&mut self, rules: &[Value]) {
        let rules: Vec<Value> = rules
            .iter()
            .enumerate()
            .map(|(at, rule)| {
                let mut rule = rule.clone();
                rule["id"] = json!(format!("rule{at}"));
                rule
            })
            .collect();
        self.event(
            "policy.created",
            json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules }),
        );
    }

    /// The latest job of a target ends now.
    fn finish(&mut self, (resource, environment, deployment): (&str, &str, &str), status: &str) {
        let completed = format_time(self.oracle.now());
        let data = json!({
            "resourceId": resource, "environmentId": environment, "deploymentId": deployment, "status": status,
            "completedAt": completed,
        });
        self.event("job.finished", data);
    }

    fn wait(&mut self, minutes: i64) {
        let to = self.oracle.now() + minutes * MINUTE;
        self.oracle.advance(to).expect("the clock moves on");
    }

    fn view(&self, (resource, environment, deployment): (&str, &str, &str)) -> TargetView {
        self.oracle.view(&Target::new(resource, environment, deployment))
    }

    fn jobs(
        &self,
        (resource, environment, deployment): (&str, &str, &str),
    ) -> Vec<(String, String)> {
        let jobs = self.oracle.jobs(&Target::new(resource, environment, deployment));
        jobs.into_iter().map(|job| (job.version_id, job.status)).collect()
    }
}

const T: (&str, &str, &str) = ("r", "e", "d");

fn noon(minutes: i64) -> i64 {
    parse_time("2026-01-06T12:00:00Z").expect("a time") + minutes * MINUTE
}

fn pairs(jobs: &[(&str, &str)]) -> Vec<(String, String)> {
    jobs.iter().map(|(version, status)| ((*version).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn a_queued_version_follows_at_once() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.version("v1", "d", 0);
    fleet.version("v2", "d", 1);
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "pending")]), "denied by concurrency");
    fleet.finish(T, "successful");
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "successful"), ("v2", "pending")]), "11.3");
}

#[test]
fn a_retry_comes_exactly_when_the_backoff_ends() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.policy(&[json!({ "retry": { "maxRetries": 2, "backoffSeconds": 60 } })]);
    fleet.version("v1", "d", 0);
    fleet.finish(T, "failure");
    assert_eq!(fleet.view(T).next, Some(noon(1)), "11.3");
    fleet.oracle.advance(noon(1) - 1).expect("just before");
    assert_eq!(fleet.jobs(T).len(), 1);
    fleet.oracle.advance(noon(1)).expect("exactly then");
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "failure"), ("v1", "pending")]));
    assert_eq!(fleet.oracle.jobs(&Target::new("r", "e", "d"))[1].created_at, noon(1));
}

#[test]
fn cooldown_counts_from_the_creation_of_the_reference() {
    for (name, interval, made, waits_until) in [
        ("30 min ago", 3600, -30, Some(30)),
        ("2 h ago", 3600, -120, None),
        ("exactly 3600 s ago", 3600, -60, None),
        ("interval 0", 0, -30, None),
    ] {
        let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
        fleet.policy(&[json!({ "versionCooldown": { "intervalSeconds": interval } })]);
        fleet.version("v1", "d", made);
        fleet.finish(T, "successful");
        fleet.version("v2", "d", made + 1);
        let view = fleet.view(T);
        let desired = view.desired.expect("v1 at least").version_id;
        assert_eq!(desired, if waits_until.is_some() { "v1" } else { "v2" }, "8.7: {name}");
        assert_eq!(view.next, waits_until.map(noon), "8.7: {name}");
        fleet.wait(30);
        assert_eq!(fleet.view(T).desired.expect("v2").version_id, "v2", "8.7: {name}, later");
    }
}

#[test]
fn a_job_in_progress_is_the_cooldown_reference() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.version("v2", "d", -90);
    fleet.finish(T, "successful");
    fleet.version("v3", "d", -5);
    fleet.policy(&[json!({ "versionCooldown": { "intervalSeconds": 3600 } })]);
    fleet.version("v4", "d", -4);
    let view = fleet.view(T);
    let waiting = &view.candidates[0].results[2];
    assert_eq!((waiting.code, waiting.next), ("cooldown.waiting", Some(noon(55))));
    assert_eq!(
        (&waiting.params["reference"], &waiting.params["source"]),
        (&json!("v3"), &json!("in_progress"))
    );
    assert_eq!(view.candidates[2].blocked_by, ["cooldown.waiting"], "older candidates wait too");
}

#[test]
fn a_dependency_needs_a_deployed_version_on_the_same_resource() {
    for (name, text, status, met) in [
        ("deployed", "deployment.name == 'db'", "successful", true),
        ("failed", "deployment.name == 'db'", "failure", false),
        ("in progress", "deployment.name == 'db'", "inProgress", false),
        (
            "other version",
            "deployment.name == 'db' && version.tag.startsWith('v2')",
            "successful",
            false,
        ),
    ] {
        let mut fleet = Fleet::new(&["r"], &["e"], &["d", "db"]);
        fleet.version("v1", "db", 0);
        fleet.policy(&[json!({ "deploymentDependency": { "dependsOn": text } })]);
        fleet.version("w1", "d", 0);
        assert_eq!(fleet.jobs(T), [], "8.10: {name}, before");
        fleet.finish(("r", "e", "db"), status);
        assert_eq!(!fleet.jobs(T).is_empty(), met, "8.10: {name}");
    }
}

#[test]
fn a_version_dependency_prefers_the_own_environment() {
    let mut fleet = Fleet::new(&["r"], &["e", "f"], &["d", "db"]);
    fleet.version("v1", "db", 0);
    fleet.finish(("r", "f", "db"), "successful");
    let dependencies = json!({ "db": { "versionSelector": "version.tag == 'v1'" } });
    let data =
        json!({ "id": "w1", "deploymentId": "d", "status": "ready", "dependencies": dependencies });
    fleet.event("deployment-version.created", data);
    assert_eq!(
        fleet.view(T).candidates[0].blocked_by,
        ["version_dependency.unmet"],
        "8.9: deployed elsewhere only"
    );
    fleet.finish(("r", "e", "db"), "successful");
    assert_eq!(fleet.jobs(T), pairs(&[("w1", "pending")]), "8.9");
}

#[test]
fn soak_counts_from_the_success_that_counts_and_age_ends_it() {
    let policy = json!({
        "id": "p", "enabled": true, "selectors": [{ "environmentSelector": "environment.id == 'prod'" }],
        "rules": [{ "id": "rule0", "environmentProgression": {
            "dependsOnEnvironmentSelector": "environment.id == 'staging'", "minimumSoakTimeMinutes": 30,
            "maximumAgeHours": 2,
        } }],
    });
    let mut fleet = Fleet::new(&["r"], &["staging", "prod"], &["d"]);
    fleet.event("policy.created", policy);
    fleet.version("v1", "d", 0);
    let prod = ("r", "prod", "d");
    fleet.finish(("r", "staging", "d"), "successful");
    assert_eq!(fleet.view(prod).next, Some(noon(30)), "T-E3");
    fleet.wait(30);
    assert_eq!(fleet.jobs(prod), pairs(&[("v1", "pending")]), "12: closed on the satisfied side");
    assert_eq!(fleet.view(prod).next, Some(noon(120) + 1), "C-E24");
    fleet.wait(90);
    assert!(fleet.view(prod).desired.is_some(), "C-E24: equality holds");
    fleet.oracle.advance(noon(120) + 1).expect("a nanosecond later");
    assert!(fleet.view(prod).desired.is_none(), "C-E24");
}

#[test]
fn a_rollout_starts_at_the_deciding_approval() {
    let mut fleet = Fleet::new(&["r1", "r2", "r3", "r4", "r5"], &["env1"], &["dep1"]);
    let rollout = json!({ "timeScaleInterval": 60 });
    fleet.policy(&[
        json!({ "anyApproval": { "minApprovals": 1 } }),
        json!({ "gradualRollout": rollout }),
    ]);
    fleet.version("v1", "dep1", 0);
    fleet.wait(10);
    assert_eq!(fleet.oracle.targets_with_jobs(), [], "T-G5");
    fleet.event(
        "user-approval-record.created",
        json!({ "userId": "u", "versionId": "v1", "environmentId": "env1", "status": "approved" }),
    );
    let mut order = Vec::new();
    for minute in 0..5 {
        let deployed: Vec<String> =
            fleet.oracle.targets_with_jobs().into_iter().map(|target| target.resource).collect();
        assert_eq!(deployed.len(), minute + 1, "T-G6 at minute {minute}");
        order.extend(
            deployed.into_iter().filter(|resource| !order.contains(resource)).collect::<Vec<_>>(),
        );
        fleet.wait(1);
    }
    assert_eq!(order, ["r2", "r3", "r1", "r5", "r4"], "C-G10");
    let ranks: Vec<String> =
        fleet.oracle.ranks("env1", "dep1", "v1").into_iter().map(|t| t.resource).collect();
    assert_eq!(ranks, order, "C-G10");
}

#[test]
fn a_waiver_opens_the_gate_until_it_expires() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.policy(&[json!({ "anyApproval": { "minApprovals": 1 } })]);
    fleet.version("v0", "d", -1);
    fleet.event("policy-skip.created", json!({ "id": "s0", "versionId": "v0", "ruleId": "rule0" }));
    assert_eq!(fleet.jobs(T), pairs(&[("v0", "pending")]), "8.12: a skip waives its rule");
    fleet.version("v1", "d", 0);
    let bypass = json!({
        "id": "b1", "versionId": "v1", "bypassRuleTypes": ["approval"], "expiresAt": format_time(noon(10)),
    });
    fleet.event("policy-bypass.created", bypass);
    let view = fleet.view(T);
    assert_eq!(view.desired.expect("v1").version_id, "v1", "v0 is still running");
    assert_eq!(view.next, Some(noon(10)), "C-B10");
    fleet.wait(10);
    assert_eq!(
        fleet.view(T).desired.expect("v0").version_id,
        "v0",
        "C-B10: blocked again at exactly expiresAt"
    );
    assert_eq!(fleet.jobs(T).len(), 1);
}

#[test]
fn a_removed_target_is_cancelled_and_deploys_again_when_it_returns() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.version("v1", "d", 0);
    let mut environment =
        json!({ "id": "e", "name": "e", "systemId": "s", "resourceSelector": "false" });
    fleet.event("environment.updated", environment.clone());
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "cancelled")]), "11.5");
    environment["resourceSelector"] = json!("true");
    fleet.event("environment.updated", environment);
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "cancelled"), ("v1", "pending")]), "11.5");
}

#[test]
fn a_redeploy_needs_no_eligibility_but_no_active_job() {
    let triple = json!({ "resourceId": "r", "environmentId": "e", "deploymentId": "d" });
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.event("release-target.deploy", triple.clone());
    assert_eq!(fleet.oracle.outcome(), Some("redeploy.nothing_desired"), "11.4");
    fleet.version("v1", "d", 0);
    fleet.event("release-target.deploy", triple.clone());
    assert_eq!(fleet.oracle.outcome(), Some("redeploy.refused_active_job"), "11.4");
    fleet.finish(T, "successful");
    fleet.event("release-target.deploy", triple);
    assert_eq!(fleet.oracle.outcome(), Some("redeploy.created"), "11.4");
    assert_eq!(fleet.jobs(T), pairs(&[("v1", "successful"), ("v1", "pending")]), "11.4");
    let jobs = fleet.oracle.jobs(&Target::new("r", "e", "d"));
    assert_eq!(jobs[0].release_id, jobs[1].release_id, "the same release");
    let nowhere = json!({ "resourceId": "x", "environmentId": "e", "deploymentId": "d" });
    assert!(fleet.rejected("release-target.deploy", &nowhere).starts_with("not_found"), "11.4");
}

#[test]
fn missing_agents_cost_one_job_per_release() {
    let mut fleet = Fleet::new(&["r1", "r2", "r3"], &["e"], &[]);
    let mut deployment =
        json!({ "id": "d", "name": "d", "systemId": "s", "resourceSelector": "true" });
    fleet.event("deployment.created", deployment.clone());
    fleet.version("v1", "d", 0);
    fleet.event("deployment.updated", deployment.clone());
    deployment["jobAgentId"] = json!("agent");
    fleet.event("deployment.updated", deployment.clone());
    fleet.event("deployment.updated", deployment);
    for resource in ["r1", "r2", "r3"] {
        let expected = pairs(&[("v1", "invalidJobAgent"), ("v1", "pending")]);
        assert_eq!(fleet.jobs((resource, "e", "d")), expected, "11.6");
    }
}

#[test]
fn a_job_gets_the_merged_config() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.version("v1", "d", 0);
    let job = &fleet.oracle.jobs(&Target::new("r", "e", "d"))[0];
    assert_eq!(job.config, json!({ "namespace": "a", "timeout": 600, "replicas": 2 }), "10.4");
}

#[test]
fn a_job_is_updated_by_id_or_external_id_and_keeps_its_release() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    fleet.version("v1", "d", 0);
    let job = fleet.oracle.jobs(&Target::new("r", "e", "d"))[0].clone();
    let fields = json!({ "id": job.id, "job": { "externalId": "x-1" }, "fieldsToUpdate": ["ExternalId", "unknown"] });
    fleet.event("job.updated", fields);
    let done = json!({
        "agentId": "agent", "externalId": "x-1", "fieldsToUpdate": ["status", "completedAt"],
        "job": { "status": "successful", "completedAt": format_time(noon(0)), "releaseId": job.release_id },
    });
    fleet.event("job.updated", done);
    assert_eq!(fleet.view(T).current.as_deref(), Some("v1"), "11.2");
    for (data, class) in [
        (json!({ "id": "unknown", "job": { "status": "failure" } }), "not_found"),
        (json!({ "id": job.id, "status": "failure" }), "missing_field"),
        (json!({ "id": job.id, "job": { "message": "no status" } }), "missing_field"),
        (json!({ "id": job.id, "job": { "status": "done" } }), "invalid_value"),
        (json!({ "id": job.id, "job": { "status": "failure", "releaseId": "other" } }), "conflict"),
    ] {
        assert!(fleet.rejected("job.updated", &data).starts_with(class), "11.2: {data}");
    }
}

#[test]
fn a_provider_sets_its_own_resources_only() {
    let mut fleet = Fleet::new(&["free"], &["e"], &["d"]);
    let sent = |identifier: &str, name: &str| json!({ "identifier": identifier, "name": name });
    let set = |provider: &str, resources: &[Value]| json!({ "providerId": provider, "resources": resources });
    fleet.event(
        "resource-provider.set-resources",
        set("p1", &[sent("free", "adopted"), sent("new", "new")]),
    );
    assert_eq!(fleet.oracle.targets().len(), 2, "4.4: one adopted, one made");
    fleet.event(
        "resource-provider.set-resources",
        set("p2", &[sent("free", "stolen"), sent("mine", "mine")]),
    );
    assert_eq!(fleet.oracle.targets().len(), 3, "4.4: another provider's is skipped");
    let before = fleet.oracle.clone();
    fleet.event("resource-provider.set-resources", set("p2", &[sent("mine", "mine")]));
    assert!(fleet.oracle.same(&before), "4.4: entries without any change change nothing");
    fleet.event("resource-provider.set-resources", set("p1", &[sent("free", "adopted")]));
    assert_eq!(fleet.oracle.targets().len(), 2, "4.4: absent ones are deleted");
    let twice = set("p1", &[sent("free", "a"), sent("free", "b")]);
    assert!(
        fleet.rejected("resource-provider.set-resources", &twice).starts_with("conflict"),
        "4.4"
    );
}

#[test]
fn a_rejected_event_does_not_move_the_clock() {
    let mut fleet = Fleet::new(&["r"], &["e"], &["d"]);
    let before = fleet.oracle.clone();
    let late = json!({ "eventType": "environment.created", "at": format_time(noon(5)), "data": { "id": "x" } });
    assert!(fleet.oracle.apply(&late).expect_err("no system").starts_with("missing_field"));
    let early = json!({ "eventType": "workspace.tick", "at": format_time(noon(-5)), "data": {} });
    assert!(fleet.oracle.apply(&early).expect_err("in the past").starts_with("time_reversed"));
    assert!(fleet.oracle.same(&before), "2.2");
}
