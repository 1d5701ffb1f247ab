//! Wake-ups: which rows of a cohort a ringing timer makes dirty (SEMANTICS 12).
//!
//! Vocabulary: an *agenda* is what the rows of a cohort wait for: an instant that concerns them all,
//! *rollouts*, each a cursor over the ranks of a wave, and instants of single rows, such as the next
//! attempt of a release. A cohort's timer is the earliest of them.
//!
//! Invariants: evaluating all rows writes the agenda anew, evaluating some leaves what the others
//! wait for; rows and ranks belong to one generation of the cohort, and an agenda of an earlier one
//! wakes every row.
//!
//! Cost: a slot that opens costs its own rows, not the cohort; a row's instant `O(1)` when it is no
//! earlier than those of the rows before, as when all rows wait for the same, else `O(log n)`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::row_set::RowSlice;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::fleet::timers::Timers;

use crate::facts::{CohortWaves, Waves};
use crate::handover::{Rollout, RowWake, Verdicts};

/// What the rows of a cohort wait for.
#[derive(Debug, Default)]
pub struct Agenda {
    generation: u64,
    /// Whether the answer to some row hangs on its place in the rollout order, which shifts as targets come
    /// and go.
    ranked: bool,
    /// Whether checks were left out, so that what they wait for is not in here.
    cut: bool,
    whole: Option<SimTime>,
    rollouts: Vec<Rollout>,
    /// What each row waits for by itself, as far as some row does.
    rows: Vec<SimTime>,
    /// The same as a queue. Instants that rows no longer wait for stay in it until they are first.
    queue: BinaryHeap<Reverse<(SimTime, u32)>>,
}

impl Agenda {
    /// Starts over, for a cohort of which every row was evaluated.
    pub fn restart(&mut self, cohort: &Cohort) {
        self.generation = cohort.generation;
        self.ranked = false;
        self.cut = false;
        self.whole = None;
        self.rollouts.clear();
        self.rows.clear();
        self.queue.clear();
    }

    /// Keeps what other rows than the evaluated ones wait for.
    pub fn resume(&mut self, cohort: &Cohort, evaluated: impl Iterator<Item = usize>) {
        if self.generation != cohort.generation {
            let (ranked, cut, earliest) = (self.ranked, self.cut, self.earliest());
            self.restart(cohort);
            (self.ranked, self.cut, self.whole) = (ranked, cut, earliest);
        }
        if !self.queue.is_empty() {
            for row in evaluated {
                self.rows.get_mut(row).into_iter().for_each(|at| *at = SimTime::NEVER);
            }
        }
    }

    /// Adds what was noted of the evaluated rows.
    pub fn note(&mut self, verdict: &Verdicts) {
        self.ranked |= verdict.ranked;
        self.cut |= verdict.cut;
    }

    /// Whether checks were left out, so that one of them may say something else before the timer rings:
    /// nothing that any row gets hangs on it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether the answer to some row hangs on its place in the rollout order.
    #[must_use]
    pub fn is_ranked(&self) -> bool {
        self.ranked
    }

    /// Wakes every row at `at`.
    pub fn wake_all(&mut self, at: SimTime) {
        self.whole = Some(self.whole.map_or(at, |whole| whole.min(at)));
    }

    /// Follows rollouts, but for those that are followed already. O(n log n) in all that are followed.
    pub fn follow(&mut self, rollouts: &[Rollout]) {
        self.rollouts.extend_from_slice(rollouts);
        // Sorting is stable: of the same, the one that was followed before is kept.
        self.rollouts.sort_by_key(Rollout::identity);
        self.rollouts.dedup_by_key(|rollout| rollout.identity());
    }

    /// Wakes one row.
    pub fn wake_row(&mut self, RowWake { row, at }: RowWake) {
        let slot = row as usize;
        if self.rows.len() <= slot {
            self.rows.resize(slot + 1, SimTime::NEVER);
        }
        if at < self.rows[slot] {
            self.rows[slot] = at;
            self.queue.push(Reverse((at, row)));
        }
        // Evaluating a row again and again must not fill the queue with what it waited for.
        if self.queue.len() > 2 * self.rows.len() {
            let waits = (0..).zip(&self.rows).filter(|&(_, &at)| at != SimTime::NEVER);
            self.queue = waits.map(|(row, &at)| Reverse((at, row))).collect();
        }
    }

    /// The earliest instant of all.
    #[must_use]
    pub fn earliest(&mut self) -> Option<SimTime> {
        let row = self.first_row().map(|wake| wake.at);
        let rollouts = self.rollouts.iter().map(Rollout::next);
        rollouts.chain(self.whole).chain(row).min()
    }

    /// The row that waits for the earliest instant, of those that wait by themselves.
    fn first_row(&mut self) -> Option<RowWake> {
        while let Some(&Reverse((at, row))) = self.queue.peek() {
            if self.rows[row as usize] == at {
                return Some(RowWake { row, at });
            }
            self.queue.pop();
        }
        None
    }

