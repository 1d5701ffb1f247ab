//! The `--threads` option: one pool for the whole run, or one after the other.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

use rayon::ThreadPoolBuilder;
use shakedown_benches::start_pool;
use shakedown_terminal::exit::Failure;

/// More threads than this only cost time to start.
const MOST: usize = 256;

/// Sets up the pool with so many threads, or with one per processor; returns how many it has.
///
/// # Errors
/// When the pool exists already, the system gives no more threads, or too many are asked for.
pub fn set_up(wanted: Option<NonZeroUsize>) -> Result<usize, Failure> {
    wanted.map_or(Ok(()), check)?;
    start_pool(wanted).map_err(no_pool)
}

/// Does some work on a thread of its own, which shares it with the others of a pool of so many, as the
/// calling thread does after [`set_up`].
///
/// # Errors
/// When the system gives no more threads.
pub fn with_pool<T: Send>(
    threads: NonZeroUsize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Failure> {
    let on_pool = || {
        let pool = ThreadPoolBuilder::new().num_threads(threads.get()).use_current_thread();
        let _pool = pool.build().map_err(no_pool)?;
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
