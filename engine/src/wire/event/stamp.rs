//! Instants of creation that a document or a hand left open: they become that of the event.

use super::{Entity, Payload};
use crate::base::time::SimTime;

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
            | Self::RecordJob(_)
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
            Self::VariableSet(it) => stamp(&mut it.created_at, now),
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
