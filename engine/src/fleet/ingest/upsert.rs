//! Creating and replacing entities.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::{Mut, World};

use super::{Changes, WorkspaceId};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{DeploymentIx, EnvironmentIx, JobIx, VersionIx};
use crate::fleet::catalogue::{
    Approvals, Catalogued, CompiledSelectors, Registry, SelectionIx, Selections, VariableIndex,
    item, store,
};
use crate::fleet::dirty::Dirty;
use crate::fleet::jobs::{Jobs, VersionCopies};
use crate::fleet::matrix::{Cohorts, Source, Sources, StaleTargets};
use crate::fleet::relations::{CompiledRelationship, Scope};
use crate::model::SelectorSource;
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, EntityKind,
    Environment, JobAgent, Policy, PolicyScope, RelationshipRule, Resource, ResourceVariable,
    System, UserApprovalRecord,
};
use crate::select::{Place, Selector, Subject};
use crate::wire::event::Entity;

/// Which resource owns an identifier.
#[derive(Debug, EcsResource)]
pub struct Identifiers(pub FixedMap<String, String>);

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
        Entity::System(it) => {
            store::<System>(world, it);
        }
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
        Entity::JobAgent(it) => {
            mark_users_of_agent(world, &it.id.clone());
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
    if let Some(old) = old {
        identifiers.0.remove(&old.identifier);
    }
    identifiers.0.insert(identifier, id);
    world.resource_mut::<StaleTargets>().resources.push(ix);
    world.resource_mut::<Changes>().resources.push(ix);
}

fn resource_variable(world: &mut World, variable: ResourceVariable) {
    let resource = world.resource_mut::<Registry<Resource>>().index(&variable.resource_id);
    let (ix, _) = store(world, variable);
    world.resource_mut::<VariableIndex>().add_resource_variable(resource, ix);
    world.resource_mut::<Changes>().resource_variables.push(resource);
}

fn environment(world: &mut World, environment: Environment) {
    let system = world.resource_mut::<Registry<System>>().index(&environment.system_id);
    let selection = acquire(world, environment.resource_selector.as_ref());
    let (ix, _) = store(world, environment);
    let source = Source { system, selection };
    let old = world.resource::<Sources>().environment(ix);
    world.resource_mut::<Sources>().set_environment(ix, Some(source));
    release(world, old.and_then(|old| old.selection));
    world.resource_mut::<StaleTargets>().environments.push(ix);
    world.resource_mut::<Changes>().environments.push(ix);
}

fn deployment(world: &mut World, deployment: Deployment) {
    let system = world.resource_mut::<Registry<System>>().index(&deployment.system_id);
    let selection = acquire(world, deployment.resource_selector.as_ref());
    let (ix, _) = store(world, deployment);
    let source = Source { system, selection };
    let old = world.resource::<Sources>().deployment(ix);
    world.resource_mut::<Sources>().set_deployment(ix, Some(source));
    release(world, old.and_then(|old| old.selection));
    world.resource_mut::<StaleTargets>().deployments.push(ix);
    world.resource_mut::<Changes>().deployments.push(ix);
}

fn version(world: &mut World, version: DeploymentVersion) {
    let deployment = world.resource_mut::<Registry<Deployment>>().index(&version.deployment_id);
    let (ix, old) = store(world, version);
    if let Some(old) = old.filter(|old| item::<DeploymentVersion>(world, ix) != Some(old)) {
        keep_copy(world, ix, old);
    }
    world.resource_mut::<Changes>().versions.push(ix);
    mark_deployment(world, deployment);
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
    mark_variables(world, deployment);
}

fn value(world: &mut World, value: DeploymentVariableValue) {
    let selection = acquire(world, value.resource_selector.as_ref());
    let owner = value.deployment_variable_id.clone();
    let (ix, _) = store(world, value);
    let variable = world.resource_mut::<Registry<DeploymentVariable>>().index(&owner);
    let old = world.resource_mut::<VariableIndex>().add_value(variable, ix, selection);
    release(world, old);
    mark_variable_owner(world, &owner);
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
    release_scope(world, world.get::<CompiledScope>(entity).cloned());
    world.entity_mut(entity).insert(scope);
    world.resource_mut::<Changes>().policies.push(ix);
}

fn approval(world: &mut World, record: UserApprovalRecord) {
    let version = world.resource_mut::<Registry<DeploymentVersion>>().index(&record.version_id);
    let environment = world.resource_mut::<Registry<Environment>>().index(&record.environment_id);
    world.resource_mut::<Approvals>().put(version, environment, &record);
    mark_approval(world, &record);
    store(world, record);
}

