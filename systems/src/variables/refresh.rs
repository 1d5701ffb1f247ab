//! Relationships phase: forgets the resolutions that may have changed, and marks their targets.

use bevy_ecs::world::{Mut, World};
use fixedbitset::FixedBitSet;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::fleet::relations::{Neighbours, RelatableIx, Relations};
use shakedown_engine::model;

use super::applied::{Scope, Sets};
use super::columns::{MANY, Missing, Variables};
use super::own::OwnValues;
use super::recipe::Recipe;
use super::reference::Reference;
use super::stale::{Stale, scope_of};

/// Brings recipes, resource variables and reference columns up to date.
///
/// Nothing is resolved per deployment here. A changed resource costs a few nanoseconds per column; a
/// changed relation one look per touched resource and reference column. Variable sets are asked where
/// they, a deployment or an environment changed, and resources only by sets that read others, too.
pub fn refresh_variables(world: &mut World) {
    let changes = world.resource::<Changes>();
    let is_quiet = changes.variables.is_empty()
        && changes.resource_variables.is_empty()
        && changes.variable_sets.is_empty()
        && changes.resources.is_empty()
        && changes.environments.is_empty()
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
    refresh_recipes(world, changes, &changed, variables, sets, dirty);
    let mut own = stale_own_values(world, changes, &changed, variables);
    own.retain(|&resource| variables.own.resolve(world, sets, resource));
    mark(world, dirty, &own);
    forget(variables, &own);
    forget(variables, &changed);
    refresh_references(world, changes, &changed, variables, sets, dirty);
}

fn refresh_recipes(
    world: &World,
    changes: &Changes,
    changed: &[ResourceIx],
    variables: &mut Variables,
    sets: &mut VariableSets,
    dirty: &mut Dirty,
) {
    for &deployment in &changes.deployments {
        if let Some(columns) = variables.deployments.get_mut(deployment) {
            columns.each(deployment).for_each(|(_, column)| column.missing = Missing::Any);
        }
    }
    let cohorts = world.resource::<Cohorts>();
    let applicable = Sets::of(world);
    let stale = Stale::find(world, changes, variables, &applicable, changed);
    if !changed.is_empty() && !applicable.is_empty() {
        for (scope, column) in variables.columns() {
            for (set, bits) in &mut column.recipe.extents {
                applicable.refresh_extent(*set, scope, changed, bits);
            }
        }
    }
    for deployment in stale.deployments {
        let scope = Scope { deployment, environment: None };
        let applied = applicable.applied(scope);
        let references = &mut variables.references;
        let recipe = Recipe::compile(world, deployment, applied, sets, references);
        if variables.replace(scope, recipe) {
            cohorts.of_deployment(deployment).iter().for_each(|&it| mark_all(cohorts, dirty, it));
        }
    }
    for ix in stale.cohorts {
        let scope = scope_of(&cohorts[ix]);
        let references = &mut variables.references;
        let recipe = applicable.applied_apart(scope).and_then(|applied| {
            Recipe::compile(world, scope.deployment, applied, sets, references)
        });
        if variables.replace(scope, recipe) {
            mark_all(cohorts, dirty, ix);
        }
    }
}

/// Marks every target of a cohort.
fn mark_all(cohorts: &Cohorts, dirty: &mut Dirty, cohort: CohortIx) {
    if cohorts[cohort].targets > 0 {
        dirty.mark_cohort(cohort);
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
    stale.extend(changed.iter().filter(|&&it| variables.own.reads_resource(it)));
    let quoting = variables.own.quoting();
    if !quoting.is_clear() {
        let neighbours = Neighbours::of(world);
        for &restated in &changes.resource_variables {
            for it in neighbours.related(RelatableIx::Resource(restated)) {
                if let RelatableIx::Resource(resource) = it.entity
                    && quoting.contains(resource.slot())
                    && OwnValues::refers(world, resource, |reference| reference == it.reference)
                {
                    stale.push(resource);
                }
            }
        }
    }
    if relations.is_touched() {
        let mut touched: FixedMap<String, FixedBitSet> = fixed_map();
        let mut is_touched = |reference: &str, resource: ResourceIx| {
            if !touched.contains_key(reference) {
                let bits = relations.touched(reference, |_| true).unwrap_or_default();
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
    changes: &Changes,
    changed: &[ResourceIx],
    variables: &mut Variables,
    sets: &mut VariableSets,
    dirty: &mut Dirty,
) {
    let relations = world.resource::<Relations>();
    let cohorts = world.resource::<Cohorts>();
    let slots = world.resource::<Registry<model::Resource>>().slots();
    let touched = |of: &Reference| {
        relations.touched(of.name(), |edited| of.may_change(&changes.edit_of(edited)))
    };
    let restated = unique(changes.resource_variables.clone());
    let moved = variables.references.refresh(world, sets, slots, changed, &restated, touched);
    for (reference, resources) in moved {
        for (scope, column) in variables.columns() {
            if !column.recipe.columns().any(|used| used == reference) {
                continue;
            }
            for &resource in &resources {
                column.forget(resource);
                for &cohort in cohorts.of_deployment(scope.deployment) {
                    dirty.mark(cohorts, TargetRef { cohort, resource });
                }
            }
        }
    }
}

/// Forgets the resolutions of resources, in every column.
fn forget(variables: &mut Variables, resources: &[ResourceIx]) {
    for (_, column) in variables.columns() {
        resources.iter().for_each(|&resource| column.forget(resource));
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
