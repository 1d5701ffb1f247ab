//! Checks of an event against the world, before anything is written (SEMANTICS 2.2, 2.4).

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::{Rejection, WorkspaceId, effort, jobs, provider, recorded};
use crate::fleet::catalogue::{Catalogued, CompiledSelectors, Registry, VariableIndex, item};
use crate::fleet::matrix::Room;
use crate::fleet::schedule::Clock;
use crate::model;
use crate::model::SelectorSource;
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    Policy, PolicyScope, RelationshipRule, UserApprovalRecord,
};
use crate::select::{Place, Subject};
use crate::wire::event::{Entity, ErrorClass, Event, FieldPath, Payload, Step};

/// What whoever evaluates policies asks about one before it is stored: the engine stores rules that
/// it cannot read itself.
#[derive(Debug, Clone, Copy, Resource)]
pub struct PolicyCheck(pub fn(&Policy) -> Result<(), Rejection>);

impl Default for PolicyCheck {
    fn default() -> Self {
        Self(|_| Ok(()))
    }
}

/// The event must be for this workspace and not lie in the past.
fn envelope(world: &World, event: &Event) -> Result<(), Rejection> {
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

/// Checks everything about an event that needs the workspace, and completes it as the workspace's
/// dialect says; writes nothing but caches.
pub(super) fn event(world: &mut World, event: &mut Event) -> Result<(), Rejection> {
    world.resource::<Room>().check()?;
    envelope(world, event)?;
    event.payload.complete(world.resource::<model::Dialect>())?;
    match &event.payload {
        Payload::Upsert(it) => entity(world, it),
        Payload::SetResources { provider_id, resources } => {
            provider::check(world, provider_id, resources)?;
            effort::of_resources(world, resources)
        }
        Payload::UpdateJob(update) => jobs::check_update(world, update),
        Payload::Redeploy(triple) => jobs::check_redeploy(world, triple),
        Payload::RecordJob(job) => recorded::check(world, job),
        Payload::Delete(_) | Payload::FinishJob(_) | Payload::ReconcileAll | Payload::Tick => {
            Ok(())
        }
    }
}

fn entity(world: &mut World, entity: &Entity) -> Result<(), Rejection> {
    let selector = |world: &mut World, source: &Option<SelectorSource>| {
        let place = Place::Entity(Subject::Resource);
        compile_member(world, source.as_ref(), place, vec![key("resourceSelector")])
    };
    match entity {
        Entity::Resource(it) => {
            identifier(world, it)?;
            effort::of_resources(world, std::slice::from_ref(it))
        }
        Entity::Environment(it) => selector(world, &it.resource_selector),
        Entity::Deployment(it) => {
            selector(world, &it.resource_selector)?;
            let agents = it.job_agent_selector.clone().map(SelectorSource::Cel);
            compile_member(world, agents.as_ref(), Place::Agent, vec![key("jobAgentSelector")])
        }
        Entity::DeploymentVersion(it) => version(world, it),
        Entity::DeploymentVariable(it) => variable(world, it),
        Entity::DeploymentVariableValue(it) => {
            value(world, it)?;
            selector(world, &it.resource_selector)
        }
        Entity::ResourceVariable(it) => selector(world, &it.resource_selector),
        Entity::VariableSet(it) => {
            let source =
                (!it.selector.is_empty()).then(|| SelectorSource::Cel(it.selector.clone()));
            compile_member(world, source.as_ref(), Place::Policy, vec![key("selector")])
        }
        Entity::Policy(it) => {
            scope(world, &it.scope)?;
            (world.resource::<PolicyCheck>().0)(it)
        }
        Entity::UserApprovalRecord(it) => approval(world, it),
        Entity::RelationshipRule(it) => relationship(world, it),
        Entity::System(_)
        | Entity::ResourceProvider(_)
        | Entity::JobAgent(_)
        | Entity::PolicyBypass(_)
        | Entity::PolicySkip(_)
        | Entity::GithubEntity(_) => Ok(()),
    }
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

/// A present selector must compile, and one that is kept for asking must not take too long over what there is;
/// the field path names it if it does not.
fn compile_member(
    world: &mut World,
    source: Option<&SelectorSource>,
    place: Place,
    field: Vec<Step>,
) -> Result<(), Rejection> {
    let Some(source) = source else { return Ok(()) };
    let compiled = world.resource_mut::<CompiledSelectors>().compile(source, place);
    let sound = compiled.map_err(|error| error.to_string()).and_then(|selector| match place {
        Place::Entity(Subject::Resource) => effort::of_selector(world, source, &selector),
        Place::Policy | Place::Entity(Subject::Deployment | Subject::Environment) => {
            effort::of_policy(world, &selector)
        }
        _ => Ok(()),
    });
    sound.map_err(|message| Rejection {
        class: ErrorClass::InvalidSelector,
        path: FieldPath(field).under(vec![key("data")]),
        message,
    })
}

/// The selectors of a policy must compile.
fn scope(world: &mut World, scope: &PolicyScope) -> Result<(), Rejection> {
    let selectors = match scope {
        PolicyScope::Expression(text) if text.is_empty() => return Ok(()),
        PolicyScope::Expression(text) => {
            let source = SelectorSource::Cel(text.clone());
            return compile_member(world, Some(&source), Place::Policy, vec![key("selector")]);
        }
        PolicyScope::Selectors(selectors) => selectors,
    };
    for (at, it) in selectors.iter().enumerate() {
        for (source, subject, name) in [
            (&it.deployment_selector, Subject::Deployment, "deploymentSelector"),
            (&it.environment_selector, Subject::Environment, "environmentSelector"),
            (&it.resource_selector, Subject::Resource, "resourceSelector"),
        ] {
            let field = vec![key("selectors"), Step::Index(at), key(name)];
            compile_member(world, source.as_ref(), Place::Entity(subject), field)?;
        }
    }
    Ok(())
}

/// Identifiers are unique among resources.
fn identifier(world: &World, resource: &model::Resource) -> Result<(), Rejection> {
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
fn version(world: &World, version: &DeploymentVersion) -> Result<(), Rejection> {
    match stored::<DeploymentVersion>(world, &version.id) {
        Some(known) => same_owner("deploymentId", &known.deployment_id, &version.deployment_id),
        None => Ok(()),
    }
}

/// A variable stays with its deployment, and its key is unique there.
fn variable(world: &World, variable: &DeploymentVariable) -> Result<(), Rejection> {
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
fn value(world: &World, value: &DeploymentVariableValue) -> Result<(), Rejection> {
    let owner = &value.deployment_variable_id;
    must_exist::<DeploymentVariable>(world, "deploymentVariableId", "deployment variable", owner)?;
    match stored::<DeploymentVariableValue>(world, &value.id) {
        Some(known) => same_owner("deploymentVariableId", &known.deployment_variable_id, owner),
        None => Ok(()),
    }
}

/// An approval needs its version and its environment.
fn approval(world: &World, record: &UserApprovalRecord) -> Result<(), Rejection> {
    must_exist::<DeploymentVersion>(world, "versionId", "version", &record.version_id)?;
    must_exist::<Environment>(world, "environmentId", "environment", &record.environment_id)
}

/// A relationship rule must not name another workspace, and its selectors or its `cel` must compile.
fn relationship(world: &mut World, rule: &RelationshipRule) -> Result<(), Rejection> {
    let own = &world.resource::<WorkspaceId>().0;
    if !rule.workspace_id.is_empty() && rule.workspace_id != *own {
        return Err(Rejection::at(
            ErrorClass::WrongWorkspace,
            &["workspaceId"],
            format!("the rule is for workspace `{}`, this is `{own}`", rule.workspace_id),
        ));
    }
    let sides = [
        (&rule.from_selector, rule.from_type, "fromSelector"),
        (&rule.to_selector, rule.to_type, "toSelector"),
    ];
    for (source, kind, name) in sides {
        if let Some(kind) = kind {
            let place = Place::Entity(kind.into());
            compile_member(world, source.as_ref(), place, vec![key(name)])?;
        }
    }
    // Unlike a matcher, it stands for the selectors too.
    let cel = rule.cel.clone().map(SelectorSource::Cel);
    compile_member(world, cel.as_ref(), Place::Relationship, vec![key("cel")])
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
