//! After every event of generated histories, every desired release has the variables that section 7 and
//! T10 give, found afresh from the catalogue; so nothing that should be reconciled is left out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, item, items};
use shakedown_engine::fleet::relations::{PropertyPath, RelatableIx, related};
use shakedown_engine::model::Attributes;
use shakedown_engine::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, Dialect, EntityKind, Environment,
    Resource, ResourceVariable, SelectorSource, Value, VariableSet, VariableSetVariable,
};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};
use shakedown_engine::wire::event::Triple;

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

fn step_of_sets(dice: &mut Dice) -> (&'static str, Json) {
    let key = dice.pick(&["x", "y", "z"]);
    let goes = dice.below(5) == 0;
    if dice.below(2) == 0 {
        let id = dice.pick(&["s1", "s2", "s3"]);
        if goes {
            return ("variable-set.deleted", json!({ "id": id }));
        }
        let parts = [
            "resource.metadata.region == 'a'",
            "environment.metadata.region == 'a'",
            "environment.id == 'e1'",
            "environment.id == 'e2'",
            "deployment.metadata.region != 'c'",
            "deployment.slug == 's1'",
            "resource.config.size > 0",
        ];
        let selector = match dice.below(4) {
            0 => String::new(),
            1 => dice.pick(&parts).to_owned(),
            2 => format!("{} && {}", dice.pick(&parts), dice.pick(&parts)),
            _ => format!("{} || {}", dice.pick(&parts), dice.pick(&parts)),
        };
        let variables: Vec<Json> = (0..dice.below(3))
            .map(|_| json!({ "key": dice.pick(&["x", "y", "z"]), "value": value_of_today(dice) }))
            .collect();
        let priority = dice.below(3);
        return (
            "variable-set.updated",
            json!({ "id": id, "priority": priority, "selector": selector, "variables": variables }),
        );
    }
    let resource = format!("r{}", dice.below(6));
    let mut it = json!({ "resourceId": resource, "key": key });
    if goes {
        if dice.below(2) == 0 {
            it["id"] = json!("0");
        }
        return ("resource-variable.deleted", it);
    }
    it["priority"] = json!(dice.below(3));
    it["value"] = value_of_today(dice);
    if dice.below(2) == 0 {
        it["resourceSelector"] = selector(dice, "resource");
    }
    ("resource-variable.updated", it)
}

fn value_of_today(dice: &mut Dice) -> Json {
    let key = dice.pick(&["x", "y"]);
    match dice.below(4) {
        0 => json!({ "reference": dice.pick(&["near", "far"]), "path": ["variables", key] }),
        1 => json!({ "provider": "p", "key": dice.pick(&["k", "l"]) }),
        _ => value(dice),
    }
}

fn resolve(fleet: &Fleet, resource: &str, value: &Value) -> Option<Json> {
    match value {
        Value::Literal(value) => Some(value.clone()),
        Value::Sensitive { .. } => None,
        Value::Opaque(opaque) => Some(json!({ "opaque": opaque.hash() })),
        Value::RelatedVariable { reference, key } => {
            let world = fleet.world();
            let found = related(world, find(fleet, EntityKind::Resource, resource));
            let first = found.into_iter().find(|it| it.reference == *reference)?.entity;
            let RelatableIx::Resource(ix) = first else { return None };
            let related = item::<Resource>(world, ix)?;
            own_values(fleet, related).iter().filter(|it| it.key == *key).find_map(|it| {
                match &it.value {
                    Value::Literal(_) | Value::Opaque(_) => resolve(fleet, &related.id, &it.value),
                    _ => None,
                }
            })
        }
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

fn admits(source: Option<&SelectorSource>, resource: &Resource) -> bool {
    source.is_none_or(|source| {
        let selector = Selector::compile(source, Place::Entity(Subject::Resource)).expect("stored");
        selector.matches(&Bindings::only(Subject::Resource, resource)).unwrap_or(false)
    })
}

/// The values of a resource that count, in the order in which they are asked.
fn own_values<'f>(fleet: &'f Fleet, resource: &Resource) -> Vec<&'f ResourceVariable> {
    let mut values: Vec<&ResourceVariable> = items::<ResourceVariable>(fleet.world())
        .map(|(_, it)| it)
        .filter(|it| it.resource_id == resource.id)
        .filter(|it| admits(it.resource_selector.as_ref(), resource))
        .collect();
    values.sort_by_key(|it| (Reverse(it.priority), it.id.clone()));
    values
}

