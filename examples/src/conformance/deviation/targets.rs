//! Deviations about which targets there are, and which are looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::model::Dialect;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{ErrorClass, Event, Triple};
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
pub(super) fn fail_resources(case: &Case, mut events: Vec<Json>) -> Vec<Json> {
    let mut fleet = shakedown_systems::fleet_in(Dialect::RECORDED, DEFAULT_WORKSPACE, case.now);
    let mut broken = BTreeSet::new();
    events.retain(|it| {
        let (kind, _) = parts(it);
        if kind == "resource" && !broken.is_empty() {
            return false;
        }
        let decoded = Event::decode(it, case.now).map_err(Rejection::from);
        let applied = decoded.and_then(|event| Ok(fleet.apply(event)?));
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
    events
}

/// D28: a resource that is created again keeps the targets it had, until it is updated or deleted.
/// Environments and deployments are widened by its id.
pub(super) fn keep_stale_targets(case: &Case, events: Vec<Json>) -> Vec<Json> {
    let mut fleet = shakedown_systems::fleet_in(Dialect::RECORDED, DEFAULT_WORKSPACE, case.now);
    let mut known = BTreeSet::new();
    let mut owners: BTreeMap<(&str, String), Owner> = BTreeMap::new();
    let mut rewritten = Vec::new();
    for it in events {
        let Ok(decoded) = Event::decode(&it, case.now) else { continue };
        let (kind, verb) = parts(&it);
        let id = text(&it, "id").to_owned();
        let is_repeated = kind == "resource" && verb == "created" && !known.insert(id.clone());
        let before = if is_repeated { fleet.targets() } else { Vec::new() };
        fleet.apply(decoded).ok();
        if let Some(owner) =
            ["environment", "deployment"].into_iter().find(|owner| is_upsert(&it, owner))
        {
            let owner = owners.entry((owner, id)).or_default();
            owner.stated = it["data"].clone();
            rewritten.push(json!({ "eventType": it["eventType"], "data": owner.widened() }));
            continue;
        }
        if is_repeated {
            let after: Vec<Triple> = fleet.targets().into_iter().map(|it| it.triple).collect();
            let before = before.into_iter().map(|it| it.triple);
            for lost in before.filter(|it| it.resource_id == id && !after.contains(it)) {
                for key in
                    [("environment", lost.environment_id), ("deployment", lost.deployment_id)]
                {
                    let kind = key.0;
                    let owner = owners.entry(key).or_default();
                    owner.kept.insert(id.clone());
                    rewritten.push(event(&format!("{kind}.created"), &owner.widened()));
                }
            }
        }
        let lets_go = kind == "resource" && verb != "created";
        rewritten.push(it);
        for ((kind, _), owner) in &mut owners {
            if lets_go && owner.kept.remove(&id) {
                rewritten.push(event(&format!("{kind}.created"), &owner.widened()));
            }
        }
    }
    rewritten
}

/// An environment or deployment.
#[derive(Default)]
struct Owner {
    /// As the scenario states it.
    stated: Json,
    /// The resources that stay though it does not select them.
    kept: BTreeSet<String>,
}

impl Owner {
    /// The entity, selecting also what it keeps.
    fn widened(&self) -> Json {
        let mut wide = self.stated.clone();
        for id in &self.kept {
            let selector = &wide["resourceSelector"];
            let is_id = format!("resource.id == '{id}'");
            let conditions = selector["json"].as_object().filter(|it| !it.is_empty());
            let wider = match (conditions, selector["cel"].as_str().or(selector.as_str())) {
                (Some(condition), _) => {
                    let is_id = json!({ "type": "id", "operator": "equals", "value": id });
                    json!({ "json": { "operator": "or", "conditions": [condition, is_id] } })
                }
                (None, Some(text)) if !text.is_empty() => json!(format!("({text}) || {is_id}")),
                _ => json!(is_id),
            };
            wide["resourceSelector"] = wider;
        }
        wide
    }
}
