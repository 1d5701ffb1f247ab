//! What selectors, matchers and property paths read of the four kinds they see (SEMANTICS 3.2).

use std::borrow::Cow;

use super::{Deployment, DeploymentVersion, Environment, Json, Resource};
use crate::attribute::{Attributes, Field};

impl Attributes for Resource {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "identifier" => Field::Text(&self.identifier),
            "name" => Field::Text(&self.name),
            "kind" => Field::Text(&self.kind),
            "version" => Field::Text(&self.version),
            "workspaceId" => Field::Text(&self.workspace_id),
            "config" => Field::Object(&self.config),
            "metadata" => Field::Labels(&self.metadata),
            "createdAt" => Field::Time(self.created_at),
            "providerId" => Field::Text(self.provider_id.as_deref()?),
            "updatedAt" => Field::Time(self.updated_at?),
            "deletedAt" => Field::Time(self.deleted_at?),
            "lockedAt" => Field::Time(self.locked_at?),
            _ => return None,
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &[
            "id",
            "identifier",
            "name",
            "kind",
            "version",
            "workspaceId",
            "config",
            "metadata",
            "createdAt",
            "providerId",
            "updatedAt",
            "deletedAt",
            "lockedAt",
        ]
    }
}

impl Attributes for Environment {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "name" => Field::Text(&self.name),
            "systemId" => Field::Text(&self.system_id),
            "metadata" => Field::Labels(&self.metadata),
            "createdAt" => Field::Time(self.created_at),
            "description" => Field::Text(self.description.as_deref()?),
            "resourceSelector" => Field::Selector(self.resource_selector.as_ref()?),
            _ => return None,
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &["id", "name", "systemId", "metadata", "createdAt", "description", "resourceSelector"]
    }
}

impl Attributes for Deployment {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "name" => Field::Text(&self.name),
            "slug" => Field::Text(&self.slug),
            "systemId" => Field::Text(&self.system_id),
            "jobAgentConfig" => Field::Object(&self.job_agent_config),
            "metadata" => Field::Labels(&self.metadata),
            "description" => Field::Text(self.description.as_deref()?),
            "jobAgentId" => Field::Text(self.job_agent_id.as_deref()?),
            "resourceSelector" => Field::Selector(self.resource_selector.as_ref()?),
            _ => return None,
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &[
            "id",
            "name",
            "slug",
            "systemId",
            "jobAgentConfig",
            "metadata",
            "description",
            "jobAgentId",
            "resourceSelector",
        ]
    }
}

impl Attributes for DeploymentVersion {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "deploymentId" => Field::Text(&self.deployment_id),
            "name" => Field::Text(&self.name),
            "tag" => Field::Text(&self.tag),
            "status" => Field::Text(self.status.name()),
            "config" => Field::Object(&self.config),
            "jobAgentConfig" => Field::Object(&self.job_agent_config),
            "metadata" => Field::Labels(&self.metadata),
            "createdAt" => Field::Time(self.created_at),
            "message" => Field::Text(self.message.as_deref()?),
            "dependencies" if !self.dependencies.is_empty() => {
                Field::Json(Cow::Owned(Json::Object(self.dependencies_json())))
            }
            _ => return None,
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &[
            "id",
            "deploymentId",
            "name",
            "tag",
            "status",
            "config",
            "jobAgentConfig",
            "metadata",
            "createdAt",
            "message",
            "dependencies",
        ]
    }
}
