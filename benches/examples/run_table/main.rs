//! Makes the tables of a dated run from its raw data.

mod budgets;
mod layouts;
mod operations;
mod versions;

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::fs;
use std::io::{Write as _, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde_json::Value as Json;

/// Makes the tables of a dated run from its raw data.
///
/// Reads what is there of `version_created/*.json`, `scaling.json`, `layouts*.json`,
/// `estimates.ndjson` and `allocations.ndjson`; writes `summary.md`, and `raw.csv` with every
/// criterion estimate.
/// `benches/runs/record` calls it. Example:
/// `cargo run -p shakedown-benches --example run_table -- benches/runs/2026-11-25-machine`
#[derive(Debug, Parser)]
#[command(verbatim_doc_comment)]
struct Arguments {
    /// The run: a folder below benches/runs.
    folder: PathBuf,
    /// Where the tables go, instead of the same folder.
    into: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Err(error) = run(&Arguments::parse()) else { return ExitCode::SUCCESS };
    writeln!(stderr(), "error: {error}").ok();
    ExitCode::from(2)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let run = arguments.folder.as_path();
    let versions = versions::read(&run.join("version_created"))?;
    let operations = operations::read(run)?;
    let scaling = object(&run.join("scaling.json"))?;
    let layouts = layouts::read(run)?;
    let is_empty = versions.is_empty() && operations.is_empty() && layouts.is_empty();
    if is_empty && scaling.is_null() {
        return Err(format!("{}: no raw data of a run", run.display()).into());
    }

    let mut summary = String::from("# Summary\n\nMade of the raw data beside it by `run_table`.\n");
    let sections = [
        ("Budgets", budgets::table(&versions, &operations, &scaling)),
        ("Version created", versions::table(&versions)),
        ("Phases, P50 in ns per target", versions::phases(&versions)),
        ("Operations", operations::table(&operations)),
        ("Layouts, ns per target", layouts::tables(&layouts)),
    ];
    // A heading without rows says nothing.
    for (title, text) in sections.iter().filter(|(_, text)| text.lines().count() > 2) {
        writeln!(summary, "\n## {title}\n\n{}", text.trim_end())?;
    }
    let into = arguments.into.as_deref().unwrap_or(run);
    fs::create_dir_all(into).map_err(|error| at(into, &error))?;
    for (name, text) in [("raw.csv", operations::csv(&operations)), ("summary.md", summary)] {
        let path = into.join(name);
        fs::write(&path, text).map_err(|error| at(&path, &error))?;
    }
    Ok(writeln!(stdout(), "{}", into.join("summary.md").display())?)
}

/// An error, with the place where it happened.
fn at(place: &Path, error: &dyn Display) -> String {
    format!("{}: {error}", place.display())
}

/// The object in a file; null if there is no such file.
fn object(path: &Path) -> Result<Json, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Json::Null);
    }
    let text = fs::read_to_string(path).map_err(|error| at(path, &error))?;
    Ok(serde_json::from_str(&text).map_err(|error| at(path, &error))?)
}

/// A table of Markdown; the first column is text, the others are numbers.
fn markdown(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut text =
        format!("| {} |\n|---{}|\n", headings.join(" | "), "|---:".repeat(headings.len() - 1));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// Nanoseconds in the unit that keeps three digits before or after the point.
fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.1} ns"),
        n if n < 1e6 => format!("{:.1} us", n / 1e3),
        n if n < 1e9 => format!("{:.2} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_that_is_missing_or_broken_is_told_with_its_place() {
        let folder = std::env::temp_dir().join(format!("run-table-{}", std::process::id()));
        let tables = |files: &[(&str, &str)]| {
            fs::create_dir_all(folder.join("version_created")).expect("the folder is writable");
            for (name, text) in files {
                fs::write(folder.join(name), text).expect("the folder is writable");
            }
            let arguments = Arguments { folder: folder.clone(), into: None };
            let made = run(&arguments).map_err(|error| error.to_string());
            assert_eq!(made.is_ok(), folder.join("summary.md").exists());
            fs::remove_dir_all(&folder).expect("it is there");
            made
        };
        let estimate = r#"{ "benchmark": { "full_id": "a", "throughput": { "Elements": 2 } },
            "estimates": { "median": { "point_estimate": 3.0,
            "confidence_interval": { "lower_bound": 2.0, "upper_bound": 4.0 } } } }"#;
        let estimate = estimate.replace('\n', "");
        let second_is_not = format!("{estimate}\n{{}}\n");
        for (files, told) in [
            (&[("version_created/notes.txt", "beside")][..], "no raw data of a run"),
            (&[("version_created/a.json", "{")], "a.json: EOF"),
            (&[("version_created/a.json", "{}")], "a.json: `threads` is no number"),
            (&[("estimates.ndjson", &second_is_not)], "estimates.ndjson:2: no estimate"),
            (&[("allocations.ndjson", "{}\nnot JSON")], "allocations.ndjson:2: expected"),
            (&[("layouts.json", "{}")], "layouts.json: `rows` is no list"),
            (&[("layouts.json", r#"{"rows": [{}]}"#)], "`layout` of a row is no text"),
        ] {
            let error = tables(files).expect_err(told);
            assert!(error.contains(told), "{error}");
        }
        assert_eq!(tables(&[("estimates.ndjson", &estimate)]), Ok(()));
    }
}
