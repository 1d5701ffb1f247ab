//! Systems, agents, environments, deployments, resources and versions.

use serde_json::{Value, json};

use super::{Generator, instant};

pub(super) const SYSTEMS: [&str; 3] = ["s1", "s2", "s3"];
pub(super) const RESOURCES: [&str; 6] = ["a", "a-b", "a!", "b", "a-b!", "c"];
pub(super) const ENVIRONMENTS: [&str; 4] = ["e", "e!", "e-f", "p"];
pub(super) const DEPLOYMENTS: [&str; 3] = ["d", "d-d", "z"];
const AGENT: &str = "agent";

impl Generator {
    pub(super) fn found_catalogue(&mut self) {
        let most = self.config.systems.min(SYSTEMS.len());
        let systems = if self.random.chance(60) { 1 } else { self.random.between(1, most) };
        for id in &SYSTEMS[..systems] {
            self.put("system", "created", id, json!({ "id": id, "name": id }));
        }
        if self.random.chance(97) {
            self.agent();
        }
        let (environments, deployments, resources) = (
            self.random.between(1, self.config.environments.min(ENVIRONMENTS.len())),
            self.random.between(1, self.config.deployments.min(DEPLOYMENTS.len())),
            self.random.between(1, self.config.resources.min(RESOURCES.len())),
        );
        for id in &ENVIRONMENTS[..environments] {
            self.environment(id, "created");
        }
        for id in &RESOURCES[..resources] {
            self.resource(id, "created");
        }
        for id in &DEPLOYMENTS[..deployments] {
            self.deployment(id, "created");
        }
    }

    fn agent(&mut self) {
        let config = self.random.pick(&[
            json!({}),
            json!({ "namespace": "a", "timeout": 300, "deep": { "x": 1, "y": 2 } }),
        ]);
        self.put(
            "job-agent",
            "created",
            AGENT,
            json!({ "id": AGENT, "name": AGENT, "type": "custom", "config": config }),
        );
    }

    fn environment(&mut self, id: &str, verb: &str) {
        let system = self.any("system").unwrap_or_else(|| SYSTEMS[0].to_owned());
        let name = self.random.pick(&["staging", "prod", "dev"]);
        let mut data =
            json!({ "id": id, "name": name, "systemId": system, "createdAt": instant(0) });
        self.add_resource_selector(&mut data, 92);
        self.put("environment", verb, id, data);
    }

    fn deployment(&mut self, id: &str, verb: &str) {
        let system = self.any("system").unwrap_or_else(|| SYSTEMS[0].to_owned());
        let config = self
            .random
            .pick(&[json!({}), json!({ "timeout": 600, "replicas": 2, "deep": { "y": 3 } })]);
        let mut data = json!({ "id": id, "name": format!("name-{id}"), "slug": id, "systemId": system, "jobAgentConfig": config });
        match self.random.weighted(&[96, 2, 2]) {
            0 => data["jobAgentId"] = json!(AGENT),
            1 => data["jobAgentId"] = json!("nobody"),
            _ => {}
        }
        self.add_resource_selector(&mut data, 95);
        self.put("deployment", verb, id, data);
    }

    fn add_resource_selector(&mut self, data: &mut Value, percent: usize) {
        if self.random.chance(percent) {
            let selector = if self.random.chance(60) {
                json!({ "cel": "true" })
            } else {
                self.resource_selector()
            };
            data["resourceSelector"] = selector;
        }
    }

