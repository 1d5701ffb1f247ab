//! The stages of making a preset's fleet, and the events of each.

use super::FleetShape;
use super::relations;
use super::rules::{Rules, policies, resource_variable, variables};
use crate::base::json::{JsonMap, StringMap};
use crate::base::time::SimTime;
use crate::model::SelectorSource;
use crate::model::{Deployment, Environment, JobAgent, Resource, System, SystemIds};
use crate::wire::event::{Entity, Event, Payload};

/// A step of making a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The job agent of every deployment.
    JobAgent,
    /// The system of every environment and deployment.
    System,
    /// The environments.
    Environments,
    /// The resources, each followed by its own variables.
    Resources,
    /// The deployments, each followed by its variables; release targets come into being.
    Deployments,
    /// The policies.
    Policies,
    /// The relationship rules.
    RelationshipRules,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 7] = [
        Self::JobAgent,
        Self::System,
        Self::Environments,
        Self::Resources,
        Self::Deployments,
        Self::Policies,
        Self::RelationshipRules,
    ];

    /// What is made.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JobAgent => "job agent",
            Self::System => "system",
            Self::Environments => "environments",
            Self::Resources => "resources",
            Self::Deployments => "deployments",
            Self::Policies => "policies",
            Self::RelationshipRules => "relationship rules",
        }
    }
}

const AGENT: &str = "agent";
const SYSTEM: &str = "system";
/// Zones, and values of the resources' own `environment` label; neither decides a target.
const ZONES: u32 = 10;
const LABELS: u32 = 20;

pub(super) fn events(shape: FleetShape, stage: Stage, now: SimTime) -> Vec<Event> {
    let upsert = |entity: Entity| Event {
        at: Some(now),
        workspace_id: None,
        payload: Payload::Upsert(Box::new(entity)),
    };
    let numbered = |count: u32, make: &dyn Fn(u32) -> Entity| -> Vec<Event> {
        (0..count).map(|position| upsert(make(position))).collect()
    };
    let has_variables = shape.rules == Rules::Every;
    match stage {
        Stage::JobAgent => vec![upsert(Entity::JobAgent(agent()))],
        Stage::System => vec![upsert(Entity::System(system()))],
        Stage::Environments => numbered(shape.environments, &|position| {
            Entity::Environment(environment(shape, position, now))
        }),
        Stage::Resources => {
            let of = |position| {
                let resource = resource(shape, position, now);
                let own = resource_variable(&resource.id, position).filter(|_| has_variables);
                [Some(Entity::Resource(resource)), own].into_iter().flatten()
            };
            (0..shape.resources).flat_map(of).map(upsert).collect()
        }
        Stage::Deployments => {
            let of = |position| {
                let deployment = deployment(shape, position);
                let own = if has_variables { variables(&deployment.id) } else { Vec::new() };
                let related = relations::variables(shape.relations, &deployment.id);
                std::iter::once(Entity::Deployment(deployment)).chain(own).chain(related)
            };
            (0..shape.deployments).flat_map(of).map(upsert).collect()
        }
        Stage::Policies => {
            policies(shape, now).into_iter().map(|it| upsert(Entity::Policy(it))).collect()
        }
        Stage::RelationshipRules => {
            let rules = relations::rules(shape.relations).into_iter();
            rules.map(|rule| upsert(Entity::RelationshipRule(rule))).collect()
        }
    }
}

/// `kind-00017`: wide enough for `count` of them, and at least two digits, five for resources.
pub(super) fn padded_id(kind: &str, position: u32, count: u32) -> String {
    let least = if kind == "resource" { 5 } else { 2 };
    let width = count.saturating_sub(1).to_string().len().max(least);
    format!("{kind}-{position:0width$}")
}

fn agent() -> JobAgent {
    JobAgent {
        id: AGENT.to_owned(),
        name: AGENT.to_owned(),
        agent_type: "runner".to_owned(),
        workspace_id: String::new(),
        config: JsonMap::new(),
        metadata: StringMap::new(),
    }
}

fn system() -> System {
    System {
        id: SYSTEM.to_owned(),
        name: SYSTEM.to_owned(),
        workspace_id: String::new(),
        description: None,
        metadata: StringMap::new(),
        ..System::default()
    }
}

fn environment(shape: FleetShape, position: u32, now: SimTime) -> Environment {
    let region = position % shape.regions.max(1);
    Environment {
        id: padded_id("env", position, shape.environments),
        name: format!("env-{position}"),
        systems: SystemIds::one(SYSTEM),
        description: None,
        resource_selector: Some(SelectorSource::cel(format!(
            "resource.metadata.region == 'region-{region}'"
        ))),
        metadata: StringMap::new(),
        created_at: now,
    }
}

fn resource(shape: FleetShape, position: u32, now: SimTime) -> Resource {
    let id = padded_id("resource", position, shape.resources);
    let labels = [
        ("region", position % shape.regions.max(1)),
        ("zone", position % ZONES),
        ("environment", position % LABELS),
    ];
    let label = |(key, value): (&str, u32)| {
        let prefix = if key == "environment" { "env" } else { key };
        (key.to_owned(), format!("{prefix}-{value}"))
    };
    Resource {
        identifier: id.clone(),
        name: format!("resource-{position}"),
        id,
        kind: "kubernetes-cluster".to_owned(),
        version: "v1.28.0".to_owned(),
        workspace_id: String::new(),
        config: JsonMap::new(),
        metadata: labels.map(label).into_iter().collect(),
        provider_id: None,
        created_at: now,
        updated_at: None,
        locked_at: None,
        deleted_at: None,
    }
}

fn deployment(shape: FleetShape, position: u32) -> Deployment {
    Deployment {
        id: padded_id("deployment", position, shape.deployments),
        name: format!("deployment-{position}"),
        slug: shape.deployment_slug(position),
        systems: SystemIds::one(SYSTEM),
        description: None,
        job_agent_id: Some(AGENT.to_owned()),
        job_agent_selector: None,
        job_agent_config: JsonMap::new(),
        resource_selector: Some(SelectorSource::cel("true")),
        metadata: StringMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_wide_as_the_last_one_needs() {
        for (kind, position, count, id) in [
            ("resource", 17, 15_000, "resource-00017"),
            ("resource", 999_999, 1_000_000, "resource-999999"),
            ("resource", 0, 1_000_000, "resource-000000"),
            ("deployment", 7, 50, "deployment-07"),
            ("deployment", 7, 101, "deployment-007"),
            ("env", 0, 1, "env-00"),
        ] {
            assert_eq!(padded_id(kind, position, count), id);
        }
    }
}
