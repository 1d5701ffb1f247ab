//! What resources say of themselves, before anything is related.
//!
//! A resource may state several values of a key; they are asked by priority, descending, then by id, and
//! one with a selector counts only while that selects the resource.

use std::cmp::Reverse;

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{LiteralId, ResourceIx};
use shakedown_engine::fleet::catalogue::{OwnValue, VariableIndex, item};
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::model::{Resource, ResourceVariable, Value};
use shakedown_engine::select::{Bindings, Subject};

/// The values of a resource that count, of all keys, in the order in which they are asked.
pub(super) fn values_of(world: &World, resource: ResourceIx) -> Vec<&ResourceVariable> {
    let listed = world.resource::<VariableIndex>().of_resource(resource);
    let counting = listed.iter().filter(|it| counts(world, resource, it));
    let mut values: Vec<_> =
        counting.filter_map(|it| item::<ResourceVariable>(world, it.variable)).collect();
    values.sort_unstable_by_key(|it| (Reverse(it.priority), &it.id));
    values
}

/// The value that a resource states under a key. What it states by referring to something else is not
/// followed, and passed over.
pub(super) fn stated(
    world: &World,
    sets: &mut VariableSets,
    resource: ResourceIx,
    key: &str,
) -> Option<LiteralId> {
    let values = values_of(world, resource).into_iter().filter(|it| it.key == key);
    values.into_iter().find_map(|it| number(sets, &it.value))
}

/// The number of a value that refers to nothing.
pub(super) fn number(sets: &mut VariableSets, value: &Value) -> Option<LiteralId> {
    match value {
        Value::Literal(value) => Some(sets.literal(value)),
        Value::Opaque(value) => Some(sets.opaque(&value.hash())),
        Value::Sensitive { .. } | Value::Reference { .. } | Value::RelatedVariable { .. } => None,
    }
}

fn counts(world: &World, resource: ResourceIx, value: &OwnValue) -> bool {
    value.selector.as_ref().is_none_or(|selector| {
        item::<Resource>(world, resource).is_some_and(|it| {
            selector.matches(&Bindings::only(Subject::Resource, it)).unwrap_or(false)
        })
    })
}