    /// Gives the rows that are due at `now` to `wake`, and forgets their instants. `None` stands for
    /// every row; the agenda must then be written anew.
    fn take_due(
        &mut self,
        now: SimTime,
        cohort: &Cohort,
        waves: &CohortWaves,
        wake: &mut dyn FnMut(Option<u32>),
    ) {
        if self.generation != cohort.generation || self.whole.is_some_and(|at| at <= now) {
            return wake(None);
        }
        while let Some(RowWake { row, .. }) = self.first_row().filter(|wake| wake.at <= now) {
            self.rows[row as usize] = SimTime::NEVER;
            wake(Some(row));
        }
        for rollout in &mut self.rollouts {
            let opened = rollout.slots.open(rollout.start, now).max(rollout.opened);
            let Some(order) = waves.order(cohort.generation, rollout.version) else {
                return wake(None);
            };
            // A slot says nothing to a row that has a release of the version.
            let released = cohort.released(rollout.version);
            let waits = |row: u32| {
                released.is_none_or(|words| !RowSlice::new(words).contains(row as usize))
            };
            let due = &order[rollout.opened as usize..opened as usize];
            due.iter().filter(|&&row| waits(row)).for_each(|&row| wake(Some(row)));
            rollout.opened = opened;
        }
        self.rollouts.retain(|rollout| rollout.opened < rollout.slots.cohort);
    }
}

/// The agendas of all cohorts, by index; grown as cohorts are evaluated.
#[derive(Debug, Default, Resource)]
pub struct Agendas(IxVec<CohortIx, Agenda>);

impl Agendas {
    /// The agenda of a cohort, if it was ever evaluated.
    #[must_use]
    pub fn get(&self, cohort: CohortIx) -> Option<&Agenda> {
        self.0.get(cohort)
    }

    /// The agenda of a cohort, to write.
    pub fn of(&mut self, cohort: CohortIx) -> &mut Agenda {
        self.0.slot(cohort)
    }
}

/// Policies phase: marks the rows for which a timer rings.
pub fn wake_due(
    clock: Res<Clock>,
    cohorts: Res<Cohorts>,
    waves: Res<Waves>,
    mut timers: ResMut<Timers>,
    mut agendas: ResMut<Agendas>,
    mut dirty: ResMut<Dirty>,
) {
    for ix in timers.take_ringing() {
        let (cohort, agenda) = (&cohorts[ix], agendas.of(ix));
        if cohort.targets == 0 {
            agenda.restart(cohort);
            continue;
        }
        agenda.take_due(clock.0, cohort, &waves.cohorts[ix], &mut |row| match row {
            Some(row) => dirty.mark_row(&cohorts, ix, row),
            None => dirty.mark_cohort(ix),
        });
        // What is marked is evaluated, which sets the timer; of what is not, nothing was due.
        timers.set(ix, agenda.earliest());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handover::Slots;
    use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx, VersionIx};
    use shakedown_engine::fleet::matrix::ShardIx;
    use shakedown_engine::model::RolloutType;

    #[test]
    fn a_rollout_is_followed_once_from_where_it_was() {
        let slots = Slots { cohort: 10, interval: 60, rollout_type: RolloutType::Linear };
        let rollout = |version, opened| Rollout {
            version: VersionIx(version),
            start: SimTime(0),
            slots,
            opened,
        };
        let mut agenda = Agenda::default();
        agenda.restart(&Cohort::new(DeploymentIx(0), EnvironmentIx(0), ShardIx(0)));
        agenda.follow(&[rollout(2, 4), rollout(1, 3)]);
        agenda.follow(&[rollout(1, 0), rollout(2, 0), rollout(3, 5), rollout(3, 5)]);
        assert_eq!(agenda.rollouts, [rollout(1, 3), rollout(2, 4), rollout(3, 5)]);
        assert_eq!(agenda.earliest(), Some(slots.due(SimTime(0), 3)));
    }

    #[test]
    fn a_row_waits_for_its_earliest_instant_until_it_is_evaluated() {
        let cohort = Cohort::new(DeploymentIx(0), EnvironmentIx(0), ShardIx(0));
        let waves = CohortWaves::default();
        let mut agenda = Agenda::default();
        agenda.restart(&cohort);
        let wake = |row, at| RowWake { row, at: SimTime(at) };
        let due = |agenda: &mut Agenda, now| {
            let mut rows = Vec::new();
            agenda.take_due(SimTime(now), &cohort, &waves, &mut |row| rows.push(row));
            rows
        };
        for it in [wake(3, 50), wake(1, 40), wake(3, 30), wake(3, 60)] {
            agenda.wake_row(it);
        }
        assert_eq!(agenda.earliest(), Some(SimTime(30)));
        assert_eq!(due(&mut agenda, 45), [Some(3), Some(1)]);
        assert_eq!(agenda.earliest(), None);

        [wake(1, 70), wake(2, 80)].into_iter().for_each(|it| agenda.wake_row(it));
        for _ in 0..100 {
            agenda.resume(&cohort, [1].into_iter());
            agenda.wake_row(wake(1, 90));
        }
        assert!(agenda.queue.len() <= 2 * agenda.rows.len(), "{:?}", agenda.queue);
        assert_eq!(agenda.earliest(), Some(SimTime(80)));
        assert_eq!(due(&mut agenda, 100), [Some(2), Some(1)]);
        agenda.wake_row(wake(0, i64::MAX));
        assert_eq!(agenda.earliest(), None);
    }
}
