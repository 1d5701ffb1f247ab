//! Relationship rules, and variables with their values.

use serde_json::{Value, json};

use super::catalogue::RESOURCES;
use super::{Generator, Random};

const REFERENCES: [&str; 2] = ["peer", "host"];
const KEYS: [&str; 3] = ["image", "size", "peer-name"];

/// Puts one expression in the place of what a rule says is related, now and then beside it.
pub(super) fn say_in_one_expression(random: &mut Random, rule: &mut Value) {
    let guards = [
        "from.type == 'resource' && to.type == 'resource'",
        "from.type == 'resource'",
        "from.type in ['resource', 'environment'] && 'deployment' != to.type",
        "from.type == to.type",
        "to.type == 'resource' && to.kind == 'cluster'",
        "(from.type != 'resource' || from.metadata.tier == 'gold')",
    ];
    let joins = [
        "from.metadata.region == to.metadata.region",
        "from.metadata['region-peer'] == to.metadata.region",
        "from.name == to.metadata.region",
        "from.config.net.zone == to.config.net.zone",
        "from.kind != to.kind",
        "from.config.replicas > to.config.replicas",
        "from.systemId == to.systemId && from.type != to.type",
        "to.type == 'environment' && has(from.metadata.tier)",
        "from.nope == to.nope",
        "!(to.type == 'resource' && from.name == to.name)",
        "from.name.startsWith(to.type) || to.kind.startsWith('c')",
    ];
    let (guard, join) = (random.pick(&guards), random.pick(&joins));
    let text = match random.weighted(&[60, 20, 10, 5, 5]) {
        0 => format!("{guard} && {join}"),
        1 => join.to_owned(),
        2 => guard.to_owned(),
        3 => format!("{guard} || {join}"),
        _ => format!("{join} && resource.name == 'x'"),
    };
    rule["cel"] = json!(text);
    if random.chance(95) {
        let others = ["fromType", "toType", "fromSelector", "toSelector", "matcher"];
        rule.as_object_mut().expect("an object").retain(|name, _| !others.contains(&name.as_str()));
    }
}

impl Generator {
    /// A new rule, or another form of one that exists.
    pub(super) fn relationship_rule(&mut self) {
        let id = self.random.pick(&["rule-1", "rule-2", "rule-3"]);
        let to_type = match self.random.weighted(&[80, 10, 10]) {
            0 => "resource",
            1 => "environment",
            _ => "deployment",
        };
        let mut data = json!({
            "id": id,
            "name": id,
            "reference": self.random.pick(&REFERENCES),
            "relationshipType": "associated",
            "fromType": "resource",
            "toType": to_type,
        });
        if self.random.chance(40) {
            data["fromSelector"] = self.resource_selector();
        }
        if self.random.chance(30) && to_type == "resource" {
            data["toSelector"] = self.resource_selector();
        }
        if let Some(matcher) = self.matcher(to_type) {
            data["matcher"] = matcher;
        }
        self.put("relationship-rule", "created", id, data);
    }

    fn matcher(&mut self, to_type: &str) -> Option<Value> {
        if to_type != "resource" {
            let property = json!({ "fromProperty": ["metadata", "tier"], "toProperty": ["name"], "operator": "notEquals" });
            return self.random.pick(&[None, Some(json!({ "properties": [property] }))]);
        }
        let property = |from: Value, to: Value, operator: &str| {
            Some(
                json!({ "properties": [{ "fromProperty": from, "toProperty": to, "operator": operator }] }),
            )
        };
        match self.random.below(10) {
            0 => property(json!(["metadata", "region"]), json!(["metadata", "region"]), "equals"),
            1 => property(json!(["metadata", "region"]), json!(["metadata", "region-peer"]), ""),
            2 => property(json!(["kind"]), json!(["kind"]), "notEquals"),
            3 => property(json!(["name"]), json!(["name"]), "startsWith"),
            4 => property(
                json!(["config", "net", "zone"]),
                json!(["config", "net", "zone"]),
                "equals",
            ),
            5 => property(json!(["identifier"]), json!(["metadata", "region"]), "regex"),
            6 => Some(
                json!({ "cel": "from.metadata.region == to.metadata.region && from.kind != to.kind" }),
            ),
            7 => Some(json!({ "cel": "from.config.replicas > to.config.replicas" })),
            8 => Some(json!({ "cel": "from.metadata.region == to.metadata['region-peer']" })),
            _ => None,
        }
    }

