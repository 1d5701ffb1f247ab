//! Planning a target: all checks of every candidate, the chosen candidate, its release (SEMANTICS 6 and 9).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::approval::approval;
use super::eligibility::has_succeeded;
use super::policies::{self, MEMBERS, member};
use super::progression::progression;
use super::results::{CheckResult, Verdict, fold};
use super::rollout::rollout;
use super::time;
use super::variables::{Resolved, variables};
use super::version_checks::{
    cooldown, deployment_dependency, status, version_dependencies, version_selector,
};
use super::window::window;
use super::world::{ReleaseId, Target, World, created_at, instant, text};

/// A version of the target's deployment with all its results, in report order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) version: Value,
    pub(crate) results: Vec<CheckResult>,
}

impl Candidate {
    pub(crate) fn verdict(&self) -> Verdict {
        fold(&self.results)
    }
}

/// The release a target should have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Desired {
    pub(crate) release: ReleaseId,
    pub(crate) version: Value,
    pub(crate) variables: BTreeMap<String, Resolved>,
}

/// What planning decides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) desired: Option<Desired>,
    /// The earliest instant at which time alone changes anything of the candidates up to the desired one.
    pub(crate) next: Option<i64>,
}

/// Plans a target at the current instant.
pub(crate) fn plan(world: &World, target: &Target) -> Plan {
    let mut next = None;
    for candidate in candidates(world, target) {
        next = earliest(next, candidate.results.iter().filter_map(CheckResult::changes).min());
        if candidate.verdict() == Verdict::Allowed {
            return Plan { desired: Some(desired(world, target, &candidate.version)), next };
        }
    }
    Plan { desired: None, next }
}

/// The earlier of two instants either of which may be absent.
pub(crate) fn earliest(left: Option<i64>, right: Option<i64>) -> Option<i64> {
    left.into_iter().chain(right).min()
}

/// Every version of the target's deployment, newest first, fully evaluated.
pub(crate) fn candidates(world: &World, target: &Target) -> Vec<Candidate> {
    let mut versions: Vec<&Value> = world
        .all("deployment-version")
        .filter(|v| text(v, "deploymentId") == target.deployment)
        .collect();
    versions.sort_by_key(|version| Reverse((created_at(version), text(version, "id"))));
    let evaluated = |version: &&Value| Candidate {
        version: (*version).clone(),
        results: checks(world, version, target),
    };
    versions.iter().map(evaluated).collect()
}

/// All checks of one version on one target.
fn checks(world: &World, version: &Value, target: &Target) -> Vec<CheckResult> {
    let mut results =
        vec![status(world, version, target), version_dependencies(world, version, target)];
    for (policy, rule) in policies::rules(world, target) {
        for (name, waiver_type) in MEMBERS {
            let Some(of_rule) = member(rule, name) else { continue };
            let result = waived(world, version, target, policy, rule, waiver_type)
                .unwrap_or_else(|| check(world, name, of_rule, version, target));
            let (policy, rule) =
                (Some(text(policy, "id").to_owned()), Some(text(rule, "id").to_owned()));
            results.push(CheckResult { policy, rule, ..result });
        }
    }
    results
}

fn check(
    world: &World,
    name: &str,
    of_rule: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    match name {
        "anyApproval" => approval(world, of_rule, version, target),
        "environmentProgression" => progression(world, of_rule, version, target),
        "gradualRollout" => rollout(world, of_rule, version, target),
        "versionSelector" => version_selector(world, of_rule, version, target),
        "deploymentDependency" => deployment_dependency(world, of_rule, target),
        "deploymentWindow" if world.today && is_settled(world, version, target) => {
            CheckResult::allowed("window.settled", json!({}))
        }
        "deploymentWindow" => window(world, of_rule, target),
        "versionCooldown" => cooldown(world, of_rule, version, target),
        _ => unreachable!("{name} is listed as a member and has no check"),
    }
}

/// Whether a target that was deployed to has what it would get of a version.
fn is_settled(world: &World, version: &Value, target: &Target) -> bool {
    world.current_release(target).is_some()
        && has_succeeded(world, &desired(world, target, version).release)
}

/// Whether some window that is not waived keeps a target from being deployed to, whatever it has.
pub(crate) fn windows_hold(world: &World, version: &Value, target: &Target) -> bool {
    policies::rules(world, target).into_iter().any(|(policy, rule)| {
        let Some(of_rule) = member(rule, "deploymentWindow") else { return false };
        let waivers = policies::waivers(world, version, target, policy, rule, "deploymentWindow");
        waivers.is_empty() && window(world, of_rule, target).verdict != Verdict::Allowed
    })
}

/// What a waived check reports instead of its own result.
pub(crate) fn waived(
    world: &World,
    version: &Value,
    target: &Target,
    policy: &Value,
    rule: &Value,
    waiver_type: &str,
) -> Option<CheckResult> {
    let waivers = policies::waivers(world, version, target, policy, rule, waiver_type);
    let earliest = waivers.first()?;
    let ids: Vec<&str> = waivers.iter().map(|waiver| text(waiver, "id")).collect();
    let until = waivers.iter().filter_map(|waiver| instant(waiver, "expiresAt")).min();
    let params = json!({ "waiverIds": ids, "until": until.map(time::format) });
    let result = CheckResult::allowed("waived", params).since(created_at(earliest));
    Some(CheckResult { valid_until: until, ..result })
}

fn desired(world: &World, target: &Target, version: &Value) -> Desired {
    let variables = variables(world, target);
    let release = ReleaseId {
        target: target.clone(),
        version: text(version, "id").to_owned(),
        tag: text(version, "tag").to_owned(),
        variables: variables.iter().map(|(key, value)| (key.clone(), value.written())).collect(),
    };
    Desired { release, version: version.clone(), variables }
}
