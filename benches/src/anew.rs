//! Edits that change nothing that is decided, and after which everything derived is computed anew:
//! relations, the variables that read them, selections, and which policies apply.
//!
//! Rules and values are replaced by others that say the same; selectors by longer texts that select the
//! same, since what a text selects is kept as long as somebody uses it. Only deployments of the fleet
//! that are to be measured should be in it, because policies concern them all.

use bevy_ecs::world::World;
use shakedown_engine::fleet::catalogue::{Catalogued, items};
use shakedown_engine::model::{
    Deployment, DeploymentVariableValue, Environment, Policy, PolicyScope, RelationshipRule,
    SelectorSource,
};
use shakedown_engine::wire::event::{Entity, Event};

/// The entities as they were, and how often they were replaced.
#[derive(Debug)]
pub struct Anew {
    rules: Vec<RelationshipRule>,
    values: Vec<DeploymentVariableValue>,
    environments: Vec<Environment>,
    deployments: Vec<Deployment>,
    policies: Vec<Policy>,
    turn: u32,
}

impl Anew {
    /// Takes note of what is to be replaced.
    #[must_use]
    pub fn of(world: &World) -> Self {
        Self {
            rules: all(world),
            values: all(world),
            environments: all(world),
            deployments: all(world),
            policies: all(world),
            turn: 0,
        }
    }

    /// The events after which everything is computed anew; to be applied together, with whatever else
    /// happens.
    pub fn events(&mut self) -> Vec<Event> {
        self.turn += 1;
        let turn = self.turn;
        let rules = self.rules.iter().cloned().map(|mut rule| {
            rule.name = format!("{}-{turn}", rule.name);
            Entity::RelationshipRule(rule)
        });
        let values = self.values.iter().cloned().map(|mut value| {
            value.priority += i64::from(turn);
            Entity::DeploymentVariableValue(value)
        });
        let environments = self.environments.iter().cloned().map(|mut it| {
            lengthen(&mut it.resource_selector, turn);
            Entity::Environment(it)
        });
        let deployments = self.deployments.iter().cloned().map(|mut it| {
            lengthen(&mut it.resource_selector, turn);
            Entity::Deployment(it)
        });
        let policies = self.policies.iter().cloned().map(|mut policy| {
            match &mut policy.scope {
                PolicyScope::Expression(text) => *text = longer(text, turn),
                PolicyScope::Selectors(selectors) => {
                    for it in selectors {
                        lengthen(&mut it.deployment_selector, turn);
                        lengthen(&mut it.environment_selector, turn);
                        lengthen(&mut it.resource_selector, turn);
                    }
                }
            }
            Entity::Policy(policy)
        });
        let entities = rules.chain(values).chain(environments).chain(deployments).chain(policies);
        entities.map(Event::upsert).collect()
    }
}

fn all<T: Catalogued + Clone>(world: &World) -> Vec<T> {
    items::<T>(world).map(|(_, it)| it.clone()).collect()
}

/// Makes a text longer; JSON conditions are left as they are.
fn lengthen(selector: &mut Option<SelectorSource>, turn: u32) {
    if let Some(SelectorSource::Cel(text)) = selector {
        *text = longer(text, turn);
    }
}

fn longer(text: &str, turn: u32) -> String {
    format!("({text}) && {turn} > 0")
}
