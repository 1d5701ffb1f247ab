//! What two dialects make of the same events (docs/dialects.md).

mod variables;

use serde_json::{Value as Json, json};
use shakedown_systems::prelude::*;

use crate::send::{event, send};

pub(crate) fn fleet_in(dialect: Dialect) -> Fleet {
    shakedown_systems::fleet_in(dialect, "ws", "2025-01-02T00:00:00Z".parse().expect("a time"))
}

/// A shop of staging and prod with a deployment `d` that has targets on `resources`, each labelled with
/// the environments that select it.
pub(crate) fn shop(dialect: Dialect, resources: &[(&str, &str)]) -> Fleet {
    let mut fleet = fleet_in(dialect);
    send(&mut fleet, "job-agent.created", json!({ "id": "a" }));
    for stage in ["staging", "prod"] {
        let selector = format!("resource.metadata.stage == '{stage}'");
        let it = json!({ "id": stage, "systemId": "s", "resourceSelector": selector });
        send(&mut fleet, "environment.created", it);
    }
    for (id, stage) in resources {
        send(&mut fleet, "resource.created", json!({ "id": id, "metadata": { "stage": stage } }));
    }
    let it = json!({ "id": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": "true" });
    send(&mut fleet, "deployment.created", it);
    fleet
}

pub(crate) fn version(fleet: &mut Fleet, id: &str, status: &str) {
    send(fleet, "deployment-version.created", version_of(id, status));
}

fn version_of(id: &str, status: &str) -> Json {
    json!({ "id": id, "deploymentId": "d", "tag": id, "status": status })
}

pub(crate) fn finish(fleet: &mut Fleet, resource: &str, environment: &str, status: &str) {
    let at = fleet.now().to_string();
    let it = json!({
        "resourceId": resource, "environmentId": environment, "deploymentId": "d",
        "status": status, "completedAt": at,
    });
    send(fleet, "job.finished", it);
}

pub(crate) fn jobs(fleet: &Fleet, resource: &str, environment: &str) -> Vec<String> {
    let target = fleet.target("d", environment, resource).expect("a target");
    target.jobs.into_iter().map(|job| format!("{} {}", job.version_id, job.status)).collect()
}

/// What a fleet of each dialect shows.
pub(crate) fn both<T>(of: impl Fn(Dialect) -> T) -> [T; 2] {
    [Dialect::TODAY, Dialect::RECORDED].map(of)
}

fn gate(fleet: &mut Fleet, member: Json) {
    let rule = json!({ "id": "g", "environmentProgression": member });
    let policy = json!({
        "id": "p", "enabled": true, "selector": "environment.id == 'prod'", "rules": [rule],
    });
    send(fleet, "policy.created", policy);
}

/// Case: a gate of 80 percent on a tier in which the deployment has no targets.
#[test]
fn t1_an_upstream_environment_without_targets() {
    let after_staging = json!({
        "dependsOnEnvironmentSelector": "environment.id == 'staging'",
        "minimumSuccessPercentage": 80, "minimumSoakTimeMinutes": 30,
    });
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("p", "prod")]);
        gate(&mut fleet, after_staging.clone());
        version(&mut fleet, "v1", "ready");
        let alone = jobs(&fleet, "p", "prod").len();
        // A target upstream closes the gate for what is new, and one that vanishes opens it again.
        send(
            &mut fleet,
            "resource.created",
            json!({ "id": "s", "metadata": { "stage": "staging" } }),
        );
        finish(&mut fleet, "p", "prod", "successful");
        version(&mut fleet, "v2", "ready");
        let gated = jobs(&fleet, "p", "prod").len();
        send(&mut fleet, "resource.deleted", json!({ "id": "s" }));
        (alone, gated, jobs(&fleet, "p", "prod").len())
    };
    assert_eq!(both(run), [(1, 1, 2), (0, 0, 0)]);
    // No environment upstream at all waits in both.
    let none = json!({ "dependsOnEnvironmentSelector": "environment.id == 'nowhere'" });
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("p", "prod")]);
        gate(&mut fleet, none.clone());
        version(&mut fleet, "v1", "ready");
        jobs(&fleet, "p", "prod").len()
    };
    assert_eq!(both(run), [0, 0]);
}

