//! Output of what is deployed, where, and by whom.

use super::Output;
use crate::base::json::Json;
use crate::model::{
    Deployment, DeploymentVersion, Environment, GithubEntity, JobAgent, Resource, ResourceProvider,
    System, VersionStatus,
};

impl System {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("workspaceId", &self.workspace_id)
            .maybe_text("description", self.description.as_ref())
            .labels("metadata", &self.metadata)
            .texts_unless_empty("deployments", &self.deployments)
            .texts_unless_empty("environments", &self.environments)
            .done()
    }
}

impl Resource {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("identifier", &self.identifier)
            .text("name", &self.name)
            .text("kind", &self.kind)
            .text("version", &self.version)
            .text("workspaceId", &self.workspace_id)
            .object("config", &self.config)
            .labels("metadata", &self.metadata)
            .maybe_text("providerId", self.provider_id.as_ref())
            .time("createdAt", self.created_at)
            .maybe_time("updatedAt", self.updated_at)
            .maybe_time("lockedAt", self.locked_at)
            .maybe_time("deletedAt", self.deleted_at)
            .done()
    }
}

impl ResourceProvider {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("workspaceId", &self.workspace_id)
            .labels("metadata", &self.metadata)
            .time("createdAt", self.created_at)
            .done()
    }
}

impl Environment {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .systems(&self.systems)
            .maybe_text("description", self.description.as_ref())
            .selector("resourceSelector", self.resource_selector.as_ref())
            .labels("metadata", &self.metadata)
            .time("createdAt", self.created_at)
            .done()
    }
}

impl Deployment {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("slug", &self.slug)
            .systems(&self.systems)
            .maybe_text("description", self.description.as_ref())
            .maybe_text("jobAgentId", self.job_agent_id.as_ref())
            .maybe_text("jobAgentSelector", self.job_agent_selector.as_ref())
            .object("jobAgentConfig", &self.job_agent_config)
            .selector("resourceSelector", self.resource_selector.as_ref())
            .labels("metadata", &self.metadata)
            .done()
    }
}

impl DeploymentVersion {
    /// The entity as JSON; `dependencies` only when there are any.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("deploymentId", &self.deployment_id)
            .text("tag", &self.tag)
            .text("name", &self.name)
            .maybe("status", self.status.map(VersionStatus::name))
            .object("config", &self.config)
            .object("jobAgentConfig", &self.job_agent_config)
            .labels("metadata", &self.metadata)
            .maybe_text("message", self.message.as_ref())
            .time("createdAt", self.created_at)
            .maybe(
                "dependencies",
                (!self.dependencies.is_empty()).then(|| self.dependencies_json()),
            )
            .done()
    }
}

impl JobAgent {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("type", &self.agent_type)
            .text("workspaceId", &self.workspace_id)
            .object("config", &self.config)
            .labels("metadata", &self.metadata)
            .done()
    }
}

impl GithubEntity {
    /// The entity as it was sent.
    #[must_use]
    pub fn to_json(&self) -> Json {
        self.payload.clone()
    }
}
