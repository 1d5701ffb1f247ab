//! Simulated time ends with the year 2261: an instant that a rule would set after it is none. Records
//! say null, nothing waits for it, and no amount overflows.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::event::Triple;
use shakedown_systems::record::{Examine, next_change, record, rollout_summary};

use crate::send::{fleet, send};

const LAST: &str = "2261-12-31T23:59:59Z";
/// When versions are created.
const SOON: [&str; 2] = ["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"];
const LATE: [&str; 2] = ["2250-01-01T00:00:00Z", "2250-01-02T00:00:00Z"];

/// A workspace in which every target of staging and of production runs v1; then a policy for
/// production with these rules, and v2. The versions were created at the given instants.
fn workspace(targets: usize, [v1, v2]: [&str; 2], rules: &[Json]) -> Fleet {
    let mut fleet = fleet();
    send(&mut fleet, "job-agent.created", json!({ "id": "agent" }));
    for (kind, id) in [("environment", "staging"), ("environment", "prod"), ("deployment", "d")] {
        let data = json!({
            "id": id, "name": id, "systemId": "s", "resourceSelector": "true", "jobAgentId": "agent",
        });
        send(&mut fleet, &format!("{kind}.created"), data);
    }
    for resource in 0..targets {
        send(&mut fleet, "resource.created", json!({ "id": format!("r{resource}") }));
    }
    version(&mut fleet, "v1", v1);
    finish(&mut fleet, targets, &["staging", "prod"], "successful");
    let mut rules = rules.to_vec();
    for (at, rule) in rules.iter_mut().enumerate() {
        rule["id"] = json!(format!("rule{at}"));
    }
    let selectors = json!([{ "environmentSelector": "environment.name == 'prod'" }]);
    let data = json!({ "id": "p", "enabled": true, "selectors": selectors, "rules": rules });
    send(&mut fleet, "policy.created", data);
    version(&mut fleet, "v2", v2);
    fleet
}

fn version(fleet: &mut Fleet, id: &str, created_at: &str) {
    let data = json!({
        "id": id, "deploymentId": "d", "tag": id, "status": "ready", "createdAt": created_at,
    });
    send(fleet, "deployment-version.created", data);
}

fn finish(fleet: &mut Fleet, targets: usize, environments: &[&str], status: &str) {
    for (resource, environment) in
        (0..targets).flat_map(|it| environments.iter().map(move |e| (it, e)))
    {
        let data = json!({
            "resourceId": format!("r{resource}"), "environmentId": environment, "deploymentId": "d",
            "status": status, "completedAt": "2025-01-02T00:00:00Z",
        });
        send(fleet, "job.finished", data);
    }
}

/// The records of the targets in production.
fn records(fleet: &mut Fleet, targets: usize) -> Vec<Json> {
    let triples = (0..targets).map(|resource| Triple {
        resource_id: format!("r{resource}"),
        environment_id: "prod".to_owned(),
        deployment_id: "d".to_owned(),
    });
    let found = triples.map(|it| record(fleet, &it, Examine::UpToChosen).expect("a target"));
    found.map(|it| it.to_json()).collect()
}

fn result<'a>(record: &'a Json, code: &str) -> &'a Json {
    let candidates = record["candidates"].as_array().into_iter().flatten();
    let results = candidates.flat_map(|it| it["results"].as_array().into_iter().flatten());
    let eligibility = record["eligibility"]["results"].as_array().into_iter().flatten();
    let found = results.chain(eligibility).find(|it| it["code"] == code);
    found.expect(code)
}

