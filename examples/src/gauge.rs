//! The gauge: measured time, and allocations since the process began.
//!
//! Every allocation of the process goes through a counter around the system allocator. It costs two
//! atomic additions per allocation, three per reallocation and two per release.

use std::alloc::System;
use std::sync::OnceLock;
use std::time::Duration;

use shakedown_engine::schedule::Reading;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[expect(clippy::disallowed_types, reason = "this is where binaries read the machine's clock")]
type Moment = std::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What the gauge shows now; nanoseconds count from the first reading.
#[must_use]
pub fn read() -> Reading {
    static START: OnceLock<Moment> = OnceLock::new();
    let elapsed = START.get_or_init(Moment::now).elapsed();
    let counted = ALLOCATOR.stats();
    let allocations = counted.allocations + counted.reallocations;
    Reading {
        nanoseconds: nanoseconds(elapsed),
        allocations: allocations as u64,
        bytes: counted.bytes_allocated as u64,
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_and_growth_are_counted() {
        let before = read();
        let mut bytes: Vec<u8> = Vec::with_capacity(1_000);
        bytes.resize(5_000, 1);
        let advance = read().since(before);
        // Other tests may allocate meanwhile.
        assert!(advance.allocations >= 2, "{advance:?}");
        assert!(advance.bytes >= 5_000, "{advance:?}");
        assert!(advance.nanoseconds > 0, "{advance:?}");
    }
}
