//! Creating and replacing entities.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::World;

use super::WorkspaceId;
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{DeploymentIx, EnvironmentIx, JobIx, SystemIx, VersionIx};
use crate::fleet::catalogue::{
    Approvals, Catalogued, CompiledSelectors, OwnValue, Registry, ScopedSet, SelectionIx,
    Selections, SystemLinks, VariableIndex, item, items, store,
};
use crate::fleet::change::Changes;
use crate::fleet::edit::Edit;
use crate::fleet::jobs::{Jobs, VersionCopies};
use crate::fleet::matrix::{Source, Sources, SystemList};
use crate::fleet::relations::{CompiledRelationship, Scope};
use crate::model::SelectorSource;
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, EntityKind,
    Environment, JobAgent, Policy, PolicyScope, RelationshipRule, Resource, ResourceVariable,
    System, SystemIds, UserApprovalRecord, VariableSet,
};
use crate::select::{Place, Selector, Subject};
use crate::wire::event::Entity;

/// Which resource owns an identifier.
#[derive(Debug, EcsResource)]
pub(crate) struct Identifiers(pub FixedMap<String, String>);

impl Default for Identifiers {
    fn default() -> Self {
        Self(fixed_map())
    }
}

/// The compiled form of a policy's scope.
#[derive(Debug, Clone, Component)]
pub enum CompiledScope {
    /// One per target selector.
    Selectors(Vec<CompiledTargetSelector>),
    /// Over resource, deployment and environment together; `None` for an empty text.
    Expression(Option<Selector>),
}

/// The compiled form of a target selector; an absent member matches everything.
#[derive(Debug, Clone, Default)]
pub struct CompiledTargetSelector {
    /// Over the deployment.
    pub deployment: Option<Selector>,
    /// Over the environment.
    pub environment: Option<Selector>,
    /// Over the resource.
    pub resource: Option<SelectionIx>,
}

/// Stores an entity that was checked.
pub(super) fn upsert(world: &mut World, entity: Entity) {
    match entity {
        Entity::System(it) => system(world, it),
        Entity::Resource(it) => {
            resource(world, it);
        }
        Entity::ResourceProvider(it) => {
            store(world, it);
        }
        Entity::ResourceVariable(it) => resource_variable(world, it),
        Entity::Environment(it) => environment(world, it),
        Entity::Deployment(it) => deployment(world, it),
        Entity::DeploymentVersion(it) => {
            version(world, it);
        }
        Entity::DeploymentVariable(it) => {
            variable(world, it);
        }
        Entity::DeploymentVariableValue(it) => {
            value(world, it);
        }
        Entity::VariableSet(it) => variable_set(world, it),
        Entity::JobAgent(it) => {
            mark_agent(world, &it.id);
            store::<JobAgent>(world, it);
        }
        Entity::Policy(it) => policy(world, it),
        Entity::PolicyBypass(it) => {
            for policy in &it.policy_ids {
                index_of::<Policy>(world, policy);
            }
            mention(world, &it.version_id, it.environment_id.as_deref(), it.resource_id.as_deref());
            mark_waiver(world, &it.version_id);
            if let (_, Some(old)) = store(world, it) {
                mark_waiver(world, &old.version_id);
            }
        }
        Entity::PolicySkip(it) => {
            mention(world, &it.version_id, it.environment_id.as_deref(), it.resource_id.as_deref());
            mark_waiver(world, &it.version_id);
            if let (_, Some(old)) = store(world, it) {
                mark_waiver(world, &old.version_id);
            }
        }
        Entity::UserApprovalRecord(it) => {
            approval(world, it);
        }
        Entity::RelationshipRule(it) => {
            relationship(world, it);
        }
        Entity::GithubEntity(it) => {
            store(world, it);
        }
    }
}

