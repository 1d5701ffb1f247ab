//! What criterion estimated, and the allocations that the benches counted beside it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::{duration, markdown};

/// One bench.
pub(crate) struct Operation {
    /// `operation/variant/scale/density`.
    pub(crate) id: String,
    /// Targets or resources of one operation.
    elements: f64,
    /// Nanoseconds of one operation: median, and its confidence interval.
    pub(crate) median: f64,
    interval: (f64, f64),
    /// Allocations and bytes of one operation, if they were counted.
    heap: Option<(u64, u64)>,
}

impl Operation {
    pub(crate) fn per_element(&self) -> f64 {
        self.median / self.elements
    }
}

/// The benches of a run, by id.
pub(crate) fn read(run: &Path) -> Result<Vec<Operation>, Box<dyn Error>> {
    let mut heap = BTreeMap::new();
    for line in lines(&run.join("allocations.ndjson"))? {
        let counted = |key: &str| line[key].as_u64().unwrap_or(0);
        let id = line["id"].as_str().unwrap_or_default().to_owned();
        heap.insert(id, (counted("allocations"), counted("bytes")));
    }
    let operation = |line: Json| {
        let (bench, median) = (&line["benchmark"], &line["estimates"]["median"]);
        let number = |value: &Json| value.as_f64().unwrap_or(f64::NAN);
        let bound = |key: &str| number(&median["confidence_interval"][key]);
        let id = bench["full_id"].as_str().unwrap_or_default().to_owned();
        Operation {
            elements: number(&bench["throughput"]["Elements"]),
            median: number(&median["point_estimate"]),
            interval: (bound("lower_bound"), bound("upper_bound")),
            heap: heap.get(&id).copied(),
            id,
        }
    };
    let mut operations: Vec<Operation> =
        lines(&run.join("estimates.ndjson"))?.into_iter().map(operation).collect();
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(operations)
}

/// One value per line; none if there is no such file.
fn lines(path: &Path) -> Result<Vec<Json>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| format!("{}:{}: {error}", path.display(), at + 1).into())
    };
    text.lines().enumerate().map(parse).collect()
}

/// The bench of this id.
pub(crate) fn find<'a>(operations: &'a [Operation], id: &str) -> Option<&'a Operation> {
    operations.iter().find(|it| it.id == id)
}

pub(crate) fn table(operations: &[Operation]) -> String {
    let row = |it: &Operation| {
        let heap =
            |of: fn((u64, u64)) -> u64| it.heap.map_or("".to_owned(), |it| of(it).to_string());
        vec![
            format!("`{}`", it.id),
            duration(it.median),
            format!("{:.2}", it.per_element()),
            heap(|(allocations, _)| allocations),
            heap(|(_, bytes)| bytes),
            remark(it, operations),
        ]
    };
    let headings =
        ["operation", "median", "ns per target or resource", "allocs/op", "bytes/op", "remark"];
    markdown(&headings, &operations.iter().map(row).collect::<Vec<_>>())
}

/// What a bench is to be compared with, and how it compares.
fn remark(it: &Operation, operations: &[Operation]) -> String {
    let other = |from: &str, to: &str| {
        it.id.contains(from).then(|| find(operations, &it.id.replacen(from, to, 1))).flatten()
    };
    if let Some(floor) = other("/engine/", "/floor/") {
        return format!("{:.2} times the floor", it.median / floor.median);
    }
    if let Some(kernel) = other("/interpreter_", "/") {
        return format!("{:.0} times the kernel", it.median / kernel.median);
    }
    let none = it.id.strip_prefix("rules/").and_then(|id| id.split_once('/'));
    if let Some((rule, rest)) = none.filter(|&(rule, _)| rule != "none")
        && let Some(none) = find(operations, &format!("rules/none/{rest}"))
    {
        return format!("{rule}: {:+.2} ns per target", it.per_element() - none.per_element());
    }
    String::new()
}

pub(crate) fn csv(operations: &[Operation]) -> String {
    let mut text = String::from("id,elements,median_ns,lower_ns,upper_ns,allocations,bytes\n");
    for it in operations {
        let (allocations, bytes) =
            it.heap.map_or_else(Default::default, |(a, b)| (a.to_string(), b.to_string()));
        text.push_str(&format!(
            "{},{},{:.1},{:.1},{:.1},{allocations},{bytes}\n",
            it.id, it.elements, it.median, it.interval.0, it.interval.1
        ));
    }
    text
}
