//! What `replay` prints of a log, a workspace document and a broken log, and how it ends.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::binary::{run, stderr, stdout};
use crate::object::read;

const LOG: &str = "examples/data/rollout.ndjson";

/// A file with this content, named after the test.
fn document(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("the directory for temporary files takes files");
    path.display().to_string()
}

fn replay(arguments: &[&str]) -> Value {
    let output = run("replay", &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    read("replay", stdout(&output))
}

/// `at cause events: added, removed, jobs; reasons that came; reasons that went`, of every instant.
fn lines(replayed: &Value) -> Vec<String> {
    let instants = replayed["instants"].as_array().expect("a list").iter();
    let lines = instants.map(|it| {
        let events = it["events"].as_array().expect("a list").len();
        let (at, cause) = (it["at"].as_str().expect("text"), it["cause"].as_str().expect("text"));
        let [added, removed, jobs, blocked, free] =
            ["added", "removed", "jobs_created", "became_blocked", "became_free"]
                .map(|key| it[key].to_string().replace('"', ""));
        format!("{} {cause} {events}: {added} {removed} {jobs} {blocked} {free}", &at[11..])
    });
    lines.collect()
}

#[test]
fn a_log_is_played_from_timer_to_timer() {
    let replayed = replay(&[LOG, "--until", "2h"]);
    let expected = [
        "08:00:00Z start 0: 0 0 0 {} {}",
        "08:00:00Z event 13: 6 0 0 {plan.no_versions:6} {}",
        "09:00:00Z event 1: 0 0 2 {concurrency.active_job:2,plan.none_deployable:4,\
         progression.not_met:4,rollout.not_started:4} {plan.no_versions:6}",
        "09:04:00Z event 1: 0 0 0 {repeat.already_succeeded:1} {concurrency.active_job:1}",
        "09:06:30Z event 1: 0 0 0 {repeat.already_succeeded:1} {concurrency.active_job:1}",
        "09:36:30Z timer 0: 0 0 1 {concurrency.active_job:1,rollout.waiting:3} \
         {plan.none_deployable:1,progression.not_met:4,rollout.not_started:4}",
        "09:46:30Z timer 0: 0 0 1 {concurrency.active_job:1} {plan.none_deployable:1,rollout.waiting:1}",
        "09:56:30Z timer 0: 0 0 1 {concurrency.active_job:1} {plan.none_deployable:1,rollout.waiting:1}",
        "10:06:30Z timer 0: 0 0 1 {concurrency.active_job:1} {plan.none_deployable:1,rollout.waiting:1}",
        "11:06:30Z until 0: 0 0 0 {} {}",
    ];
    assert_eq!(lines(&replayed), expected);
    assert_eq!(replayed["quiet"], json!({ "events": 0, "timers": 0 }));
    assert_eq!(replayed["next"], Value::Null);
    assert_eq!(replayed["now"], json!("2026-03-02T11:06:30Z"));
    let cell = |environment: &str, targets: u64, state: &str, status: &str| {
        json!({
            "deployment": "api", "environment": environment, "targets": targets,
            "by_state": { state: targets }, "jobs": { status: targets },
        })
    };
    let expected =
        [cell("prod", 4, "running", "pending"), cell("staging", 2, "settled", "successful")];
    assert_eq!(replayed["state"], json!(expected));
    let jobs = json!([{ "deployment": "api", "environment": "prod", "created": 1 }]);
    assert_eq!(replayed["instants"][5]["jobs"], jobs);
    assert_eq!(replayed["instants"][2]["events"], json!(["deployment-version.created"]));
}

#[test]
fn an_end_may_be_an_instant_and_comes_before_the_next_timer() {
    let replayed = replay(&[LOG, "--until", "2026-03-02T09:46:29.999999999Z", "--threads", "1"]);
    assert_eq!(replayed["next"], json!("2026-03-02T09:46:30Z"));
    let later = replay(&[LOG, "--until", "2026-03-02T09:46:30Z", "--threads", "2"]);
    assert_eq!(later["next"], json!("2026-03-02T09:56:30Z"));
    assert_ne!(later["digest"], replayed["digest"]);
    let without = replay(&[LOG]);
    assert_eq!(without["now"], json!("2026-03-02T09:06:30Z"));
    assert_eq!(without["instants"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_workspace_document_takes_effect_at_the_start() {
    let replayed = replay(&["examples/data/workspace.yaml", "--until", "1h"]);
    let start = &replayed["instants"][0];
    assert_eq!((&start["cause"], &start["added"]), (&json!("start"), &json!(8)));
    assert_eq!(start["at"], json!("2026-03-02T09:00:00Z"));
    let created = replayed["instants"].as_array().expect("a list").iter();
    let created: u64 = created.filter_map(|it| it["jobs_created"].as_u64()).sum();
    let jobs = replayed["state"].as_array().expect("a list").iter();
    let jobs: u64 = jobs.filter_map(|it| it["jobs"]["pending"].as_u64()).sum();
    assert_eq!(created, jobs, "every job is told of");
}

#[test]
fn people_see_the_same() {
    let output = run("replay", &[LOG, "--until", "2h"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    for line in [
        "=== Instants: 10 ===",
        "2026-03-02T08:00:00Z event: system.created, job-agent.created,",
        "    environment.created x 2, resource.created x 6, 2 more",
        "  targets added: 6",
        "2026-03-02T09:36:30Z timer",
        "  jobs created: 1 (api in prod)",
        "  blocked now: 3 rollout.waiting, 1 concurrency.active_job",
        "=== State at 2026-03-02T11:06:30Z ===",
        "Dialect       today",
        "Next change   never, by time alone",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
}

/// A target that vanishes takes its jobs with it, and that has its line at its instant.
#[test]
fn what_vanishes_is_told() {
    let mut log =
        std::fs::read_to_string(crate::binary::root().join(LOG)).expect("the sample is there");
    let gone = json!({ "eventType": "resource.deleted", "at": "2026-03-02T09:36:30Z",
        "data": { "id": "cluster-prod-1" } });
    writeln!(log, "{gone}").expect("strings take every text");
    let log = document("vanished.ndjson", &log);
    let replayed = replay(&[&log]);
    let last = replayed["instants"].as_array().and_then(|it| it.last()).expect("an instant");
    let found = ["at", "removed", "jobs_cancelled"].map(|key| last[key].clone());
    assert_eq!(found, [json!("2026-03-02T09:36:30Z"), json!(1), json!(1)], "{last}");
    let output = run("replay", &[&log]);
    let text = stdout(&output);
    assert!(text.contains("  targets removed: 1\n"), "{text}");
    assert!(text.contains("  jobs cancelled, their targets being gone: 1\n"), "{text}");
}

/// Programs are told of each job which it is.
#[test]
fn every_job_is_named() {
    let replayed = replay(&[LOG, "--until", "2h"]);
    let made = &replayed["instants"][5]["made"];
    assert_eq!(made.as_array().map(Vec::len), Some(1));
    let parts = ["deployment", "environment", "version"].map(|key| made[0][key].clone());
    assert_eq!(parts, ["api", "prod", "api-1-5-0"].map(|it| json!(it)));
    let instants = replayed["instants"].as_array().expect("a list").iter();
    let named: usize = instants.filter_map(|it| it["made"].as_array().map(Vec::len)).sum();
    assert_eq!(named, 6);
}

/// A rollout of 2,000 targets, one each second.
#[test]
fn thousands_of_instants_print_well() {
    let mut log = String::new();
    let mut event = |event_type: &str, data: Value| {
        let event = json!({ "eventType": event_type, "at": "2026-01-01T00:00:00Z", "data": data });
        writeln!(log, "{event}").expect("strings take every text");
    };
    event("job-agent.created", json!({ "id": "a" }));
    let selector = json!("true");
    event(
        "environment.created",
        json!({ "id": "e", "systemId": "s", "resourceSelector": selector }),
    );
    let rules = json!([{ "id": "r", "gradualRollout": { "timeScaleInterval": 1 } }]);
    event(
        "policy.created",
        json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules }),
    );
    for at in 0..2_000 {
        event("resource.created", json!({ "id": format!("r{at}") }));
    }
    let deployment =
        json!({ "id": "d", "systemId": "s", "jobAgentId": "a", "resourceSelector": selector });
    event("deployment.created", deployment);
    event(
        "deployment-version.created",
        json!({ "id": "v", "deploymentId": "d", "status": "ready" }),
    );
    let path = document("thousands.ndjson", &log);
    let replayed = replay(&[&path, "--until", "7d"]);
    assert_eq!(replayed["instants"].as_array().map(Vec::len), Some(2 + 1 + 1_999));
    let output = run("replay", &[&path, "--until", "7d"]);
    let text = stdout(&output);
    let lines = text.lines().count();
    assert!((200..400).contains(&lines), "{lines} lines");
    assert!(text.contains("more; --json lists all"), "{text}");
}

#[test]
fn what_cannot_be_played_says_where_and_prints_nothing() {
    let good = r#"{"eventType":"system.created","at":"2026-01-01T00:00:00Z","data":{"id":"s"}}"#;
    let backwards = r#"{"eventType":"workspace.tick","at":"2025-01-01T00:00:00Z","data":{}}"#;
    let unknown = r#"{"eventType":"user-approval-record.created","at":"2026-01-01T00:00:00Z","data":{"versionId":"v","userId":"u","environmentId":"e","status":"approved"}}"#;
    let incomplete = r#"{"eventType":"system.created","data":{}}"#;
    for (name, line, wanted) in [
        ("backwards", backwards, "at: "),
        ("unknown", unknown, "data.versionId: "),
        ("incomplete", incomplete, "data.id: "),
    ] {
        let path = document(&format!("{name}.ndjson"), &format!("{good}\n{line}\n"));
        for format in [&["--json"][..], &[]] {
            let output = run("replay", &[&[path.as_str(), "--until", "1h"], format].concat());
            assert_eq!(output.status.code(), Some(2), "{name}");
            assert_eq!(stdout(&output), "", "{name}");
            let error = stderr(&output);
            assert!(error.contains(&format!("{name}.ndjson:2:")), "{error}");
            assert!(error.contains(wanted), "{error}");
        }
    }
    for (until, why) in [
        ("yesterday", "expected an RFC 3339 instant or a duration"),
        ("2026-01-01T00:00:00Z", "lies before the document's clock"),
        ("999999999d", "simulated time ends with the year 2261"),
        ("-5m", "time does not run backwards"),
    ] {
        let output = run("replay", &[LOG, "--until", until]);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{until}");
        let told = stderr(&output);
        assert!(told.contains("--until") && told.contains(why), "{told}");
    }
}

/// A target whose job runs, though its version was rejected since; a window that its target is exempt
/// from, as nothing runs there yet.
#[test]
fn the_end_tells_what_runs_and_what_time_will_change() {
    let window = json!({ "rrule": "FREQ=DAILY;BYHOUR=9", "durationMinutes": 60 });
    let rules = json!([{ "id": "w", "deploymentWindow": window }]);
    let version =
        |status: &str| json!({ "id": "v", "deploymentId": "d", "tag": "v", "status": status });
    let entity = |id: &str| json!({ "id": id, "systemId": "s", "resourceSelector": "true", "jobAgentId": "a" });
    let mut log = String::new();
    for (event_type, data) in [
        ("job-agent.created", json!({ "id": "a" })),
        ("environment.created", entity("e")),
        ("deployment.created", entity("d")),
        ("resource.created", json!({ "id": "r" })),
        (
            "policy.created",
            json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules }),
        ),
        ("deployment-version.created", version("ready")),
        ("deployment-version.updated", version("rejected")),
    ] {
        let event = json!({ "eventType": event_type, "at": "2026-01-01T00:00:00Z", "data": data });
        writeln!(log, "{event}").expect("strings take every text");
    }
    let replayed = replay(&[&document("rejected.ndjson", &log)]);
    assert_eq!(replayed["state"][0]["by_state"], json!({ "running": 1 }));
    assert_eq!(replayed["state"][0]["jobs"], json!({ "pending": 1 }));
    assert_eq!(replayed["next"], Value::Null);
    let finished = json!({
        "eventType": "job.finished", "at": "2026-01-01T00:00:00Z",
        "data": { "resourceId": "r", "environmentId": "e", "deploymentId": "d",
            "status": "successful", "completedAt": "2026-01-01T00:00:00Z" },
    });
    writeln!(log, "{finished}").expect("strings take every text");
    let log = document("finished.ndjson", &log);
    assert_eq!(replay(&[&log])["next"], Value::Null, "it waits for no window");
    let recorded = replay(&[&log, "--dialect", "recorded"]);
    assert_eq!(recorded["next"], json!("2026-01-01T09:00:00Z"));
}