/// Stores a resource whose identifier is free or its own.
pub(super) fn resource(world: &mut World, mut resource: Resource) {
    resource.workspace_id.clone_from(&world.resource::<WorkspaceId>().0);
    let (id, identifier) = (resource.id.clone(), resource.identifier.clone());
    let (ix, old) = store(world, resource);
    let mut identifiers = world.resource_mut::<Identifiers>();
    if let Some(old) = &old {
        identifiers.0.remove(&old.identifier);
    }
    identifiers.0.insert(identifier, id);
    let new = item::<Resource>(world, ix);
    let edit = old.zip(new).map_or(Edit::Whole, |(old, new)| Edit::between(&old, new));
    world.resource_mut::<Changes>().edited(ix, edit);
}

fn resource_variable(world: &mut World, variable: ResourceVariable) {
    let resource = world.resource_mut::<Registry<Resource>>().index(&variable.resource_id);
    let place = Place::Entity(Subject::Resource);
    let selector = variable.resource_selector.as_ref().map(|it| compiled(world, it, place));
    let (ix, _) = store(world, variable);
    let value = OwnValue { variable: ix, selector };
    world.resource_mut::<VariableIndex>().add_own_value(resource, value);
    world.resource_mut::<Changes>().resource_variable(resource);
}

fn system(world: &mut World, system: System) {
    let deployments: Vec<_> =
        system.deployments.iter().map(|id| index_of::<Deployment>(world, id)).collect();
    let environments: Vec<_> =
        system.environments.iter().map(|id| index_of::<Environment>(world, id)).collect();
    let (ix, old) = store(world, system);
    link(world, ix, old.as_ref(), &deployments, &environments);
}

/// A system lists these deployments and environments from now on, instead of those before.
pub(super) fn link(
    world: &mut World,
    system: SystemIx,
    old: Option<&System>,
    deployments: &[DeploymentIx],
    environments: &[EnvironmentIx],
) {
    let before = |ids: fn(&System) -> &[String]| old.map_or(&[][..], ids);
    let old_deployments = before(|it| &it.deployments).to_vec();
    let old_environments = before(|it| &it.environments).to_vec();
    if deployments.is_empty()
        && environments.is_empty()
        && old_deployments.is_empty()
        && old_environments.is_empty()
    {
        return;
    }
    world.resource_mut::<SystemLinks>().set(system, deployments, environments);
    let mut moved: Vec<DeploymentIx> = deployments.to_vec();
    moved.extend(old_deployments.iter().map(|id| index_of::<Deployment>(world, id)));
    moved.into_iter().for_each(|ix| relink_deployment(world, ix));
    let mut moved: Vec<EnvironmentIx> = environments.to_vec();
    moved.extend(old_environments.iter().map(|id| index_of::<Environment>(world, id)));
    moved.into_iter().for_each(|ix| relink_environment(world, ix));
}

/// The systems of a deployment may be others.
pub(super) fn relink_deployment(world: &mut World, ix: DeploymentIx) {
    let Some(it) = item::<Deployment>(world, ix) else { return };
    let own = it.systems.clone();
    let systems = deployment_systems(world, ix, &own);
    let source = world.resource::<Sources>().deployment(ix).cloned();
    if let Some(source) = source.filter(|source| source.systems != systems) {
        let source = Source { systems, ..source };
        world.resource_mut::<Sources>().set_deployment(ix, Some(source));
        world.resource_mut::<Changes>().deployment(ix);
    }
}

/// The systems of an environment may be others.
pub(super) fn relink_environment(world: &mut World, ix: EnvironmentIx) {
    let Some(it) = item::<Environment>(world, ix) else { return };
    let own = it.systems.clone();
    let systems = environment_systems(world, ix, &own);
    let source = world.resource::<Sources>().environment(ix).cloned();
    if let Some(source) = source.filter(|source| source.systems != systems) {
        let source = Source { systems, ..source };
        world.resource_mut::<Sources>().set_environment(ix, Some(source));
        world.resource_mut::<Changes>().environment(ix);
    }
}

