//! What `scaling` prints and draws, and how it ends.

use serde_json::Value;

use crate::binary::{run, stderr, stdout};
use crate::object::{keys, printed};

/// Small fleets, so that it takes no longer than a test may.
const SMALL: [&str; 4] = ["--sizes", "100,200,400,800", "--iterations", "2"];

fn object(arguments: &[&str]) -> Value {
    printed("scaling", &[&SMALL, arguments])
}

#[test]
fn json_is_one_object_with_documented_keys() {
    let run = object(&["--max-targets", "800", "--seed", "7", "--threads", "1"]);
    assert_eq!(
        keys(&run),
        [
            "axes",
            "budget",
            "class",
            "confidence",
            "density",
            "digest",
            "exponent",
            "fixed_ns",
            "iterations",
            "phases",
            "points",
            "schema",
            "seed",
            "standard_error",
            "steepness",
            "threads",
            "verdict",
        ]
    );
    let points = run["points"].as_array().expect("a list");
    let sizes: Vec<u64> = points.iter().filter_map(|it| it["targets"].as_u64()).collect();
    assert_eq!(sizes, [100, 200, 400, 800]);
    assert!(points.iter().all(|it| keys(it) == ["p50_ns", "samples_ns", "targets"]), "{points:?}");
    assert!(points.iter().all(|it| it["p50_ns"].as_u64() > Some(0)), "{points:?}");
    for point in points {
        let samples = point["samples_ns"].as_array().expect("a list");
        assert!(samples.contains(&point["p50_ns"]), "the median is one of them: {point}");
    }
    assert!(run["exponent"].is_f64());
    let confidence = run["confidence"].as_f64().expect("a number");
    assert!((0.25..=1.0).contains(&confidence), "the best of four classes: {confidence}");
    let phases = [
        "eligibility",
        "ingest",
        "job_creation",
        "planning",
        "policies",
        "relationships",
        "settle",
    ];
    assert_eq!(keys(&run["phases"]), phases);
    assert!(run["phases"]["planning"].is_f64(), "{}", run["phases"]);
    let axes = [
        "environments",
        "group_size_resource_edited",
        "group_size_rule_edited",
        "policies",
        "versions",
    ];
    assert_eq!(keys(&run["axes"]), axes);
    for axis in axes {
        assert!(run["axes"][axis]["points"].as_array().is_some_and(|it| it.len() >= 3), "{axis}");
        assert_eq!(keys(&run["axes"][axis]["phases"]), phases, "{axis}");
    }
    assert_eq!(run["budget"]["holds"], Value::Null, "800 targets say nothing about 3,000,000");
    assert_eq!((&run["seed"], &run["threads"]), (&Value::from(7), &Value::from(1)));
}

#[test]
fn the_digest_is_the_same_on_any_thread_count() {
    let of = |threads| object(&["--targets-only", "--threads", threads])["digest"].clone();
    assert_eq!(of("1"), of("2"));
}

#[test]
fn people_see_points_phases_and_verdict() {
    let output = run("scaling", &[&SMALL[..], &["--max-targets", "400"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for part in [
        "=== By targets ===",
        "=== By group size, rule edited ===",
        "Exponent ",
        "State digest",
        "Budget 0.9 to 1.05 not judged",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("\n           800 "), "--max-targets leaves it out: {text}");
    let verdict = text.split("=== Verdict ===\n").nth(1).expect("a verdict");
    let told =
        |line: &str| line == "no phase grows faster than linear" || line.contains(" grows as n^");
    assert!(!verdict.is_empty() && verdict.lines().all(told), "{verdict}");
}

#[test]
fn the_picture_holds_every_point() {
    let path = std::env::temp_dir().join(format!("scaling-{}.svg", std::process::id()));
    let file = path.to_str().expect("a path in UTF-8");
    std::fs::write(&path, "x".repeat(1 << 20)).expect("the folder is writable");
    object(&["--targets-only", "--svg", file]);
    let picture = std::fs::read_to_string(&path).expect("it was drawn");
    std::fs::remove_file(&path).ok();
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    // A dot per size and one in the legend; then a dot per size of each of the seven phases.
    assert_eq!(picture.matches("<circle").count(), 4 + 1 + 7 * 4);
    for text in [
        "Reconcile by targets",
        "release targets",
        "quadratic",
        "n log n",
        "fitted: n^",
        "planning",
    ] {
        assert!(picture.contains(text), "{text}");
    }
}

#[test]
fn wrong_usage_ends_with_code_2_before_anything_is_measured() {
    for (arguments, told) in [
        (&["--sizes", "100,200"][..], "at least 3 different sizes with a cost, found 2"),
        (&["--max-targets", "500"], "found 2"),
        // Before anything is measured.
        (
            &["--sizes", "10,20,30", "--max-targets", "50", "--iterations", "100000000"],
            "group size, resource edited: ",
        ),
        (&["--sizes", "100,200,3000000000"], "a fleet of 3,000,000,000 release targets"),
        (&["--sizes", "0,1,2"], "--sizes"),
        (&["--density", "most"], "gate, half or all"),
        (&["--svg", "no/such/folder/a.svg"], "cannot write no/such/folder/a.svg: "),
    ] {
        let output = run("scaling", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}
