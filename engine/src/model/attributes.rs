//! Attributes: what selectors, matchers and property paths can read of an entity (SEMANTICS 3.2).
//!
//! Vocabulary: a *field* is a member of an entity by its JSON name.
//!
//! Invariant (negative): nothing here knows expressions; what is true of a value is the business of
//! [`select`](crate::select).

use std::borrow::Cow;

use serde_json::json;

use super::{
    Deployment, DeploymentVersion, EntityKind, Environment, JobAgent, Resource, SelectorSource,
};
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::time::SimTime;

/// One field of an entity, borrowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// A string.
    Text(&'a str),
    /// A time; whether selectors see a timestamp or a string depends on the place (SEMANTICS 3.2).
    Time(SimTime),
    /// Labels.
    Labels(&'a StringMap),
    /// A JSON object.
    Object(&'a JsonMap),
    /// A selector, opaque in shape A.
    Selector(&'a SelectorSource),
    /// Any other JSON value (a version's dependencies).
    Json(Cow<'a, Json>),
}

/// An entity whose fields can be read by their JSON names.
pub trait Attributes {
    /// The field called `name`; `None` when there is no such field or it is not set.
    fn field(&self, name: &str) -> Option<Field<'_>>;

    /// The names of all fields the kind has, set or not, in the order of SEMANTICS 3.2.
    fn field_names(&self) -> &'static [&'static str];

    /// The kind of a relatable entity; `None` for any other.
    fn entity_kind(&self) -> Option<EntityKind> {
        None
    }
}

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

    fn entity_kind(&self) -> Option<EntityKind> {
        Some(EntityKind::Resource)
    }
}

impl Attributes for Environment {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "name" => Field::Text(&self.name),
            "systemId" => Field::Text(self.systems.only()?),
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

    fn entity_kind(&self) -> Option<EntityKind> {
        Some(EntityKind::Environment)
    }
}

impl Attributes for Deployment {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "name" => Field::Text(&self.name),
            "slug" => Field::Text(&self.slug),
            "systemId" => Field::Text(self.systems.only()?),
            "jobAgentConfig" => Field::Object(&self.job_agent_config),
            "metadata" => Field::Labels(&self.metadata),
            "description" => Field::Text(self.description.as_deref()?),
            "jobAgentId" => Field::Text(self.job_agent_id.as_deref()?),
            "jobAgentSelector" => Field::Text(self.job_agent_selector.as_deref()?),
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
            "jobAgentSelector",
            "resourceSelector",
        ]
    }

    fn entity_kind(&self) -> Option<EntityKind> {
        Some(EntityKind::Deployment)
    }
}

impl Attributes for JobAgent {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "name" => Field::Text(&self.name),
            "type" => Field::Text(&self.agent_type),
            "workspaceId" => Field::Text(&self.workspace_id),
            "config" => Field::Object(&self.config),
            "metadata" => Field::Labels(&self.metadata),
            _ => return None,
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &["id", "name", "type", "workspaceId", "config", "metadata"]
    }
}

impl Attributes for DeploymentVersion {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        Some(match name {
            "id" => Field::Text(&self.id),
            "deploymentId" => Field::Text(&self.deployment_id),
            "name" => Field::Text(&self.name),
            "tag" => Field::Text(&self.tag),
            "status" => Field::Text(self.status?.name()),
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

impl DeploymentVersion {
    /// The dependencies as they are written: `{deployment id: {"versionSelector": ..}}`.
    pub(crate) fn dependencies_json(&self) -> JsonMap {
        let edges = self.dependencies.iter().map(|(deployment, edge)| {
            (deployment.clone(), json!({ "versionSelector": edge.version_selector }))
        });
        edges.collect()
    }
}