    /// A selector over resources, in any of its forms.
    pub(super) fn resource_selector(&mut self) -> Value {
        let region = self.random.pick(&["east", "west"]);
        match self.random.below(11) {
            0 => json!({ "cel": format!("resource.metadata.region == '{region}'") }),
            1 => json!(format!("resource.metadata['region'] != '{region}'")),
            2 => json!({ "cel": "resource.kind in ['vm', 'db']" }),
            3 => json!({ "cel": "resource.config.replicas > 2" }),
            4 => {
                json!({ "cel": "has(resource.metadata.tier) || resource.name.startsWith('name-a')" })
            }
            5 => json!({ "cel": "!(resource.metadata.tier == 'gold') || resource.kind == 'vm'" }),
            6 => json!({ "cel": "resource.identifier.matches('^id-[ab]')" }),
            7 => {
                json!({ "cel": "'x' in resource.config.labels && resource.config.net.zone == 'z1'" })
            }
            8 => {
                json!({ "json": { "type": "metadata", "operator": "equals", "key": "region", "value": region } })
            }
            9 => json!({ "json": { "operator": "or", "conditions": [
                { "type": "kind", "operator": "equals", "value": "vm" },
                { "type": "name", "operator": "ends-with", "value": "b" },
            ] } }),
            _ => json!({ "json": { "type": "name", "operator": "starts-with", "value": "" } }),
        }
    }

    fn resource(&mut self, id: &str, verb: &str) {
        let data = self.resource_data(id);
        self.put("resource", verb, id, data);
    }

    fn resource_data(&mut self, id: &str) -> Value {
        let mut data = json!({
            "id": id,
            "name": format!("name-{id}"),
            "identifier": format!("id-{id}"),
            "kind": self.random.pick(&["vm", "db", "cluster"]),
            "version": self.random.pick(&["v1", "v2"]),
            "createdAt": instant(0),
            "metadata": { "region": self.random.pick(&["east", "west"]) },
            "config": { "replicas": self.random.between(1, 4) },
        });
        if self.random.chance(40) {
            data["metadata"]["tier"] = json!(self.random.pick(&["gold", "silver"]));
        }
        if self.random.chance(50) {
            data["metadata"]["region-peer"] = json!(self.random.pick(&["east", "west"]));
        }
        if self.random.chance(40) {
            data["config"]["labels"] =
                json!(self.random.pick(&[vec!["x", "y"], vec!["y"], vec![]]));
        }
        if self.random.chance(50) {
            data["config"]["net"] =
                json!({ "zone": self.random.pick(&["z1", "z2"]), "port": 8080 });
        }
        data
    }

    /// A new version of some deployment.
    pub(super) fn version(&mut self) {
        let Some(deployment) = self.any("deployment") else { return };
        let id = self.serial("v");
        let mut data = json!({
            "id": id,
            "deploymentId": deployment,
            "name": format!("release {id}"),
            "tag": self.random.pick(&["v1.0.0", "v1.1.0", "v2.0.0", "v2.1.0-rc1"]),
            "status": self.version_status(),
        });
        if self.random.chance(60) {
            let before = self.random.pick(&[0, 0, 500, 60_000, 3_600_000]);
            data["createdAt"] = json!(instant(self.clock - before));
        }
        if self.random.chance(30) {
            data["metadata"] = json!({ "channel": self.random.pick(&["stable", "beta"]) });
        }
        if self.random.chance(20) {
            data["jobAgentConfig"] = json!({ "timeout": 900, "deep": { "x": 9 } });
        }
        if self.config.has("versionDependency") && self.random.chance(15) {
            let upstream = self.random.pick(&DEPLOYMENTS);
            let text = self.random.pick(&[
                "true",
                "version.tag.startsWith('v1')",
                "version.status == 'ready'",
                "version.nope == 1",
                "1 +",
            ]);
            data["dependencies"] = json!({ upstream: { "versionSelector": text } });
        }
        self.put("deployment-version", "created", &id, data);
        self.newest = Some(id);
    }

