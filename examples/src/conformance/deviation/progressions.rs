//! Deviations about environment progression.

use std::collections::BTreeMap;

use serde_json::json;
use shakedown_engine::base::json::{Json, StringMap};
use shakedown_engine::base::time::{MINUTE, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item, items};
use shakedown_engine::fleet::jobs::{Editions, Jobs};
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::reason::Pass;
use shakedown_engine::model::{
    AnyApproval, ApprovalStatus, Deployment, DeploymentVersion, Environment,
    EnvironmentProgression, JobStatus, Policy, PolicyRule, PolicyScope, PolicyTargetSelector,
    UserApprovalRecord,
};
use shakedown_engine::wire::event::{Entity, Event};
use shakedown_systems::record::{CheckResult, Record};

use super::super::case::Case;
use super::super::replay::all_records;
use super::events::{rules, some_rule};

/// D7: percentages that lead to the number of successes that single precision makes of the stated
/// ones, for the cohorts of the scenario. Nothing changes if there is no such percentage.
pub(super) fn require_inexactly(case: &Case, mut events: Vec<Json>) -> Vec<Json> {
    let mut sizes: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    // Ours, so that nothing is explained by what is to be explained.
    let reached = super::super::reach(case);
    for it in &reached.order {
        *sizes.entry((&it.environment_id, &it.deployment_id)).or_default() += 1;
    }
    for rule in rules(&mut events).flatten() {
        let Some(percentage) = rule["environmentProgression"].get_mut("minimumSuccessPercentage")
        else {
            continue;
        };
        let Some(stated) = percentage.as_f64() else { continue };
        #[expect(clippy::cast_possible_truncation, reason = "what the recorded engine does")]
        let inexact = |targets: f32| (targets * stated as f32 / 100.0 + 0.9999).trunc().max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "cohorts of scenarios are small")]
        let fitting = sizes.values().map(|&size| {
            let size = size as f32;
            f64::from(inexact(size)) / f64::from(size) * 100.0
        });
        let least = fitting.fold(stated, f64::min);
        #[expect(clippy::cast_precision_loss, reason = "cohorts of scenarios are small")]
        let fits = sizes.values().all(|&size| {
            let exact = (f64::from(size) * least / 100.0 - 1e-9).ceil().max(1.0);
            (exact - f64::from(inexact(size as f32))).abs() < 0.5
        });
        // Six digits are what the engine keeps; rounding up would ask for one more.
        if fits && least < stated {
            *percentage = json!((least * 1e6).floor() / 1e6);
        }
    }
    events
}

/// D31: the age of a rule with a maximum is a rule of its own, about `successful` jobs.
pub(super) fn age_successful(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for rules in rules(&mut events) {
        let mut ages = Vec::new();
        for rule in rules.iter_mut() {
            let own = &mut rule["environmentProgression"];
            if own["successStatuses"].is_null() {
                continue;
            }
            let Some(age) = own.as_object_mut().and_then(|it| it.remove("maximumAgeHours")) else {
                continue;
            };
            let selector = own["dependsOnEnvironmentSelector"].clone();
            ages.push(json!({
                "id": format!("age of {}", rule["id"]),
                "environmentProgression": {
                    "dependsOnEnvironmentSelector": selector,
                    "maximumAgeHours": age,
                },
            }));
        }
        rules.extend(ages);
    }
    events
}

/// Whether a rule asks for a soak.
pub(super) fn soaks(case: &Case) -> bool {
    let minutes = ["minimumSoakTimeMinutes", "minimumSockTimeMinutes"];
    some_rule(&case.events, |rule| {
        let progression = &rule["environmentProgression"];
        minutes.iter().any(|&name| progression[name].as_f64().is_some_and(|it| it > 0.0))
    })
}

/// The user that says when a soak ended.
const USER: &str = "soak";

