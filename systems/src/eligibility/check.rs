//! The eligibility checks of one target's desired release (SEMANTICS 10.1, 10.2).

use shakedown_engine::entity::{JobStatus, Retry};
use shakedown_engine::ids::{EditionIx, JobIx, VariablesId};
use shakedown_engine::job::{Job, JobFlags, VariableSets, chain, is_same_release};
use shakedown_engine::reason::Reason;
use shakedown_engine::time::SimTime;

use super::retry::{Attempts, check_attempts};

/// A target's desired release, and what its checks read.
#[derive(Debug, Clone, Copy)]
pub struct Desired<'a> {
    /// The version with its tag.
    pub edition: EditionIx,
    /// The resolved variables.
    pub variables: VariablesId,
    /// The target's newest job.
    pub head: JobIx,
    /// The job table.
    pub jobs: &'a [Job],
    /// The variable sets.
    pub sets: &'a VariableSets,
    /// Whether the deployment's agent exists.
    pub has_agent: bool,
}

/// What the checks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The first check that denies or, if none does, the one that waits.
    pub stopped_by: Option<Reason>,
    /// Earliest instant at which a waiting check may pass.
    pub next: Option<SimTime>,
    /// 1-based number that the release's next job would have.
    pub attempt: u32,
    /// When the release record was made; unset without one.
    pub released_at: SimTime,
}

/// Evaluates every check, in order, for a target without a processing job.
///
/// `retries` are the retry rules that apply, in policy order; none means the default.
#[must_use]
pub fn check_release<'a>(
    desired: Desired<'_>,
    retries: impl Iterator<Item = &'a Retry>,
    now: SimTime,
) -> Outcome {
    let Desired { edition, variables, head, jobs, sets, has_agent } = desired;
    let of_release = || {
        let same = move |job: &&Job| is_same_release(job, edition, variables, sets);
        chain(jobs, head).map(|(_, job)| job).filter(same)
    };
    let newest = of_release().next();
    let attempt = newest.map_or(1, |job| job.attempt + 1);
    let (mut exhausted, mut backoff) = (false, None);
    let mut check = |rule: Option<&Retry>| match check_attempts(rule, of_release(), now) {
        Attempts::Allowed { .. } => {}
        Attempts::Exhausted { .. } => exhausted = true,
        Attempts::Backoff { until, .. } => {
            backoff = Some(backoff.map_or(until, |earlier: SimTime| earlier.min(until)));
        }
    };
    let (mut ruled, mut lists_status) = (false, false);
    for rule in retries {
        ruled = true;
        lists_status |= newest.is_some_and(|job| rule.retry_on_statuses.contains(&job.status));
        check(Some(rule));
    }
    if !ruled {
        check(None);
    }

    let stopped = newest.is_some_and(|job| {
        matches!(job.status, JobStatus::Cancelled | JobStatus::Skipped)
            && !job.flags.has(JobFlags::CANCELLED_BY_REMOVAL)
            && !lists_status
    });
    let agentless =
        |job: &Job| job.flags.has(JobFlags::NO_AGENT) && job.status == JobStatus::InvalidJobAgent;
    let stopped_by = if of_release().any(|job| job.status == JobStatus::Successful) {
        Some(Reason::AlreadySucceeded)
    } else if stopped {
        Some(Reason::Stopped)
    } else if !has_agent && of_release().any(agentless) {
        Some(Reason::AgentMissing)
    } else if exhausted {
        Some(Reason::RetryExhausted)
    } else {
        backoff.map(|_| Reason::RetryBackoff)
    };
    let next = backoff.filter(|_| stopped_by == Some(Reason::RetryBackoff));
    let released_at = newest.map_or(SimTime::UNSET, |job| job.released_at);
    Outcome { stopped_by, next, attempt, released_at }
}
