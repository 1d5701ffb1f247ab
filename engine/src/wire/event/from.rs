//! From entities to events, and the instant that entities made by hand leave open.

use super::{Entity, Event, Finish, Key, Payload, Triple};
use crate::base::time::SimTime;
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    GithubEntity, JobAgent, JobStatus, Policy, PolicyBypass, PolicySkip, RelationshipRule,
    Resource, ResourceProvider, ResourceVariable, System, UserApprovalRecord,
};

macro_rules! entities {
    ($($kind:ident),+ $(,)?) => {$(
        impl From<$kind> for Entity {
            fn from(entity: $kind) -> Self {
                Self::$kind(entity)
            }
        }
    )+};
}

entities!(
    System,
    Resource,
    ResourceProvider,
    ResourceVariable,
    Environment,
    Deployment,
    DeploymentVersion,
    DeploymentVariable,
    DeploymentVariableValue,
    JobAgent,
    Policy,
    PolicyBypass,
    PolicySkip,
    UserApprovalRecord,
    RelationshipRule,
    GithubEntity,
);

/// The entity is created or replaced, at the clock.
impl<T: Into<Entity>> From<T> for Event {
    fn from(entity: T) -> Self {
        Self::upsert(entity.into())
    }
}

impl Event {
    /// An entity is removed, at the clock.
    #[must_use]
    pub const fn delete(key: Key) -> Self {
        Self::now(Payload::Delete(key))
    }
}

impl Finish {
    /// The latest job of a target is in `status` now; at an instant, if that ends the job.
    #[must_use]
    pub fn new(target: Triple, status: JobStatus, at: SimTime) -> Self {
        let completed_at = (!status.is_processing()).then_some(at);
        Self { target, status, completed_at, created_at: None }
    }
}

impl Payload {
    /// Sets every instant of creation that was left open.
    pub(crate) fn stamp(&mut self, now: SimTime) {
        match self {
            Self::Upsert(entity) => entity.stamp(now),
            Self::SetResources { resources, .. } => {
                resources.iter_mut().for_each(|it| stamp(&mut it.created_at, now));
            }
            Self::Delete(_)
            | Self::UpdateJob(_)
            | Self::FinishJob(_)
            | Self::Redeploy(_)
            | Self::ReconcileAll
            | Self::Tick => {}
        }
    }
}

impl Entity {
    fn stamp(&mut self, now: SimTime) {
        match self {
            Self::Resource(it) => stamp(&mut it.created_at, now),
            Self::ResourceProvider(it) => stamp(&mut it.created_at, now),
            Self::Environment(it) => stamp(&mut it.created_at, now),
            Self::DeploymentVersion(it) => stamp(&mut it.created_at, now),
            Self::Policy(it) => {
                stamp(&mut it.created_at, now);
                it.rules.iter_mut().for_each(|it| stamp(&mut it.created_at, now));
            }
            Self::PolicyBypass(it) => stamp(&mut it.created_at, now),
            Self::PolicySkip(it) => stamp(&mut it.created_at, now),
            Self::UserApprovalRecord(it) => stamp(&mut it.created_at, now),
            Self::System(_)
            | Self::ResourceVariable(_)
            | Self::Deployment(_)
            | Self::DeploymentVariable(_)
            | Self::DeploymentVariableValue(_)
            | Self::JobAgent(_)
            | Self::RelationshipRule(_)
            | Self::GithubEntity(_) => {}
        }
    }
}

fn stamp(created_at: &mut SimTime, now: SimTime) {
    *created_at = created_at.get().unwrap_or(now);
}
