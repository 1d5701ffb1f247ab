//! Summaries of a run: counts per family, the differences, and what could not be used, for people and
//! for programs.

use super::deviation::describe;
use super::state::{Difference, Evidence};
use super::{Agreement, Outcome};
use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::wire::document::DocumentError;
use shakedown_terminal::sheet::Sheet;
use shakedown_terminal::table::Table;
use std::collections::{BTreeMap, BTreeSet};

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
        "deviate_in_time_only": in_time_only(outcomes),
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
        "evidence": it.evidence.map(Evidence::name),
    })
}

/// The run for people: a table of families, one of deviations, what cannot be used, and the first
/// difference of every scenario that disagrees.
#[must_use]
pub fn for_people(outcomes: &[Outcome], unusable: &[DocumentError]) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Agreement with recorded decisions");
    let mut table = Table::new(["Family", "Agree", "Deviate", "Disagree"]).numbers_in(1..=3);
    let mut row = |name: &str, Count { agree, deviate, disagree }: Count| {
        let [agree, deviate, disagree] = [agree, deviate, disagree].map(|it| it.to_string());
        table.row([name, &agree, &deviate, &disagree]);
    };
    for (family, count) in families(outcomes) {
        row(family, count);
    }
    row("all", Count::of(outcomes));
    sheet.table(&table);
    let numbers_of_deviating = deviations(outcomes);
    if !numbers_of_deviating.is_empty() {
        sheet.heading("Scenarios by what we decide otherwise on purpose");
        let table = Table::new(["No.", "Scenarios", "Recorded engine"]);
        let mut table = table.numbers_in(1..=1).broken();
        for (number, scenarios) in &numbers_of_deviating {
            table.row([format!("D{number}"), scenarios.to_string(), describe(*number)]);
        }
        sheet.table(&table);
    }
    if !numbers_of_deviating.is_empty() {
        evidence(outcomes, &mut sheet);
    }
    if !unusable.is_empty() {
        sheet.heading(format_args!("Unusable: {}", unusable.len()));
        unusable.iter().for_each(|error| sheet.line(error));
    }
    for outcome in outcomes.iter().filter(|it| it.agreement() == Agreement::Disagrees) {
        disagreement(outcome, &mut sheet);
    }
    sheet.into_text()
}

/// How many of the scenarios that deviate decide the same and look again at another time.
fn in_time_only(outcomes: &[Outcome]) -> usize {
    let deviating = outcomes.iter().filter(|it| it.agreement() == Agreement::Deviates);
    deviating.filter(|it| it.is_about_time()).count()
}

/// What the deviations come to, and what tells so.
fn evidence(outcomes: &[Outcome], sheet: &mut Sheet) {
    let deviating = || outcomes.iter().filter(|it| it.agreement() == Agreement::Deviates);
    let (all, in_time) = (deviating().count(), in_time_only(outcomes));
    let by = |evidence: Evidence| {
        deviating()
            .filter(|it| it.differences.iter().any(|it| it.evidence == Some(evidence)))
            .count()
    };
    sheet.heading("What they come to, and what tells so");
    sheet.entry("Decide otherwise", all - in_time);
    sheet.entry("Only look again at another time", in_time);
    sheet.entry("By emulation, in full", by(Evidence::Emulation));
    sheet.entry("By a formula, weaker", by(Evidence::Formula));
    sheet.entry("By the class of an error, weaker", by(Evidence::ErrorClass));
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
    let mut sheet = Sheet::going_on();
    disagreement(outcome, &mut sheet);
    sheet.into_text()
}

fn disagreement(outcome: &Outcome, sheet: &mut Sheet) {
    sheet.heading(format_args!("{}/{} disagrees", outcome.family, outcome.scenario));
    let Some(first) = outcome.unexplained() else { return };
    let target = first.target.as_deref().unwrap_or("-");
    for (what, value) in [
        ("Target", target.to_owned()),
        ("Field", first.field.to_owned()),
        ("Expected", first.expected.to_string()),
        ("Actual", first.actual.to_string()),
        ("Deviation", "none".to_owned()),
    ] {
        sheet.line(format_args!("{what:<10}{value}"));
    }
    let others = outcome.differences.len() - 1;
    if others > 0 {
        sheet.line(format_args!("and {others} more differences; --json lists all"));
    }
}
