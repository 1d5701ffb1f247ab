//! `--baseline`: a run beside an earlier one, by what `--json` printed of that.
//!
//! Iterations of two runs are no pairs, so a ratio is the median of those of every iteration to every
//! other. Time alone compares machines as much as programs; what a reconcile took by its floor, measured
//! in the same run, leaves the machine out.

use super::measurement::{Measurement, Sample};
use serde_json::{Value, json};
use shakedown_benches::median::{CONFIDENCE, Median};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::{ratio, real};
use std::path::Path;

/// What an earlier run measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The file, as it was named.
    pub file: String,
    /// The object in it.
    run: Value,
    /// Nanoseconds of reconcile and floor, of each warm iteration.
    pairs: Vec<(u64, u64)>,
}

/// This run by the earlier one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Time of a reconcile.
    pub time: Median,
    /// Time by that of the floor; `None` where there was none.
    pub over_floor: Option<Median>,
}

/// The members that should be the same in both runs.
const ALIKE: [&str; 8] = [
    "preset",
    "density",
    "threads",
    "resources",
    "environments",
    "deployments",
    "targets_per_deployment",
    "jobs_created",
];

impl Baseline {
    /// Reads an earlier run.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold samples as `--json` prints them.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let file = path.display().to_string();
        let wrong = |why: String| Failure::Input(format!("{file}: {why}"));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let run: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let samples = run["samples"].as_array().filter(|samples| !samples.is_empty());
        let samples = samples.ok_or_else(|| {
            wrong(
                "`samples` is no list of iterations, as `version_created --json` prints".to_owned(),
            )
        })?;
        let mut pairs = Vec::new();
        for (at, sample) in samples.iter().enumerate() {
            let number = |key: &str| {
                let value = sample[key].as_u64().filter(|&value| value > 0);
                value.ok_or_else(|| wrong(format!("`samples[{at}].{key}` is no positive number")))
            };
            pairs.push((number("reconcile_ns")?, number("floor_ns")?));
        }
        // As in this run, the first is cold.
        if pairs.len() > 1 {
            pairs.remove(0);
        }
        Ok(Self { file, run, pairs })
    }

    /// What should be the same and is not: the member, what it was, what it is in `object`.
    pub fn unlike<'a>(&'a self, object: &'a Value) -> impl Iterator<Item = String> + 'a {
        let differing = ALIKE.iter().filter(|&&key| self.run[key] != object[key]);
        differing.map(|&key| format!("{key} was {}, is {}", self.run[key], object[key]))
    }

    /// A number of the earlier run.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.run[key].as_f64()
    }

    /// Compares a run with it; `None` if one of them took no time.
    #[must_use]
    pub fn compare(&self, run: &Measurement) -> Option<Compared> {
        let time = |sample: &Sample| real(sample.whole.nanoseconds);
        let now: Vec<f64> = run.warm().iter().map(time).collect();
        let before: Vec<f64> = self.pairs.iter().map(|&(whole, _)| real(whole)).collect();
        let by_floor = run.warm().iter().filter(|sample| sample.floor > 0);
        let by_floor: Vec<f64> =
            by_floor.map(|sample| ratio(sample.whole.nanoseconds, sample.floor)).collect();
        let floor_before: Vec<f64> =
            self.pairs.iter().map(|&(whole, floor)| ratio(whole, floor)).collect();
        let time = Median::of_ratios(&now, &before)?;
        Some(Compared { time, over_floor: Median::of_ratios(&by_floor, &floor_before) })
    }
}

/// What a ratio says.
#[must_use]
pub fn verdict(ratio: Median) -> &'static str {
    match ratio.interval {
        None => "too few iterations to tell",
        Some((low, _)) if low > 1.0 => "slower",
        Some((_, high)) if high < 1.0 => "faster",
        Some(_) => "no difference",
    }
}

/// A ratio as a member of the result for programs.
#[must_use]
pub fn ratio_object(ratio: Median) -> Value {
    json!({
        "median": ratio.value,
        "low": ratio.interval.map(|it| it.0),
        "high": ratio.interval.map(|it| it.1),
        "confidence_percent": CONFIDENCE,
    })
}
