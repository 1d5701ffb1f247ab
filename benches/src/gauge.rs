//! The gauge: measured time, and allocations since the process began.
//!
//! Allocations are counted if the binary installs `stats_alloc::INSTRUMENTED_SYSTEM` as its global
//! allocator, which examples and benches do, and are zero otherwise. Counting costs two atomic
//! additions per allocation, three per reallocation and two per release.

use std::sync::OnceLock;
use std::time::Duration;

use shakedown_engine::fleet::schedule::Reading;
use stats_alloc::INSTRUMENTED_SYSTEM;

#[expect(clippy::disallowed_types, reason = "this is where binaries read the machine's clock")]
type Moment = std::time::Instant;

/// What the gauge shows now; nanoseconds count from the first reading.
#[must_use]
pub fn read() -> Reading {
    static START: OnceLock<Moment> = OnceLock::new();
    let elapsed = START.get_or_init(Moment::now).elapsed();
    let counted = INSTRUMENTED_SYSTEM.stats();
    let allocations = counted.allocations + counted.reallocations;
    Reading {
        nanoseconds: nanoseconds(elapsed),
        allocations: allocations as u64,
        bytes: counted.bytes_allocated as u64,
    }
}

/// Bytes on the heap now; zero unless allocations are counted.
#[must_use]
pub fn live_bytes() -> u64 {
    let counted = INSTRUMENTED_SYSTEM.stats();
    counted.bytes_allocated.saturating_sub(counted.bytes_deallocated) as u64
}

/// Does some work; returns what came of it, and how much the gauge advanced.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Reading) {
    let start = read();
    let done = work();
    let advance = read().since(start);
    (done, advance)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
