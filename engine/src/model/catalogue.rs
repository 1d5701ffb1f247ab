//! Systems, resources, environments, deployments, versions and agents.

use bevy_ecs::component::Component;

use super::{SelectorSource, SystemIds, VersionStatus};
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::time::SimTime;

/// Groups deployments and environments; only those of one system combine into targets.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct System {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Owner, kept unchecked.
    pub workspace_id: String,
    /// Free text.
    pub description: Option<String>,
    /// Free labels.
    pub metadata: StringMap,
    /// Ids of deployments that belong to it, beside those that say so themselves.
    pub deployments: Vec<String>,
    /// The same of environments.
    pub environments: Vec<String>,
}

/// Something one can deploy to.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct Resource {
    /// Identity.
    pub id: String,
    /// Second key, unique in the workspace; defaults to the id.
    pub identifier: String,
    /// Display name; defaults to the identifier.
    pub name: String,
    /// Kind, for instance `kubernetes-cluster`.
    pub kind: String,
    /// Version of the resource's own schema.
    pub version: String,
    /// Set to the engine's workspace when the event is applied.
    pub workspace_id: String,
    /// Any JSON object.
    pub config: JsonMap,
    /// Labels.
    pub metadata: StringMap,
    /// The provider that owns it.
    pub provider_id: Option<String>,
    /// Creation time.
    pub created_at: SimTime,
    /// Time of the last update, if any was recorded.
    pub updated_at: Option<SimTime>,
    /// No effect.
    pub locked_at: Option<SimTime>,
    /// When it was deleted: it is taken for gone then (T5), and matches all the same in dialects in which
    /// this has no effect.
    pub deleted_at: Option<SimTime>,
}

/// Where resources come from.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct ResourceProvider {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Owner, kept unchecked.
    pub workspace_id: String,
    /// Labels.
    pub metadata: StringMap,
    /// Creation time.
    pub created_at: SimTime,
}

/// A stage such as `prod`: selects resources.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct Environment {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The systems it belongs to.
    pub systems: SystemIds,
    /// Free text.
    pub description: Option<String>,
    /// Which resources; absent selects none.
    pub resource_selector: Option<SelectorSource>,
    /// Labels.
    pub metadata: StringMap,
    /// Creation time.
    pub created_at: SimTime,
}

/// A thing that is deployed: selects resources, owns versions.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct Deployment {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Short name, not checked for uniqueness.
    pub slug: String,
    /// The systems it belongs to.
    pub systems: SystemIds,
    /// Free text.
    pub description: Option<String>,
    /// The agent that runs its jobs, unless a selector chooses one.
    pub job_agent_id: Option<String>,
    /// CEL over `jobAgent` and `resource` that chooses the agent: the matching one with the smallest id.
    pub job_agent_selector: Option<String>,
    /// Merged over the agent's config.
    pub job_agent_config: JsonMap,
    /// Which resources; absent selects none.
    pub resource_selector: Option<SelectorSource>,
    /// Labels.
    pub metadata: StringMap,
}

/// A requirement of a version on what another deployment runs on the same resource.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionDependency {
    /// CEL over the other deployment's current version; an uncompilable one denies.
    pub version_selector: String,
}

/// A candidate build of a deployment.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct DeploymentVersion {
    /// Identity.
    pub id: String,
    /// Fixed owner; the deployment need not exist.
    pub deployment_id: String,
    /// Tag, part of a release's identity.
    pub tag: String,
    /// Display name.
    pub name: String,
    /// Whether it may go out. What was left open, the dialect decides when the workspace takes the
    /// version.
    pub status: Option<VersionStatus>,
    /// Any JSON object.
    pub config: JsonMap,
    /// Merged over the deployment's agent config.
    pub job_agent_config: JsonMap,
    /// Labels.
    pub metadata: StringMap,
    /// Free text.
    pub message: Option<String>,
    /// Creation time; newest first decides what is tried first.
    pub created_at: SimTime,
    /// By id of the deployment depended on, in byte order.
    pub dependencies: std::collections::BTreeMap<String, VersionDependency>,
}

impl DeploymentVersion {
    /// Its status; unspecified while it is left open.
    #[must_use]
    pub fn status(&self) -> VersionStatus {
        self.status.unwrap_or_default()
    }
}

/// Runs jobs; dispatch itself is external.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct JobAgent {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Any string.
    pub agent_type: String,
    /// Owner, kept unchecked.
    pub workspace_id: String,
    /// Base of every job's config.
    pub config: JsonMap,
    /// Labels.
    pub metadata: StringMap,
}

/// Accepted and stored, without effect.
#[derive(Debug, Clone, PartialEq, Component)]
pub struct GithubEntity {
    /// Identity.
    pub id: String,
    /// The payload as sent.
    pub payload: Json,
}
