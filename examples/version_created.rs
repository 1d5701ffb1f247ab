//! Creates versions of one deployment in a whole fleet and tells what a reconcile costs.
//!
//! The main job of Shakedown: the production benchmark of the problem report, at its literal scale
//! unless told otherwise. Phases 1 to 7 build the fleet, 8 counts it, 9 measures.

use std::mem::replace;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shakedown_benches::{Density, History, VersionCreated};
use shakedown_engine::preset::Rules;
use shakedown_examples::measure::baseline::Baseline;
use shakedown_examples::measure::measurement::{Measurement, measure};
use shakedown_examples::measure::{budget, gauge, memory, object, statement, trace};
use shakedown_examples::source::census::Census;
use shakedown_examples::source::{self, Source};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::destination::Destination;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::threads;

/// Creates versions of one deployment in a fleet and measures what reconciling costs.
///
/// Each iteration creates a version of the same deployment and reconciles all its release targets:
/// relationships, policies, planning, eligibility, job creation. Between iterations, unmeasured, the
/// version reaches every target and its jobs succeed.
///
/// Beside each iteration the floor is measured, the same kernels over plain slices, before it or after
/// it by turns: what lies between is the price of the ECS. A bound that decides nothing is one pass over
/// the bytes that must be read and written.
///
/// This measures; it does not foretell. Unless told `--density gate`, every version is approved and
/// as old as its rollout needs, and the result says so; what a version waits for that you create now,
/// `explain` and `replay` tell.
///
/// Example: `version_created --preset literal --resources 100 --density all --threads 1`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    #[command(flatten)]
    source: Source,
    /// How much of a version may go out: gate (unapproved, just begun), half or all of every cohort.
    #[arg(long, default_value_t = Density::Half)]
    density: Density,
    /// Slug of the deployment whose versions are created.
    #[arg(long, value_name = "SLUG", conflicts_with = "seed")]
    deployment: Option<String>,
    /// Versions to create. The first, cold one has a line of its own; a P99 is told of 200 or more.
    #[arg(long, default_value = "30")]
    iterations: NonZeroUsize,
    /// Threads; one per processor unless given.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Chooses the deployment: its position by id, modulo the number of deployments.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Create versions of all deployments by turns, in the order of their ids, from the chosen one on.
    #[arg(long, conflicts_with = "deployment")]
    rotate: bool,
    /// Leave jobs of earlier iterations pending, so that later ones plan and are denied.
    #[arg(long)]
    carry_over: bool,
    /// Compare with an earlier run: FILE is what --json printed of it. Prints the ratio of the times, and
    /// of the times over the floor, each with its interval.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// End with 1 if a goal or budget of the preset fails; otherwise they are only told.
    #[arg(long, conflicts_with = "workspace")]
    check: bool,
    /// Write a Chrome trace of one more reconcile: phases, and cohorts on each thread. Perfetto
    /// (ui.perfetto.dev) shows it; the longest cohorts and idle threads are printed.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Neither phases nor progress on stderr.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let threads = threads::set_up(arguments.threads)?;
    let traced = arguments.trace.as_deref().map(Destination::open).transpose()?;
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    let awaited = traced.is_none().then(reader::awaited);
    let mut progress = Progress::new(arguments.quiet).with_phases_everywhere();
    let named = arguments.deployment.as_deref();
    let (made, build) = gauge::measure(|| arguments.source.fleet(named, &mut progress));
    let (fleet, origin) = made?;
    let resident = memory::resident_bytes();

    progress.phase(8, "Collecting workspace statistics");
    let census = Census::of(&fleet);
    // A trace is written even if nobody reads the rest, or it cannot be written.
    let mut told = Ok(());
    let mut tell = |text: String| {
        if told.is_ok() {
            told = write_out(&text);
        }
        if traced.is_some() { Ok(()) } else { replace(&mut told, Ok(())) }
    };
    if !arguments.json {
        tell(statement::statistics(&census))?;
    }

    progress.phase(9, "Starting benchmark - simulating deployment version creation");
    let deployment = source::deployment(&fleet, named, arguments.seed)?;
    let by_turns = match arguments.rotate {
        true => source::deployments_from(&fleet, &deployment),
        false => vec![deployment.clone()],
    };
    let history = if arguments.carry_over { History::CarriedOver } else { History::Settled };
    let mut iteration = VersionCreated::new(fleet, &deployment, arguments.density, history)
        .ok_or_else(|| Failure::Input(format!("there is no deployment `{deployment}`")))?;
    if origin.shape.is_some_and(|shape| shape.rules == Rules::Every) {
        iteration = iteration.with_every_rule();
    }
    let targets = iteration.targets().len() as u64;
    if !arguments.json {
        tell(statement::announcement(&deployment, targets))?;
    }
    let measured = measure(&mut iteration, &by_turns, arguments.iterations.get(), &mut progress)?;

    let digest = iteration.fleet_mut().digest();
    let granted = iteration.granted();
    let without = if granted.is_nothing() || arguments.carry_over {
        None
    } else {
        let without = iteration.create_without();
        Some(without.map_err(|it| Failure::Input(it.to_string()))?)
    };

    let measurement = Measurement {
        origin,
        density: arguments.density,
        history,
        threads,
        seed: arguments.deployment.is_none().then_some(arguments.seed),
        deployment,
        deployments: by_turns.len(),
        targets,
        census,
        build,
        resident,
        samples: measured.samples,
        bandwidth: measured.bandwidth,
        difference: measured.difference,
        digest,
        granted,
        without,
    };
    let text = if arguments.json {
        printed("version_created", object::object(&measurement, baseline.as_ref()))
    } else {
        statement::table(&measurement, baseline.as_ref())
    };
    drop(awaited);
    tell(text)?;
    if let Some(traced) = traced {
        let trace = trace::record(&mut iteration)?;
        if !arguments.json {
            told = told.and_then(|()| write_out(&trace.summary));
        }
        traced.write(&trace.text)?;
    }
    told?;
    let fails = arguments.check && !budget::all_hold(&measurement);
    Ok(if fails || measurement.difference.is_some() { Answer::No } else { Answer::Yes })
}
