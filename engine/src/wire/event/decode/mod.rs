//! From JSON to events: the envelope, and which decoder its type calls for.

mod catalogue;
mod job;
mod policy;
mod relationship;
mod rule;
mod selector;
mod variable;
mod waiver;

use super::error::ErrorClass;
use super::field::{Fields, Node, Place, Result};
use super::{Entity, Event, Key, Kind, Payload, RecordedJob, Triple};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::model::kinds::kinds;

pub(super) fn event(json: &Json, now: SimTime) -> Result<Event> {
    let root = Node { value: json, place: Place::Root, now };
    root.check_numbers()?;
    let envelope = root.fields()?;
    let at = envelope.maybe_time("at")?;
    let envelope = Fields { now: at.unwrap_or(now), ..envelope };
    let workspace_id = envelope.maybe_text("workspaceId")?.filter(|id| !id.is_empty());
    let name = envelope.required("eventType", Node::text)?;
    let payload = payload(&envelope, &name)?;
    Ok(Event { at, workspace_id, payload })
}

pub(super) fn entity(kind: Kind, json: &Json, now: SimTime) -> Result<Entity> {
    let root = Node { value: json, place: Place::Root, now };
    root.check_numbers()?;
    whole(kind, &root.fields()?)
}

pub(super) fn recorded_job(json: &Json) -> Result<RecordedJob> {
    let root = Node { value: json, place: Place::Root, now: SimTime::UNSET };
    root.check_numbers()?;
    job::recorded(&root.fields()?)
}

fn payload(envelope: &Fields<'_>, name: &str) -> Result<Payload> {
    let data = || envelope.required("data", Ok)?.fields();
    match name {
        "workspace.tick" => return Ok(Payload::Tick),
        "reconcile.all" => return Ok(Payload::ReconcileAll),
        "resource-provider.set-resources" => return catalogue::set_resources(&data()?),
        "job.updated" => return Ok(Payload::UpdateJob(Box::new(job::update(&data()?)?))),
        "job.finished" => return job::finish(&data()?).map(Payload::FinishJob),
        "release-target.deploy" => return triple(&data()?).map(Payload::Redeploy),
        _ => {}
    }
    let (kind, verb) = name.rsplit_once('.').unwrap_or((name, ""));
    match (Kind::from_name(kind), verb) {
        (Some(kind), "created" | "updated") => {
            whole(kind, &data()?).map(|entity| Payload::Upsert(Box::new(entity)))
        }
        (Some(kind), "deleted") => key(kind, &data()?).map(Payload::Delete),
        _ => {
            let expected = "a known event type, such as `resource.created`";
            Err(envelope.fail("eventType", ErrorClass::UnknownEvent, expected))
        }
    }
}

fn whole(kind: Kind, fields: &Fields<'_>) -> Result<Entity> {
    Ok(match kind {
        Kind::System => Entity::System(catalogue::system(fields)?),
        Kind::Resource => Entity::Resource(catalogue::resource(fields)?),
        Kind::ResourceProvider => Entity::ResourceProvider(catalogue::resource_provider(fields)?),
        Kind::ResourceVariable => Entity::ResourceVariable(variable::resource_variable(fields)?),
        Kind::Environment => Entity::Environment(catalogue::environment(fields)?),
        Kind::Deployment => Entity::Deployment(catalogue::deployment(fields)?),
        Kind::DeploymentVersion => {
            Entity::DeploymentVersion(catalogue::deployment_version(fields)?)
        }
        Kind::DeploymentVariable => {
            Entity::DeploymentVariable(variable::deployment_variable(fields)?)
        }
        Kind::DeploymentVariableValue => {
            Entity::DeploymentVariableValue(variable::deployment_variable_value(fields)?)
        }
        Kind::VariableSet => Entity::VariableSet(variable::variable_set(fields)?),
        Kind::JobAgent => Entity::JobAgent(catalogue::job_agent(fields)?),
        Kind::Policy => Entity::Policy(policy::policy(fields)?),
        Kind::PolicyBypass => Entity::PolicyBypass(waiver::policy_bypass(fields)?),
        Kind::PolicySkip => Entity::PolicySkip(waiver::policy_skip(fields)?),
        Kind::UserApprovalRecord => {
            Entity::UserApprovalRecord(waiver::user_approval_record(fields)?)
        }
        Kind::RelationshipRule => {
            Entity::RelationshipRule(relationship::relationship_rule(fields)?)
        }
        Kind::GithubEntity => Entity::GithubEntity(catalogue::github_entity(fields)?),
    })
}

macro_rules! read_key {
    ($(
        $(#[$doc:meta])*
        $kind:ident: $index:ident, $name:literal, $list:tt,
        $(($id:ident))?
        $({ $($(#[$part_doc:meta])* $part:ident: $reader:ident $json:literal),+ $(,)? })?;
    )+) => {
        /// The identity alone; whatever else the payload carries is not looked at.
        fn key(kind: Kind, fields: &Fields<'_>) -> Result<Key> {
            // Its payload may be anything, and so may what tells it apart.
            if kind == Kind::GithubEntity {
                return Ok(Key::GithubEntity(catalogue::github_entity(fields)?.id));
            }
            Ok(match kind {
                $(Kind::$kind => Key::$kind
                    $((fields.required(stringify!($id), Node::$id)?))?
                    $({ $($part: fields.$reader($json)?),+ })?,)+
            })
        }
    };
}

kinds!(read_key);

fn triple(fields: &Fields<'_>) -> Result<Triple> {
    Ok(Triple {
        resource_id: fields.id("resourceId")?,
        environment_id: fields.id("environmentId")?,
        deployment_id: fields.id("deploymentId")?,
    })
}