fn deployment_systems(world: &mut World, ix: DeploymentIx, own: &SystemIds) -> SystemList {
    let links = world.resource::<SystemLinks>().of_deployment(ix).to_vec();
    systems_of(world, own, &links)
}

fn environment_systems(world: &mut World, ix: EnvironmentIx, own: &SystemIds) -> SystemList {
    let links = world.resource::<SystemLinks>().of_environment(ix).to_vec();
    systems_of(world, own, &links)
}

/// The systems that something names, and those that list it.
fn systems_of(world: &mut World, own: &SystemIds, links: &[SystemIx]) -> SystemList {
    let mut systems: SystemList = own.iter().map(|id| index_of::<System>(world, id)).collect();
    systems.extend_from_slice(links);
    systems.sort_unstable();
    systems.dedup();
    systems
}

fn variable_set(world: &mut World, set: VariableSet) {
    let source = (!set.selector.is_empty()).then(|| SelectorSource::Cel(set.selector.clone()));
    let selector = source.as_ref().map(|it| compiled(world, it, Place::Policy));
    let is_shared = selector.as_ref().is_some_and(|it| it.reads().is_only(Subject::Resource));
    let selection = acquire(world, source.as_ref().filter(|_| is_shared));
    let (ix, _) = store(world, set);
    let scoped = ScopedSet { set: ix, selector, selection };
    let old = world.resource_mut::<VariableIndex>().add_set(scoped);
    free(world, old);
    world.resource_mut::<Changes>().variable_set(ix);
}

fn environment(world: &mut World, environment: Environment) {
    let own = environment.systems.clone();
    let selection = acquire(world, environment.resource_selector.as_ref());
    let (ix, _) = store(world, environment);
    let systems = environment_systems(world, ix, &own);
    set_environment(world, ix, Some(Source { systems, selection }));
}

/// Sets or removes what an environment selects.
pub(super) fn set_environment(world: &mut World, ix: EnvironmentIx, source: Option<Source>) {
    let mut sources = world.resource_mut::<Sources>();
    let old = sources.environment(ix).and_then(|old| old.selection);
    sources.set_environment(ix, source);
    free(world, old);
    world.resource_mut::<Changes>().environment(ix);
}

fn deployment(world: &mut World, deployment: Deployment) {
    let own = deployment.systems.clone();
    let selection = acquire(world, deployment.resource_selector.as_ref());
    let (ix, _) = store(world, deployment);
    let systems = deployment_systems(world, ix, &own);
    set_deployment(world, ix, Some(Source { systems, selection }));
}

/// Sets or removes what a deployment selects.
pub(super) fn set_deployment(world: &mut World, ix: DeploymentIx, source: Option<Source>) {
    let mut sources = world.resource_mut::<Sources>();
    let old = sources.deployment(ix).and_then(|old| old.selection);
    sources.set_deployment(ix, source);
    free(world, old);
    world.resource_mut::<Changes>().deployment(ix);
}

fn version(world: &mut World, version: DeploymentVersion) {
    let deployment = world.resource_mut::<Registry<Deployment>>().index(&version.deployment_id);
    let (ix, old) = store(world, version);
    if let Some(old) = old.filter(|old| item::<DeploymentVersion>(world, ix) != Some(old)) {
        keep_copy(world, ix, old);
    }
    world.resource_mut::<Changes>().version(ix, deployment);
}

/// Keeps what a version said for the releases that were made of it.
pub(super) fn keep_copy(world: &mut World, version: VersionIx, old: DeploymentVersion) {
    let jobs = world.resource::<Jobs>().0.len();
    world.resource_mut::<VersionCopies>().keep(version, JobIx::at(jobs), old);
}

fn variable(world: &mut World, variable: DeploymentVariable) {
    let deployment = world.resource_mut::<Registry<Deployment>>().index(&variable.deployment_id);
    let (ix, _) = store(world, variable);
    world.resource_mut::<VariableIndex>().add_variable(deployment, ix);
    world.resource_mut::<Changes>().variable(deployment);
}

