//! Sends a stream of mixed events to a whole fleet and tells how long each kind takes.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shakedown_charts::picture;
use shakedown_examples::source::Source;
use shakedown_studies::latency::{Mix, charts, measure, object, table};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::destination::Destination;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::threads;

/// Sends mixed events to a fleet: how long each kind takes, what it allocates, which thread works.
///
/// The kinds: version (a deployment gets one), approval (of a recent version, in an environment),
/// job (one that runs ends), resource (takes over a label of another, which now and then moves it to
/// other environments), policy (asks for more or less, which concerns every target), time (seconds
/// pass, timers ring). The latency of an event is the time until nothing is dirty. What cannot happen
/// yet, such as the end of a job before one runs, is a version instead. The stream depends on the
/// fleet, the mix and the seed, and so does the state digest, whatever the number of threads.
///
/// A thread is busy in phases of the reconcile, or in cohorts, which are shared among threads; the
/// first thread runs the schedule, and is in phases also while it waits for the others.
///
/// Example: `latency --preset stated --count 5000 --mix version=1,job=20,time=5 --svg latency.svg`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = OBJECT)]
struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Events to send.
    #[arg(long, default_value = "2000")]
    count: NonZeroUsize,
    /// How often each kind happens, as parts of the sum; kinds that are not named do not.
    #[arg(long, default_value_t = Mix::default())]
    mix: Mix,
    /// Threads; one per processor unless given.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Names the stream.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw the percentiles of each kind, and memory over time.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

/// What `--json` prints.
const OBJECT: &str = "\
The object of --json:
  schema, preset, targets, events, elapsed_ms (all events), threads, seed, digest
  mix     {kind: part}
  kinds   {kind: {events, p50_ns, p95_ns, p99_ns, p99_9_ns, max_ns, samples_ns, targets_per_event,
          allocations_per_event, bytes_per_event}}, without those that did not happen;
          p99_ns is null of fewer than 200 events, p99_9_ns of fewer than 2,000
  busy    [{in_phases, in_cohorts}], shares of elapsed_ms, by thread
  memory  [{events, resident_bytes}]";

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let svg = arguments.svg.as_deref().map(Destination::open).transpose()?;
    let threads = threads::set_up(arguments.threads)?;
    let awaited = svg.is_none().then(reader::awaited);
    let mut progress = Progress::new(arguments.quiet);
    let (fleet, origin) = arguments.source.fleet(None, &mut progress)?;
    progress.phase(8, "Sending events");
    let (events, repeat) = (arguments.count.get(), (arguments.seed, threads));
    let latency = measure(fleet, origin.name, events, arguments.mix, repeat, &mut progress)?;
    let text = if arguments.json { printed("latency", object(&latency)) } else { table(&latency) };
    drop(awaited);
    // Neither is lost because the other cannot be written.
    let told = write_out(&text);
    if let Some(svg) = svg {
        svg.write(&picture(&charts(&latency)))?;
    }
    told?;
    Ok(Answer::Yes)
}
