//! Policies and their rules, approvals, waivers.

use serde_json::{Value, json};

use super::{Generator, HOUR, Random, instant};

impl Generator {
    /// A new policy.
    pub(super) fn policy(&mut self) {
        let id = self.serial("policy");
        let data = self.policy_data(&id);
        self.put("policy", "created", &id, data);
    }

    /// A policy changes, is switched, vanishes or returns, or a new one appears.
    pub(super) fn change_policy(&mut self) {
        let Some(id) = self.any("policy") else {
            self.policy();
            return;
        };
        match self.random.weighted(&[25, 25, 20, 15, 15]) {
            0 => {
                let data = self.policy_data(&id);
                self.put("policy", "updated", &id, data);
            }
            1 => {
                let mut data = self.stock["policy"][&id].clone();
                data["enabled"] = json!(data["enabled"] != true);
                self.put("policy", "updated", &id, data);
            }
            2 => self.remove("policy", &id),
            3 => {
                self.bring_back("policy");
            }
            _ => self.policy(),
        }
    }

    fn policy_data(&mut self, id: &str) -> Value {
        let rules: Vec<Value> =
            (0..self.random.between(1, 2)).map(|at| self.rule(&format!("{id}-rule{at}"))).collect();
        let mut data = json!({
            "id": id,
            "name": id,
            "enabled": self.random.chance(88),
            "priority": self.random.below(3),
            "createdAt": instant(self.clock),
            "rules": rules,
        });
        match self.random.weighted(&[55, 25, 15, 5]) {
            0 => data["selectors"] = json!([{}]),
            1 => {
                let mut selector = json!({});
                if self.random.chance(60) {
                    selector["environmentSelector"] = self.environment_selector();
                }
                if self.random.chance(40) {
                    selector["resourceSelector"] = self.resource_selector();
                }
                if self.random.chance(40) {
                    selector["deploymentSelector"] =
                        json!({ "cel": "deployment.name == 'name-d'" });
                }
                data["selectors"] = json!([selector]);
            }
            2 => {
                data["selector"] = json!(self.random.pick(&[
                    "true",
                    "environment.name == 'prod' && resource.metadata.region == 'east'",
                    "deployment.slug == 'd' || resource.kind == 'vm'",
                ]));
            }
            _ => {}
        }
        data
    }

    fn environment_selector(&mut self) -> Value {
        match self.random.below(4) {
            0 => json!({ "cel": "environment.name == 'prod'" }),
            1 => json!({ "cel": "environment.name != 'dev'" }),
            2 => json!({ "json": { "type": "name", "operator": "equals", "value": "staging" } }),
            _ => json!({ "cel": "true" }),
        }
    }

    /// A rule with one member, now and then two.
    fn rule(&mut self, id: &str) -> Value {
        let mut rule = json!({ "id": id, "createdAt": instant(self.clock) });
        let members: Vec<&'static str> = self
            .config
            .rules
            .iter()
            .copied()
            .filter(|rule| !["versionDependency", "bypass"].contains(rule))
            .collect();
        let count = if self.random.chance(25) { 2 } else { 1 };
        for _ in 0..count {
            if !members.is_empty() {
                let member = self.random.pick(&members);
                rule[member] = self.member(member);
            }
        }
        rule
    }

