//! Small worlds and what happens to them, as event lists: the same seed and configuration give the same list.
//!
//! Vocabulary: the *stock* is what the generator believes to exist, by kind and id; *foundation* events build a world,
//! *evolution* events change it while the clock moves on. Ids share prefixes ("a", "a-b", "a!"), so that the order of
//! target keys differs from the order of triples, but no two triples have equal keys.
//!
//! Jobs are reported on with the pseudo event `job.finished {resourceId, environmentId, deploymentId, status,
//! completedAt?}`, because a list made beforehand cannot know job ids: it means the latest job of that target, and
//! nothing if that job is not processing.

mod catalogue;
mod policies;
mod random;
mod variables;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shakedown_engine::model::Dialect;

pub(crate) use policies::window;
pub(crate) use random::Random;
pub(crate) use variables::variables_of_today;

/// How large and how varied the worlds are.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// At most 3.
    pub(crate) systems: usize,
    /// At most 6.
    pub(crate) resources: usize,
    /// At most 4.
    pub(crate) environments: usize,
    /// At most 3.
    pub(crate) deployments: usize,
    /// Events after the foundation.
    pub(crate) evolution: usize,
    /// The rule members policies may have; `versionDependency` and `bypass` switch those on.
    pub(crate) rules: &'static [&'static str],
    /// Relationship rules, and variables (with references if there are rules).
    pub(crate) relationships: bool,
    pub(crate) variables: bool,
    /// Entities that vanish, change their selectors and return.
    pub(crate) churn: bool,
    /// Now and then an event that must be rejected.
    pub(crate) invalid: bool,
}

impl Config {
    /// Everything the oracle knows.
    pub(crate) fn full() -> Self {
        Config {
            systems: 3,
            resources: 6,
            environments: 4,
            deployments: 3,
            evolution: 60,
            rules: &[
                "anyApproval",
                "environmentProgression",
                "gradualRollout",
                "versionSelector",
                "retry",
                "versionCooldown",
                "deploymentWindow",
                "deploymentDependency",
                "concurrencyLimit",
                "versionDependency",
                "bypass",
            ],
            relationships: true,
            variables: true,
            churn: true,
            invalid: true,
        }
    }

    /// Version status, approval and gradual rollout only.
    pub(crate) fn core() -> Self {
        Config {
            systems: 1,
            rules: &["anyApproval", "gradualRollout"],
            relationships: false,
            variables: false,
            churn: false,
            invalid: false,
            ..Self::full()
        }
    }

    fn has(&self, rule: &str) -> bool {
        self.rules.contains(&rule)
    }
}

/// The instant at which every world begins.
pub(crate) const START: &str = "2026-01-15T00:00:00Z";

/// The dialect in which the world `seed` is decided, where a test does not ask for one.
pub(crate) fn dialect(seed: u64) -> Dialect {
    if seed.is_multiple_of(2) { Dialect::TODAY } else { Dialect::RECORDED }
}

