//! Where the list of jobs is not at hand, the states of release targets say what runs where: nothing is
//! released anew, and what failed counts as tried.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::document::Document;
use shakedown_systems::load::load;

fn release(resource: &str, version: &str) -> Json {
    json!({ "createdAt": "2026-05-01T00:00:00Z", "variables": {}, "encryptedVariables": [],
        "releaseTarget": { "resourceId": resource, "environmentId": "e", "deploymentId": "d" },
        "version": { "id": version, "tag": version } })
}

fn job(status: &str) -> Json {
    json!({ "id": format!("job {status}"), "status": status, "createdAt": "2026-05-02T00:00:00Z",
        "completedAt": if status == "inProgress" { Json::Null } else { json!("2026-05-02T00:05:00Z") } })
}

fn state(resource: &str, current: Option<&str>, latest: Option<&str>) -> Json {
    let target = json!({ "resourceId": resource, "environmentId": "e", "deploymentId": "d" });
    let current = current.map(|it| release(resource, it));
    json!({ "releaseTarget": target, "state": {
        "currentRelease": current, "desiredRelease": release(resource, "v2"),
        "latestJob": latest.map(|it| json!({ "job": job(it), "verifications": [] })) } })
}

fn document(states: Json) -> Json {
    let version = |id: &str, day: u8| {
        json!({ "id": id, "deploymentId": "d", "tag": id, "status": "ready",
            "createdAt": format!("2026-04-0{day}T00:00:00Z") })
    };
    json!({
        "now": "2026-05-03T00:00:00Z", "systems": [{ "id": "s" }], "jobAgents": [{ "id": "a" }],
        "resources": [{ "id": "r1" }, { "id": "r2" }, { "id": "r3" }, { "id": "r4" }],
        "environments": [{ "id": "e", "systemId": "s", "resourceSelector": "true" }],
        "deployments": [{ "id": "d", "slug": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": "true" }],
        "deploymentVersions": [version("v1", 1), version("v2", 2)],
        "releaseTargets": states,
    })
}

fn loaded(document: &Json) -> Result<(Fleet, u64, Vec<String>), String> {
    let document = Document::parse("w.json", &document.to_string(), SimTime(0));
    let document = document.map_err(|error| error.to_string())?;
    let (remarks, mut made) = (document.remarks.clone(), 0);
    let fleet = load(document, SimTime(0), &mut |report| made += report.jobs_created);
    Ok((fleet.map_err(|error| error.to_string())?, made, remarks))
}

#[test]
fn of_what_runs_failed_and_is_under_way() {
    let states = json!([
        state("r1", Some("v2"), Some("successful")),
        state("r2", Some("v1"), Some("failure")),
        state("r3", Some("v1"), Some("inProgress")),
        state("r4", None, None),
    ]);
    let (fleet, made, remarks) = loaded(&document(states)).expect("it loads");
    assert_eq!((made, remarks), (1, Vec::new()), "r4 had nothing");
    let has = |resource: &str| {
        let target = fleet.target("d", "e", resource).expect("a target");
        let current = target.current;
        let jobs: Vec<String> =
            target.jobs.iter().map(|it| format!("{} {:?}", it.version_id, it.status)).collect();
        (current, jobs)
    };
    let some = |version: &str| Some(version.to_owned());
    assert_eq!(has("r1"), (some("v2"), vec!["v2 Successful".to_owned()]));
    assert_eq!(has("r2"), (some("v1"), vec!["v1 Successful".to_owned(), "v2 Failure".to_owned()]));
    assert_eq!(
        has("r3"),
        (some("v1"), vec!["v1 Successful".to_owned(), "v2 InProgress".to_owned()])
    );
    assert_eq!(has("r4"), (None, vec!["v2 Pending".to_owned()]));
}

#[test]
fn what_does_not_fit_is_refused_and_jobs_go_first() {
    let mut odd = state("r1", None, Some("successful"));
    odd["state"]["desiredRelease"] = Json::Null;
    let error = loaded(&document(json!([odd]))).map(|_| ()).expect_err("of which release is it?");
    assert!(
        error.contains(
            "releaseTargets[0].state.desiredRelease: expected the release of the latest job"
        ),
        "{error}"
    );
    odd["state"]["currentRelease"] = release("r2", "v2");
    let error = loaded(&document(json!([odd]))).map(|_| ()).expect_err("it is of another target");
    assert!(
        error.contains(
            "releaseTargets[0].state.currentRelease: expected a release of `releaseTarget`"
        ),
        "{error}"
    );

    let mut dispatched = state("r1", None, Some("failure"));
    dispatched["state"]["latestJob"]["job"]["dispatchContext"] =
        json!({ "release": release("r2", "v2") });
    let error = loaded(&document(json!([dispatched]))).map(|_| ()).expect_err("of another target");
    let place =
        "state.latestJob.job.dispatchContext.release: expected a release of `releaseTarget`";
    assert!(error.contains(place), "{error}");

    let mut both = document(json!([state("r1", Some("v2"), Some("successful"))]));
    both["jobs"] = json!([{ "job": job("successful"), "release": release("r1", "v2") }]);
    let (fleet, made, remarks) = loaded(&both).expect("it loads");
    assert_eq!(remarks, ["`releaseTargets` is not read beside `jobs`, which tells more"]);
    assert_eq!((made, fleet.target("d", "e", "r1").expect("a target").jobs.len()), (3, 1));
}
