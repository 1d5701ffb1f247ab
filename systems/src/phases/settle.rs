//! Settle phase: the reconcile is over; forgets what was dirty.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::fleet::dirty::{Dirty, DirtyRows};
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::timers::Timers;

use super::wake::Agendas;
use crate::handover::Work;
use crate::rules::RuleBook;

/// Sets the timers and clears the dirty set. Where a check reads a target's own
/// jobs, a target that got one is looked at once more; not if the job is of the newest version, which
/// no check keeps back on account of itself.
pub fn settle(
    cohorts: Res<Cohorts>,
    work: Res<Work>,
    book: Res<RuleBook>,
    mut timers: ResMut<Timers>,
    mut agendas: ResMut<Agendas>,
    mut dirty: ResMut<Dirty>,
) {
    for (at, &cohort) in work.cohorts.iter().enumerate() {
        let (agenda, verdict) = (agendas.of(cohort), &work.verdicts[at]);
        if dirty.rows(cohort).is_none_or(DirtyRows::is_all) {
            agenda.restart(&cohorts[cohort]);
        } else {
            agenda.resume(&cohorts[cohort], verdict.rows().rows());
        }
        agenda.note(verdict);
        verdict.next.into_iter().for_each(|at| agenda.wake_all(at));
        agenda.follow(&verdict.rollouts);
        let row_wakes = verdict.row_wakes.iter().chain(&work.retries[at]);
        row_wakes.for_each(|&wake| agenda.wake_row(wake));
        timers.set(cohort, agenda.earliest());
    }
    dirty.clear();
    if book.has(|check| check.reads().own_jobs) {
        for (&cohort, created) in work.cohorts.iter().zip(&work.eligible) {
            for it in created.iter().filter(|it| it.candidate > 0) {
                dirty.mark_row(&cohorts, cohort, it.row);
            }
        }
    }
}