/// The same events with members left out that dialects put in, and with what one of them does not know.
pub(crate) fn left_out(seed: u64, mut events: Vec<Value>) -> Vec<Value> {
    let mut random = Random::new(seed ^ 0x5bd1_e995);
    for event in &mut events {
        let kind = event["eventType"].as_str().unwrap_or("").to_owned();
        let Some(data) = event.get_mut("data").and_then(Value::as_object_mut) else { continue };
        if kind.starts_with("policy.") && !kind.ends_with("deleted") {
            if random.chance(40) {
                data.remove("enabled");
            }
            if random.chance(20) {
                data.remove("selectors");
            }
            for rule in data.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
                if random.chance(10) {
                    rule.as_object_mut().map(|rule| rule.remove("id"));
                }
                if random.chance(10) && rule.get("retry").is_some() {
                    rule["retry"]["retryOnStatuses"] = json!(["failure", "queued"]);
                }
            }
        } else if kind.starts_with("deployment-version.") && !kind.ends_with("deleted") {
            if random.chance(30) {
                data.remove("status");
            }
        } else if kind == "resource.updated" || kind == "resource.created" {
            if random.chance(8) {
                data.insert("deletedAt".to_owned(), json!(START));
            }
        } else if kind == "environment.created" || kind == "deployment.created" {
            let Some(own) = data.get("systemId").cloned() else { continue };
            let other = json!(random.pick(&["s1", "s2", "s3"]));
            if kind.starts_with("deployment") && random.chance(60) {
                let selector = random.pick(&[
                    "jobAgent.id == 'agent'",
                    "jobAgent.type == ''",
                    "resource.id == 'a' || resource.id == 'b'",
                    "jobAgent.id == resource.id",
                    "jobAgent.metadata.zone == 'x'",
                    "false",
                    "",
                ]);
                data.insert("jobAgentSelector".to_owned(), json!(selector));
            }
            match random.below(6) {
                0 => _ = data.insert("systems".to_owned(), json!([{ "id": other }])),
                1 => _ = data.insert("systemIds".to_owned(), json!([other, own])),
                2 => {
                    data.remove("systemId");
                    data.insert("systems".to_owned(), json!([own, other]));
                }
                3 => _ = data.remove("systemId"),
                _ => {}
            }
        } else if (kind == "system.created" || kind == "system.updated") && random.chance(50) {
            let list = match random.below(3) {
                0 => json!([]),
                1 => json!(["d", { "id": "d-d" }]),
                _ => json!(["d"]),
            };
            data.insert("deployments".to_owned(), list);
            let list = if random.chance(50) { json!(["e"]) } else { json!(["e", "e-f"]) };
            data.insert("environments".to_owned(), list);
        } else if kind == "job.finished" && random.chance(15) {
            data.insert("status".to_owned(), json!("queued"));
            data.remove("completedAt");
        }
    }
    // Agents called as resources are, which come and go.
    let places: Vec<usize> = (8..events.len()).filter(|_| random.chance(15)).collect();
    for at in places.into_iter().rev() {
        let id = random.pick(&["a", "a-b", "b", "zz"]);
        let verb = if random.chance(70) { "created" } else { "deleted" };
        let agent = json!({ "id": id, "metadata": { "zone": "x" } });
        let mut event = json!({ "eventType": format!("job-agent.{verb}"), "data": agent });
        if let Some(instant) = events[at].get("at") {
            event["at"] = instant.clone();
        }
        events.insert(at, event);
    }
    events
}

/// The same events with relationship rules of which most say everything in one expression.
pub(crate) fn in_one_expression(seed: u64, mut events: Vec<Value>) -> Vec<Value> {
    let mut random = Random::new(seed ^ 0x85eb_ca6b);
    for event in &mut events {
        let is_rule = event["eventType"] == "relationship-rule.created";
        if is_rule && random.chance(80) {
            variables::say_in_one_expression(&mut random, &mut event["data"]);
        }
    }
    events
}

/// The same events with selectors of policies, environments and deployments that fail on some of what they are asked
/// about.
pub(crate) fn failing(seed: u64, mut events: Vec<Value>) -> Vec<Value> {
    let mut random = Random::new(seed ^ 0x3c6e_f372);
    let fails = "int(resource.metadata.region) > 1";
    for event in &mut events {
        let kind = event["eventType"].as_str().unwrap_or("").to_owned();
        if kind.ends_with("deleted") {
            continue;
        }
        let Some(data) = event.get_mut("data").and_then(Value::as_object_mut) else { continue };
        if kind.starts_with("policy.") {
            data.remove("selector");
            data.remove("selectors");
            match random.below(7) {
                0 => data.insert("selectors".to_owned(), json!([{ "resourceSelector": fails }])),
                1 => data.insert(
                    "selectors".to_owned(),
                    json!([{ "environmentSelector": "environment.name == 'prod'",
                        "resourceSelector": "resource.metadata.region" }]),
                ),
                2 => data.insert(
                    "selectors".to_owned(),
                    json!([{ "environmentSelector": "environment.name" },
                        { "resourceSelector": "resource.kind == 'vm'" }]),
                ),
                3 => data.insert(
                    "selectors".to_owned(),
                    json!([{ "deploymentSelector": "deployment.slug.matches('(')" }]),
                ),
                4 => data.insert(
                    "selector".to_owned(),
                    json!(format!("environment.name == 'prod' && {fails}")),
                ),
                5 => data.insert("selector".to_owned(), json!("deployment.slug")),
                _ => data.insert("selectors".to_owned(), json!([{}])),
            };
        } else if kind.starts_with("environment.") || kind.starts_with("deployment.") {
            if random.chance(20) {
                let selector = format!("resource.kind == 'vm' || {fails}");
                data.insert("resourceSelector".to_owned(), json!(selector));
            }
        } else if kind.starts_with("deployment-variable-value.") && random.chance(30) {
            data.insert("resourceSelector".to_owned(), json!({ "cel": fails }));
        }
    }
    events
}

