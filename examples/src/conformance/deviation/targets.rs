//! Deviations about which targets there are, and which are looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::entity::Json;
use shakedown_engine::event::{ErrorClass, Event, Triple};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::ingest::Rejection;
use shakedown_systems::load::DEFAULT_WORKSPACE;

use super::super::case::Case;
use super::super::state::{JOBS, State};
use super::events::{event, is_upsert, parts, text};

/// D13: whether an event changes what targets refer to, but none of them in the eyes of the recorded
/// engine.
pub(super) fn is_foreign(event: &Json) -> bool {
    matches!(parts(event).0, "relationship-rule" | "job-agent")
}

/// D13: whether an event changes a policy or a resource; who is affected only by what it was, or
/// refers to it, is not looked at.
pub(super) fn is_far_reaching(event: &Json) -> bool {
    matches!(parts(event), ("policy" | "resource", "updated"))
}

/// Whether targets may vanish.
pub(super) fn loses_targets(case: &Case) -> bool {
    let mut seen = BTreeSet::new();
    case.events.iter().any(|event| {
        let (kind, _) = parts(event);
        let is_part = ["system", "environment", "deployment", "resource"].contains(&kind);
        is_part && !seen.insert((kind, text(event, "id")))
    })
}

/// Whether an environment comes after a deployment.
pub(super) fn ends_unregistered(case: &Case) -> bool {
    let mut kinds = case.events.iter().map(|event| parts(event).0);
    kinds.any(|kind| kind == "deployment") && kinds.any(|kind| kind == "environment")
}

/// D28: whether an event updates an owner of targets.
pub(super) fn is_owner_update(event: &Json) -> bool {
    matches!(parts(event), ("environment" | "deployment", "updated"))
}

/// D15: a target is registered by its resource or deployment, if one of them comes after the
/// environment; the others have the jobs of the one time they were planned.
pub(super) fn forget_unregistered(case: &Case, state: &mut State) {
    let mut last: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, event) in case.events.iter().enumerate() {
        let (kind, verb) = parts(event);
        if matches!(verb, "created" | "updated") {
            last.insert((kind, text(event, "id")), at);
        }
    }
    let since = |kind, id: &str| last.get(&(kind, id)).copied().unwrap_or_default();
    let is_unregistered = |it: &Triple| {
        let environment = since("environment", &it.environment_id);
        let is_new = parts(&case.events[environment]).1 == "created";
        let others = since("resource", &it.resource_id).max(since("deployment", &it.deployment_id));
        is_new && others < environment
    };
    let forgotten: Vec<Triple> =
        state.order.extract_if(.., |triple| is_unregistered(triple)).collect();
    for triple in forgotten {
        let jobs = state.targets.remove(&triple).and_then(|mut fields| fields.remove(JOBS));
        if let Some(jobs) = jobs.filter(|jobs| jobs.as_array().is_some_and(|it| !it.is_empty())) {
            state.removed.insert(triple, jobs);
        }
    }
}

/// D26: while a selector of an environment or deployment cannot compile, events of resources fail.
pub(super) fn fail_resources(case: &Case, events: &mut Vec<Json>) {
    let mut fleet = shakedown_systems::fleet(DEFAULT_WORKSPACE, case.now);
    let mut broken = BTreeSet::new();
    events.retain(|it| {
        let (kind, _) = parts(it);
        if kind == "resource" && !broken.is_empty() {
            return false;
        }
        let decoded = Event::decode(it, case.now).map_err(Rejection::from);
        let applied = decoded.and_then(|event| fleet.apply(event));
        let owner = ["environment", "deployment"].into_iter().find(|owner| kind == *owner);
        if let Some(owner) = owner {
            let key = (owner, text(it, "id").to_owned());
            match applied {
                Err(it) if it.class == ErrorClass::InvalidSelector => broken.insert(key),
                _ => broken.remove(&key),
            };
        }
        true
    });
}

/// D28: a resource that is created again keeps the targets it had, until it is updated or deleted.
/// Environments and deployments are widened by its id.
pub(super) fn keep_stale_targets(case: &Case, events: &mut Vec<Json>) {
    let mut fleet = shakedown_systems::fleet(DEFAULT_WORKSPACE, case.now);
    let mut known = BTreeSet::new();
    // Ids of resources by owner, and the owners as last stated.
    let mut kept: BTreeMap<(&str, String), BTreeSet<String>> = BTreeMap::new();
    let mut owners: BTreeMap<(&str, String), Json> = BTreeMap::new();
    for it in std::mem::take(events) {
        let (kind, verb) = parts(&it);
        let id = text(&it, "id").to_owned();
        let Ok(decoded) = Event::decode(&it, case.now) else { continue };
        let is_repeated = kind == "resource" && verb == "created" && !known.insert(id.clone());
        let before: Vec<Triple> = if is_repeated { targets(&mut fleet) } else { Vec::new() };
        fleet.apply(decoded).ok();
        let owner = ["environment", "deployment"].into_iter().find(|owner| is_upsert(&it, owner));
        if let Some(owner) = owner {
            let key = (owner, id);
            let empty = BTreeSet::new();
            let widened = widen(&it["data"], kept.get(&key).unwrap_or(&empty));
            owners.insert(key, it["data"].clone());
            events.push(json!({ "eventType": it["eventType"], "data": widened }));
            continue;
        }
        if is_repeated {
            let after: BTreeSet<Triple> = targets(&mut fleet).into_iter().collect();
            for lost in before.into_iter().filter(|it| it.resource_id == id && !after.contains(it))
            {
                for key in
                    [("environment", lost.environment_id), ("deployment", lost.deployment_id)]
                {
                    let ids = kept.entry(key.clone()).or_default();
                    ids.insert(id.clone());
                    let stated = owners.get(&key).unwrap_or(&Json::Null);
                    events.push(event(&format!("{}.created", key.0), &widen(stated, ids)));
                }
            }
        }
        let narrowed = kept
            .iter_mut()
            .filter(|(_, ids)| kind == "resource" && verb != "created" && ids.contains(&id));
        let mut after = Vec::new();
        for (key, ids) in narrowed {
            ids.remove(&id);
            let stated = owners.get(key).unwrap_or(&Json::Null);
            after.push(event(&format!("{}.created", key.0), &widen(stated, ids)));
        }
        events.push(it);
        events.extend(after);
    }
}

fn targets(fleet: &mut Fleet) -> Vec<Triple> {
    fleet.targets().into_iter().map(|it| it.triple).collect()
}

/// An environment or deployment that also selects these resources.
fn widen(owner: &Json, ids: &BTreeSet<String>) -> Json {
    let mut wide = owner.clone();
    for id in ids {
        let selector = &wide["resourceSelector"];
        let is_id = format!("resource.id == '{id}'");
        let cel = |text: &str| json!(format!("({text}) || {is_id}"));
        let conditions = selector["json"].as_object().filter(|it| !it.is_empty());
        let wider = match (conditions, selector["cel"].as_str().or(selector.as_str())) {
            (Some(condition), _) => {
                let is_id = json!({ "type": "id", "operator": "equals", "value": id });
                json!({ "json": { "operator": "or", "conditions": [condition, is_id] } })
            }
            (None, Some(text)) if !text.is_empty() => cel(text),
            _ => json!(is_id),
        };
        wide["resourceSelector"] = wider;
    }
    wide
}
