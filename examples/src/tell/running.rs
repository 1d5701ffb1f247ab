//! What runs where now, whatever should: the targets of a place, grouped by what they have.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use shakedown_engine::base::ids::JobIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::jobs::{Jobs, chain};
use shakedown_engine::fleet::matrix::{Cohorts, ReadTables, TargetRef};
use shakedown_engine::model::{JobStatus, Resource};
use shakedown_engine::read::{JobView, job_view};

use super::names::Names;
use super::words::{Context, of_one};

/// Targets that have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// How many.
    pub targets: u64,
    /// What they have, to go after their number: "in flight with v2".
    pub phrase: String,
    /// The version that is deployed, by id.
    pub current: Option<String>,
    /// The version of the newest job, by id, and its status.
    pub latest: Option<(String, JobStatus)>,
    /// Since when the first of them has.
    pub since: Option<SimTime>,
    /// The identifier of the first of them.
    pub example: String,
}

/// Groups targets by what they have, largest first.
#[must_use]
pub fn running(fleet: &Fleet, targets: &[TargetRef], names: &Names) -> Vec<Running> {
    let world = fleet.world();
    let tables = ReadTables::new(world);
    let jobs = &world.resource::<Jobs>().0;
    let mut groups = BTreeMap::new();
    for &target in targets {
        let cohort = &world.resource::<Cohorts>()[target.cohort];
        let Some(position) = cohort.live_position(target.resource) else { continue };
        let ledger = tables.row(cohort, position).ledger;
        let view = |ix: JobIx| job_view(world, ix);
        let newest = chain(jobs, ledger.head).max_by_key(|&(ix, job)| (job.created_at, ix));
        let newest = newest.map(|(ix, _)| view(ix));
        let current = ledger.current.get().map(view);
        let (phrase, since) = what(newest.as_ref(), current.as_ref(), names);
        let current = current.map(|job| job.version_id);
        let latest = newest.map(|job| (job.version_id, job.status));
        let example = item::<Resource>(world, target.resource).map(|it| it.identifier.clone());
        let example = example.unwrap_or_else(|| {
            world.resource::<Registry<Resource>>().id(target.resource).to_owned()
        });
        let key = (phrase.clone(), current.clone(), latest.clone().map(|(id, it)| (id, it as u8)));
        let group = groups.entry(key).or_insert_with(|| Running {
            targets: 0,
            phrase,
            current,
            latest,
            since,
            example: example.clone(),
        });
        group.targets += 1;
        group.since = group.since.into_iter().chain(since).min();
        group.example = std::mem::take(&mut group.example).min(example);
    }
    let mut groups: Vec<Running> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.targets));
    groups
}

/// What a target has, and since when.
fn what(
    newest: Option<&JobView>,
    current: Option<&JobView>,
    names: &Names,
) -> (String, Option<SimTime>) {
    let version = |job: &JobView| names.version(&job.version_id).to_owned();
    let ended = |job: &JobView| job.completed_at.unwrap_or(job.created_at);
    let Some(newest) = newest else { return ("run nothing".to_owned(), None) };
    if newest.status.is_processing() {
        let state = match newest.status {
            JobStatus::ActionRequired => ", which waits for a person",
            _ => "",
        };
        let runs = current.map(|it| format!(", over {}", version(it))).unwrap_or_default();
        let said = format!("in flight with {}{runs}{state}", version(newest));
        return (said, Some(newest.started_at.unwrap_or(newest.created_at)));
    }
    if newest.status == JobStatus::Successful && newest.completed_at.is_none() {
        // Two meanings of success: a gate counts what completed, a repeat what succeeded.
        let said = format!("report success of {} without a time of completion", version(newest));
        return (said, Some(newest.created_at));
    }
    match current {
        Some(current) if current.id == newest.id => {
            (format!("run {}", version(current)), current.completed_at)
        }
        Some(current) => {
            let (status, newer) = (failed(newest.status), version(newest));
            (format!("run {}; {newer} {status}", version(current)), Some(ended(newest)))
        }
        None => {
            let said = format!("run nothing: {} {}", version(newest), failed(newest.status));
            (said, Some(ended(newest)))
        }
    }
}

/// What became of a job that does not run and is no current success.
const fn failed(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Successful => "succeeded earlier",
        JobStatus::Failure => "failed",
        JobStatus::Cancelled => "was cancelled",
        JobStatus::Skipped => "was skipped",
        JobStatus::InvalidJobAgent => "has no agent",
        JobStatus::InvalidIntegration => "met a broken integration",
        JobStatus::ExternalRunNotFound => "lost its run",
        JobStatus::Queued => "is in line at its agent",
        JobStatus::Pending | JobStatus::InProgress | JobStatus::ActionRequired => "is in flight",
    }
}

impl Running {
    /// The group in words, after its number.
    #[must_use]
    pub fn tell(&self, context: Context<'_>) -> String {
        let phrase = match self.targets {
            1 => of_one(&self.phrase),
            _ => self.phrase.clone(),
        };
        let Some(since) = self.since else { return phrase };
        let (ago, since) = (context.days_ago(since), since.to_string());
        let first = if self.targets == 1 { "" } else { "the first " };
        format!("{phrase}, {first}since {}{ago}", context.instant(&since))
    }

    /// The group as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "targets": self.targets,
            "what": self.phrase,
            "current": self.current,
            "latest": self.latest.as_ref().map(
                |(version, status)| json!({ "versionId": version, "status": status.name() }),
            ),
            "since": self.since.map(|at| at.to_string()),
            "example": self.example,
        })
    }
}
