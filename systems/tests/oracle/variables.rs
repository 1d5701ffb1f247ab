//! The variables of a target: which declared keys get which value (SEMANTICS 7).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::relations;
use super::selector;
use super::world::{Target, World, integer, list, text};

/// Every declared key that some source resolves, with its value.
pub(crate) fn variables(world: &World, target: &Target) -> BTreeMap<String, Value> {
    let declared =
        world.all("deployment-variable").filter(|v| text(v, "deploymentId") == target.deployment);
    declared
        .filter_map(|v| Some((text(v, "key").to_owned(), value_of(world, target, v)?)))
        .collect()
}

/// The first source that resolves: the resource's own variable, the values by priority, the default.
fn value_of(world: &World, target: &Target, variable: &Value) -> Option<Value> {
    let own =
        world.get("resource-variable", &format!("{}\n{}", target.resource, text(variable, "key")));
    let values = values_for(world, target, variable);
    own.into_iter()
        .chain(values)
        .find_map(|source| resolve(world, target, &source["value"]))
        .or_else(|| variable.get("defaultValue").cloned())
}

/// The values of a variable whose selector admits the target's resource: priority descending, then id.
fn values_for<'w>(world: &'w World, target: &Target, variable: &Value) -> Vec<&'w Value> {
    let (resource, ..) = world.parts(target);
    let admits =
        |value: &Value| match selector::read(value.get("resourceSelector").unwrap_or(&Value::Null))
        {
            Ok(None) => true,
            Ok(Some(selector)) => {
                selector::matches_entity(&selector, "resource", resource) == Ok(true)
            }
            Err(_) => false,
        };
    let mut values: Vec<&Value> = world
        .all("deployment-variable-value")
        .filter(|value| {
            text(value, "deploymentVariableId") == text(variable, "id") && admits(value)
        })
        .collect();
    values.sort_by_key(|value| (Reverse(integer(value, "priority")), text(value, "id")));
    values
}

/// A literal is itself; a sensitive value fails; a reference is read from the first neighbour, or fails.
fn resolve(world: &World, target: &Target, value: &Value) -> Option<Value> {
    let non_empty =
        |field: &str| value.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if non_empty("reference") && value.get("path").is_some_and(Value::is_array) {
        let related = relations::related(world, "resource", &target.resource);
        let neighbour = related.get(text(value, "reference"))?.first()?;
        let entity = world.get(&neighbour.kind, &neighbour.id)?;
        let path: Option<Vec<&str>> = list(value, "path").iter().map(Value::as_str).collect();
        return relations::read_path(&neighbour.kind, entity, &path?);
    }
    if non_empty("valueHash") { None } else { Some(value.clone()) }
}
