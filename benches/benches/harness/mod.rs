//! What all benches share: how an operation is registered, measured and profiled.
//!
//! Ids are `operation/variant/scale/density`. A run measures one operation `times` in a row and
//! returns what the gauge advanced by; time goes to criterion, and allocations and bytes per operation
//! are printed beside it. With `BENCH_ALLOCATIONS=FILE` they are also appended to a file, one JSON
//! object per bench.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "benches talk to people")]

mod flame;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use shakedown_engine::fleet::schedule::Reading;
use shakedown_terminal::threads::start_pool;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Runs what `register` adds, on as many threads as there are processors.
pub(crate) fn run(register: impl FnOnce(&mut Criterion)) {
    start_pool(None).expect("nothing else has started it");
    // Of a few dozen samples this many resamples tell what ten times as many do, whose picture alone
    // takes longer to draw than a bench to run.
    let criterion = Criterion::default().nresamples(10_000);
    let mut criterion = criterion.with_profiler(flame::Flame::default()).configure_from_args();
    register(&mut criterion);
    criterion.final_summary();
}

/// How much the gauge advanced over so many operations.
pub(crate) fn sum(times: u64, mut operation: impl FnMut() -> Reading) -> Reading {
    let mut sum = Reading::default();
    for _ in 0..times {
        let advance = operation();
        sum.nanoseconds += advance.nanoseconds;
        sum.allocations += advance.allocations;
        sum.bytes += advance.bytes;
    }
    sum
}

/// An operation, measured in variants, scales and densities.
pub(crate) struct Operation<'a> {
    name: &'a str,
    group: BenchmarkGroup<'a, WallTime>,
}

impl<'a> Operation<'a> {
    /// An operation whose runs last `milliseconds` together, in so many samples.
    pub(crate) fn new(
        criterion: &'a mut Criterion,
        name: &'a str,
        samples: usize,
        milliseconds: u64,
    ) -> Self {
        let mut group = criterion.benchmark_group(name);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(samples)
            .warm_up_time(Duration::from_millis(milliseconds.div_ceil(10)))
            .measurement_time(Duration::from_millis(milliseconds));
        Self { name, group }
    }

    /// Measures the operation on what `prepare` makes, once, and only if the bench is wanted.
    ///
    /// - `id`: `variant/scale/density`; `elements`: targets or resources of one operation.
    /// - `measure(state, times)`: does the operation so many times, checks what came out, and returns
    ///   how much the gauge advanced over the operations alone.
    pub(crate) fn bench<S>(
        &mut self,
        id: &str,
        elements: u64,
        prepare: impl FnOnce() -> S,
        mut measure: impl FnMut(&mut S, u64) -> Reading,
    ) {
        let (mut prepare, mut state) = (Some(prepare), None);
        let mut allocated = Allocated::default();
        self.group.throughput(Throughput::Elements(elements));
        self.group.bench_function(id, |bencher| {
            let state = state
                .get_or_insert_with(|| prepare.take().expect("a state is made once, and kept")());
            bencher.iter_custom(|times| {
                let advance = measure(state, times);
                allocated.add(advance, times);
                Duration::from_nanos(advance.nanoseconds)
            });
        });
        allocated.tell(&format!("{}/{id}", self.name), elements);
    }
}

/// Allocations of all operations after the first run, which may have filled what is kept.
#[derive(Default)]
struct Allocated {
    runs: u64,
    operations: u64,
    sum: Reading,
}

impl Allocated {
    fn add(&mut self, advance: Reading, operations: u64) {
        if self.runs > 0 {
            self.operations += operations;
            self.sum.allocations += advance.allocations;
            self.sum.bytes += advance.bytes;
        }
        self.runs += 1;
    }

    fn tell(&self, id: &str, elements: u64) {
        if self.operations == 0 {
            return;
        }
        let allocations = self.sum.allocations / self.operations;
        let bytes = self.sum.bytes / self.operations;
        println!("{:24}heap:   {allocations} allocations/op, {bytes} bytes/op", "");
        let Some(path) = std::env::var_os("BENCH_ALLOCATIONS") else { return };
        let line = serde_json::json!({
            "id": id, "elements": elements, "allocations": allocations, "bytes": bytes,
        });
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| writeln!(file, "{line}"));
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
        }
    }
}
