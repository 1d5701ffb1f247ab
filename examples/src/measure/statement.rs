//! What a run says: a table for people, one object for programs.

use super::budget::budgets;
use super::measurement::{Measurement, Order, Sample};
use crate::source::census::Census;
use serde_json::{Value, json};
use shakedown_benches::median::{CONFIDENCE, Median};
use shakedown_benches::{Granted, History};
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_terminal::number::{bytes, grouped, milliseconds, ratio};
use shakedown_terminal::sheet::Sheet;

/// The goals of the problem report, in milliseconds per reconcile.
const GOALS: [(&str, u64); 3] = [("critical", 2_000), ("target", 1_000), ("ideal", 500)];

/// The statistics block, printed before the measurement.
#[must_use]
pub fn statistics(census: &Census) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Benchmark Environment Statistics");
    for (what, count) in [
        ("Resources", census.resources),
        ("Deployments", census.deployments),
        ("Environments", census.environments),
        ("Release targets", census.targets),
        ("Policies", census.policies),
        ("Relationship rules", census.relationship_rules),
    ] {
        sheet.entry(what, grouped(count));
    }
    sheet.into_text()
}

/// The line between the statistics and the measurement.
#[must_use]
pub fn announcement(deployment: &str, targets: u64) -> String {
    format!("\n{deployment} has {} release targets to reconcile\n", grouped(targets))
}

/// The result for people; at most 80 columns.
#[must_use]
pub fn table(run: &Measurement) -> String {
    let mut sheet = Sheet::going_on();
    sheet.heading("Run");
    sheet.entry("Fleet", &run.origin.name);
    sheet.entry("Deployment", &run.deployment);
    sheet.entry("Density", run.density.name());
    if run.history == History::CarriedOver {
        sheet.entry("Earlier jobs", "stay pending");
    }
    sheet.entry("Iterations", grouped(run.samples.len() as u64));
    sheet.entry("Threads", run.threads);
    if let Some(seed) = run.seed {
        sheet.entry("Seed", seed);
    }
    sheet.entry("State digest", run.digest);
    times(&mut sheet, run);
    beneath(&mut sheet, run);
    phases(&mut sheet, run);
    outcome(&mut sheet, run);
    granted(&mut sheet, run);
    world(&mut sheet, run);
    verdict(&mut sheet, run);
    sheet.into_text()
}

fn times(sheet: &mut Sheet, run: &Measurement) {
    sheet.heading("Time per reconcile");
    let whole = run.whole();
    row(sheet, ["", "ms", "targets/s"]);
    for (name, percent) in [("P50", 50), ("P95", 95), ("P99", 99), ("Max", 100)] {
        let nanoseconds = whole.percentile(percent);
        let per_second = ratio(run.last().targets * 1_000_000_000, nanoseconds);
        row(sheet, [name, &precise(nanoseconds), &format!("{:.1} M", per_second / 1e6)]);
    }
}

/// What lies beneath: the floor, without the ECS, and the bound, without any decision.
fn beneath(sheet: &mut Sheet, run: &Measurement) {
    sheet.heading("Beneath it, P50");
    row(sheet, ["", "ms", "in it"]);
    let times = |nanoseconds| format!("{:.2} times", ratio(run.whole().p50(), nanoseconds));
    let line = |sheet: &mut Sheet, name: &str, nanoseconds: u64| {
        row(sheet, [name, &precise(nanoseconds), &times(nanoseconds)]);
    };
    line(sheet, "Floor: kernels, without ECS", run.floor().p50());
    line(sheet, "One pass over the bytes", run.pass().p50());
    if run.from_memory() > 0 {
        line(sheet, "The bytes from memory", run.from_memory());
    }
    sheet.entry("Bytes read and written", bytes(run.moved()));
    sheet.entry("Bandwidth of memory", format!("{}/s", bytes(run.bandwidth)));
    let over = |order| run.over_floor(order);
    if let Some(pairs) = over(None) {
        sheet.entry("Price of the ECS, by pairs", times_over(pairs));
        for order in Order::BOTH {
            if let Some(of_order) = over(Some(order)) {
                sheet.entry(&format!("  {}", order.name()), times_over(of_order));
            }
        }
    }
}

/// "1.09 times, 1.07 to 1.12": a median ratio and its interval.
fn times_over(ratio: Median) -> String {
    let Median { value, interval, .. } = ratio;
    let between = interval.map(|(low, high)| format!(", {low:.2} to {high:.2}"));
    format!("{value:.2} times{}", between.unwrap_or_default())
}

fn phases(sheet: &mut Sheet, run: &Measurement) {
    sheet.heading("Phases, P50");
    row(sheet, ["", "ms", "ns/target"]);
    for phase in Phase::ALL {
        let nanoseconds = run.phase(phase).p50();
        let each = format!("{:.2}", ratio(nanoseconds, run.last().targets));
        row(sheet, [phase.name(), &precise(nanoseconds), &each]);
    }
}