    fn member(&mut self, name: &str) -> Value {
        match name {
            "anyApproval" => json!({ "minApprovals": self.random.pick(&[0, 1, 1, 1, 2, 3]) }),
            "gradualRollout" => {
                let interval = self.random.pick(&[0, 7, 60, 90, 600, 3600]);
                let kind = self.random.pick(&["linear", "linear-normalized", ""]);
                json!({ "timeScaleInterval": interval, "rolloutType": kind })
            }
            "environmentProgression" => self.progression(),
            "versionSelector" => {
                let selector = match self.random.below(5) {
                    0 => json!({ "cel": "version.tag.startsWith('v2.')" }),
                    1 => {
                        json!({ "cel": "!version.tag.contains('-rc') || environment.name == 'dev'" })
                    }
                    2 => json!({ "cel": "version.metadata.channel == 'stable'" }),
                    3 => {
                        json!({ "json": { "type": "tag", "operator": "starts-with", "value": "v1" } })
                    }
                    _ => json!({ "cel": "version.tag ==" }),
                };
                json!({ "selector": selector, "description": "some versions only" })
            }
            "retry" => self.retry(),
            "concurrencyLimit" => {
                let per = self.random.pick(&["environment", "deployment", "system", "selector"]);
                let mut member = json!({ "max": self.random.pick(&[1, 1, 2, 3]), "per": per });
                if self.random.chance(50) {
                    member["stopOnFailure"] = json!({ "failures": self.random.pick(&[1, 1, 2]) });
                    if self.random.chance(50) {
                        let percent = self.random.pick(&[10, 34, 50, 100]);
                        member["stopOnFailure"]["withinPercent"] = json!(percent);
                    }
                }
                member
            }
            "deploymentWindow" => window(&mut self.random),
            "versionCooldown" => {
                json!({ "intervalSeconds": self.random.pick(&[0, 60, 3600, 7200]) })
            }
            "deploymentDependency" => {
                let texts = [
                    "deployment.name == 'name-d'",
                    "version.tag.startsWith('v1')",
                    "true",
                    "version.nope == 'x'",
                    "deployment.slug ==",
                ];
                json!({ "dependsOn": self.random.pick(&texts) })
            }
            _ => unreachable!("no member is made for {name}"),
        }
    }

    fn progression(&mut self) -> Value {
        let broken = json!({ "cel": "environment.name ==" });
        let selector = if self.random.chance(15) { broken } else { self.environment_selector() };
        let mut member = json!({ "dependsOnEnvironmentSelector": selector });
        if self.random.chance(60) {
            member["minimumSuccessPercentage"] =
                self.random.pick(&[json!(0), json!(33.4), json!(50), json!(67), json!(100)]);
        }
        if self.random.chance(40) {
            member["minimumSoakTimeMinutes"] = json!(self.random.pick(&[0, 5, 30]));
        }
        if self.random.chance(25) {
            member["maximumAgeHours"] = json!(self.random.pick(&[1, 2, 24]));
        }
        if self.random.chance(20) {
            member["successStatuses"] =
                json!(self.random.pick(&[vec!["successful", "skipped"], vec!["failure"], vec![]]));
        }
        member
    }

    fn retry(&mut self) -> Value {
        let mut member = json!({ "maxRetries": self.random.below(4) });
        if self.random.chance(40) {
            let statuses = [
                vec!["failure"],
                vec!["failure", "cancelled"],
                vec!["invalidJobAgent", "skipped"],
                vec![],
            ];
            member["retryOnStatuses"] = json!(self.random.pick(&statuses));
        }
        if self.random.chance(60) {
            member["backoffSeconds"] = json!(self.random.pick(&[30, 60, 600]));
            member["backoffStrategy"] = json!(self.random.pick(&["linear", "exponential"]));
        }
        if self.random.chance(30) {
            member["maxBackoffSeconds"] = json!(self.random.pick(&[45, 100]));
        }
        member
    }

    /// An approval is given, changed or taken back.
    pub(super) fn approval(&mut self) {
        if self.random.chance(12)
            && let Some(key) = self.any("user-approval-record")
        {
            self.remove("user-approval-record", &key);
            return;
        }
        let (Some(version), Some(environment)) = (self.any_version(), self.any("environment"))
        else {
            return;
        };
        for _ in 0..self.random.between(1, 3) {
            let data = self.approval_of(&version, &environment);
            let key = format!("{} {version} {environment}", data["userId"]);
            self.put("user-approval-record", "created", &key, data);
        }
    }