/// D19: the rollout clock runs from the end of the soak of the latest success. An approval given at
/// that instant moves it; every version of the deployment gets one, so that it asks nothing else.
pub(super) fn soak_from_last(fleet: &mut Fleet, _: &Json, round: usize) -> Vec<Event> {
    if round > 0 {
        return Vec::new();
    }
    let mut ends: BTreeMap<(String, String), BTreeMap<String, SimTime>> = BTreeMap::new();
    for record in all_records(fleet) {
        let (environment, deployment) =
            (record.target.environment_id.clone(), record.target.deployment_id.clone());
        for candidate in &record.candidates {
            let met = candidate.results.iter().filter(|it| it.code == Pass::ProgressionMet);
            let end =
                met.filter_map(|it| soak_end(fleet, &record, &candidate.version_id, it)).max();
            let place = ends.entry((environment.clone(), deployment.clone())).or_default();
            if let Some(end) = end {
                place.insert(candidate.version_id.clone(), end);
            }
        }
    }
    ends.retain(|_, ends| !ends.is_empty());
    let world = fleet.world();
    let mut events = Vec::new();
    for ((environment, deployment), ends) in ends {
        let versions = items::<DeploymentVersion>(world).map(|(_, version)| version);
        for version in versions.filter(|it| it.deployment_id == deployment) {
            events.push(Event::upsert(Entity::UserApprovalRecord(UserApprovalRecord {
                user_id: USER.to_owned(),
                version_id: version.id.clone(),
                environment_id: environment.clone(),
                status: ApprovalStatus::Approved,
                reason: None,
                created_at: ends.get(&version.id).copied().unwrap_or(version.created_at),
            })));
        }
        events.push(Event::upsert(Entity::Policy(ask(&environment, &deployment))));
    }
    events
}

/// A policy that asks for the approvals of [`USER`].
fn ask(environment: &str, deployment: &str) -> Policy {
    let is = |kind: &str, id: &str| Some(SelectorSource::Cel(format!("{kind}.id == '{id}'")));
    Policy {
        id: format!("{USER} {environment} {deployment}"),
        name: String::new(),
        workspace_id: String::new(),
        description: None,
        priority: 0,
        enabled: Some(true),
        metadata: StringMap::new(),
        created_at: SimTime(0),
        rules: vec![PolicyRule {
            id: USER.to_owned(),
            any_approval: Some(AnyApproval { min_approvals: 1 }),
            ..PolicyRule::default()
        }],
        scope: PolicyScope::Selectors(vec![PolicyTargetSelector {
            id: None,
            deployment_selector: is("deployment", deployment),
            environment_selector: is("environment", environment),
            resource_selector: None,
        }]),
    }
}

/// When the soak of the latest success ends in the first environment whose does, if a rule soaks.
fn soak_end(fleet: &Fleet, record: &Record, version: &str, met: &CheckResult) -> Option<SimTime> {
    let world = fleet.world();
    let policy = world.resource::<Registry<Policy>>().find(met.policy_id.as_deref()?)?;
    let rules = &item::<Policy>(world, policy)?.rules;
    let rule = rules.iter().find(|it| Some(&it.id) == met.rule_id.as_ref())?;
    let rule = rule.environment_progression.as_ref()?;
    let EnvironmentProgression { minimum_soak_time_minutes: soak, success_statuses, .. } = rule;
    if *soak <= 0 {
        return None;
    }
    let is_success = |status| match success_statuses {
        Some(statuses) => statuses.contains(&status),
        None => status == JobStatus::Successful,
    };
    let (cohorts, editions) = (world.resource::<Cohorts>(), world.resource::<Editions>());
    let deployment = world.resource::<Registry<Deployment>>().find(&record.target.deployment_id)?;
    let version = world.resource::<Registry<DeploymentVersion>>().find(version)?;
    let upstream = met.params["environments"].as_array()?.iter().filter_map(|id| {
        let environment = world.resource::<Registry<Environment>>().find(id.as_str()?)?;
        let cohort = cohorts.find(deployment, environment)?;
        let jobs = world.resource::<Jobs>().0.iter();
        let of_cohort = jobs
            .filter(|job| job.target.cohort == cohort && editions.version(job.edition) == version);
        let successes = of_cohort.filter(|job| is_success(job.status));
        successes.filter_map(|job| job.completed_at.get()).max()
    });
    Some(upstream.min()?.plus(i64::from(*soak).saturating_mul(MINUTE)))
}
