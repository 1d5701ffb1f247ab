//! Timers: when time alone may change what a cohort's targets get (SEMANTICS 12).
//!
//! Vocabulary: a cohort's timer is the earliest instant at which any of its targets may change; a
//! rollout of 3,000 slots is one timer that moves, not 3,000. A timer that is due *rings*; which of
//! the cohort's targets it concerns is decided by whoever set it.
//!
//! Invariant: a timer may ring too early, never too late: reconciling in vain changes nothing.

use std::collections::BTreeSet;

use bevy_ecs::resource::Resource;

use crate::base::ids::CohortIx;
use crate::base::ix_vec::IxVec;
use crate::base::time::SimTime;

/// The timers of all cohorts.
#[derive(Debug, Default, Resource)]
pub struct Timers {
    queue: BTreeSet<(SimTime, CohortIx)>,
    by_cohort: IxVec<CohortIx, Option<SimTime>>,
    ringing: Vec<CohortIx>,
}

impl Timers {
    /// Sets or clears a cohort's timer; at [`SimTime::NEVER`] it rings as little as without.
    pub fn set(&mut self, cohort: CohortIx, at: Option<SimTime>) {
        let at = at.and_then(SimTime::ever);
        let known = std::mem::replace(self.by_cohort.slot(cohort), at);
        if known == at {
            return;
        }
        if let Some(known) = known {
            self.queue.remove(&(known, cohort));
        }
        if let Some(at) = at {
            self.queue.insert((at, cohort));
        }
    }

    /// A cohort's timer.
    #[must_use]
    pub fn get(&self, cohort: CohortIx) -> Option<SimTime> {
        self.by_cohort.get(cohort).copied().flatten()
    }

    /// The earliest timer of all.
    #[must_use]
    pub fn next(&self) -> Option<SimTime> {
        self.queue.first().map(|&(at, _)| at)
    }

    /// Lets the timers due at or before `now` ring; they are no longer set.
    pub(crate) fn ring(&mut self, now: SimTime) {
        while let Some(&(at, cohort)) = self.queue.first().filter(|(at, _)| *at <= now) {
            self.queue.remove(&(at, cohort));
            self.by_cohort[cohort] = None;
            self.ringing.push(cohort);
        }
        self.ringing.sort_unstable();
    }

    /// Whether some timer rings.
    pub(crate) fn is_ringing(&self) -> bool {
        !self.ringing.is_empty()
    }

    /// The cohorts whose timers are due at or before `now`.
    pub(crate) fn due(&self, now: SimTime) -> impl Iterator<Item = CohortIx> + '_ {
        self.queue.iter().take_while(move |(at, _)| *at <= now).map(|&(_, cohort)| cohort)
    }

    /// Forgets who rang and was not heard.
    pub(crate) fn hush(&mut self) {
        self.ringing.clear();
    }

    /// Takes the cohorts whose timer rings, in cohort order.
    pub fn take_ringing(&mut self) -> Vec<CohortIx> {
        std::mem::take(&mut self.ringing)
    }
}
