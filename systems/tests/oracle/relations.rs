//! Relationship rules: which pairs of entities are related, found pair by pair (SEMANTICS 5).
//!
//! Vocabulary: a *node* is a relatable entity, named by (kind, id); a *relation* is (rule, from node, to node); a
//! *neighbour* is what `related` lists under a reference.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cel_text::{Binding, Bindings};
use super::selector;
use super::world::{World, list, text};

/// A relatable entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// One entry of `related`, ordered as SEMANTICS 5.4 orders entries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Neighbour {
    pub(crate) rule: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    /// "from" if the asked entity is the from side, else "to".
    pub(crate) direction: &'static str,
}

/// All relations of a rule, ordered by from node, then to node.
pub(crate) fn relations(world: &World, rule: &Value) -> Vec<(Node, Node)> {
    if rule.get("cel").is_some() {
        return relations_of_one_expression(world, text(rule, "cel"));
    }
    let (from_kind, to_kind) = (kind_of(text(rule, "fromType")), kind_of(text(rule, "toType")));
    let mut found = Vec::new();
    for from in
        world.all(from_kind).filter(|entity| accepted(rule, "fromSelector", from_kind, entity))
    {
        for to in world.all(to_kind).filter(|entity| accepted(rule, "toSelector", to_kind, entity))
        {
            let (left, right) = (node(from_kind, from), node(to_kind, to));
            if left != right && matcher_holds(rule, (from_kind, from), (to_kind, to)) {
                found.push((left, right));
            }
        }
    }
    found.sort();
    found
}

/// Entities of every kind, each with its kind as `type` (T9 of docs/dialects.md).
fn relations_of_one_expression(world: &World, cel: &str) -> Vec<(Node, Node)> {
    let shown = |kind: &'static str| {
        world.all(kind).map(move |entity| {
            let mut shown = entity.clone();
            shown["type"] = json!(kind);
            (node(kind, entity), shown)
        })
    };
    let all: Vec<(Node, Value)> =
        ["deployment", "environment", "resource"].into_iter().flat_map(shown).collect();
    let mut found = Vec::new();
    for (left, from) in &all {
        for (right, to) in &all {
            if left != right && holds(cel, from, to) {
                found.push((left.clone(), right.clone()));
            }
        }
    }
    found.sort();
    found
}

/// Reference to the neighbours of an entity, over all rules and both directions.
pub(crate) fn related(world: &World, kind: &str, id: &str) -> BTreeMap<String, Vec<Neighbour>> {
    let asked = Node { kind: kind.to_owned(), id: id.to_owned() };
    let mut found: BTreeMap<String, Vec<Neighbour>> = BTreeMap::new();
    for rule in world.all("relationship-rule") {
        for (from, to) in &world.derived.relations[text(rule, "id")] {
            for (near, far, direction) in [(from, to, "from"), (to, from, "to")] {
                if *near == asked {
                    let (id, kind) = (far.id.clone(), far.kind.clone());
                    let neighbour =
                        Neighbour { rule: text(rule, "id").to_owned(), id, kind, direction };
                    found.entry(text(rule, "reference").to_owned()).or_default().push(neighbour);
                }
            }
        }
    }
    for neighbours in found.values_mut() {
        neighbours.sort();
    }
    found
}

fn node(kind: &str, entity: &Value) -> Node {
    Node { kind: kind.to_owned(), id: text(entity, "id").to_owned() }
}

fn kind_of(name: &str) -> &'static str {
    match name {
        "deployment" => "deployment",
        "environment" => "environment",
        _ => "resource",
    }
}

fn accepted(rule: &Value, side: &str, kind: &'static str, entity: &Value) -> bool {
    match selector::read(rule.get(side).unwrap_or(&Value::Null)) {
        Ok(None) => true,
        Ok(Some(selector)) => selector::matches_entity(&selector, kind, entity) == Ok(true),
        Err(_) => false,
    }
}

fn matcher_holds(rule: &Value, from: (&str, &Value), to: (&str, &Value)) -> bool {
    let nothing = json!({});
    let matcher = rule.get("matcher").unwrap_or(&nothing);
    let properties = list(matcher, "properties");
    if !properties.is_empty() {
        return properties.iter().all(|property| property_holds(property, from, to));
    }
    match text(matcher, "cel") {
        "" => true,
        cel => holds(cel, from.1, to.1),
    }
}

fn holds(cel: &str, from: &Value, to: &Value) -> bool {
    let bindings: Bindings =
        [("from", Binding::Json(from.clone())), ("to", Binding::Json(to.clone()))]
            .into_iter()
            .collect();
    selector::evaluate(cel, &["from", "to"], &bindings) == Ok(true)
}

/// The comparison an operator text stands for; `None` if it stands for none.
pub(crate) fn operator(name: &str) -> Option<fn(&str, &str) -> bool> {
    match name.trim().to_lowercase().as_str() {
        "" | "equals" => Some(|from, to| from == to),
        "notequals" | "not_equals" => Some(|from, to| from != to),
        "contains" | "contain" => Some(|from, to| from.contains(to)),
        "startswith" | "starts_with" => Some(|from, to| from.starts_with(to)),
        "endswith" | "ends_with" => Some(|from, to| from.ends_with(to)),
        "regex" => Some(finds),
        _ => None,
    }
}

fn finds(from: &str, pattern: &str) -> bool {
    holds("from.matches(to)", &json!(from), &json!(pattern))
}

fn property_holds(property: &Value, from: (&str, &Value), to: (&str, &Value)) -> bool {
    let side = |path: &str, (kind, entity): (&str, &Value)| {
        let path: Vec<&str> = list(property, path).iter().filter_map(Value::as_str).collect();
        comparable(&read_path(kind, entity, &path)?)
    };
    let (Some(from), Some(to)) = (side("fromProperty", from), side("toProperty", to)) else {
        return false;
    };
    operator(text(property, "operator")).is_some_and(|compare| compare(&from, &to))
}

/// The text a property is compared by; `None` for null.
fn comparable(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => number.as_f64().map(|number| format!("{number:.6}")),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// The value at a property path of an entity (5.3); `None` if the path fails.
pub(crate) fn read_path(kind: &str, entity: &Value, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    let first = first.to_lowercase();
    let scalar = |name: &str| entity.get(name).cloned();
    match (kind, first.as_str()) {
        (_, "id" | "name")
        | ("resource", "version" | "kind" | "identifier")
        | ("deployment", "slug")
        | ("deployment" | "environment", "description") => scalar(&first),
        ("resource", "workspaceid" | "workspace_id") => scalar("workspaceId"),
        ("resource", "providerid" | "provider_id") => scalar("providerId"),
        ("deployment" | "environment", "systemid" | "system_id") => scalar("systemId"),
        ("deployment", "jobagentid" | "job_agent_id") => scalar("jobAgentId"),
        ("environment", "createdat") => scalar("createdAt"),
        (_, "metadata") if rest.len() <= 1 => nested(entity.get("metadata")?, rest),
        ("resource", "config") => nested(entity.get("config")?, rest),
        ("deployment", "jobagentconfig" | "job_agent_config") => {
            nested(entity.get("jobAgentConfig")?, rest)
        }
        _ => None,
    }
}

/// Through objects only; an object found is wrapped, a list fails.
fn nested(value: &Value, path: &[&str]) -> Option<Value> {
    let found = path.iter().try_fold(value, |value, step| value.as_object()?.get(*step))?;
    match found {
        Value::Array(_) => None,
        Value::Object(_) => Some(json!({ "object": found })),
        _ => Some(found.clone()),
    }
}
