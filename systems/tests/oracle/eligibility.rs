//! May the desired release get a job now? (SEMANTICS 10.1 to 10.3)

use serde_json::{Value, json};

use super::dialect;
use super::limits;
use super::policies::{self, member};
use super::results::CheckResult;
use super::time::{self, SECOND};
use super::world::{Job, ReleaseId, World, integer, list, lists, text};

/// All checks of a desired release, in report order; limits come last.
pub(crate) fn eligibility(world: &World, release: &ReleaseId) -> Vec<CheckResult> {
    let mut results = checks(world, release);
    results.extend(limits::limits(world, release));
    results
}

/// All checks of a desired release but for limits.
pub(crate) fn checks(world: &World, release: &ReleaseId) -> Vec<CheckResult> {
    let rules = policies::rules(world, &release.target).into_iter();
    let rules: Vec<_> = rules.filter(|(_, rule)| member(rule, "retry").is_some()).collect();
    let retries: Vec<&Value> = rules.iter().filter_map(|(_, rule)| member(rule, "retry")).collect();
    let mut results =
        vec![concurrency(world, release), repeat(world, release, &retries), agent(world, release)];
    if retries.is_empty() {
        results.push(retry(world, release, &json!({}), 0, |_| true));
    }
    for ((policy, rule), of_rule) in rules.into_iter().zip(retries) {
        let max = integer(of_rule, "maxRetries").unwrap_or(0);
        let result = retry(world, release, of_rule, max, |status| counts(of_rule, max, status));
        let (policy, rule) =
            (Some(text(policy, "id").to_owned()), Some(text(rule, "id").to_owned()));
        results.push(CheckResult { policy, rule, ..result });
    }
    results
}

/// The instant at which time alone changes anything of the results.
pub(crate) fn next(results: &[CheckResult]) -> Option<i64> {
    results.iter().filter_map(CheckResult::changes).min()
}

fn concurrency(world: &World, release: &ReleaseId) -> CheckResult {
    let jobs = world.jobs_of(&release.target);
    let active: Vec<&str> = jobs
        .iter()
        .filter(|(_, job)| job.is_processing())
        .map(|(_, job)| job.id.as_str())
        .collect();
    if active.is_empty() {
        return CheckResult::allowed("concurrency.free", json!({}));
    }
    CheckResult::denied("concurrency.active_job", json!({ "jobIds": active }))
}

fn repeat(world: &World, release: &ReleaseId, retries: &[&Value]) -> CheckResult {
    let jobs = jobs_of_release(world, release);
    if let Some(job) = jobs.iter().find(|job| job.status == "successful") {
        return CheckResult::denied("repeat.already_succeeded", json!({ "jobId": job.id }));
    }
    if let Some(job) = jobs.last() {
        let stopped =
            job.status == "skipped" || (job.status == "cancelled" && !job.cancelled_by_removal);
        if stopped && !retries.iter().any(|retry| lists(retry, "retryOnStatuses", &job.status)) {
            return CheckResult::denied(
                "repeat.stopped",
                json!({ "jobId": job.id, "status": job.status }),
            );
        }
    }
    CheckResult::allowed("repeat.not_succeeded", json!({}))
}

fn agent(world: &World, release: &ReleaseId) -> CheckResult {
    let resolved = dialect::agent(world, &release.target).0.is_some();
    let waiting = jobs_of_release(world, release).iter().any(|job| is_agentless(job));
    if !resolved && waiting {
        return CheckResult::denied("agent.missing", json!({}));
    }
    CheckResult::allowed("agent.ok", json!({}))
}

fn is_agentless(job: &Job) -> bool {
    job.no_agent && job.status == "invalidJobAgent"
}

/// Whether a job of exactly this release that counts succeeded, so that it would not be deployed again.
pub(crate) fn has_succeeded(world: &World, release: &ReleaseId) -> bool {
    jobs_of_release(world, release).iter().any(|job| job.status == "successful")
}

/// The jobs of exactly this release that count, oldest first: all of them, or those since the last job of another.
fn jobs_of_release<'w>(world: &'w World, release: &ReleaseId) -> Vec<&'w Job> {
    let jobs = world.jobs_of(&release.target).into_iter().map(|(_, job)| job);
    let mut counting: Vec<&Job> = Vec::new();
    for job in jobs {
        if job.release == *release {
            counting.push(job);
        } else if world.today {
            counting.clear();
        }
    }
    counting
}

/// Whether a status uses up an attempt under an explicit retry rule.
fn counts(retry: &Value, max: i64, status: &str) -> bool {
    if !list(retry, "retryOnStatuses").is_empty() {
        return lists(retry, "retryOnStatuses", status);
    }
    matches!(status, "failure" | "invalidIntegration" | "invalidJobAgent")
        || (max == 0 && status == "successful")
}

fn retry(
    world: &World,
    release: &ReleaseId,
    retry: &Value,
    max: i64,
    counts: impl Fn(&str) -> bool,
) -> CheckResult {
    let jobs = jobs_of_release(world, release);
    let counted: Vec<&&Job> = jobs
        .iter()
        .filter(|job| counts(&job.status) && !job.cancelled_by_removal && !is_agentless(job))
        .collect();
    let attempts = i64::try_from(counted.len()).unwrap_or(i64::MAX);
    if attempts > max {
        return CheckResult::denied("retry.exhausted", json!({ "attempts": attempts, "max": max }));
    }
    let ended = counted.iter().map(|job| job.completed_at.unwrap_or(job.created_at)).max();
    let Some(ended) = ended else {
        return CheckResult::allowed("retry.first_attempt", json!({ "max": max }));
    };
    let until =
        delay(retry, attempts).map(|seconds| ended.saturating_add(seconds.saturating_mul(SECOND)));
    if let Some(until) = until.filter(|until| world.now < *until) {
        let params = json!({ "attempts": attempts, "max": max, "until": time::format(until) });
        return CheckResult::wait("retry.backoff", params, Some(until));
    }
    CheckResult::allowed("retry.allowed", json!({ "attempts": attempts, "max": max }))
}

/// Seconds to wait after the last counted job; `None` if backoff is off.
pub(crate) fn delay(retry: &Value, attempts: i64) -> Option<i64> {
    let backoff = integer(retry, "backoffSeconds").filter(|seconds| *seconds > 0)?;
    let mut delay = backoff;
    if text(retry, "backoffStrategy") == "exponential" {
        for _ in 1..attempts {
            delay = (delay * 2).min(i64::from(i32::MAX));
        }
    }
    let cap = integer(retry, "maxBackoffSeconds").filter(|seconds| *seconds > 0);
    Some(cap.map_or(delay, |cap| delay.min(cap)))
}
