//! The work of one reconcile: its dirty cohorts in row order, and what each phase found of them.

use std::ops::Range;

use bevy_ecs::resource::Resource;
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohorts, ShardIx};

use super::outcomes::Outcomes;
use super::verdicts::Verdicts;
use super::wakes::RowWake;

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
    /// Where rows of each stand, and why they get no job, policies aside; longer than `cohorts` when
    /// earlier work was larger.
    pub outcomes: Vec<Outcomes>,
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
            self.outcomes.resize_with(len, Outcomes::default);
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