    pub(super) fn approval_of(&mut self, version: &str, environment: &str) -> Value {
        let mut data = json!({
            "userId": self.random.pick(&["u1", "u2", "u3"]),
            "versionId": version,
            "environmentId": environment,
            "status": if self.random.chance(88) { "approved" } else { "rejected" },
        });
        if self.random.chance(40) {
            data["createdAt"] = json!(instant(self.clock - self.random.pick(&[0, 1_000, 300_000])));
        }
        data
    }

    /// A bypass or skip appears or vanishes.
    pub(super) fn waiver(&mut self) {
        let kind = self.random.pick(&["policy-bypass", "policy-bypass", "policy-skip"]);
        if self.random.chance(25)
            && let Some(id) = self.any(kind)
        {
            self.remove(kind, &id);
            return;
        }
        let Some(version) = self.any_version() else { return };
        let Some(policy) = self.any("policy") else { return };
        let id = self.serial("waiver");
        let mut data = json!({ "id": id, "versionId": version });
        if self.random.chance(50) {
            data["environmentId"] = json!(self.any("environment"));
        }
        if self.random.chance(40) {
            data["resourceId"] = json!(self.any("resource"));
        }
        if self.random.chance(40) {
            data["createdAt"] = json!(instant(self.clock - self.random.pick(&[0, 60_000, HOUR])));
        }
        if self.random.chance(40) {
            data["expiresAt"] =
                json!(instant(self.clock + self.random.pick(&[0, 1_500, 600_000, 2 * HOUR])));
        }
        if kind == "policy-skip" {
            data["ruleId"] = json!(format!("{policy}-rule0"));
        } else {
            let mut types = vec![
                "approval",
                "gradualRollout",
                "environmentProgression",
                "versionSelector",
                "versionCooldown",
                "deploymentDependency",
                "deploymentWindow",
                "retry",
            ];
            if self.config.has("concurrencyLimit") {
                types.push("concurrencyLimit");
            }
            let count = self.random.between(1, 3);
            let chosen: Vec<&str> = (0..count).map(|_| self.random.pick(&types)).collect();
            data["bypassRuleTypes"] = json!(chosen);
            if self.random.chance(30) {
                data["policyIds"] = json!([policy]);
            }
        }
        self.put(kind, "created", &id, data);
    }
}

/// A window in one of several zones, near the start of all worlds.
pub(crate) fn window(random: &mut Random) -> Value {
    let hour = random.between(0, 23);
    let rrule = match random.below(6) {
        0 => format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE={}", random.pick(&["0", "30", "0,20"])),
        1 => format!("FREQ=WEEKLY;BYDAY={};BYHOUR={hour}", random.pick(&["TH", "TH,FR", "SA,SU"])),
        2 => format!("FREQ=HOURLY;INTERVAL={}", random.between(1, 7)),
        3 => {
            let frequency = random.pick(&["HOURLY", "DAILY;BYHOUR=3,15"]);
            let (suffix, count) = (random.pick(&["", "Z"]), random.between(1, 9));
            format!("DTSTART:20260115T{hour:02}1530{suffix}\nRRULE:FREQ={frequency};COUNT={count}")
        }
        4 => {
            let (day, suffix) = (random.between(15, 17), random.pick(&["", "Z"]));
            format!("FREQ=HOURLY;INTERVAL=2;BYMINUTE=5;UNTIL=202601{day}T{hour:02}0500{suffix}")
        }
        _ => format!(
            "DTSTART;TZID={}:20260101T{hour:02}0000\nFREQ=DAILY;INTERVAL={}",
            random.pick(&ZONES),
            random.between(1, 3)
        ),
    };
    let mut member = json!({
        "rrule": rrule,
        "durationMinutes": random.pick(&[10, 45, 60, 90, 480, 1500]),
        "timezone": random.pick(&ZONES),
    });
    match random.below(3) {
        0 => member["allowWindow"] = json!(true),
        1 => member["allowWindow"] = json!(false),
        _ => {}
    }
    member
}

const ZONES: [&str; 5] =
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
