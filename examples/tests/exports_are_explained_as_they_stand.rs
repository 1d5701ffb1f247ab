//! The sample export, loaded as it stands: its jobs happened, so nothing is released anew.

use serde_json::{Value, json};

use crate::binary::{root, run, stderr, stdout};

const EXPORT: &str = "examples/data/export";

fn told(program: &str, arguments: &[&str]) -> String {
    let output = run(program, &[&[EXPORT], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output).to_owned()
}

fn object(program: &str, arguments: &[&str]) -> Value {
    let text = told(program, &[arguments, &["--json"]].concat());
    serde_json::from_str(&text).expect("one object and nothing else")
}

/// What runs where in an environment of `api`: number, words, since when.
fn running(deployment: &Value, environment: usize) -> Vec<(u64, String, String)> {
    let groups = deployment["environments"][environment]["running"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let group = |it: &Value| {
        (it["targets"].as_u64().unwrap_or_default(), text(&it["what"]), text(&it["since"]))
    };
    groups.iter().map(group).collect()
}

const API: &str = "\
=== api at 2026-05-30T12:00:06Z ===

qa: one target
        1 in flight with v1.2.0, over v1.1.0, since 12:00:06Z
          such as gke/shop-qa/c-1
  The newest is v1.2.0:
        1 has a job of it that is processing
          such as gke/shop-qa/c-1

prod: 3 targets
        2 run v1.1.0, the first since 2026-05-11T13:01:40Z
          such as gke/shop-prod/c-2
        1 runs nothing: v1.1.0 failed, since 2026-05-11T13:14:00Z
          such as gke/shop-prod/c-3
  The newest is v1.2.0:
        2 wait for one more approval in prod and wait for success in qa: 0 of 1
          successes on 1 targets and wait for the window that opens at
          2026-06-01T13:00:00Z
          such as gke/shop-prod/c-2
          next at 2026-06-01T13:00:00Z
        1 waits for one more approval in prod and waits for success in qa: 0 of
          1 successes on 1 targets
          such as gke/shop-prod/c-3
  Rollout: not started, 0 of 3 slots are open

Decided in dialect today
";

#[test]
fn what_runs_and_what_waits_is_told() {
    let text = told("explain", &["--deployment", "api"]);
    let (first, rest) = text.split_once("\n=== Diagnostics: 4 ===\n").expect("four");
    assert_eq!(first, API);
    assert!(rest.starts_with("`load` lists them"), "{rest}");
    let all = told("explain", &[]);
    let (groups, _) = API.split_once("\nDecided").expect("a last line");
    assert!(all.starts_with(groups), "{all}");
    assert!(all.contains("=== ingress at 2026-05-30T12:00:06Z ===\n\nqa: one target\n"), "{all}");
    assert!(all.contains("        3 run nothing\n"), "{all}");
    let all = object("explain", &[]);
    assert_eq!(all["dialect"], json!("today"));
    assert_eq!(all["deployments"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["diagnostics"].as_array().map(Vec::len), Some(4));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is one");
    for printed in [told("load", &[]), told("explain", &["--deployment", "api"])] {
        assert!(readme.contains(&format!("```text\n{printed}```\n")), "{printed}");
    }
}

/// Nothing is decided anew: a release with a secret or with what a variable set adds, which no list of jobs
/// tells, is the one that ran.
#[test]
fn loading_makes_no_job() {
    let loaded = object("load", &[]);
    let counts = ["targets", "recorded_jobs", "new_jobs"].map(|it| loaded[it].clone());
    assert_eq!(counts, [8, 5, 0]);
    let api = object("explain", &["--deployment", "api"]);
    let at = |text: &str| text.to_owned();
    assert_eq!(
        running(&api, 1),
        [
            (2, at("run v1.1.0"), at("2026-05-11T13:01:40Z")),
            (1, at("run nothing: v1.1.0 failed"), at("2026-05-11T13:14:00Z")),
        ]
    );
    let target = ["--deployment", "api", "--environment", "prod", "--resource"];
    let failed = object("explain", &[&target[..], &["gke/shop-prod/c-3"]].concat());
    assert_eq!(failed["latestJob"], json!("40000000-0000-4000-8000-000000000003"));
    let variables = json!({ "network": "10.1.0.0/16", "password": { "opaque": "5e884898da28" }, "replicas": 5 });
    assert_eq!(failed["desired"]["variables"], variables);
}
