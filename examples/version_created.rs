//! Creates versions of one deployment in a whole fleet and tells what a reconcile costs.
//!
//! The main job of Shakedown: the production benchmark of the problem report, at its literal scale
//! unless told otherwise. Phases 1 to 7 build the fleet, 8 counts it, 9 measures.

use std::num::{NonZeroU32, NonZeroUsize};
use std::process::ExitCode;

use clap::Parser;
use shakedown_benches::{Density, History, VersionCreated, build};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::preset::{FleetShape, Preset, START};
use shakedown_engine::schedule::Reading;
use shakedown_examples::exit::{Answer, Failure, exit, write_out};
use shakedown_examples::measurement::{Census, Measurement, Origin, measure};
use shakedown_examples::progress::Progress;
use shakedown_examples::{gauge, memory, statement, threads};

/// Creates versions of one deployment in a fleet and measures what reconciling costs.
///
/// Each iteration creates a version of the same deployment and reconciles all its release targets:
/// relationships, policies, planning, eligibility, job creation. Between iterations, unmeasured, the
/// version reaches every target and its jobs succeed.
///
/// Example: `version_created --preset literal --resources 100 --density all --threads 1`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The fleet: paper (300 targets per deployment), stated (6,000), literal (60,000), single
    /// (100, nothing else), or a number of targets of a single deployment.
    #[arg(long, default_value_t = Preset::Literal)]
    preset: Preset,
    /// How much of a version may go out: gate (unapproved, just begun), half or all of every cohort.
    #[arg(long, default_value_t = Density::Half)]
    density: Density,
    /// Resources, instead of the preset's number.
    #[arg(long)]
    resources: Option<u32>,
    /// Environments, instead of the preset's number.
    #[arg(long)]
    environments: Option<u32>,
    /// Deployments, instead of the preset's number.
    #[arg(long)]
    deployments: Option<NonZeroU32>,
    /// Versions to create.
    #[arg(long, default_value = "30")]
    iterations: NonZeroUsize,
    /// Threads; one per processor unless given.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Chooses the deployment: its position, modulo the number of deployments.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Leave jobs of earlier iterations pending, so that later ones plan and are denied.
    #[arg(long)]
    carry_over: bool,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let threads = threads::set_up(arguments.threads)?;
    let mut progress = Progress::new(arguments.quiet);
    let (fleet, origin, build) = build_preset(arguments, &mut progress);
    let resident = memory::resident_bytes();

    progress.phase(8, "Collecting workspace statistics");
    let census = Census::of(&fleet);
    if !arguments.json {
        write_out(&statement::statistics(&census))?;
    }

    progress.phase(9, "Starting benchmark - simulating deployment version creation");
    let position = arguments.seed % census.deployments.max(1);
    let shape = origin.shape.unwrap_or(FleetShape::bare(0));
    let deployment = shape.deployment_id(u32::try_from(position).unwrap_or(0));
    let history = if arguments.carry_over { History::CarriedOver } else { History::Settled };
    let iteration = VersionCreated::new(fleet, &deployment, arguments.density, history);
    let mut iteration = iteration.ok_or_else(|| unknown(&deployment))?;
    let targets = iteration.targets().len() as u64;
    let (samples, difference) = measure(&mut iteration, arguments.iterations.get(), &mut progress)?;

    let measurement = Measurement {
        origin,
        density: arguments.density,
        history,
        threads,
        seed: Some(arguments.seed),
        deployment,
        targets,
        census,
        build,
        resident,
        samples,
        difference,
        digest: iteration.fleet_mut().digest(),
    };
    let text = if arguments.json {
        format!("{:#}\n", statement::object(&measurement))
    } else {
        statement::table(&measurement)
    };
    write_out(&text)?;
    Ok(if measurement.difference.is_some() { Answer::No } else { Answer::Yes })
}

fn build_preset(arguments: &Arguments, progress: &mut Progress) -> (Fleet, Origin, Reading) {
    let preset = arguments.preset;
    let of_preset = preset.shape();
    let shape = FleetShape {
        resources: arguments.resources.unwrap_or(of_preset.resources),
        environments: arguments.environments.unwrap_or(of_preset.environments),
        deployments: arguments.deployments.map_or(of_preset.deployments, NonZeroU32::get),
        ..of_preset
    };
    let before = gauge::read();
    let fleet = build(shape, START, &mut |stage, done, total| progress.stage(stage, done, total));
    let spent = gauge::read().since(before);
    (fleet, Origin { name: preset.to_string(), preset: Some(preset), shape: Some(shape) }, spent)
}

fn unknown(deployment: &str) -> Failure {
    Failure::Input(format!("there is no deployment `{deployment}`"))
}