    pub(super) fn change_relationship_rule(&mut self) {
        match (self.random.weighted(&[60, 25, 15]), self.any("relationship-rule")) {
            (1, Some(id)) => self.remove("relationship-rule", &id),
            (2, _) => {
                self.bring_back("relationship-rule");
            }
            _ => self.relationship_rule(),
        }
    }

    /// A variable of some deployment, often with values.
    pub(super) fn variable(&mut self) {
        let Some(deployment) = self.any("deployment") else { return };
        let key = self.random.pick(&KEYS);
        let id = format!("{deployment} {key}");
        let mut data = json!({ "id": id, "deploymentId": deployment, "key": key });
        if self.random.chance(50) {
            data["defaultValue"] = self.literal();
        }
        self.put("deployment-variable", "created", &id, data);
        for _ in 0..self.random.below(3) {
            self.value_of(&id);
        }
    }

    fn value_of(&mut self, variable: &str) {
        let id = format!("{variable} {}", self.random.below(3));
        let mut data = json!({
            "id": id,
            "deploymentVariableId": variable,
            "priority": self.number(0, 3) - 1,
            "value": self.value(),
        });
        if self.random.chance(60) {
            data["resourceSelector"] = self.resource_selector();
        }
        self.put("deployment-variable-value", "created", &id, data);
    }

    fn value(&mut self) -> Value {
        match self.random.weighted(&[55, 40, 5]) {
            0 => self.literal(),
            1 => {
                let paths = [
                    json!(["name"]),
                    json!(["metadata", "region"]),
                    json!(["config", "net"]),
                    json!(["config", "replicas"]),
                    json!(["metadata", "missing"]),
                    json!(["id"]),
                ];
                json!({ "reference": self.random.pick(&REFERENCES), "path": self.random.pick(&paths) })
            }
            _ => json!({ "valueHash": "secret" }),
        }
    }

    fn literal(&mut self) -> Value {
        let literals = [
            json!("text"),
            json!(3),
            json!("3"),
            json!(1.5),
            json!(true),
            json!(null),
            json!([1, "a"]),
            json!({ "object": { "b": 1 } }),
        ];
        self.random.pick(&literals)
    }

    /// Variables, values and resource variables come, change and go.
    pub(super) fn change_variable(&mut self) {
        match self.random.weighted(&[20, 25, 30, 15, 10]) {
            0 => self.variable(),
            1 => match self.any("deployment-variable") {
                Some(variable) => self.value_of(&variable),
                None => self.variable(),
            },
            2 => {
                let (resource, key) = (self.random.pick(&RESOURCES), self.random.pick(&KEYS));
                let data = json!({ "resourceId": resource, "key": key, "value": self.value() });
                self.put("resource-variable", "created", &format!("{resource} {key}"), data);
            }
            3 => {
                let kind = self.random.pick(&["deployment-variable-value", "resource-variable"]);
                if let Some(id) = self.any(kind) {
                    self.remove(kind, &id);
                }
            }
            _ => {
                if let Some(id) = self.any("deployment-variable") {
                    self.remove("deployment-variable", &id);
                }
            }
        }
    }
}

