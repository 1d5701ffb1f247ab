//! No program prints a character that terminals obey or do not show, whatever documents, options and names of
//! files are made of; with `--json`, texts stay what they are.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shakedown_terminal::printable::printable;

use crate::binary::{run, stderr, stdout};

/// All of them, in one name.
fn name() -> String {
    let is_invisible = |c: &char| printable(&c.to_string()) != c.to_string();
    ('\0'..=char::MAX).filter(is_invisible).collect()
}

/// A file with this content, named after the test.
fn file(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("the folder for temporary files takes files");
    path
}

/// Entities that are called so in every respect, one that waits and others that are odd.
fn workspace(name: &str) -> Value {
    json!({
        "systems": [{ "id": name, "name": name }],
        "resources": [
            { "id": name, "name": name, "kind": name, "identifier": name, "metadata": { name: name },
              "createdAtt": name },
        ],
        "environments": [
            { "id": name, "name": name, "systemId": name, "resourceSelector": "true" },
            { "id": format!("{name}2"), "name": name, "systemId": name,
              "resourceSelector": format!("resource.metadata['{}'] > 1", "no") },
        ],
        "deployments": [
            { "id": name, "slug": name, "name": name, "systemId": name, "jobAgentId": name,
              "resourceSelector": "true" },
        ],
        "policies": [
            { "id": name, "name": name, "enabled": true, "selector": "true", "rules": [
                { "id": name, "anyApproval": { "minApprovals": 1 } },
                { "id": format!("{name}2"), "versionSelector": { "selector": "version.tag > 1" } },
            ] },
        ],
        "deploymentVersions": [
            { "id": name, "deploymentId": name, "tag": name, "name": name, "status": "ready" },
            { "id": format!("{name}2"), "deploymentId": format!("{name}none"), "tag": name,
              "status": "ready" },
        ],
    })
}

/// Runs a program; checks what it prints.
fn printed(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(program, arguments);
    for text in [stdout(&output), stderr(&output)] {
        for line in text.split('\n') {
            assert_eq!(printable(line), line, "{program} {:?}", arguments.get(1..));
        }
    }
    (output.status.code(), stdout(&output).to_owned(), stderr(&output).to_owned())
}

#[test]
fn in_what_documents_hold() {
    let name = name();
    assert!(name.chars().count() > 200, "{}", name.chars().count());
    let path = file("invisible.json", &workspace(&name).to_string());
    let path = path.to_str().expect("paths of tests are text");
    for (program, arguments) in [
        ("load", &[path][..]),
        ("explain", &[path]),
        ("explain", &[path, "--after", "1h"]),
        ("replay", &[path, "--until", "2h"]),
        ("version_created", &["--workspace", path, "--iterations", "2"]),
    ] {
        let (code, people, errors) = printed(program, arguments);
        assert_eq!(code, Some(0), "{program}: {errors}");
        assert!(people.contains("\\u{202e}"), "{program}: {people}");
        let (code, json, errors) = printed(program, &[arguments, &["--json"]].concat());
        assert_eq!(code, Some(0), "{program}: {errors}");
        assert!(serde_json::from_str::<Value>(&json).is_ok(), "{program}: {json}");
    }
    let (_, json, _) = printed("load", &[path, "--json"]);
    let loaded: Value = serde_json::from_str(&json).expect("one object");
    assert_eq!(loaded["matrix"][0]["deployment"], json!(name));
    let (code, _, errors) = printed("load", &[path, "--strict"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("\\u{202e}"), "{errors}");
}

#[test]
fn in_what_is_wrong() {
    let name: String = name().replace('\0', "");
    let mut workspace = workspace(&name);
    workspace["deployments"][0][&name] = json!(name);
    workspace["resources"][0]["createdAt"] = json!(name);
    let wrong = file("invisible-wrong.json", &workspace.to_string());
    let wrong = wrong.to_str().expect("paths of tests are text");
    let event = json!({ "eventType": name, "data": { "id": name } });
    let event = file("invisible-event.ndjson", &format!("{event}\n"));
    let event = event.to_str().expect("paths of tests are text");
    let missing = format!("no/such/{name}");
    let sample = "examples/data/workspace.yaml";
    for (program, arguments) in [
        ("load", &[wrong][..]),
        ("replay", &[event]),
        ("load", &[&missing]),
        ("conformance", &[&missing]),
        ("load", &[sample, "--events", &missing]),
        ("explain", &[sample, "--deployment", &name]),
        ("explain", &[sample, "--deployment", "api", "--environment", &name]),
        ("explain", &[sample, "--target", &name]),
        ("explain", &[sample, "--at", &name]),
        ("replay", &[sample, &name]),
        ("version_created", &["--preset", &name]),
        ("version_created", &["--preset", "paper", "--deployment", &name]),
        ("version_created", &["--preset", "paper", "--trace", &missing]),
        ("version_created", &[&format!("--{name}")]),
    ] {
        let (code, _, errors) = printed(program, arguments);
        assert_eq!(code, Some(2), "{program} {arguments:?}");
        assert!(errors.contains("\\u"), "{program}: {errors}");
    }
}
