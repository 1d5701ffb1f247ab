//! Deviations about policies, approvals and statuses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::MINUTE;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::jobs::{Editions, Jobs};
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{DeploymentVersion, Environment, PolicyBypass, WaiverType};
use shakedown_engine::wire::event::{Entity, Event};

use super::super::case::Case;
use super::super::replay::all_records;
use super::super::state::{CANDIDATES, JOBS, State};
use super::events::{each_object, event, is_upsert, parts, rules, some_rule, text};

/// D1: the record of a version and user is one, wherever it was given last.
pub(super) fn replace_approvals(_: &Case, events: Vec<Json>) -> Vec<Json> {
    let mut given: BTreeMap<[String; 2], String> = BTreeMap::new();
    let mut rewritten = Vec::new();
    for mut approval in events {
        if parts(&approval).0 == "user-approval-record" {
            let key = ["versionId", "userId"].map(|name| text(&approval, name).to_owned());
            let environment = text(&approval, "environmentId").to_owned();
            if !is_upsert(&approval, "user-approval-record") {
                if let Some(known) = given.remove(&key) {
                    approval["data"]["environmentId"] = known.into();
                }
            } else if let Some(known) = given.insert(key, environment.clone())
                && known != environment
            {
                let mut replaced = approval["data"].clone();
                replaced["environmentId"] = known.into();
                rewritten.push(event("user-approval-record.deleted", &replaced));
            }
        }
        rewritten.push(approval);
    }
    rewritten
}

/// D2: paused versions are as little deployable as failed ones.
pub(super) fn block_paused(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for version in events.iter_mut().filter(|it| is_upsert(it, "deployment-version")) {
        if text(version, "status") == "paused" {
            version["data"]["status"] = "failed".into();
        }
    }
    events
}

/// D2: a version shows as paused where it has no release, and is looked at every minute where it has.
pub(super) fn show_paused(case: &Case, state: &mut State) {
    let mut paused = BTreeSet::new();
    for version in case.events.iter().filter(|it| is_upsert(it, "deployment-version")) {
        let id = text(version, "id");
        match text(version, "status") {
            "paused" => paused.insert(id),
            _ => paused.remove(id),
        };
    }
    for (triple, fields) in &mut state.targets {
        let released: BTreeSet<String> = fields[JOBS]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|job| job["versionId"].as_str().map(str::to_owned))
            .collect();
        let Some(candidates) = fields.get_mut(CANDIDATES).and_then(Json::as_array_mut) else {
            continue;
        };
        let mut is_skipped = true;
        for candidate in candidates {
            is_skipped &= candidate["allowed"] == json!(false);
            let id = candidate["versionId"].as_str().unwrap_or_default();
            if !paused.contains(id) {
                continue;
            }
            if released.contains(id) {
                if let Some(polled) = state.polled.get_mut(triple).filter(|_| is_skipped) {
                    polled.at = polled.at.into_iter().chain([case.now.plus(MINUTE)]).min();
                }
            } else if let Some(kinds) = candidate["blockedBy"].as_array_mut() {
                kinds.push("pausedVersions".into());
                kinds.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
        }
    }
}

/// D10: a target selector needs all three members.
pub(super) fn drop_partial_selectors(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for policy in events.iter_mut().filter(|it| is_upsert(it, "policy")) {
        if let Some(selectors) = policy["data"]["selectors"].as_array_mut() {
            let members = ["deploymentSelector", "environmentSelector", "resourceSelector"];
            selectors.retain(|it| members.iter().all(|&member| !it[member].is_null()));
        }
    }
    events
}

/// D17: a version selector in JSON matches no version, an equality of dates has no answer.
pub(super) fn break_json_selectors(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for rule in rules(&mut events).flatten() {
        if let Some(selector) = rule["versionSelector"].get_mut("selector")
            && selector["json"].as_object().is_some_and(|it| !it.is_empty())
        {
            *selector = json!({ "cel": "false" });
        }
    }
    for event in &mut events {
        each_object(event, &mut |it| {
            let is_date = it.get("type").and_then(Json::as_str).is_some_and(|name| {
                let name = name.replace(['-', '_'], "").to_ascii_lowercase();
                ["createdat", "updatedat", "deletedat"].contains(&name.as_str())
            });
            if is_date && it.get("operator").is_some_and(|it| it == "equals") {
                it.insert("type".to_owned(), "no field".into());
            }
        });
    }
    events
}

/// Whether a rule asks for approval.
pub(super) fn asks_for_approval(case: &Case) -> bool {
    some_rule(&case.events, |rule| rule["anyApproval"].is_object())
}

/// D25: what waits for approval of a version is approved if a release of it exists in its
/// environment; counted from the version's creation (D18).
pub(super) fn approve_deployed(fleet: &mut Fleet, _: &Json, _: usize) -> Vec<Event> {
    let released: BTreeSet<(String, String)> = {
        let world = fleet.world();
        let (cohorts, editions) = (world.resource::<Cohorts>(), world.resource::<Editions>());
        let environments = world.resource::<Registry<Environment>>();
        let versions = world.resource::<Registry<DeploymentVersion>>();
        let jobs = world.resource::<Jobs>().0.iter();
        jobs.map(|job| {
            let environment = environments.id(cohorts[job.target.cohort].environment);
            (environment.to_owned(), versions.id(editions.version(job.edition)).to_owned())
        })
        .collect()
    };
    let mut wanted = BTreeSet::new();
    for record in all_records(fleet) {
        let environment = record.target.environment_id;
        for candidate in record.candidates {
            let pair = (environment.clone(), candidate.version_id);
            if !released.contains(&pair) {
                continue;
            }
            let waiting = candidate.results.into_iter();
            let waiting = waiting.filter(|it| it.code == Reason::ApprovalNotEnough);
            wanted.extend(waiting.filter_map(|it| Some((pair.clone(), it.policy_id?))));
        }
    }
    let world = fleet.world();
    let versions = world.resource::<Registry<DeploymentVersion>>();
    let bypasses = wanted.into_iter().filter_map(|((environment_id, version_id), policy_id)| {
        let version = item::<DeploymentVersion>(world, versions.find(&version_id)?)?;
        Some(Event::upsert(Entity::PolicyBypass(PolicyBypass {
            id: format!("deployed {version_id} {environment_id} {policy_id}"),
            version_id,
            environment_id: Some(environment_id),
            resource_id: None,
            policy_ids: vec![policy_id],
            bypass_rule_types: vec![WaiverType::Approval],
            justification: String::new(),
            created_by: String::new(),
            created_at: version.created_at,
            expires_at: None,
            workspace_id: String::new(),
        })))
    });
    bypasses.collect()
}
