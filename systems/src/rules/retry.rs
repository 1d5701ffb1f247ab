//! Retry: how often a release is attempted, and when the next attempt is due (SEMANTICS 10.3).

use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::jobs::{Job, JobFlags};
use shakedown_engine::model::{BackoffStrategy, JobStatus, Retry};

/// What a retry check says of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// Another attempt is allowed; so many were counted.
    Allowed {
        /// Counted jobs.
        counted: u32,
    },
    /// The next attempt is due at `until`.
    Backoff {
        /// Counted jobs.
        counted: u32,
        /// When.
        until: SimTime,
    },
    /// No attempt is left.
    Exhausted {
        /// Counted jobs.
        counted: u32,
    },
}

/// Checks one retry rule, or the default (one attempt, every status counts) for `None`.
///
/// `jobs` are the jobs of exactly this release, in any order.
#[must_use]
pub fn check_attempts<'a>(
    rule: Option<&Retry>,
    jobs: impl Iterator<Item = &'a Job>,
    now: SimTime,
) -> Attempts {
    let mut counted = 0u32;
    let mut last = SimTime::UNSET;
    for job in jobs.filter(|job| is_attempt(job) && counts(rule, job.status)) {
        counted += 1;
        last = last.max(job.completed_at.get().unwrap_or(job.created_at));
    }
    let max = rule.map_or(0, |rule| rule.max_retries.unsigned_abs());
    if counted > max {
        return Attempts::Exhausted { counted };
    }
    let delay = rule.map_or(0, |rule| delay_seconds(rule, counted));
    let until = last.plus(delay.saturating_mul(SECOND));
    if counted > 0 && delay > 0 && now < until {
        return Attempts::Backoff { counted, until };
    }
    Attempts::Allowed { counted }
}

/// Jobs that vanished with their target, or that the engine made without an agent, are no attempts.
fn is_attempt(job: &Job) -> bool {
    let agentless = job.flags.has(JobFlags::NO_AGENT) && job.status == JobStatus::InvalidJobAgent;
    !agentless && !job.flags.has(JobFlags::CANCELLED_BY_REMOVAL)
}

fn counts(rule: Option<&Retry>, status: JobStatus) -> bool {
    let Some(rule) = rule else { return true };
    if !rule.retry_on_statuses.is_empty() {
        return rule.retry_on_statuses.contains(&status);
    }
    match status {
        JobStatus::Failure | JobStatus::InvalidIntegration | JobStatus::InvalidJobAgent => true,
        JobStatus::Successful => rule.max_retries == 0,
        _ => false,
    }
}

