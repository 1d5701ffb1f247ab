//! Compares data layouts: the same operations on the same target rows, stored in different ways.
//!
//! A layout takes part if it stands where the engine stands after a fixed sequence of events, and has
//! a row if the operation leaves it in the same state as the others.

use std::alloc::System;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use shakedown_comparison::{Selection, admit, choose, compare, list, object, page, svg, table};
use shakedown_laboratory::{DirtyDensity, Operation, Order, Scale, layouts};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::destination::Destination;
use shakedown_terminal::exit::{Answer, Failure, all, write_out};
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::threads;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts allocations and what layouts hold.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Compares data layouts: what operations on target rows cost, by how the rows are stored.
///
/// Every layout stores the rows of the same fleet, in which half of every cohort may take a version
/// now. The kernels that decide rows are the engine's own and do not know how rows are stored, so
/// what differs is the layout. Before anything is measured, each layout follows the engine through a
/// fixed sequence of events; one that stands elsewhere is refused, and the exit code is 1. So is one
/// that an operation leaves in another state than the first layout of its group.
///
/// Layouts are built and measured by turns, several rounds of all, so that a machine that is slow for
/// some seconds is slow for each of them.
///
/// The table has a group for each operation and set of axes, the fastest layout first: median ns per
/// target that the operation is about, in the fastest round; how many times the best of the group
/// that is; `spread`, how many times as long the slowest round took: differences within it say
/// nothing; allocations per operation; bytes per target of the fleet on the heap and by formula; and
/// lines of code of the file that implements it.
///
/// Axes, each a list; an axis has no effect where it would repeat a row:
///   scale    1k: 10 deployments of 100 targets; 60k: 50 of 1,200; 3m: 50 of 60,000
///   density  dirty rows: one, 5pct, all; operations but `reconcile_one` and `transition` know all
///            alone
///   order    of rows in their cohort: by-key, shuffled, churned (every fifth left and came back);
///            layouts with a row for each resource are always by-key
///   threads  `reconcile_one`, `reconcile_all` and `lock` are shared, from 16,384 rows on, by
///            layouts of which several cohorts can be written at once
///   chunk    cohorts that a thread takes at a time, where threads share
///
/// The default, about a minute on two cores: every layout and operation, 60k, every density, by-key,
/// one thread. Examples:
/// `layouts --layout sharded,soa --operation reconcile_one --scale 1k,60k,3m --svg pictures`
/// `layouts --operation reconcile_all --threads 1,2 --html layouts.html`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = OBJECT)]
struct Arguments {
    /// Layouts by name, see --list [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    layout: Vec<String>,
    /// Operations by name, see --list [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    operation: Vec<String>,
    /// Targets of the fleet: 1k, 60k, 3m.
    #[arg(long, value_delimiter = ',', value_name = "SCALE,...", default_value = "60k")]
    scale: Vec<String>,
    /// Dirty rows: one, 5pct, all [default: all that the operation knows].
    #[arg(long, value_delimiter = ',', value_name = "DENSITY,...")]
    density: Vec<String>,
    /// Order of rows: by-key, shuffled, churned.
    #[arg(long, value_delimiter = ',', value_name = "ORDER,...", default_value = "by-key")]
    order: Vec<String>,
    /// Threads that share the work.
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "1")]
    threads: Vec<NonZeroUsize>,
    /// Cohorts that a thread takes at a time.
    #[arg(long, value_delimiter = ',', value_name = "N,...", default_value = "1")]
    chunk: Vec<NonZeroUsize>,
    /// Rounds in which every layout is built and measured.
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: NonZeroUsize,
    /// Measurements of each case in a round [default: as many as fit into 0.1 s of all rounds, at
    /// least 3 in all].
    #[arg(long, value_name = "N")]
    iterations: Option<NonZeroUsize>,
    /// Draw a picture of each operation, `<operation>.svg`, in this folder: a dot for the fastest round,
    /// and a line to the slowest; of many cases, one chart per scale.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Write one page with all tables and pictures, which refers to nothing outside itself.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Say which layouts and operations there are, and what they are.
    #[arg(long, conflicts_with_all = ["json", "svg", "html"])]
    list: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

