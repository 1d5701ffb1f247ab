//! Decoding: an entity as sent becomes its output JSON, or the event is rejected (SEMANTICS 2).
//!
//! Vocabulary: a *field* is a row of a table of SEMANTICS 2.3; the *output JSON* of an entity has exactly the fields
//! of its table, defaults filled in, absent optional ones left out, times normalised. Errors begin with their class.

use serde_json::{Map, Value, json};

use super::entity_parts;
use super::selector::{self, KINDS};
use super::time;

/// What a field may hold, and what its absence means.
#[derive(Clone, Copy)]
enum Field {
    /// A required, non-empty string.
    Id,
    /// A required string.
    Required,
    /// A string, by default empty.
    Text,
    /// A string, by default the value of another field of the same entity (listed before it).
    TextLike(&'static str),
    /// A string that may be absent.
    Optional,
    /// An object of anything, by default empty.
    Map,
    /// An object of strings, by default empty.
    TextMap,
    /// A time, by default that of the event.
    CreatedAt,
    /// A time that may be absent.
    Time,
    /// One of these; `None` as default makes it required.
    OneOf(&'static [&'static str], Option<&'static str>),
    /// A selector that must compile, or is absent.
    Selector,
    /// A truth value, by default false.
    Flag,
    /// An integer with a default.
    Integer(i64),
    /// Any JSON, `null` included; the key must be there.
    Anything,
    /// Any JSON but `null`, kept as it is, or absent.
    Kept,
    /// A list of strings, or absent.
    Texts,
}
use Field::{
    Anything, CreatedAt, Flag, Id, Integer, Kept, Map as Object, OneOf, Optional, Required, Text,
    TextLike, TextMap, Texts, Time,
};

pub(crate) const VERSION_STATUSES: &[&str] =
    &["unspecified", "building", "ready", "failed", "rejected", "paused"];
pub(crate) const PROCESSING: &[&str] = &["pending", "inProgress", "actionRequired"];
pub(crate) const JOB_STATUSES: &[&str] = &[
    "pending",
    "inProgress",
    "actionRequired",
    "successful",
    "failure",
    "cancelled",
    "skipped",
    "invalidJobAgent",
    "invalidIntegration",
    "externalRunNotFound",
    "queued",
];
const RELATABLE: &[&str] = &["deployment", "environment", "resource"];

fn fields(kind: &str) -> &'static [(&'static str, Field)] {
    match kind {
        "system" => &[
            ("id", Id),
            ("name", Text),
            ("workspaceId", Text),
            ("description", Optional),
            ("metadata", TextMap),
            ("deployments", Texts),
            ("environments", Texts),
        ],
        "resource" => &[
            ("id", Id),
            ("identifier", TextLike("id")),
            ("name", TextLike("identifier")),
            ("kind", Text),
            ("version", Text),
            ("workspaceId", Text),
            ("config", Object),
            ("metadata", TextMap),
            ("providerId", Optional),
            ("createdAt", CreatedAt),
            ("updatedAt", Time),
            ("lockedAt", Time),
            ("deletedAt", Time),
        ],
        "resource-provider" => &[
            ("id", Id),
            ("name", Text),
            ("workspaceId", Text),
            ("metadata", TextMap),
            ("createdAt", CreatedAt),
        ],
        "resource-variable" => &[
            ("resourceId", Id),
            ("key", Id),
            ("id", Text),
            ("priority", Integer(0)),
            ("value", Anything),
            ("resourceSelector", Field::Selector),
        ],
        "variable-set" => &[
            ("id", Id),
            ("name", Text),
            ("description", Optional),
            ("selector", Text),
            ("priority", Integer(0)),
            ("metadata", TextMap),
            ("createdAt", CreatedAt),
            ("updatedAt", Time),
            ("variables", Kept),
        ],
        "environment" => &[
            ("id", Id),
            ("name", Text),
            ("systemId", Optional),
            ("systemIds", Texts),
            ("description", Optional),
            ("resourceSelector", Field::Selector),
            ("metadata", TextMap),
            ("createdAt", CreatedAt),
        ],
        "deployment" => &[
            ("id", Id),
            ("name", Text),
            ("slug", Text),
            ("systemId", Optional),
            ("systemIds", Texts),
            ("description", Optional),
            ("jobAgentId", Optional),
            ("jobAgentSelector", Optional),
            ("jobAgentConfig", Object),
            ("resourceSelector", Field::Selector),
            ("metadata", TextMap),
        ],
        "deployment-version" => &[
            ("id", Id),
            ("deploymentId", Id),
            ("name", Text),
            ("tag", Text),
            ("status", OneOf(VERSION_STATUSES, Some("unspecified"))),
            ("config", Object),
            ("jobAgentConfig", Object),
            ("metadata", TextMap),
            ("message", Optional),
            ("createdAt", CreatedAt),
            ("dependencies", Kept),
        ],
        "deployment-variable" => &[
            ("id", Id),
            ("deploymentId", Id),
            ("key", Id),
            ("description", Optional),
            ("defaultValue", Kept),
        ],
        "deployment-variable-value" => &[
            ("id", Id),
            ("deploymentVariableId", Id),
            ("priority", Integer(0)),
            ("value", Anything),
            ("resourceSelector", Field::Selector),
        ],
        "job-agent" => &[
            ("id", Id),
            ("name", Text),
            ("type", Text),
            ("workspaceId", Text),
            ("config", Object),
            ("metadata", TextMap),
        ],
        "user-approval-record" => &[
            ("userId", Id),
            ("versionId", Id),
            ("environmentId", Id),
            ("status", OneOf(&["approved", "rejected"], None)),
            ("reason", Optional),
            ("createdAt", CreatedAt),
        ],
        "relationship-rule" => &[
            ("id", Id),
            ("name", Text),
            ("reference", Required),
            ("relationshipType", Text),
            ("fromType", OneOf(RELATABLE, None)),
            ("toType", OneOf(RELATABLE, None)),
            ("fromSelector", Field::Selector),
            ("toSelector", Field::Selector),
            ("matcher", Kept),
            ("cel", Optional),
            ("description", Optional),
            ("metadata", TextMap),
            ("workspaceId", Text),
        ],
        "policy" => &[
            ("id", Id),
            ("name", Text),
            ("workspaceId", Text),
            ("description", Optional),
            ("priority", Integer(0)),
            ("enabled", Flag),
            ("metadata", Object),
            ("createdAt", CreatedAt),
            ("rules", Kept),
            ("selectors", Kept),
            ("selector", Optional),
        ],
        "policy-bypass" => &[
            ("id", Id),
            ("versionId", Id),
            ("environmentId", Optional),
            ("resourceId", Optional),
            ("policyIds", Texts),
            ("bypassRuleTypes", Texts),
            ("justification", Text),
            ("createdBy", Text),
            ("createdAt", CreatedAt),
            ("expiresAt", Time),
            ("workspaceId", Text),
        ],
        "policy-skip" => &[
            ("id", Id),
            ("versionId", Id),
            ("environmentId", Optional),
            ("resourceId", Optional),
            ("ruleId", Id),
            ("reason", Text),
            ("createdBy", Text),
            ("createdAt", CreatedAt),
            ("expiresAt", Time),
            ("workspaceId", Text),
        ],
        _ => &[("id", Id)],
    }
}

