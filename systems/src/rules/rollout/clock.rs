//! The clock of a rollout: when it starts for the rows of a scope (SEMANTICS 8.5).

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
        closing: &mut Closing<'_>,
    ) -> Starts {
        *self.0.get_or_insert_with(|| {
            let base = rollout_start(judge, scope, |at| closing.wake(at)).ok()?;
            Some((base, delayed_start(judge, scope, base)))
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

/// When the clock of a rollout that could start at `base` starts for the rows of a scope that have a
/// current release: rules delay it, each from the base. For other rows it starts at `base`.
pub(super) fn delayed_start(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    scope: Scope<'_>,
    base: SimTime,
) -> SimTime {
    let delayed = judge.checks(scope).filter_map(|(policy, RuleCheck { rule, check, .. })| {
        let delayed = check.delays_rollouts(base)?;
        let mut waivers = judge.waivers_of(scope, policy, rule, check.waiver_type());
        waivers.next().is_none().then_some(delayed)
    });
    delayed.fold(base, SimTime::max)
}
