//! After every event of generated histories, every desired release has the variables that section 7
//! gives, found afresh from the catalogue; so nothing that should be reconciled is left out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{item, items};
use shakedown_engine::fleet::relations::{PropertyPath, RelatableIx, related};
use shakedown_engine::model::Attributes;
use shakedown_engine::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, EntityKind, Environment, Resource,
    ResourceVariable, Value,
};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

use crate::send::{event, find, fleet};

/// Numbers from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

const REGIONS: [&str; 3] = ["a", "b", "c"];

fn value(dice: &mut Dice) -> Json {
    let paths =
        [json!(["id"]), json!(["metadata", "region"]), json!(["config", "size"]), json!(["slug"])];
    match dice.below(6) {
        0 => json!({ "valueHash": "x" }),
        1 | 2 => dice.pick(&[json!(1), json!("1"), json!(null), json!(["x"])]),
        _ => json!({ "reference": dice.pick(&["near", "far"]), "path": dice.pick(&paths) }),
    }
}

fn selector(dice: &mut Dice, kind: &str) -> Json {
    match dice.below(3) {
        0 => json!(format!("{kind}.metadata.region == 'a'")),
        1 => json!(format!("{kind}.metadata.region != 'c'")),
        _ => json!("true"),
    }
}

fn step(dice: &mut Dice) -> (&'static str, Json) {
    let deployment = dice.pick(&["d1", "d2"]);
    let key = dice.pick(&["x", "y"]);
    let variable = format!("{deployment}-{key}");
    let goes = dice.below(5) == 0;
    match dice.below(12) {
        0..=3 => {
            let id = format!("r{}", dice.below(6));
            if goes {
                return ("resource.deleted", json!({ "id": id }));
            }
            let (region, size) = (dice.pick(&REGIONS), dice.below(3));
            (
                "resource.updated",
                json!({ "id": id, "metadata": { "region": region }, "config": { "size": size } }),
            )
        }
        4 => {
            let id = format!("rule-{}", dice.below(3));
            if goes {
                return ("relationship-rule.deleted", json!({ "id": id }));
            }
            let to = dice.pick(&["resource", "resource", "environment", "deployment"]);
            let matcher = dice.pick(&[
                json!({ "cel": "from.metadata.region == to.metadata.region" }),
                json!({ "cel": "from.metadata.region < to.metadata.region" }),
                json!({ "properties": [{ "fromProperty": ["config", "size"], "toProperty": ["config", "size"] }] }),
                json!({ "properties": [{ "fromProperty": ["name"], "toProperty": ["name"], "operator": "notEquals" }] }),
            ]);
            let reference = dice.pick(&["near", "far"]);
            let to_selector = selector(dice, to);
            (
                "relationship-rule.updated",
                json!({
                    "id": id, "reference": reference, "fromType": "resource", "toType": to,
                    "toSelector": to_selector, "matcher": matcher,
                }),
            )
        }
        5 => {
            let resource = format!("r{}", dice.below(6));
            if goes {
                return (
                    "resource-variable.deleted",
                    json!({ "resourceId": resource, "key": key }),
                );
            }
            (
                "resource-variable.updated",
                json!({ "resourceId": resource, "key": key, "value": value(dice) }),
            )
        }
        6 => {
            if goes {
                return ("deployment-variable.deleted", json!({ "id": variable }));
            }
            let default = dice.pick(&[json!(null), json!("default")]);
            (
                "deployment-variable.updated",
                json!({ "id": variable, "deploymentId": deployment, "key": key, "defaultValue": default }),
            )
        }
        7 | 8 => {
            let id = format!("{variable}-{}", dice.below(3));
            if goes {
                return ("deployment-variable-value.deleted", json!({ "id": id }));
            }
            let resource_selector =
                if dice.below(2) == 0 { Json::Null } else { selector(dice, "resource") };
            (
                "deployment-variable-value.updated",
                json!({
                    "id": id, "deploymentVariableId": variable, "priority": dice.below(3),
                    "value": value(dice), "resourceSelector": resource_selector,
                }),
            )
        }
        9 => {
            let metadata = json!({ "region": dice.pick(&REGIONS) });
            let resource_selector = selector(dice, "resource");
            if goes {
                return ("environment.deleted", json!({ "id": "e2" }));
            }
            (
                "environment.updated",
                json!({
                    "id": dice.pick(&["e1", "e2"]), "name": "e", "systemId": "s",
                    "metadata": metadata, "resourceSelector": resource_selector,
                }),
            )
        }
        10 => {
            if goes {
                return ("deployment.deleted", json!({ "id": deployment }));
            }
            let metadata = json!({ "region": dice.pick(&REGIONS) });
            let resource_selector = selector(dice, "resource");
            (
                "deployment.updated",
                json!({
                    "id": deployment, "name": "d", "slug": dice.pick(&["s1", "s2"]), "systemId": "s",
                    "metadata": metadata, "resourceSelector": resource_selector,
                }),
            )
        }
        _ => (
            "deployment-version.updated",
            json!({
                "id": format!("v-{deployment}"), "deploymentId": deployment, "tag": "1", "status": "ready",
            }),
        ),
    }
}

