//! What `conformance` prints, and how it ends.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::binary::{root, run, stderr, stdout};
use crate::object::read;

/// A scenario that agrees.
const SAMPLE: &str = "vectors/t-g3-interval-zero";

/// A folder with one scenario, copied from the sample, its texts changed by `change`.
fn folder(name: &str, change: impl Fn(&str) -> String) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(name);
    // What an earlier run left must not be found.
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("the directory for temporary files takes folders");
    for extension in ["json", "golden.json"] {
        let sample = root().join("examples/tests/conformance").join(SAMPLE);
        let text = std::fs::read_to_string(sample.with_extension(extension)).expect("it is there");
        std::fs::write(folder.join("case").with_extension(extension), change(&text))
            .expect("the folder takes files");
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

#[test]
fn a_folder_that_agrees_ends_with_code_0() {
    let output = run("conformance", &["examples/tests/conformance/approval", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let object = read("conformance", stdout(&output));
    assert_eq!(object["scenarios"], object["agree"]);
    assert_eq!(object["disagree"], json!(0));
    assert_eq!(object["families"]["approval"]["agree"], object["agree"]);
    assert_eq!(object["differences"], json!([]));
}

#[test]
fn deviations_are_counted_and_carry_their_number() {
    let quirk = "examples/tests/conformance/quirks/q-variable-value-without-selector.json";
    let output = run("conformance", &[quirk, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let object = read("conformance", stdout(&output));
    assert_eq!(
        object["families"],
        json!({ "quirks": { "agree": 0, "deviate": 1, "disagree": 0 } })
    );
    let difference = &object["differences"][0];
    assert_eq!(difference["scenario"], json!("q-variable-value-without-selector"));
    assert_eq!(difference["target"], json!("res-001-env-qa-dep-api"));
    assert_eq!(difference["field"], json!("desired"));
    assert_eq!(difference["expected"]["variables"], json!({ "k": "default" }));
    assert_eq!(difference["actual"]["variables"], json!({ "k": "value" }));
    assert_eq!(difference["deviation"], json!("D11"));
    let people = run("conformance", &[quirk]);
    let row: Vec<&str> = stdout(&people)
        .lines()
        .find(|it| it.trim_start().starts_with("D11 "))
        .expect("the deviation has a row")
        .split_whitespace()
        .collect();
    assert_eq!(row[..2], ["D11", "1"]);
    assert_eq!(row[2..].join(" "), "a value without selector applies to no resource");
    assert!(stdout(&people).lines().all(|it| it.chars().count() <= 80), "{}", stdout(&people));
}

#[test]
fn a_disagreement_is_shown_in_full_and_ends_with_code_1() {
    let folder = folder("disagrees", |text| text.replace("\"pending\"", "\"failure\""));
    let output = run("conformance", &[text(&folder)]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let told = stdout(&output);
    for start in ["Target    ", "Field     jobs", "Expected  [", "Actual    [", "Deviation none"] {
        assert!(told.lines().any(|line| line.starts_with(start)), "{start} in\n{told}");
    }
    assert!(told.contains("\"status\":\"failure\"") && told.contains("\"status\":\"pending\""));
    let output = run("conformance", &[text(&folder), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let object = read("conformance", stdout(&output));
    assert_eq!(object["disagree"], json!(1));
    assert_eq!(object["differences"][0]["deviation"], json!(null));
}

#[test]
fn what_cannot_be_used_is_listed_beside_what_can() {
    let broken = |text: &str| text[..text.len() / 2].to_owned();
    let parent = folder("mixed", str::to_owned);
    folder("mixed/deeper/still", str::to_owned);
    folder("mixed/broken", broken);
    std::fs::write(parent.join("alone.golden.json"), "{}").expect("the folder takes files");
    std::fs::write(parent.join("notes.txt"), "no scenario").expect("the folder takes files");
    let output = run("conformance", &[text(&parent), "--json"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("2 files cannot be used"), "{}", stderr(&output));
    let object = read("conformance", stdout(&output));
    assert_eq!((&object["scenarios"], &object["agree"]), (&json!(2), &json!(2)));
    let unusable = object["unusable"].as_array().expect("a list");
    let told = |at: usize, name: &str| unusable[at][name].as_str().expect("a text");
    assert_eq!(unusable.len(), 2);
    assert!(told(0, "file").ends_with("mixed/alone.json"), "{}", told(0, "file"));
    assert_eq!(told(0, "error"), "no such file");
    assert!(told(1, "file").ends_with("mixed/broken/case.json"), "{}", told(1, "file"));
    assert!(told(1, "error").starts_with("11:143: a string"), "{}", told(1, "error"));
    let people = run("conformance", &[text(&parent)]);
    assert_eq!(people.status.code(), Some(2));
    assert!(stdout(&people).contains("=== Unusable: 2 ==="), "{}", stdout(&people));
    assert!(stdout(&people).contains("alone.json: no such file"), "{}", stdout(&people));
    folder("mixed/wrong", |text| text.replace("\"pending\"", "\"failure\""));
    assert_eq!(run("conformance", &[text(&parent)]).status.code(), Some(1));
}

#[test]
fn a_scenario_is_found_once_by_its_own_name_or_that_of_its_golden() {
    let folder = folder("named", str::to_owned);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&folder, folder.join("around")).expect("the folder takes links");
    }
    for path in [folder.clone(), folder.join("case.json"), folder.join("case.golden.json")] {
        let output = run("conformance", &[text(&path), "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let object = read("conformance", stdout(&output));
        assert_eq!(object["scenarios"], json!(1), "{}", path.display());
    }
}

#[test]
fn an_event_that_lacks_a_field_is_refused_and_counted() {
    let lacking = folder("lacking", |text| text.replacen("\"id\": \"res-003\"", "\"x\": 1", 1));
    let output = run("conformance", &[text(&lacking), "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let object = read("conformance", stdout(&output));
    let differences = object["differences"].as_array().expect("a list");
    let refused = differences.iter().find(|it| it["field"] == "event").expect("it is told");
    assert_eq!(refused["deviation"], json!("D34"));
}

#[test]
fn bad_input_ends_with_its_place_and_code_2() {
    let lost = folder("lost", str::to_owned);
    std::fs::remove_file(lost.join("case.golden.json")).expect("it was just written");
    let empty = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance/empty");
    std::fs::create_dir_all(&empty).expect("the directory for temporary files takes folders");
    for (path, told) in [
        (lost, "case.golden.json: no such file"),
        (empty, "empty: no scenario in this folder"),
        (folder("cut", |text| text[..text.len() / 2].to_owned()), "case.json:11:143: a string"),
        (
            folder("jobs", |text| text.replacen("\"jobs\": [", "\"jobs\": 1, \"other\": [", 1)),
            "case.golden.json:6:12: targets[0].jobs: expected a list, found 1",
        ),
        (
            folder("typo", |text| text.replacen("\"system.created\"", "\"system.crated\"", 1)),
            "case.json:6:19: events[0].eventType: expected a known event type",
        ),
        (
            folder("clock", |text| text.replacen("\"now\"", "\"then\"", 1)),
            "case.json:1:1: now: expected this required field",
        ),
        (PathBuf::from("no/such/folder"), "no/such/folder: no such file"),
    ] {
        let output = run("conformance", &[text(&path)]);
        assert_eq!(output.status.code(), Some(2), "{}", path.display());
        assert!(stderr(&output).contains(told), "{told} in {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{}", path.display());
    }
}
