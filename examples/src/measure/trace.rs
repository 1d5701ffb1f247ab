//! `--trace`: one reconcile as a Chrome trace, to be opened in Perfetto or `chrome://tracing`, and in a few
//! lines what one would look for in it.
//!
//! Every phase is a slice of the thread that runs the schedule, every cohort one of the thread that
//! worked on it. Times are microseconds since the first slice, as the format wants them.
//! Source of the format: "Trace Event Format", the document that Chromium publishes.

use super::gauge;
use super::measurement::rejected;
use serde_json::{Value as Json, json};
use shakedown_benches::VersionCreated;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::probe::{Edge, Span};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::{Deployment, Environment};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::{grouped, ratio};
use shakedown_terminal::printable::printable_lines;
use shakedown_terminal::sheet::Sheet;
use std::sync::{Mutex, PoisonError};

/// One end of a span, as a thread saw it.
#[derive(Debug, Clone, Copy)]
struct Record {
    thread: usize,
    nanoseconds: u64,
    span: Span,
    edge: Edge,
}

/// What the probe was told since it was installed; a probe is a plain function, so this is global.
static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn tell(span: Span, edge: Edge) {
    // Outside the lock, so that waiting for it looks like work, which it is, and not like idleness.
    let nanoseconds = gauge::read().nanoseconds;
    let thread = rayon::current_thread_index().unwrap_or(0);
    let mut records = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    records.push(Record { thread, nanoseconds, span, edge });
}

/// A stretch of work, from its beginning to its end, in nanoseconds since the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    thread: usize,
    span: Span,
    from: u64,
    to: u64,
}

/// What one reconcile left.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The file.
    pub text: String,
    /// What is most worth looking at, for people.
    pub summary: String,
}

/// Creates one more version; returns the trace of what happened while the fleet reconciled.
///
/// # Errors
/// When the fleet rejects the version.
pub fn record(iteration: &mut VersionCreated) -> Result<Trace, Failure> {
    let event = iteration.prepare().map_err(rejected)?;
    iteration.fleet_mut().set_probe(tell);
    let report = iteration.measure(event);
    iteration.fleet_mut().set_probe(|_, _| {});
    let report = report.map_err(rejected)?;
    let records = std::mem::take(&mut *RECORDS.lock().unwrap_or_else(PoisonError::into_inner));
    let slices = slices(&records);
    let events = events(&slices, iteration.fleet(), &report);
    let trace = json!({ "displayTimeUnit": "ns", "traceEvents": events });
    // It may go to a terminal.
    let text = printable_lines(&trace.to_string());
    let threads = rayon::current_num_threads();
    let name = |span| named(span, iteration.fleet());
    Ok(Trace { text, summary: summary(&slices, threads, name) })
}

/// Pairs the ends of spans; in the order in which they ended.
fn slices(records: &[Record]) -> Vec<Slice> {
    let zero = records.first().map_or(0, |first| first.nanoseconds);
    let mut open: Vec<Vec<Record>> = vec![Vec::new(); rayon::current_num_threads()];
    let mut slices = Vec::new();
    for &record in records {
        let open = &mut open[record.thread];
        if record.edge == Edge::Begin {
            open.push(record);
        } else if let Some(begin) = open.pop() {
            let (from, to) = (begin.nanoseconds - zero, record.nanoseconds - zero);
            slices.push(Slice { thread: begin.thread, span: begin.span, from, to });
        }
    }
    slices
}

/// Slices in the order in which they ended, after the names of the threads.
fn events(slices: &[Slice], fleet: &Fleet, report: &Report) -> Vec<Json> {
    let name = |thread| {
        json!({
            "name": "thread_name", "ph": "M", "pid": 1, "tid": thread,
            "args": { "name": if thread == 0 { "schedule".to_owned() } else { format!("worker {thread}") } },
        })
    };
    let threads = (0..rayon::current_num_threads()).map(name);
    threads.chain(slices.iter().map(|&slice| event(slice, fleet, report))).collect()
}

fn event(slice: Slice, fleet: &Fleet, report: &Report) -> Json {
    let (category, arguments) = match slice.span {
        Span::Phase(phase) => {
            let reading = report.phases[phase as usize];
            ("phase", json!({ "allocations": reading.allocations, "bytes": reading.bytes }))
        }
        Span::Cohort(phase, cohort) => {
            let world = fleet.world();
            let cohort = &world.resource::<Cohorts>()[cohort];
            let deployment = world.resource::<Registry<Deployment>>().id(cohort.deployment);
            let what = json!({
                "phase": phase.name(), "deployment": deployment, "targets": cohort.targets,
            });
            ("cohort", what)
        }
    };
    json!({
        "name": named(slice.span, fleet).0, "cat": category, "ph": "X", "pid": 1, "tid": slice.thread,
        "ts": micros(slice.from),
        "dur": micros(slice.to - slice.from),
        "args": arguments,
    })
}

/// What a slice is called, and how many targets it is about: a phase, or the environment of a cohort.
fn named(span: Span, fleet: &Fleet) -> (String, u64) {
    match span {
        Span::Phase(phase) => (phase.name().to_owned(), 0),
        Span::Cohort(_, cohort) => {
            let world = fleet.world();
            let cohort = &world.resource::<Cohorts>()[cohort];
            let environment = world.resource::<Registry<Environment>>().id(cohort.environment);
            (environment.to_owned(), cohort.targets.into())
        }
    }
}

