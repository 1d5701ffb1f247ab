//! Which release targets exist (SEMANTICS 4.1).

use serde_json::Value;

use super::dialect::systems;
use super::selector;
use super::world::{Target, World, text};

/// Every (resource, environment, deployment) that combines, by target key.
pub(crate) fn targets(world: &World) -> Vec<Target> {
    let mut found = Vec::new();
    for deployment in world.all("deployment") {
        for environment in world.all("environment") {
            for resource in world.all("resource") {
                if !systems(world, "deployment", deployment).is_disjoint(&systems(
                    world,
                    "environment",
                    environment,
                )) && selects(environment, resource)
                    && selects(deployment, resource)
                {
                    found.push(Target::new(
                        text(resource, "id"),
                        text(environment, "id"),
                        text(deployment, "id"),
                    ));
                }
            }
        }
    }
    found.sort();
    found
}

/// Whether the `resourceSelector` of an environment or deployment selects a resource: absent or failing selects none.
fn selects(owner: &Value, resource: &Value) -> bool {
    let selector = selector::read(owner.get("resourceSelector").unwrap_or(&Value::Null));
    let Ok(Some(selector)) = selector else { return false };
    selector::matches_entity(&selector, "resource", resource) == Ok(true)
}
