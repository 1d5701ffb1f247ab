//! Removing entities. Nothing cascades except that a system takes its deployments and environments
//! along; deleting what does not exist does nothing (SEMANTICS 2.1, 2.4).

use bevy_ecs::world::World;

use super::stated::Stated;
use super::upsert::{
    CompiledScope, Identifiers, free, free_relationship, free_scope, index_of, keep_copy, link,
    mark_agent, mark_approval, mark_value, mark_waiver, resource as store_resource, set_deployment,
    set_environment,
};
use crate::base::ids::{DeploymentIx, EnvironmentIx, ResourceIx};
use crate::fleet::catalogue::{
    Approvals, Catalogued, Registry, VariableIndex, item, items, remove,
};
use crate::fleet::change::Changes;
use crate::fleet::matrix::{Source, Sources};
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    GithubEntity, JobAgent, Policy, PolicyBypass, PolicySkip, RelationshipRule, Resource,
    ResourceProvider, ResourceVariable, System, UserApprovalRecord, VariableSet,
};
use crate::wire::event::{Key, Kind};

/// Removes the entity that a key names, if it exists.
pub(super) fn delete(world: &mut World, key: &Key) {
    let id = &*key.text();
    match key.kind() {
        Kind::System => system(world, id),
        Kind::Resource => resource(world, id),
        Kind::ResourceProvider => provider(world, id),
        Kind::ResourceVariable => resource_variable(world, key),
        Kind::VariableSet => variable_set(world, id),
        Kind::Environment => environment(world, id),
        Kind::Deployment => deployment(world, id),
        Kind::DeploymentVersion => version(world, id),
        Kind::DeploymentVariable => variable(world, id),
        Kind::DeploymentVariableValue => value(world, id),
        Kind::JobAgent => {
            mark_agent(world, id);
            remove::<JobAgent>(world, id);
        }
        Kind::Policy => policy(world, id),
        Kind::PolicyBypass => {
            if let Some((_, old)) = remove::<PolicyBypass>(world, id) {
                mark_waiver(world, &old.version_id);
            }
        }
        Kind::PolicySkip => {
            if let Some((_, old)) = remove::<PolicySkip>(world, id) {
                mark_waiver(world, &old.version_id);
            }
        }
        Kind::UserApprovalRecord => approval(world, id),
        Kind::RelationshipRule => relationship(world, id),
        Kind::GithubEntity => {
            remove::<GithubEntity>(world, id);
        }
    }
}

/// What belongs to no other system goes with it.
fn system(world: &mut World, id: &str) {
    let Some((ix, old)) = remove::<System>(world, id) else { return };
    let is_only = |systems: Option<&Source>| systems.is_some_and(|it| it.systems[..] == [ix]);
    let sources = world.resource::<Sources>();
    let deployments: Vec<String> = items::<Deployment>(world)
        .filter(|&(at, _)| is_only(sources.deployment(at)))
        .map(|(_, it)| it.id.clone())
        .collect();
    let environments: Vec<String> = items::<Environment>(world)
        .filter(|&(at, _)| is_only(sources.environment(at)))
        .map(|(_, it)| it.id.clone())
        .collect();
    deployments.iter().for_each(|id| deployment(world, id));
    environments.iter().for_each(|id| environment(world, id));
    link(world, ix, Some(&old), &[], &[]);
}

pub(super) fn resource(world: &mut World, id: &str) {
    if let Some((ix, old)) = remove::<Resource>(world, id) {
        world.resource_mut::<Identifiers>().0.remove(&old.identifier);
        world.resource_mut::<Changes>().resource(ix);
    }
}

fn provider(world: &mut World, id: &str) {
    // Resources may belong to a provider that was never stored; they lose their owner all the same.
    remove::<ResourceProvider>(world, id);
    world.resource_mut::<Stated>().forget(id);
    for resource_id in ids_of::<Resource>(world, |it| it.provider_id.as_deref() == Some(id)) {
        let ix: ResourceIx = index_of::<Resource>(world, &resource_id);
        if let Some(mut changed) = item::<Resource>(world, ix).cloned() {
            changed.provider_id = None;
            store_resource(world, changed);
        }
    }
}

