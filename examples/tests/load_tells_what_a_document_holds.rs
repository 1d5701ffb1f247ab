//! What `load` prints, and which probable mistakes it warns of.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::binary::{run, stderr, stdout};
use crate::object::read;

/// A file with this content, named after the test.
fn document(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("the directory for temporary files takes files");
    path
}

fn load(path: &str) -> Value {
    let output = run("load", &[path, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    read("load", stdout(&output))
}

#[test]
fn the_sample_workspace_has_no_mistakes() {
    let loaded = load("examples/data/workspace.yaml");
    assert_eq!(loaded["diagnostics"], json!([]));
    assert_eq!(loaded["resources"], json!(9));
    assert_eq!(loaded["now"], json!("2026-03-02T09:00:00Z"));
    let cell = |deployment: &str, environment: &str, targets: u32, state: &str, jobs: Value| {
        json!({ "deployment": deployment, "environment": environment, "targets": targets,
            "by_state": { state: targets }, "jobs": jobs })
    };
    let expected = [
        cell("deployment-api", "dev", 1, "running", json!({ "pending": 1 })),
        cell("deployment-api", "prod", 3, "running", json!({ "pending": 3 })),
        cell("deployment-api", "staging", 2, "running", json!({ "pending": 2 })),
        cell("deployment-checkout", "prod", 2, "waiting", json!({})),
    ];
    assert_eq!(loaded["matrix"], json!(expected));
    assert_eq!(loaded["targets"], json!(8));
}

/// Who is refused more targets is told which option says how many.
#[test]
fn too_many_targets_name_the_option() {
    let sample = "examples/data/workspace.yaml";
    let told = "and at most 3 are to be made; --most-targets says how many";
    let output = run("load", &[sample, "--most-targets", "3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    let output = run("load", &[sample, "--most-targets", "3", "--keep-going"]);
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    let log = r#"{"eventType":"resource.created","data":{"id":"vm","kind":"kubernetes-cluster","metadata":{"stage":"prod"}}}"#;
    let log = document("one-more.ndjson", log);
    let log = log.to_str().expect("paths of tests are text");
    let arguments = [sample, "--events", log, "--most-targets", "8", "--keep-going", "--json"];
    let output = run("load", &arguments);
    let loaded: Value = serde_json::from_str(stdout(&output)).expect("one object");
    let told = "and at most 8 are to be made; --most-targets says how many";
    assert!(loaded["refused"].to_string().contains(told), "{}", loaded["refused"]);
    let output = run("load", &[sample, "--events", "no/such.ndjson", "--most-targets", "8"]);
    assert!(!stderr(&output).contains("--most-targets"), "{}", stderr(&output));
}

#[test]
fn people_see_the_same() {
    let output = run("load", &["examples/data/workspace.yaml"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let squeezed: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "Resources 9",
        "Release targets 8",
        "api staging 2 0 2 2 pending",
        "checkout prod 2 2 0",
        "=== Diagnostics: 0 ===",
    ] {
        assert!(squeezed.iter().any(|it| it == line), "{line} in\n{text}");
    }
}

const MISTAKEN: &str = r#"{
    "systems": [{ "id": "sys" }],
    "resources": [{ "id": "vm", "kind": "vm", "metadata": { "n": "x" } }],
    "environments": [
        { "id": "blind", "systemId": "sys" },
        { "id": "fails", "systemId": "sys", "resourceSelector": "resource.metadata.n > 1" },
        { "id": "good", "systemId": "sys", "resourceSelector": "true" },
        { "id": "lost", "systemId": "sis", "resourceSelector": "true" },
        { "id": "none", "systemId": "sys", "resourceSelector": "resource.kind == 'wm'" }
    ],
    "deployments": [
        { "id": "api", "systemId": "sys", "jobAgentId": "agent", "resourceSelector": "true" },
        { "id": "web", "systemId": "sys", "resourceSelector": "true" }
    ],
    "deploymentVersions": [
        { "id": "v1", "deploymentId": "apy", "tag": "1", "status": "ready" }
    ],
    "policies": [
        { "id": "aside", "enabled": true, "rules": [{ "id": "r1", "anyApproval": { "minApprovals": 1 } }],
          "selectors": [{ "environmentSelector": "environment.id == 'prod'" }] },
        { "id": "nowhere", "enabled": false, "rules": [{ "id": "r2", "anyApproval": { "minApprovals": 1 } }] },
        { "id": "stuck", "enabled": true, "selectors": [{}], "rules": [
            { "id": "r3", "deploymentWindow": { "rrule": "FREQ=DAILY;UNTIL=20200101", "durationMinutes": 60 } },
            { "id": "r4", "deploymentWindow": { "rrule": "FREQ=DAILY", "durationMinutes": 60 } },
            { "id": "r5", "environmentProgression": { "dependsOnEnvironmentSelector": "environment.name == 'qa'" } },
            { "id": "r6" }
        ] }
    ],
    "relationshipRules": [
        { "id": "rel", "reference": "x", "fromType": "resource", "toType": "deployment",
          "fromSelector": "resource.kind == 'db'" }
    ]
}"#;

#[test]
fn probable_mistakes_are_told() {
    let path = document("mistaken.json", MISTAKEN);
    let loaded = load(path.to_str().expect("paths of tests are text"));
    let told: Vec<String> = loaded["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| ["kind", "id", "what"].map(|key| it[key].as_str().unwrap_or("?")).join(" "))
        .collect();
    let expected = [
        "deployment api names job agent `agent`, which is unknown",
        "deployment web has no job agent",
        "deployment-version v1 belongs to deployment `apy`, which is unknown",
        "environment blind selects no resource: it has no selector",
        "environment fails has a resourceSelector that fails on 1 of 1 resources, such as `vm`: no such \
         overload: _>_(string, int)",
        "environment fails selects no resource: its selector matches none",
        "environment lost belongs to system `sis`, which is unknown",
        "environment none selects no resource: its selector matches none",
        "policy aside applies to nothing: no target matches",
        "policy nowhere is disabled",
        "policy stuck rule `r6` has no known member and checks nothing",
        "policy stuck rule `r3` has a window that never opens again",
        "policy stuck rule `r5` waits for environments, but its selector matches none",
        "relationship-rule rel relates nothing",
    ];
    assert_eq!(told, expected);
}

#[test]
fn bad_input_ends_with_its_place_and_code_2() {
    for (name, content, told) in [
        (
            "field.yaml",
            "resources:\n  - id: vm-1\n    createdAt: yesterday\n",
            "field.yaml:3:16: resources[0].createdAt: expected",
        ),
        ("cut.json", "{\"resources\": [{\"id\": \"vm", "cut.json:1:"),
        (
            "type.ndjson",
            "{\"eventType\":\"resource.created\",\"data\":{\"id\":\"a\"}}\n{\"eventType\":\"resource.crated\",\"data\":{}}\n",
            "type.ndjson:2:",
        ),
        (
            "selector.yaml",
            "environments:\n  - {id: e, systemId: s, resourceSelector: 'resource.kind =='}\n",
            "selector.yaml:2:44: environments[0].resourceSelector: syntax error: the text ends too \
             early, at column 17 of `resource.kind ==`",
        ),
        (
            "twice.json",
            "{\"resources\": [{\"id\": \"a\"},\n {\"id\": \"a\"}]}",
            "twice.json:2:9: resources[1].id: this resource is in the document twice, first at 1:16",
        ),
        (
            "policy.json",
            "{\"policies\": [{\"id\": \"p\", \"selectors\": [{},\n {\"environmentSelector\": \"zz\"}]}]}",
            "policy.json:2:26: policies[0].selectors[1].environmentSelector: undeclared variable `zz`",
        ),
        (
            "conflict.ndjson",
            "{\"eventType\":\"resource.created\",\"data\":{\"id\":\"a\"}}\n\
             {\"eventType\":\"resource.created\",\"data\":{\"id\":\"b\",\"identifier\":\"a\"}}\n",
            "conflict.ndjson:2:63: data.identifier: `a` is the identifier of resource `a`",
        ),
        (
            "window.yaml",
            "policies:\n  - id: p\n    rules:\n      - {id: r, deploymentWindow: {rrule: FREQ=DAYLY, durationMinutes: 60}}\n",
            "rules[0].deploymentWindow.rrule: `DAYLY` is no value of FREQ",
        ),
    ] {
        let path = document(name, content);
        let output = run("load", &[path.to_str().expect("paths of tests are text")]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(told), "{name}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{name}");
    }
}