fn value(world: &mut World, value: DeploymentVariableValue) {
    let selection = acquire(world, value.resource_selector.as_ref());
    let owner = value.deployment_variable_id.clone();
    let (ix, _) = store(world, value);
    let variable = world.resource_mut::<Registry<DeploymentVariable>>().index(&owner);
    let old = world.resource_mut::<VariableIndex>().add_value(variable, ix, selection);
    free(world, old);
    mark_value(world, &owner);
}

fn policy(world: &mut World, policy: Policy) {
    let scope = match &policy.scope {
        PolicyScope::Expression(text) if text.is_empty() => CompiledScope::Expression(None),
        PolicyScope::Expression(text) => {
            let source = SelectorSource::Cel(text.clone());
            CompiledScope::Expression(Some(compiled(world, &source, Place::Policy)))
        }
        PolicyScope::Selectors(selectors) => {
            let mut compile = |source: &Option<SelectorSource>, subject| {
                source.as_ref().map(|source| compiled(world, source, Place::Entity(subject)))
            };
            let members: Vec<_> = selectors
                .iter()
                .map(|it| CompiledTargetSelector {
                    deployment: compile(&it.deployment_selector, Subject::Deployment),
                    environment: compile(&it.environment_selector, Subject::Environment),
                    resource: None,
                })
                .collect();
            let acquired = members.into_iter().zip(selectors).map(|(member, it)| {
                let resource = acquire(world, it.resource_selector.as_ref());
                CompiledTargetSelector { resource, ..member }
            });
            CompiledScope::Selectors(acquired.collect())
        }
    };
    let (ix, _) = store(world, policy);
    let entity = world.resource::<Registry<Policy>>().entity(ix).expect("just stored");
    free_scope(world, world.get::<CompiledScope>(entity).cloned());
    world.entity_mut(entity).insert(scope);
    world.resource_mut::<Changes>().policy(ix);
}

fn approval(world: &mut World, record: UserApprovalRecord) {
    let version = world.resource_mut::<Registry<DeploymentVersion>>().index(&record.version_id);
    let environment = world.resource_mut::<Registry<Environment>>().index(&record.environment_id);
    world.resource_mut::<Approvals>().put(version, environment, &record);
    mark_approval(world, &record);
    store(world, record);
}

fn relationship(world: &mut World, rule: RelationshipRule) {
    let compiled = compiled_relationship(world, &rule);
    let (ix, _) = store(world, rule);
    let entity = world.resource::<Registry<RelationshipRule>>().entity(ix).expect("just stored");
    free_relationship(world, entity);
    world.entity_mut(entity).insert(compiled);
    world.resource_mut::<Changes>().relationship(ix);
}

/// A rule that was checked has one form or the other.
fn compiled_relationship(world: &mut World, rule: &RelationshipRule) -> CompiledRelationship {
    if let Some(text) = &rule.cel {
        let source = SelectorSource::Cel(text.clone());
        return CompiledRelationship::of_expression(&compiled(world, &source, Place::Relationship));
    }
    let mut side = |kind: Option<EntityKind>, selector: &Option<SelectorSource>| {
        let kind = kind.expect("checked before anything is written");
        (kind, scope(world, kind, selector.as_ref()))
    };
    let from = side(rule.from_type, &rule.from_selector);
    let to = side(rule.to_type, &rule.to_selector);
    CompiledRelationship::between(from, to, &rule.matcher)
}

/// The entities of a side of a relationship rule; resources are selected by column.
fn scope(world: &mut World, kind: EntityKind, source: Option<&SelectorSource>) -> Scope {
    match source {
        None => Scope::All,
        Some(_) if kind == EntityKind::Resource => {
            acquire(world, source).map_or(Scope::All, Scope::Selection)
        }
        Some(source) => Scope::Selector(compiled(world, source, Place::Entity(kind.into()))),
    }
}

