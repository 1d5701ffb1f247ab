//! What `version_created` prints, and how it ends.

use std::process::Stdio;

use serde_json::Value;

use crate::binary::{example, run, stderr, stdout};
use crate::object::{keys, printed};

fn object(arguments: &[&str]) -> Value {
    printed("version_created", &[arguments, &["--quiet"]])
}

#[test]
fn json_is_one_object_with_documented_keys() {
    let run = object(&["--preset", "paper", "--iterations", "3", "--threads", "1"]);
    let mut expected = [
        "schema",
        "seed",
        "deployment",
        "digest",
        "preset",
        "density",
        "threads",
        "resources",
        "environments",
        "deployments",
        "policies",
        "relationship_rules",
        "targets_in_world",
        "targets_per_deployment",
        "targets_reconciled",
        "iterations",
        "jobs_created",
        "waiting",
        "blocked",
        "granted",
        "deployments_by_turns",
        "unlike_iterations",
        "cold_ms",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "max_ms",
        "floor_p50_ms",
        "over_floor",
        "pass_p50_ms",
        "moved_bytes",
        "bandwidth_bytes_per_s",
        "bytes_over_bandwidth_ms",
        "phases_ms",
        "allocations_per_iteration",
        "bytes_per_iteration",
        "build_ms",
        "resident_bytes",
        "baseline",
        "samples",
        "budgets",
    ];
    expected.sort_unstable();
    assert_eq!(keys(&run), expected);
    for (key, expected) in [
        ("preset", Value::from("paper")),
        ("density", Value::from("half")),
        ("threads", Value::from(1)),
        ("seed", Value::from(0)),
        ("deployment", Value::from("deployment-00")),
        ("resources", Value::from(75)),
        ("environments", Value::from(20)),
        ("deployments", Value::from(50)),
        ("policies", Value::from(2)),
        ("relationship_rules", Value::from(2)),
        ("targets_in_world", Value::from(15_000)),
        ("targets_per_deployment", Value::from(300)),
        ("targets_reconciled", Value::from(300)),
        ("iterations", Value::from(3)),
        ("jobs_created", Value::from(160)),
        ("waiting", Value::from(140)),
        ("blocked", Value::from(0)),
    ] {
        assert_eq!(run[key], expected, "{key}");
    }
    for key in [
        "cold_ms",
        "p50_ms",
        "floor_p50_ms",
        "pass_p50_ms",
        "build_ms",
        "allocations_per_iteration",
    ] {
        assert!(run[key].as_f64().is_some_and(|value| value > 0.0), "{key}: {}", run[key]);
    }
    let phases = run["phases_ms"].as_object().expect("an object");
    assert_eq!(phases.len(), 7);
    assert!(phases["policies"].as_f64().is_some_and(|value| value > 0.0));
    for budget in run["budgets"].as_array().expect("a list") {
        let (limit, measured) = (budget["limit"].as_f64(), budget["measured"].as_f64());
        assert_eq!(budget["holds"], Value::from(measured <= limit), "{budget}");
    }
}

/// Floor and fleet go first by turns, and a ratio is one of pairs.
#[test]
fn the_price_of_the_ecs_is_a_ratio_of_pairs_with_its_interval() {
    for preset in ["paper", "every-rule"] {
        let small = ["--preset", preset, "--resources", "75", "--deployments", "2"];
        let run = object(&[&small[..], &["--iterations", "21"]].concat());
        let over = &run["over_floor"];
        let number = |key: &str| over[key].as_f64().expect(key);
        assert_eq!(over["confidence_percent"], Value::from(95));
        assert!(0.0 < number("low") && number("low") < number("median"), "{over}");
        assert!(number("median") < number("high"), "{over}");
        assert!(number("floor_first") > 0.0 && number("fleet_first") > 0.0, "{over}");
        assert_eq!(run["targets_reconciled"], Value::from(300));
        // 41 bytes of every target, and 84 of every job.
        let jobs = run["jobs_created"].as_u64().expect("a number");
        assert!(jobs > 0);
        assert_eq!(run["moved_bytes"], Value::from(300 * 41 + jobs * 84));
        let seconds = number_of(&run, "moved_bytes") / number_of(&run, "bandwidth_bytes_per_s");
        let told = number_of(&run, "bytes_over_bandwidth_ms") / 1e3;
        assert!((seconds - told).abs() < 2e-9, "{seconds} s, {told} s");
    }
    let few = object(&["--preset", "single", "--iterations", "3"]);
    assert_eq!(few["over_floor"]["low"], Value::Null, "nothing is certain of three");
}

