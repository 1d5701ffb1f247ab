//! The slot that a rollout rule gives to one target (SEMANTICS 8.5).

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;

use super::clock::{Delays, WaitingFor, rollout_start};
use crate::handover::Slots;
use crate::rules::Check;
use crate::rules::RuleCheck;
use crate::rules::examination::{Examination, Subject};
use crate::rules::judge::{Asked, Judge};
use crate::rules::surroundings::Surroundings;

/// What a rollout rule says to a target.
#[derive(Debug, Clone)]
pub enum Slot {
    /// It has a release of the version.
    Released,
    /// The clock has not started, for want of checks of these kinds that hold.
    NotStarted(WaitingFor),
    /// Its slot opens at an instant, or did.
    Due {
        /// Its rank in the cohort.
        position: u32,
        /// When the clock started.
        start: SimTime,
        /// When the slot opens.
        at: SimTime,
    },
}

/// What each rollout rule says to a target; `None` for a waived one.
pub fn slots<S: Surroundings, R: PolicyRows>(
    exam: &Examination<'_, S, R>,
    subject: &Subject<'_>,
) -> impl Iterator<Item = Option<Slot>> {
    exam.judge.checks(subject.scope()).filter_map(move |(policy, it)| {
        let Check::Rollout(rule) = &it.check else { return None };
        let is_waived = exam.waived(subject, policy, &it.rule, it.check.waiver_type()).is_some();
        let slots = rule.slots(exam.judge.cohort.targets);
        Some((!is_waived).then(|| slot(exam, subject, slots, &rule.delays)))
    })
}

/// When time alone moves the start of a clock. Of rules that have a part in it and are waived nothing else is
/// told that would say so.
pub(super) fn moves<S: Surroundings, R: PolicyRows>(
    exam: &Examination<'_, S, R>,
    subject: &Subject<'_>,
    delays: &Delays,
    start: SimTime,
) -> Option<SimTime> {
    let (judge, scope) = (&exam.judge, subject.scope());
    let is_hidden = judge.checks(scope).any(|(policy, RuleCheck { rule, number, check })| {
        let has_part = check.starts_rollouts(Asked { judge, scope, number: *number }).is_some();
        has_part && judge.waivers_of(scope, policy, rule, check.waiver_type()).next().is_some()
    });
    if !is_hidden {
        return None;
    }
    let mut at = judge.now;
    loop {
        let mut wake: Option<SimTime> = None;
        rollout_start(&judge.at(at), scope, |it| wake = wake.into_iter().chain([it]).min()).ok();
        at = wake.filter(|&it| it > at)?.ever()?;
        let then = judge.at(at);
        let base = rollout_start(&then, scope, |_| ()).ok();
        let moved = base.map(|base| started(&then, subject, delays, base));
        if moved != Some(start) {
            return Some(at);
        }
    }
}

/// When the clock starts for a target, if it starts at `base` for those without a current release.
fn started<S: Surroundings, R: PolicyRows>(
    judge: &Judge<'_, S, R>,
    subject: &Subject<'_>,
    delays: &Delays,
    base: SimTime,
) -> SimTime {
    if judge.has_current(subject.row) { delays.start(judge, subject.scope(), base) } else { base }
}

pub(super) fn slot<S: Surroundings, R: PolicyRows>(
    exam: &Examination<'_, S, R>,
    subject: &Subject<'_>,
    slots: Slots,
    delays: &Delays,
) -> Slot {
    if exam.judge.is_released(subject.row) {
        return Slot::Released;
    }
    match rollout_start(&exam.judge, subject.scope(), |_| ()) {
        Err(waiting) => Slot::NotStarted(waiting),
        Ok(base) => {
            let start = started(&exam.judge, subject, delays, base);
            let position = exam.position(subject.row);
            Slot::Due { position, start, at: slots.due(start, position) }
        }
    }
}
