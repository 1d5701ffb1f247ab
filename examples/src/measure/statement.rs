//! What a run says: a table for people, one object for programs.

use std::fmt::Write;

use serde_json::{Value, json};
use shakedown_benches::History;
use shakedown_engine::schedule::Phase;
use shakedown_engine::target::State;
use shakedown_terminal::number::{bytes, grouped, milliseconds, ratio};

use super::budget::budgets;
use super::measurement::{Measurement, Sample};
use crate::source::census::Census;

/// The goals of the problem report, in milliseconds per reconcile.
const GOALS: [(&str, u64); 3] = [("critical", 2_000), ("target", 1_000), ("ideal", 500)];

/// The statistics block, printed before the measurement.
#[must_use]
pub fn statistics(census: &Census) -> String {
    let mut text = String::from("=== Benchmark Environment Statistics ===\n");
    for (what, count) in [
        ("Resources", census.resources),
        ("Deployments", census.deployments),
        ("Environments", census.environments),
        ("Release targets", census.targets),
        ("Policies", census.policies),
        ("Relationship rules", census.relationship_rules),
    ] {
        line(&mut text, what, &grouped(count));
    }
    text
}

/// The line between the statistics and the measurement.
#[must_use]
pub fn announcement(deployment: &str, targets: u64) -> String {
    format!("\n{deployment} has {} release targets to reconcile\n", grouped(targets))
}

/// The result for people; at most 80 columns.
#[must_use]
pub fn table(run: &Measurement) -> String {
    let mut text = String::new();
    heading(&mut text, "Run");
    line(&mut text, "Fleet", &run.origin.name);
    line(&mut text, "Deployment", &run.deployment);
    line(&mut text, "Density", run.density.name());
    if run.history == History::CarriedOver {
        line(&mut text, "Earlier jobs", "stay pending");
    }
    line(&mut text, "Iterations", &grouped(run.samples.len() as u64));
    line(&mut text, "Threads", &run.threads.to_string());
    if let Some(seed) = run.seed {
        line(&mut text, "Seed", &seed.to_string());
    }
    line(&mut text, "State digest", &run.digest.to_string());
    times(&mut text, run);
    phases(&mut text, run);
    outcome(&mut text, run);
    verdict(&mut text, run);
    text
}

fn times(text: &mut String, run: &Measurement) {
    heading(text, "Time per reconcile");
    let whole = run.whole();
    row(text, ["", "ms", "targets/s"]);
    for (name, percent) in [("P50", 50), ("P95", 95), ("P99", 99), ("Max", 100)] {
        let nanoseconds = whole.percentile(percent);
        let per_second = ratio(run.last().targets * 1_000_000_000, nanoseconds);
        row(text, [name, &precise(nanoseconds), &format!("{:.1} M", per_second / 1e6)]);
    }
    let floor = run.floor().p50();
    let over = format!("{:.2} times", ratio(whole.p50(), floor));
    row(text, ["Floor P50", &precise(floor), &over]);
}

fn phases(text: &mut String, run: &Measurement) {
    heading(text, "Phases, P50");
    row(text, ["", "ms", "ns/target"]);
    for phase in Phase::ALL {
        let nanoseconds = run.phase(phase).p50();
        let each = format!("{:.2}", ratio(nanoseconds, run.last().targets));
        row(text, [phase.name(), &precise(nanoseconds), &each]);
    }
}

fn outcome(text: &mut String, run: &Measurement) {
    let last = run.last();
    heading(text, "Per iteration");
    line(text, "Targets reconciled", &grouped(last.targets));
    line(text, "Jobs created", &grouped(last.jobs_created));
    if run.history == History::CarriedOver {
        line(text, "  in the first", &grouped(run.samples[0].report.jobs_created));
    }
    for state in State::ALL {
        let count = last.in_state(state);
        if count > 0 {
            line(text, &capitalised(state.name()), &grouped(count));
        }
    }
    for (reason, count) in last.held() {
        line(text, &format!("  {}", reason.code()), &grouped(count));
    }
    line(text, "Allocations", &grouped(run.distribution(|it| it.whole.allocations).p50()));
    line(text, "Allocated", &bytes(run.distribution(|it| it.whole.bytes).p50()));
    heading(text, "World");
    line(text, "Built in", &format!("{} ms", precise(run.build.nanoseconds)));
    line(text, "Resident memory", &run.resident.map_or("unknown".to_owned(), bytes));
}

