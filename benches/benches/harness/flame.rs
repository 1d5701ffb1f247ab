//! Flame graphs of benches: `cargo bench ... -- --profile-time 5 ID` samples a bench instead of timing
//! it, and leaves `profile/flamegraph.svg` beside its report.

use std::fs::{File, create_dir_all};
use std::io;
use std::path::Path;

use criterion::profiler::Profiler;
use pprof::ProfilerGuard;

/// Samples per second of processor time; no divisor of anything that a bench does regularly.
const FREQUENCY: i32 = 997;

/// Samples call stacks from the moment that criterion starts to profile a bench until it stops.
#[derive(Default)]
pub(crate) struct Flame {
    guard: Option<ProfilerGuard<'static>>,
}

impl Profiler for Flame {
    fn start_profiling(&mut self, id: &str, _: &Path) {
        match ProfilerGuard::new(FREQUENCY) {
            Ok(guard) => self.guard = Some(guard),
            Err(error) => eprintln!("{id} is not profiled: {error}"),
        }
    }

    fn stop_profiling(&mut self, id: &str, directory: &Path) {
        let Some(guard) = self.guard.take() else { return };
        match draw(&guard, directory) {
            Ok(()) => println!("{}", directory.join(NAME).display()),
            Err(error) => eprintln!("{id} has no flame graph: {error}"),
        }
    }
}

const NAME: &str = "flamegraph.svg";

fn draw(guard: &ProfilerGuard<'_>, directory: &Path) -> io::Result<()> {
    let report = guard.report().build().map_err(io::Error::other)?;
    create_dir_all(directory)?;
    report.flamegraph(File::create(directory.join(NAME))?).map_err(io::Error::other)
}
