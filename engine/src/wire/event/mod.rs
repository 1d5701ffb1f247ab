//! Events: everything that can happen to a workspace, as sent in ctrlplane's shapes.
//!
//! Vocabulary: an *envelope* is `{eventType, workspaceId?, at?, data}`; its *payload* is `data`,
//! decoded. *Upserts* carry a whole entity (`created` and `updated` mean the same); deletes need no
//! more than its identity. The event's *instant* is `at`, or the clock.
//!
//! Invariants: a decoded event is complete and in range (SEMANTICS 2.1, 2.3, 2.5), so whoever
//! applies it only asks questions that need the workspace: does an owner exist, is a key taken, does
//! a selector compile. Decoding is a pure function of the JSON and the clock, and never panics.

pub(crate) mod decode;
#[cfg(test)]
mod described;
mod dialect;
mod error;
mod field;
mod found;
mod from;
mod job;
mod kind;
pub(crate) mod members;
mod stamp;

pub(crate) use error::describe;
pub use error::{DecodeError, ErrorClass, FieldPath, Step};
pub use job::{Finish, JobField, JobFields, JobUpdate, RecordedJob};
pub use kind::{Entity, Key, Kind};

pub use found::MAX_ERRORS;

pub(crate) use error::quoted;
pub(crate) use found::{Found, MAX_UNKNOWN, Unknown};

use std::fmt;

use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::model::Resource;

/// Something that happens to a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When; `None` is "at the clock".
    pub at: Option<SimTime>,
    /// The workspace it is meant for; `None` is the engine's own.
    pub workspace_id: Option<String>,
    /// What happens.
    pub payload: Payload,
}

impl Event {
    /// What happens at the clock, in the engine's own workspace.
    #[must_use]
    pub const fn now(payload: Payload) -> Self {
        Self { at: None, workspace_id: None, payload }
    }

    /// What happens at an instant, in the engine's own workspace.
    #[must_use]
    pub const fn at(at: SimTime, payload: Payload) -> Self {
        Self { at: Some(at), workspace_id: None, payload }
    }

    /// An entity is created or replaced, at the clock.
    #[must_use]
    pub fn upsert(entity: Entity) -> Self {
        Self::now(Payload::Upsert(Box::new(entity)))
    }
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// An entity is created or replaced (`*.created`, `*.updated`).
    Upsert(Box<Entity>),
    /// An entity is removed (`*.deleted`).
    Delete(Key),
    /// A provider states all its resources (`resource-provider.set-resources`).
    SetResources {
        /// The provider; need not exist.
        provider_id: String,
        /// All its resources. An id that was not sent is empty here: it follows from the
        /// identifier, which is never empty (SEMANTICS 4.4).
        resources: Vec<Resource>,
    },
    /// A job changes (`job.updated`).
    UpdateJob(Box<JobUpdate>),
    /// The latest job of a target changes (`job.finished`, scenarios only).
    FinishJob(Finish),
    /// A job of the past (the list `jobs` of a workspace).
    RecordJob(Box<RecordedJob>),
    /// A target is deployed once more (`release-target.deploy`).
    Redeploy(Triple),
    /// Every target is reconciled (`reconcile.all`, scenarios only).
    ReconcileAll,
    /// Time passes (`workspace.tick`).
    Tick,
}

/// The parts of a release target, whether or not it exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple {
    /// The resource.
    pub resource_id: String,
    /// The environment.
    pub environment_id: String,
    /// The deployment.
    pub deployment_id: String,
}

/// For people: `api in prod on r1`.
impl fmt::Display for Triple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource_id, environment_id, deployment_id } = self;
        write!(f, "{deployment_id} in {environment_id} on {resource_id}")
    }
}

impl Event {
    /// Decodes an envelope. `now` is the clock: the event's instant if it states none, and thereby
    /// the default of every `createdAt`.
    ///
    /// # Errors
    /// The first field that does not fit, with its path from the envelope (`data.rules[0].id`).
    pub fn decode(json: &Json, now: SimTime) -> Result<Self, DecodeError> {
        decode::event(json, now).0
    }
}

impl RecordedJob {
    /// Decodes `{job, release}`, as ctrlplane's API lists jobs.
    ///
    /// # Errors
    /// The first field that does not fit, with its path (`release.version.id`).
    pub fn decode(json: &Json) -> Result<Self, DecodeError> {
        decode::recorded_job(json).0
    }
}

impl Entity {
    /// Decodes an entity of `kind`. `now` is the default of every `createdAt`.
    ///
    /// # Errors
    /// The first field that does not fit, with its path from the entity (`rules[0].id`).
    pub fn decode(kind: Kind, json: &Json, now: SimTime) -> Result<Self, DecodeError> {
        decode::entity(kind, json, now).0
    }
}
