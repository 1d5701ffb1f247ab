//! Recipes: the variables of a deployment with their sources in order.

use std::cmp::Reverse;

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{DeploymentIx, LiteralId, VariableIx};
use shakedown_engine::base::symbol::Symbol;
use shakedown_engine::fleet::catalogue::{SelectionIx, VariableIndex, item};
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::model::{DeploymentVariable, DeploymentVariableValue, Value};

use super::reference::{ColumnIx, Reference, ReferenceColumns};

/// The variables of a deployment, by key.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) keys: Vec<KeyRecipe>,
}

/// One variable.
#[derive(Debug)]
pub(super) struct KeyRecipe {
    pub(super) key: Symbol,
    /// Values by (priority descending, id); those that can never be asked are left out.
    pub(super) values: Vec<(Option<SelectionIx>, Source)>,
    pub(super) default: Option<LiteralId>,
}

/// Where a value comes from. Sensitive values resolve never, so they are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Literal(LiteralId),
    Reference(ColumnIx),
}

impl Recipe {
    /// The recipe of a deployment; `None` if it declares no variable.
    pub(super) fn compile(
        world: &World,
        deployment: DeploymentIx,
        sets: &mut VariableSets,
        references: &mut ReferenceColumns,
    ) -> Option<Self> {
        let index = world.resource::<VariableIndex>();
        let variables = index.of(deployment).iter();
        let mut variables: Vec<(VariableIx, &DeploymentVariable)> = variables
            .filter_map(|&ix| Some((ix, item::<DeploymentVariable>(world, ix)?)))
            .collect();
        if variables.is_empty() {
            return None;
        }
        variables.sort_unstable_by(|(_, a), (_, b)| a.key.cmp(&b.key));
        let keys = variables.into_iter().map(|(ix, variable)| KeyRecipe {
            key: sets.key(&variable.key),
            values: values(world, index, ix, sets, references),
            default: variable.default_value.as_ref().map(|value| sets.literal(value)),
        });
        Some(Self { keys: keys.collect() })
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

fn values(
    world: &World,
    index: &VariableIndex,
    variable: VariableIx,
    sets: &mut VariableSets,
    references: &mut ReferenceColumns,
) -> Vec<(Option<SelectionIx>, Source)> {
    let values = index.values(variable).iter();
    let mut values: Vec<(Option<SelectionIx>, &DeploymentVariableValue)> = values
        .filter_map(|it| Some((it.selection, item::<DeploymentVariableValue>(world, it.value)?)))
        .collect();
    values.sort_unstable_by_key(|(_, it)| (Reverse(it.priority), &it.id));
    let mut found = Vec::new();
    for (selection, it) in values {
        let source = match &it.value {
            Value::Literal(value) => Source::Literal(sets.literal(value)),
            Value::Reference { reference, path } => {
                Source::Reference(references.acquire(Reference::new(reference, path)))
            }
            Value::Sensitive { .. } => continue,
        };
        found.push((selection, source));
        if selection.is_none() && matches!(source, Source::Literal(_)) {
            break;
        }
    }
    found
}
