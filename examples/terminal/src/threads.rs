//! Threads that share the work: one pool for the whole run, or one after the other.
//!
//! The calling thread is one of them. Were it to hand its work to the others instead, it would sleep
//! through each phase while they wake up, which costs as much as a phase of 60,000 targets.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

use crate::exit::Failure;

/// More threads than this only cost time to start.
const MOST: usize = 256;

/// Sets up the pool for the `--threads` option; returns how many threads it has.
///
/// # Errors
/// When the pool exists already, the system gives no more threads, or too many are asked for.
pub fn set_up(wanted: Option<NonZeroUsize>) -> Result<usize, Failure> {
    wanted.map_or(Ok(()), check)?;
    start_pool(wanted).map_err(no_pool)
}

/// Sets up the one pool of a process with so many threads, or with one per processor; returns how many
/// it has.
///
/// # Errors
/// When the pool exists already or the system gives no more threads.
pub fn start_pool(threads: Option<NonZeroUsize>) -> Result<usize, ThreadPoolBuildError> {
    let threads = threads.or_else(|| thread::available_parallelism().ok());
    pool_of(threads.map_or(1, NonZeroUsize::get)).build_global()?;
    Ok(rayon::current_num_threads())
}

/// Does some work on a thread of its own, which shares it with the others of a pool of so many.
///
/// # Errors
/// When the system gives no more threads.
pub fn with_pool<T: Send>(
    threads: NonZeroUsize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Failure> {
    let on_pool = || {
        let _pool = pool_of(threads.get()).build().map_err(no_pool)?;
        Ok(work())
    };
    thread::scope(|scope| {
        let worker = Builder::new().spawn_scoped(scope, on_pool).map_err(no_pool)?;
        worker.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Refuses more threads than are of use.
///
/// # Errors
/// When there are too many.
pub fn check(threads: NonZeroUsize) -> Result<(), Failure> {
    if threads.get() <= MOST {
        return Ok(());
    }
    Err(Failure::Input(format!("--threads is {threads}, and at most {MOST} are of use")))
}

fn pool_of(threads: usize) -> ThreadPoolBuilder {
    ThreadPoolBuilder::new().num_threads(threads).use_current_thread()
}

fn no_pool(error: impl Display) -> Failure {
    Failure::Input(format!("no thread pool: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_follow_each_other() {
        for count in [1, 3, 2] {
            let threads = NonZeroUsize::new(count).unwrap();
            let found = with_pool(threads, || {
                (rayon::current_num_threads(), rayon::current_thread_index().is_some())
            });
            assert_eq!(found.ok(), Some((count, true)), "the working thread is one of them");
        }
    }

    #[test]
    fn a_thousand_threads_are_of_no_use() {
        let checked = [256, 1_000].map(|it| check(NonZeroUsize::new(it).unwrap()).is_ok());
        assert_eq!(checked, [true, false]);
    }
}
