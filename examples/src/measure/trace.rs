//! `--trace`: one reconcile as a Chrome trace, to be opened in Perfetto or `chrome://tracing`.
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
use shakedown_engine::fleet::probe::{Edge, Span};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::{Deployment, Environment};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::ratio;
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

/// Creates one more version; returns the trace of what happened while the fleet reconciled.
///
/// # Errors
/// When the fleet rejects the version.
pub fn record(iteration: &mut VersionCreated) -> Result<String, Failure> {
    let event = iteration.prepare().map_err(rejected)?;
    iteration.fleet_mut().set_probe(tell);
    let report = iteration.measure(event);
    iteration.fleet_mut().set_probe(|_, _| {});
    let report = report.map_err(rejected)?;
    let records = std::mem::take(&mut *RECORDS.lock().unwrap_or_else(PoisonError::into_inner));
    let events = events(&records, iteration.fleet(), &report);
    Ok(json!({ "displayTimeUnit": "ns", "traceEvents": events }).to_string())
}

/// Slices in the order in which they ended, after the names of the threads.
fn events(records: &[Record], fleet: &Fleet, report: &Report) -> Vec<Json> {
    let threads = 0..rayon::current_num_threads();
    let name = |thread| {
        json!({
            "name": "thread_name", "ph": "M", "pid": 1, "tid": thread,
            "args": { "name": if thread == 0 { "schedule".to_owned() } else { format!("worker {thread}") } },
        })
    };
    let mut events: Vec<Json> = threads.clone().map(name).collect();
    let zero = records.first().map_or(0, |first| first.nanoseconds);
    let mut open: Vec<Vec<Record>> = threads.map(|_| Vec::new()).collect();
    for &record in records {
        let open = &mut open[record.thread];
        if record.edge == Edge::Begin {
            open.push(record);
        } else if let Some(begin) = open.pop() {
            events.push(slice(begin, record, zero, fleet, report));
        }
    }
    events
}

fn slice(begin: Record, end: Record, zero: u64, fleet: &Fleet, report: &Report) -> Json {
    let (name, category, arguments) = match begin.span {
        Span::Phase(phase) => {
            let reading = report.phases[phase as usize];
            let heap = json!({ "allocations": reading.allocations, "bytes": reading.bytes });
            (phase.name().to_owned(), "phase", heap)
        }
        Span::Cohort(phase, cohort) => {
            let world = fleet.world();
            let cohort = &world.resource::<Cohorts>()[cohort];
            let deployment = world.resource::<Registry<Deployment>>().id(cohort.deployment);
            let environment = world.resource::<Registry<Environment>>().id(cohort.environment);
            let what = json!({
                "phase": phase.name(), "deployment": deployment, "targets": cohort.targets,
            });
            (environment.to_owned(), "cohort", what)
        }
    };
    json!({
        "name": name, "cat": category, "ph": "X", "pid": 1, "tid": begin.thread,
        "ts": micros(begin.nanoseconds - zero),
        "dur": micros(end.nanoseconds - begin.nanoseconds),
        "args": arguments,
    })
}

fn micros(nanoseconds: u64) -> f64 {
    ratio(nanoseconds, 1_000)
}
