//! Selectors: the union of CEL text and JSON conditions, and what they say about one entity (SEMANTICS 3.2 to 3.5).
//!
//! Vocabulary: *shape A* is an entity as selectors see it (times are timestamps, `resourceSelector` is opaque); *shape
//! B* is the entity's output JSON. A selector that is *absent* is `None`; what that means depends on the place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::cel_text::{self, Binding, Bindings};
use super::time;

/// A selector that is present.
#[derive(Clone, Debug)]
pub(crate) enum Selector {
    Cel(String),
    Json(Value),
}

/// The kinds of entity that selectors and relationships speak about.
pub(crate) const KINDS: [&str; 4] = ["resource", "deployment", "environment", "version"];

/// Reads the union; `Ok(None)` for an absent selector, which includes `null` and the empty string.
pub(crate) fn read(value: &Value) -> Result<Option<Selector>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(Selector::Cel(text.clone()))),
        Value::Object(union) => {
            if let Some(condition @ Value::Object(members)) = union.get("json")
                && !members.is_empty()
            {
                return Ok(Some(Selector::Json(condition.clone())));
            }
            match union.get("cel") {
                Some(Value::String(text)) if !text.is_empty() => {
                    Ok(Some(Selector::Cel(text.clone())))
                }
                _ => Err("a selector needs a condition or a text".to_owned()),
            }
        }
        _ => Err("a selector is a text or an object".to_owned()),
    }
}

/// The static part of a selector: does it compile with the given variables?
pub(crate) fn check(selector: &Selector, variables: &[&str]) -> Result<(), String> {
    match selector {
        Selector::Cel(text) => cel_text::compile(text, variables).map(|_| ()),
        Selector::Json(condition) => classify(condition).map(|_| ()),
    }
}

/// Whether an entity of `kind` is selected, as selectors of environments, deployments, values, policies and rules see it.
pub(crate) fn matches_entity(
    selector: &Selector,
    kind: &'static str,
    entity: &Value,
) -> Result<bool, String> {
    match selector {
        Selector::Cel(text) => evaluate(text, &KINDS, &shape_a_of(&[(kind, entity)])),
        Selector::Json(condition) => holds(&classify(condition)?, kind, entity),
    }
}

/// Compiles and evaluates a text with exactly the variables `names`, of which `bindings` has the values.
pub(crate) fn evaluate(text: &str, names: &[&str], bindings: &Bindings) -> Result<bool, String> {
    cel_text::truth(&*cel_text::compile(text, names)?, bindings)
}

