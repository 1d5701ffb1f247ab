//! Recipes: the variables of a deployment, and of the sets that apply to it, with their sources in order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use shakedown_engine::base::ids::{DeploymentIx, LiteralId, VariableIx, VariableSetIx};
use shakedown_engine::base::symbol::Symbol;
use shakedown_engine::fleet::catalogue::{SelectionIx, VariableIndex, item};
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::model::{DeploymentVariable, DeploymentVariableValue, Value};

use super::applied::{Applied, Resources};
use super::reference::{ColumnIx, Reference, ReferenceColumns};
use super::stated::number;

/// The variables of the targets that share a column, by key.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) keys: Vec<KeyRecipe>,
    /// The resources of sets that were selected for this column alone.
    pub(super) extents: Vec<(VariableSetIx, FixedBitSet)>,
    /// The variable sets that apply.
    pub(super) sets: Vec<VariableSetIx>,
}

/// One variable.
#[derive(Debug)]
pub(super) struct KeyRecipe {
    pub(super) key: Symbol,
    /// Whether the deployment declares it. If it does not, a resource has it where one of the sources
    /// is for the resource.
    pub(super) declared: bool,
    /// Values of sets and then of the deployment, each by (priority descending, id); those that can
    /// never be asked are left out.
    pub(super) values: Vec<(For, Source)>,
    pub(super) default: Option<LiteralId>,
}

/// The resources that a source is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    All,
    Selection(SelectionIx),
    /// A position in [`Recipe::extents`].
    Extent(usize),
}

/// Where a value comes from. Sensitive values resolve never, so they are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Literal(LiteralId),
    Reference(ColumnIx),
}

/// What is known of a key before its sources are numbered.
#[derive(Debug, Default)]
struct Listed<'w> {
    of_sets: Vec<(For, &'w Value)>,
    declared: Option<(VariableIx, &'w DeploymentVariable)>,
}

impl Recipe {
    /// The recipe of a deployment to which some sets apply, in their order; `None` if there is no key.
    pub(super) fn compile(
        world: &World,
        deployment: DeploymentIx,
        applied: Vec<Applied<'_>>,
        sets: &mut VariableSets,
        references: &mut ReferenceColumns,
    ) -> Option<Self> {
        let index = world.resource::<VariableIndex>();
        let mut listed: BTreeMap<&str, Listed<'_>> = BTreeMap::new();
        for &ix in index.of(deployment) {
            if let Some(variable) = item::<DeploymentVariable>(world, ix) {
                listed.entry(&variable.key).or_default().declared = Some((ix, variable));
            }
        }
        let (mut extents, mut names) = (Vec::new(), Vec::new());
        for Applied { ix, set, resources, .. } in applied {
            names.push(ix);
            let resources = match resources {
                Resources::All => For::All,
                Resources::Selection(selection) => For::Selection(selection),
                Resources::Extent(bits) => {
                    extents.push((ix, bits));
                    For::Extent(extents.len() - 1)
                }
            };
            for variable in &set.variables {
                let of_sets = &mut listed.entry(&variable.key).or_default().of_sets;
                of_sets.push((resources, &variable.value));
            }
        }
        if listed.is_empty() {
            return None;
        }
        let mut source = |value: &Value| match Reference::of(value) {
            Some(reference) => Some(Source::Reference(references.acquire(reference))),
            None => number(sets, value).map(Source::Literal),
        };
        let mut keys = Vec::new();
        for (key, Listed { of_sets, declared }) in listed {
            let own = declared.into_iter().flat_map(|(ix, _)| values(world, index, ix));
            let mut values = Vec::new();
            for (resources, value) in of_sets.into_iter().chain(own) {
                let Some(source) = source(value) else { continue };
                values.push((resources, source));
                if resources == For::All && matches!(source, Source::Literal(_)) {
                    break;
                }
            }
            let default = declared.and_then(|(_, variable)| variable.default_value.as_ref());
            keys.push((key, declared.is_some(), values, default));
        }
        let keys = keys.into_iter().map(|(key, declared, values, default)| KeyRecipe {
            key: sets.key(key),
            declared,
            values,
            default: default.map(|value| sets.literal(value)),
        });
        Some(Self { keys: keys.collect(), extents, sets: names })
    }

    /// The reference columns that this recipe uses, once per use.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnIx> + '_ {
        let sources = self.keys.iter().flat_map(|key| &key.values);
        sources.filter_map(|(_, source)| match source {
            Source::Reference(column) => Some(*column),
            Source::Literal(_) => None,
        })
    }
}

/// The values of a deployment's variable, in the order in which they are asked.
fn values<'w>(
    world: &'w World,
    index: &VariableIndex,
    variable: VariableIx,
) -> impl Iterator<Item = (For, &'w Value)> + use<'w> {
    let values = index.values(variable).iter();
    let mut values: Vec<(Option<SelectionIx>, &DeploymentVariableValue)> = values
        .filter_map(|it| Some((it.selection, item::<DeploymentVariableValue>(world, it.value)?)))
        .collect();
    values.sort_unstable_by_key(|(_, it)| (Reverse(it.priority), &it.id));
    let resources = |selection: Option<SelectionIx>| selection.map_or(For::All, For::Selection);
    values.into_iter().map(move |(selection, it)| (resources(selection), &it.value))
}
