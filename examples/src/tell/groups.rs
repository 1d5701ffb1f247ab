//! The targets of a deployment, grouped by what keeps them from the newest version.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::model::{Deployment, Environment};
use shakedown_systems::record::{
    CheckResult, Examine, Record, RolloutSummary, each_record, rollout_summary,
};

use super::names::Names;
use super::running::{Running, running};
use super::words::{Context, JOIN, phrase};

/// The targets of a deployment in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The environment.
    pub environment: String,
    /// Targets there.
    pub targets: u64,
    /// The newest version, which they should get.
    pub newest: Option<String>,
    /// What they have now, largest first.
    pub running: Vec<Running>,
    /// How they stand with the newest version, largest first.
    pub groups: Vec<Group>,
    /// How far the newest version has come, if a rollout rule applies.
    pub rollout: Option<RolloutSummary>,
}

/// Targets that have their reasons in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How many.
    pub targets: u64,
    /// What they do, to go after their number.
    pub phrase: String,
    /// The codes of their reasons.
    pub codes: Vec<Reason>,
    /// The earliest instant at which time alone may change something for one of them.
    pub next: Option<SimTime>,
    /// The key of the first of them.
    pub example: String,
    /// Its resource.
    pub resource: String,
}

/// Groups the targets of a deployment, by id, in every environment or in one; environments without
/// targets are left out. Below 30 us per target.
#[must_use]
pub fn places(fleet: &mut Fleet, deployment: &str, environment: Option<&str>) -> Vec<Place> {
    let world = fleet.world();
    let environments = world.resource::<Registry<Environment>>();
    let cohorts = world.resource::<Cohorts>();
    let deployment_ix = world.resource::<Registry<Deployment>>().find(deployment);
    let of_deployment = deployment_ix.map_or(&[][..], |it| cohorts.of_deployment(it));
    let mut targets: Vec<(String, Vec<TargetRef>)> = of_deployment
        .iter()
        .map(|&ix| (environments.id(cohorts[ix].environment).to_owned(), ix))
        .filter(|(id, _)| environment.is_none_or(|wanted| id == wanted))
        .map(|(id, ix)| (id, cohorts.live_members(ix).collect()))
        .collect();
    targets.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    targets.retain(|(_, members): &(String, Vec<TargetRef>)| !members.is_empty());
    let names = Names::of(fleet);
    let mut found = Vec::with_capacity(targets.len());
    for (environment, members) in targets {
        found.push(place(fleet, deployment, environment, &members, &names));
    }
    found
}

fn place(
    fleet: &mut Fleet,
    deployment: &str,
    environment: String,
    members: &[TargetRef],
    names: &Names,
) -> Place {
    let now = fleet.now();
    let context = Context { environment: names.environment(&environment), names, now };
    let running = running(fleet, members, names);
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut newest = None;
    each_record(fleet, members, Examine::UpToChosen, &mut |record| {
        if newest.is_none() {
            newest = record.candidates.first().map(|it| it.version_id.clone());
        }
        let (phrase, codes) = standing(&record, context);
        let group = groups.entry(phrase).or_insert_with_key(|phrase| Group {
            targets: 0,
            phrase: phrase.clone(),
            codes,
            next: None,
            example: record.key.clone(),
            resource: record.target.resource_id.clone(),
        });
        group.targets += 1;
        // Who has it waits for nothing.
        if !has_it(&record) {
            group.next = group.next.into_iter().chain(record.next).min();
        }
        if record.key < group.example {
            group.example = record.key;
            group.resource = record.target.resource_id;
        }
    });
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.targets));
    let rollout =
        newest.as_ref().and_then(|it| rollout_summary(fleet, &environment, deployment, it));
    Place { targets: members.len() as u64, environment, newest, running, groups, rollout }
}

/// Whether a target has the newest version, which is what it wants.
#[must_use]
pub fn has_it(record: &Record) -> bool {
    let newest = record.candidates.first().map(|it| &it.version_id);
    let desired = record.desired.as_ref().map(|it| &it.version_id);
    let current = record.current.as_ref().map(|it| &it.version_id);
    let results = record.eligibility.iter().flat_map(|it| &it.results);
    let mut blocking = results.filter(|it| it.blocks()).filter_map(|it| it.code.reason());
    newest.is_some()
        && newest == desired
        && desired == current
        && blocking.any(|it| it == Reason::AlreadySucceeded)
}

/// Where a target stands with the newest version, as a phrase and as codes.
fn standing(record: &Record, context: Context<'_>) -> (String, Vec<Reason>) {
    let Some(newest) = record.candidates.first() else {
        return ("have nothing to get".to_owned(), vec![Reason::NoVersions]);
    };
    let results = if newest.verdict == Verdict::Allowed {
        record.eligibility.as_ref().map_or(&[][..], |it| &it.results)
    } else {
        &newest.results
    };
    let mut blocking: Vec<&CheckResult> = results.iter().filter(|it| it.blocks()).collect();
    if newest.verdict == Verdict::Allowed {
        // Of eligibility, what denies counts, and the first of it says enough.
        blocking.sort_by_key(|it| std::cmp::Reverse(it.verdict));
        blocking.truncate(1);
    } else if blocking.len() > 1 {
        // A rollout that has not started waits for another of the reasons.
        blocking.retain(|it| it.code != Reason::RolloutNotStarted);
    }
    let codes: Vec<Reason> = blocking.iter().filter_map(|it| it.code.reason()).collect();
    let gets_it = record.latest_job.as_ref().is_some_and(|it| it.version_id == newest.version_id);
    let said = match codes[..] {
        [] => "get it now".to_owned(),
        [Reason::ActiveJob] if gets_it => "have a job of it that is processing".to_owned(),
        _ => {
            let mut phrases: Vec<String> = {
                let phrases =
                    blocking.iter().filter_map(|it| Some((it.code.reason()?, &it.params)));
                phrases.map(|(reason, params)| phrase(reason, params, context)).collect()
            };
            phrases.dedup();
            phrases.join(JOIN)
        }
    };
    (said, codes)
}

impl Place {
    /// The place as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let groups = self.groups.iter().map(|it| {
            json!({
                "targets": it.targets,
                "reason": it.phrase,
                "codes": it.codes.iter().map(|it| it.code()).collect::<Vec<_>>(),
                "next": it.next.map(|at| at.to_string()),
                "example": it.example,
            })
        });
        json!({
            "environment": self.environment,
            "targets": self.targets,
            "newest": self.newest,
            "running": self.running.iter().map(Running::to_json).collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "rollout": self.rollout.as_ref().map(RolloutSummary::to_json),
        })
    }
}