fn number_of(run: &Value, key: &str) -> f64 {
    run[key].as_f64().expect("a number")
}

#[test]
fn a_p99_is_told_of_two_hundred_iterations() {
    let single =
        |iterations: &str| ["--preset", "10", "--iterations", iterations].map(str::to_owned);
    for (iterations, is_told) in [("199", false), ("200", true)] {
        let arguments = single(iterations);
        let arguments = arguments.each_ref().map(String::as_str);
        assert_eq!(object(&arguments)["p99_ms"].is_number(), is_told, "{iterations}");
        let text = told(&arguments);
        assert_eq!(text.contains("\nP99 "), is_told, "{iterations}");
        assert!(text.contains("\nFirst, cold ") && text.contains("\nP95 "), "{text}");
    }
}

/// Deployments of other sizes get versions by turns: with three of them, every third iteration is
/// about the last.
#[test]
fn rotating_goes_round_the_deployments() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("by-turns.json");
    let resource = |id: &str, stage: &str| {
        serde_json::json!({
            "id": id, "identifier": id, "name": id, "kind": "k", "version": "1",
            "metadata": { "stage": stage },
        })
    };
    let deployment = |id: &str, selector: &str| {
        serde_json::json!({
            "id": id, "slug": id, "name": id, "systemId": "s", "jobAgentId": "a",
            "resourceSelector": selector,
        })
    };
    let document = serde_json::json!({
        "systems": [{ "id": "s", "name": "s" }],
        "jobAgents": [{ "id": "a", "name": "a", "type": "runner" }],
        "environments": [
            { "id": "e", "name": "e", "systemId": "s", "resourceSelector": "true" },
        ],
        "resources": [resource("r1", "prod"), resource("r2", "prod"), resource("r3", "test")],
        "deployments": [
            deployment("d1", "resource.metadata.stage == 'test'"),
            deployment("d2", "resource.metadata.stage == 'prod'"),
            deployment("d3", "true"),
        ],
    });
    std::fs::write(&path, document.to_string()).expect("the folder takes files");
    let path = path.to_str().expect("paths of tests are text");
    let arguments = ["--workspace", path, "--density", "all"];
    let run = object(&[&arguments[..], &["--rotate", "--iterations", "9"]].concat());
    assert_eq!(run["deployments_by_turns"], Value::from(3));
    let median = run["targets_reconciled"].as_u64().expect("a number");
    let like = |deployment: u64| median == deployment;
    let unlike: Vec<u64> = (1..=9).filter(|number| !like((number - 1) % 3 + 1)).collect();
    assert_eq!(run["unlike_iterations"], serde_json::json!(unlike));
    // From the second on and round to the first.
    let begun =
        told(&[&arguments[..4], &["--rotate", "--iterations", "2", "--seed", "1"]].concat());
    assert!(begun.contains("d2 has 2 release targets"), "{begun}");
    assert!(begun.contains("  and by turns                                  2 others"), "{begun}");
    let alone = object(&[&arguments[..], &["--iterations", "9", "--seed", "2"]].concat());
    assert_eq!(alone["unlike_iterations"], serde_json::json!([]));
    assert_eq!(alone["targets_reconciled"], Value::from(3));
}

#[test]
fn overrides_change_the_fleet() {
    let small = ["--preset", "literal", "--resources", "10", "--deployments", "2"];
    let run = object(&[&small[..], &["--iterations", "1", "--density", "all"]].concat());
    assert_eq!(run["targets_per_deployment"], Value::from(40));
    assert_eq!(run["targets_in_world"], Value::from(80));
    assert_eq!(run["jobs_created"], Value::from(40));
    let scaling = object(&["--preset", "500", "--iterations", "1"]);
    assert_eq!(scaling["targets_reconciled"], Value::from(500));
}

