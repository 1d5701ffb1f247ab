//! Programs that read a document tell its diagnostics with their places, or how many there are; with
//! `--strict` they list them and end with code 2.

use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use crate::binary::{run, stderr, stdout};

/// A file with this content, named after the test; its path.
fn document(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("the directory for temporary files takes files");
    path.to_str().expect("paths of tests are text").to_owned()
}

/// A policy that fails to apply to one of two resources, as a log; its place is 7:1.
const LOG: &str = r#"{"eventType":"system.created","at":"2026-01-05T00:00:00Z","data":{"id":"s"}}
{"eventType":"job-agent.created","data":{"id":"a"}}
{"eventType":"resource.created","data":{"id":"r1","metadata":{"tier":"one"}}}
{"eventType":"resource.created","data":{"id":"r2","metadata":{"tier":"2"}}}
{"eventType":"environment.created","data":{"id":"prod","name":"prod","systemId":"s","resourceSelector":"true"}}
{"eventType":"deployment.created","data":{"id":"d","slug":"d","systemId":"s","jobAgentId":"a","resourceSelector":"true"}}
{"eventType":"policy.created","data":{"id":"gate","enabled":true,"selectors":[{"resourceSelector":"int(resource.metadata.tier) <= 2"}],"rules":[{"id":"two","anyApproval":{"minApprovals":2}}]}}
{"eventType":"deployment-version.created","data":{"id":"v1","deploymentId":"d","tag":"v1","status":"ready"}}
"#;

/// What happens to it later, with owners of every sort.
const LATER: &str = r#"{"eventType":"resource-provider.set-resources","data":{"providerId":"pa","resources":[{"identifier":"x"}]}}
{"eventType":"resource-provider.set-resources","data":{"providerId":"pb","resources":[{"identifier":"x"}]}}
{"eventType":"job.finished","data":{"resourceId":"r3","environmentId":"prod","deploymentId":"d","status":"successful"}}
{"eventType":"resource-variable.created","data":{"resourceId":"r1","key":"k","value":{"reference":"none","path":["id"]}}}
"#;

fn object(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(stdout(output)).expect("one object and nothing else")
}

const FAILS: &str = "policy `gate` has a selectors[0].resourceSelector that fails on 1 of 2 resources, \
                     such as `r1`: ";

#[test]
fn load_lists_them_with_places() {
    let (log, later) = (document("gate.ndjson", LOG), document("later.ndjson", LATER));
    let loaded = object(&run("load", &[&log, "--events", &later, "--json"]));
    let found = loaded["diagnostics"].as_array().expect("a list");
    let places: Vec<String> = found
        .iter()
        .map(|it| {
            let place = &it["place"];
            let file = place["file"].as_str().expect("all come from a document");
            let file = file.rsplit('/').next().unwrap_or(file);
            let [code, kind, id] =
                ["code", "kind", "id"].map(|key| it[key].as_str().unwrap_or("?"));
            format!("{file}:{}:{} {code} {kind} {id}", place["line"], place["column"])
        })
        .collect();
    let expected = [
        "gate.ndjson:7:1 selector.fails policy gate",
        "later.ndjson:3:1 report.no_job release-target r3-prod-d",
        "later.ndjson:2:1 resource.skipped resource-provider pb",
        "later.ndjson:4:1 name.unknown resource-variable r1/k",
    ];
    assert_eq!(places, expected);

    let output = run("load", &[&log]);
    let text = stdout(&output);
    let (_, section) = text.split_once("=== Diagnostics: 1 ===\n").expect("a section");
    let (first, told) = section.split_once('\n').expect("a place, and what it is");
    assert_eq!(first, format!("{log}:7:1: selector.fails"));
    assert!(told.lines().all(|line| line.starts_with("  ") && line.len() <= 80), "{told}");
    let told: Vec<&str> = told.split_whitespace().collect();
    assert!(told.join(" ").starts_with(FAILS.trim()), "{told:?}");
}

#[test]
fn an_entity_stands_where_it_was_last_stated() {
    let disabled =
        "policies:\n  - {id: p, enabled: true, selectors: [{}]}\n  - id: q\n    enabled: false\n";
    let (path, log) = (
        document("disabled.yaml", disabled),
        document(
            "again.ndjson",
            "\n{\"eventType\":\"policy.updated\",\"data\":{\"id\":\"q\",\"enabled\":false}}\n",
        ),
    );
    let place = |arguments: &[&str]| {
        let loaded = object(&run("load", arguments));
        let found = loaded["diagnostics"].as_array().expect("a list").clone();
        let disabled = found.iter().find(|it| it["code"] == "policy.disabled").expect("it is told");
        (disabled["place"]["line"].clone(), disabled["place"]["column"].clone())
    };
    assert_eq!(place(&[&path, "--json"]), (json!(3), json!(5)));
    assert_eq!(place(&[&path, "--events", &log, "--json"]), (json!(2), json!(1)));
}

