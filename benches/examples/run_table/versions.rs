//! What `version_created --json` measured, one object per fleet and density.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::{duration, markdown, object};

/// A run of `version_created`.
pub(crate) struct Version {
    /// The file's name: what was run.
    pub(crate) name: String,
    /// What it printed.
    pub(crate) run: Json,
}

impl Version {
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.run[key].as_f64().unwrap_or(f64::NAN)
    }

    /// The median over pairs, or, of a run that has no pairs, the ratio of the medians.
    pub(crate) fn over_floor(&self) -> f64 {
        let by_pairs = self.run["over_floor"]["median"].as_f64();
        by_pairs.unwrap_or_else(|| self.number("p50_ms") / self.number("floor_p50_ms"))
    }
}

/// What the tables take from each run.
const NUMBERS: [&str; 9] = [
    "threads",
    "targets_in_world",
    "targets_reconciled",
    "jobs_created",
    "p50_ms",
    "p95_ms",
    "floor_p50_ms",
    "allocations_per_iteration",
    "bytes_per_iteration",
];

/// The runs in a folder, by name; none if there is no such folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Version>, Box<dyn Error>> {
    let mut versions = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let run = object(&path)?;
                if let Some(key) = NUMBERS.iter().find(|&&key| !run[key].is_number()) {
                    return Err(format!("{}: `{key}` is no number", path.display()).into());
                }
                versions.push(Version { name, run });
            }
        }
    }
    // By fleet, small to large, then by density, thin to dense.
    let density =
        |it: &Version| ["gate", "half", "all"].iter().position(|&name| it.run["density"] == name);
    versions.sort_by(|a, b| {
        let targets = |it: &Version| it.number("targets_in_world");
        targets(a)
            .total_cmp(&targets(b))
            .then_with(|| (density(a), &a.name).cmp(&(density(b), &b.name)))
    });
    Ok(versions)
}

pub(crate) fn table(versions: &[Version]) -> String {
    let row = |it: &Version| {
        let milliseconds = |key: &str| duration(it.number(key) * 1e6);
        vec![
            it.name.clone(),
            format!("{}", it.number("threads")),
            format!("{}", it.number("targets_reconciled")),
            format!("{}", it.number("jobs_created")),
            milliseconds("p50_ms"),
            milliseconds("p95_ms"),
            milliseconds("floor_p50_ms"),
            format!("{:.2}", it.over_floor()),
            format!("{}", it.number("allocations_per_iteration")),
            format!("{:.2}", it.number("bytes_per_iteration") / 1e6),
        ]
    };
    let headings = [
        "fleet",
        "threads",
        "targets",
        "jobs",
        "P50",
        "P95",
        "floor P50",
        "over floor",
        "allocs/op",
        "MB/op",
    ];
    markdown(&headings, &versions.iter().map(row).collect::<Vec<_>>())
}

const PHASES: [&str; 7] =
    ["ingest", "relationships", "policies", "planning", "eligibility", "job_creation", "settle"];

pub(crate) fn phases(versions: &[Version]) -> String {
    let row = |it: &Version| {
        let targets = it.number("targets_reconciled");
        let phases = PHASES.iter().map(|&phase| {
            let milliseconds = it.run["phases_ms"][phase].as_f64().unwrap_or(f64::NAN);
            format!("{:.2}", milliseconds * 1e6 / targets)
        });
        std::iter::once(it.name.clone()).chain(phases).collect()
    };
    let headings: Vec<&str> = std::iter::once("fleet").chain(PHASES).collect();
    markdown(&headings, &versions.iter().map(row).collect::<Vec<_>>())
}
