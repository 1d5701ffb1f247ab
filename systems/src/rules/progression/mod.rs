//! Environment progression (`environmentProgression`): a version goes on once it succeeded in an
//! environment upstream (SEMANTICS 8.4).
//!
//! Vocabulary: *upstream* is an environment of a system of the target that the rule selects; a *success* is
//! a completed job of the version on a current target there, with a status that counts.
//!
//! Evaluated once per (scope, environment, version), never per target; the successes are counted as
//! jobs change ([`crate::facts`]).

mod judgement;
#[cfg(test)]
mod tests;
mod upstream;

use std::cell::RefCell;

use bevy_ecs::world::World;
use serde_json::{Value as Json, json};
use shakedown_engine::base::ids::EnvironmentIx;
use shakedown_engine::base::time::{MINUTE, SimTime};
use shakedown_engine::fleet::catalogue::{Registry, items};
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{
    DiagnosticCode, Dialect, Environment, EnvironmentProgression, JobStatus, PolicyRule, WaiverType,
};
use shakedown_engine::select::{Bindings, Selector, SelectorError, Subject};

use self::judgement::{Aging, Failure, Judgement, Progressed};
use self::upstream::{Upstream, UpstreamError};
use super::answers::{Foreseen, Keep, Needs, Start};
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject as Examined};
use super::judge::{Asked, Judge};
use super::oddity::{Failures as Failed, Oddity, counted};
use super::result::{CheckResult, time};
use super::rule::Rule;
use super::surroundings::Surroundings;
use crate::facts::{Candidate, StatusSet, SuccessFacts};

/// A progression rule, compiled.
#[derive(Debug, Clone)]
pub struct Progression {
    /// Which environments are upstream.
    upstream: Upstream,
    /// Millionths of a percent.
    minimum_success: u64,
    /// Which statuses of completed jobs are a success.
    pub statuses: StatusSet,
    /// Nanoseconds, if on.
    soak: Option<i64>,
    /// Hours, if on.
    maximum_age: Option<i32>,
    /// Whether an environment without targets counts as one in which the version succeeded (T1).
    empty_passes: bool,
}

impl Rule for Progression {
    type Member = EnvironmentProgression;
    type Kept = ();
    type Memo = RefCell<Vec<Known>>;
    const WAIVER_TYPE: WaiverType = WaiverType::EnvironmentProgression;

    fn member(rule: &PolicyRule) -> Option<&EnvironmentProgression> {
        rule.environment_progression.as_ref()
    }

    fn compile(member: &EnvironmentProgression, compiling: &mut Compiling<'_>) -> Self {
        Self::new(member, compiling.dialect)
    }

    fn oddities(world: &World, member: &EnvironmentProgression) -> Vec<Oddity> {
        let mut odd = Vec::new();
        if member.success_statuses.as_ref().is_some_and(Vec::is_empty) {
            let what = "waits for successes, but no status counts as one";
            odd.push(Oddity::new(DiagnosticCode::GateWithoutStatus, what, json!({})));
        }
        let (soak, age) = (member.minimum_soak_time_minutes, member.maximum_age_hours);
        if age > 0 && i64::from(soak) > i64::from(age) * 60 {
            let hours = counted(age.unsigned_abs().into(), "hour");
            let what = format!(
                "waits until what succeeded has soaked for {soak} minutes, and wants it to be no older than \
                 {hours}: it lets pass only what succeeds again meanwhile"
            );
            let params = json!({ "minimumSoakTimeMinutes": soak, "maximumAgeHours": age });
            odd.push(Oddity::new(DiagnosticCode::GateOutlived, what, params));
        }
        if member.require_verification_passed {
            let name = "requireVerificationPassed";
            let what = format!("has a member `{name}`, which is not evaluated");
            odd.push(Oddity::new(DiagnosticCode::RuleInert, what, json!({ "member": name })));
        }
        let upstream = Upstream::new(member);
        let selector = match upstream.selector() {
            Ok(selector) => selector,
            Err(error) => {
                odd.push(Oddity::denies(error));
                return odd;
            }
        };
        let (mut any, mut failures) = (false, Failed::default());
        for (_, it) in items::<Environment>(world) {
            let answer = selector.matches(&Bindings::only(Subject::Environment, it));
            any |= answer == Ok(true);
            failures.count(1, || it.id.clone(), answer.err());
        }
        odd.extend(failures.oddity("dependsOnEnvironmentSelector", "environments"));
        if !any {
            let what = "waits for environments, but its selector matches none";
            odd.push(Oddity::new(DiagnosticCode::GateWithoutUpstream, what, json!({})));
        }
        odd
    }

