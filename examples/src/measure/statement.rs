//! What a run says to people: a table.

use super::baseline::{Baseline, verdict as compared};
use super::budget::{Budget, budgets, goals};
use super::measurement::{Measurement, Order, Sample, held};
use super::object::object;
use crate::source::census::Census;
use shakedown_benches::median::Median;
use shakedown_benches::{Granted, History};
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::phase::Phase;
use shakedown_terminal::number::{bytes, grouped, milliseconds, ratio};
use shakedown_terminal::sheet::Sheet;

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

/// The result as Go's benchmarks print theirs: the means of all iterations, the cold one included.
fn result(run: &Measurement) -> String {
    let iterations = run.samples.len() as u64;
    let mean = |of: fn(&Sample) -> u64| ratio(run.samples.iter().map(of).sum(), iterations);
    let time = mean(|it| it.whole.nanoseconds) / 1e6;
    let (heap, allocations) = (mean(|it| it.whole.bytes) / 1e6, mean(|it| it.whole.allocations));
    let name = format!("BenchmarkVersionCreated-{}", run.threads);
    let heap = format!("{heap:>8.2} MB/op{allocations:>7.0} allocs/op");
    format!("{name:<25}{iterations:>6}{time:>10.4} ms/op{heap}")
}

/// The result for people; at most 80 columns.
#[must_use]
pub fn table(run: &Measurement, baseline: Option<&Baseline>) -> String {
    let mut sheet = Sheet::going_on();
    sheet.line(result(run));
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
    if let Some(baseline) = baseline {
        against(&mut sheet, run, baseline);
    }
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

/// The run by an earlier one.
fn against(sheet: &mut Sheet, run: &Measurement, baseline: &Baseline) {
    sheet.heading("Against an earlier run");
    sheet.hanging("", &baseline.file);
    row(sheet, ["", "before", "now"]);
    let before = |key: &str| baseline.number(key).map_or("-".to_owned(), |it| format!("{it:.4}"));
    let (whole, floor) = (precise(run.whole().p50()), precise(run.floor().p50()));
    row(sheet, ["P50, ms", &before("p50_ms"), &whole]);
    row(sheet, ["Floor P50, ms", &before("floor_p50_ms"), &floor]);
    let before = baseline.number("allocations_per_iteration");
    let before = before.map_or("-".to_owned(), |it| format!("{it:.0}"));
    let now = run.distribution(|it| it.whole.allocations).p50();
    row(sheet, ["Allocations", &before, &now.to_string()]);
    for unlike in baseline.unlike(&object(run, None)) {
        sheet.hanging("  ", format_args!("Not alike: {unlike}"));
    }
    let Some(ratios) = baseline.compare(run) else { return };
    let mut told = |name: &str, ratio: Median| {
        let times = times_over(ratio);
        sheet.line(format_args!("{name:<30}{times:>26}  {}", compared(ratio)));
    };
    told("Time by time before", ratios.time);
    if let Some(over) = ratios.over_floor {
        told("The same, both over the floor", over);
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
    if run.origin.shape.is_none() {
        sheet.line("Budgets are about presets; of this fleet nothing is asked.");
    }
    for goal in goals(run) {
        let holds = if goal.holds() { "holds" } else { "FAILS" };
        let Budget { name, limit, measured, .. } = goal;
        sheet.line(format_args!("{name:<36}{limit:>10} ms{measured:>13.3} {holds:>8}"));
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
