//! The eligibility checks of one target's desired release (SEMANTICS 10.1, 10.2).

use shakedown_engine::base::ids::{EditionIx, JobIx, VariablesId};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::jobs::{Job, JobFlags, VariableSets, chain, is_same_release};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{JobStatus, Retry};

use crate::facts::{age, attempts};
use crate::rules::{Attempts, check_attempts};

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
    /// Whether a job of another release ends the history of this one (T2).
    pub only_newest: bool,
}

impl<'a> Desired<'a> {
    /// All jobs of exactly this release, the one created last first.
    pub fn history(self) -> impl Iterator<Item = (JobIx, &'a Job)> {
        chain(self.jobs, self.head).filter(move |(_, job)| self.is_same(job))
    }

    /// Those of them that count, the one created last first.
    pub fn attempts(self) -> impl Iterator<Item = (JobIx, &'a Job)> {
        attempts(self.jobs, self.head, self.only_newest, move |job| self.is_same(job))
    }

    /// Its newest job.
    #[must_use]
    pub fn newest(self) -> Option<(JobIx, &'a Job)> {
        self.attempts().max_by_key(|&it| age(it))
    }

    fn is_same(self, job: &Job) -> bool {
        is_same_release(job, self.edition, self.variables, self.sets)
    }
}

/// Whether the release may be attempted once more, retries aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It did not succeed, and nobody stopped it.
    NotSucceeded,
    /// It succeeded, in this job first.
    AlreadySucceeded(JobIx),
    /// A person cancelled or skipped its newest job.
    Stopped(JobIx, JobStatus),
}

/// Checks for a success or a stop; `lists` says whether some retry rule lists a status.
#[must_use]
pub fn check_repeat(desired: Desired<'_>, lists: impl FnOnce(JobStatus) -> bool) -> Repeat {
    let successful = desired.attempts().filter(|(_, job)| job.status == JobStatus::Successful);
    if let Some((ix, _)) = successful.min_by_key(|&(ix, job)| (job.created_at, ix)) {
        return Repeat::AlreadySucceeded(ix);
    }
    match desired.newest() {
        Some((ix, job))
            if matches!(job.status, JobStatus::Cancelled | JobStatus::Skipped)
                && !job.flags.has(JobFlags::CANCELLED_BY_REMOVAL)
                && !lists(job.status) =>
        {
            Repeat::Stopped(ix, job.status)
        }
        _ => Repeat::NotSucceeded,
    }
}

/// Whether the deployment's agent is missing, and the release says so already.
#[must_use]
pub fn lacks_agent(desired: Desired<'_>) -> bool {
    let agentless =
        |job: &Job| job.flags.has(JobFlags::NO_AGENT) && job.status == JobStatus::InvalidJobAgent;
    !desired.has_agent && desired.attempts().any(|(_, job)| agentless(job))
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

/// Evaluates every check for a target without a processing job.
///
/// `retries` are the retry rules that apply, in policy order; none means the default.
#[must_use]
pub fn check_release<'a>(
    desired: Desired<'_>,
    retries: impl Iterator<Item = &'a Retry> + Clone,
    now: SimTime,
) -> Outcome {
    let last = desired.history().next().map(|(_, job)| job);
    let (mut exhausted, mut backoff, mut ruled) = (false, None, false);
    let mut check = |rule: Option<&Retry>| {
        let jobs = desired.attempts().map(|(_, job)| job);
        match check_attempts(rule, jobs, now) {
            Attempts::Allowed { .. } => {}
            Attempts::Exhausted { .. } => exhausted = true,
            Attempts::Backoff { until, .. } => {
                backoff = Some(backoff.map_or(until, |earlier: SimTime| earlier.min(until)));
            }
        }
    };
    for rule in retries.clone() {
        ruled = true;
        check(Some(rule));
    }
    if !ruled {
        check(None);
    }

    let mut retries = retries;
    let lists = |status| retries.any(|rule| rule.retry_on_statuses.contains(&status));
    let stopped_by = match check_repeat(desired, lists) {
        Repeat::AlreadySucceeded(_) => Some(Reason::AlreadySucceeded),
        Repeat::Stopped(..) => Some(Reason::Stopped),
        Repeat::NotSucceeded if lacks_agent(desired) => Some(Reason::AgentMissing),
        Repeat::NotSucceeded if exhausted => Some(Reason::RetryExhausted),
        Repeat::NotSucceeded => backoff.map(|_| Reason::RetryBackoff),
    };
    Outcome {
        stopped_by,
        next: backoff.filter(|_| stopped_by == Some(Reason::RetryBackoff)),
        attempt: last.map_or(1, |job| job.attempt + 1),
        released_at: last.map_or(SimTime::UNSET, |job| job.released_at),
    }
}
