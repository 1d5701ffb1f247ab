//! The state change of one event, before anything is reconciled (SEMANTICS 2.2, 2.4, 4.3, 4.4).
//!
//! Vocabulary: an event type is `kind.verb`; the *key* of an entity is its identity, parts joined by line feeds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::canonical::external_id;
use super::dialect;
use super::entity::{decode, identity};
use super::jobs;
use super::time;
use super::world::{World, list, text};

const KINDS: [&str; 17] = [
    "system",
    "resource",
    "resource-provider",
    "resource-variable",
    "environment",
    "deployment",
    "deployment-version",
    "deployment-variable",
    "deployment-variable-value",
    "job-agent",
    "user-approval-record",
    "relationship-rule",
    "policy",
    "policy-bypass",
    "policy-skip",
    "github-entity",
    "variable-set",
];

/// Applies the state change; the outcome code if the event has one.
pub(crate) fn change(
    world: &mut World,
    event_type: &str,
    data: &Value,
) -> Result<Option<&'static str>, String> {
    match event_type {
        "job.updated" => jobs::update(world, data)?,
        "job.finished" => jobs::finish(world, data)?,
        "release-target.deploy" => return jobs::redeploy(world, data).map(Some),
        "workspace.tick" | "reconcile.all" => {}
        "resource-provider.set-resources" => set_resources(world, data)?,
        _ => {
            let (kind, verb) = event_type.rsplit_once('.').unwrap_or((event_type, ""));
            if !KINDS.contains(&kind) || (kind == "variable-set" && !world.today) {
                return Err(format!("unknown_event: {event_type}"));
            }
            match verb {
                "created" | "updated" => upsert(world, kind, data)?,
                "deleted" => delete(world, kind, data)?,
                _ => return Err(format!("unknown_event: {event_type}")),
            }
        }
    }
    Ok(None)
}

fn key(kind: &str, data: &Value) -> Result<String, String> {
    let mut parts = Vec::new();
    for field in identity(kind) {
        // The values of one key on a resource may go without a name.
        let optional = kind == "resource-variable" && *field == "id";
        match data.get(*field) {
            Some(Value::String(part)) if optional || !part.is_empty() => parts.push(part.as_str()),
            None | Some(Value::Null) if optional => parts.push(""),
            None | Some(Value::Null | Value::String(_)) => {
                return Err(format!("missing_field: {field}"));
            }
            Some(_) => return Err(format!("malformed: {field}")),
        }
    }
    Ok(parts.join("\n"))
}

fn upsert(world: &mut World, kind: &str, data: &Value) -> Result<(), String> {
    let Some(data) = dialect::complete(world, kind, data)? else {
        decode(kind, data, world.now)?;
        return delete(world, kind, data);
    };
    let mut entity = decode(kind, &data, world.now)?;
    if kind == "resource-variable" {
        dialect::name_value(world, &mut entity)?;
    }
    let key = key(kind, &entity)?;
    check_conflicts(world, kind, &key, &entity)?;
    if kind == "resource" {
        entity["workspaceId"] = json!(world.workspace);
    }
    world.table(kind).insert(key, entity);
    Ok(())
}

fn delete(world: &mut World, kind: &str, data: &Value) -> Result<(), String> {
    let key = key(kind, data)?;
    if kind == "resource-variable" {
        // Without a name, and in the recorded dialect: whatever the resource sets under the key.
        let id = text(data, "id");
        let one = world.today && !id.is_empty();
        world.table(kind).retain(|_, it| {
            text(it, "resourceId") != text(data, "resourceId")
                || text(it, "key") != text(data, "key")
                || (one && text(it, "id") != id)
        });
    }
    if kind == "system" && world.get(kind, &key).is_some() {
        // What belongs to no other system goes with it.
        for owned in ["deployment", "environment"] {
            let is_only = |entity: &&Value| {
                let systems = dialect::systems(world, owned, entity);
                systems.len() == 1 && systems.contains(&key)
            };
            let gone: Vec<String> =
                world.all(owned).filter(is_only).map(|it| text(it, "id").to_owned()).collect();
            world.table(owned).retain(|id, _| !gone.contains(id));
        }
    }
    world.table(kind).remove(&key);
    if kind == "resource-provider" {
        for resource in world.table("resource").values_mut() {
            if text(resource, "providerId") == key {
                resource.as_object_mut().expect("entities are objects").remove("providerId");
            }
        }
    }
    Ok(())
}

