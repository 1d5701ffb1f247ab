//! The one thread pool of a process that measures.

use std::num::NonZeroUsize;

use rayon::ThreadPoolBuildError;

/// Sets up the pool with so many threads, or with one per processor; returns how many it has.
///
/// The calling thread is one of them. Were it to hand its work to the others instead, it would sleep
/// through each phase while they wake up, which costs as much as a phase of 60,000 targets.
///
/// # Errors
/// When the pool exists already or the system gives no more threads.
pub fn start_pool(threads: Option<NonZeroUsize>) -> Result<usize, ThreadPoolBuildError> {
    let threads = threads.or_else(|| std::thread::available_parallelism().ok());
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(1, NonZeroUsize::get))
        .use_current_thread()
        .build_global()?;
    Ok(rayon::current_num_threads())
}
