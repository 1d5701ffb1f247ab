//! Checks of an event against the world, before anything is written (SEMANTICS 2.2, 2.4).

use bevy_ecs::world::World;

use super::{Rejection, WorkspaceId};
use crate::catalogue::{Catalogued, Registry, VariableIndex, item};
use crate::entity::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    RelationshipRule, Resource, UserApprovalRecord,
};
use crate::event::{ErrorClass, Event, FieldPath, Step};
use crate::schedule::Clock;
use crate::selector::{Place, Selector, SelectorSource};

/// The event must be for this workspace and not lie in the past.
pub(super) fn envelope(world: &World, event: &Event) -> Result<(), Rejection> {
    let own = &world.resource::<WorkspaceId>().0;
    if let Some(other) = event.workspace_id.as_ref().filter(|&other| other != own) {
        let message = format!("the event is for workspace `{other}`, this is `{own}`");
        return Err(Rejection {
            class: ErrorClass::WrongWorkspace,
            path: FieldPath(vec![Step::Key("workspaceId".to_owned())]),
            message,
        });
    }
    let clock = world.resource::<Clock>().0;
    match event.at {
        Some(at) if at < clock => Err(Rejection {
            class: ErrorClass::TimeReversed,
            path: FieldPath(vec![Step::Key("at".to_owned())]),
            message: format!("{at} lies before the clock, which stands at {clock}"),
        }),
        _ => Ok(()),
    }
}

/// Compiles a selector that must compile; the field path names it if it does not.
pub(super) fn compile(
    source: &SelectorSource,
    place: Place,
    field: &[Step],
) -> Result<Selector, Rejection> {
    Selector::compile(source, place).map_err(|error| Rejection {
        class: ErrorClass::InvalidSelector,
        path: FieldPath(field.to_vec()).under(vec![Step::Key("data".to_owned())]),
        message: error.to_string(),
    })
}

/// Identifiers are unique among resources.
pub(super) fn identifier(world: &World, resource: &Resource) -> Result<(), Rejection> {
    let identifiers = world.resource::<super::upsert::Identifiers>();
    match identifiers.0.get(&resource.identifier) {
        Some(owner) if *owner != resource.id => Err(Rejection::at(
            ErrorClass::Conflict,
            &["identifier"],
            format!("`{}` is the identifier of resource `{owner}`", resource.identifier),
        )),
        _ => Ok(()),
    }
}

/// A version stays with its deployment.
pub(super) fn version(world: &World, version: &DeploymentVersion) -> Result<(), Rejection> {
    match stored::<DeploymentVersion>(world, &version.id) {
        Some(known) => same_owner("deploymentId", &known.deployment_id, &version.deployment_id),
        None => Ok(()),
    }
}

/// A variable stays with its deployment, and its key is unique there.
pub(super) fn variable(world: &World, variable: &DeploymentVariable) -> Result<(), Rejection> {
    if let Some(known) = stored::<DeploymentVariable>(world, &variable.id) {
        same_owner("deploymentId", &known.deployment_id, &variable.deployment_id)?;
    }
    let deployment = world.resource::<Registry<Deployment>>().find(&variable.deployment_id);
    let namesake = deployment
        .map_or(&[][..], |deployment| world.resource::<VariableIndex>().of(deployment))
        .iter()
        .filter_map(|&ix| item::<DeploymentVariable>(world, ix))
        .find(|known| known.key == variable.key && known.id != variable.id);
    namesake.map_or(Ok(()), |known| {
        Err(Rejection::at(
            ErrorClass::Conflict,
            &["key"],
            format!("variable `{}` of the deployment has key `{}` already", known.id, known.key),
        ))
    })
}

/// A value needs its variable and stays with it.
pub(super) fn value(world: &World, value: &DeploymentVariableValue) -> Result<(), Rejection> {
    let owner = &value.deployment_variable_id;
    must_exist::<DeploymentVariable>(world, "deploymentVariableId", "deployment variable", owner)?;
    match stored::<DeploymentVariableValue>(world, &value.id) {
        Some(known) => same_owner("deploymentVariableId", &known.deployment_variable_id, owner),
        None => Ok(()),
    }
}

/// An approval needs its version and its environment.
pub(super) fn approval(world: &World, record: &UserApprovalRecord) -> Result<(), Rejection> {
    must_exist::<DeploymentVersion>(world, "versionId", "version", &record.version_id)?;
    must_exist::<Environment>(world, "environmentId", "environment", &record.environment_id)
}

/// A relationship rule must not name another workspace.
pub(super) fn relationship(world: &World, rule: &RelationshipRule) -> Result<(), Rejection> {
    let own = &world.resource::<WorkspaceId>().0;
    if rule.workspace_id.is_empty() || rule.workspace_id == *own {
        return Ok(());
    }
    Err(Rejection::at(
        ErrorClass::WrongWorkspace,
        &["workspaceId"],
        format!("the rule is for workspace `{}`, this is `{own}`", rule.workspace_id),
    ))
}

fn stored<'w, T: Catalogued>(world: &'w World, key: &str) -> Option<&'w T> {
    item::<T>(world, world.resource::<Registry<T>>().find(key)?)
}

fn same_owner(field: &str, known: &str, sent: &str) -> Result<(), Rejection> {
    if known == sent {
        return Ok(());
    }
    let message = format!("the owner is `{known}` and cannot become `{sent}`");
    Err(Rejection::at(ErrorClass::Conflict, &[field], message))
}

fn must_exist<T: Catalogued>(
    world: &World,
    field: &str,
    kind: &str,
    id: &str,
) -> Result<(), Rejection> {
    if stored::<T>(world, id).is_some() {
        return Ok(());
    }
    Err(Rejection::at(ErrorClass::NotFound, &[field], format!("there is no {kind} `{id}`")))
}