/// A rollout behind a gate that nothing holds begins when its version was made.
#[test]
fn t1_the_clock_of_a_rollout_behind_an_empty_environment() {
    let mut fleet = shop(Dialect::TODAY, &[("p", "prod"), ("q", "prod")]);
    let after = json!({ "dependsOnEnvironmentSelector": "environment.id == 'staging'" });
    let rule = json!({
        "id": "g", "environmentProgression": after, "gradualRollout": { "timeScaleInterval": 600 },
    });
    let policy = json!({ "id": "p", "selector": "environment.id == 'prod'", "rules": [rule] });
    send(&mut fleet, "policy.created", policy);
    version(&mut fleet, "v1", "ready");
    assert_eq!(jobs(&fleet, "p", "prod").len() + jobs(&fleet, "q", "prod").len(), 1);
    assert_eq!(next_change(&fleet).map(|at| at.to_string()), Some("2025-01-02T00:10:00Z".into()));
}

/// Cases: rolling back a bad version, and a pinned version that is edited and edited back.
#[test]
fn t2_an_older_version_that_is_desired_again() {
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("r", "staging")]);
        version(&mut fleet, "v1", "ready");
        finish(&mut fleet, "r", "staging", "successful");
        fleet.pass(Duration::from_mins(1)).expect("time passes");
        version(&mut fleet, "v2", "ready");
        finish(&mut fleet, "r", "staging", "successful");
        version(&mut fleet, "v2", "rejected");
        jobs(&fleet, "r", "staging")
    };
    let [today, recorded] = both(run);
    assert_eq!(today, ["v1 successful", "v2 successful", "v1 pending"]);
    assert_eq!(recorded, ["v1 successful", "v2 successful"]);
}

/// Attempts are counted anew after a job of another release, and a success before it no longer counts.
#[test]
fn t2_attempts_after_another_release() {
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("r", "staging")]);
        let retry = json!({ "maxRetries": 1, "retryOnStatuses": ["failure"] });
        let policy = json!({
            "id": "p", "enabled": true, "selector": "true", "rules": [{ "id": "r", "retry": retry }],
        });
        send(&mut fleet, "policy.created", policy);
        version(&mut fleet, "v1", "ready");
        finish(&mut fleet, "r", "staging", "failure");
        finish(&mut fleet, "r", "staging", "failure");
        fleet.pass(Duration::from_mins(1)).expect("time passes");
        version(&mut fleet, "v2", "ready");
        finish(&mut fleet, "r", "staging", "successful");
        version(&mut fleet, "v2", "rejected");
        for _ in 0..3 {
            finish(&mut fleet, "r", "staging", "failure");
        }
        jobs(&fleet, "r", "staging").len()
    };
    assert_eq!(both(run), [5, 3], "two of v1, one of v2; then two more of v1, or none");
}

/// An older job that says it was created later ends the newest attempts.
#[test]
fn t2_goes_by_the_time_of_creation() {
    let mut fleet = shop(Dialect::TODAY, &[("r", "staging")]);
    version(&mut fleet, "v1", "ready");
    finish(&mut fleet, "r", "staging", "failure");
    let first = fleet.targets()[0].jobs[0].id.clone();
    fleet.pass(Duration::from_mins(1)).expect("time passes");
    version(&mut fleet, "v2", "ready");
    finish(&mut fleet, "r", "staging", "successful");
    assert_eq!(jobs(&fleet, "r", "staging").len(), 2);
    let job = json!({ "status": "failure", "createdAt": "2025-01-03T00:00:00Z" });
    let update = json!({ "id": first, "job": job, "fieldsToUpdate": ["createdAt"] });
    send(&mut fleet, "job.updated", update);
    assert_eq!(jobs(&fleet, "r", "staging"), ["v1 failure", "v2 successful", "v2 pending"]);
}