/// Seconds between the last counted job and the next attempt, with both limits applied (D8).
fn delay_seconds(rule: &Retry, counted: u32) -> i64 {
    let base = i64::from(rule.backoff_seconds.max(0));
    let delay = match rule.backoff_strategy {
        BackoffStrategy::Linear => base,
        BackoffStrategy::Exponential => {
            let doublings = counted.saturating_sub(1).min(31);
            (base << doublings).min(i64::from(i32::MAX))
        }
    };
    match rule.max_backoff_seconds {
        cap @ 1.. => delay.min(i64::from(cap)),
        _ => delay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobStatus::{
        Cancelled, ExternalRunNotFound, Failure, InProgress, InvalidIntegration, InvalidJobAgent,
        Pending, Skipped, Successful,
    };
    use shakedown_engine::base::ids::{
        AgentIx, CohortIx, ConfigId, EditionIx, JobIx, ResourceIx, VariablesId,
    };
    use shakedown_engine::fleet::matrix::TargetRef;

    const NOW: SimTime = SimTime(1_000_000 * SECOND);

    fn job(status: JobStatus, completed_seconds_ago: i64) -> Job {
        Job {
            target: TargetRef { cohort: CohortIx(0), resource: ResourceIx(0) },
            edition: EditionIx(0),
            variables: VariablesId(0),
            previous: JobIx::NONE,
            agent: AgentIx::NONE,
            config: ConfigId(0),
            attempt: 1,
            created_at: NOW.plus(-7200 * SECOND),
            completed_at: NOW.plus(-completed_seconds_ago * SECOND),
            released_at: NOW,
            status,
            flags: JobFlags::NONE,
        }
    }

    fn rule(max_retries: i32, statuses: &[JobStatus]) -> Retry {
        Retry {
            max_retries,
            retry_on_statuses: statuses.to_vec(),
            backoff_seconds: 0,
            max_backoff_seconds: 0,
            backoff_strategy: BackoffStrategy::Linear,
        }
    }

    #[test]
    fn counting_follows_the_vectors() {
        let allowed = |counted| Attempts::Allowed { counted };
        let exhausted = |counted| Attempts::Exhausted { counted };
        let three = [Failure, InvalidJobAgent, ExternalRunNotFound];
        let mixed = [Successful, Cancelled, Failure, Skipped, InvalidIntegration];
        let six = [Failure, Successful, Cancelled, InvalidJobAgent, InProgress, Pending];
        for (name, rule, statuses, expected) in [
            ("T-R1 none", None, &[][..], allowed(0)),
            ("T-R1 any", None, &[Skipped][..], exhausted(1)),
            ("T-R2 three", Some(rule(3, &[])), &[Failure; 3][..], allowed(3)),
            ("T-R2 four", Some(rule(3, &[])), &[Failure; 4][..], exhausted(4)),
            ("T-R3 success", Some(rule(2, &[])), &[Successful][..], allowed(0)),
            ("T-R3 failure", Some(rule(2, &[])), &[Successful, Failure][..], allowed(1)),
            ("T-R4 one", Some(rule(1, &[])), &[InvalidIntegration][..], allowed(1)),
            ("T-R4 two", Some(rule(1, &[])), &[InvalidIntegration; 2][..], exhausted(2)),
            ("T-R5", Some(rule(1, &[])), &[Cancelled; 2][..], allowed(0)),
            ("T-R6", Some(rule(2, &[])), &mixed[..], allowed(2)),
            ("T-R7 failure", Some(rule(2, &[Cancelled])), &[Failure][..], allowed(0)),
            ("T-R7 cancelled", Some(rule(2, &[Cancelled])), &[Failure, Cancelled][..], allowed(1)),
            ("T-R8 successful", Some(rule(0, &[])), &[Successful][..], exhausted(1)),
            ("T-R8 cancelled", Some(rule(0, &[])), &[Cancelled][..], allowed(0)),
            ("T-R9 two", Some(rule(2, &three)), &three[..2], allowed(2)),
            ("T-R9 three", Some(rule(2, &three)), &three[..], exhausted(3)),
            ("T-R10", Some(rule(2, &[Failure, InvalidJobAgent])), &six[..], allowed(2)),
        ] {
            let jobs: Vec<Job> = statuses.iter().map(|&status| job(status, 60)).collect();
            assert_eq!(check_attempts(rule.as_ref(), jobs.iter(), NOW), expected, "{name}");
        }
    }

    #[test]
    fn backoff_follows_the_vectors() {
        let exponential = BackoffStrategy::Exponential;
        let linear = BackoffStrategy::Linear;
        for (name, strategy, base, cap, counted, seconds) in [
            ("T-R13", exponential, 30, 0, 1, 30),
            ("T-R13", exponential, 30, 0, 2, 60),
            ("T-R13", exponential, 30, 0, 4, 240),
            ("T-R13 cap", exponential, 30, 100, 4, 100),
            ("C-R16", exponential, 30, 0, 27, 2_013_265_920),
            ("C-R16", exponential, 30, 0, 28, 2_147_483_647),
            ("C-R16", exponential, 60, 0, 26, 2_013_265_920),
            ("C-R16", exponential, 60, 0, 27, 2_147_483_647),
            ("saturates", exponential, i32::MAX, 0, u32::MAX, 2_147_483_647),
            ("C-R17", linear, 600, 100, 3, 100),
            ("off", linear, -5, 0, 3, 0),
        ] {
            let rule = Retry {
                backoff_seconds: base,
                max_backoff_seconds: cap,
                backoff_strategy: strategy,
                ..rule(i32::MAX, &[])
            };
            assert_eq!(delay_seconds(&rule, counted), seconds, "{name} k = {counted}");
        }
    }

    #[test]
    fn the_next_attempt_waits_for_the_latest_completion() {
        let rule = Retry { backoff_seconds: 60, ..rule(9, &[]) };
        let check = |ago: &[i64]| {
            let jobs: Vec<Job> = ago.iter().map(|&ago| job(Failure, ago)).collect();
            check_attempts(Some(&rule), jobs.iter(), NOW)
        };
        let until = NOW.plus(30 * SECOND);
        assert_eq!(check(&[30]), Attempts::Backoff { counted: 1, until }, "T-R12");
        assert_eq!(check(&[90]), Attempts::Allowed { counted: 1 }, "T-R12");
        assert_eq!(check(&[60]), Attempts::Allowed { counted: 1 }, "due at exactly its instant");
        assert_eq!(check(&[7200, 30]), Attempts::Backoff { counted: 2, until }, "T-R15");
    }
}
