//! Relationships phase: forgets the resolutions that may have changed, and marks their targets.

use bevy_ecs::world::{Mut, World};
use fixedbitset::FixedBitSet;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::fleet::relations::Relations;
use shakedown_engine::model;

use super::own::OwnValues;
use super::recipe::Recipe;
use super::{Declared, MANY, Missing, Variables};

/// Brings recipes, resource variables and reference columns up to date.
///
/// Nothing is resolved per deployment here. A changed resource costs a few nanoseconds per deployment
/// with variables; a changed relation one look per touched resource and reference column.
pub fn refresh_variables(world: &mut World) {
    let changes = world.resource::<Changes>();
    let is_quiet = changes.variables.is_empty()
        && changes.resource_variables.is_empty()
        && changes.resources.is_empty()
        && changes.deployments.is_empty()
        && !world.resource::<Relations>().is_touched();
    if is_quiet {
        return;
    }
    world.resource_scope(|world, mut variables: Mut<Variables>| {
        world.resource_scope(|world, mut sets: Mut<VariableSets>| {
            world.resource_scope(|world, mut dirty: Mut<Dirty>| {
                refresh(world, &mut variables, &mut sets, &mut dirty);
            });
        });
    });
}

fn refresh(world: &World, variables: &mut Variables, sets: &mut VariableSets, dirty: &mut Dirty) {
    let changes = world.resource::<Changes>();
    let changed = unique(changes.resources.clone());
    refresh_recipes(world, changes, variables, sets);
    let mut own = stale_own_values(world, changes, &changed, variables);
    own.retain(|&resource| variables.own.resolve(world, sets, resource));
    mark(world, dirty, &own);
    forget(variables, &own);
    forget(variables, &changed);
    refresh_references(world, &changed, variables, sets, dirty);
}

fn refresh_recipes(
    world: &World,
    changes: &Changes,
    variables: &mut Variables,
    sets: &mut VariableSets,
) {
    for &deployment in &changes.deployments {
        if let Some(Some(declared)) = variables.deployments.get_mut(deployment) {
            declared.missing = Missing::Any;
        }
    }
    for deployment in unique(changes.variables.clone()) {
        let Variables { deployments, references, .. } = &mut *variables;
        // The new recipe takes its columns before the old one gives them back, to keep them.
        let recipe = Recipe::compile(world, deployment, sets, references);
        let slot = deployments.slot(deployment);
        let old = std::mem::replace(slot, recipe.map(Declared::new));
        for column in old.iter().flat_map(|old| old.recipe.columns()) {
            references.free(column);
        }
    }
}

/// Resources whose own variables changed, or refer to something that may have.
fn stale_own_values(
    world: &World,
    changes: &Changes,
    changed: &[ResourceIx],
    variables: &Variables,
) -> Vec<ResourceIx> {
    let mut stale = changes.resource_variables.clone();
    let referring = variables.own.referring();
    let relations = world.resource::<Relations>();
    stale.extend(changed.iter().filter(|it| referring.contains(it.slot())));
    if relations.is_touched() {
        let mut touched: FixedMap<String, FixedBitSet> = fixed_map();
        let mut is_touched = |reference: &str, resource: ResourceIx| {
            if !touched.contains_key(reference) {
                let bits = relations.touched(reference).unwrap_or_default();
                touched.insert(reference.to_owned(), bits);
            }
            touched[reference].contains(resource.slot())
        };
        stale.extend(referring.ones().map(ResourceIx::at).filter(|&resource| {
            OwnValues::refers(world, resource, |reference| is_touched(reference, resource))
        }));
    }
    unique(stale)
}

/// Resolves reference columns where something related changed, and marks the targets of resources
/// that have another value now.
fn refresh_references(
    world: &World,
    changed: &[ResourceIx],
    variables: &mut Variables,
    sets: &mut VariableSets,
    dirty: &mut Dirty,
) {
    let relations = world.resource::<Relations>();
    let cohorts = world.resource::<Cohorts>();
    let slots = world.resource::<Registry<model::Resource>>().slots();
    let touched = |reference: &str| relations.touched(reference);
    let moved = variables.references.refresh(world, sets, slots, changed, touched);
    for (column, resources) in moved {
        for (deployment, declared) in variables.declared() {
            if !declared.recipe.columns().any(|used| used == column) {
                continue;
            }
            for &resource in &resources {
                declared.forget(resource);
                for &cohort in cohorts.of_deployment(deployment) {
                    dirty.mark(cohorts, TargetRef { cohort, resource });
                }
            }
        }
    }
}

/// Forgets the resolutions of resources, in every deployment.
fn forget(variables: &mut Variables, resources: &[ResourceIx]) {
    if resources.is_empty() {
        return;
    }
    for (_, declared) in variables.declared() {
        if resources.len() > MANY {
            declared.ids.clear();
            declared.missing = Missing::Any;
        } else {
            resources.iter().for_each(|&resource| declared.forget(resource));
        }
    }
}

/// Marks every target of resources; of many resources, every target.
fn mark(world: &World, dirty: &mut Dirty, resources: &[ResourceIx]) {
    if resources.is_empty() {
        return;
    }
    let cohorts = world.resource::<Cohorts>();
    for (cohort, it) in cohorts.iter() {
        if resources.len() > MANY && it.targets > 0 {
            dirty.mark_cohort(cohort);
            continue;
        }
        for &resource in resources {
            dirty.mark(cohorts, TargetRef { cohort, resource });
        }
    }
}

fn unique<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
