//! Deviations about jobs, attempts and agents.

use std::collections::BTreeSet;

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::identity::job_uuid;
use shakedown_engine::fleet::jobs::{Job, JobFlags, Jobs};
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::model::{BackoffStrategy, JobStatus, Policy};
use shakedown_engine::wire::event::{Event, JobField, JobFields, JobUpdate, Payload, Triple};
use shakedown_systems::record::CheckResult;

use super::super::case::Case;
use super::super::replay::all_records;
use super::events::{is_upsert, parts, rules, some_rule, text};

/// D4: whether an event reports on a job.
pub(super) fn is_report(event: &Json) -> bool {
    parts(event).0 == "job"
}

/// Whether a retry rule exists.
pub(super) fn has_retries(case: &Case) -> bool {
    some_rule(&case.events, |rule| rule["retry"].is_object())
}

/// Whether a deployment has no agent when it is stated.
pub(super) fn lacks_agents(case: &Case) -> bool {
    let mut agents = BTreeSet::new();
    case.events.iter().any(|event| {
        if is_upsert(event, "job-agent") {
            agents.insert(text(event, "id"));
        }
        is_upsert(event, "deployment") && !agents.contains(text(event, "jobAgentId"))
    })
}

/// D3: creates a job of every release that succeeded, when its target is looked at.
pub(super) fn recreate_succeeded(fleet: &mut Fleet, event: &Json, round: usize) -> Vec<Event> {
    let only = |it: &CheckResult| it.code == Reason::AlreadySucceeded;
    recreate(fleet, event, round, &|_, result| only(result))
}

/// D42: creates a job of every release that was stopped, when its target is looked at.
pub(super) fn recreate_stopped(fleet: &mut Fleet, event: &Json, round: usize) -> Vec<Event> {
    let only = |it: &CheckResult| it.code == Reason::Stopped;
    recreate(fleet, event, round, &|_, result| only(result))
}

/// D8: creates a job that waits for a delay which no 32-bit integer holds.
pub(super) fn forget_overflowing(fleet: &mut Fleet, event: &Json, round: usize) -> Vec<Event> {
    recreate(fleet, event, round, &|fleet, result| {
        result.code == Reason::RetryBackoff && overflows(fleet, result).unwrap_or(false)
    })
}

/// Whether the delay of a waiting retry rule overflows.
fn overflows(fleet: &Fleet, result: &CheckResult) -> Option<bool> {
    let world = fleet.world();
    let policy = world.resource::<Registry<Policy>>().find(result.policy_id.as_deref()?)?;
    let rules = &item::<Policy>(world, policy)?.rules;
    let rule = rules.iter().find(|it| Some(&it.id) == result.rule_id.as_ref())?.retry.as_ref()?;
    let doublings = result.params["attempts"].as_u64()?.saturating_sub(1);
    let factor = 1i64.checked_shl(u32::try_from(doublings).ok()?).unwrap_or(i64::MAX);
    let delay = i64::from(rule.backoff_seconds).saturating_mul(factor);
    let is_exponential = rule.backoff_strategy == BackoffStrategy::Exponential;
    Some(is_exponential && delay > i64::from(i32::MAX))
}

/// Jobs for the desired releases that, under an explicit retry rule, only results accepted by
/// `is_ignored` hold back, on targets that the recorded engine looks at because of the event.
fn recreate(
    fleet: &mut Fleet,
    event: &Json,
    round: usize,
    is_ignored: &dyn Fn(&Fleet, &CheckResult) -> bool,
) -> Vec<Event> {
    if round > 0 {
        return Vec::new();
    }
    let records = all_records(fleet).into_iter().filter(|record| {
        let results = record.eligibility.iter().flat_map(|it| &it.results);
        let mut blocking = results.clone().filter(|it| it.verdict != Verdict::Allowed).peekable();
        let is_explicit = results.clone().any(|it| it.rule_id.is_some());
        let is_held = blocking.peek().is_some();
        is_held
            && is_explicit
            && blocking.all(|it| is_ignored(fleet, it))
            && looks_at(event, &record.target)
    });
    records.map(|record| redeploy(record.target)).collect()
}

/// Whether the recorded engine looks at a target because of an event.
fn looks_at(event: &Json, target: &Triple) -> bool {
    let is = |name, id: &String| text(event, name) == id;
    match parts(event) {
        ("reconcile" | "policy" | "deployment-variable-value", _) => true,
        ("deployment-version" | "deployment-variable", _) => {
            is("deploymentId", &target.deployment_id)
        }
        ("user-approval-record", _) => is("environmentId", &target.environment_id),
        ("resource-variable", _) => is("resourceId", &target.resource_id),
        ("resource", _) => is("id", &target.resource_id),
        _ => false,
    }
}

fn redeploy(target: Triple) -> Event {
    Event::now(Payload::Redeploy(target))
}

/// D8: only exponential backoff has a maximum.
pub(super) fn uncap_linear(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for rule in rules(&mut events).flatten() {
        if let Some(retry) = rule.get_mut("retry").and_then(Json::as_object_mut)
            && retry.get("backoffStrategy") != Some(&json!("exponential"))
        {
            retry.remove("maxBackoffSeconds");
        }
    }
    events
}

/// D14: jobs cancelled because their target vanished are jobs like others.
pub(super) fn count_cancelled(fleet: &mut Fleet, _: &Json, _: usize) -> Vec<Event> {
    without_mark(fleet, JobFlags::CANCELLED_BY_REMOVAL)
}

/// D27: jobs without agent are jobs like others, and a deployment that is updated gets one more where
/// the newest job is one.
pub(super) fn pile_up_agentless(fleet: &mut Fleet, event: &Json, round: usize) -> Vec<Event> {
    let mut events = without_mark(fleet, JobFlags::NO_AGENT);
    let is_update = is_upsert(event, "deployment") && parts(event).1 == "updated";
    if is_update && round == 0 {
        let targets = fleet.targets().into_iter().filter(|it| {
            let newest = it.jobs.last().map(|job| job.status);
            it.triple.deployment_id == text(event, "id")
                && newest == Some(JobStatus::InvalidJobAgent)
        });
        events.extend(targets.map(|it| redeploy(it.triple)));
    }
    events
}

/// Takes a mark from all jobs: a status that changes and changes back clears it.
fn without_mark(fleet: &Fleet, mark: JobFlags) -> Vec<Event> {
    let world = fleet.world();
    let marked = world.resource::<Jobs>().0.iter().filter(|job| job.flags.has(mark));
    let set = |job: &Job, status| {
        let update = JobUpdate {
            id: Some(job_uuid(world, job).to_string()),
            agent_id: None,
            external_id: None,
            job: JobFields { status: Some(status), ..JobFields::default() },
            fields: Some(vec![JobField::Status]),
        };
        Event::now(Payload::UpdateJob(Box::new(update)))
    };
    marked.flat_map(|job| [set(job, JobStatus::Skipped), set(job, job.status)]).collect()
}