/// The fields that identify an entity of `kind`; nothing else is needed to delete it.
pub(crate) fn identity(kind: &str) -> &'static [&'static str] {
    match kind {
        "resource-variable" => &["resourceId", "key", "id"],
        "user-approval-record" => &["versionId", "userId", "environmentId"],
        _ => &["id"],
    }
}

/// Decodes an entity of `kind` sent at `now`.
pub(crate) fn decode(kind: &str, data: &Value, now: i64) -> Result<Value, String> {
    let data = data.as_object().ok_or_else(|| format!("malformed: {kind} is not an object"))?;
    let mut output = Map::new();
    for (name, field) in fields(kind) {
        let found = data.get(*name);
        let value = match found {
            Some(value) if !value.is_null() || matches!(field, Anything) => {
                Some(present(kind, name, *field, value, now)?)
            }
            _ => None,
        };
        let value = match value.flatten() {
            Some(value) => value,
            None => match absent(*field, &output, now) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(()) if data.contains_key("cel") && ["fromType", "toType"].contains(name) => {
                    continue;
                }
                Err(()) => return Err(format!("missing_field: {kind} needs {name}")),
            },
        };
        output.insert((*name).to_owned(), value);
    }
    match kind {
        "deployment-version" => entity_parts::check_dependencies(&output)?,
        "relationship-rule" => entity_parts::check_relationship(&output)?,
        "policy" => entity_parts::check_policy(&mut output)?,
        "policy-bypass" => entity_parts::check_waiver_types(&output)?,
        "variable-set" => entity_parts::check_variable_set(&output)?,
        _ => {}
    }
    Ok(Value::Object(output))
}

