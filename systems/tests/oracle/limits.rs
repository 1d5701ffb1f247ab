//! Concurrency limits: how many jobs may be processing at once (`docs/concurrency-limit.md`).
//!
//! Vocabulary: a *group* is the targets that share a limit; a target is *in line* if all else lets it start.

use serde_json::{Value, json};

use super::canonical::fnv1a;
use super::dialect::{agent, systems};
use super::eligibility::checks;
use super::planning::plan;
use super::policies::{self, member};
use super::results::{CheckResult, Verdict, fold};
use super::world::{Job, ReleaseId, Target, World, created_at, integer, text};

/// The results of all limits that apply to a target, in report order.
pub(crate) fn limits(world: &World, release: &ReleaseId) -> Vec<CheckResult> {
    let target = &release.target;
    let results = members(world, target).into_iter().map(|(policy, rule)| {
        let result =
            waived(world, release, policy, rule).unwrap_or_else(|| result(world, release, rule));
        let (policy, rule) = (text(policy, "id").to_owned(), text(rule, "id").to_owned());
        CheckResult { policy: Some(policy), rule: Some(rule), ..result }
    });
    results.collect()
}

/// Whether no limit keeps a target from a job.
pub(crate) fn may_start(world: &World, release: &ReleaseId) -> bool {
    members(world, &release.target).into_iter().all(|(policy, rule)| {
        waived(world, release, policy, rule).is_some()
            || !has_agent(world, &release.target)
            || (stopped(world, release, rule).is_none()
                && taken(world, &release.target, rule) < max(rule))
    })
}

/// Which of two that could start is first: the order of rollouts.
pub(crate) fn turn(release: &ReleaseId) -> (u64, Target) {
    (fnv1a(&format!("{}{}", release.target.key(), release.version)), release.target.clone())
}

fn result(world: &World, release: &ReleaseId, rule: &Value) -> CheckResult {
    let (target, max) = (&release.target, max(rule));
    let taken = taken(world, target, rule);
    let has_place = world.jobs_of(target).iter().any(|(_, job)| job.is_processing());
    let has_place = has_place || !has_agent(world, target);
    if let Some(params) = stopped(world, release, rule).filter(|_| !has_place) {
        return CheckResult::needs_approval("concurrency_limit.stopped", params);
    }
    if taken < max || has_place {
        let params = json!({ "active": taken, "max": max });
        return CheckResult::allowed("concurrency_limit.free", params);
    }
    let in_line = group(world, target, rule).into_iter().filter_map(|other| {
        let release = plan(world, &other).desired?.release;
        (fold(&checks(world, &release)) == Verdict::Allowed).then(|| turn(&release))
    });
    let ahead = in_line.filter(|other| *other < turn(release)).count();
    CheckResult::wait("concurrency_limit.waiting", json!({ "ahead": ahead, "max": max }), None)
}

/// How the version failed in the group, if that stops it.
fn stopped(world: &World, release: &ReleaseId, rule: &Value) -> Option<Value> {
    let stop = member(member(rule, "concurrencyLimit")?, "stopOnFailure")?;
    let failures = integer(stop, "failures").expect("decoded before");
    let percent = integer(stop, "withinPercent").unwrap_or(100);
    let mut targets = group(world, &release.target, rule);
    targets.retain(|other| other.deployment == release.target.deployment);
    let counted = (targets.len() * usize::try_from(percent).expect("decoded before")).div_ceil(100);
    let mut tried: Vec<_> = targets
        .iter()
        .filter_map(|other| {
            let mut jobs = world.jobs_of(other);
            jobs.retain(|(_, job)| job.release.version == release.version);
            let (first, newest) = (jobs.first()?.1, jobs.last()?.1);
            let of_version = ReleaseId { target: other.clone(), ..release.clone() };
            let failed = failed(newest, approved(world, &release.version, &other.environment));
            Some((first.created_at, turn(&of_version), failed))
        })
        .collect();
    tried.sort();
    let failed = tried.iter().take(counted).filter(|(.., failed)| *failed).count();
    (i64::try_from(failed).expect("few targets") >= failures)
        .then(|| json!({ "failed": failed, "failures": failures, "withinPercent": percent }))
}

/// Whether a version failed in its newest job on a target, after it was last approved.
fn failed(newest: &Job, approved: Option<i64>) -> bool {
    let failed = match newest.status.as_str() {
        "failure" | "invalidIntegration" | "externalRunNotFound" => true,
        "invalidJobAgent" => !newest.no_agent,
        _ => false,
    };
    failed && approved < Some(newest.completed_at.unwrap_or(newest.created_at))
}

/// When a version was last approved in an environment.
fn approved(world: &World, version: &str, environment: &str) -> Option<i64> {
    let records = world.all("user-approval-record").filter(|record| {
        text(record, "versionId") == version
            && text(record, "environmentId") == environment
            && text(record, "status") == "approved"
    });
    records.map(created_at).max()
}

fn waived(world: &World, release: &ReleaseId, policy: &Value, rule: &Value) -> Option<CheckResult> {
    let version = world.get("deployment-version", &release.version)?;
    super::planning::waived(world, version, &release.target, policy, rule, "concurrencyLimit")
}

fn members<'w>(world: &'w World, target: &Target) -> Vec<(&'w Value, &'w Value)> {
    let rules = policies::rules(world, target).into_iter();
    rules.filter(|(_, rule)| member(rule, "concurrencyLimit").is_some()).collect()
}

fn max(rule: &Value) -> usize {
    let max = member(rule, "concurrencyLimit").and_then(|it| integer(it, "max"));
    max.and_then(|max| usize::try_from(max).ok()).expect("decoded before")
}

fn has_agent(world: &World, target: &Target) -> bool {
    agent(world, target).0.is_some()
}

/// Processing jobs of the targets that share a limit with one.
fn taken(world: &World, target: &Target, rule: &Value) -> usize {
    let processing =
        |other: &Target| world.jobs_of(other).iter().filter(|(_, job)| job.is_processing()).count();
    group(world, target, rule).iter().map(processing).sum()
}

/// The targets that share a limit with one.
fn group(world: &World, target: &Target, rule: &Value) -> Vec<Target> {
    let per = member(rule, "concurrencyLimit").map_or("", |it| text(it, "per"));
    let systems = |it: &Target| systems(world, "deployment", world.parts(it).2);
    let shares = |other: &&Target| match per {
        "environment" => other.environment == target.environment,
        "deployment" => other.deployment == target.deployment,
        "system" => systems(other) == systems(target),
        _ => true,
    };
    let limited = |other: &&Target| {
        policies::rules(world, other).iter().any(|(_, it)| std::ptr::eq(*it, rule))
    };
    world.targets().iter().filter(shares).filter(limited).cloned().collect()
}
