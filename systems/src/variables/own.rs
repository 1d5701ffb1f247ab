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
use super::stated::{number, values_of};

/// The resource variables that resolve, by resource.
#[derive(Debug, Default)]
pub(super) struct OwnValues {
    by_resource: IxVec<ResourceIx, Vec<(Symbol, LiteralId)>>,
    /// Resources with variables that are references, whether they count or not.
    referring: FixedBitSet,
    /// Of those the ones with references to what a related resource sets.
    quoting: FixedBitSet,
    /// Resources with variables that count only while the resource is selected.
    selecting: FixedBitSet,
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

    /// The resources with variables that refer to what a related resource sets.
    pub(super) fn quoting(&self) -> &FixedBitSet {
        &self.quoting
    }

    /// Whether what a resource sets depends on the resource.
    pub(super) fn reads_resource(&self, resource: ResourceIx) -> bool {
        [&self.referring, &self.selecting].into_iter().any(|it| it.contains(resource.slot()))
    }

    /// Whether a variable of the resource is a reference for which `wanted` holds.
    pub(super) fn refers(
        world: &World,
        resource: ResourceIx,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> bool {
        listed(world, resource).any(|variable| match &variable.value {
            Value::Reference { reference, .. } | Value::RelatedVariable { reference, .. } => {
                wanted(reference)
            }
            Value::Literal(_) | Value::Sensitive { .. } | Value::Opaque(_) => false,
        })
    }

    /// Resolves the variables of a resource anew; returns whether that changed anything.
    pub(super) fn resolve(
        &mut self,
        world: &World,
        sets: &mut VariableSets,
        resource: ResourceIx,
    ) -> bool {
        let mut values = Vec::new();
        for variable in values_of(world, resource) {
            let found = match Reference::of(&variable.value) {
                None => number(sets, &variable.value),
                Some(reference) => reference.resolve(world, sets, Neighbours::of(world), resource),
            };
            values.extend(found.map(|value| (sets.key(&variable.key), value)));
        }
        // The sort is stable, so the first of each key stays.
        values.sort_by_key(|&(key, _)| key);
        values.dedup_by_key(|&mut (key, _)| key);
        self.note_reads(world, resource);
        let known = self.by_resource.slot(resource);
        let changed = *known != values;
        *known = values;
        changed
    }

    fn note_reads(&mut self, world: &World, resource: ResourceIx) {
        let [mut referring, mut quoting, mut selecting] = [false; 3];
        for variable in listed(world, resource) {
            let quotes = matches!(variable.value, Value::RelatedVariable { .. });
            referring |= quotes || matches!(variable.value, Value::Reference { .. });
            quoting |= quotes;
            selecting |= variable.resource_selector.is_some();
        }
        for (bits, holds) in [
            (&mut self.referring, referring),
            (&mut self.quoting, quoting),
            (&mut self.selecting, selecting),
        ] {
            bits.grow(resource.slot() + 1);
            bits.set(resource.slot(), holds);
        }
    }
}

/// All variables of a resource, whether they count or not.
fn listed(world: &World, resource: ResourceIx) -> impl Iterator<Item = &ResourceVariable> {
    let list = world.resource::<VariableIndex>().of_resource(resource);
    list.iter().filter_map(|it| item::<ResourceVariable>(world, it.variable))
}
