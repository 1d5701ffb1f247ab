//! The clock of a rollout: when it starts for the rows of a scope (SEMANTICS 8.5).

use std::collections::VecDeque;
use std::sync::Mutex;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::WaiverType;
use smallvec::SmallVec;

use crate::rules::answers::{Keep, Start};
use crate::rules::closing::Closing;
use crate::rules::judge::{Asked, Judge, Scope};
use crate::rules::rulebook::RuleCheck;
use crate::rules::surroundings::Surroundings;

/// What keeps a clock from starting: the kinds of rule that are present, none of which holds or is
/// waived, in report order.
pub(super) type WaitingFor = SmallVec<[WaiverType; 2]>;

/// When rollouts start in a scope: for rows without a current release, and for those with one; `None`
/// while a rule that must hold first does not.
type Starts = Option<(SimTime, SimTime)>;

/// The starts in the scope asked last, found once, because finding them asks every rule.
#[derive(Debug, Default)]
pub struct StartKept(Option<Starts>);

impl Keep for StartKept {
    fn enter(&mut self) {
        self.0 = None;
    }
}

impl StartKept {
    pub(super) fn starts(
        &mut self,
        judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
        scope: Scope<'_>,
        delays: &Delays,
        closing: &mut Closing<'_>,
    ) -> Starts {
        *self.0.get_or_insert_with(|| {
            let base = rollout_start(judge, scope, |at| closing.wake(at)).ok()?;
            Some((base, delays.start(judge, scope, base)))
        })
    }
}

/// When the clock of a scope starts: the latest moment at which a rule of some kind that has a part in
/// it began to hold or was waived, or the version's creation if there is none. `wake` takes the
/// instants at which time alone may change that.
///
/// # Errors
/// While no rule of a kind holds.
pub(super) fn rollout_start(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    scope: Scope<'_>,
    mut wake: impl FnMut(SimTime),
) -> Result<SimTime, WaitingFor> {
    let created_at = judge.candidate.created_at;
    // Per kind: `None` while none of its rules holds.
    let mut kinds: SmallVec<[(WaiverType, Option<SimTime>); 2]> = SmallVec::new();
    for (policy, RuleCheck { rule, number, check }) in judge.checks(scope) {
        let asked = Asked { judge, scope, number: *number };
        let Some(Start { since, wake: again }) = check.starts_rollouts(asked) else { continue };
        again.into_iter().for_each(&mut wake);
        let kind = check.waiver_type();
        let mut waivers = judge.waivers_of(scope, policy, rule, kind);
        let waived = waivers.next().map(|it| it.created_at.max(created_at));
        let moment = since.into_iter().chain(waived).min();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = (*known).max(moment),
            None => kinds.push((kind, moment)),
        }
    }
    let waiting = kinds.iter().filter(|(_, moment)| moment.is_none()).map(|&(kind, _)| kind);
    let mut waiting: WaitingFor = waiting.collect();
    if !waiting.is_empty() {
        waiting.sort_unstable();
        return Err(waiting);
    }
    Ok(kinds.iter().filter_map(|&(_, moment)| moment).max().unwrap_or(created_at))
}

/// How rules delay rollouts: when the clock of one that could start at some base starts for rows that
/// have a current release. For other rows it starts at the base.
#[derive(Debug)]
pub(super) struct Delays {
    /// Whether it starts when no rule delays it any more, and at the base if there is no such instant
    /// (T11). Else each rule delays it by itself, from the base.
    together: bool,
    /// What was found lately, newest first, because cohorts have versions and rules in common; it
    /// changes no answer.
    known: Mutex<VecDeque<Known>>,
}

/// A start that was found.
#[derive(Debug)]
struct Known {
    /// The numbers of the checks that have a part in it.
    checks: SmallVec<[u32; 4]>,
    base: SimTime,
    start: SimTime,
}

/// How many are kept: a start for each of the versions that usually roll out at a time, under some
/// different rules.
const KEPT: usize = 16;

/// So many times a start is moved until all rules let it: beyond a year if there is one move a day,
/// some milliseconds.
const MOST_MOVES: usize = 1_000;

impl Clone for Delays {
    fn clone(&self) -> Self {
        Self::new(self.together)
    }
}

impl Delays {
    pub(super) fn new(together: bool) -> Self {
        Self { together, known: Mutex::default() }
    }

    /// When the clock starts for the rows of a scope that have a current release.
    pub(super) fn start(
        &self,
        judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
        scope: Scope<'_>,
        base: SimTime,
    ) -> SimTime {
        let delaying = judge.checks(scope).filter(|(policy, RuleCheck { rule, check, .. })| {
            check.delays_rollouts(base).is_some()
                && judge.waivers_of(scope, *policy, rule, check.waiver_type()).next().is_none()
        });
        let checks: SmallVec<[&RuleCheck; 4]> = delaying.map(|(_, it)| it).collect();
        let delayed = |from: SimTime| {
            checks.iter().filter_map(|it| it.check.delays_rollouts(from)).fold(from, SimTime::max)
        };
        let first = delayed(base);
        if first == base || !self.together {
            return first;
        }
        let mut known = self.known.lock().expect("asking rules does not panic");
        let numbers = || checks.iter().map(|it| it.number);
        if let Some(it) =
            known.iter().find(|it| it.base == base && it.checks.iter().copied().eq(numbers()))
        {
            return it.start;
        }
        let mut at = first;
        let found = (0..MOST_MOVES).find_map(|_| {
            let from = at;
            at = delayed(from);
            (from == at).then_some(at)
        });
        let start = found.and_then(SimTime::ever).unwrap_or(base);
        known.truncate(KEPT - 1);
        known.push_front(Known { checks: numbers().collect(), base, start });
        start
    }
}
