//! What is sent, as the dialect of the workspace takes it (docs/dialects.md): members that were left out are put in,
//! and what the dialect does not know is rejected.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::cel_text::Binding;
use super::selector::{self, Selector};
use super::world::{Target, World, list, lists, text};

/// An entity that is going to be decoded; `None` if it stands for the deletion of one.
pub(crate) fn complete(world: &World, kind: &str, data: &Value) -> Result<Option<Value>, String> {
    if kind == "policy" {
        for rule in list(data, "rules") {
            let named =
                [("environmentProgression", "successStatuses"), ("retry", "retryOnStatuses")];
            for (member, statuses) in named {
                let statuses = rule.get(member).map_or(&[][..], |member| list(member, statuses));
                statuses.iter().try_for_each(|status| knows(world, status))?;
            }
            if !world.today && text(rule, "id").is_empty() {
                return Err("missing_field: rule needs id".to_owned());
            }
        }
    }
    let mut data = data.clone();
    if let ("deployment" | "environment" | "system", Some(members)) = (kind, data.as_object_mut()) {
        complete_systems(world, kind, members)?;
    }
    if let ("deployment", Some(members)) = (kind, data.as_object_mut()) {
        let text = members.get("jobAgentSelector").and_then(Value::as_str).unwrap_or("").to_owned();
        if !world.today || text.is_empty() {
            members.remove("jobAgentSelector");
        } else {
            selector::check(&Selector::Cel(text), &AGENT)
                .map_err(|it| format!("invalid_selector: {it}"))?;
        }
    }
    if kind == "relationship-rule" && (!world.today || text(&data, "cel").is_empty()) {
        data.as_object_mut().map(|rule| rule.remove("cel"));
    }
    if !world.today {
        return Ok(Some(data));
    }
    let is_absent = |data: &Value, name: &str| matches!(data.get(name), None | Some(Value::Null));
    match kind {
        "resource" if !is_absent(&data, "deletedAt") => return Ok(None),
        "deployment-version"
            if data.is_object() && (is_absent(&data, "status") || data["status"] == json!("")) =>
        {
            data["status"] = json!("ready");
        }
        "relationship-rule" if data.get("cel").is_some() => {
            let mut others = ["fromType", "toType", "fromSelector", "toSelector", "matcher"].iter();
            if let Some(other) = others.find(|name| !is_absent(&data, name)) {
                return Err(format!("invalid_value: {other} beside cel"));
            }
        }
        "policy" if data.is_object() => {
            if is_absent(&data, "enabled") {
                data["enabled"] = json!(true);
            }
            if list(&data, "selectors").is_empty() && text(&data, "selector").is_empty() {
                data["selectors"] = json!([{}]);
            }
            let id = text(&data, "id").to_owned();
            let rules = data.get_mut("rules").and_then(Value::as_array_mut);
            for (at, rule) in rules.into_iter().flatten().enumerate() {
                if rule.is_object() && text(rule, "id").is_empty() {
                    rule["id"] = json!(format!("{id}#{at}"));
                }
            }
        }
        _ => {}
    }
    Ok(Some(data))
}

/// What the selector of an agent may read.
const AGENT: [&str; 2] = ["jobAgent", "resource"];

/// The agent that runs the jobs of a target: of those that the deployment's selector matches the one with the smallest
/// id, or else the one that it names; and the id that jobs show.
pub(crate) fn agent<'w>(world: &'w World, target: &Target) -> (Option<&'w Value>, String) {
    let (resource, _, deployment) = world.parts(target);
    let cel = text(deployment, "jobAgentSelector");
    if cel.is_empty() {
        let named = text(deployment, "jobAgentId");
        return (world.get("job-agent", named), named.to_owned());
    }
    let matches = |agent: &&Value| {
        let bindings = [("jobAgent", *agent), ("resource", resource)];
        let bindings =
            bindings.map(|(name, it)| (name, Binding::Json(it.clone()))).into_iter().collect();
        selector::evaluate(cel, &AGENT, &bindings) == Ok(true)
    };
    // Tables are ordered by id.
    let found = world.all("job-agent").find(matches);
    (found, found.map(|it| text(it, "id").to_owned()).unwrap_or_default())
}

/// Systems: one by `systemId`, or any number in any form; those of the lists of a system are ids then.
fn complete_systems(
    world: &World,
    kind: &str,
    members: &mut Map<String, Value>,
) -> Result<(), String> {
    let ids = |value: Option<Value>| -> Result<Vec<String>, String> {
        let list = match value {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => value.as_array().ok_or("malformed: no list")?.clone(),
        };
        let id = |it: &Value| match it.as_str().or_else(|| it.get("id")?.as_str()) {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err("malformed: no id".to_owned()),
        };
        list.iter().map(id).collect()
    };
    if kind == "system" {
        for list in ["deployments", "environments"] {
            let ids = ids(members.remove(list))?;
            if world.today && !ids.is_empty() {
                members.insert(list.to_owned(), json!(ids));
            }
        }
        return Ok(());
    }
    let named = members.get("systemId").and_then(Value::as_str).unwrap_or("").to_owned();
    let mut all = ids(members.remove("systems"))?;
    all.extend(ids(members.remove("systemIds"))?);
    if !world.today {
        return if named.is_empty() {
            Err(format!("missing_field: {kind} needs systemId"))
        } else {
            Ok(())
        };
    }
    all.extend(Some(named).filter(|id| !id.is_empty()));
    all.sort();
    all.dedup();
    members.remove("systemId");
    match all.len() {
        1 => members.insert("systemId".to_owned(), json!(all[0])),
        _ => members.insert("systemIds".to_owned(), json!(all)),
    };
    Ok(())
}

/// The systems of a deployment or an environment: those that it names, and those that list it.
pub(crate) fn systems(world: &World, kind: &str, entity: &Value) -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        list(entity, "systemIds").iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect();
    found.extend(Some(text(entity, "systemId")).filter(|id| !id.is_empty()).map(str::to_owned));
    let listing =
        world.all("system").filter(|it| lists(it, &format!("{kind}s"), text(entity, "id")));
    found.extend(listing.map(|it| text(it, "id").to_owned()));
    found
}

/// A job status must be one of the dialect.
pub(crate) fn knows(world: &World, status: &Value) -> Result<(), String> {
    if !world.today && status == &json!("queued") {
        return Err("invalid_value: status \"queued\"".to_owned());
    }
    Ok(())
}

/// Names a value that a resource sets, if nobody did: by priority and selector. In the recorded dialect a
/// key has one value, without a name, a priority or a selector.
pub(crate) fn name_value(world: &World, variable: &mut Value) -> Result<(), String> {
    let priority = variable["priority"].clone();
    let selector = variable.get("resourceSelector").map(selector::read).transpose()?.flatten();
    if !world.today {
        if priority != json!(0) || selector.is_some() {
            return Err("invalid_value: priority or selector of a resource variable".to_owned());
        }
        variable["id"] = json!("");
    } else if text(variable, "id").is_empty() {
        variable["id"] = json!(match selector {
            None => priority.to_string(),
            Some(Selector::Cel(text)) => format!("{priority} {text}"),
            Some(Selector::Json(condition)) => format!("{priority} {condition}"),
        });
    }
    Ok(())
}
