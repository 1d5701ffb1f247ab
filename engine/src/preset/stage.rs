//! The stages of making a preset's fleet, and the events of each.

use super::FleetShape;
use crate::entity::{
    AnyApproval, Deployment, EntityKind, Environment, GradualRollout, JobAgent, JsonMap, Matcher,
    Policy, PolicyRule, PolicyScope, PolicyTargetSelector, RelationshipRule, Resource, RolloutType,
    StringMap, System,
};
use crate::event::{Entity, Event, Payload};
use crate::selector::SelectorSource;
use crate::time::SimTime;

/// A step of making a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The job agent of every deployment.
    JobAgent,
    /// The system of every environment and deployment.
    System,
    /// The environments.
    Environments,
    /// The resources.
    Resources,
    /// The deployments; release targets come into being.
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
/// Seconds over which a version reaches a whole cohort.
const ROLLOUT_SECONDS: i32 = 86_400;

pub(super) fn events(shape: FleetShape, stage: Stage, now: SimTime) -> Vec<Event> {
    let upsert = |entity: Entity| Event {
        at: Some(now),
        workspace_id: None,
        payload: Payload::Upsert(Box::new(entity)),
    };
    let numbered = |count: u32, make: &dyn Fn(u32) -> Entity| -> Vec<Event> {
        (0..count).map(|position| upsert(make(position))).collect()
    };
    match stage {
        Stage::JobAgent => vec![upsert(Entity::JobAgent(agent()))],
        Stage::System => vec![upsert(Entity::System(system()))],
        Stage::Environments => numbered(shape.environments, &|position| {
            Entity::Environment(environment(shape, position, now))
        }),
        Stage::Resources => {
            numbered(shape.resources, &|position| Entity::Resource(resource(shape, position, now)))
        }
        Stage::Deployments => {
            numbered(shape.deployments, &|position| Entity::Deployment(deployment(shape, position)))
        }
        Stage::Policies if shape.policies => {
            let policies = [approval(now), gradual_rollout(now)];
            policies.into_iter().map(|policy| upsert(Entity::Policy(policy))).collect()
        }
        Stage::RelationshipRules if shape.relationship_rules => {
            let rules = ["region", "zone"].map(same_label);
            rules.into_iter().map(|rule| upsert(Entity::RelationshipRule(rule))).collect()
        }
        Stage::Policies | Stage::RelationshipRules => Vec::new(),
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
    }
}

fn environment(shape: FleetShape, position: u32, now: SimTime) -> Environment {
    let region = position % shape.regions.max(1);
    Environment {
        id: padded_id("env", position, shape.environments),
        name: format!("env-{position}"),
        system_id: SYSTEM.to_owned(),
        description: None,
        resource_selector: Some(cel(&format!("resource.metadata.region == 'region-{region}'"))),
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
        slug: format!("deployment-{position}"),
        system_id: SYSTEM.to_owned(),
        description: None,
        job_agent_id: Some(AGENT.to_owned()),
        job_agent_config: JsonMap::new(),
        resource_selector: Some(cel("true")),
        metadata: StringMap::new(),
    }
}

/// One approval, where the environment's name starts with `env-1`.
fn approval(now: SimTime) -> Policy {
    let scope = PolicyTargetSelector {
        environment_selector: Some(cel("environment.name.startsWith('env-1')")),
        ..PolicyTargetSelector::default()
    };
    let rule = PolicyRule {
        any_approval: Some(AnyApproval { min_approvals: 1 }),
        ..rule("approval-rule", now)
    };
    policy("approval", scope, rule, now)
}

/// One target of a cohort after another, everywhere, a day for each cohort whatever its size.
fn gradual_rollout(now: SimTime) -> Policy {
    let rollout = GradualRollout {
        time_scale_interval: ROLLOUT_SECONDS,
        rollout_type: RolloutType::LinearNormalized,
    };
    let rule = PolicyRule { gradual_rollout: Some(rollout), ..rule("gradual-rollout-rule", now) };
    policy("gradual-rollout", PolicyTargetSelector::default(), rule, now)
}

fn rule(id: &str, now: SimTime) -> PolicyRule {
    PolicyRule { id: id.to_owned(), created_at: now, ..PolicyRule::default() }
}

fn policy(id: &str, scope: PolicyTargetSelector, rule: PolicyRule, now: SimTime) -> Policy {
    Policy {
        id: id.to_owned(),
        name: id.to_owned(),
        workspace_id: String::new(),
        description: None,
        priority: 0,
        enabled: true,
        metadata: StringMap::new(),
        created_at: now,
        rules: vec![rule],
        scope: PolicyScope::Selectors(vec![scope]),
    }
}

/// Relates resources that share a label.
fn same_label(label: &str) -> RelationshipRule {
    RelationshipRule {
        id: format!("same-{label}"),
        name: format!("same-{label}"),
        reference: format!("same-{label}"),
        relationship_type: "associated-with".to_owned(),
        from_type: EntityKind::Resource,
        to_type: EntityKind::Resource,
        from_selector: None,
        to_selector: None,
        matcher: Matcher::Cel(format!("from.metadata.{label} == to.metadata.{label}")),
        description: None,
        metadata: StringMap::new(),
        workspace_id: String::new(),
    }
}

fn cel(text: &str) -> SelectorSource {
    SelectorSource::Cel(text.to_owned())
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