/// The cohorts that took longest, and for each phase that works on cohorts how much of it each thread
/// did nothing, with the longest stretch of that.
fn summary(slices: &[Slice], threads: usize, name: impl Fn(Span) -> (String, u64)) -> String {
    let mut sheet = Sheet::going_on();
    sheet.heading("Trace: longest cohorts");
    sheet.line(format_args!("{:<14}{:<30}{:>10}{:>8}{:>12}", "", "", "targets", "thread", "us"));
    let is_cohort = |slice: &&Slice| matches!(slice.span, Span::Cohort(..));
    let mut cohorts: Vec<&Slice> = slices.iter().filter(is_cohort).collect();
    cohorts.sort_by_key(|it| (std::cmp::Reverse(it.to - it.from), it.from));
    for slice in cohorts.iter().take(LONGEST) {
        let Span::Cohort(phase, _) = slice.span else { continue };
        let (environment, targets) = name(slice.span);
        let environment: String = environment.chars().take(28).collect();
        let (targets, took) = (grouped(targets), micros(slice.to - slice.from));
        sheet.line(format_args!(
            "{:<14}{environment:<30}{targets:>10}{:>8}{took:>12.1}",
            phase.name(),
            slice.thread,
        ));
    }
    sheet.heading("Trace: idle while cohorts were worked on");
    sheet.line(format_args!(
        "{:<14}{:>8}{:>14}{:>16}{:>16}",
        "", "thread", "us", "% of phase", "longest, us"
    ));
    for idle in idle(slices, threads) {
        let percent = ratio(idle.nanoseconds, idle.of) * 100.0;
        let (spent, longest) = (micros(idle.nanoseconds), micros(idle.longest));
        sheet.line(format_args!(
            "{:<14}{:>8}{spent:>14.1}{percent:>16.1}{longest:>16.1}",
            idle.phase.name(),
            idle.thread,
        ));
    }
    sheet.into_text()
}

/// Cohorts that are told.
const LONGEST: usize = 5;

/// How long a thread had no cohort in a phase that worked on some, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Idle {
    phase: Phase,
    thread: usize,
    nanoseconds: u64,
    longest: u64,
    /// The whole phase.
    of: u64,
}

fn idle(slices: &[Slice], threads: usize) -> Vec<Idle> {
    let mut found = Vec::new();
    for whole in slices {
        let Span::Phase(phase) = whole.span else { continue };
        // A phase that is run again, because something was dirty still, has slices of its own.
        let within = |it: &&Slice| whole.from <= it.from && it.to <= whole.to;
        let of_phase = |it: &&Slice| matches!(it.span, Span::Cohort(of, _) if of == phase);
        let cohorts: Vec<&Slice> = slices.iter().filter(of_phase).filter(within).collect();
        if cohorts.is_empty() {
            continue;
        }
        for thread in 0..threads {
            let mut mine: Vec<&Slice> =
                cohorts.iter().copied().filter(|it| it.thread == thread).collect();
            mine.sort_by_key(|it| it.from);
            let (mut at, mut nanoseconds, mut longest) = (whole.from, 0, 0);
            for (from, to) in mine.iter().map(|it| (it.from, it.to)).chain([(whole.to, whole.to)]) {
                let gap = from.saturating_sub(at);
                nanoseconds += gap;
                longest = longest.max(gap);
                at = at.max(to);
            }
            found.push(Idle { phase, thread, nanoseconds, longest, of: whole.to - whole.from });
        }
    }
    found
}

fn micros(nanoseconds: u64) -> f64 {
    ratio(nanoseconds, 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::base::ids::CohortIx;

    fn slice(thread: usize, span: Span, from: u64, to: u64) -> Slice {
        Slice { thread, span, from, to }
    }

    fn cohort(number: u32) -> Span {
        Span::Cohort(Phase::Policies, CohortIx(number))
    }

    /// The first thread works from 1 to 5 and from 8 to 9 of a phase from 0 to 10 us, the second not.
    fn reconcile() -> Vec<Slice> {
        vec![
            slice(0, cohort(1), 1_000, 5_000),
            slice(0, cohort(2), 8_000, 9_000),
            slice(0, Span::Phase(Phase::Policies), 0, 10_000),
            slice(0, Span::Phase(Phase::Settle), 10_000, 12_000),
        ]
    }

    #[test]
    fn idle_is_what_lies_between_cohorts() {
        let of = 10_000;
        let phase = Phase::Policies;
        let expected = [
            Idle { phase, thread: 0, nanoseconds: 5_000, longest: 3_000, of },
            Idle { phase, thread: 1, nanoseconds: 10_000, longest: 10_000, of },
        ];
        assert_eq!(idle(&reconcile(), 2), expected);
        assert_eq!(idle(&reconcile()[2..], 2), [], "no cohort was worked on");
    }

    #[test]
    fn the_longest_cohorts_come_first_and_fit_a_line() {
        let name = |span| match span {
            Span::Cohort(_, CohortIx(number)) => (format!("env-{number}").repeat(9), 3_000),
            Span::Phase(phase) => (phase.name().to_owned(), 0),
        };
        let told = summary(&reconcile(), 2, name);
        assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
        let starts = |start: &str| {
            let mut lines = told.lines().filter(|line| line.starts_with("policies"));
            lines.next().is_some_and(|line| line.contains(start) && line.ends_with(" 4.0"))
        };
        assert!(starts("env-1"), "{told}");
        assert!(told.contains("50.0             3.0\n"), "{told}");
    }
}
