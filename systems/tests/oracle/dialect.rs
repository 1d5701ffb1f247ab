//! What is sent, as the dialect of the workspace takes it (docs/dialects.md): members that were left out are put in,
//! and what the dialect does not know is rejected.

use serde_json::{Value, json};

use super::world::{World, list, text};

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
    if !world.today {
        return Ok(Some(data.clone()));
    }
    let mut data = data.clone();
    let is_absent = |data: &Value, name: &str| matches!(data.get(name), None | Some(Value::Null));
    match kind {
        "resource" if !is_absent(&data, "deletedAt") => return Ok(None),
        "deployment-version"
            if data.is_object() && (is_absent(&data, "status") || data["status"] == json!("")) =>
        {
            data["status"] = json!("ready");
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

/// A job status must be one of the dialect.
pub(crate) fn knows(world: &World, status: &Value) -> Result<(), String> {
    if !world.today && status == &json!("queued") {
        return Err("invalid_value: status \"queued\"".to_owned());
    }
    Ok(())
}