/// Uniqueness, fixed owners, and entities that must exist (2.4).
fn check_conflicts(world: &World, kind: &str, key: &str, entity: &Value) -> Result<(), String> {
    let unchanged = |field: &str| match world.get(kind, key) {
        Some(stored) if stored[field] != entity[field] => {
            Err(format!("conflict: {field} of a {kind} is fixed"))
        }
        _ => Ok(()),
    };
    match kind {
        "resource" => {
            let taken = |other: &Value| {
                text(other, "id") != key && other["identifier"] == entity["identifier"]
            };
            if world.all(kind).any(taken) {
                return Err("conflict: identifier of resource".to_owned());
            }
        }
        "deployment-version" => unchanged("deploymentId")?,
        "deployment-variable" => {
            unchanged("deploymentId")?;
            let taken = |other: &Value| {
                text(other, "id") != key
                    && other["deploymentId"] == entity["deploymentId"]
                    && other["key"] == entity["key"]
            };
            if world.all(kind).any(taken) {
                return Err("conflict: key of deployment variable".to_owned());
            }
        }
        "deployment-variable-value" => {
            unchanged("deploymentVariableId")?;
            exists(world, "deployment-variable", text(entity, "deploymentVariableId"))?;
        }
        "user-approval-record" => {
            exists(world, "deployment-version", text(entity, "versionId"))?;
            exists(world, "environment", text(entity, "environmentId"))?;
        }
        "relationship-rule" => {
            let named = text(entity, "workspaceId");
            if !named.is_empty() && named != world.workspace {
                return Err("wrong_workspace: relationship rule".to_owned());
            }
        }
        _ => {}
    }
    Ok(())
}

fn exists(world: &World, kind: &str, key: &str) -> Result<(), String> {
    world.get(kind, key).map(|_| ()).ok_or_else(|| format!("not_found: {kind} {key}"))
}

/// `resource-provider.set-resources`: the provider's resources become exactly these.
fn set_resources(world: &mut World, data: &Value) -> Result<(), String> {
    let provider = text(data, "providerId").to_owned();
    if provider.is_empty() || !data.get("resources").is_some_and(Value::is_array) {
        return Err("missing_field: providerId and resources".to_owned());
    }
    let now = json!(time::format(world.now));
    let by_identifier: BTreeMap<String, Value> = world
        .all("resource")
        .map(|resource| (text(resource, "identifier").to_owned(), resource.clone()))
        .collect();
    let mut wanted: BTreeMap<String, Value> = BTreeMap::new();
    let is_deleted = |sent: &&Value| sent.get("deletedAt").is_some_and(|at| !at.is_null());
    for sent in list(data, "resources").iter().filter(|it| !(world.today && is_deleted(it))) {
        let mut sent = sent.clone();
        let identifier = [text(&sent, "identifier"), text(&sent, "id")]
            .into_iter()
            .find(|text| !text.is_empty());
        let identifier = identifier.ok_or("missing_field: identifier")?.to_owned();
        let existing = by_identifier.get(&identifier);
        if let Some(existing) = existing {
            sent["id"] = existing["id"].clone();
        } else if text(&sent, "id").is_empty() {
            sent["id"] = json!(external_id(&identifier));
        }
        let mut entity = decode("resource", &sent, world.now)?;
        entity["providerId"] = json!(provider);
        entity["workspaceId"] = json!(world.workspace);
        if wanted.insert(identifier, entity).is_some() {
            return Err("conflict: two resources with one identifier".to_owned());
        }
    }
    world.table("resource").retain(|_, resource| {
        text(resource, "providerId") != provider
            || wanted.contains_key(text(resource, "identifier"))
    });
    for (identifier, mut entity) in wanted {
        if let Some(existing) = by_identifier.get(&identifier) {
            let owner = text(existing, "providerId");
            if !owner.is_empty() && owner != provider {
                continue; // another provider's: left alone
            }
            entity["createdAt"] = existing["createdAt"].clone();
            let adopted = owner.is_empty();
            if said(existing) == said(&entity) && !adopted {
                continue;
            }
            if said(existing) == said(&entity) {
                restore_times(&mut entity, existing);
            } else {
                entity["updatedAt"] = now.clone();
            }
        }
        let key = text(&entity, "id").to_owned();
        check_conflicts(world, "resource", &key, &entity)?;
        world.table("resource").insert(key, entity);
    }
    Ok(())
}

/// What counts as a change of a resource: everything but times, id, workspace and provider.
fn said(resource: &Value) -> BTreeMap<&str, &Value> {
    ["identifier", "name", "kind", "version", "config", "metadata"]
        .into_iter()
        .filter_map(|field| Some((field, resource.get(field)?)))
        .collect()
}

fn restore_times(entity: &mut Value, existing: &Value) {
    for field in ["updatedAt", "lockedAt", "deletedAt"] {
        match existing.get(field) {
            Some(time) => entity[field] = time.clone(),
            None => {
                entity.as_object_mut().expect("entities are objects").remove(field);
            }
        }
    }
}
