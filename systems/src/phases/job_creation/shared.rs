//! Creating many jobs by all threads. Where the jobs of each run stand is the sum of the lengths of the runs
//! before it, so every job is made at its place, from rows that are only read; then the rows are written,
//! cohort by cohort, and release records by one thread, a bit a job. Jobs are the same, and in the same order,
//! as one thread makes them.

use bevy_ecs::error::Result;
use bevy_ecs::system::SystemState;
use bevy_ecs::world::World;
use rayon::prelude::*;
use shakedown_engine::base::ids::JobIx;
use shakedown_engine::base::row_set::{bit_of, word_of};
use shakedown_engine::fleet::jobs::Job;
use shakedown_engine::fleet::matrix::{Cohorts, PolicyRows as _, TargetColumns, TargetRows as _};

use super::drafts::Run;
use crate::handover::{Targets, Work};

/// Jobs from which threads pay: handing over costs 30 to 80 us, a job 9 to 25 ns.
const MIN_PARALLEL_JOBS: usize = 8_192;

/// Jobs that one thread makes without being asked for half of them.
const MIN_SHARE: usize = 1_024;

/// Whether threads share so many jobs in so many runs.
pub(super) fn pays(jobs: usize, runs: usize) -> bool {
    jobs >= MIN_PARALLEL_JOBS && runs > 1 && rayon::current_num_threads() > 1
}

/// Creates the jobs of all runs, which are by their place in the work.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub(super) fn create(
    world: &mut World,
    targets: &mut SystemState<Targets<'static, 'static>>,
    work: &Work,
    runs: &[Run<'_>],
    jobs: &mut Vec<Job>,
) -> Result {
    let first = JobIx::at(jobs.len());
    let mut targets = targets.get_mut(world)?;
    let mut columns = targets.carve(&work.ranges)?;
    let ends = ends_of(runs);
    make(&columns, runs, &ends, jobs);
    write(&mut columns, runs, &ends, first);
    record(&mut world.resource_mut::<Cohorts>(), runs);
    Ok(())
}

/// How many jobs there are up to the end of each run.
fn ends_of(runs: &[Run<'_>]) -> Vec<usize> {
    let lengths = runs.iter().map(|run| run.eligible.len());
    lengths
        .scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        })
        .collect()
}

/// Appends the jobs, each made by some thread.
fn make(columns: &[TargetColumns<'_>], runs: &[Run<'_>], ends: &[usize], jobs: &mut Vec<Job>) {
    let count = ends.last().copied().unwrap_or(0);
    let made = (0..count).into_par_iter().with_min_len(MIN_SHARE).map_init(
        || (0, 0..0),
        |(of, places), at| {
            // The next job is mostly of the same run.
            if !places.contains(&at) {
                *of = ends.partition_point(|&end| end <= at);
                *places = ends[*of] - runs[*of].eligible.len()..ends[*of];
            }
            let run = &runs[*of];
            let it = run.eligible[at - places.start];
            let (rows, row) = (&columns[run.at], it.row as usize);
            run.draft.job(
                run.draft.flags(),
                it,
                rows.key(row),
                rows.plan(row).variables,
                rows.ledger(row).head,
            )
        },
    );
    jobs.par_extend(made);
}

/// Writes to the rows that they have the jobs from `first` on.
fn write(columns: &mut [TargetColumns<'_>], runs: &[Run<'_>], ends: &[usize], first: JobIx) {
    let mut left = (runs, ends);
    let mut tasks = Vec::new();
    for (at, rows) in columns.iter_mut().enumerate() {
        let here = left.0.iter().take_while(|run| run.at == at).count();
        let ((runs, more_runs), (ends, more_ends)) = (left.0.split_at(here), left.1.split_at(here));
        left = (more_runs, more_ends);
        tasks.push((rows, runs, ends));
    }
    tasks.into_par_iter().for_each(|(rows, runs, ends)| {
        for (run, &end) in runs.iter().zip(ends) {
            let active = u32::from(run.draft.status.is_processing());
            let from = first.slot() + end - run.eligible.len();
            for (ix, it) in (from..).zip(run.eligible) {
                let row = it.row as usize;
                let mut ledger = rows.ledger(row);
                ledger.head = JobIx::at(ix);
                ledger.active += active;
                rows.set_ledger(row, ledger);
            }
        }
    });
}

/// Records the releases of which jobs were made.
fn record(cohorts: &mut Cohorts, runs: &[Run<'_>]) {
    for run in runs {
        let released = cohorts[run.cohort].released_mut(run.version);
        run.eligible
            .iter()
            .for_each(|it| released[word_of(it.row as usize)] |= bit_of(it.row as usize));
    }
}
