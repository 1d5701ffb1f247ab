//! What an input may take: a second, 256 MiB over what was taken before it, and nothing for ever.
//!
//! A text of some kilobytes is decoded within a millisecond and ten times its size. What takes longest is a
//! selector: an evaluation may take a million steps, and a value that it makes as many elements, so the bounds
//! are some times what that takes in this build. A stricter bound would be one on the machine.
//!
//! What counts is the time of the processor, where the kernel tells it, and else the clock; an input that took
//! long is tried again before that is believed, as others share processor and caches.
//!
//! What an input leaves behind when it is first seen may be kept for good reason; what it leaves behind each
//! time is a leak. libFuzzer ends what goes on without end (`-timeout`, `-rss_limit_mb`).

use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "what an input takes is measured, not simulated")]
use std::time::Instant;

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Most time that an input may take.
pub const MOST_TIME: Duration = Duration::from_secs(1);
/// Most bytes that an input may take at once.
pub const MOST_BYTES: usize = 256 << 20;
/// How often it is tried whether a slow input is slow again.
const TIMED: usize = 3;
/// How often an input must leave something behind.
const KEPT: usize = 6;

/// What an input took.
struct Taken {
    time: Duration,
    /// Bytes at once.
    most: usize,
    /// Bytes that are still held.
    kept: usize,
}

/// Runs a check of one input.
///
/// # Panics
/// When it takes more than it may.
pub fn within_bounds(check: impl Fn()) {
    let first = measure(&check);
    let Taken { most, kept, .. } = first;
    assert!(most <= MOST_BYTES, "the input takes {most} bytes, and may take {MOST_BYTES}");
    if first.time > MOST_TIME {
        let quickest = (1..TIMED).map(|_| measure(&check).time).fold(first.time, Duration::min);
        assert!(quickest <= MOST_TIME, "the input takes {quickest:?}, and may take {MOST_TIME:?}");
    }
    let leaks = kept > 0 && (1..KEPT).all(|_| measure(&check).kept > 0);
    assert!(!leaks, "the input leaves bytes behind each time, at first {kept}");
}

fn measure(check: &impl Fn()) -> Taken {
    let stopwatch = Stopwatch::start();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    check();
    let most = HEAP.peak_usage().saturating_sub(before);
    let kept = HEAP.current_usage().saturating_sub(before);
    Taken { time: stopwatch.elapsed(), most, kept }
}

/// What this thread has had of the processor, and when it was asked.
#[expect(clippy::disallowed_types, reason = "what an input takes is measured, not simulated")]
struct Stopwatch {
    had: Option<Duration>,
    at: Instant,
}

impl Stopwatch {
    #[expect(clippy::disallowed_types, reason = "what an input takes is measured, not simulated")]
    fn start() -> Self {
        Self { had: time_on_processor(), at: Instant::now() }
    }

    /// Since the start; at most what the clock says.
    fn elapsed(&self) -> Duration {
        let passed = self.at.elapsed();
        match (self.had, time_on_processor()) {
            (Some(before), Some(now)) => now.saturating_sub(before).min(passed),
            _ => passed,
        }
    }
}

/// As Linux tells it, a tick late; `None` elsewhere.
fn time_on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