    fn reads(&self) -> Needs<'_> {
        Needs { successes: Some(self.statuses), ..Needs::default() }
    }

    fn foresees(
        &self,
        environment: EnvironmentIx,
        facts: SuccessFacts<'_>,
        created_at: SimTime,
    ) -> Option<Foreseen> {
        if !self.upstream.selects(environment)? {
            return Some(Foreseen { from: SimTime::NEVER, until: SimTime::NEVER });
        }
        let judgement = self.judge(facts, created_at);
        let from = judgement.rate_at.map(|at| judgement.soaked.map_or(at, |end| at.max(end)));
        let until = judgement.lapses().unwrap_or(SimTime::NEVER);
        Some(Foreseen { from: from.unwrap_or(SimTime::NEVER), until })
    }

    fn look_at(&mut self, ix: EnvironmentIx, environment: Option<&Environment>) {
        self.upstream.look_at(ix, environment);
    }

    fn starts_rollouts(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
    ) -> Option<Start> {
        let Progressed { verdict, wake } = self.progressed(asked);
        Some(Start { since: verdict.ok(), wake })
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        (): &mut (),
    ) {
        let Progressed { verdict, wake } = self.progressed(asked);
        wake.into_iter().for_each(|at| closing.wake(at));
        if let Err(reason) = verdict {
            closing.close(asked.scope, reason, |_| 0);
        }
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        _subject: &Examined<'_>,
    ) -> CheckResult {
        let verdict = self.progressed(asked).verdict;
        let known = |memo: &[Known]| {
            memo.iter().find(|it| it.number == asked.number).and_then(|it| it.result.clone())
        };
        let result = known(&asked.judge.memo.progression.borrow());
        result.unwrap_or_else(|| {
            let result = self.result(exam.world, asked.judge, verdict);
            let mut memo = asked.judge.memo.progression.borrow_mut();
            let it = memo.iter_mut().find(|it| it.number == asked.number);
            it.into_iter().for_each(|it| it.result = Some(result.clone()));
            result
        })
    }
}

/// What a rule says of the candidate in the cohort, the same to every target.
#[derive(Debug)]
pub struct Known {
    /// Which check.
    number: u32,
    progressed: Progressed,
    /// The same as a result, once a record asked for it.
    result: Option<CheckResult>,
}

impl Keep for RefCell<Vec<Known>> {
    fn enter(&mut self) {
        self.get_mut().clear();
    }
}

impl Progression {
    /// What the rule says, asked once per (rule, cohort, candidate).
    fn progressed(&self, asked: Asked<'_, impl Surroundings, impl PolicyRows>) -> Progressed {
        let Asked { judge, number, .. } = asked;
        let mut memo = judge.memo.progression.borrow_mut();
        if let Some(known) = memo.iter().find(|it| it.number == number) {
            return known.progressed;
        }
        let mut progressed = Progressed::NO_UPSTREAM;
        let judged = self.each_upstream(judge, &mut |_, judgement| {
            progressed = progressed.or(judgement, judge.now);
        });
        let progressed = judged.map_or(Progressed::SELECTOR_ERROR, |()| progressed);
        memo.push(Known { number, progressed, result: None });
        progressed
    }

    /// Calls `visit` with every upstream environment and what the rule knows of it.
    fn each_upstream(
        &self,
        judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
        visit: &mut dyn FnMut(EnvironmentIx, Judgement),
    ) -> Result<(), UpstreamError> {
        let (cohort, surroundings) = (judge.cohort, judge.surroundings);
        let Candidate { version, created_at, .. } = *judge.candidate;
        for ix in self.upstream.among(|ix| surroundings.is_neighbour(cohort, ix))? {
            let facts = surroundings.successes(cohort.deployment, ix, version, self.statuses);
            visit(ix, self.judge(facts, created_at));
        }
        Ok(())
    }