#[test]
fn the_other_programs_tell_how_many() {
    let log = document("how-many.ndjson", LOG);
    let section = "=== Diagnostics: 1 ===\n`load` lists them; --strict makes them errors\n";
    let target = ["--target", "r1-prod-d"];
    for (program, arguments) in
        [("replay", &[][..]), ("explain", &target), ("explain", &["--deployment", "d"])]
    {
        let output = run(program, &[&[&log[..]], arguments].concat());
        assert!(stdout(&output).ends_with(section), "{program}: {}", stdout(&output));
        let told = object(&run(program, &[&[&log[..], "--json"], arguments].concat()));
        assert_eq!(told["diagnostics"][0]["code"], json!("selector.fails"), "{program}");
    }
    let explained = stdout(&run("explain", &[&[&log[..]], &target[..]].concat())).to_owned();
    let failed = "Policy gate does not apply, for its selector fails here:\n  ";
    assert!(explained.contains(failed), "{explained}");
    let record = object(&run("explain", &[&[&log[..], "--json"], &target[..]].concat()));
    assert_eq!(record["failedPolicies"][0]["policyId"], json!("gate"));

    let measure = ["--workspace", &log, "--iterations", "1", "--json"];
    let output = run("version_created", &measure);
    let note = format!("note: diagnostics: 1; `load {log}` lists them\n");
    assert_eq!(beside_phases(&output), note, "people see it wherever stderr goes");
    let quiet = run("version_created", &[&measure[..], &["--quiet"]].concat());
    assert_eq!(stderr(&quiet), "");
}

/// What stands on stderr but for the phases of a measurement.
fn beside_phases(output: &Output) -> String {
    let lines = stderr(output).lines().filter(|line| !line.starts_with("Phase "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn strict_runs_list_them_and_end_with_code_2() {
    let (log, later) = (document("strict.ndjson", LOG), document("strict-later.ndjson", LATER));
    for (program, arguments) in [
        ("load", &[&log[..], "--strict"][..]),
        ("load", &[&log, "--strict", "--json"]),
        ("replay", &[&log, "--strict"]),
        ("explain", &[&log, "--strict", "--deployment", "d"]),
        ("version_created", &["--workspace", &log, "--strict"]),
    ] {
        let output = run(program, arguments);
        assert_eq!(output.status.code(), Some(2), "{program}");
        assert_eq!(stdout(&output), "", "{program}");
        let first = "error: one diagnostic, which --strict takes for an error\n";
        let told = format!("{first}{log}:7:1: selector.fails: {FAILS}");
        let errors = beside_phases(&output);
        assert!(errors.starts_with(&told), "{program}: {errors}");
    }
    let output = run("load", &[&log, "--events", &later, "--strict"]);
    let lines: Vec<&str> = stderr(&output).lines().collect();
    assert_eq!(lines[0], "error: 4 diagnostics, which --strict takes for an error");
    assert_eq!(lines.len(), 5, "all are listed: {lines:?}");

    let sound = run("load", &["examples/data/workspace.yaml", "--strict"]);
    assert_eq!(sound.status.code(), Some(0), "{}", stderr(&sound));
    let preset = run("version_created", &["--preset", "single", "--strict"]);
    assert_eq!(preset.status.code(), Some(2), "presets have none");
}

/// What `--keep-going` leaves out is never lost.
#[test]
fn what_was_left_out_is_told_by_every_program() {
    let log = document("left-out.ndjson", LOG);
    let bad = document(
        "bad.ndjson",
        "{\"eventType\":\"workspace.tick\",\"at\":\"1999-01-01T00:00:00Z\"}\n",
    );
    let going = ["--events", &bad, "--keep-going"];
    for (program, arguments) in [
        ("load", &[][..]),
        ("replay", &[]),
        ("explain", &[]),
        ("explain", &["--deployment", "d"]),
        ("explain", &["--target", "r1-prod-d"]),
    ] {
        let told = object(&run(program, &[&[&log[..], "--json"], &going[..], arguments].concat()));
        let refused = told["refused"].as_array().expect("a list");
        assert_eq!(refused.len(), 1, "{program}");
        let refused = refused[0].as_str().unwrap_or_default();
        assert!(refused.starts_with(&format!("{bad}:1:")), "{program}: {refused}");
    }
    let measured = ["--workspace", &log, "--iterations", "1"];
    let output = run("version_created", &[&measured[..], &going[..]].concat());
    assert!(stderr(&output).contains("note: left out: 1, first "), "{}", stderr(&output));
    let strict = run("load", &[&[&log[..], "--strict"], &going[..]].concat());
    assert!(stderr(&strict).contains(&bad), "{}", stderr(&strict));
}

/// What happens afterwards is events.
#[test]
fn a_workspace_is_no_log() {
    let (log, other) = (document("first.ndjson", LOG), document("other.yaml", "resources: []\n"));
    let output = run("load", &[&log, "--events", &other]);
    assert_eq!(output.status.code(), Some(2));
    let told = "a workspace, expected an event log or a scenario";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
}