/// The same events with what only the dialect of today knows of variables: sets come and go in between,
/// resources set several values of a key, and values are opaque or refer to what others set.
pub(crate) fn variables_of_today(seed: u64, events: Vec<Value>) -> Vec<Value> {
    let mut random = Random::new(seed ^ 0x2545_f491);
    let mut found = Vec::new();
    for mut event in events {
        let kind = event["eventType"].as_str().unwrap_or("").to_owned();
        let at = event["at"].clone();
        let is_value =
            kind == "deployment-variable-value.created" || kind == "resource-variable.created";
        if is_value && random.chance(50) {
            event["data"]["value"] = value_of_today(&mut random);
        }
        if kind == "resource-variable.created" {
            add_place(&mut random, &mut event["data"]);
        }
        found.push(event);
        if random.chance(12) {
            let (event_type, data) = variable_set(&mut random);
            found.push(json!({ "eventType": event_type, "at": at, "data": data }));
        }
        if random.chance(8) {
            let mut data = json!({
                "resourceId": random.pick(&RESOURCES), "key": random.pick(&KEYS),
                "value": value_of_today(&mut random),
            });
            add_place(&mut random, &mut data);
            let verb = if random.chance(20) { "deleted" } else { "created" };
            let event_type = format!("resource-variable.{verb}");
            found.push(json!({ "eventType": event_type, "at": at, "data": data }));
        }
    }
    found
}

/// What tells a value of a resource's key from its others; mostly nothing.
fn add_place(random: &mut Random, data: &mut Value) {
    if random.chance(30) {
        data["priority"] = json!(random.between(0, 2));
    }
    if random.chance(30) {
        let selectors = [
            json!("resource.metadata.region == 'east'"),
            json!({ "cel": "resource.kind == 'vm'" }),
            json!({ "json": { "type": "kind", "operator": "equals", "value": "db" } }),
            json!("resource.config.replicas > 2"),
            json!("false"),
        ];
        data["resourceSelector"] = random.pick(&selectors);
    }
    if random.chance(10) {
        data["id"] = json!(random.pick(&["0", "one"]));
    }
}

fn value_of_today(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({ "valueHash": random.pick(&["5e88", "5e89"]) }),
        1 => {
            json!({ "provider": "vault", "key": "db", "path": [random.pick(&["user", "password"])] })
        }
        2 => json!({ "provider": "vault", "key": random.pick(&["", "db"]) }),
        3..=5 => json!({
            "reference": random.pick(&REFERENCES),
            "path": [random.pick(&["variables", "Variables"]), random.pick(&KEYS)],
        }),
        6 => json!({ "reference": random.pick(&REFERENCES), "path": ["variables"] }),
        _ => random.pick(&[json!("5e88"), json!({ "opaque": "5e88" }), json!(null), json!(7)]),
    }
}

fn variable_set(random: &mut Random) -> (&'static str, Value) {
    let id = random.pick(&["set-1", "set-2", "set-3"]);
    if random.chance(20) {
        return ("variable-set.deleted", json!({ "id": id }));
    }
    let parts = [
        "environment.name == 'prod'",
        "environment.id.startsWith('e')",
        "resource.metadata.region == 'west'",
        "resource.config.replicas > 2",
        "resource.metadata.tier == 'gold'",
        "deployment.id == 'd'",
        "deployment.jobAgentConfig.replicas == 2",
    ];
    let selector = match random.below(5) {
        0 => String::new(),
        1 | 2 => random.pick(&parts).to_owned(),
        3 => format!("{} && {}", random.pick(&parts), random.pick(&parts)),
        _ => format!("{} || {}", random.pick(&parts), random.pick(&parts)),
    };
    let keys = ["image", "size", "replicas"];
    let variables: Vec<Value> = (0..random.below(4))
        .map(|_| json!({ "key": random.pick(&keys), "value": value_of_today(random) }))
        .collect();
    let mut data = json!({ "id": id, "selector": selector, "variables": variables });
    if random.chance(60) {
        data["priority"] = json!(random.between(0, 2));
    }
    if random.chance(3) {
        data["selector"] = json!("environment.name ==");
    }
    ("variable-set.updated", data)
}
