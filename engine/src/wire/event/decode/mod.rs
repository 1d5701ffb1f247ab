//! From JSON to events: the envelope, and which decoder its type calls for.

mod catalogue;
mod job;
pub(crate) mod manifest;
mod policy;
mod relationship;
mod rule;
mod selector;
mod variable;
mod waiver;

use super::error::{DecodeError, ErrorClass};
use super::field::{Decoding, Fields, Node, Result};
use super::found::Found;
use super::{Entity, Event, Key, Kind, Payload, RecordedJob, Triple};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::model::kinds::kinds;

/// What decoding came to, or the first error; and what was found beside it.
pub(crate) type Decoded<T> = (std::result::Result<T, DecodeError>, Found);

fn decoded<T>(json: &Json, now: SimTime, read: impl FnOnce(Node<'_>) -> Result<T>) -> Decoded<T> {
    let decoding = Decoding::at(now);
    let root = decoding.root(json);
    let read = root.check_numbers().and_then(|()| read(root));
    decoding.end(read)
}

pub(crate) fn event(json: &Json, now: SimTime) -> Decoded<Event> {
    decoded(json, now, |root| enveloped(root, now))
}

fn enveloped(root: Node<'_>, now: SimTime) -> Result<Event> {
    let envelope = root.fields()?;
    let at = envelope.maybe_time("at");
    root.decoding.now.set(at.unwrap_or(now));
    // Who sends a time means the one at which it was sent (SEMANTICS 12).
    envelope.pass_over(&["timestamp"]);
    let workspace_id = envelope.maybe_text("workspaceId").filter(|id| !id.is_empty());
    let name = envelope.required("eventType", Node::text)?;
    let payload = payload(&envelope, &name)?;
    Ok(Event { at, workspace_id, payload })
}

pub(crate) fn entity(kind: Kind, json: &Json, now: SimTime) -> Decoded<Entity> {
    decoded(json, now, |root| Ok(whole(kind, &root.fields()?)))
}

/// The jobs that the state of a release target tells of.
pub(crate) fn target_state(json: &Json) -> Decoded<Vec<RecordedJob>> {
    decoded(json, SimTime::UNSET, |root| job::state(&root.fields()?))
}

/// The entities of a manifest of a known type.
pub(crate) fn manifest(of: &str, json: &Json, names: &manifest::Names) -> Decoded<Vec<Entity>> {
    decoded(json, SimTime::UNSET, |root| manifest::entities(of, &root.fields()?, names))
}

pub(crate) fn recorded_job(json: &Json) -> Decoded<RecordedJob> {
    decoded(json, SimTime::UNSET, |root| job::recorded(&root.fields()?))
}

fn payload(envelope: &Fields<'_>, name: &str) -> Result<Payload> {
    let data = || envelope.required("data", Node::fields);
    match name {
        "workspace.tick" | "reconcile.all" => {
            envelope.pass_over(&["data"]);
            return Ok(if name == "reconcile.all" { Payload::ReconcileAll } else { Payload::Tick });
        }
        "resource-provider.set-resources" => return data().map(|it| catalogue::set_resources(&it)),
        "job.updated" => return Ok(Payload::UpdateJob(Box::new(job::update(&data()?)?))),
        "job.finished" => return data().map(|it| Payload::FinishJob(job::finish(&it))),
        "release-target.deploy" => return data().map(|it| Payload::Redeploy(triple(&it))),
        _ => {}
    }
    let (kind, verb) = name.rsplit_once('.').unwrap_or((name, ""));
    match (Kind::from_name(kind), verb) {
        (Some(kind), "created" | "updated") => {
            data().map(|data| Payload::Upsert(Box::new(whole(kind, &data))))
        }
        (Some(kind), "deleted") => {
            key(kind, &envelope.required("data", Node::any_fields)?).map(Payload::Delete)
        }
        _ => {
            let expected = "a known event type, such as `resource.created`";
            Err(envelope.fail("eventType", ErrorClass::UnknownEvent, expected))
        }
    }
}

fn whole(kind: Kind, fields: &Fields<'_>) -> Entity {
    match kind {
        Kind::System => Entity::System(catalogue::system(fields)),
        Kind::Resource => Entity::Resource(catalogue::resource(fields)),
        Kind::ResourceProvider => Entity::ResourceProvider(catalogue::resource_provider(fields)),
        Kind::ResourceVariable => Entity::ResourceVariable(variable::resource_variable(fields)),
        Kind::Environment => Entity::Environment(catalogue::environment(fields)),
        Kind::Deployment => Entity::Deployment(catalogue::deployment(fields)),
        Kind::DeploymentVersion => Entity::DeploymentVersion(catalogue::deployment_version(fields)),
        Kind::DeploymentVariable => {
            Entity::DeploymentVariable(variable::deployment_variable(fields))
        }
        Kind::DeploymentVariableValue => {
            Entity::DeploymentVariableValue(variable::deployment_variable_value(fields))
        }
        Kind::VariableSet => Entity::VariableSet(variable::variable_set(fields)),
        Kind::JobAgent => Entity::JobAgent(catalogue::job_agent(fields)),
        Kind::Policy => Entity::Policy(policy::policy(fields)),
        Kind::PolicyBypass => Entity::PolicyBypass(waiver::policy_bypass(fields)),
        Kind::PolicySkip => Entity::PolicySkip(waiver::policy_skip(fields)),
        Kind::UserApprovalRecord => {
            Entity::UserApprovalRecord(waiver::user_approval_record(fields))
        }
        Kind::RelationshipRule => Entity::RelationshipRule(relationship::relationship_rule(fields)),
        Kind::GithubEntity => Entity::GithubEntity(catalogue::github_entity(fields)),
    }
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
                return Ok(Key::GithubEntity(catalogue::github_entity(fields).id));
            }
            Ok(match kind {
                $(Kind::$kind => Key::$kind
                    $((fields.required(stringify!($id), Node::$id)?))?
                    $({ $($part: fields.$reader($json)),+ })?,)+
            })
        }
    };
}

kinds!(read_key);

fn triple(fields: &Fields<'_>) -> Triple {
    Triple {
        resource_id: fields.id("resourceId"),
        environment_id: fields.id("environmentId"),
        deployment_id: fields.id("deploymentId"),
    }
}