fn relationship(world: &mut World, rule: RelationshipRule) {
    let from = scope(world, rule.from_type, rule.from_selector.as_ref());
    let to = scope(world, rule.to_type, rule.to_selector.as_ref());
    let compiled = CompiledRelationship::new(&rule, from, to);
    let (ix, _) = store(world, rule);
    let entity = world.resource::<Registry<RelationshipRule>>().entity(ix).expect("just stored");
    release_relationship(world, entity);
    world.entity_mut(entity).insert(compiled);
    world.resource_mut::<Changes>().relationships.push(ix);
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
pub(super) fn release(world: &mut World, selection: Option<SelectionIx>) {
    if let Some(selection) = selection {
        world.resource_mut::<Selections>().release(selection);
    }
}

/// Gives back the selections of a policy's former scope.
pub(super) fn release_scope(world: &mut World, scope: Option<CompiledScope>) {
    if let Some(CompiledScope::Selectors(selectors)) = scope {
        for selector in selectors {
            release(world, selector.resource);
        }
    }
}

/// Gives back the selections of a relationship rule.
pub(super) fn release_relationship(world: &mut World, rule: bevy_ecs::entity::Entity) {
    let Some(old) = world.get::<CompiledRelationship>(rule) else { return };
    for selection in old.selections().collect::<Vec<_>>() {
        release(world, Some(selection));
    }
}

/// Marks every target of a deployment.
pub(super) fn mark_deployment(world: &mut World, deployment: DeploymentIx) {
    world.resource_scope(|world, mut dirty: Mut<Dirty>| {
        let cohorts = world.resource::<Cohorts>();
        for &cohort in cohorts.of_deployment(deployment) {
            if cohorts[cohort].targets > 0 {
                dirty.mark_cohort(cohort);
            }
        }
    });
}

/// Marks every target of the deployment that owns a version, if that is known.
fn mark_version(world: &mut World, version: &str) {
    let owner = world
        .resource::<Registry<DeploymentVersion>>()
        .find(version)
        .and_then(|ix| item::<DeploymentVersion>(world, ix))
        .and_then(|it| world.resource::<Registry<Deployment>>().find(&it.deployment_id));
    if let Some(deployment) = owner {
        mark_deployment(world, deployment);
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
    world.resource_mut::<Changes>().waivers = true;
    mark_version(world, version);
}

/// Marks the targets that an approval record speaks of.
pub(super) fn mark_approval(world: &mut World, record: &UserApprovalRecord) {
    let environment: Option<EnvironmentIx> =
        world.resource::<Registry<Environment>>().find(&record.environment_id);
    let version = world.resource::<Registry<DeploymentVersion>>().find(&record.version_id);
    let deployment = version
        .and_then(|ix| item::<DeploymentVersion>(world, ix))
        .and_then(|it| world.resource::<Registry<Deployment>>().find(&it.deployment_id));
    let (Some(environment), Some(deployment)) = (environment, deployment) else { return };
    world.resource_scope(|world, mut dirty: Mut<Dirty>| {
        let cohorts = world.resource::<Cohorts>();
        if let Some(cohort) = cohorts.find(deployment, environment)
            && cohorts[cohort].targets > 0
        {
            dirty.mark_cohort(cohort);
        }
    });
}

/// Marks every target of the deployments that name an agent.
pub(super) fn mark_users_of_agent(world: &mut World, agent: &str) {
    let users: Vec<DeploymentIx> = {
        let registry = world.resource::<Registry<Deployment>>();
        let is_user = |&ix: &DeploymentIx| {
            item::<Deployment>(world, ix)
                .is_some_and(|it| it.job_agent_id.as_deref() == Some(agent))
        };
        registry.present().filter(is_user).collect()
    };
    for deployment in users {
        mark_deployment(world, deployment);
    }
}

/// Marks every target of a deployment whose variables changed.
pub(super) fn mark_variables(world: &mut World, deployment: DeploymentIx) {
    world.resource_mut::<Changes>().variables.push(deployment);
    mark_deployment(world, deployment);
}

/// Marks every target of the deployment that owns a variable, if that exists.
pub(super) fn mark_variable_owner(world: &mut World, variable: &str) {
    let owner = world
        .resource::<Registry<DeploymentVariable>>()
        .find(variable)
        .and_then(|ix| item::<DeploymentVariable>(world, ix))
        .and_then(|it| world.resource::<Registry<Deployment>>().find(&it.deployment_id));
    if let Some(deployment) = owner {
        mark_variables(world, deployment);
    }
}

/// The index of an id of a kind, new if never mentioned.
pub(super) fn index_of<T: Catalogued>(world: &mut World, id: &str) -> T::Ix {
    world.resource_mut::<Registry<T>>().index(id)
}
