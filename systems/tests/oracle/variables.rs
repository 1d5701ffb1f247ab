//! The variables of a target: which keys get which value (SEMANTICS 7, T10).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::canonical::{canonical, sha256};
use super::relations::{self, Neighbour};
use super::selector::{self, KINDS};
use super::world::{Target, World, integer, list, text};

/// What a variable is in a release.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved {
    Literal(Value),
    /// The hash of what nobody may see.
    Opaque(String),
}

/// What of a variable is part of the identity of its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// The canonical string.
    Literal(String),
    /// The hash.
    Opaque(String),
}

impl Resolved {
    pub(crate) fn written(&self) -> Written {
        match self {
            Self::Literal(value) => Written::Literal(canonical(value)),
            Self::Opaque(hash) => Written::Opaque(hash.clone()),
        }
    }

    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Opaque(hash) => json!({ "opaque": hash }),
        }
    }
}

/// Every key that the deployment declares or a set names that applies, if some source resolves it.
pub(crate) fn variables(world: &World, target: &Target) -> BTreeMap<String, Resolved> {
    let declared: BTreeMap<&str, &Value> = world
        .all("deployment-variable")
        .filter(|it| text(it, "deploymentId") == target.deployment)
        .map(|it| (text(it, "key"), it))
        .collect();
    let of_sets = values_of_sets(world, target);
    let keys: BTreeSet<&str> =
        declared.keys().copied().chain(of_sets.iter().map(|it| text(it, "key"))).collect();
    keys.into_iter()
        .filter_map(|key| {
            let own = own_values(world, &target.resource, key);
            let of_sets = of_sets.iter().copied().filter(|it| text(it, "key") == key);
            let variable = declared.get(key).copied();
            let values = variable.map(|it| values_for(world, target, it)).unwrap_or_default();
            let resolved = own
                .into_iter()
                .chain(of_sets)
                .chain(values)
                .find_map(|it| resolve(world, &target.resource, &it["value"]))
                .or_else(|| variable?.get("defaultValue").cloned().map(Resolved::Literal))?;
            Some((key.to_owned(), resolved))
        })
        .collect()
}

/// What a resource sets itself under a key, and counts: priority descending, then id.
fn own_values<'w>(world: &'w World, resource: &str, key: &str) -> Vec<&'w Value> {
    let own = world.all("resource-variable");
    let own = own.filter(|it| text(it, "resourceId") == resource && text(it, "key") == key);
    by_priority(own.filter(|it| admits(world, it, resource)))
}

/// The variables of the sets that apply to a target: the sets by priority descending, then id.
fn values_of_sets<'w>(world: &'w World, target: &Target) -> Vec<&'w Value> {
    let (resource, environment, deployment) = world.parts(target);
    let seen = [("resource", resource), ("environment", environment), ("deployment", deployment)];
    let applies = |set: &&Value| match text(set, "selector") {
        "" => true,
        cel => selector::evaluate(cel, &KINDS, &selector::shape_a_of(&seen)) == Ok(true),
    };
    let sets = by_priority(world.all("variable-set").filter(applies));
    sets.into_iter().flat_map(|set| list(set, "variables")).collect()
}

/// The values of a variable whose selector admits the target's resource: priority descending, then id.
fn values_for<'w>(world: &'w World, target: &Target, variable: &Value) -> Vec<&'w Value> {
    let values = world.all("deployment-variable-value");
    let values = values.filter(|it| text(it, "deploymentVariableId") == text(variable, "id"));
    by_priority(values.filter(|it| admits(world, it, &target.resource)))
}

fn by_priority<'w>(entities: impl Iterator<Item = &'w Value>) -> Vec<&'w Value> {
    let mut entities: Vec<&Value> = entities.collect();
    entities.sort_by_key(|it| (Reverse(integer(it, "priority")), text(it, "id")));
    entities
}

/// Whether the `resourceSelector` of a value admits a resource: absent it does, failing it does not.
fn admits(world: &World, value: &Value, resource: &str) -> bool {
    match selector::read(value.get("resourceSelector").unwrap_or(&Value::Null)) {
        Ok(None) => true,
        Ok(Some(selector)) => world.get("resource", resource).is_some_and(|resource| {
            selector::matches_entity(&selector, "resource", resource) == Ok(true)
        }),
        Err(_) => false,
    }
}

/// A value that refers is read from the first neighbour, or fails; any other is what it states.
fn resolve(world: &World, resource: &str, value: &Value) -> Option<Resolved> {
    let Some((reference, path)) = reference(value) else { return stated(world, value) };
    let neighbour: Neighbour =
        relations::related(world, "resource", resource).get(reference)?.first()?.clone();
    let path: Option<Vec<&str>> = path.iter().map(Value::as_str).collect();
    let path = path?;
    match &path[..] {
        [first, key] if world.today && first.to_lowercase() == "variables" => {
            if neighbour.kind != "resource" {
                return None;
            }
            let values = own_values(world, &neighbour.id, key);
            // One hop: what refers to something else is passed over.
            let values = values.into_iter().map(|it| &it["value"]);
            values.filter(|it| self::reference(it).is_none()).find_map(|it| stated(world, it))
        }
        path => {
            let entity = world.get(&neighbour.kind, &neighbour.id)?;
            relations::read_path(&neighbour.kind, entity, path).map(Resolved::Literal)
        }
    }
}

/// The reference and the path of a value that refers to something.
fn reference(value: &Value) -> Option<(&str, &[Value])> {
    let reference = text(value, "reference");
    let path = value.get("path").and_then(Value::as_array)?;
    (!reference.is_empty()).then_some((reference, path))
}

/// A literal is itself. A hash, and a secret, are opaque; in the recorded dialect a hash fails, and a
/// secret is a literal.
fn stated(world: &World, value: &Value) -> Option<Resolved> {
    let hash = text(value, "valueHash");
    if !hash.is_empty() {
        return world.today.then(|| Resolved::Opaque(hash.to_owned()));
    }
    let (provider, key) = (text(value, "provider"), text(value, "key"));
    if world.today && !provider.is_empty() && !key.is_empty() {
        let place = json!([provider, key, value.get("path")]);
        return Some(Resolved::Opaque(sha256(place.to_string().as_bytes())));
    }
    Some(Resolved::Literal(value.clone()))
}
