//! Where a reconcile uses the heap: every place that allocates while one version is created.
//!
//!     cargo run --profile bench -p shakedown-benches --example heap_sites -- [PRESET [DENSITY]]
//!
//! The bench profile keeps the symbols that places are named by. Prints the places with most
//! allocations, and leaves `dhat-heap.json` for the viewer of DHAT, with whole call stacks. Making the
//! fleet, and preparing the version, is not profiled.

#![expect(clippy::print_stdout, reason = "an example talks to people")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;

use serde_json::Value as Json;
use shakedown_benches::{Density, VersionCreated, start_pool};
use shakedown_engine::preset::Preset;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const FILE: &str = "dhat-heap.json";
/// Places that are printed.
const MOST: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let preset: Preset = arguments.next().as_deref().unwrap_or("literal").parse()?;
    let density: Density = arguments.next().as_deref().unwrap_or("half").parse()?;
    start_pool(None)?;
    let mut iteration = VersionCreated::of(preset.shape(), density);
    // The first version sizes what is kept; the second shows what every further one costs.
    let event = iteration.prepare()?;
    iteration.measure(event)?;
    let event = iteration.prepare()?;
    let profiler = dhat::Profiler::builder().file_name(FILE).trim_backtraces(None).build();
    let report = iteration.measure(event)?;
    drop(profiler);

    let mut places = places(&serde_json::from_reader(BufReader::new(File::open(FILE)?))?);
    places.sort_by(|a, b| (b.blocks, b.bytes, &a.function).cmp(&(a.blocks, a.bytes, &b.function)));
    println!("{preset}, {density}: {} targets, {} jobs", report.targets, report.jobs_created);
    println!("{:>8} {:>12}  allocated in", "blocks", "bytes");
    for place in places.iter().take(MOST) {
        println!("{:>8} {:>12}  {}", place.blocks, place.bytes, place.function);
    }
    let rest = places.iter().skip(MOST);
    let (blocks, bytes) =
        rest.fold((0, 0), |(blocks, bytes), it| (blocks + it.blocks, bytes + it.bytes));
    println!("{blocks:>8} {bytes:>12}  {} other places", places.len().saturating_sub(MOST));
    println!("call stacks: {FILE}");
    Ok(())
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
