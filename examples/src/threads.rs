//! The one thread pool of a process.

use std::num::NonZeroUsize;

use crate::exit::Failure;

/// More threads than this only cost time to start.
const MOST: usize = 256;

/// Sets up the pool with so many threads, or with one per processor; returns how many it has.
///
/// The calling thread is one of them. Were it to hand its work to the others instead, it would sleep
/// through each phase while they wake up, which costs as much as a phase of 60,000 targets.
///
/// # Errors
/// When the pool exists already or the system gives no more threads.
pub fn set_up(wanted: Option<NonZeroUsize>) -> Result<usize, Failure> {
    let threads = match wanted {
        Some(threads) => threads.get(),
        None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
    };
    if threads > MOST {
        return Err(Failure::Input(format!(
            "--threads is {threads}, and at most {MOST} are of use"
        )));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread()
        .build_global()
        .map_err(|error| Failure::Input(format!("no pool of {threads} threads: {error}")))?;
    Ok(rayon::current_num_threads())
}
