//! What `latency` prints and draws, and how it ends.

use serde_json::Value;

use crate::binary::{run, stderr, stdout};
use crate::object::{keys, printed};

/// A fleet with every kind of rule, small enough for a test.
const SMALL: [&str; 6] = ["--preset", "every-rule", "--resources", "60", "--deployments", "3"];
const KINDS: [&str; 6] = ["approval", "job", "policy", "resource", "time", "version"];

fn object(arguments: &[&str]) -> Value {
    printed("latency", &[&SMALL, arguments])
}

#[test]
fn json_is_one_object_with_documented_keys() {
    let run = object(&["--count", "600", "--seed", "3", "--threads", "2"]);
    assert_eq!(
        keys(&run),
        [
            "busy",
            "digest",
            "elapsed_ms",
            "events",
            "kinds",
            "memory",
            "mix",
            "preset",
            "schema",
            "seed",
            "targets",
            "threads",
        ]
    );
    assert_eq!(run["targets"], Value::from(60 * 4 * 3), "four environments in each region");
    assert_eq!((&run["events"], &run["seed"]), (&Value::from(600), &Value::from(3)));
    assert_eq!(keys(&run["kinds"]), KINDS);
    let mut events = 0;
    for kind in KINDS {
        let it = &run["kinds"][kind];
        let number = |key: &str| it[key].as_u64().expect("a number");
        events += number("events");
        // Of fewer events the higher percentiles say nothing.
        let told = [("p50_ns", 1), ("p95_ns", 1), ("p99_ns", 200), ("p99_9_ns", 2_000)];
        let (told, untold): (Vec<_>, Vec<_>) =
            told.into_iter().partition(|(_, least)| number("events") >= *least);
        assert!(untold.iter().all(|(key, _)| it[key].is_null()), "{kind}: {it}");
        let told = told.into_iter().map(|(key, _)| key).chain(["max_ns"]);
        let latencies: Vec<u64> = told.map(number).collect();
        assert!(latencies.is_sorted() && latencies[0] > 0, "{kind}: {it}");
        for key in ["targets_per_event", "allocations_per_event", "bytes_per_event"] {
            assert!(it[key].as_f64().is_some_and(|value| value >= 0.0), "{kind} {key}: {it}");
        }
        // A policy concerns its deployments' targets; a job's end one, and what depends on it.
        let targets = it["targets_per_event"].as_f64().expect("a number");
        assert!(targets >= if kind == "policy" { 10.0 } else { 0.0 }, "{kind}: {it}");
    }
    assert_eq!(events, 600);
    let shares = |key: &str| -> Vec<f64> {
        let threads = run["busy"].as_array().expect("a list");
        threads.iter().filter_map(|it| it[key].as_f64()).collect()
    };
    let (inside, deciding) = (shares("in_phases"), shares("in_cohorts"));
    assert_eq!((inside.len(), deciding.len()), (2, 2), "a thread without work has a share, too");
    assert!(inside[0] > 0.2 && inside[0] <= 1.0, "the first runs the schedule: {inside:?}");
    assert!(deciding[0] > 0.0 && deciding[0] <= inside[0], "{deciding:?}");
}

#[test]
fn a_stream_depends_on_its_seed_and_not_on_threads() {
    let of = |seed: &str, threads: &str| {
        let run = object(&["--count", "400", "--seed", seed, "--threads", threads]);
        let events = KINDS.map(|kind| run["kinds"][kind]["events"].clone());
        (run["digest"].clone(), events)
    };
    let first = of("1", "1");
    assert_eq!(first, of("1", "2"));
    assert_ne!(first, of("2", "1"));
}

#[test]
fn only_what_the_mix_names_happens() {
    let run = object(&["--count", "50", "--mix", "version=1"]);
    assert_eq!(keys(&run["kinds"]), ["version"]);
    // There is no job to end before there is a version.
    let run = object(&["--count", "50", "--mix", "job=1"]);
    assert_eq!(keys(&run["kinds"]), ["job", "version"]);
}

#[test]
fn people_see_latencies_threads_and_memory() {
    let output = run("latency", &[&SMALL[..], &["--count", "200"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for part in ["P99.9", "State digest", "allocations", "in cohorts", "version ", "policy "] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_picture_has_a_curve_for_each_kind() {
    let path = std::env::temp_dir().join(format!("latency-{}.svg", std::process::id()));
    let file = path.to_str().expect("a path in UTF-8");
    object(&["--count", "300", "--svg", file]);
    let picture = std::fs::read_to_string(&path).expect("it was drawn");
    std::fs::remove_file(&path).ok();
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    for text in KINDS.into_iter().chain(["percentile", "99 %", "resident memory, MiB", "events"]) {
        assert!(picture.contains(text), "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_that_finds_no_room_does_not_cost_the_table() {
    let run = |file| run("latency", &[&SMALL[..], &["--count", "20", "--svg", file]].concat());
    let (full, null) = (run("/dev/full"), run("/dev/null"));
    assert_eq!((full.status.code(), null.status.code()), (Some(2), Some(0)));
    assert!(stdout(&full).contains("State digest") && stderr(&full).contains("/dev/full: "));
}

#[test]
fn documents_are_taken_as_well() {
    let output =
        run("latency", &["--workspace", "examples/data/workspace.yaml", "--count", "50", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run: Value = serde_json::from_str(stdout(&output)).expect("one object");
    assert_eq!(run["events"], Value::from(50));
}

#[test]
fn wrong_usage_and_input_end_with_code_2() {
    for (arguments, told) in [
        (&["--mix", "jobs=1"][..], "version, approval, job, resource, policy, time"),
        (&["--mix", "job=0"], "every part is zero"),
        (&["--count", "0"], "--count"),
        (&["--workspace", "no/such.yaml"], "no/such.yaml: no such file"),
        (&["--svg", "no/such/folder/a.svg"], "cannot write no/such/folder/a.svg: "),
        (&["--preset", "single", "--resources", "4294967295"], "at most 10,000,000"),
    ] {
        let output = run("latency", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}
