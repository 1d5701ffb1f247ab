//! What criterion estimated, and the allocations that the benches counted beside it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::{at, duration, markdown};

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
    let path = run.join("estimates.ndjson");
    let mut operations = Vec::new();
    for (number, line) in (1..).zip(lines(&path)?) {
        let (bench, median) = (&line["benchmark"], &line["estimates"]["median"]);
        let positive = |value: &Json| value.as_f64().filter(|&value| value > 0.0);
        let bound = |key: &str| positive(&median["confidence_interval"][key]);
        let operation = || {
            let id = bench["full_id"].as_str()?.to_owned();
            Some(Operation {
                elements: positive(&bench["throughput"]["Elements"])?,
                median: positive(&median["point_estimate"])?,
                interval: (bound("lower_bound")?, bound("upper_bound")?),
                heap: heap.get(&id).copied(),
                id,
            })
        };
        let place = || format!("{}:{number}: no estimate of criterion", path.display());
        operations.push(operation().ok_or_else(place)?);
    }
    operations.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(operations)
}

/// One value per line; none if there is no such file.
fn lines(path: &Path) -> Result<Vec<Json>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).map_err(|error| at(path, &error))?;
    let parse = |(before, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| format!("{}:{}: {error}", path.display(), before + 1).into())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(id: &str, elements: f64, median: f64) -> Operation {
        let heap = Some((20, 4_096));
        Operation { id: id.to_owned(), elements, median, interval: (median, median), heap }
    }

    #[test]
    fn remarks_say_what_a_bench_is_compared_with() {
        let operations = [
            operation("version_created/engine/literal/half", 60_000.0, 3.0e6),
            operation("version_created/floor/literal/half", 60_000.0, 2.5e6),
            operation("selectors/equals/15000/all", 15_000.0, 15_000.0),
            operation("selectors/interpreter_equals/15000/all", 15_000.0, 3.0e7),
            operation("rules/none/60000/all", 60_000.0, 240_000.0),
            operation("rules/cooldown/60000/all", 60_000.0, 660_000.0),
            operation("build_world/events/literal/all", 3e6, 3.6e8),
        ];
        let remarks: Vec<String> = operations.iter().map(|it| remark(it, &operations)).collect();
        assert_eq!(
            remarks,
            [
                "1.20 times the floor",
                "",
                "",
                "2000 times the kernel",
                "",
                "cooldown: +7.00 ns per target",
                "",
            ]
        );
        let alone = [operation("version_created/engine/paper/all", 300.0, 6e4)];
        assert_eq!(remark(&alone[0], &alone), "", "its floor was not measured");
    }

    #[test]
    fn a_row_has_what_was_measured() {
        let operations = [operation("settle/created/literal/half", 60_000.0, 15_000.0)];
        let row = "| `settle/created/literal/half` | 15.0 us | 0.25 | 20 | 4096 |  |";
        assert!(table(&operations).lines().any(|line| line == row), "{}", table(&operations));
        let line = "settle/created/literal/half,60000,15000.0,15000.0,15000.0,20,4096";
        assert!(csv(&operations).lines().any(|it| it == line), "{}", csv(&operations));
    }
}