fn resolve(fleet: &Fleet, resource: &str, value: &Value) -> Option<Json> {
    match value {
        Value::Literal(value) => Some(value.clone()),
        Value::Sensitive { .. } => None,
        Value::Reference { reference, path } => {
            let world = fleet.world();
            let found = related(world, find(fleet, EntityKind::Resource, resource));
            let first = found.into_iter().find(|it| it.reference == reference)?.entity;
            let entity: &dyn Attributes = match first {
                RelatableIx::Deployment(ix) => item::<Deployment>(world, ix)?,
                RelatableIx::Environment(ix) => item::<Environment>(world, ix)?,
                RelatableIx::Resource(ix) => item::<Resource>(world, ix)?,
            };
            PropertyPath::new(first.kind(), path)?.read(entity)
        }
    }
}

fn admits(value: &DeploymentVariableValue, resource: &Resource) -> bool {
    value.resource_selector.as_ref().is_none_or(|source| {
        let selector = Selector::compile(source, Place::Entity(Subject::Resource)).expect("stored");
        selector.matches(&Bindings::only(Subject::Resource, resource)).unwrap_or(false)
    })
}

fn expected(fleet: &Fleet, resource_id: &str, deployment_id: &str) -> BTreeMap<String, Json> {
    let resource = items::<Resource>(fleet.world())
        .map(|(_, it)| it)
        .find(|it| it.id == resource_id)
        .expect("a target's");
    let declared = items::<DeploymentVariable>(fleet.world())
        .map(|(_, it)| it)
        .filter(|it| it.deployment_id == deployment_id);
    let value_of = |variable: &DeploymentVariable| {
        let own = items::<ResourceVariable>(fleet.world())
            .map(|(_, it)| it)
            .find(|it| it.resource_id == resource_id && it.key == variable.key)
            .map(|it| &it.value);
        let mut values: Vec<&DeploymentVariableValue> =
            items::<DeploymentVariableValue>(fleet.world())
                .map(|(_, it)| it)
                .filter(|it| it.deployment_variable_id == variable.id && admits(it, resource))
                .collect();
        values.sort_by_key(|it| (Reverse(it.priority), it.id.clone()));
        own.into_iter()
            .chain(values.into_iter().map(|it| &it.value))
            .find_map(|value| resolve(fleet, resource_id, value))
            .or_else(|| variable.default_value.clone())
    };
    declared.filter_map(|it| Some((it.key.clone(), value_of(it)?))).collect()
}

#[test]
fn every_desired_release_has_fresh_variables() {
    let mut compared = 0;
    for seed in 1..=30u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut fleet = fleet();
        for number in 0..150 {
            let mut batch = Vec::new();
            for _ in 0..dice.pick(&[1, 1, 1, 4]) {
                let (event_type, data) = step(&mut dice);
                batch.push(event(&fleet, event_type, data));
            }
            // A value of a variable that does not exist is rejected; those before it are applied.
            let rejected = fleet.apply_together(batch).is_err();
            for target in fleet.targets() {
                let Some(release) = target.desired else { continue };
                let (resource, deployment) =
                    (&target.triple.resource_id, &target.triple.deployment_id);
                let found: BTreeMap<String, Json> = release.variables.into_iter().collect();
                let case = format!("seed {seed} step {number} {} rejected {rejected}", target.key);
                assert_eq!(found, expected(&fleet, resource, deployment), "{case}");
                compared += found.len();
            }
        }
    }
    assert!(compared > 10_000, "only {compared} variables were compared");
}