    fn result(
        &self,
        world: &World,
        judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
        verdict: Result<SimTime, Reason>,
    ) -> CheckResult {
        let now = judge.now;
        let mut upstream = Vec::new();
        let environments = world.resource::<Registry<Environment>>();
        let judged = self.each_upstream(judge, &mut |environment, it| {
            upstream.push((environments.id(environment), it));
        });
        upstream.sort_unstable_by_key(|&(id, _)| id);
        match verdict {
            Ok(since) => {
                let joins = upstream.iter().filter_map(|(_, it)| it.succeeds_at(now)).min();
                upstream.retain(|(_, it)| it.since(now).is_some());
                let ids: Vec<&str> = upstream.iter().map(|&(id, _)| id).collect();
                let met =
                    CheckResult::allowed(Pass::ProgressionMet, json!({ "environments": ids }));
                let valid_until = upstream.iter().filter_map(|(_, it)| it.lapses()).min();
                let valid_until = valid_until.and_then(SimTime::ever);
                CheckResult { valid_until, reworded: joins, ..met.since(since) }
            }
            Err(reason) => {
                let params = match judged {
                    Err(error) => json!({ "error": error.to_string() }),
                    Ok(()) if upstream.is_empty() => json!({}),
                    Ok(()) => {
                        let environments = upstream.iter().map(|(id, it)| {
                            let failures: Vec<Json> = it.failures(now).map(failure).collect();
                            json!({ "environmentId": id, "failures": failures })
                        });
                        json!({ "environments": environments.collect::<Vec<_>>() })
                    }
                };
                let next = upstream.iter().filter_map(|(_, it)| it.soaks_until(now)).min();
                let next = next.and_then(SimTime::ever);
                let reworded = upstream.iter().filter_map(|(_, it)| it.wake(now)).min();
                let reworded = reworded.and_then(SimTime::ever);
                CheckResult { next, reworded, ..CheckResult::blocked(reason, params) }
            }
        }
    }
}

fn failure(failure: Failure) -> Json {
    let code = failure.code();
    match failure {
        Failure::NoTargets => json!({ "code": code }),
        Failure::NotEnoughSuccesses { have, need, targets } => {
            json!({ "code": code, "have": have, "need": need, "targets": targets })
        }
        Failure::Soaking { until } => json!({ "code": code, "until": time(until) }),
        Failure::TooOld { last, max_hours } => {
            json!({ "code": code, "last": time(last), "maxHours": max_hours })
        }
    }
}

impl Progression {
    /// Compiles a rule member.
    #[must_use]
    pub fn new(member: &EnvironmentProgression, dialect: &Dialect) -> Self {
        let on = |amount: i32| (amount > 0).then_some(amount);
        let statuses = member.success_statuses.as_deref();
        Self {
            upstream: Upstream::new(member),
            minimum_success: member.minimum_success,
            statuses: StatusSet::of(statuses.unwrap_or(&[JobStatus::Successful])),
            soak: on(member.minimum_soak_time_minutes)
                .map(|it| i64::from(it).saturating_mul(MINUTE)),
            maximum_age: on(member.maximum_age_hours),
            empty_passes: dialect.empty_upstream_passes,
        }
    }

    /// Selects the environments upstream.
    ///
    /// # Errors
    /// When it cannot compile.
    pub fn selector(&self) -> Result<&Selector, &SelectorError> {
        self.upstream.selector()
    }

    /// Whether an environment without targets lets versions pass (T1).
    #[must_use]
    pub const fn passes_empty(&self) -> bool {
        self.empty_passes
    }

    /// How many of `targets` must have succeeded: at least one, else the share rounded up.
    #[must_use]
    pub fn required(&self, targets: u32) -> usize {
        let share = u128::from(targets) * u128::from(self.minimum_success);
        usize::try_from(share.div_ceil(100_000_000)).unwrap_or(usize::MAX).max(1)
    }

    /// Judges one upstream environment of a version that was made at `created_at`.
    #[must_use]
    pub fn judge(&self, facts: SuccessFacts<'_>, created_at: SimTime) -> Judgement {
        if facts.targets == 0 && self.empty_passes {
            return Judgement::vacuous(created_at);
        }
        let required = self.required(facts.targets);
        let rate_at = facts.firsts.get(required - 1).copied();
        let latest = facts.firsts.last();
        let age = self.maximum_age.filter(|_| latest.is_some());
        Judgement {
            targets: facts.targets,
            have: facts.firsts.len(),
            required,
            rate_at,
            soaked: self.soak.and_then(|soak| latest.map(|latest| latest.plus(soak))),
            aging: age.map(|hours| Aging { last: facts.last, hours }),
        }
    }
}
