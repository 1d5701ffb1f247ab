//! Has every allocation of a binary counted, so that the gauge shows allocations beside time.

use std::alloc::System;

pub use shakedown_benches::gauge::{measure, read};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

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
