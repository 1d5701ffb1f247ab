//! Rollout rules in records: which slot a target has, and when it opens (SEMANTICS 8.5).

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::reason::Reason;

use super::examine::{Examined, Subject, time};
use super::result::CheckResult;
use crate::policies::{Check, WaitingFor};
use crate::rollout::Slots;

/// What a rollout rule says to a target.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// It has a release of the version.
    Released,
    /// The clock has not started.
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

impl Examined<'_, '_, '_> {
    /// What each rollout rule says to a target; `None` for a waived one.
    pub(super) fn slots(&self, subject: &Subject<'_>) -> impl Iterator<Item = Option<Slot>> {
        self.judge.checks(subject.scope()).filter_map(move |(policy, it)| {
            let Check::Rollout { interval, rollout_type } = it.check else { return None };
            let slots = Slots { cohort: self.judge.cohort.targets, interval, rollout_type };
            let is_waived = self.waived(subject, policy, it).is_some();
            Some((!is_waived).then(|| self.slot(subject, slots)))
        })
    }

    fn slot(&self, subject: &Subject<'_>, slots: Slots) -> Slot {
        if self.judge.is_released(subject.row) {
            return Slot::Released;
        }
        match self.judge.rollout_start(subject.scope(), |_| ()) {
            Err(waiting) => Slot::NotStarted(waiting),
            Ok(base) => {
                let start = if self.judge.has_current(subject.row) {
                    self.judge.windowed_start(subject.scope(), base)
                } else {
                    base
                };
                let position = self.position(subject.row);
                Slot::Due { position, start, at: slots.due(start, position) }
            }
        }
    }

    /// The result of a rollout rule for a target.
    pub(super) fn rollout(&self, subject: &Subject<'_>, slots: Slots) -> CheckResult {
        match self.slot(subject, slots) {
            Slot::Released => {
                let release_id = self.release(subject).map(|(_, id)| id);
                let params = json!({ "releaseId": release_id });
                CheckResult::allowed("rollout.already_released", params)
            }
            Slot::NotStarted(waiting) => {
                let kinds = [
                    (waiting.approval, "approval"),
                    (waiting.progression, "environmentProgression"),
                ];
                let kinds = kinds.into_iter().filter_map(|(waits, kind)| waits.then_some(kind));
                let params = json!({ "waitingFor": kinds.collect::<Vec<_>>() });
                CheckResult::blocked(Reason::RolloutNotStarted, params)
            }
            Slot::Due { position, start, at } => {
                let params = json!({
                    "position": position,
                    "cohort": slots.cohort,
                    "start": time(start),
                    "due": time(at),
                });
                if self.judge.now < at {
                    let waiting = CheckResult::blocked(Reason::RolloutWaiting, params);
                    return CheckResult { next: at.ever(), ..waiting };
                }
                CheckResult::allowed("rollout.due", params)
            }
        }
    }

    /// The rank of a row's target in the rollout order.
    fn position(&self, row: usize) -> u32 {
        let positions = self.positions.get_or_init(|| {
            let mut positions = vec![0; self.judge.cohort.used() as usize];
            for (position, row) in (0u32..).zip(self.judge.rollout_order()) {
                positions[row as usize] = position;
            }
            positions
        });
        positions[row]
    }
}
