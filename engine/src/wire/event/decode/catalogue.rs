//! Systems, resources, environments, deployments, versions and agents.

use crate::base::json::Json;
use crate::base::json::canonical;
use crate::model::{
    Deployment, DeploymentVersion, Environment, GithubEntity, JobAgent, Resource, ResourceProvider,
    System, SystemIds, VersionDependency,
};
use crate::wire::event::Payload;
use crate::wire::event::decode::selector;
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};

pub(super) fn system(fields: &Fields<'_>) -> System {
    // Systems go by their ids.
    fields.pass_over(&["slug"]);
    System {
        id: fields.id("id"),
        name: fields.text("name"),
        workspace_id: fields.text("workspaceId"),
        description: fields.maybe_text("description"),
        metadata: fields.labels("metadata"),
        deployments: fields.or_default("deployments", |node| node.list(named)),
        environments: fields.or_default("environments", |node| node.list(named)),
    }
}

/// The systems of a deployment or environment, in all forms in which they are sent.
fn system_ids(fields: &Fields<'_>) -> SystemIds {
    let mut listed = fields.or_default("systems", |node| node.list(named));
    listed.extend(fields.or_default("systemIds", |node| node.list(Node::id)));
    SystemIds { named: fields.maybe_text("systemId").filter(|id| !id.is_empty()), listed }
}

/// The id of an entity that is sent as such, or whole.
fn named(node: Node<'_>) -> Result<String> {
    if node.value.is_object() { node.any_fields().map(|it| it.id("id")) } else { node.id() }
}

pub(super) fn resource(fields: &Fields<'_>) -> Resource {
    let id = fields.id("id");
    resource_called(fields, id)
}

/// An entry of set-resources: the id may be missing if there is an identifier to derive it from.
fn entry(node: Node<'_>) -> Result<Resource> {
    let fields = node.fields()?;
    let resource = resource_called(&fields, fields.text("id"));
    let is_absent = |name| fields.peek(name).is_none_or(|it| it.is_null() || it == "");
    if is_absent("id") && is_absent("identifier") {
        let expected = "an identifier, or an id that serves as one";
        return Err(fields.fail("identifier", ErrorClass::MissingField, expected));
    }
    Ok(resource)
}

fn resource_called(fields: &Fields<'_>, id: String) -> Resource {
    // A text that was not sent and an empty one are the same to the sender's encoder.
    let text_or = |name: &'static str, default: &str| {
        let text = fields.text(name);
        if text.is_empty() { default.to_owned() } else { text }
    };
    let identifier = text_or("identifier", &id);
    Resource {
        name: text_or("name", &identifier),
        id,
        identifier,
        kind: fields.text("kind"),
        version: fields.text("version"),
        workspace_id: fields.text("workspaceId"),
        config: fields.map("config"),
        metadata: fields.labels("metadata"),
        provider_id: fields.maybe_text("providerId"),
        created_at: fields.created_at(),
        updated_at: fields.maybe_time("updatedAt"),
        locked_at: fields.maybe_time("lockedAt"),
        deleted_at: fields.maybe_time("deletedAt"),
    }
}

pub(super) fn set_resources(fields: &Fields<'_>) -> Payload {
    Payload::SetResources {
        provider_id: fields.id("providerId"),
        resources: fields.stated("resources", |node| node.list(entry)),
    }
}

pub(super) fn resource_provider(fields: &Fields<'_>) -> ResourceProvider {
    ResourceProvider {
        id: fields.id("id"),
        name: fields.text("name"),
        workspace_id: fields.text("workspaceId"),
        metadata: fields.labels("metadata"),
        created_at: fields.created_at(),
    }
}

pub(super) fn environment(fields: &Fields<'_>) -> Environment {
    Environment {
        id: fields.id("id"),
        name: fields.text("name"),
        systems: system_ids(fields),
        description: fields.maybe_text("description"),
        resource_selector: selector::optional(fields, "resourceSelector"),
        metadata: fields.labels("metadata"),
        created_at: fields.created_at(),
    }
}

pub(super) fn deployment(fields: &Fields<'_>) -> Deployment {
    Deployment {
        id: fields.id("id"),
        name: fields.text("name"),
        slug: fields.text("slug"),
        systems: system_ids(fields),
        description: fields.maybe_text("description"),
        job_agent_id: fields.maybe_text("jobAgentId"),
        job_agent_selector: fields.maybe_text("jobAgentSelector").filter(|it| !it.is_empty()),
        job_agent_config: fields.map("jobAgentConfig"),
        resource_selector: selector::optional(fields, "resourceSelector"),
        metadata: fields.labels("metadata"),
    }
}

pub(super) fn deployment_version(fields: &Fields<'_>) -> DeploymentVersion {
    DeploymentVersion {
        id: fields.id("id"),
        deployment_id: fields.id("deploymentId"),
        tag: fields.text("tag"),
        name: fields.text("name"),
        status: fields.maybe_named("status"),
        config: fields.map("config"),
        job_agent_config: fields.map("jobAgentConfig"),
        metadata: fields.labels("metadata"),
        message: fields.maybe_text("message"),
        created_at: fields.created_at(),
        dependencies: fields.or_default("dependencies", |node| {
            let edges = node.any_fields()?;
            let dependency = |(deployment, edge): (&String, Node<'_>)| {
                let version_selector = edge.fields()?.required_text("versionSelector");
                Ok((deployment.clone(), VersionDependency { version_selector }))
            };
            Ok(edges.members().filter_map(|it| edges.noted(dependency(it))).collect())
        }),
    }
}

pub(super) fn job_agent(fields: &Fields<'_>) -> JobAgent {
    JobAgent {
        id: fields.id("id"),
        name: fields.text("name"),
        agent_type: fields.text("type"),
        workspace_id: fields.text("workspaceId"),
        config: fields.map("config"),
        metadata: fields.labels("metadata"),
    }
}

/// Any object is accepted; without an id its slug, or else its whole text, tells it apart.
pub(super) fn github_entity(fields: &Fields<'_>) -> GithubEntity {
    let payload = Json::Object(fields.map.clone());
    let named = ["id", "slug"].iter().find_map(|name| fields.get(name)?.as_str());
    let id = named.filter(|id| !id.is_empty()).map_or_else(|| canonical(&payload), str::to_owned);
    GithubEntity { id, payload }
}
