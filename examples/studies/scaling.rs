//! Measures how reconciling scales with the size of a fleet, and names what grows too fast.
//!
//! One deployment of 100 to 3,000,000 targets gets a version after the other; then environments,
//! policies, waiting versions and relationship groups are varied while the targets stay the same.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shakedown_benches::Density;
use shakedown_benches::growth::{FEWEST, TooFewSizes};
use shakedown_charts::picture;
use shakedown_studies::scaling::{Axis, Curve, Scaling, Settings, charts, measure, object, table};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::destination::Destination;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::threads;

/// Measures how reconciling scales, and names what grows faster than linear.
///
/// Creates versions of a single deployment of 100 to 3,000,000 release targets and fits the median
/// times: the exponent is the slope of a straight line through the logarithms, fixed cost and all.
/// Its class (constant, linear, n log n, quadratic) is that of the best `fixed + each * g(n)`, and
/// how sure that is compares it with the other classes; what no longer fits into caches makes linear
/// look like n log n. The steepness is the exponent of what is left without the fixed cost.
///
/// All of it is told for each phase as well, and by number of environments, policies, waiting
/// versions and resources of a relationship group, with 10,000 targets. Phases are those of the
/// fastest iteration, which other processes disturb least. A phase grows faster than linear if its
/// steepness is at least 1.4 and at least 75 % sure against constant and linear; what takes less
/// than a twentieth of all phases at the largest size is left out.
///
/// Takes about two minutes on two cores. Example, in seconds:
/// `scaling --max-targets 100000 --svg scaling.svg`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = OBJECT)]
struct Arguments {
    /// Numbers of targets, at least three [default: 100, 300, 1000, 3000, ... 3000000].
    #[arg(long, value_delimiter = ',', value_name = "N,N,...")]
    sizes: Vec<NonZeroU32>,
    /// Leave out sizes above this, and let the fleets of the other axes have no more targets.
    #[arg(long, value_name = "N")]
    max_targets: Option<NonZeroU32>,
    /// How much of a version may go out: gate, half or all of every cohort.
    #[arg(long, default_value_t = Density::All)]
    density: Density,
    /// Iterations of a size at most; large fleets get fewer, but three.
    #[arg(long, default_value = "30")]
    iterations: NonZeroUsize,
    /// Vary nothing but the targets.
    #[arg(long)]
    targets_only: bool,
    /// Threads; one per processor unless given.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Chooses the resource whose labels are edited: its position by id, modulo their number.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw the measured times, the fitted line and reference slopes.
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
  schema      what the members mean, see docs/json.md
  points      [{targets, p50_ns, samples_ns}]
  exponent, standard_error, steepness, fixed_ns
  class       constant, linear, n log n or quadratic
  confidence  probability of the class, 0 to 1
  phases      {name: exponent, null if it took no time}
  axes        {name: {points: [{size, p50_ns, samples_ns, phases_ns: {name: fastest}}],
              exponent, standard_error, steepness, class, confidence, phases}}
  verdict     [text]
  budget      {least, most, holds}; holds is null unless 100 to 3,000,000 were measured
  density, iterations, threads, seed
  digest      the state of the largest fleet";

/// Targets of the fleets in which something else is varied.
const TARGETS: u32 = 10_000;
/// Targets beyond these, at 160 bytes each, fit no machine that people measure on.
const MOST_TARGETS: u32 = 200_000_000;

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let sizes = sizes(arguments)?;
    let most = arguments.max_targets.map_or(TARGETS, |most| most.get().min(TARGETS));
    for axis in Axis::OTHERS.into_iter().filter(|_| !arguments.targets_only) {
        let found = axis.sizes(most).len();
        if found < FEWEST {
            return Err(too_few(axis, TooFewSizes { found }));
        }
    }
    let svg = arguments.svg.as_deref().map(Destination::open).transpose()?;
    let threads = threads::set_up(arguments.threads)?;
    let awaited = svg.is_none().then(reader::awaited);
    let mut progress = Progress::new(arguments.quiet);
    let settings = Settings {
        density: arguments.density,
        iterations: arguments.iterations.get(),
        seed: arguments.seed,
        targets: most,
    };
    let mut phase = 0;
    let mut curve = |axis: Axis, sizes: &[u32]| {
        let mut points = Vec::new();
        for &size in sizes {
            phase += 1;
            progress.phase(phase, &format!("{} {}", grouped(size.into()), axis.name()));
            points.push(measure(axis, size, &settings, &mut progress)?);
        }
        Curve::new(axis, points).map_err(|error| too_few(axis, error))
    };
    let targets = curve(Axis::Targets, &sizes)?;
    let mut others = Vec::new();
    for axis in Axis::OTHERS.into_iter().filter(|_| !arguments.targets_only) {
        others.push(curve(axis, &axis.sizes(settings.targets))?);
    }
    let scaling = Scaling { settings, threads, targets, others };
    let text = if arguments.json { printed("scaling", object(&scaling)) } else { table(&scaling) };
    drop(awaited);
    // Neither is lost because the other cannot be written.
    let told = write_out(&text);
    if let Some(svg) = svg {
        svg.write(&picture(&charts(&scaling)))?;
    }
    told?;
    Ok(Answer::Yes)
}

/// The sizes to measure, ascending.
fn sizes(arguments: &Arguments) -> Result<Vec<u32>, Failure> {
    let most = arguments.max_targets.map_or(u32::MAX, NonZeroU32::get);
    let mut sizes = match &arguments.sizes[..] {
        [] => Axis::Targets.sizes(most),
        given => given.iter().map(|size| size.get()).filter(|&size| size <= most).collect(),
    };
    sizes.sort_unstable();
    sizes.dedup();
    if let Some(&largest) = sizes.last().filter(|&&largest| largest > MOST_TARGETS) {
        let (targets, most) = (grouped(largest.into()), grouped(MOST_TARGETS.into()));
        let message = format!("a fleet of {targets} release targets: at most {most} fit");
        return Err(Failure::Input(message));
    }
    if sizes.len() < FEWEST {
        return Err(too_few(Axis::Targets, TooFewSizes { found: sizes.len() }));
    }
    Ok(sizes)
}

fn too_few(axis: Axis, error: TooFewSizes) -> Failure {
    Failure::Input(format!("{}: {error}", axis.name()))
}
