//! What `layouts` prints, draws and writes, and how it ends.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::binary::{example, run, stderr, stdout};
use crate::object::{keys, printed};
use crate::reader;

/// Two layouts and few runs, so that it takes no longer than a test may.
const SMALL: [&str; 8] =
    ["--layout", "sharded,soa", "--scale", "1k", "--iterations", "2", "--rounds", "2"];

fn object(arguments: &[&str]) -> Value {
    printed("layouts", &[&SMALL, arguments])
}

/// A path for this test alone.
fn place(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("layouts-{}-{name}", std::process::id()))
}

#[test]
fn json_is_one_object_with_documented_keys() {
    let run = object(&[]);
    let documented = [
        "footprints",
        "iterations",
        "layouts",
        "machine",
        "refused",
        "rounds",
        "rows",
        "schema",
        "seed",
    ];
    assert_eq!(keys(&run), documented);
    assert_eq!(keys(&run["machine"]), ["caches", "optimised", "processor", "processors", "system"]);
    let rows = run["rows"].as_array().expect("a list");
    let mut groups = BTreeSet::new();
    for row in rows {
        assert_eq!(
            keys(row),
            [
                "allocations",
                "bytes_per_target",
                "chunk",
                "density",
                "digest",
                "layout",
                "ns_per_target",
                "operation",
                "order",
                "scale",
                "spread",
                "threads",
            ]
        );
        assert!(row["ns_per_target"].as_f64() > Some(0.0), "{row}");
        assert!(row["spread"].as_f64() >= Some(1.0), "{row}");
        // A target takes 41 bytes at least: key, desired release, state, holds and jobs.
        assert!(row["bytes_per_target"].as_f64() >= Some(41.0), "{row}");
        assert!(row["digest"].as_str().is_some_and(|it| it.len() == 16), "{row}");
        assert_eq!((&row["threads"], &row["order"]), (&1.into(), &"by-key".into()), "{row}");
        groups.insert([&row["operation"], &row["density"]].map(Value::to_string));
    }
    // Eleven operations, of which two are measured at three densities; two layouts each.
    assert_eq!((groups.len(), rows.len()), (15, 30));
    assert_eq!(run["refused"], Value::Array(Vec::new()));
    assert_eq!((&run["iterations"], &run["rounds"]), (&2.into(), &2.into()));
    assert_eq!(run["seed"], Value::Null);
    let names: Vec<&str> = run["layouts"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|layout| layout["name"].as_str())
        .collect();
    assert_eq!(names, ["sharded", "soa"]);
    assert_eq!(run["footprints"].as_array().map(Vec::len), Some(2), "one per layout");
}

#[test]
fn operations_end_in_a_state_of_their_own() {
    let run = object(&["--operation", "build,reconcile_one,lookup,lock"]);
    let digest = |operation: &str, density: &str| {
        let rows = run["rows"].as_array().expect("a list");
        let found = rows.iter().find(|it| it["operation"] == operation && it["density"] == density);
        found.expect("it was measured")["digest"].clone()
    };
    assert_eq!(digest("build", "all"), digest("lookup", "all"), "neither decides anything");
    let states = [
        digest("build", "all"),
        digest("reconcile_one", "one"),
        digest("reconcile_one", "all"),
        digest("lock", "all"),
    ];
    let states: BTreeSet<String> = states.iter().map(Value::to_string).collect();
    assert_eq!(states.len(), 4, "{states:?}");
}

