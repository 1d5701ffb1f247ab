//! The policies that hold a version which the rules of a preset would let go: one for each kind of rule,
//! in an environment of its own, so that how many targets it holds is known.
//!
//! They are enabled for the measured version alone. Rollouts and progressions of the preset hold by
//! themselves; retries hold no new release, since none of its jobs has failed.

use shakedown_engine::base::json::StringMap;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{
    AnyApproval, DeploymentDependency, DeploymentWindow, Policy, PolicyRule, PolicyScope,
    PolicyTargetSelector, SelectorSource, VersionCooldown, VersionSelector,
};
use shakedown_engine::preset::START;

/// What holds, the position of the environment in which it does, and the rule.
const HOLDING: [(Reason, usize, fn(&str) -> PolicyRule); 5] = [
    (Reason::ApprovalNotEnough, 2, approval),
    (Reason::WindowDenied, 3, window),
    (Reason::CooldownWaiting, 4, cooldown),
    (Reason::VersionSelectorNoMatch, 10, version_selector),
    (Reason::DependencyUnmet, 11, dependency),
];

/// The reasons for which targets are held, each with the environment in which all are; environments that
/// are not there hold nobody.
pub(crate) fn held(environments: &[String]) -> impl Iterator<Item = (Reason, &str)> {
    let held = HOLDING.iter().map(|&(reason, position, _)| (reason, environments.get(position)));
    held.filter_map(|(reason, environment)| Some((reason, environment?.as_str())))
}

/// The policies of a deployment that hold its version with this tag, or, without one, hold nothing.
pub(crate) fn policies(
    deployment: &str,
    environments: &[String],
    tag: Option<&str>,
) -> Vec<Policy> {
    let rules = HOLDING.iter().filter_map(|&(reason, position, rule)| {
        let id = format!("{deployment}-{}", reason.code());
        let rule = PolicyRule {
            id: format!("{id}-rule"),
            created_at: START,
            ..rule(tag.unwrap_or_default())
        };
        Some(policy(id, deployment, environments.get(position)?, rule, tag.is_some()))
    });
    rules.collect()
}

fn policy(
    id: String,
    deployment: &str,
    environment: &str,
    rule: PolicyRule,
    enabled: bool,
) -> Policy {
    let selector = PolicyTargetSelector {
        deployment_selector: Some(SelectorSource::cel(format!("deployment.id == '{deployment}'"))),
        environment_selector: Some(SelectorSource::cel(format!(
            "environment.id == '{environment}'"
        ))),
        ..PolicyTargetSelector::default()
    };
    Policy {
        name: id.clone(),
        id,
        workspace_id: String::new(),
        description: None,
        priority: 0,
        enabled: Some(enabled),
        metadata: StringMap::new(),
        created_at: START,
        rules: vec![rule],
        scope: PolicyScope::Selectors(vec![selector]),
    }
}

/// More approvals than a version gets.
fn approval(_: &str) -> PolicyRule {
    let approval = AnyApproval { min_approvals: 1_000 };
    PolicyRule { any_approval: Some(approval), ..PolicyRule::default() }
}

/// Denied from midnight to midnight.
fn window(_: &str) -> PolicyRule {
    let window = DeploymentWindow {
        rrule: "FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0".to_owned(),
        duration_minutes: 1_440,
        timezone: "UTC".to_owned(),
        allow_window: false,
    };
    PolicyRule { deployment_window: Some(window), ..PolicyRule::default() }
}

/// Longer than any two versions are apart.
fn cooldown(_: &str) -> PolicyRule {
    let cooldown = VersionCooldown { interval_seconds: i32::MAX };
    PolicyRule { version_cooldown: Some(cooldown), ..PolicyRule::default() }
}

/// Selects every other version.
fn version_selector(tag: &str) -> PolicyRule {
    let selector = SelectorSource::cel(format!("version.tag != '{tag}'"));
    let selector = VersionSelector { selector, description: None };
    PolicyRule { version_selector: Some(selector), ..PolicyRule::default() }
}

/// Depends on a version that nobody runs, and holds older versions likewise.
fn dependency(_: &str) -> PolicyRule {
    let dependency = DeploymentDependency { depends_on: "version.tag == 'none'".to_owned() };
    PolicyRule { deployment_dependency: Some(dependency), ..PolicyRule::default() }
}