#[test]
fn one_target_waits_for_ever() {
    let backoff = json!({
        "maxRetries": 1, "backoffSeconds": i32::MAX, "retryOnStatuses": ["failure"],
    });
    let staging = "environment.name == 'staging'";
    for (rule, created_at, code, param) in [
        (
            json!({ "versionCooldown": { "intervalSeconds": i32::MAX } }),
            LATE,
            "cooldown.waiting",
            "/params/until",
        ),
        (
            json!({ "deploymentWindow": {
                "rrule": "FREQ=DAILY", "durationMinutes": i32::MAX, "allowWindow": false,
            } }),
            SOON,
            "window.denied",
            "/params/end",
        ),
        (
            json!({ "environmentProgression": {
                "dependsOnEnvironmentSelector": staging, "minimumSoakTimeMinutes": i32::MAX,
            } }),
            SOON,
            "progression.not_met",
            "/params/environments/0/failures/0/until",
        ),
        (json!({ "retry": backoff }), SOON, "retry.backoff", "/params/until"),
    ] {
        let mut fleet = workspace(1, created_at, &[rule]);
        finish(&mut fleet, 1, &["staging"], "successful");
        if code == "retry.backoff" {
            // The attempt ends so late that the next would be due after the end of time.
            let data = json!({
                "resourceId": "r0", "environmentId": "prod", "deploymentId": "d",
                "status": "failure", "completedAt": "2250-01-01T00:00:00Z",
            });
            send(&mut fleet, "job.finished", data);
        }
        let record = &records(&mut fleet, 1)[0];
        let result = result(record, code);
        assert_eq!(result.pointer(param), Some(&Json::Null), "{code}: {result:#}");
        assert_eq!(result.get("next"), None, "{code}: {result:#}");
        assert_eq!(record["next"], Json::Null, "{code}");
        assert_eq!(next_change(&fleet), None, "{code}");
        assert_eq!(fleet.world().resource::<Timers>().next(), None, "{code}");
        let mut rang = 0;
        let last = SimTime::parse(LAST).expect("a time");
        fleet.advance(last, &mut |_, _| rang += 1).expect("the last instant lies ahead");
        assert_eq!(rang, 0, "{code}");
    }
}

#[test]
fn slots_open_while_there_is_time() {
    let interval = i32::MAX;
    let rule = json!({ "gradualRollout": { "timeScaleInterval": interval } });
    let mut fleet = workspace(10, SOON, &[rule]);
    // 68 years each, from 2025 on: 2093, 2161 and 2229 lie ahead, six others after the end.
    let mut dues: Vec<Option<String>> = Vec::new();
    for record in records(&mut fleet, 10) {
        let waiting = record["candidates"][0]["verdict"] == "pending";
        if waiting {
            let result = result(&record, "rollout.waiting");
            let due = result["params"]["due"].as_str().map(str::to_owned);
            assert_eq!(result["next"].as_str(), due.as_deref(), "{result:#}");
            dues.push(due);
        }
    }
    dues.sort();
    let years: Vec<Option<&str>> = dues.iter().map(|it| it.as_deref().map(|at| &at[..4])).collect();
    let mut expected = vec![None; 6];
    expected.extend([Some("2093"), Some("2161"), Some("2229")]);
    assert_eq!(years, expected);
    let summary = rollout_summary(&fleet, "prod", "d", "v2").expect("a rollout rule applies");
    let year = |at: Option<SimTime>| at.map(|at| at.to_string()[..4].to_owned());
    assert_eq!(summary.pending, 9);
    assert_eq!(year(summary.next_due).as_deref(), Some("2093"));
    assert_eq!(year(summary.last_due).as_deref(), Some("2229"));
    fleet.advance(SimTime::parse(LAST).expect("a time"), &mut |_, _| {}).expect("later");
    let waiting =
        records(&mut fleet, 10).iter().filter(|it| it["desired"]["versionId"] == "v1").count();
    assert_eq!(waiting, 6);
    assert_eq!(next_change(&fleet), None);
}

#[test]
fn an_age_of_millennia_never_lapses() {
    let rule = json!({ "environmentProgression": {
        "dependsOnEnvironmentSelector": "environment.name == 'staging'", "maximumAgeHours": i32::MAX,
    } });
    let mut fleet = workspace(1, SOON, &[rule]);
    finish(&mut fleet, 1, &["staging"], "successful");
    let record = &records(&mut fleet, 1)[0];
    assert_eq!(result(record, "progression.met").get("validUntil"), None);
    assert_eq!(next_change(&fleet), None);
}
