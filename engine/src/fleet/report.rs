//! What a call to a fleet caused, in numbers.

use std::ops::Range;

use bevy_ecs::resource::Resource;

use crate::base::ids::{JobIx, ResourceIx};
use crate::fleet::matrix::State;
use crate::fleet::phase::Phase;
use crate::fleet::schedule::Reading;
use crate::model::reason::Reason;

/// What a call to a fleet caused: one reconcile, or several, at the instants of timers and of events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Resource)]
pub struct Report {
    /// Passes: how often the phases ran, those in vain included.
    pub passes: u64,
    /// Targets reconciled; one that several passes looked at counts in each.
    pub targets: u64,
    /// Targets that came into being.
    pub added: u64,
    /// Targets that vanished.
    pub removed: u64,
    /// Jobs that were cancelled because their targets vanished.
    pub jobs_cancelled: u64,
    /// Resources that a provider stated and that were left alone, as they belong to another one.
    pub skipped: Vec<ResourceIx>,
    /// Jobs created.
    pub jobs_created: u64,
    /// Which: as many as were created.
    pub jobs: JobRanges,
    /// Reconciled targets by the state they were then in, in declaration order of [`State`].
    pub states: [u64; State::ALL.len()],
    /// Reconciled targets by reason, in bit order; a target with two reasons counts in both.
    pub reasons: [u64; Reason::COUNT],
    /// Reconciled targets that a reason holds back now and did not before, in bit order.
    pub gained: [u64; Reason::COUNT],
    /// Reconciled targets that a reason held back before and does not now, in bit order. Targets that
    /// vanished are not among them.
    pub lost: [u64; Reason::COUNT],
    /// Cost of each phase, in phase order, over all passes; zero without a gauge.
    pub phases: [Reading; Phase::ALL.len()],
}

/// Jobs that a call created, by ranges of the table of jobs. As jobs are only ever added, there is one
/// range, unless recorded jobs were taken in between two instants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobRanges {
    first: Range<usize>,
    others: Vec<Range<usize>>,
}

impl JobRanges {
    /// What was added to a table of jobs that was so long before and is so long now.
    pub(crate) const fn between(start: usize, end: usize) -> Self {
        let first = if start == end { 0..0 } else { start..end };
        Self { first, others: Vec::new() }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges().map(|it| it.end - it.start).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Their places in the table of jobs, in the order of creation; none of the ranges is empty.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        std::iter::once(&self.first).chain(&self.others).filter(|it| !it.is_empty()).cloned()
    }

    /// Their indices, in the order of creation.
    pub fn iter(&self) -> impl Iterator<Item = JobIx> + '_ {
        self.ranges().flatten().map(JobIx::at)
    }

    /// Adds what was created later.
    fn add(&mut self, later: &Self) {
        for range in later.ranges() {
            let last = self.others.last_mut().unwrap_or(&mut self.first);
            if last.start == last.end {
                *last = range;
            } else if last.end == range.start {
                last.end = range.end;
            } else {
                self.others.push(range);
            }
        }
    }
}

impl Report {
    /// Goes on with what was caused later.
    pub(crate) fn follow(&mut self, later: Self) {
        match self.passes {
            0 => *self = later,
            _ => self.add(&later),
        }
    }

    /// Adds what was caused later.
    pub fn add(&mut self, later: &Self) {
        let Self { passes, targets, added, removed, jobs_cancelled, skipped, .. } = later;
        self.passes += passes;
        self.targets += targets;
        self.added += added;
        self.removed += removed;
        self.jobs_cancelled += jobs_cancelled;
        self.skipped.extend_from_slice(skipped);
        self.jobs_created += later.jobs_created;
        self.jobs.add(&later.jobs);
        for (own, other) in [
            (&mut self.states[..], &later.states[..]),
            (&mut self.reasons, &later.reasons),
            (&mut self.gained, &later.gained),
            (&mut self.lost, &later.lost),
        ] {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        }
        self.phases.iter_mut().zip(later.phases).for_each(|(own, other)| own.add(other));
    }

    /// Reconciled targets in `state`.
    #[must_use]
    pub const fn in_state(&self, state: State) -> u64 {
        self.states[state as usize]
    }

    /// Reconciled targets that `reason` holds back.
    #[must_use]
    pub const fn held_by(&self, reason: Reason) -> u64 {
        self.reasons[reason as usize]
    }

    /// The reasons that hold targets back, with their numbers, in bit order.
    pub fn held(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        let counts = Reason::ALL.iter().map(|&reason| (reason, self.held_by(reason)));
        counts.filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_jobs_are_joined_where_they_touch() {
        let mut all = JobRanges::default();
        for (start, end) in [(4, 4), (5, 7), (7, 8), (8, 8), (10, 11), (11, 13)] {
            all.add(&JobRanges::between(start, end));
        }
        assert_eq!(all.ranges().collect::<Vec<_>>(), [5..8, 10..13]);
        assert_eq!((all.len(), all.is_empty()), (6, false));
        let slots: Vec<usize> = all.iter().map(|it| it.slot()).collect();
        assert_eq!(slots, [5, 6, 7, 10, 11, 12]);
    }
}