#[test]
fn carried_over_jobs_deny_later_iterations() {
    let paper = ["--preset", "paper", "--density", "all", "--iterations", "3"];
    let run = object(&[&paper[..], &["--carry-over"]].concat());
    assert_eq!(run["jobs_created"], Value::from(0));
    assert_eq!(run["blocked"], Value::from(300));
}

#[test]
fn people_see_statistics_digest_and_verdict() {
    let arguments = ["--preset", "paper", "--iterations", "3", "--seed", "51"];
    let lines = |threads: &str| -> Vec<String> {
        let output = run("version_created", &[&arguments[..], &["--threads", threads]].concat());
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).lines().all(|line| line.chars().count() <= 80));
        stdout(&output).lines().map(str::to_owned).collect()
    };
    let (one, two) = (lines("1"), lines("2"));
    let with = |lines: &[String], start: &str| -> String {
        lines.iter().find(|line| line.starts_with(start)).cloned().unwrap_or_default()
    };
    assert_eq!(one[0], "=== Benchmark Environment Statistics ===");
    assert!(with(&one, "Release targets").ends_with(" 15,000"));
    assert!(with(&one, "Seed").ends_with(" 51"));
    assert!(with(&one, "Deployment ").ends_with(" deployment-01"));
    assert!(with(&one, "goal: ideal").contains("500 ms"));
    assert!(!with(&one, "State digest").is_empty());
    assert!(with(&one, "Price of the ECS, by pairs").contains(" times"));
    for order in ["  floor first", "  fleet first"] {
        assert!(with(&one, order).contains(" times"), "{order}");
    }
    assert_eq!(with(&one, "State digest"), with(&two, "State digest"));
}

/// As Go's benchmarks print theirs, so that tools which compare those can read it.
#[test]
fn the_result_is_a_line_as_gos_benchmarks_print_it() {
    let arguments = ["--preset", "single", "--iterations", "7", "--threads", "2"];
    let text = told(&arguments);
    let line = text.lines().find(|line| line.starts_with("Benchmark")).expect("it is there");
    let [name, iterations, time, per_op, heap, mb, allocations, allocs] =
        line.split_whitespace().collect::<Vec<_>>()[..]
    else {
        panic!("{line}")
    };
    assert_eq!((name, iterations), ("BenchmarkVersionCreated-2", "7"));
    assert_eq!([per_op, mb, allocs], ["ms/op", "MB/op", "allocs/op"]);
    for number in [time, heap, allocations] {
        assert!(number.parse::<f64>().is_ok_and(|it| it > 0.0), "{line}");
    }
    let before = text.find(line).expect("it is in it");
    assert!(before > text.find("release targets to reconcile").expect("it is announced"));
}

/// Phases are told wherever stderr goes, unless nobody wants them.
#[test]
fn nine_phases_are_told() {
    let arguments = ["--preset", "paper", "--iterations", "1"];
    let output = run("version_created", &arguments);
    let phases: Vec<&str> = stderr(&output).lines().collect();
    assert_eq!(phases.len(), 9, "{phases:?}");
    for (number, phase) in (1..).zip(&phases) {
        assert!(phase.starts_with(&format!("Phase {number}: ")), "{phase}");
    }
    assert_eq!(phases[3], "Phase 4: Creating 75 resources...");
    assert!(phases[8].ends_with("simulating deployment version creation..."));
    let quiet = run("version_created", &[&arguments[..], &["--quiet"]].concat());
    assert_eq!(stderr(&quiet), "");
}

/// A file with a run whose samples are this many times as long as those of another.
fn slowed(run: &Value, name: &str, of_reconcile: u64, of_floor: u64) -> String {
    let mut run = run.clone();
    for sample in run["samples"].as_array_mut().expect("a list") {
        for (key, times) in [("reconcile_ns", of_reconcile), ("floor_ns", of_floor)] {
            sample[key] = Value::from(sample[key].as_u64().expect("a number") * times);
        }
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, run.to_string()).expect("the folder takes files");
    path.to_str().expect("paths of tests are text").to_owned()
}