/// The events of the world `seed`.
pub(crate) fn events(seed: u64, config: &Config) -> Vec<Value> {
    let mut generator = Generator {
        random: Random::new(seed),
        config: config.clone(),
        clock: 0,
        serial: 0,
        newest: None,
        stock: BTreeMap::new(),
        gone: BTreeMap::new(),
        events: Vec::new(),
    };
    generator.found();
    for _ in 0..config.evolution {
        generator.pass_time();
        generator.evolve();
    }
    generator.events
}

/// A list under construction.
struct Generator {
    random: Random,
    config: Config,
    /// Milliseconds since [`START`].
    clock: i64,
    /// Numbers ids that are made up.
    serial: usize,
    /// The version made last.
    newest: Option<String>,
    stock: BTreeMap<&'static str, BTreeMap<String, Value>>,
    gone: BTreeMap<&'static str, BTreeMap<String, Value>>,
    events: Vec<Value>,
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What runners report, and how often.
const JOB_STATUSES: [(&str, usize); 9] = [
    ("successful", 58),
    ("failure", 15),
    ("inProgress", 6),
    ("actionRequired", 3),
    ("cancelled", 4),
    ("skipped", 4),
    ("invalidIntegration", 3),
    ("externalRunNotFound", 3),
    ("invalidJobAgent", 4),
];

/// An instant as RFC 3339, from milliseconds since [`START`]; it must fall into January 2026.
fn instant(millis: i64) -> String {
    let day = 15 + millis.div_euclid(DAY);
    assert!((1..=31).contains(&day), "generated instants stay in one month");
    let rest = millis.rem_euclid(DAY);
    let (hour, minute, second) = (rest / HOUR, rest / 60_000 % 60, rest / 1000 % 60);
    let fraction = match rest % 1000 {
        0 => String::new(),
        fraction => format!(".{fraction:03}"),
    };
    format!("2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

impl Generator {
    fn found(&mut self) {
        self.found_catalogue();
        if self.config.relationships {
            for _ in 0..self.random.between(1, 2) {
                self.relationship_rule();
            }
        }
        if self.config.variables {
            for _ in 0..self.random.between(1, 3) {
                self.variable();
            }
        }
        for _ in 0..self.random.between(1, 2) {
            self.policy();
        }
        for _ in 0..self.random.between(1, 4) {
            self.version();
        }
    }

    fn pass_time(&mut self) {
        let step = match self.random.weighted(&[40, 32, 20, 4, 4]) {
            0 => 0,
            1 => 1_000 * self.number(1, 120),
            2 => 60_000 * self.number(1, 60),
            3 => HOUR * self.number(1, 6),
            _ => self.number(1, 999),
        };
        if self.clock + step < 15 * DAY {
            self.clock += step;
        }
    }

    fn evolve(&mut self) {
        let on = |condition: bool, weight: usize| if condition { weight } else { 0 };
        let config = &self.config;
        let weights = [
            30,
            12,
            10,
            6,
            on(config.has("anyApproval"), 10),
            on(config.has("bypass"), 6),
            on(config.churn, 8),
            on(config.churn, 6),
            on(config.churn, 6),
            on(config.churn, 3),
            on(config.variables, 8),
            on(config.relationships, 4),
            3,
            2,
            on(config.invalid, 3),
        ];
        match self.random.weighted(&weights) {
            0 => self.report(),
            1 => self.version(),
            2 => self.change_version(),
            3 => self.change_policy(),
            4 => self.approval(),
            5 => self.waiver(),
            6 => self.change_resource(),
            7 => self.change("environment"),
            8 => self.change("deployment"),
            9 => self.change_rest(),
            10 => self.change_variable(),
            11 => self.change_relationship_rule(),
            12 => self.redeploy(),
            13 => self.emit("workspace.tick", json!({})),
            _ => self.mistake(),
        }
    }

    /// Jobs are reported on: of one target, or of most of a cohort at once.
    fn report(&mut self) {
        let Some(triple) = self.triple() else { return };
        let resources = if self.random.chance(60) {
            self.stock["resource"].keys().cloned().collect()
        } else {
            vec![triple["resourceId"].as_str().expect("ids are text").to_owned()]
        };
        for resource in resources {
            let mut data = triple.clone();
            data["resourceId"] = json!(resource);
            let status =
                JOB_STATUSES[self.random.weighted(&JOB_STATUSES.map(|(_, weight)| weight))].0;
            data["status"] = json!(status);
            if !["inProgress", "actionRequired"].contains(&status) && self.random.chance(95) {
                let before = self.random.pick(&[0, 0, 0, 1_000, 60_000, 1_800_000]);
                data["completedAt"] = json!(instant(self.clock - before));
            }
            if self.random.chance(85) {
                self.emit("job.finished", data);
            }
        }
    }

    fn redeploy(&mut self) {
        if let Some(data) = self.triple() {
            self.emit("release-target.deploy", data);
        }
    }

    /// A resource, an environment and a deployment, which may or may not make a target.
    fn triple(&mut self) -> Option<Value> {
        let (resource, environment) = (self.any("resource")?, self.any("environment")?);
        let deployment = self.any("deployment")?;
        Some(
            json!({ "resourceId": resource, "environmentId": environment, "deploymentId": deployment }),
        )
    }

    /// Some event that must be rejected.
    fn mistake(&mut self) {
        let (event_type, data) = match self.random.below(6) {
            0 => ("user-approval-record.created", self.approval_of("nothing", "nowhere")),
            1 => (
                "deployment-variable-value.created",
                json!({ "id": "w", "deploymentVariableId": "none", "value": 1 }),
            ),
            2 => ("environment.created", json!({ "id": "e", "name": "no system" })),
            3 => ("policy.created", json!({ "id": "p", "selector": "resource.kind ==" })),
            4 => {
                let window = json!({ "rrule": "FREQ=DAILY;COUNT=3", "durationMinutes": 60 });
                let rule = json!({ "id": "r", "deploymentWindow": window });
                ("policy.created", json!({ "id": "p", "rules": [rule] }))
            }
            _ => ("nothing.happened", json!({ "id": "x" })),
        };
        let event = json!({ "eventType": event_type, "at": instant(self.clock), "data": data });
        self.events.push(event);
    }

    fn number(&mut self, least: usize, most: usize) -> i64 {
        i64::try_from(self.random.between(least, most)).expect("small numbers")
    }

    fn serial(&mut self, prefix: &str) -> String {
        self.serial += 1;
        format!("{prefix}{}", self.serial)
    }

    /// The id of something of a kind that is believed to exist.
    fn any(&mut self, kind: &str) -> Option<String> {
        let ids: Vec<String> = self.stock.get(kind)?.keys().cloned().collect();
        if ids.is_empty() { None } else { Some(self.random.pick(&ids)) }
    }

    /// A version that is believed to exist, preferably the one made last.
    fn any_version(&mut self) -> Option<String> {
        let newest =
            self.newest.clone().filter(|id| self.stock["deployment-version"].contains_key(id));
        if self.random.chance(60) { newest } else { None }
            .or_else(|| self.any("deployment-version"))
    }

    fn emit(&mut self, event_type: &str, data: Value) {
        self.events
            .push(json!({ "eventType": event_type, "at": instant(self.clock), "data": data }));
    }

    /// Creates or replaces an entity.
    fn put(&mut self, kind: &'static str, verb: &str, id: &str, data: Value) {
        self.stock.entry(kind).or_default().insert(id.to_owned(), data.clone());
        self.gone.entry(kind).or_default().remove(id);
        self.emit(&format!("{kind}.{verb}"), data);
    }

    fn remove(&mut self, kind: &'static str, id: &str) {
        if let Some(data) = self.stock.entry(kind).or_default().remove(id) {
            self.gone.entry(kind).or_default().insert(id.to_owned(), data.clone());
            self.emit(&format!("{kind}.deleted"), data);
        }
    }

    /// Brings back something of a kind that was removed, as it was; whether there was anything.
    fn bring_back(&mut self, kind: &'static str) -> bool {
        let Some((id, data)) = self.gone.get(kind).and_then(BTreeMap::first_key_value) else {
            return false;
        };
        let (id, data) = (id.clone(), data.clone());
        self.put(kind, "created", &id, data);
        true
    }
}
