//! Makes the tables of a dated run from its raw data.
//!
//!     cargo run -p shakedown-benches --example run_table -- benches/runs/2026-11-25-machine [INTO]
//!
//! `benches/runs/record` calls it. Reads what is there of `version_created/*.json`, `scaling.json`,
//! `estimates.ndjson` and `allocations.ndjson`; writes `summary.md`, and `raw.csv` with every criterion
//! estimate, into the same folder or another.

#![expect(clippy::print_stdout, reason = "an example talks to people")]

mod budgets;
mod operations;
mod versions;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: run_table FOLDER [INTO], FOLDER being one below benches/runs";
    let folder = arguments.next().ok_or(usage)?;
    let (run, into) = (Path::new(&folder), arguments.next().unwrap_or_else(|| folder.clone()));
    let into = Path::new(&into);
    let versions = versions::read(&run.join("version_created"))?;
    let operations = operations::read(run)?;
    let scaling = object(&run.join("scaling.json"))?;

    let mut summary = String::from("# Summary\n\nMade of the raw data beside it by `run_table`.\n");
    writeln!(summary, "\n## Budgets\n\n{}", budgets::table(&versions, &operations, &scaling))?;
    writeln!(summary, "## Version created\n\n{}", versions::table(&versions))?;
    writeln!(summary, "## Phases, P50 in ns per target\n\n{}", versions::phases(&versions))?;
    writeln!(summary, "## Operations\n\n{}", operations::table(&operations))?;
    fs::create_dir_all(into)?;
    fs::write(into.join("raw.csv"), operations::csv(&operations))?;
    fs::write(into.join("summary.md"), summary)?;
    println!("{}", into.join("summary.md").display());
    Ok(())
}

/// The object in a file; null if there is no such file.
fn object(path: &Path) -> Result<Json, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Json::Null);
    }
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
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
