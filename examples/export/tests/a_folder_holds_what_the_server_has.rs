//! A crawl leaves what the server has, value by value, however it is cut into pages.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::binary::{root, stderr};
use crate::crawl::{command, crawled, files, program, vacant};
use crate::stub::{Stub, WORKSPACE, sample};

/// Files without what depends on where and how they were crawled.
pub(crate) fn comparable(mut files: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    for value in files.values_mut() {
        if let Some(members) = value.as_object_mut() {
            for key in ["limit", "offset", "address", "at"] {
                members.remove(key);
            }
        }
    }
    files
}

#[test]
fn the_sample_comes_back() {
    let stub = Stub::start(sample);
    let (found, _) = crawled(&stub, "sample");
    let expected = files(&root().join("examples/data/export"));
    assert_eq!(comparable(found.clone()), comparable(expected));

    let summary = &found["export.json"];
    assert_eq!(summary["address"], stub.address);
    let at = summary["at"].as_str().expect("an instant");
    assert!(at.len() == "2026-05-30T12:00:06.000Z".len() && at.ends_with('Z'), "{at}");
    let resources = &found["resources.json"];
    assert_eq!((&resources["total"], &resources["limit"]), (&6.into(), &6.into()));
    assert_eq!(resources["offset"], 0);
}

#[test]
fn nothing_is_asked_in_vain() {
    let stub = Stub::start(sample);
    crawled(&stub, "counted");
    let heads = stub.heads();
    assert!(heads.iter().all(|head| head.starts_with("GET /api/v1/workspaces/")), "{heads:?}");
    assert!(heads.iter().all(|head| head.contains("shakedown-export/")), "{heads:?}");
    for (path, requests) in [
        ("slug/shop", 1),
        ("", 0),
        ("jobs", 3),
        ("systems", 1),
        ("environments", 2),
        ("resources", 3),
        ("resources/identifier/gke%2Fshop-prod%2Fc-5/variables", 1),
        ("deployments/d1000000-0000-4000-8000-000000000001/versions", 1),
        ("systems/a1000000-0000-4000-8000-000000000002", 1),
    ] {
        assert_eq!(stub.requests_of(path), requests, "{path}");
    }
    assert_eq!(heads.len(), 1 + 3 + (1 + 2) + 2 + (1 + 2 * 2) + 1 + 1 + 1 + (3 + 6) + 1);
}

#[test]
fn an_id_names_the_workspace_as_well_and_the_environment_says_what_options_do_not() {
    let stub = Stub::start(sample);
    let folder = vacant("by-environment");
    let file = vacant("token");
    std::fs::write(&file, "a-token-of-a-file\n").expect("it can be written");
    let output = program("a-token-that-is-not-used")
        .env("CTRLPLANE_URL", format!("{}/api/", stub.address))
        .env("CTRLPLANE_WORKSPACE", WORKSPACE)
        .arg("--token-file")
        .args([&file, &folder])
        .output()
        .expect("the example starts");
    std::fs::remove_file(&file).ok();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!((stub.requests_of(""), stub.requests_of("slug/shop")), (1, 0));
    let heads = stub.heads();
    assert!(heads.iter().all(|head| head.contains("x-api-key: a-token-of-a-file")), "{heads:?}");
}

#[test]
fn pages_are_as_large_as_wanted() {
    let stub = Stub::start(sample);
    let folder = vacant("page-size");
    let run = |size: &str| {
        let mut command = command(&stub.address, &folder);
        command.args(["--page-size", size]).output().expect("the example starts")
    };
    assert_eq!(run("0").status.code(), Some(2));
    let output = run("7");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stub.heads().iter().any(|head| head.contains("resources?limit=7&offset=4 ")));
}

#[test]
fn a_reader_that_stops_reading_does_not_cost_the_export() {
    let stub = Stub::start(sample);
    let folder = vacant("closed-pipe");
    let mut child = command(&stub.address, &folder)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the example starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(folder.join("export.json").exists());
}
