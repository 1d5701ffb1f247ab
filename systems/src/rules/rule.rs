//! What every rule offers.

use bevy_ecs::world::World;
use shakedown_engine::base::ids::EnvironmentIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::{Environment, PolicyRule, WaiverType};
use shakedown_engine::select::AttributePath;

use super::answers::{Foreseen, Keep, Misfit, Needs, Start};
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject};
use super::judge::Asked;
use super::oddity::Oddity;
use super::result::CheckResult;
use super::surroundings::Surroundings;
use crate::facts::SuccessFacts;

/// A rule: how its member becomes a check, and what the check says.
pub trait Rule: Sized {
    /// The member of a policy's rule that asks for the check.
    type Member;
    /// What the check keeps of a cohort from one candidate to the next; `()` for nothing.
    type Kept: Keep;
    /// What the check finds once per cohort and candidate, entered anew with each; `()` for nothing.
    type Memo: Keep;
    /// What a bypass calls it.
    const WAIVER_TYPE: WaiverType;

    /// The member, if a rule has it.
    fn member(rule: &PolicyRule) -> Option<&Self::Member>;

    /// Compiles a member that was validated.
    fn compile(member: &Self::Member, compiling: &mut Compiling<'_>) -> Self;

    /// Asks for what decoding cannot tell, before a policy is stored.
    ///
    /// # Errors
    /// What is wrong, and with which field.
    fn validate(_member: &Self::Member) -> Result<(), Misfit> {
        Ok(())
    }

    /// What is probably a mistake, in words to go after "rule `r1`".
    fn oddities(_world: &World, _member: &Self::Member) -> Vec<Oddity> {
        Vec::new()
    }

    /// What the check reads besides the candidate, its approvals and its waivers.
    fn reads(&self) -> Needs<'_> {
        Needs::default()
    }

    /// What the successes of a version, made at `created_at`, in an environment let the check foresee; `None`
    /// if it looks at them otherwise.
    fn foresees(
        &self,
        _environment: EnvironmentIx,
        _facts: SuccessFacts<'_>,
        _created_at: SimTime,
    ) -> Option<Foreseen> {
        None
    }

    /// Makes the check quick to ask at `now`.
    fn turn_to(&mut self, _now: SimTime) {}

    /// Looks at an environment that came, changed or went; at each that there is, once compiled.
    fn look_at(&mut self, _ix: EnvironmentIx, _environment: Option<&Environment>) {}

    /// The columns of resources that make the check quick.
    fn columns(&self) -> &[AttributePath] {
        &[]
    }

    /// Since when the check lets the clock of a rollout start; `None` if it has no part in that
    /// (SEMANTICS 8.5).
    fn starts_rollouts(
        &self,
        _asked: Asked<'_, impl Surroundings, impl PolicyRows>,
    ) -> Option<Start> {
        None
    }

    /// When the clock of a rollout that could start at `base` starts for targets that have a
    /// current release; `None` if the check has no part in that (SEMANTICS 8.5).
    fn delays_rollouts(&self, _base: SimTime) -> Option<SimTime> {
        None
    }

    /// Closes the rows of the scope that may not have the candidate.
    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        kept: &mut Self::Kept,
    );

    /// What the check says to one target.
    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult;
}