#[test]
fn t3_statuses_of_versions() {
    for (status, expected) in [
        ("ready", [1, 1]),
        ("", [1, 0]),
        ("unspecified", [1, 0]),
        ("failed", [1, 0]),
        ("building", [0, 0]),
        ("rejected", [0, 0]),
        ("paused", [0, 0]),
    ] {
        let run = |dialect| {
            let mut fleet = shop(dialect, &[("r", "staging")]);
            version(&mut fleet, "v", status);
            jobs(&fleet, "r", "staging").len()
        };
        assert_eq!(both(run), expected, "{status:?}");
    }
    // An absent status is `ready`, also to those who read it.
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("r", "staging")]);
        let rule =
            json!({ "id": "s", "versionSelector": { "selector": "version.status == 'ready'" } });
        let policy = json!({ "id": "p", "enabled": true, "selector": "true", "rules": [rule] });
        send(&mut fleet, "policy.created", policy);
        let absent = json!({ "id": "v", "deploymentId": "d", "tag": "v" });
        send(&mut fleet, "deployment-version.created", absent);
        jobs(&fleet, "r", "staging").len()
    };
    assert_eq!(both(run), [1, 0]);
}

/// Case: a policy as in ctrlplane's documentation, without `enabled`.
#[test]
fn t4_what_a_policy_leaves_out() {
    let two = json!([{ "id": "two", "anyApproval": { "minApprovals": 2 } }]);
    for (policy, expected) in [
        (json!({ "id": "p", "selector": "true", "rules": two }), [0, 1]),
        (json!({ "id": "p", "enabled": false, "selector": "true", "rules": two }), [1, 1]),
        (json!({ "id": "p", "enabled": true, "rules": two }), [0, 1]),
        (json!({ "id": "p", "enabled": true, "selectors": [], "rules": two }), [0, 1]),
        (json!({ "id": "p", "enabled": true, "selector": "", "rules": two }), [0, 1]),
    ] {
        let run = |dialect| {
            let mut fleet = shop(dialect, &[("r", "staging")]);
            send(&mut fleet, "policy.created", policy.clone());
            version(&mut fleet, "v", "ready");
            jobs(&fleet, "r", "staging").len()
        };
        assert_eq!(both(run), expected, "{policy}");
    }
}

/// A rule without an id is called after its place; skips name it so.
#[test]
fn t4_a_rule_without_an_id() {
    let one = json!({ "anyApproval": { "minApprovals": 1 } });
    let policy =
        json!({ "id": "p", "enabled": true, "selector": "true", "rules": [{ "id": "x" }, one] });
    let mut fleet = shop(Dialect::TODAY, &[("r", "staging")]);
    send(&mut fleet, "policy.created", policy.clone());
    version(&mut fleet, "v", "ready");
    assert_eq!(jobs(&fleet, "r", "staging").len(), 0);
    send(
        &mut fleet,
        "policy-skip.created",
        json!({ "id": "k", "versionId": "v", "ruleId": "p#1" }),
    );
    assert_eq!(jobs(&fleet, "r", "staging").len(), 1);

    let mut fleet = shop(Dialect::RECORDED, &[("r", "staging")]);
    let event = event(&fleet, "policy.created", policy);
    let refused = fleet.apply(event).expect_err("an id is required");
    assert_eq!(refused.why.class, ErrorClass::MissingField);
    assert_eq!(refused.to_string(), "data.rules[1].id: expected a non-empty id, found nothing");
}

#[test]
fn t5_a_resource_that_was_deleted() {
    let deleted = json!({
        "id": "r", "metadata": { "stage": "prod" }, "deletedAt": "2025-01-01T00:00:00Z",
    });
    let run = |dialect| {
        let mut fleet = shop(dialect, &[("r", "prod"), ("other", "prod")]);
        send(&mut fleet, "resource.updated", deleted.clone());
        let updated = fleet.targets().len();
        let list = json!({ "providerId": "x", "resources": [{
            "id": "new", "metadata": { "stage": "prod" }, "deletedAt": "2025-01-01T00:00:00Z",
        }] });
        send(&mut fleet, "resource-provider.set-resources", list);
        (updated, fleet.targets().len())
    };
    assert_eq!(both(run), [(1, 1), (2, 3)]);
}

