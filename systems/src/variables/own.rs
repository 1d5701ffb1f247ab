//! What resources set themselves: the first source of every key.

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use shakedown_engine::base::ids::{LiteralId, ResourceIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::symbol::Symbol;
use shakedown_engine::fleet::catalogue::{VariableIndex, item};
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::relations::Neighbours;
use shakedown_engine::model::{ResourceVariable, Value};

use super::reference::Reference;

/// The resource variables that resolve, by resource.
#[derive(Debug, Default)]
pub(super) struct OwnValues {
    by_resource: IxVec<ResourceIx, Vec<(Symbol, LiteralId)>>,
    /// Resources with variables that are references.
    referring: FixedBitSet,
}

impl OwnValues {
    /// The keys a resource sets, with their values.
    pub(super) fn of(&self, resource: ResourceIx) -> &[(Symbol, LiteralId)] {
        self.by_resource.get(resource).map_or(&[], Vec::as_slice)
    }

    /// The resources with variables that are references.
    pub(super) fn referring(&self) -> &FixedBitSet {
        &self.referring
    }

    /// Whether a variable of the resource is a reference for which `wanted` holds.
    pub(super) fn refers(
        world: &World,
        resource: ResourceIx,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> bool {
        variables_of(world, resource).any(|variable| match &variable.value {
            Value::Reference { reference, .. } => wanted(reference),
            Value::Literal(_) | Value::Sensitive { .. } => false,
        })
    }

    /// Resolves the variables of a resource anew; returns whether that changed anything.
    pub(super) fn resolve(
        &mut self,
        world: &World,
        sets: &mut VariableSets,
        resource: ResourceIx,
    ) -> bool {
        let mut refers = false;
        let mut values = Vec::new();
        for variable in variables_of(world, resource) {
            let found = match &variable.value {
                Value::Literal(value) => Some(sets.literal(value)),
                Value::Sensitive { .. } => None,
                Value::Reference { reference, path } => {
                    refers = true;
                    let reference = Reference::new(reference, path);
                    let value = reference.resolve(world, Neighbours::of(world), resource);
                    value.map(|value| sets.literal(&value))
                }
            };
            values.extend(found.map(|value| (sets.key(&variable.key), value)));
        }
        values.sort_unstable();
        let slot = resource.slot();
        self.referring.grow(slot + 1);
        self.referring.set(slot, refers);
        let known = self.by_resource.slot(resource);
        let changed = *known != values;
        *known = values;
        changed
    }
}

fn variables_of(world: &World, resource: ResourceIx) -> impl Iterator<Item = &ResourceVariable> {
    let list = world.resource::<VariableIndex>().of_resource(resource);
    list.iter().filter_map(|&ix| item::<ResourceVariable>(world, ix))
}
