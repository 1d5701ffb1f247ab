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
        2 run v1.1.0, the first since 2026-05-11T13:01:40Z, 18 days ago
          such as gke/shop-prod/c-2
        1 runs nothing: v1.1.0 failed, since 2026-05-11T13:14:00Z, 18 days ago
          such as gke/shop-prod/c-3
  The newest is v1.2.0:
        2 wait for one more approval in prod; wait for success in qa: 0 of 1
          success on one target; wait for the window that opens at
          2026-06-01T13:00:00Z
          such as gke/shop-prod/c-2
          next at 2026-06-01T13:00:00Z
        1 waits for one more approval in prod; waits for success in qa: 0 of 1
          success on one target
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

/// Other programs start from there.
#[test]
fn other_programs_go_on_from_there() {
    let replayed = object("replay", &[]);
    assert_eq!(replayed["instants"][0]["jobs_created"], json!(0), "they were made elsewhere");
    let replayed = told("replay", &[]);
    assert!(!replayed.contains("jobs created"), "{replayed}");
    assert!(replayed.lines().all(|line| line.chars().count() <= 100), "{replayed}");
    // The agent of `api` is chosen by a selector, that of `ingress` by the resource.
    for deployment in ["api", "ingress"] {
        let arguments = ["--workspace", EXPORT, "--deployment", deployment, "--iterations", "2"];
        let output = run("version_created", &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    }
}

/// A copy of the export without some file, in a folder of its own.
fn without(name: &str, file: &str) -> String {
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        std::fs::create_dir_all(to).expect("the folder is made");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                std::fs::copy(&from, &to).expect("the folder takes files");
            }
        }
    }
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    copy(&root().join(EXPORT), &folder);
    std::fs::remove_file(folder.join(file)).expect("it was there");
    folder.to_str().expect("paths of tests are text").to_owned()
}

/// What is missing is told, since without it things would go out that wait.
#[test]
fn an_export_that_is_not_whole_is_told() {
    for (file, note) in [
        ("policies.json", "note: not there: `policies.json`"),
        ("jobs.json", "note: not there: `jobs.json`"),
        ("export.json", "note: export.json is not there: the export may not be whole"),
    ] {
        let folder = without(&format!("without-{file}"), file);
        let output = run("explain", &[&folder]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains(note), "{file}: {}", stderr(&output));
        let strict = run("load", &[&folder, "--strict"]);
        assert_eq!(strict.status.code(), Some(2), "{file}");
        let loaded = run("load", &[&folder, "--json", "--quiet"]);
        let loaded: Value = serde_json::from_str(stdout(&loaded)).expect("one object");
        assert_eq!(loaded["remarks"].as_array().map(Vec::len), Some(1), "{file}");
    }
}
