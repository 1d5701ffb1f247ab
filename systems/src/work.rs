//! The work of one reconcile: its dirty cohorts in row order, and slices of columns for each.
//!
//! Invariant: cohorts never share rows, so the columns of a table can be cut into one slice per
//! cohort and worked on in parallel.

use std::ops::Range;

use bevy_ecs::resource::Resource;
use shakedown_engine::dirty::Dirty;
use shakedown_engine::ids::CohortIx;
use shakedown_engine::target::{Cohorts, Key, ShardIx};
use shakedown_engine::time::SimTime;

use crate::policies::{ReasonRows, Verdicts};
use crate::wake::RowWake;

/// What the phases of a reconcile hand to each other. Lists are parallel to `cohorts`.
#[derive(Debug, Default, Resource)]
pub struct Work {
    /// The dirty cohorts by (shard, first row).
    pub cohorts: Vec<CohortIx>,
    /// Where the rows of each are.
    pub ranges: Vec<(ShardIx, Range<usize>)>,
    /// What each cohort's policies say; longer than `cohorts` when earlier work was larger.
    pub verdicts: Vec<Verdicts>,
    /// The rows of each that get a job now; longer than `cohorts` when earlier work was larger.
    pub eligible: Vec<Vec<Eligible>>,
    /// When the next attempts of rows of each are due.
    pub retries: Vec<Vec<RowWake>>,
    /// Why rows of each get no job, policies aside; longer than `cohorts` when earlier work was
    /// larger.
    pub outcomes: Vec<ReasonRows>,
    /// Rows in use in all dirty cohorts.
    pub rows: usize,
}

/// A target that gets a job now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eligible {
    /// Row in the cohort.
    pub row: u32,
    /// Position of the desired version in the candidate list.
    pub candidate: u32,
    /// 1-based number of the job among those of its release.
    pub attempt: u32,
    /// When the release record was made; unset if this job makes it.
    pub released_at: SimTime,
}

impl Work {
    /// Collects the dirty cohorts that have targets.
    pub fn collect(&mut self, dirty: &Dirty, cohorts: &Cohorts) {
        let has_targets = |cohort: &CohortIx| cohorts[*cohort].targets > 0;
        self.cohorts.clear();
        self.cohorts.extend(dirty.cohorts().iter().copied().filter(has_targets));
        self.cohorts.sort_unstable_by_key(|&it| (cohorts[it].shard, cohorts[it].start));
        self.ranges.clear();
        self.ranges.extend(self.cohorts.iter().map(|&it| (cohorts[it].shard, cohorts[it].rows())));
        self.rows = self.ranges.iter().map(|(_, rows)| rows.len()).sum();
        let len = self.cohorts.len();
        if self.verdicts.len() < len {
            self.verdicts.resize_with(len, Verdicts::default);
            self.eligible.resize_with(len, Vec::new);
            self.outcomes.resize_with(len, ReasonRows::default);
        }
    }

    /// Whether the rows are many enough to share among threads: handing over costs 30 to 80 us,
    /// phases cost 2 to 10 ns per row.
    #[must_use]
    pub fn is_parallel(&self) -> bool {
        self.rows >= MIN_PARALLEL_ROWS && self.cohorts.len() > 1
    }
}

/// Rows from which threads pay.
const MIN_PARALLEL_ROWS: usize = 16_384;

/// The shard of a table, known from any of its rows.
#[must_use]
pub fn shard_of(keys: &[Key], cohorts: &Cohorts) -> Option<ShardIx> {
    keys.first().map(|key| cohorts[key.cohort].shard)
}

/// Cuts a column into one slice per range.
///
/// - `tables`: the column of each table that exists, in any order.
/// - `ranges`: by (shard, first row), disjoint.
///
/// # Panics
/// When a range lies outside its table: rows and cohorts out of step.
pub fn carve<'a, T>(
    tables: impl Iterator<Item = (ShardIx, &'a mut [T])>,
    ranges: &[(ShardIx, Range<usize>)],
) -> Vec<&'a mut [T]> {
    let mut tables: Vec<(ShardIx, &mut [T])> = tables.collect();
    tables.sort_unstable_by_key(|&(shard, _)| shard);
    let mut tables = tables.into_iter();
    let mut current: Option<(ShardIx, &'a mut [T], usize)> = None;
    let mut slices = Vec::with_capacity(ranges.len());
    for (shard, rows) in ranges {
        let (table_shard, table, taken) = match current.take() {
            Some(open) if open.0 == *shard => open,
            _ => {
                let table = tables.find(|(it, _)| it == shard).expect("every shard has a table");
                (table.0, table.1, 0)
            }
        };
        let (_, rest) = table.split_at_mut(rows.start - taken);
        let (slice, rest) = rest.split_at_mut(rows.len());
        slices.push(slice);
        current = Some((table_shard, rest, rows.end));
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carving_gives_each_range_its_rows() {
        let (mut a, mut b): (Vec<u32>, Vec<u32>) = ((0..10).collect(), (100..105).collect());
        let tables = [(ShardIx(7), &mut b[..]), (ShardIx(3), &mut a[..])];
        let ranges =
            [(ShardIx(3), 1..3), (ShardIx(3), 3..3), (ShardIx(3), 5..10), (ShardIx(7), 0..2)];
        let slices = carve(tables.into_iter(), &ranges);
        let expected: [&[u32]; 4] = [&[1, 2], &[], &[5, 6, 7, 8, 9], &[100, 101]];
        assert_eq!(slices, expected);
    }
}
