//! Summaries of a run: counts per family, the differences, and what could not be used, for people and
//! for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::RangeInclusive;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;
use shakedown_engine::document::DocumentError;
use shakedown_engine::entity::Json;
use shakedown_terminal::printable::printable;

use super::deviation::describe;
use super::state::Difference;
use super::{Agreement, Outcome};

/// Number of scenarios by how they came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// As recorded.
    pub agree: u32,
    /// Otherwise, by documented deviations only.
    pub deviate: u32,
    /// Otherwise.
    pub disagree: u32,
}

impl Count {
    /// Counts some outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut count = Self::default();
        for outcome in outcomes {
            *match outcome.agreement() {
                Agreement::Agrees => &mut count.agree,
                Agreement::Deviates => &mut count.deviate,
                Agreement::Disagrees => &mut count.disagree,
            } += 1;
        }
        count
    }

    fn to_json(self) -> Json {
        json!({ "agree": self.agree, "deviate": self.deviate, "disagree": self.disagree })
    }
}

/// The counts by family.
#[must_use]
pub fn families(outcomes: &[Outcome]) -> BTreeMap<&str, Count> {
    let mut by_family: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_family.entry(&outcome.family).or_default().push(outcome);
    }
    by_family.into_iter().map(|(family, of_family)| (family, Count::of(of_family))).collect()
}

/// The run for programs.
#[must_use]
pub fn to_json(outcomes: &[Outcome], unusable: &[DocumentError]) -> Json {
    let count = Count::of(outcomes);
    let families: BTreeMap<&str, Json> =
        families(outcomes).into_iter().map(|(family, count)| (family, count.to_json())).collect();
    let differences: Vec<Json> = outcomes
        .iter()
        .flat_map(|outcome| outcome.differences.iter().map(|it| difference(outcome, it)))
        .collect();
    let unusable = unusable.iter().map(|it| json!({ "file": it.file, "error": reason(it) }));
    json!({
        "scenarios": outcomes.len(),
        "agree": count.agree,
        "deviate": count.deviate,
        "disagree": count.disagree,
        "families": families,
        "differences": differences,
        "unusable": unusable.collect::<Vec<_>>(),
    })
}

/// Why a file cannot be used, without its name.
fn reason(error: &DocumentError) -> String {
    let place = error.place.map_or(String::new(), |place| format!("{place}: "));
    format!("{place}{}", error.problem)
}

fn difference(outcome: &Outcome, it: &Difference) -> Json {
    json!({
        "scenario": outcome.scenario,
        "target": it.target,
        "field": it.field,
        "expected": it.expected,
        "actual": it.actual,
        "deviation": it.deviation.map(|number| format!("D{number}")),
    })
}

/// The run for people: a table of families, one of deviations, what cannot be used, and the first
/// difference of every scenario that disagrees.
#[must_use]
pub fn for_people(outcomes: &[Outcome], unusable: &[DocumentError]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["Family", "Agree", "Deviate", "Disagree"]);
    let mut row = |name: &str, count: Count| {
        let Count { agree, deviate, disagree } = count;
        table.add_row([
            printable(name),
            agree.to_string(),
            deviate.to_string(),
            disagree.to_string(),
        ]);
    };
    for (family, count) in families(outcomes) {
        row(family, count);
    }
    row("all", Count::of(outcomes));
    let mut text = String::from("=== Agreement with recorded decisions ===\n");
    write_table(&mut text, table, 1..=3);
    let numbers = deviations(outcomes);
    if !numbers.is_empty() {
        text.push_str("\n=== Scenarios by what we decide otherwise on purpose ===\n");
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(["No.", "Scenarios", "Recorded engine"]);
        table.set_width(WIDTH).set_content_arrangement(ContentArrangement::Dynamic);
        for (number, scenarios) in numbers {
            table.add_row([format!("D{number}"), scenarios.to_string(), describe(number)]);
        }
        write_table(&mut text, table, 1..=1);
    }
    if !unusable.is_empty() {
        let _ = writeln!(text, "\n=== Unusable: {} ===", unusable.len());
        for error in unusable {
            let _ = writeln!(text, "{}", printable(&error.to_string()));
        }
    }
    for outcome in outcomes.iter().filter(|it| it.agreement() == Agreement::Disagrees) {
        text.push_str(&first_difference(outcome));
    }
    text
}

/// Widest table, in columns.
const WIDTH: u16 = 80;

fn write_table(text: &mut String, mut table: Table, numbers: RangeInclusive<usize>) {
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text.extend(table.lines().map(|line| line.trim_end().to_owned() + "\n"));
}

/// How many of the scenarios that deviate does each deviation concern?
fn deviations(outcomes: &[Outcome]) -> BTreeMap<u8, u32> {
    let mut numbers = BTreeMap::new();
    for outcome in outcomes.iter().filter(|it| it.agreement() == Agreement::Deviates) {
        let of_outcome: BTreeSet<u8> =
            outcome.differences.iter().filter_map(|it| it.deviation).collect();
        for number in of_outcome {
            *numbers.entry(number).or_default() += 1;
        }
    }
    numbers
}

/// The first difference that no deviation explains, in full.
#[must_use]
pub fn first_difference(outcome: &Outcome) -> String {
    let mut text = format!("\n=== {}/{} disagrees ===\n", outcome.family, outcome.scenario);
    if let Some(first) = outcome.unexplained() {
        let target = first.target.as_deref().unwrap_or("-");
        for (what, value) in [
            ("Target", target.to_owned()),
            ("Field", first.field.to_owned()),
            ("Expected", first.expected.to_string()),
            ("Actual", first.actual.to_string()),
            ("Deviation", "none".to_owned()),
        ] {
            let _ = writeln!(text, "{what:<10}{value}");
        }
        let others = outcome.differences.len() - 1;
        if others > 0 {
            let _ = writeln!(text, "and {others} more differences; --json lists all");
        }
    }
    text
}
