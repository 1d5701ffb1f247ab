//! Eligibility of a target's desired release, check by check (SEMANTICS 10).

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::ids::{DeploymentIx, JobIx, PolicyIx, ResourceIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::identity::job_id;
use shakedown_engine::fleet::jobs::{Job, chain};
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{Deployment, JobAgent, Policy, Retry};

use super::EligibilityRecord;
use crate::facts::Agents;
use crate::phases::eligibility::{Desired, Repeat, check_repeat, lacks_agent};
use crate::rules::{Attempts, CheckResult, RuleBook, RuleRetry, check_attempts, fold, time};

/// Checks a desired release under the policies that apply, in report order; what `limits` say comes
/// last.
pub(super) fn examine_release(
    world: &World,
    desired: Desired<'_>,
    policies: &[PolicyIx],
    limits: Vec<CheckResult>,
    now: SimTime,
) -> EligibilityRecord {
    let book = world.resource::<RuleBook>();
    let entries = policies.iter().filter_map(|&policy| Some((policy, book.get(policy)?)));
    let retries: Vec<(PolicyIx, &RuleRetry)> = entries
        .flat_map(|(policy, entry)| entry.retries.iter().map(move |it| (policy, it)))
        .collect();
    let mut results =
        vec![concurrency(world, desired), repeat(world, desired, &retries), agent(desired)];
    if retries.is_empty() {
        results.push(retry(desired, None, now));
    }
    results.extend(retries.into_iter().map(|(policy, it)| {
        let policy = world.resource::<Registry<Policy>>().id(policy);
        retry(desired, Some(&it.retry), now).of(policy, &it.rule)
    }));
    results.extend(limits);
    EligibilityRecord { verdict: fold(&results), results }
}

/// Whether there is an agent for a deployment on a resource.
pub(super) fn has_agent(world: &World, deployment: DeploymentIx, resource: ResourceIx) -> bool {
    if let Some(choice) = world.resource::<Agents>().of(deployment) {
        return choice.on(resource).is_some();
    }
    let configured = item::<Deployment>(world, deployment).and_then(|it| it.job_agent_id.as_ref());
    let agent = configured.and_then(|id| world.resource::<Registry<JobAgent>>().find(id));
    agent.is_some_and(|agent| item::<JobAgent>(world, agent).is_some())
}

fn concurrency(world: &World, desired: Desired<'_>) -> CheckResult {
    let jobs = chain(desired.jobs, desired.head);
    let mut active: Vec<(JobIx, &Job)> =
        jobs.filter(|(_, job)| job.status.is_processing()).collect();
    if active.is_empty() {
        return CheckResult::allowed(Pass::ConcurrencyFree, json!({}));
    }
    active.sort_unstable_by_key(|&(ix, job)| (job.created_at, ix));
    let ids: Vec<String> = active.into_iter().map(|(ix, _)| job_id(world, ix)).collect();
    CheckResult::blocked(Reason::ActiveJob, json!({ "jobIds": ids }))
}

fn repeat(world: &World, desired: Desired<'_>, retries: &[(PolicyIx, &RuleRetry)]) -> CheckResult {
    let id = |ix: JobIx| job_id(world, ix);
    let lists = |status| retries.iter().any(|(_, it)| it.retry.retry_on_statuses.contains(&status));
    match check_repeat(desired, lists) {
        Repeat::NotSucceeded => CheckResult::allowed(Pass::RepeatNotSucceeded, json!({})),
        Repeat::AlreadySucceeded(job) => {
            CheckResult::blocked(Reason::AlreadySucceeded, json!({ "jobId": id(job) }))
        }
        Repeat::Stopped(job, status) => {
            let params = json!({ "jobId": id(job), "status": status.name() });
            CheckResult::blocked(Reason::Stopped, params)
        }
    }
}

fn agent(desired: Desired<'_>) -> CheckResult {
    if lacks_agent(desired) {
        return CheckResult::blocked(Reason::AgentMissing, json!({}));
    }
    CheckResult::allowed(Pass::AgentOk, json!({}))
}

fn retry(desired: Desired<'_>, rule: Option<&Retry>, now: SimTime) -> CheckResult {
    let max = rule.map_or(0, |rule| rule.max_retries);
    let jobs = desired.attempts().map(|(_, job)| job);
    match check_attempts(rule, jobs, now) {
        Attempts::Allowed { counted: 0 } => {
            CheckResult::allowed(Pass::RetryFirstAttempt, json!({ "max": max }))
        }
        Attempts::Allowed { counted } => {
            CheckResult::allowed(Pass::RetryAllowed, json!({ "attempts": counted, "max": max }))
        }
        Attempts::Exhausted { counted } => {
            let params = json!({ "attempts": counted, "max": max });
            CheckResult::blocked(Reason::RetryExhausted, params)
        }
        Attempts::Backoff { counted, until } => {
            let params = json!({ "attempts": counted, "max": max, "until": time(until) });
            let backoff = CheckResult::blocked(Reason::RetryBackoff, params);
            CheckResult { next: until.ever(), ..backoff }
        }
    }
}

impl EligibilityRecord {
    /// When time alone changes anything of it.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.results.iter().filter_map(CheckResult::changes).min()
    }
}