    fn version_status(&mut self) -> &'static str {
        match self.random.weighted(&[70, 12, 8, 4, 3, 3]) {
            0 => "ready",
            1 => "building",
            2 => "paused",
            3 => "failed",
            4 => "rejected",
            _ => "unspecified",
        }
    }

    /// A version changes its status or tag, vanishes or returns.
    pub(super) fn change_version(&mut self) {
        let Some(id) = self.any_version() else { return };
        match self.random.weighted(&[70, 8, 15, 7]) {
            2 => self.remove("deployment-version", &id),
            3 => {
                self.bring_back("deployment-version");
            }
            change => {
                let mut data = self.stock["deployment-version"][&id].clone();
                if change == 0 {
                    data["status"] = json!(self.version_status());
                } else {
                    data["tag"] = json!(self.random.pick(&["v1.0.0", "v3.0.0"]));
                }
                self.put("deployment-version", "updated", &id, data);
            }
        }
    }

    /// An environment or deployment changes, vanishes or returns.
    pub(super) fn change(&mut self, kind: &'static str) {
        let Some(id) = self.any(kind) else {
            self.bring_back(kind);
            return;
        };
        match self.random.weighted(&[50, 15, 35]) {
            0 if kind == "environment" => self.environment(&id, "updated"),
            0 => self.deployment(&id, "updated"),
            1 => self.remove(kind, &id),
            _ => {
                self.bring_back(kind);
            }
        }
    }

    /// A resource changes, vanishes or returns, alone or with its provider's.
    pub(super) fn change_resource(&mut self) {
        let Some(id) = self.any("resource") else {
            self.bring_back("resource");
            return;
        };
        match self.random.weighted(&[40, 14, 34, 12]) {
            0 => self.resource(&id, "updated"),
            1 => self.remove("resource", &id),
            2 => {
                self.bring_back("resource");
            }
            _ => self.set_resources(),
        }
    }

    /// A provider replaces its resources; it may adopt some that nobody owns.
    fn set_resources(&mut self) {
        let provider = self.random.pick(&["scanner", "importer"]);
        let mut resources = Vec::new();
        for id in RESOURCES {
            if self.random.chance(30) {
                resources.push(self.resource_data(id));
            }
        }
        let owned: Vec<String> = self
            .stock
            .get("resource")
            .into_iter()
            .flatten()
            .filter(|(_, resource)| resource["providerId"] == provider)
            .map(|(id, _)| id.clone())
            .collect();
        for id in owned {
            self.stock.entry("resource").or_default().remove(&id);
        }
        for resource in &resources {
            let id = resource["id"].as_str().expect("ids are text").to_owned();
            let mut stored = resource.clone();
            stored["providerId"] = json!(provider);
            self.stock.entry("resource").or_default().entry(id).or_insert(stored);
        }
        self.emit(
            "resource-provider.set-resources",
            json!({ "providerId": provider, "resources": resources }),
        );
    }

    /// Agents, providers and systems come and go.
    pub(super) fn change_rest(&mut self) {
        match self.random.below(5) {
            0 if self.random.chance(50) => self.remove("job-agent", AGENT),
            0..=2 => self.agent(),
            3 => {
                let provider = self.random.pick(&["scanner", "importer"]);
                for resource in self.stock.entry("resource").or_default().values_mut() {
                    if resource["providerId"] == provider {
                        resource["providerId"] = Value::Null;
                    }
                }
                self.emit("resource-provider.deleted", json!({ "id": provider }));
            }
            _ => {
                if let Some(id) = self.any("system") {
                    self.remove_system(&id);
                }
            }
        }
    }

    /// A system takes its environments and deployments with it; most of them return.
    fn remove_system(&mut self, id: &str) {
        self.remove("system", id);
        for kind in ["environment", "deployment"] {
            let all = std::mem::take(self.stock.entry(kind).or_default());
            for (owned, data) in all {
                let of_system = data["systemId"] == id;
                let place = if of_system { &mut self.gone } else { &mut self.stock };
                place.entry(kind).or_default().insert(owned, data);
            }
        }
        for kind in ["system", "environment", "deployment"] {
            while self.random.chance(85) && self.bring_back(kind) {}
        }
    }
}
