//! What `conformance` prints, and how it ends.

mod binary;

use std::path::{Path, PathBuf};

use binary::{root, run, stderr, stdout};
use serde_json::{Value, json};

/// A scenario that agrees.
const SAMPLE: &str = "vectors/t-g3-interval-zero";

/// A folder with one scenario, copied from the sample, its texts changed by `change`.
fn folder(name: &str, change: impl Fn(&str) -> String) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(name);
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
    let object: Value = serde_json::from_str(stdout(&output)).expect("one object, nothing else");
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
    let object: Value = serde_json::from_str(stdout(&output)).expect("one object, nothing else");
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
    assert!(stdout(&people).lines().any(|it| it.starts_with("D11 ") && it.ends_with(" 1")));
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
    let object: Value = serde_json::from_str(stdout(&output)).expect("one object, nothing else");
    assert_eq!(object["disagree"], json!(1));
    assert_eq!(object["differences"][0]["deviation"], json!(null));
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