#[test]
fn the_state_does_not_depend_on_order_or_threads() {
    let wanted = ["--operation", "reconcile_all", "--layout", "dense", "--scale", "60k"];
    let axes = ["--order", "by-key,churned", "--threads", "2,1", "--chunk", "8,1"];
    let run = object(&[&wanted[..], &axes].concat());
    let rows = run["rows"].as_array().expect("a list");
    let axes =
        |row: &Value| ["layout", "order", "threads", "chunk"].map(|axis| row[axis].to_string());
    let seen: BTreeSet<[String; 4]> = rows.iter().map(axes).collect();
    // Rows of `dense` lie by resource; of 1,000 targets, threads share nothing.
    assert_eq!((seen.len(), rows.len()), (15, 20), "{seen:?}");
    let digests = |scale: &str| {
        let rows = rows.iter().filter(|row| row["scale"] == scale);
        rows.map(|row| row["digest"].to_string()).collect::<BTreeSet<_>>()
    };
    assert_eq!((digests("1k").len(), digests("60k").len()), (1, 1));
}

#[test]
fn people_see_groups_of_at_most_80_columns() {
    let wanted = ["--operation", "lock,transition", "--density", "5pct,all"];
    let output = run("layouts", &[&SMALL[..], &wanted].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    let text = stdout(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let groups: Vec<&str> = text.lines().filter(|line| line.starts_with("=== ")).collect();
    assert_eq!(
        groups,
        [
            "=== Run ===",
            "=== lock, 1k, all, by-key, 1 thread ===",
            "=== transition, 1k, 5pct, by-key, 1 thread ===",
            "=== transition, 1k, all, by-key, 1 thread ===",
        ]
    );
    for group in text.split("\n===").skip(1).filter(|group| group.contains("thread")) {
        let best = group.lines().find(|it| it.starts_with("sharded ") || it.starts_with("soa "));
        assert!(best.is_some_and(|row| row.contains(" 1.00 ")), "the best comes first: {group}");
        assert!(group.contains("State digest "), "{group}");
    }
}

#[test]
fn the_list_says_what_there_is() {
    let output = run("layouts", &["--list"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let about = "\nsharded\n    archetype tables sharded by deployment: the engine's own\n";
    assert!(text.contains(about), "{text}");
    assert!(text.contains("\nlock\n    an environment is locked in every deployment\n"), "{text}");
}

#[test]
fn there_is_a_picture_for_each_operation() {
    let folder = place("pictures").join("inner");
    let path = folder.to_str().expect("a path in UTF-8");
    object(&["--operation", "lock,reconcile_one", "--density", "one,all", "--svg", path]);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("it was made")
        .map(|file| file.expect("it is readable").file_name())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["lock.svg", "reconcile_one.svg"]);
    let picture = fs::read_to_string(folder.join("reconcile_one.svg")).expect("it was drawn");
    fs::remove_dir_all(place("pictures")).ok();
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    // A dot for each of two layouts, and one in the legend, at each of two densities.
    assert_eq!(picture.matches("<circle").count(), 2 * (2 + 1));
    for text in ["sharded", "soa", "nanoseconds per target", "1k, one", "1k, all"] {
        assert!(picture.contains(text), "{text}");
    }
}

#[test]
fn the_page_is_well_formed_and_refers_to_nothing_outside() {
    let path = place("page.html");
    fs::write(&path, "x".repeat(1 << 20)).expect("the folder is writable");
    object(&["--operation", "lock,lookup", "--html", path.to_str().expect("a path in UTF-8")]);
    let page = fs::read_to_string(&path).expect("it was written");
    fs::remove_file(&path).ok();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<svg").count(), 2, "one per operation");
    for reference in ["src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(reference), "{reference}");
    }
    let namespace = "http://www.w3.org/2000/svg";
    assert_eq!(page.matches("://").count(), page.matches(namespace).count());
    for text in ["<td>sharded</td>", "lock, 1k, all, by-key, 1 thread", "class=\"best\">1.00<"] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(unclosed(&page), Ok(()));
}

/// Whether every element is closed where it may be; says which is not.
fn unclosed(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let (tag, _) = tag.split_once('>').ok_or_else(|| format!("<{tag} does not end"))?;
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return Err(format!("</{closed}> closes something else"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap_or_default());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

#[test]
fn a_page_that_a_picture_would_replace_is_refused_and_leaves_nothing() {
    let folder = place("both");
    let path = folder.to_str().expect("a path in UTF-8");
    let page = folder.join("inner").join("..").join("lock.svg");
    fs::create_dir_all(folder.join("inner")).expect("the folder is writable");
    let page = page.to_str().expect("a path in UTF-8");
    let output = run("layouts", &["--operation", "lock,build", "--svg", path, "--html", page]);
    assert_eq!(output.status.code(), Some(2));
    let told = format!("two results would be written to {page}");
    assert!(stderr(&output).contains(&told), "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(&folder).expect("it was made").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    fs::remove_dir_all(&folder).ok();
}

#[test]
fn a_page_that_the_table_would_be_mixed_with_is_refused() {
    let page = place("table.html");
    let out = fs::File::create(&page).expect("the folder is writable");
    let mut running = example("layouts");
    running.args(SMALL).args(["--operation", "lock", "--html"]).arg(&page).stdout(out);
    let output = running.output().expect("the example starts");
    fs::remove_file(&page).ok();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("stdout goes to "), "{}", stderr(&output));
}

#[test]
fn an_operation_without_cases_has_no_picture() {
    let folder = place("partly");
    let path = folder.to_str().expect("a path in UTF-8");
    let wanted = ["--operation", "lock,transition", "--density", "one", "--svg", path];
    let output = run("layouts", &[&SMALL[..], &wanted].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "nothing to measure of lock along these axes\n");
    let files = fs::read_dir(&folder).expect("it was made").flatten();
    let files: Vec<_> = files.map(|file| file.file_name()).collect();
    assert_eq!(files, ["transition.svg"]);
    fs::remove_dir_all(&folder).ok();
}

#[cfg(target_os = "linux")]
#[test]
fn every_output_that_cannot_be_written_is_told_of() {
    let wanted = ["--operation", "lock", "--html", "/dev/full"];
    let mut running = example("layouts");
    running.args(SMALL).args(wanted).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = running.spawn().expect("the example starts");
    drop(running.stdout.take());
    let output = running.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cannot write /dev/full"), "{}", stderr(&output));
}

#[test]
fn wrong_usage_ends_with_code_2_before_anything_is_measured() {
    for (arguments, told) in [
        (&["--layout", "sharded,sao"][..], "there is no layout `sao`; the nearest are soa,"),
        (&["--operation", "reconcile-one"], "no operation `reconcile-one`; the nearest are recon"),
        (&["--scale", "2k"], "there is no scale `2k`; the nearest are 1k"),
        (&["--density", "half"], "there is no density `half`; the nearest are all"),
        (&["--order", "sorted"], "there is no order `sorted`"),
        (&["--operation", "lock", "--density", "one"], "nothing to measure: only reconcile_one"),
        (&["--layout", "dense", "--order", "churned"], "dense knows no order but by-key"),
        (
            &["--layout", "listed", "--threads", "2"],
            "and not of listed, interleaved, table-markers,",
        ),
        (&["--operation", "lookup", "--threads", "2"], "nothing to measure"),
        (&["--scale", "1k", "--operation", "lock", "--threads", "2"], "from 16,384 rows on"),
        (&["--threads", "0"], "--threads"),
        (&["--threads", "1000"], "at most 256 are of use"),
        (&["--iterations", "0"], "--iterations"),
        (&["--rounds", "0"], "--rounds"),
        (&["--chunk", "1,0"], "--chunk"),
        (&["--html", "no/such/folder/a.html"], "cannot write no/such/folder/a.html: "),
        (&["--svg", "Cargo.toml"], "cannot make the folder Cargo.toml: "),
        (&["--list", "--json"], "cannot be used with"),
    ] {
        let output = run("layouts", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_measures_for_a_reader_that_is_gone() {
    let endless = ["--layout", "sharded,soa", "--scale", "1k", "--iterations", "100000000"];
    reader::goes("layouts", &endless);
}