/// The four variables in shape A; those not given are empty maps.
pub(crate) fn shape_a_of(entities: &[(&'static str, &Value)]) -> Bindings {
    let mut bindings: Bindings =
        KINDS.into_iter().map(|kind| (kind, Binding::Json(Value::Object(Map::new())))).collect();
    bindings.extend(entities.iter().map(|(kind, entity)| (*kind, shape_a(kind, entity))));
    bindings
}

/// The four variables in shape B; those not given are empty maps.
pub(crate) fn shape_b_of(entities: &[(&'static str, &Value)]) -> Bindings {
    let mut bindings: Bindings =
        KINDS.into_iter().map(|kind| (kind, Binding::Json(Value::Object(Map::new())))).collect();
    bindings
        .extend(entities.iter().map(|(kind, entity)| (*kind, Binding::Json((*entity).clone()))));
    bindings
}

fn shape_a(kind: &str, entity: &Value) -> Binding {
    let (shown, times): (&[&str], &[&str]) = match kind {
        "resource" => (
            &[
                "id",
                "identifier",
                "name",
                "kind",
                "version",
                "workspaceId",
                "config",
                "metadata",
                "providerId",
            ],
            &["createdAt", "updatedAt", "deletedAt", "lockedAt"],
        ),
        "deployment" => (
            &[
                "id",
                "name",
                "slug",
                "systemId",
                "jobAgentConfig",
                "metadata",
                "description",
                "jobAgentId",
            ],
            &[],
        ),
        _ => (&["id", "name", "systemId", "metadata", "createdAt", "description"], &[]),
    };
    let present = |key: &&str| Some(((*key).to_owned(), entity.get(*key)?.clone()));
    let instant =
        |key: &&str| Some(((*key).to_owned(), time::parse(entity.get(*key)?.as_str()?).ok()?));
    let fields: BTreeMap<String, Value> = shown.iter().filter_map(present).collect();
    let times: BTreeMap<String, i64> = times.iter().filter_map(instant).collect();
    let opaque =
        entity.get("resourceSelector").map(|_| "resourceSelector".to_owned()).into_iter().collect();
    Binding::Entity { fields, times, opaque }
}

/// A JSON condition after classification (3.3).
enum Condition<'a> {
    All(Vec<Condition<'a>>),
    Any(Vec<Condition<'a>>),
    Metadata { key: &'a str, operator: &'a str, value: &'a str },
    Date { field: &'static str, operator: &'a str, value: &'a str },
    Text { field: &'a str, operator: &'a str, value: &'a str },
}

const TEXT_OPERATORS: [&str; 4] = ["equals", "starts-with", "ends-with", "contains"];
const DATE_OPERATORS: [&str; 5] = ["equals", "before", "after", "before-or-on", "after-or-on"];

fn classify(condition: &Value) -> Result<Condition<'_>, String> {
    let members = condition.as_object().ok_or("a condition is an object")?;
    let scalar = |key: &str| match members.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(format!("{key} of a condition is a string")),
    };
    let (kind, operator, value, key) =
        (scalar("type")?, scalar("operator")?, scalar("value")?, scalar("key")?);
    if operator == "and" || operator == "or" {
        let children = match members.get("conditions") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(children)) => {
                children.iter().map(classify).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("conditions is a list".to_owned()),
        };
        return Ok(if operator == "and" {
            Condition::All(children)
        } else {
            Condition::Any(children)
        });
    }
    if TEXT_OPERATORS.contains(&operator) && kind == "metadata" && !key.is_empty() {
        return Ok(Condition::Metadata { key, operator, value });
    }
    if let Some(field) = date_field(kind)
        && DATE_OPERATORS.contains(&operator)
    {
        return Ok(Condition::Date { field, operator, value });
    }
    if TEXT_OPERATORS.contains(&operator) {
        return Ok(Condition::Text { field: kind, operator, value });
    }
    Err(format!("no condition has type {kind:?} and operator {operator:?}"))
}

fn date_field(kind: &str) -> Option<&'static str> {
    match kind {
        "createdAt" | "created-at" | "created_at" => Some("createdAt"),
        "updatedAt" | "updated-at" | "updated_at" => Some("updatedAt"),
        "deletedAt" | "deleted-at" | "deleted_at" => Some("deletedAt"),
        _ => None,
    }
}

fn holds(condition: &Condition<'_>, kind: &str, entity: &Value) -> Result<bool, String> {
    match condition {
        Condition::All(children) => {
            for child in children {
                if !holds(child, kind, entity)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Condition::Any(children) => {
            for child in children {
                if holds(child, kind, entity)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Condition::Metadata { key, operator, value } => {
            let found = entity
                .get("metadata")
                .and_then(|metadata| metadata.get(*key))
                .and_then(Value::as_str);
            Ok(found.is_some_and(|text| compare_text(text, operator, value)))
        }
        Condition::Date { field, operator, value } => {
            let wanted = time::parse(value)?.div_euclid(time::SECOND);
            let found = entity
                .get(*field)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("{field} is not set"))?;
            let found = time::parse(found)?.div_euclid(time::SECOND);
            Ok(match *operator {
                "before" => found < wanted,
                "after" => found > wanted,
                "before-or-on" => found <= wanted,
                "after-or-on" => found >= wanted,
                _ => found == wanted,
            })
        }
        Condition::Text { field, operator, value } => {
            let fields: &[&str] = match kind {
                "resource" => &["id", "identifier", "name", "kind", "version", "workspaceId"],
                "deployment" => &["id", "name", "slug", "systemId"],
                "environment" => &["id", "name", "systemId", "createdAt"],
                _ => &["id", "deploymentId", "name", "tag", "status"],
            };
            let name = fields.iter().find(|name| **name == *field || capitalised(name) == *field);
            let name = name.ok_or_else(|| format!("a {kind} has no text field {field:?}"))?;
            let text = entity.get(*name).and_then(Value::as_str).unwrap_or("");
            Ok(compare_text(text, operator, value))
        }
    }
}

/// The JSON name with its first letter in upper case.
pub(crate) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| {
        format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
    })
}

fn compare_text(text: &str, operator: &str, value: &str) -> bool {
    match operator {
        "starts-with" => text.starts_with(value),
        "ends-with" => text.ends_with(value),
        "contains" => text.contains(value),
        _ => text == value,
    }
}
