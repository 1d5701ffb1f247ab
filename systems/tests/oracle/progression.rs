//! The environment progression rule (SEMANTICS 8.4).
//!
//! Vocabulary: an *upstream* environment is one of a system of the target that the rule's selector matches; a *success* on a
//! target of an upstream environment is a completed job of the version with a status that counts.

use serde_json::{Value, json};

use super::dialect::systems;
use super::results::CheckResult;
use super::selector;
use super::time::{self, HOUR, MINUTE};
use super::world::{Target, World, created_at, integer, lists, text};

/// The result of an `environmentProgression` member for a version on a target.
pub(crate) fn progression(
    world: &World,
    member: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    let upstream = match upstream(world, member, target) {
        Ok(upstream) => upstream,
        Err(error) => {
            return CheckResult::denied("progression.selector_error", json!({ "error": error }));
        }
    };
    if upstream.is_empty() {
        return CheckResult::wait("progression.no_upstream", json!({}), None);
    }
    let findings: Vec<Finding> =
        upstream.iter().map(|id| judge(world, member, version, target, id)).collect();
    let succeeding: Vec<&Finding> =
        findings.iter().filter(|finding| finding.failures.is_empty()).collect();
    if let Some(satisfied_at) = succeeding.iter().filter_map(|finding| finding.satisfied_at).min() {
        let environments: Vec<&str> =
            succeeding.iter().map(|finding| finding.environment.as_str()).collect();
        let result =
            CheckResult::allowed("progression.met", json!({ "environments": environments }))
                .since(satisfied_at);
        // Who joins them.
        let joins =
            findings.iter().filter(|finding| finding.only_soaking()).filter_map(|finding| {
                finding.soak_end.filter(|end| finding.lapses.is_none_or(|lapse| *end < lapse))
            });
        return CheckResult {
            reworded: joins.min(),
            valid_until: succeeding.iter().filter_map(|finding| finding.lapses).min(),
            ..result
        };
    }
    let next = findings
        .iter()
        .filter(|finding| finding.only_soaking())
        .filter_map(|finding| finding.soak_end)
        .min();
    let environments: Vec<Value> = findings
        .iter()
        .map(
            |finding| json!({ "environmentId": finding.environment, "failures": finding.failures }),
        )
        .collect();
    // Each of these instants takes a failure from the list, or adds one.
    let turns = findings.iter().flat_map(|finding| [finding.soak_end, finding.lapses]);
    let turns = turns.flatten().filter(|turn| world.now < *turn);
    let result =
        CheckResult::wait("progression.not_met", json!({ "environments": environments }), next);
    CheckResult { reworded: turns.min(), ..result }
}

/// The ids of the upstream environments; any selector error is the result.
fn upstream(world: &World, member: &Value, target: &Target) -> Result<Vec<String>, String> {
    let (_, own, deployment) = world.parts(target);
    let of_target = &systems(world, "environment", own) & &systems(world, "deployment", deployment);
    let selector =
        selector::read(&member["dependsOnEnvironmentSelector"])?.ok_or("the selector is empty")?;
    selector::check(&selector, &selector::KINDS)?;
    let mut found = Vec::new();
    for environment in world.all("environment") {
        let same_system = !of_target.is_disjoint(&systems(world, "environment", environment));
        if same_system
            && text(environment, "id") != text(own, "id")
            && selector::matches_entity(&selector, "environment", environment)?
        {
            found.push(text(environment, "id").to_owned());
        }
    }
    Ok(found)
}

/// What is known about one upstream environment.
struct Finding {
    environment: String,
    failures: Vec<Value>,
    soak_end: Option<i64>,
    satisfied_at: Option<i64>,
    lapses: Option<i64>,
}

impl Finding {
    fn only_soaking(&self) -> bool {
        self.failures.len() == 1 && self.failures[0]["code"] == "progression.soaking"
    }
}

fn judge(
    world: &World,
    member: &Value,
    version: &Value,
    target: &Target,
    environment: &str,
) -> Finding {
    let targets: Vec<&Target> = world
        .targets()
        .iter()
        .filter(|t| t.environment == environment && t.deployment == target.deployment)
        .collect();
    let successes: Vec<Vec<i64>> =
        targets.iter().map(|target| successes(world, member, version, target)).collect();
    let mut firsts: Vec<i64> =
        successes.iter().filter_map(|times| times.iter().min().copied()).collect();
    firsts.sort_unstable();
    let last = successes.iter().flatten().max().copied();
    let required = required(targets.len(), member);
    let minutes = integer(member, "minimumSoakTimeMinutes")
        .or_else(|| integer(member, "minimumSockTimeMinutes"));
    let soak = minutes.filter(|minutes| *minutes > 0).map(|minutes| minutes.saturating_mul(MINUTE));
    let soak_end = firsts.last().zip(soak).map(|(latest, soak)| latest.saturating_add(soak));
    let max_hours = integer(member, "maximumAgeHours").filter(|hours| *hours > 0);
    let oldest =
        last.zip(max_hours).map(|(last, hours)| last.saturating_add(hours.saturating_mul(HOUR)));

    let mut failures = Vec::new();
    if targets.is_empty() && world.today {
        // All of none succeeded, since there was something to succeed with.
        let satisfied_at = Some(created_at(version));
        let environment = environment.to_owned();
        return Finding { environment, failures, soak_end: None, satisfied_at, lapses: None };
    }
    if targets.is_empty() {
        failures.push(json!({ "code": "progression.no_targets" }));
    }
    if firsts.len() < required {
        let (have, targets) = (firsts.len(), targets.len());
        let code = "progression.not_enough_successes";
        failures.push(json!({ "code": code, "have": have, "need": required, "targets": targets }));
    }
    if let Some(end) = soak_end.filter(|end| world.now < *end) {
        failures.push(json!({ "code": "progression.soaking", "until": time::format(end) }));
    }
    if let (Some(last), Some(_)) = (last, oldest.filter(|oldest| world.now > *oldest)) {
        failures.push(json!({ "code": "progression.too_old", "last": time::format(last), "maxHours": max_hours }));
    }
    let rate_at = firsts.get(required - 1).copied();
    Finding {
        environment: environment.to_owned(),
        failures,
        soak_end,
        satisfied_at: rate_at.map(|rate_at| soak_end.map_or(rate_at, |end| end.max(rate_at))),
        lapses: oldest.map(|oldest| oldest.saturating_add(1)),
    }
}

/// The completion times of the successes of a version on a target.
fn successes(world: &World, member: &Value, version: &Value, target: &Target) -> Vec<i64> {
    let counts = |status: &str| match member.get("successStatuses") {
        None | Some(Value::Null) => status == "successful",
        Some(_) => lists(member, "successStatuses", status),
    };
    let jobs = world.jobs_of(target);
    let of_version = jobs
        .iter()
        .filter(|(_, job)| job.release.version == text(version, "id") && counts(&job.status));
    of_version.filter_map(|(_, job)| job.completed_at).collect()
}

/// How many of `targets` must have succeeded: at least one, else the percentage rounded up, in integers.
pub(crate) fn required(targets: usize, member: &Value) -> usize {
    let percent = member.get("minimumSuccessPercentage").and_then(Value::as_f64).unwrap_or(0.0);
    // the exact decimal, in millionths of a percent
    let millionths: i128 = format!("{:.0}", (percent * 1e6).round()).parse().unwrap_or(0);
    let targets = i128::try_from(targets).unwrap_or(i128::MAX);
    let rounded_up = (targets * millionths + 99_999_999) / 100_000_000;
    usize::try_from(rounded_up.max(1)).unwrap_or(usize::MAX)
}