#[test]
fn t6_a_job_that_is_queued() {
    let mut fleet = shop(Dialect::TODAY, &[("r", "staging"), ("p", "prod")]);
    let counts = json!({
        "dependsOnEnvironmentSelector": "environment.id == 'staging'", "successStatuses": ["queued"],
    });
    gate(&mut fleet, counts);
    version(&mut fleet, "v1", "ready");
    finish(&mut fleet, "r", "staging", "queued");
    assert_eq!(jobs(&fleet, "r", "staging"), ["v1 queued"]);
    assert_eq!(jobs(&fleet, "p", "prod"), ["v1 pending"], "it counts where a rule lists it");
    version(&mut fleet, "v2", "ready");
    assert_eq!(jobs(&fleet, "r", "staging"), ["v1 queued", "v2 pending"], "it holds nothing up");

    let fleet = shop(Dialect::RECORDED, &[("r", "staging")]);
    let finished = json!({
        "resourceId": "r", "environmentId": "staging", "deploymentId": "d", "status": "queued",
    });
    let lists = |member: Json| json!({ "id": "p", "rules": [{ "id": "x" }, member] });
    let retry =
        lists(json!({ "id": "y", "retry": { "maxRetries": 1, "retryOnStatuses": ["queued"] } }));
    let progression = lists(json!({ "id": "y", "environmentProgression": {
        "dependsOnEnvironmentSelector": "true", "successStatuses": ["failure", "queued"],
    } }));
    for (event_type, data, path) in [
        ("job.finished", finished, "data.status"),
        ("policy.created", retry, "data.rules[1].retry.retryOnStatuses"),
        ("policy.created", progression, "data.rules[1].environmentProgression.successStatuses"),
    ] {
        let mut fleet = shop(Dialect::RECORDED, &[("r", "staging")]);
        let refused = fleet.apply(event(&fleet, event_type, data)).expect_err(path);
        let expected = format!("{path}: there is no job status `queued` in dialect `recorded`");
        assert_eq!(refused.to_string(), expected);
        assert_eq!(refused.why.class, ErrorClass::InvalidValue);
    }
    assert_eq!(fleet.dialect(), Dialect::RECORDED);
}

/// One deployment `d`, and environments `e` and `f`, each in the systems that it is given.
fn in_systems(dialect: Dialect, d: Json, e: Json, f: Json) -> Option<usize> {
    let mut fleet = fleet_in(dialect);
    send(&mut fleet, "resource.created", json!({ "id": "r" }));
    for (event_type, id, mut members) in [
        ("deployment.created", "d", d),
        ("environment.created", "e", e),
        ("environment.created", "f", f),
    ] {
        members["id"] = json!(id);
        members["resourceSelector"] = json!("true");
        let envelope = json!({ "eventType": event_type, "data": members });
        fleet.apply(Event::decode(&envelope, fleet.now()).ok()?).ok()?;
    }
    Some(fleet.targets().len())
}

#[test]
fn t7_any_number_of_systems() {
    let one = || json!({ "systemId": "a" });
    for (d, e, f, expected) in [
        (one(), one(), json!({ "systemId": "b" }), [Some(1), Some(1)]),
        (json!({ "systems": ["a", "b"] }), one(), json!({ "systemId": "b" }), [Some(2), None]),
        (
            json!({ "systems": [{ "id": "b", "name": "B" }] }),
            one(),
            json!({ "systemIds": ["c", "b"] }),
            [Some(1), None],
        ),
        (
            json!({ "systemId": "a", "systems": ["b"] }),
            one(),
            json!({ "systemId": "b" }),
            [Some(2), Some(1)],
        ),
        (json!({ "systemId": "" }), one(), one(), [Some(0), None]),
        (json!({}), one(), one(), [Some(0), None]),
    ] {
        let run = |dialect| in_systems(dialect, d.clone(), e.clone(), f.clone());
        assert_eq!(both(run), expected, "{d} {e} {f}");
    }
}

