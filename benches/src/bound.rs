//! What no layout and no language can save: the bytes that one version moves.
//!
//! Of every target its key and its jobs' facts are read, and its desired release, its state and what
//! holds it are written; of every new job the job itself, and the facts of its target. The *pass* does
//! that and nothing else, in one loop written by hand, on one thread; the *bandwidth* says how long the
//! same bytes take from memory if every thread copies. Both are bounds that the floor is not: the floor
//! decides, so what lies between floor and reconcile is the price of the ECS alone.
//!
//! The jobs of the pass go to the first of the rows, and into memory that was touched before, because
//! that is the least that any decision could come to.

use std::hint::black_box;

use rayon::prelude::*;
use shakedown_engine::base::ids::{CohortIx, JobIx, ResourceIx};
use shakedown_engine::fleet::jobs::Job;
use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State};

use crate::gauge;

/// Bytes that are read of a target.
const READ: usize = size_of::<Key>() + size_of::<Ledger>();
/// Bytes that are written of a target.
const WRITTEN: usize = size_of::<Plan>() + size_of::<State>() + size_of::<Holds>();
/// Bytes that are written for a job.
const OF_JOB: usize = size_of::<Job>() + size_of::<Ledger>();

/// A job as the words that it consists of.
type JobWords = [u64; size_of::<Job>() / size_of::<u64>()];

/// The vectors that are passed over.
#[derive(Debug)]
pub struct Bound {
    keys: Vec<Key>,
    ledgers: Vec<Ledger>,
    plans: Vec<Plan>,
    states: Vec<State>,
    holds: Vec<Holds>,
    jobs: Vec<JobWords>,
}

impl Bound {
    /// Vectors for so many targets.
    #[must_use]
    pub fn new(targets: usize) -> Self {
        let keys = (0..targets).map(|row| Key {
            resource: ResourceIx(u32::try_from(row).unwrap_or(u32::MAX)),
            cohort: CohortIx(0),
        });
        Self {
            keys: keys.collect(),
            ledgers: vec![Ledger::EMPTY; targets],
            plans: vec![Plan::NONE; targets],
            states: vec![State::Idle; targets],
            holds: vec![Holds(0); targets],
            jobs: vec![JobWords::default(); targets],
        }
    }

    /// Bytes that a pass reads and writes if so many of the targets get a job.
    #[must_use]
    pub fn bytes(&self, jobs: u64) -> u64 {
        (self.keys.len() * (READ + WRITTEN)) as u64 + jobs * OF_JOB as u64
    }

    /// Moves them all once. This is what is measured.
    pub fn pass(&mut self, jobs: u64) {
        let mut seen = 0_u32;
        let rows = self.keys.iter().zip(&self.ledgers);
        let written = self.plans.iter_mut().zip(&mut self.states).zip(&mut self.holds);
        for ((key, ledger), ((plan, state), holds)) in rows.zip(written) {
            seen ^= key.resource.0 ^ key.cohort.0 ^ ledger.head.0 ^ ledger.current.0;
            seen ^= ledger.active ^ ledger.succeeded.0 ^ ledger.succeeded_variables.0;
            *plan = Plan { edition: ledger.succeeded, variables: ledger.succeeded_variables };
            *state = State::Running;
            *holds = Holds(ledger.active);
        }
        let jobs = usize::try_from(jobs).unwrap_or(usize::MAX);
        let rows = self.keys.iter().zip(&mut self.ledgers);
        for (number, ((key, ledger), job)) in (0..).zip(rows.zip(&mut self.jobs)).take(jobs) {
            *job = [u64::from(key.resource.0); _];
            *ledger = Ledger { head: JobIx(number), active: 1, ..Ledger::EMPTY };
        }
        black_box(seen);
        black_box(self);
    }
}

/// Bytes that are copied at a time, larger than caches.
const COPIED: usize = 64 << 20;
/// Copies of which the fastest counts.
const TIMES: usize = 5;

/// Bytes that memory reads and writes in a second while every thread of the pool copies; zero if the
/// clock does not tell.
#[must_use]
pub fn bandwidth() -> u64 {
    let part = COPIED.div_ceil(rayon::current_num_threads());
    // Not zeros, whose pages the system gives once they are written.
    let from = vec![1_u8; COPIED];
    let mut to = vec![2_u8; COPIED];
    let copy = |_| {
        let copied = || {
            to.par_chunks_mut(part).zip(from.par_chunks(part)).for_each(|(to, from)| {
                to.copy_from_slice(from);
            });
            black_box(&mut to);
        };
        gauge::measure(copied).1.nanoseconds
    };
    let fastest = (0..TIMES).map(copy).min().unwrap_or(0);
    (2 * COPIED as u64 * 1_000_000_000).checked_div(fastest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_columns() {
        let bound = Bound::new(100);
        assert_eq!(bound.bytes(0), 100 * (8 + 20 + 8 + 1 + 4));
        assert_eq!(bound.bytes(30), bound.bytes(0) + 30 * (64 + 20));
    }

    #[test]
    fn a_pass_writes_every_row_and_as_many_jobs_as_there_are() {
        let mut bound = Bound::new(100);
        bound.pass(30);
        assert!(bound.states.iter().all(|it| *it == State::Running));
        let made = |bound: &Bound| bound.ledgers.iter().filter(|it| it.active == 1).count();
        assert_eq!(made(&bound), 30);
        assert_eq!(bound.jobs[29], [29; 8]);
        assert_eq!(bound.jobs[30], [0; 8]);
        bound.pass(1_000);
        assert_eq!(made(&bound), 100, "no row gets two");
    }

    #[test]
    fn memory_moves_more_than_a_hundred_megabytes_a_second() {
        assert!(bandwidth() > 100_000_000);
    }
}