/// The values of the sets that apply to a target, in the order in which they are asked.
fn values_of_sets<'f>(
    fleet: &'f Fleet,
    (resource, environment, deployment): (&Resource, &Environment, &Deployment),
) -> Vec<&'f VariableSetVariable> {
    let bindings = Bindings::only(Subject::Resource, resource)
        .with(Subject::Environment, environment)
        .with(Subject::Deployment, deployment);
    let applies = |it: &&VariableSet| {
        let source = SelectorSource::Cel(it.selector.clone());
        it.selector.is_empty()
            || Selector::compile(&source, Place::Policy)
                .expect("stored")
                .matches(&bindings)
                .unwrap_or(false)
    };
    let mut sets: Vec<&VariableSet> =
        items::<VariableSet>(fleet.world()).map(|(_, it)| it).filter(applies).collect();
    sets.sort_by_key(|it| (Reverse(it.priority), it.id.clone()));
    sets.into_iter().flat_map(|it| &it.variables).collect()
}

fn expected(fleet: &Fleet, target: &Triple) -> BTreeMap<String, Json> {
    fn by_id<'f, T: Catalogued>(fleet: &'f Fleet, id: &str) -> &'f T {
        let found = items::<T>(fleet.world()).map(|(_, it)| it).find(|it| it.key() == id);
        found.expect("a target's")
    }
    let resource: &Resource = by_id(fleet, &target.resource_id);
    let environment = by_id(fleet, &target.environment_id);
    let deployment = by_id(fleet, &target.deployment_id);
    let of_sets = values_of_sets(fleet, (resource, environment, deployment));
    let declared: BTreeMap<&str, &DeploymentVariable> = items::<DeploymentVariable>(fleet.world())
        .map(|(_, it)| it)
        .filter(|it| it.deployment_id == target.deployment_id)
        .map(|it| (it.key.as_str(), it))
        .collect();
    let keys: BTreeSet<&str> =
        declared.keys().copied().chain(of_sets.iter().map(|it| it.key.as_str())).collect();
    let value_of = |key: &str| {
        let variable = declared.get(key);
        let own = own_values(fleet, resource);
        let mut values: Vec<&DeploymentVariableValue> =
            items::<DeploymentVariableValue>(fleet.world())
                .map(|(_, it)| it)
                .filter(|it| variable.is_some_and(|of| it.deployment_variable_id == of.id))
                .filter(|it| admits(it.resource_selector.as_ref(), resource))
                .collect();
        values.sort_by_key(|it| (Reverse(it.priority), it.id.clone()));
        let own = own.into_iter().filter(|it| it.key == key).map(|it| &it.value);
        let of_sets = of_sets.iter().filter(|it| it.key == key).map(|it| &it.value);
        own.chain(of_sets)
            .chain(values.into_iter().map(|it| &it.value))
            .find_map(|value| resolve(fleet, &resource.id, value))
            .or_else(|| variable?.default_value.clone())
    };
    keys.into_iter().filter_map(|key| Some((key.to_owned(), value_of(key)?))).collect()
}

#[test]
fn every_desired_release_has_fresh_variables() {
    check(step, fleet);
}

/// With variable sets, values side by side on a resource, and what related resources set.
#[test]
fn every_desired_release_has_fresh_variables_of_sets() {
    let step = |dice: &mut Dice| if dice.below(5) < 2 { step_of_sets(dice) } else { step(dice) };
    check(step, || {
        let now = SimTime::parse("2025-01-02T00:00:00Z").expect("a time");
        shakedown_systems::fleet_in(Dialect::TODAY, "ws", now)
    });
}

fn check(step: impl Fn(&mut Dice) -> (&'static str, Json), fleet: impl Fn() -> Fleet) {
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
                let found: BTreeMap<String, Json> = release.variables.into_iter().collect();
                let case = format!("seed {seed} step {number} {} rejected {rejected}", target.key);
                assert_eq!(found, expected(&fleet, &target.triple), "{case}");
                compared += found.len();
            }
        }
    }
    assert!(compared > 10_000, "only {compared} variables were compared");
}
