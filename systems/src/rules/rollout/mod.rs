//! Gradual rollout (`gradualRollout`): one target of a cohort after another (SEMANTICS 8.5).
//!
//! Vocabulary: a *cohort* is the targets of one deployment in one environment; a *rank* is a
//! target's position in its rollout order; a *slot* is the instant at which a position opens.
//!
//! Invariant: ranks are computed once per (cohort, version).

mod clock;
mod slot;

use serde_json::json;
use shakedown_engine::base::row_set::{bit_of, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::{Cohort, PolicyRows};
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{GradualRollout, PolicyRule, RolloutType, WaiverType};

use self::clock::{Delays, StartKept};
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject};
use super::judge::{Asked, Judge, Scope};
use super::result::{CheckResult, time};
use super::rule::Rule;
use super::surroundings::Surroundings;
use crate::facts::RankRows;
use crate::handover::{Rollout as Cursor, Slots};

pub use slot::{Slot, slots};

/// A rollout rule, compiled.
#[derive(Debug, Clone)]
pub struct Rollout {
    /// Seconds.
    interval: u32,
    /// How a position becomes an offset.
    rollout_type: RolloutType,
    delays: Delays,
}

impl Rule for Rollout {
    type Member = GradualRollout;
    type Kept = StartKept;
    type Memo = ();
    const WAIVER_TYPE: WaiverType = WaiverType::GradualRollout;

    fn member(rule: &PolicyRule) -> Option<&GradualRollout> {
        rule.gradual_rollout.as_ref()
    }

    fn compile(member: &GradualRollout, compiling: &mut Compiling<'_>) -> Self {
        let interval = member.time_scale_interval.unsigned_abs();
        let delays = Delays::new(compiling.dialect.windows_chain);
        Self { interval, rollout_type: member.rollout_type, delays }
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        kept: &mut StartKept,
    ) {
        let Asked { judge, scope, .. } = asked;
        let slots = self.slots(judge.cohort.targets);
        let Some((base, start)) = kept.starts(judge, scope, &self.delays, closing) else {
            closing.close_unreleased(judge, scope, Reason::RolloutNotStarted, |_| 0);
            return;
        };
        if closing.concerns(scope, |word| !judge.released_word(word)) {
            closing.ranks();
        }
        if start == base {
            open_slots(judge, slots, scope, (base, |_| u64::MAX), closing);
        } else {
            let (first, later) =
                (|word| !judge.current_word(word), |word| judge.current_word(word));
            open_slots(judge, slots, scope, (base, first), closing);
            open_slots(judge, slots, scope, (start, later), closing);
        }
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult {
        let slots = self.slots(asked.judge.cohort.targets);
        match slot::slot(exam, subject, slots, &self.delays) {
            Slot::Released => {
                let release_id = exam.release(subject).map(|(_, id)| id);
                let params = json!({ "releaseId": release_id });
                CheckResult::allowed(Pass::RolloutAlreadyReleased, params)
            }
            Slot::NotStarted(waiting) => {
                let kinds = waiting.iter().map(|kind| kind.name());
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
                let reworded = slot::moves(exam, subject, &self.delays, start);
                if asked.judge.now < at {
                    let waiting = CheckResult::blocked(Reason::RolloutWaiting, params);
                    return CheckResult { next: at.ever(), reworded, ..waiting };
                }
                CheckResult { reworded, ..CheckResult::allowed(Pass::RolloutDue, params) }
            }
        }
    }
}

impl Rollout {
    fn slots(&self, cohort: u32) -> Slots {
        let Self { interval, rollout_type, .. } = *self;
        Slots { cohort, interval, rollout_type }
    }
}

/// Closes the rows of a scope whose slot is not open, among those whose clock starts then.
fn open_slots(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    slots: Slots,
    scope: Scope<'_>,
    (start, among): (SimTime, impl Fn(usize) -> u64),
    closing: &mut Closing<'_>,
) {
    let Judge { cohort, candidate, .. } = judge;
    let opened = slots.open(start, judge.now);
    let nobody = closing.words().all(|word| scope.word(word) & among(word) == 0);
    if nobody || opened == cohort.targets {
        return; // and nobody's rank matters
    }
    let used = cohort.used() as usize;
    let Cohort { generation, targets, .. } = **cohort;
    let rows = RankRows { generation, live: &cohort.live, targets, used };
    // Borrowed apart, because closing reads the open rows while it writes others.
    let mut waves = std::mem::take(closing.waves);
    let open = waves.open_rows(
        rows,
        candidate.version,
        opened,
        |hashes| judge.key_hashes(hashes),
        |targets| candidate.continue_hashes(targets),
        |a, b| judge.precedes(a, b),
    );
    let spared = |word: usize| open[word] | !among(word);
    closing.close_unreleased(judge, scope, Reason::RolloutWaiting, spared);
    let version = candidate.version;
    if scope.resource.is_none() {
        closing.follow(Cursor { version, start, slots, opened });
    } else {
        // A row under waivers of its own has a clock of its own.
        let order = waves.order(cohort.generation, version).unwrap_or_default();
        for (rank, &row) in (0..).zip(order).skip(opened as usize) {
            let (word, bit) = (word_of(row as usize), bit_of(row as usize));
            if scope.word(word) & among(word) & bit != 0 {
                closing.wake_row(row, slots.due(start, rank));
            }
        }
    }
    *closing.waves = waves;
}
