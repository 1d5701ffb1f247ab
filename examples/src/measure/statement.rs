//! What a run says to people: a table.

use super::budget::budgets;
use super::measurement::{Measurement, Order};
use crate::source::census::Census;
use shakedown_benches::median::Median;
use shakedown_benches::{Granted, History};
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_terminal::number::{bytes, grouped, milliseconds, ratio};
use shakedown_terminal::sheet::Sheet;

/// The goals of the problem report, in milliseconds per reconcile.
pub(super) const GOALS: [(&str, u64); 3] = [("critical", 2_000), ("target", 1_000), ("ideal", 500)];

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
    if run.deployments > 1 {
        let others = grouped(run.deployments as u64 - 1);
        sheet.entry("  and by turns", format!("{others} others"));
    }
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
    let mut line = |name, targets: u64, nanoseconds| {
        let per_second = ratio(targets * 1_000_000_000, nanoseconds);
        row(sheet, [name, &precise(nanoseconds), &format!("{:.1} M", per_second / 1e6)]);
    };
    let cold = run.cold();
    line("First, cold", cold.report.targets, cold.whole.nanoseconds);
    for (name, percent) in run.percentiles() {
        line(name, run.median().targets, whole.percentile(percent));
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
        let each = format!("{:.2}", ratio(nanoseconds, run.median().targets));
        row(sheet, [phase.name(), &precise(nanoseconds), &each]);
    }
}

fn outcome(sheet: &mut Sheet, run: &Measurement) {
    let median = run.median();
    sheet.heading("Median iteration");
    sheet.entry("Targets reconciled", grouped(median.targets));
    sheet.entry("Jobs created", grouped(median.jobs_created));
    if run.history == History::CarriedOver {
        sheet.entry("  in the first", grouped(run.samples[0].report.jobs_created));
    }
    for state in State::ALL {
        let count = median.in_state(state);
        if count > 0 {
            sheet.entry(&capitalised(state.name()), grouped(count));
        }
    }
    for (reason, count) in median.held() {
        sheet.entry(&format!("  {}", reason.code()), grouped(count));
    }
    unlike(sheet, run);
    sheet.entry("Allocations", grouped(run.distribution(|it| it.whole.allocations).p50()));
    sheet.entry("Allocated", bytes(run.distribution(|it| it.whole.bytes).p50()));
}

/// Which iterations came to something else, as they do where the clock walks through windows.
fn unlike(sheet: &mut Sheet, run: &Measurement) {
    let unlike = run.unlike();
    let Some(first) = unlike.first() else { return };
    let others = if unlike.len() > 1 { ", .." } else { "" };
    let count = grouped(unlike.len() as u64);
    sheet.entry("Iterations unlike it", format!("{count}: number {first}{others}"));
}

/// How many targets wait, or are denied what they want.
pub(super) const fn held(report: &Report) -> u64 {
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
