//! What the later phases must know about what the events changed.

use bevy_ecs::resource::Resource;

use crate::base::ids::{
    DeploymentIx, EnvironmentIx, PolicyIx, RelationshipIx, ResourceIx, VersionIx,
};
use crate::fleet::matrix::TargetRef;

/// Entities that came, changed or went since the last settled reconcile; may name one repeatedly.
#[derive(Debug, Default, Clone, Resource)]
pub struct Changes {
    /// Policies.
    pub policies: Vec<PolicyIx>,
    /// Relationship rules.
    pub relationships: Vec<RelationshipIx>,
    /// Resources.
    pub resources: Vec<ResourceIx>,
    /// Environments.
    pub environments: Vec<EnvironmentIx>,
    /// Deployments.
    pub deployments: Vec<DeploymentIx>,
    /// Versions.
    pub versions: Vec<VersionIx>,
    /// Deployments whose variables or values changed.
    pub variables: Vec<DeploymentIx>,
    /// Targets of jobs whose status, completion or creation changed.
    pub jobs: Vec<TargetRef>,
    /// Whether any bypass or skip came, changed or went.
    pub waivers: bool,
    /// Resources whose own variables changed.
    pub resource_variables: Vec<ResourceIx>,
}

impl Changes {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