/// What stands for an absent field: a default, nothing, or an error.
fn absent(field: Field, output: &Map<String, Value>, now: i64) -> Result<Option<Value>, ()> {
    match field {
        Id | Required | Anything | OneOf(_, None) => Err(()),
        Text => Ok(Some(json!(""))),
        TextLike(other) => Ok(output.get(other).cloned()),
        Object | TextMap => Ok(Some(json!({}))),
        CreatedAt => Ok(Some(json!(time::format(now)))),
        OneOf(_, Some(default)) => Ok(Some(json!(default))),
        Flag => Ok(Some(json!(false))),
        Integer(default) => Ok(Some(json!(default))),
        Optional | Time | Field::Selector | Kept | Texts => Ok(None),
    }
}

/// What a field that is there becomes; `None` if it counts as absent all the same.
fn present(
    kind: &str,
    name: &str,
    field: Field,
    value: &Value,
    now: i64,
) -> Result<Option<Value>, String> {
    let wrong = || format!("malformed: {name} of {kind} has the wrong type");
    let text = || value.as_str().ok_or_else(wrong);
    match field {
        Id => Ok(Some(text()?).filter(|text| !text.is_empty()).map(|text| json!(text))),
        Required | Text | TextLike(_) | Optional => Ok(Some(json!(text()?))),
        Object => value.as_object().map(|_| Some(value.clone())).ok_or_else(wrong),
        TextMap => {
            let all_text = value.as_object().is_some_and(|map| map.values().all(Value::is_string));
            if all_text { Ok(Some(value.clone())) } else { Err(wrong()) }
        }
        CreatedAt if value.as_str() == Some("") => Ok(Some(json!(time::format(now)))),
        CreatedAt | Time => Ok(Some(json!(time::format(time::parse(text()?)?)))),
        OneOf(allowed, default) => match text()? {
            "" if default.is_some() => Ok(None),
            text if allowed.contains(&text) => Ok(Some(json!(text))),
            text => Err(format!("invalid_value: {name} of {kind} is {text:?}")),
        },
        Field::Selector => {
            match selector::read(value).map_err(|error| format!("invalid_selector: {error}"))? {
                None => Ok(None),
                Some(selector) => {
                    selector::check(&selector, &KINDS)
                        .map_err(|error| format!("invalid_selector: {error}"))?;
                    Ok(Some(value.clone()))
                }
            }
        }
        Flag => value.as_bool().map(|truth| Some(json!(truth))).ok_or_else(wrong),
        Integer(_) => value.as_i64().map(|number| Some(json!(number))).ok_or_else(wrong),
        Anything | Kept => Ok(Some(value.clone())),
        Texts => {
            let all_text = value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
            if all_text { Ok(Some(value.clone())) } else { Err(wrong()) }
        }
    }
}