/// The lists of a system do the same, whichever comes first.
#[test]
fn t7_systems_list_what_belongs_to_them() {
    let select = |id: &str| json!({ "id": id, "resourceSelector": "true" });
    let lists =
        json!({ "id": "s", "deployments": [{ "id": "d", "name": "D" }], "environments": ["e"] });
    let mut fleet = fleet_in(Dialect::TODAY);
    send(&mut fleet, "resource.created", json!({ "id": "r" }));
    send(&mut fleet, "system.created", lists.clone());
    send(&mut fleet, "deployment.created", select("d"));
    send(&mut fleet, "environment.created", select("e"));
    send(&mut fleet, "environment.created", select("f"));
    assert_eq!(fleet.targets().len(), 1);
    let both = json!({ "id": "s", "deployments": ["d"], "environments": ["e", "f"] });
    send(&mut fleet, "system.updated", both);
    assert_eq!(fleet.targets().len(), 2);
    send(&mut fleet, "deployment.updated", select("d"));
    assert_eq!(fleet.targets().len(), 2, "what the deployment says does not take it out");
    send(&mut fleet, "system.updated", json!({ "id": "s" }));
    assert_eq!(fleet.targets().len(), 0);
    send(&mut fleet, "system.updated", lists);
    assert_eq!(fleet.targets().len(), 1);
}

/// What belongs to no other system goes with it.
#[test]
fn t7_a_system_that_goes() {
    let mut fleet = fleet_in(Dialect::TODAY);
    send(&mut fleet, "resource.created", json!({ "id": "r" }));
    let it = |systems: Json| json!({ "id": "x", "systems": systems, "resourceSelector": "true" });
    for id in ["a", "b"] {
        send(&mut fleet, "system.created", json!({ "id": id }));
    }
    send(&mut fleet, "deployment.created", it(json!(["a", "b"])));
    send(&mut fleet, "environment.created", it(json!(["a", "b"])));
    send(&mut fleet, "system.deleted", json!({ "id": "a" }));
    assert_eq!(fleet.targets().len(), 1);
    send(&mut fleet, "system.deleted", json!({ "id": "b" }));
    assert_eq!(fleet.targets().len(), 1, "they name systems, which need not exist");
}

/// Upstream is what shares a system with the target, not only with its environment.
#[test]
fn t7_upstream_in_another_system() {
    let mut fleet = fleet_in(Dialect::TODAY);
    send(&mut fleet, "job-agent.created", json!({ "id": "a" }));
    for (id, systems) in [("staging", json!(["y"])), ("prod", json!(["x", "y"]))] {
        let it = json!({ "id": id, "systems": systems, "resourceSelector": "true" });
        send(&mut fleet, "environment.created", it);
    }
    send(&mut fleet, "resource.created", json!({ "id": "r" }));
    let it = json!({ "id": "d", "systemId": "x", "jobAgentId": "a", "resourceSelector": "true" });
    send(&mut fleet, "deployment.created", it);
    gate(&mut fleet, json!({ "dependsOnEnvironmentSelector": "environment.id == 'staging'" }));
    version(&mut fleet, "v1", "ready");
    let target = fleet.target("d", "prod", "r").expect("a target");
    assert_eq!(
        target.reasons.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["plan.none_deployable", "progression.no_upstream"]
    );
    let it = json!({ "id": "staging", "systems": ["x"], "resourceSelector": "true" });
    send(&mut fleet, "environment.updated", it);
    assert_eq!(jobs(&fleet, "r", "prod").len(), 0);
    finish(&mut fleet, "r", "staging", "successful");
    assert_eq!(jobs(&fleet, "r", "prod"), ["v1 pending"]);
}

fn agent_of(fleet: &Fleet, resource: &str) -> Option<String> {
    use shakedown_engine::fleet::catalogue::Registry;
    use shakedown_engine::fleet::jobs::Jobs;
    let world = fleet.world();
    let resources = world.resource::<Registry<Resource>>();
    let mut jobs = world.resource::<Jobs>().0.iter().rev();
    let job = jobs.find(|job| resources.id(job.target.resource) == resource).expect("it has a job");
    job.agent.get().map(|agent| world.resource::<Registry<JobAgent>>().id(agent).to_owned())
}