/// A selector that was checked.
fn compiled(world: &mut World, source: &SelectorSource, place: Place) -> Selector {
    let selector = world.resource_mut::<CompiledSelectors>().compile(source, place);
    selector.expect("checked before anything is written")
}

fn acquire(world: &mut World, source: Option<&SelectorSource>) -> Option<SelectionIx> {
    let source = source?;
    let selector = compiled(world, source, Place::Entity(Subject::Resource));
    Some(world.resource_mut::<Selections>().acquire(source, &selector))
}

/// Gives back a selection that an entity used before it changed.
pub(super) fn free(world: &mut World, selection: Option<SelectionIx>) {
    if let Some(selection) = selection {
        world.resource_mut::<Selections>().free(selection);
    }
}

/// Gives back the selections of a policy's former scope.
pub(super) fn free_scope(world: &mut World, scope: Option<CompiledScope>) {
    if let Some(CompiledScope::Selectors(selectors)) = scope {
        for selector in selectors {
            free(world, selector.resource);
        }
    }
}

/// Gives back the selections of a relationship rule.
pub(super) fn free_relationship(world: &mut World, rule: bevy_ecs::entity::Entity) {
    let Some(old) = world.get::<CompiledRelationship>(rule) else { return };
    for selection in old.selections.clone() {
        free(world, Some(selection));
    }
}

/// Gives what a waiver names an index, so that the waiver need not be read again when it comes.
fn mention(world: &mut World, version: &str, environment: Option<&str>, resource: Option<&str>) {
    index_of::<DeploymentVersion>(world, version);
    if let Some(environment) = environment {
        index_of::<Environment>(world, environment);
    }
    if let Some(resource) = resource {
        index_of::<Resource>(world, resource);
    }
}

/// A waiver of a version came, changed or went.
pub(super) fn mark_waiver(world: &mut World, version: &str) {
    let deployment = owner_of_version(world, version);
    world.resource_mut::<Changes>().waiver(deployment);
}

/// An approval record came, changed or went.
pub(super) fn mark_approval(world: &mut World, record: &UserApprovalRecord) {
    let environment = world.resource::<Registry<Environment>>().find(&record.environment_id);
    let deployment = owner_of_version(world, &record.version_id);
    if let (Some(environment), Some(deployment)) = (environment, deployment) {
        world.resource_mut::<Changes>().approval(deployment, environment);
    }
}

/// An agent came, changed or went.
pub(super) fn mark_agent(world: &mut World, agent: &str) {
    let users: Vec<DeploymentIx> = {
        let named = |it: &Deployment| {
            it.job_agent_selector.is_some() || it.job_agent_id.as_deref() == Some(agent)
        };
        items(world).filter(|(_, it)| named(it)).map(|(ix, _)| ix).collect()
    };
    let mut changes = world.resource_mut::<Changes>();
    changes.agents = true;
    users.into_iter().for_each(|deployment| changes.targets_of(deployment));
}

/// A value of a variable came, changed or went.
pub(super) fn mark_value(world: &mut World, variable: &str) {
    let variable = world
        .resource::<Registry<DeploymentVariable>>()
        .find(variable)
        .and_then(|ix| item::<DeploymentVariable>(world, ix));
    let owner =
        variable.and_then(|it| world.resource::<Registry<Deployment>>().find(&it.deployment_id));
    if let Some(deployment) = owner {
        world.resource_mut::<Changes>().variable(deployment);
    }
}

/// The deployment of a version, if the version exists.
fn owner_of_version(world: &World, version: &str) -> Option<DeploymentIx> {
    let ix = world.resource::<Registry<DeploymentVersion>>().find(version)?;
    let version = item::<DeploymentVersion>(world, ix)?;
    world.resource::<Registry<Deployment>>().find(&version.deployment_id)
}

/// The index of an id of a kind, new if never mentioned.
pub(super) fn index_of<T: Catalogued>(world: &mut World, id: &str) -> T::Ix {
    world.resource_mut::<Registry<T>>().index(id)
}