#[test]
fn an_earlier_run_is_a_baseline() {
    let arguments = ["--preset", "single", "--iterations", "41", "--threads", "1"];
    let earlier = object(&arguments);
    let samples = earlier["samples"].as_array().expect("a list");
    assert_eq!(samples.len(), 41);
    assert_eq!(samples[0]["first"], "floor");
    assert_eq!(samples[1]["first"], "fleet");
    let against = |file: &str| object(&[&arguments[..], &["--baseline", file]].concat());

    // A machine that was a hundred times as slow slows the floor as well.
    let machine = slowed(&earlier, "slow-machine.json", 100, 100);
    let run = against(&machine);
    let [time, over_floor] = ["time", "over_floor"].map(|key| &run["baseline"][key]);
    assert!(number_of(time, "high") < 0.1, "{time}");
    assert!((0.3..3.0).contains(&number_of(over_floor, "median")), "{over_floor}");
    // An engine that was has no excuse.
    let engine = slowed(&earlier, "slow-engine.json", 100, 1);
    let over_floor = &against(&engine)["baseline"]["over_floor"];
    assert!(number_of(over_floor, "high") < 0.1, "{over_floor}");

    let text = told(&[&arguments[..], &["--density", "all", "--baseline", &engine]].concat());
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line == engine), "{text}");
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).expect("it is told");
    assert!(line("Time by time before").ends_with("  faster"));
    assert!(line("The same, both over the floor").ends_with("  faster"));
    assert!(text.contains("Not alike: density was \"half\", is \"all\""), "{text}");
}