/// The agent of each resource's newest job under a selector, with three agents.
fn chosen(dialect: Dialect, selector: &str) -> Vec<Option<String>> {
    let mut fleet = fleet_in(dialect);
    for (id, kind, region) in [("b", "argo", "eu"), ("a", "argo", "us"), ("c", "run", "eu")] {
        let it = json!({ "id": id, "type": kind, "metadata": { "region": region }, "config": { "from": id } });
        send(&mut fleet, "job-agent.created", it);
    }
    for (id, region) in [("r1", "eu"), ("r2", "us"), ("r3", "asia")] {
        let it = json!({ "id": id, "metadata": { "region": region } });
        send(&mut fleet, "resource.created", it);
    }
    let it = json!({ "id": "e", "systemId": "s", "resourceSelector": "true" });
    send(&mut fleet, "environment.created", it);
    let it = json!({
        "id": "d", "systemId": "s", "resourceSelector": "true", "jobAgentId": "c",
        "jobAgentSelector": selector,
    });
    send(&mut fleet, "deployment.created", it);
    version(&mut fleet, "v1", "ready");
    ["r1", "r2", "r3"].map(|id| agent_of(&fleet, id)).into()
}

#[test]
fn t8_agents_are_chosen_by_a_selector() {
    let some = |id: &str| Some(id.to_owned());
    let named = vec![some("c"); 3];
    for (selector, expected) in [
        ("jobAgent.type == 'argo'", vec![some("a"); 3]),
        ("jobAgent.id == 'b'", vec![some("b"); 3]),
        ("jobAgent.config.from == 'b'", vec![some("b"); 3]),
        (
            "jobAgent.type == 'argo' && jobAgent.metadata['region'] == resource.metadata['region']",
            vec![some("b"), some("a"), None],
        ),
        ("resource.metadata.region == 'us'", vec![None, some("a"), None]),
        ("jobAgent.id == 'nobody'", vec![None; 3]),
        ("jobAgent.nope.nope == 1 / 0", vec![None; 3]),
        ("", named.clone()),
    ] {
        assert_eq!(chosen(Dialect::TODAY, selector), expected, "{selector}");
        assert_eq!(chosen(Dialect::RECORDED, selector), named, "{selector}, recorded");
    }
    let mut fleet = fleet_in(Dialect::TODAY);
    let it = json!({ "id": "d", "systemId": "s", "jobAgentSelector": "deployment.id == 'd'" });
    let refused = fleet.apply(event(&fleet, "deployment.created", it)).expect_err("not declared");
    assert_eq!(refused.why.class, ErrorClass::InvalidSelector);
    assert!(refused.to_string().starts_with("data.jobAgentSelector: "), "{refused}");
}

/// A job without an agent is made anew once there is one: when an agent comes, or the resource changes.
#[test]
fn t8_an_agent_that_comes_later() {
    let mut fleet = fleet_in(Dialect::TODAY);
    for id in ["r1", "r2"] {
        send(&mut fleet, "resource.created", json!({ "id": id, "kind": "x" }));
    }
    let it = json!({ "id": "e", "systemId": "s", "resourceSelector": "true" });
    send(&mut fleet, "environment.created", it);
    let it = json!({
        "id": "d", "systemId": "s", "resourceSelector": "true",
        "jobAgentSelector": "jobAgent.type == resource.kind",
    });
    send(&mut fleet, "deployment.created", it);
    version(&mut fleet, "v1", "ready");
    assert_eq!(jobs(&fleet, "r1", "e"), ["v1 invalidJobAgent"]);
    send(&mut fleet, "job-agent.created", json!({ "id": "a", "type": "y" }));
    assert_eq!(jobs(&fleet, "r1", "e").len(), 1);
    send(&mut fleet, "resource.updated", json!({ "id": "r1", "kind": "y" }));
    assert_eq!(jobs(&fleet, "r1", "e"), ["v1 invalidJobAgent", "v1 pending"]);
    assert_eq!(jobs(&fleet, "r2", "e").len(), 1);
    send(&mut fleet, "job-agent.created", json!({ "id": "b", "type": "x" }));
    assert_eq!(jobs(&fleet, "r2", "e"), ["v1 invalidJobAgent", "v1 pending"]);
    assert_eq!(agent_of(&fleet, "r2"), Some("b".to_owned()));
}