fn verdict(text: &mut String, run: &Measurement) {
    heading(text, "Verdict");
    let p50 = milliseconds(run.whole().p50());
    for (name, limit) in GOALS {
        let holds = if run.whole().p50() <= limit * 1_000_000 { "holds" } else { "FAILS" };
        let goal = format!("goal: {name}");
        put(text, format_args!("{goal:<36}{:>10} ms{p50:>13.3} {holds:>8}", grouped(limit)));
    }
    for budget in budgets(run) {
        let holds = if budget.holds() { "holds" } else { "FAILS" };
        put(
            text,
            format_args!(
                "{:<36}{:>10} {:<9}{:>6.2} {holds:>8}",
                budget.name, budget.limit, budget.unit, budget.measured
            ),
        );
    }
    if let Some(difference) = &run.difference {
        let row = difference.row.map_or(String::new(), |row| format!(", row {row}"));
        put(text, format_args!("\nThe floor decides otherwise: {}{row}", difference.what));
    }
}

/// The result for programs.
#[must_use]
pub fn object(run: &Measurement) -> Value {
    let last = run.last();
    let whole = run.whole();
    let at = |percent| milliseconds(whole.percentile(percent));
    let median = |of: &dyn Fn(&Sample) -> u64| run.distribution(of).p50();
    let phases = Phase::ALL
        .into_iter()
        .map(|phase| (phase.name().to_owned(), json!(milliseconds(run.phase(phase).p50()))));
    let goals = GOALS.into_iter().map(|(name, limit)| {
        let holds = run.whole().p50() <= limit * 1_000_000;
        let name = format!("goal: {name} (ms)");
        json!({ "name": name, "limit": limit, "measured": at(50), "holds": holds })
    });
    let budgets = budgets(run).into_iter().map(|budget| {
        let holds = budget.holds();
        let unit =
            if budget.unit.is_empty() { String::new() } else { format!(" ({})", budget.unit) };
        let name = format!("{}{unit}", budget.name);
        json!({ "name": name, "limit": budget.limit, "measured": budget.measured, "holds": holds })
    });
    json!({
        "preset": run.origin.name,
        "density": run.density.name(),
        "threads": run.threads,
        "resources": run.census.resources,
        "environments": run.census.environments,
        "deployments": run.census.deployments,
        "policies": run.census.policies,
        "relationship_rules": run.census.relationship_rules,
        "targets_in_world": run.census.targets,
        "targets_per_deployment": run.targets,
        "targets_reconciled": last.targets,
        "iterations": run.samples.len(),
        "jobs_created": last.jobs_created,
        "waiting": last.in_state(State::Waiting),
        "blocked": last.in_state(State::Blocked),
        "p50_ms": at(50),
        "p95_ms": at(95),
        "p99_ms": at(99),
        "max_ms": at(100),
        "floor_p50_ms": milliseconds(run.floor().p50()),
        "phases_ms": Value::Object(phases.collect()),
        "allocations_per_iteration": median(&|it| it.whole.allocations),
        "bytes_per_iteration": median(&|it| it.whole.bytes),
        "build_ms": milliseconds(run.build.nanoseconds),
        "resident_bytes": run.resident,
        "budgets": goals.chain(budgets).collect::<Vec<_>>(),
    })
}

fn precise(nanoseconds: u64) -> String {
    format!("{:.4}", milliseconds(nanoseconds))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn heading(text: &mut String, title: &str) {
    put(text, format_args!("\n=== {title} ==="));
}

fn line(text: &mut String, what: &str, value: &str) {
    put(text, format_args!("{what:<30}{value:>26}"));
}

fn row(text: &mut String, [name, first, second]: [&str; 3]) {
    put(text, format_args!("{name:<30}{first:>13}{second:>13}"));
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("strings take every text");
}
