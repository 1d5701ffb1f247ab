//! A job has an id of its own, whatever the ids, tags and variables of its release are made of: a report
//! by id reaches that job and no other (SEMANTICS 1.4, correction X1).

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use shakedown_engine::model::JobStatus;
use shakedown_systems::prelude::*;

use crate::oracle::canonical::external_id;
use crate::send::{send, send_together};

/// Ids whose concatenations with hyphens fall together in many ways.
const IDS: [&str; 6] = ["a", "a-a", "a-a-a", "-a", "a-", "1:a"];

fn finish(fleet: &mut Fleet, job: &str, status: &str) {
    let sent = json!({ "status": status, "completedAt": "2025-01-02T00:00:00Z" });
    let fields = ["status", "completedAt"];
    let update = json!({ "id": job, "job": sent, "fieldsToUpdate": fields });
    send(fleet, "job.updated", update);
}

#[test]
fn of_targets_whose_keys_are_one_text() {
    let mut fleet = crate::send::fleet();
    send(&mut fleet, "job-agent.created", json!({ "id": "agent" }));
    let resources = IDS.map(|id| ("resource.created", json!({ "id": id })));
    let environments = IDS.map(|id| {
        ("environment.created", json!({ "id": id, "systemId": "s", "resourceSelector": "true" }))
    });
    let deployments = IDS.map(|id| {
        let it =
            json!({ "id": id, "systemId": "s", "jobAgentId": "agent", "resourceSelector": "true" });
        ("deployment.created", it)
    });
    let versions = IDS.map(|id| {
        let version = json!({ "id": format!("v {id}"), "deploymentId": id, "status": "ready" });
        ("deployment-version.created", version)
    });
    send_together(&mut fleet, resources.into_iter().chain(environments).chain(deployments));
    send_together(&mut fleet, versions);

    let targets = fleet.targets();
    assert_eq!(targets.len(), IDS.len().pow(3));
    let keys: BTreeSet<&str> = targets.iter().map(|it| it.key.as_str()).collect();
    assert!(keys.len() < targets.len() - 50, "many keys are one text: {}", keys.len());
    let jobs: BTreeSet<&str> = targets.iter().map(|it| it.jobs[0].id.as_str()).collect();
    assert_eq!(jobs.len(), targets.len());

    for (place, target) in targets.iter().enumerate() {
        let status = if place % 2 == 0 { "successful" } else { "failure" };
        finish(&mut fleet, &target.jobs[0].id, status);
    }
    for (place, target) in fleet.targets().iter().enumerate() {
        let expected = if place % 2 == 0 { JobStatus::Successful } else { JobStatus::Failure };
        assert_eq!(target.jobs[0].status, expected, "{}", target.triple);
    }

    // Those that vanish are told apart as well.
    for id in IDS {
        send(&mut fleet, "environment.deleted", json!({ "id": id }));
    }
    assert_eq!(fleet.departed().len(), targets.len());
}

/// One target, and what it gets one after the other: version id, tag, variables.
fn releases(releases: &[(&str, &str, Json)]) -> BTreeSet<String> {
    let mut fleet = crate::send::fleet();
    send(&mut fleet, "job-agent.created", json!({ "id": "agent" }));
    send(&mut fleet, "resource.created", json!({ "id": "r" }));
    let select = json!({ "id": "e", "systemId": "s", "resourceSelector": "true" });
    send(&mut fleet, "environment.created", select);
    send(&mut fleet, "deployment.created", select_all());
    for key in ["a", "b"] {
        let variable = json!({ "id": key, "deploymentId": "d", "key": key });
        send(&mut fleet, "deployment-variable.created", variable);
    }
    for (second, (version, tag, variables)) in releases.iter().enumerate() {
        send(&mut fleet, "deployment.updated", json!({ "id": "d", "systemId": "none" }));
        for key in ["a", "b"] {
            let variable = json!({ "resourceId": "r", "key": key, "value": variables[key] });
            let what = if variables[key].is_null() { "deleted" } else { "created" };
            send(&mut fleet, &format!("resource-variable.{what}"), variable);
        }
        let at = format!("2025-01-01T00:00:{second:02}Z");
        let version = json!({ "id": version, "deploymentId": "d", "tag": tag, "status": "ready", "createdAt": at });
        send(&mut fleet, "deployment-version.created", version);
        send(&mut fleet, "deployment.updated", select_all());
        let newest = fleet.targets()[0].jobs.last().map(|it| it.id.clone());
        finish(&mut fleet, &newest.expect("each release has a job"), "failure");
    }
    let targets = fleet.targets();
    assert_eq!(targets[0].jobs.len(), releases.len());
    targets[0].jobs.iter().map(|it| it.id.clone()).collect()
}

fn select_all() -> Json {
    json!({ "id": "d", "systemId": "s", "jobAgentId": "agent", "resourceSelector": "true" })
}

#[test]
fn of_releases_whose_export_ids_are_one_text() {
    for of_one_target in [
        // The boundary between version and tag.
        [("b1", "1.0", json!({})), ("b11", ".0", json!({}))],
        // Separators inside of values.
        [("v", "t", json!({"a": "1;b=2"})), ("v", "t", json!({"a": "1", "b": "2"}))],
        // The boundary between tag and variables.
        [("v", "ta=1;", json!({})), ("v", "t", json!({"a": "1"}))],
        // Lengths inside of values.
        [("v", "t", json!({"a": "11:b1:2"})), ("v", "t", json!({"a": "1", "b": "2"}))],
    ] {
        assert_eq!(releases(&of_one_target).len(), 2, "{of_one_target:?}");
    }
}

/// The ids themselves, as Python's `uuid.uuid5` makes them of the name.
#[test]
fn the_name_is_written_with_lengths() {
    let mut fleet = fleet("ws", SimTime(0));
    fleet.put(System::new("s")).expect("a system");
    fleet.put(JobAgent::new("a")).expect("an agent");
    fleet.put(Resource::new("r\u{e9}")).expect("a resource");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    fleet.put(Deployment::new("d", "s").agent("a").select("true")).expect("a deployment");
    fleet.put(DeploymentVersion::new("v", "d").tag("t").ready()).expect("a version");
    let id = fleet.targets()[0].jobs[0].id.clone();
    assert_eq!(id, "f48626d0-e8f5-5e53-a604-c86dfdf925f3");
    assert_eq!(id, external_id("3:r\u{e9}1:e1:d1:v1:t#1"));
}
