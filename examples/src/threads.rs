//! The `--threads` option.

use std::num::NonZeroUsize;

use shakedown_benches::start_pool;

use crate::exit::Failure;

/// More threads than this only cost time to start.
const MOST: usize = 256;

/// Sets up the pool with so many threads, or with one per processor; returns how many it has.
///
/// # Errors
/// When the pool exists already, the system gives no more threads, or too many are asked for.
pub fn set_up(wanted: Option<NonZeroUsize>) -> Result<usize, Failure> {
    if let Some(threads) = wanted.filter(|threads| threads.get() > MOST) {
        return Err(Failure::Input(format!(
            "--threads is {threads}, and at most {MOST} are of use"
        )));
    }
    start_pool(wanted).map_err(|error| Failure::Input(format!("no thread pool: {error}")))
}