/// What `--json` prints.
const OBJECT: &str = "\
The object of --json:
  schema      what the members mean, see docs/json.md
  rows        [{layout, operation, scale, density, order, threads, chunk, ns_per_target (of the
              fastest round), spread (slowest round / fastest), allocations, bytes_per_target (on
              the heap), digest}], group by group, the fastest first
  refused     [text]
  layouts     [{name, about, lines}] of those that have rows
  footprints  [{layout, scale, order, bytes_per_target, formula_bytes_per_target}]
  machine     {processor, processors, caches, system, optimised}
  rounds      in which every layout was built and measured
  iterations  of each case in a round; null if as many as fit
  seed        null: what is shuffled is shuffled alike in every run";

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    if arguments.list {
        write_out(&list())?;
        return Ok(Answer::Yes);
    }
    let mut selection = selection(arguments)?;
    let files = arguments.svg.as_deref().map(|folder| files(folder, &selection)).transpose()?;
    let pictures = files.iter().flatten().map(|file| Destination::open(file));
    let pictures: Vec<Destination<'_>> = pictures.collect::<Result<_, _>>()?;
    let html = arguments.html.as_deref().map(Destination::open).transpose()?;
    Destination::check_distinct(pictures.iter().chain(&html))?;
    let mut progress = Progress::new(arguments.quiet);

    let is_all = pictures.is_empty() && html.is_none();
    let awaited = is_all.then(reader::awaited);
    let refused = admit(&mut selection, &mut progress);
    // That a layout stands elsewhere is told by the exit code, even if nobody reads the rest.
    let awaited = awaited.filter(|_| refused.is_empty());
    let run = compare(&selection, refused, &mut progress)?;
    drop(awaited);
    let text =
        if arguments.json { printed("layouts", object(&run, &selection)) } else { table(&run) };
    for refused in &run.refused {
        // The exit code says so as well.
        writeln!(io::stderr(), "refused: {refused}").ok();
    }
    // None is lost because another cannot be written.
    let mut told = vec![write_out(&text)];
    for (picture, &operation) in pictures.into_iter().zip(&selection.operations) {
        told.push(picture.write(&svg(&run, operation)));
    }
    told.extend(html.map(|html| html.write(&page(&run))));
    all(told)?;
    // That nobody reads on does not make them stand where they should.
    Ok(if run.refused.is_empty() { Answer::Yes } else { Answer::No })
}

/// What is selected, or what is wrong with it.
fn selection(arguments: &Arguments) -> Result<Selection, Failure> {
    let counts = ascending(&arguments.threads);
    counts.iter().try_for_each(|&threads| threads::check(threads))?;
    let Arguments { layout, operation, scale, density, order, .. } = arguments;
    let mut selection = Selection {
        layouts: choose("layout", layout, layouts(), |it| it.name)?,
        operations: choose("operation", operation, Operation::ALL, Operation::name)?,
        scales: choose("scale", scale, Scale::ALL, Scale::name)?,
        densities: choose("density", density, DirtyDensity::ALL, DirtyDensity::name)?,
        orders: choose("order", order, Order::ALL, Order::name)?,
        threads: counts,
        chunks: ascending(&arguments.chunk),
        rounds: arguments.rounds.get(),
        iterations: arguments.iterations.map(NonZeroUsize::get),
    };
    for operation in selection.drop_empty()? {
        // Results say so as well, by what they hold.
        writeln!(io::stderr(), "nothing to measure of {} along these axes", operation.name()).ok();
    }
    Ok(selection)
}

/// Numbers in ascending order, each once.
fn ascending(numbers: &[NonZeroUsize]) -> Vec<NonZeroUsize> {
    let numbers: BTreeSet<NonZeroUsize> = numbers.iter().copied().collect();
    numbers.into_iter().collect()
}

/// A file in the folder for each operation; makes the folder.
fn files(folder: &Path, selection: &Selection) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::Input(format!("cannot make the folder {}: {error}", folder.display()))
    })?;
    let files = selection.operations.iter();
    Ok(files.map(|operation| folder.join(format!("{}.svg", operation.name()))).collect())
}