#[test]
fn a_baseline_that_holds_no_run_is_refused_before_anything_is_built() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-baseline.json");
    let file = path.to_str().expect("paths of tests are text");
    for (text, expected) in [
        ("{", "EOF while parsing"),
        ("{}", "`samples` is no list of iterations"),
        (r#"{"samples":[]}"#, "`samples` is no list of iterations"),
        (
            r#"{"samples":[{"reconcile_ns":5,"floor_ns":3},{"reconcile_ns":5}]}"#,
            "`samples[1].floor_ns` is no positive number",
        ),
    ] {
        std::fs::write(&path, text).expect("the folder takes files");
        let output = run("version_created", &["--baseline", file, "--quiet"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        let told = format!("{file}: {expected}");
        assert!(stderr(&output).contains(&told), "{text}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

/// Budgets are told, and judge where somebody asks for it.
#[test]
fn check_ends_with_1_if_a_budget_fails() {
    let mut some_hold = false;
    for (preset, iterations) in [("10", "5"), ("paper", "5"), ("stated", "3"), ("75", "3")] {
        let arguments = ["--preset", preset, "--iterations", iterations, "--json", "--quiet"];
        for check in [&[][..], &["--check"]] {
            let output = run("version_created", &[&arguments[..], check].concat());
            let run: Value = serde_json::from_str(stdout(&output)).expect("one object");
            let budgets = run["budgets"].as_array().expect("a list");
            assert!(budgets.len() >= 3, "{preset}");
            let holds = budgets.iter().all(|budget| budget["holds"] == true);
            let fails = !holds && !check.is_empty();
            assert_eq!(output.status.code(), Some(i32::from(fails)), "{preset} {check:?}");
            some_hold |= holds;
        }
    }
    assert!(some_hold, "the goals hold of ten targets");
    let document = ["--workspace", "examples/data/workspace.yaml", "--deployment", "api"];
    let told = told(&document);
    assert!(told.contains("of this fleet nothing is asked"), "{told}");
    assert!(!told.contains(" FAILS") && !told.contains("goal: "), "{told}");
    let output = run("version_created", &[&document[..], &["--check"]].concat());
    assert_eq!(output.status.code(), Some(2), "there is nothing to check");
}

#[test]
fn documents_are_measured_like_presets() {
    let document = ["--workspace", "examples/data/workspace.yaml", "--iterations", "2"];
    let run = object(&[&document[..], &["--deployment", "api"]].concat());
    assert_eq!(run["preset"], Value::from("examples/data/workspace.yaml"));
    assert_eq!(run["targets_per_deployment"], Value::from(6));
    assert_eq!(run["targets_reconciled"], Value::from(6));
}

#[test]
fn wrong_usage_and_input_end_with_code_2() {
    let document = "examples/data/workspace.yaml";
    for (arguments, told) in [
        (&["--preset", "huge"][..], "paper, stated, literal, every-rule, related, single"),
        (&["--density", "most"], "gate, half or all"),
        (&["--iterations", "0"], "--iterations"),
        (&["--resources", "4294967295"], "a fleet of 4,294,967,295 resources: at most 10,000,000"),
        (&["--resources", "9000000"], "release targets: at most 200,000,000 fit"),
        (&["--workspace", document, "--resources", "5"], "--resources"),
        (&["--workspace", "no/such.yaml"], "no/such.yaml: no such file"),
        (
            &["--workspace", document, "--deployment", "chekout"],
            "there is no deployment `chekout`; the nearest are checkout, api",
        ),
    ] {
        let output = run("version_created", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
    }
}

/// The deployments of a preset are known by its shape, by slug and by id.
#[test]
fn a_preset_without_the_deployment_is_not_built() {
    let output = run("version_created", &["--preset", "literal", "--deployment", "deployment-50"]);
    assert_eq!(output.status.code(), Some(2));
    let told =
        "there is no deployment `deployment-50`; the nearest are deployment-0, deployment-10";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    assert_eq!(stdout(&output), "", "what was built is told first");
    for named in ["deployment-7", "deployment-07"] {
        let run = object(&["--preset", "paper", "--iterations", "1", "--deployment", named]);
        assert_eq!(run["targets_per_deployment"], Value::from(300), "{named}");
    }
}

#[test]
fn a_reader_that_stops_is_no_failure() {
    let mut child = example("version_created")
        .args(["--preset", "single", "--iterations", "1", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_trace_holds_every_phase_and_the_cohorts_within_it() {
    let path = std::env::temp_dir().join(format!("shakedown-trace-{}.json", std::process::id()));
    let file = path.to_str().expect("a path in UTF-8");
    object(&["--preset", "paper", "--iterations", "1", "--threads", "2", "--trace", file]);
    let text = std::fs::read_to_string(&path).expect("it was written");
    std::fs::remove_file(&path).expect("it is there");
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let slices = |category: &str| {
        let wanted = |it: &&Value| it["cat"] == category && it["ph"] == "X";
        events.iter().filter(wanted).collect::<Vec<_>>()
    };
    let span = |it: &Value| {
        let (from, length) = (it["ts"].as_f64().expect("us"), it["dur"].as_f64().expect("us"));
        (from, from + length)
    };
    let phases: Vec<&str> =
        slices("phase").iter().map(|it| it["name"].as_str().expect("a name")).collect();
    let expected = [
        "ingest",
        "relationships",
        "policies",
        "planning",
        "eligibility",
        "job_creation",
        "settle",
    ];
    assert_eq!(phases, expected);
    // Twenty environments, in each of the three phases that work on cohorts.
    let cohorts = slices("cohort");
    assert_eq!(cohorts.len(), 60);
    for cohort in cohorts {
        let phase = slices("phase").into_iter().find(|it| it["name"] == cohort["args"]["phase"]);
        let ((from, to), within) = (span(cohort), span(phase.expect("its phase is there")));
        assert!(within.0 <= from && to <= within.1, "{cohort} lies within {within:?}");
        assert!(cohort["tid"].as_u64() < Some(2), "{cohort}");
    }
}

/// The longest cohorts, and per thread what of a phase it did nothing.
#[test]
fn a_trace_is_summed_up_in_the_terminal() {
    let arguments = ["--preset", "paper", "--iterations", "1", "--threads", "2", "--trace"];
    let text = told(&[&arguments[..], &["/dev/null"]].concat());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let (_, summary) = text.split_once("=== Trace: longest cohorts ===\n").expect("it is told");
    let (longest, idle) =
        summary.split_once("=== Trace: idle while cohorts were worked on ===\n").expect("both");
    let rows = |text: &str| -> Vec<Vec<String>> {
        let rows = text.lines().skip(1).map(|line| line.split_whitespace().map(str::to_owned));
        rows.map(Iterator::collect).filter(|row: &Vec<String>| !row.is_empty()).collect()
    };
    let longest = rows(longest);
    assert_eq!(longest.len(), 5);
    let micros: Vec<f64> = longest.iter().map(|row| row[4].parse().expect("us")).collect();
    assert!(micros.is_sorted_by(|a, b| a >= b) && micros[0] > 0.0, "{micros:?}");
    assert!(longest.iter().all(|row| row[1].starts_with("env-") && row[2] == "15"), "{longest:?}");
    // Three phases work on cohorts; 300 targets are one thread's, so the other is idle.
    let idle = rows(idle);
    let of: Vec<[&str; 2]> = idle.iter().map(|row| [row[0].as_str(), row[1].as_str()]).collect();
    let phases = ["policies", "planning", "eligibility"];
    assert_eq!(of, phases.map(|phase| [[phase, "0"], [phase, "1"]]).concat());
    for row in &idle {
        let [spent, percent, longest] = [2, 3, 4].map(|at| row[at].parse::<f64>().expect("number"));
        assert!((0.0..=100.0).contains(&percent) && longest <= spent, "{row:?}");
    }
    assert!(idle.iter().any(|row| row[3] == "100.0"), "{idle:?}");
}

#[test]
fn a_trace_that_cannot_be_written_is_told_before_anything_is_measured() {
    let output =
        run("version_created", &["--preset", "paper", "--trace", "no/such/folder/it.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no/such/folder/it.json"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_trace_outlives_failures_and_readers_that_stop() {
    let path = std::env::temp_dir().join(format!("shakedown-kept-{}.json", std::process::id()));
    let file = path.to_str().expect("a path in UTF-8");
    let arguments = ["--preset", "paper", "--iterations", "1", "--quiet", "--trace", file];
    std::fs::write(&path, "an older one").expect("the folder is writable");
    let output = run("version_created", &[&arguments[..], &["--deployment", "none"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let read = || std::fs::read_to_string(&path).expect("it is there");
    assert_eq!(read(), "an older one");
    let mut child = example("version_created")
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(serde_json::from_str::<Value>(&read()).is_ok(), "the trace is whole");
    std::fs::remove_file(&path).ok();
}

fn told(arguments: &[&str]) -> String {
    let output = run("version_created", &[arguments, &["--quiet"]].concat());
    stdout(&output).to_owned()
}

/// What a version is given is said, and how many would wait without it.
#[test]
fn what_was_granted_is_told() {
    let api = ["--workspace", "examples/data/workspace.yaml", "--deployment", "api"];
    let granted = |arguments: &[&str]| {
        let text = told(&[&api, arguments].concat());
        let (_, section) = text.split_once("=== Granted to each version ===\n").expect("a section");
        let (section, _) = section.split_once("\n\n").expect("it ends");
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        section.lines().map(words).collect::<Vec<_>>()
    };
    let expected = [
        "Approvals 2 in each of 3 environments",
        "Seconds since its creation 899",
        "Jobs created without that 2",
        "Targets that would wait 4",
    ];
    assert_eq!(granted(&["--iterations", "2"]), expected);
    assert_eq!(granted(&["--iterations", "2", "--density", "gate"]), ["Nothing"]);
    assert_eq!(granted(&["--iterations", "2", "--carry-over"]), expected[..2]);
}

/// Nothing holds of what was not measured.
#[test]
fn no_targets_are_no_success() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-targets.json");
    std::fs::write(&path, r#"{ "deployments": [{ "id": "d", "slug": "d", "systemId": "s" }] }"#)
        .expect("the folder takes files");
    let path = path.to_str().expect("paths of tests are text");
    let arguments = ["--workspace", path, "--iterations", "1"];
    let text = told(&arguments);
    let end = "=== Verdict ===\nThere are no targets, so nothing was measured.\n";
    assert!(text.ends_with(end), "{text}");
    assert_eq!(object(&arguments)["budgets"], serde_json::json!([]));
}