fn outcome(sheet: &mut Sheet, run: &Measurement) {
    let last = run.last();
    sheet.heading("Per iteration");
    sheet.entry("Targets reconciled", grouped(last.targets));
    sheet.entry("Jobs created", grouped(last.jobs_created));
    if run.history == History::CarriedOver {
        sheet.entry("  in the first", grouped(run.samples[0].report.jobs_created));
    }
    for state in State::ALL {
        let count = last.in_state(state);
        if count > 0 {
            sheet.entry(&capitalised(state.name()), grouped(count));
        }
    }
    for (reason, count) in last.held() {
        sheet.entry(&format!("  {}", reason.code()), grouped(count));
    }
    sheet.entry("Allocations", grouped(run.distribution(|it| it.whole.allocations).p50()));
    sheet.entry("Allocated", bytes(run.distribution(|it| it.whole.bytes).p50()));
}

/// How many targets wait, or are denied what they want.
const fn held(report: &Report) -> u64 {
    report.in_state(State::Waiting) + report.in_state(State::Blocked)
}

/// What every version was given, and what it would have had to wait for.
fn granted(sheet: &mut Sheet, run: &Measurement) {
    let Granted { approvals, environments, seconds, waived } = run.granted;
    sheet.heading("Granted to each version");
    if run.granted.is_nothing() {
        sheet.line("Nothing");
    }
    if approvals > 0 {
        let each = format!("{approvals} in each of {environments} environments");
        sheet.entry("Approvals", if environments == 1 { approvals.to_string() } else { each });
    }
    if seconds > 0 {
        sheet.entry("Seconds since its creation", grouped(seconds.unsigned_abs()));
    }
    if waived {
        sheet.entry("Waivers", "a bypass and a skip");
    }
    if let Some(without) = &run.without {
        sheet.entry("Jobs created without that", grouped(without.jobs_created));
        sheet.entry("Targets that would wait", grouped(held(without)));
    }
}

fn world(sheet: &mut Sheet, run: &Measurement) {
    sheet.heading("World");
    sheet.entry("Built in", format!("{} ms", precise(run.build.nanoseconds)));
    sheet.entry("Resident memory", run.resident.map_or("unknown".to_owned(), bytes));
}

fn verdict(sheet: &mut Sheet, run: &Measurement) {
    sheet.heading("Verdict");
    if run.targets == 0 {
        sheet.line("There are no targets, so nothing was measured.");
        return;
    }
    let p50 = milliseconds(run.whole().p50());
    for (name, limit) in GOALS {
        let holds = if run.whole().p50() <= limit * 1_000_000 { "holds" } else { "FAILS" };
        let goal = format!("goal: {name}");
        sheet.line(format_args!("{goal:<36}{:>10} ms{p50:>13.3} {holds:>8}", grouped(limit)));
    }
    for budget in budgets(run) {
        let holds = if budget.holds() { "holds" } else { "FAILS" };
        sheet.line(format_args!(
            "{:<36}{:>10} {:<9}{:>6.2} {holds:>8}",
            budget.name, budget.limit, budget.unit, budget.measured
        ));
    }
    if let Some(difference) = &run.difference {
        let row = difference.row.map_or(String::new(), |row| format!(", row {row}"));
        sheet.gap();
        sheet.line(format_args!("The floor decides otherwise: {}{row}", difference.what));
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
        "granted": {
            "approvals": run.granted.approvals,
            "environments": run.granted.environments,
            "seconds_since_creation": run.granted.seconds,
            "waivers": run.granted.waived,
            "jobs_created_without": run.without.as_ref().map(|it| it.jobs_created),
            "waiting_without": run.without.as_ref().map(held),
        },
        "waiting": last.in_state(State::Waiting),
        "blocked": last.in_state(State::Blocked),
        "p50_ms": at(50),
        "p95_ms": at(95),
        "p99_ms": at(99),
        "max_ms": at(100),
        "floor_p50_ms": milliseconds(run.floor().p50()),
        "over_floor": over_floor(run),
        "pass_p50_ms": milliseconds(run.pass().p50()),
        "bytes_moved": run.moved(),
        "bandwidth_bytes_per_s": run.bandwidth,
        "bytes_over_bandwidth_ms": milliseconds(run.from_memory()),
        "phases_ms": Value::Object(phases.collect()),
        "allocations_per_iteration": median(&|it| it.whole.allocations),
        "bytes_per_iteration": median(&|it| it.whole.bytes),
        "build_ms": milliseconds(run.build.nanoseconds),
        "resident_bytes": run.resident,
        "budgets": if run.targets == 0 { Vec::new() } else { goals.chain(budgets).collect() },
    })
}

/// The ratio of reconcile to floor, by pairs; null if no floor took any time.
fn over_floor(run: &Measurement) -> Value {
    let Some(ratio) = run.over_floor(None) else { return Value::Null };
    let of = |order| run.over_floor(Some(order)).map(|it| it.value);
    json!({
        "median": ratio.value,
        "low": ratio.interval.map(|it| it.0),
        "high": ratio.interval.map(|it| it.1),
        "confidence_percent": CONFIDENCE,
        "pairs": ratio.of,
        "floor_first": of(Order::FloorFirst),
        "fleet_first": of(Order::FleetFirst),
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

fn row(sheet: &mut Sheet, [name, first, second]: [&str; 3]) {
    sheet.line(format_args!("{name:<30}{first:>13}{second:>13}"));
}