/// Removes a value that a resource sets under a key; without an id, all of them.
fn resource_variable(world: &mut World, key: &Key) {
    let Key::ResourceVariable { resource_id, key, id } = key else { return };
    let Some(resource) = world.resource::<Registry<Resource>>().find(resource_id) else { return };
    let values = world.resource::<VariableIndex>().of_resource(resource).iter();
    let values = values.filter_map(|it| item::<ResourceVariable>(world, it.variable));
    let named = values.filter(|it| it.key == *key && (id.is_empty() || it.id == *id));
    let named: Vec<String> = named.map(|it| Catalogued::key(it).into_owned()).collect();
    for name in named {
        if let Some((ix, _)) = remove::<ResourceVariable>(world, &name) {
            world.resource_mut::<VariableIndex>().remove_own_value(resource, ix);
            world.resource_mut::<Changes>().resource_variable(resource);
        }
    }
}

fn variable_set(world: &mut World, id: &str) {
    let Some((ix, _)) = remove::<VariableSet>(world, id) else { return };
    let selection = world.resource_mut::<VariableIndex>().remove_set(ix);
    free(world, selection);
    world.resource_mut::<Changes>().variable_set(ix);
}

fn environment(world: &mut World, id: &str) {
    if let Some((ix, _)) = remove::<Environment>(world, id) {
        set_environment(world, ix, None);
    }
}

fn deployment(world: &mut World, id: &str) {
    if let Some((ix, _)) = remove::<Deployment>(world, id) {
        set_deployment(world, ix, None);
    }
}

fn version(world: &mut World, id: &str) {
    let Some((ix, old)) = remove::<DeploymentVersion>(world, id) else { return };
    let deployment: DeploymentIx = index_of::<Deployment>(world, &old.deployment_id);
    keep_copy(world, ix, old);
    world.resource_mut::<Changes>().version(ix, deployment);
}

fn variable(world: &mut World, id: &str) {
    let Some((ix, old)) = remove::<DeploymentVariable>(world, id) else { return };
    let deployment: DeploymentIx = index_of::<Deployment>(world, &old.deployment_id);
    world.resource_mut::<VariableIndex>().remove_variable(deployment, ix);
    world.resource_mut::<Changes>().variable(deployment);
}

fn value(world: &mut World, id: &str) {
    let Some((ix, old)) = remove::<DeploymentVariableValue>(world, id) else { return };
    let variable = index_of::<DeploymentVariable>(world, &old.deployment_variable_id);
    let selection = world.resource_mut::<VariableIndex>().remove_value(variable, ix);
    free(world, selection);
    mark_value(world, &old.deployment_variable_id);
}

fn policy(world: &mut World, id: &str) {
    let Some(entity) = world
        .resource::<Registry<Policy>>()
        .find(id)
        .and_then(|ix| world.resource::<Registry<Policy>>().entity(ix))
    else {
        return;
    };
    let scope = world.get::<CompiledScope>(entity).cloned();
    free_scope(world, scope);
    if let Some((ix, _)) = remove::<Policy>(world, id) {
        world.resource_mut::<Changes>().policy(ix);
    }
}

fn relationship(world: &mut World, id: &str) {
    let registry = world.resource::<Registry<RelationshipRule>>();
    let entity = registry.find(id).and_then(|ix| registry.entity(ix));
    let Some(entity) = entity else { return };
    free_relationship(world, entity);
    if let Some((ix, _)) = remove::<RelationshipRule>(world, id) {
        world.resource_mut::<Changes>().relationship(ix);
    }
}

fn approval(world: &mut World, id: &str) {
    let Some((_, old)) = remove::<UserApprovalRecord>(world, id) else { return };
    let version = index_of::<DeploymentVersion>(world, &old.version_id);
    let environment: EnvironmentIx = index_of::<Environment>(world, &old.environment_id);
    world.resource_mut::<Approvals>().remove(version, environment, &old.user_id);
    mark_approval(world, &old);
}

/// Ids of the entities for which `wanted` holds, by ascending index.
fn ids_of<T: Catalogued>(world: &World, wanted: impl Fn(&T) -> bool) -> Vec<String> {
    let registry = world.resource::<Registry<T>>();
    let matching = registry.present().filter(|&ix| item::<T>(world, ix).is_some_and(&wanted));
    matching.map(|ix| registry.id(ix).to_owned()).collect()
}
