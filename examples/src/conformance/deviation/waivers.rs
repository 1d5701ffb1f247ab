//! Deviations about bypasses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::WaiverType;

use super::super::case::Case;
use super::events::{event, is_upsert, parts, text};

/// A creation time that no rollout clock counts from: its slots never open.
const NEVER: &str = "2261-01-01T00:00:00Z";

/// D5: whether an event is about a bypass.
pub(super) fn is_bypass(event: &Json) -> bool {
    parts(event).0 == "policy-bypass"
}

/// D5: replaces the bypasses, whenever they or the versions change, by what the recorded engine finds
/// in them: for each target the most specific one of its newest version, applied to all versions.
pub(super) fn look_up_newest(case: &Case, events: Vec<Json>) -> Vec<Json> {
    if !events.iter().any(is_bypass) {
        return events;
    }
    let mut places = Places::default();
    for event in events.iter() {
        let of = |kind| is_upsert(event, kind).then(|| text(event, "id").to_owned());
        places.environments.extend(of("environment"));
        places.resources.extend(of("resource"));
    }
    let mut versions: BTreeMap<String, Json> = BTreeMap::new();
    let mut bypasses: BTreeMap<String, Json> = BTreeMap::new();
    let mut known: BTreeMap<String, Json> = BTreeMap::new();
    let mut rewritten = Vec::new();
    for it in events {
        let all = match parts(&it).0 {
            "deployment-version" => &mut versions,
            "policy-bypass" => &mut bypasses,
            _ => {
                rewritten.push(it);
                continue;
            }
        };
        let id = text(&it, "id").to_owned();
        if parts(&it).1 == "deleted" {
            all.remove(&id);
        } else {
            all.insert(id, it["data"].clone());
        }
        let found = places.found(&versions, &bypasses, case.now);
        let gone = known.iter().filter(|(id, _)| !found.contains_key(*id));
        rewritten.extend(gone.map(|(_, bypass)| event("policy-bypass.deleted", bypass)));
        let new = found.iter().filter(|(id, bypass)| known.get(*id) != Some(bypass));
        rewritten.extend(new.map(|(_, bypass)| event("policy-bypass.created", bypass)));
        known = found;
        if !is_bypass(&it) {
            rewritten.push(it);
        }
    }
    rewritten
}

/// Where there may be targets.
#[derive(Default)]
struct Places {
    environments: BTreeSet<String>,
    resources: BTreeSet<String>,
}

impl Places {
    /// The bypasses that have the effect, by id.
    fn found(
        &self,
        versions: &BTreeMap<String, Json>,
        bypasses: &BTreeMap<String, Json>,
        now: SimTime,
    ) -> BTreeMap<String, Json> {
        let mut found = BTreeMap::new();
        let mut newest: BTreeMap<&str, &Json> = BTreeMap::new();
        let age = |it: &Json| (time(&it["createdAt"]), it["id"].as_str().map(str::to_owned));
        for version in versions.values() {
            let deployment = version["deploymentId"].as_str().unwrap_or_default();
            let newer = newest.get(deployment).is_none_or(|it| age(it) < age(version));
            if newer {
                newest.insert(deployment, version);
            }
        }
        for (deployment, newest) in newest {
            let live: Vec<&Json> = bypasses
                .values()
                .filter(|it| it["versionId"] == newest["id"])
                .filter(|it| time(&it["expiresAt"]).is_none_or(|end| now < end))
                .collect();
            for (environment, resource) in self.environments.iter().flat_map(|environment| {
                self.resources.iter().map(move |resource| (environment, resource))
            }) {
                let Some(bypass) = most_specific(&live, environment, resource) else { continue };
                let candidates = versions.values().filter(|it| it["deploymentId"] == *deployment);
                for candidate in candidates {
                    let version = &candidate["id"];
                    let id = format!("{version} {environment} {resource}");
                    let mut applied = bypass.clone();
                    applied["id"] = id.as_str().into();
                    applied["versionId"] = version.clone();
                    applied["environmentId"] = environment.as_str().into();
                    applied["resourceId"] = resource.as_str().into();
                    applied["createdAt"] = NEVER.into();
                    applied["expiresAt"] = Json::Null;
                    found.insert(id, applied);
                }
            }
        }
        found
    }
}

/// The bypass for a target, or else its environment, or else everywhere.
fn most_specific<'a>(live: &[&'a Json], environment: &str, resource: &str) -> Option<&'a Json> {
    let is = |it: &Json, name, value: Option<&str>| it[name].as_str() == value;
    let tiers = [(Some(environment), Some(resource)), (Some(environment), None), (None, None)];
    tiers.into_iter().find_map(|(environment, resource)| {
        live.iter()
            .find(|it| is(it, "environmentId", environment) && is(it, "resourceId", resource))
            .copied()
    })
}

fn time(json: &Json) -> Option<SimTime> {
    SimTime::parse(json.as_str()?).ok()
}

/// The creation time of what states none, in the eyes of the recorded engine the year 1.
const LONG_AGO: &str = "1678-01-01T00:00:00Z";

/// D23: what states no creation time was always there, and a bypass is still live at its end.
pub(super) fn stretch_times(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    let dated = ["deployment-version", "policy-bypass", "user-approval-record"];
    for it in events.iter_mut().filter(|it| dated.iter().any(|kind| is_upsert(it, kind))) {
        if text(it, "createdAt").is_empty() {
            it["data"]["createdAt"] = LONG_AGO.into();
        }
        if let Some(end) = time(&it["data"]["expiresAt"]) {
            it["data"]["expiresAt"] = end.plus(1).to_string().into();
        }
    }
    events
}

/// D36: a bypass of the checks of the status makes its version ready.
pub(super) fn lift_status(_: &Case, events: Vec<Json>) -> Vec<Json> {
    let mut versions: BTreeMap<String, Json> = BTreeMap::new();
    let mut rewritten = Vec::new();
    for mut it in events {
        if is_upsert(&it, "deployment-version") {
            versions.insert(text(&it, "id").to_owned(), it["data"].clone());
        }
        let mut lifted = None;
        if is_upsert(&it, "policy-bypass")
            && let Some(types) = it["data"]["bypassRuleTypes"].as_array()
        {
            let has = |name: &str| types.iter().any(|it| it == name);
            let version = versions.get(text(&it, "versionId"));
            let is_paused = version.is_some_and(|it| it["status"] == "paused");
            if has("deployableVersions") && (has("pausedVersions") || !is_paused) {
                lifted = version.cloned();
            }
            let known = |it: &Json| it.as_str().and_then(WaiverType::from_name).is_some();
            it["data"]["bypassRuleTypes"] = types.iter().filter(|it| known(it)).cloned().collect();
        }
        rewritten.push(it);
        if let Some(mut version) = lifted {
            version["status"] = json!("ready");
            rewritten.push(event("deployment-version.updated", &version));
        }
    }
    rewritten
}
