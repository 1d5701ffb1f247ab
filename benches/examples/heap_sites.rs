//! Where a reconcile uses the heap: every place that allocates while one version is created.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write as _, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use serde_json::Value as Json;
use shakedown_benches::{Density, VersionCreated};
use shakedown_engine::preset::Preset;
use shakedown_terminal::threads::start_pool;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const FILE: &str = "dhat-heap.json";
/// Places that are printed.
const MOST: usize = 15;

/// Prints the places that allocate most while one version is created.
///
/// Leaves `dhat-heap.json` in the current folder for the viewer of DHAT, with whole call stacks. Making
/// the fleet, and preparing the version, is not profiled. The bench profile keeps the symbols that
/// places are named by:
/// `cargo run --profile bench -p shakedown-benches --example heap_sites -- literal half`
#[derive(Debug, Parser)]
#[command(verbatim_doc_comment)]
struct Arguments {
    /// The fleet: paper, stated, literal, every-rule, related, single or a number of targets.
    #[arg(default_value_t = Preset::Literal)]
    preset: Preset,
    /// How much of the version may go out: gate, half or all of every cohort.
    #[arg(default_value_t = Density::Half)]
    density: Density,
}

fn main() -> ExitCode {
    let Err(error) = run(&Arguments::parse()) else { return ExitCode::SUCCESS };
    writeln!(stderr(), "error: {error}").ok();
    ExitCode::from(2)
}

fn run(&Arguments { preset, density }: &Arguments) -> Result<(), Box<dyn Error>> {
    start_pool(None)?;
    let mut iteration = VersionCreated::of(preset.shape(), density);
    // The first version sizes what is kept; the second shows what every further one costs.
    let event = iteration.prepare()?;
    iteration.measure(event)?;
    let event = iteration.prepare()?;
    let profiler = dhat::Profiler::builder().file_name(FILE).trim_backtraces(None).build();
    let report = iteration.measure(event)?;
    drop(profiler);

    let profile = File::open(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let profile = serde_json::from_reader(BufReader::new(profile));
    let mut places = places(&profile.map_err(|error| format!("{FILE}: {error}"))?);
    places.sort_by(|a, b| (b.blocks, b.bytes, &a.function).cmp(&(a.blocks, a.bytes, &b.function)));
    let mut text = format!(
        "{preset}, {density}: {} targets, {} jobs\n{:>8} {:>12}  allocated in\n",
        report.targets, report.jobs_created, "blocks", "bytes"
    );
    for place in places.iter().take(MOST) {
        writeln!(text, "{:>8} {:>12}  {}", place.blocks, place.bytes, place.function)?;
    }
    let rest = places.iter().skip(MOST);
    let (blocks, bytes) =
        rest.fold((0, 0), |(blocks, bytes), it| (blocks + it.blocks, bytes + it.bytes));
    let others = places.len().saturating_sub(MOST);
    writeln!(text, "{blocks:>8} {bytes:>12}  {others} other places\ncall stacks: {FILE}")?;
    Ok(stdout().write_all(text.as_bytes())?)
}

/// A function of ours, and what was allocated in it and in what it calls of other crates.
struct Place {
    function: String,
    blocks: u64,
    bytes: u64,
}

/// Sums a profile by the innermost frame that is ours.
///
/// Format: `pps` are program points with `tb` (bytes), `tbk` (blocks) and `fs` (frames, innermost
/// first, as positions in `ftbl`); a frame is `0x.. : function (file:line:column)`.
fn places(profile: &Json) -> Vec<Place> {
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let frames = list(&profile["ftbl"]);
    let mut places: Vec<Place> = Vec::new();
    for point in list(&profile["pps"]) {
        let stack = list(&point["fs"]);
        let names = stack.iter().filter_map(Json::as_u64).filter_map(|at| {
            let frame = frames.get(usize::try_from(at).ok()?)?.as_str()?;
            frame.split_once(": ").map(|(_, function)| function)
        });
        let ours = names.into_iter().find(|name| name.contains("shakedown_"));
        let function = ours.unwrap_or("outside of our crates").to_owned();
        let (blocks, bytes) =
            (point["tbk"].as_u64().unwrap_or(0), point["tb"].as_u64().unwrap_or(0));
        match places.iter_mut().find(|place| place.function == function) {
            Some(place) => {
                place.blocks += blocks;
                place.bytes += bytes;
            }
            None => places.push(Place { function, blocks, bytes }),
        }
    }
    places
}
