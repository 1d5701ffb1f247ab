//! The policies of preset fleets, and the variables of those with every kind of rule.
//!
//! Vocabulary: the *reported* policies are the two of the problem report; with *every* kind of rule
//! there are ten policies with twenty rules, and ten variables per deployment.
//!
//! With every kind of rule, environments depend on each other: what is called `env-5` to `env-9` waits
//! until the resource runs the version line elsewhere, `env-15` to `env-19` until `env-0` to `env-4`
//! have the version and have soaked. All others take a version as under the reported policies alone.

use serde_json::json;

use super::FleetShape;
use crate::base::json::{Json, StringMap};
use crate::base::time::SimTime;
use crate::model::{
    AnyApproval, BackoffStrategy, DeploymentDependency, DeploymentVariable,
    DeploymentVariableValue, DeploymentWindow, EnvironmentProgression, GradualRollout, JobStatus,
    Policy, PolicyRule, PolicyScope, PolicyTargetSelector, ResourceVariable, Retry, RolloutType,
    SelectorSource, Value, VersionCooldown, VersionSelector,
};
use crate::wire::event::Entity;

/// Which rules a preset fleet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rules {
    /// No policies.
    None,
    /// The two policies of the problem report: approval where an environment's name starts with
    /// `env-1`, and gradual rollout everywhere.
    Reported,
    /// Ten policies with rules of every kind, and ten variables per deployment.
    Every,
}

/// Seconds over which a version reaches a whole cohort.
const ROLLOUT_SECONDS: i32 = 86_400;
/// Variables of each deployment.
const VARIABLES: u32 = 10;

/// The policies of a shape.
pub(super) fn policies(shape: FleetShape, now: SimTime) -> Vec<Policy> {
    match shape.rules {
        Rules::None => Vec::new(),
        Rules::Reported => vec![approval(now), gradual_rollout(now)],
        Rules::Every => every(shape, now),
    }
}

/// One approval, where the environment's name starts with `env-1`.
fn approval(now: SimTime) -> Policy {
    let rule = PolicyRule { any_approval: Some(approvals(1)), ..rule("approval-rule", now) };
    policy("approval", environments("environment.name.startsWith('env-1')"), vec![rule], now)
}

/// One target of a cohort after another, everywhere, a day for each cohort whatever its size.
fn gradual_rollout(now: SimTime) -> Policy {
    let rollout = GradualRollout {
        time_scale_interval: ROLLOUT_SECONDS,
        rollout_type: RolloutType::LinearNormalized,
    };
    let rule = PolicyRule { gradual_rollout: Some(rollout), ..rule("gradual-rollout-rule", now) };
    policy("gradual-rollout", everywhere(), vec![rule], now)
}

fn every(shape: FleetShape, now: SimTime) -> Vec<Policy> {
    let numbered = |policy: &str, members: Vec<PolicyRule>| -> Vec<PolicyRule> {
        let named = members.into_iter().zip(1..).map(|(member, number)| PolicyRule {
            id: format!("{policy}-rule-{number}"),
            created_at: now,
            ..member
        });
        named.collect()
    };
    let made = |id: &str, scope: PolicyScope, members: Vec<PolicyRule>| {
        policy(id, scope, numbered(id, members), now)
    };
    vec![
        approval(now),
        gradual_rollout(now),
        made("linear-rollout", everywhere(), vec![linear_rollout(shape)]),
        made(
            "progression",
            environments("environment.name.matches('^env-1[5-9]$')"),
            vec![progression(50, 30, None), progression(0, 0, Some(JobStatus::Skipped))],
        ),
        made(
            "version-selector",
            everywhere(),
            vec![
                version_selector("version.tag.startsWith('v1.')"),
                version_selector("!version.tag.contains('-rc') || environment.name == 'env-0'"),
                version_selector(
                    "resource.metadata.zone != 'zone-9' || version.tag.endsWith('.0')",
                ),
            ],
        ),
        made("cooldown", everywhere(), vec![cooldown(3_600), cooldown(600)]),
        made(
            "window",
            everywhere(),
            vec![
                window("FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0", 1_440, true),
                window("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;BYHOUR=23;BYMINUTE=59", 1, false),
            ],
        ),
        made(
            "dependency",
            environments("environment.name.matches('^env-[5-9]$')"),
            vec![
                dependency("version.tag.startsWith('v1.')"),
                dependency("deployment.name.startsWith('deployment-') && version.tag != ''"),
            ],
        ),
        made(
            "retry",
            everywhere(),
            vec![retry(3, &[], BackoffStrategy::Exponential), {
                let statuses = [JobStatus::Failure, JobStatus::ExternalRunNotFound];
                retry(5, &statuses, BackoffStrategy::Linear)
            }],
        ),
        made(
            "strict",
            PolicyScope::Expression(
                "environment.name == 'env-19' && resource.metadata.zone == 'zone-4'".to_owned(),
            ),
            vec![
                PolicyRule { any_approval: Some(approvals(2)), ..PolicyRule::default() },
                PolicyRule { any_approval: Some(approvals(0)), ..PolicyRule::default() },
                retry(1, &[], BackoffStrategy::Linear),
                version_selector("deployment.slug != '' && version.name != ''"),
            ],
        ),
    ]
}

const fn approvals(min_approvals: i32) -> AnyApproval {
    AnyApproval { min_approvals }
}

/// As long as the other rollout, by an interval between targets.
fn linear_rollout(shape: FleetShape) -> PolicyRule {
    let cohorts = u64::from(shape.environments.max(1));
    let cohort = shape.targets_per_deployment().div_ceil(cohorts).max(1);
    let cohort = i32::try_from(cohort).unwrap_or(i32::MAX);
    PolicyRule {
        gradual_rollout: Some(GradualRollout {
            time_scale_interval: (ROLLOUT_SECONDS / cohort).max(1),
            rollout_type: RolloutType::Linear,
        }),
        ..PolicyRule::default()
    }
}

fn progression(percent: u64, soak_minutes: i32, further: Option<JobStatus>) -> PolicyRule {
    let upstream = "environment.name.matches('^env-[0-4]$')";
    PolicyRule {
        environment_progression: Some(EnvironmentProgression {
            depends_on_environment_selector: SelectorSource::cel(upstream),
            minimum_success: percent * 1_000_000,
            success_statuses: further.map(|status| vec![JobStatus::Successful, status]),
            minimum_soak_time_minutes: soak_minutes,
            maximum_age_hours: 0,
            require_verification_passed: false,
        }),
        ..PolicyRule::default()
    }
}

fn version_selector(text: &str) -> PolicyRule {
    let selector = VersionSelector { selector: SelectorSource::cel(text), description: None };
    PolicyRule { version_selector: Some(selector), ..PolicyRule::default() }
}

fn cooldown(interval_seconds: i32) -> PolicyRule {
    let cooldown = VersionCooldown { interval_seconds };
    PolicyRule { version_cooldown: Some(cooldown), ..PolicyRule::default() }
}

fn window(rrule: &str, duration_minutes: i32, allow_window: bool) -> PolicyRule {
    let (rrule, timezone) = (rrule.to_owned(), "UTC".to_owned());
    let window = DeploymentWindow { rrule, duration_minutes, timezone, allow_window };
    PolicyRule { deployment_window: Some(window), ..PolicyRule::default() }
}

fn dependency(text: &str) -> PolicyRule {
    let dependency = DeploymentDependency { depends_on: text.to_owned() };
    PolicyRule { deployment_dependency: Some(dependency), ..PolicyRule::default() }
}

fn retry(max_retries: i32, statuses: &[JobStatus], strategy: BackoffStrategy) -> PolicyRule {
    let retry = Retry {
        max_retries,
        retry_on_statuses: statuses.to_vec(),
        backoff_seconds: 60,
        max_backoff_seconds: 3_600,
        backoff_strategy: strategy,
    };
    PolicyRule { retry: Some(retry), ..PolicyRule::default() }
}

fn everywhere() -> PolicyScope {
    PolicyScope::Selectors(vec![PolicyTargetSelector::default()])
}

fn environments(text: &str) -> PolicyScope {
    let environment_selector = Some(SelectorSource::cel(text));
    PolicyScope::Selectors(vec![PolicyTargetSelector {
        environment_selector,
        ..PolicyTargetSelector::default()
    }])
}

fn rule(id: &str, now: SimTime) -> PolicyRule {
    PolicyRule { id: id.to_owned(), created_at: now, ..PolicyRule::default() }
}

fn policy(id: &str, scope: PolicyScope, rules: Vec<PolicyRule>, now: SimTime) -> Policy {
    Policy {
        id: id.to_owned(),
        name: id.to_owned(),
        workspace_id: String::new(),
        description: None,
        priority: 0,
        enabled: Some(true),
        metadata: StringMap::new(),
        created_at: now,
        rules,
        scope,
    }
}

/// The variables of a deployment and their values: literals for all and for some resources, defaults,
/// and a name that comes from a related resource.
pub(super) fn variables(deployment: &str) -> Vec<Entity> {
    let mut entities = Vec::new();
    for number in 0..VARIABLES {
        let id = format!("{deployment}-variable-{number}");
        entities.push(Entity::DeploymentVariable(DeploymentVariable {
            id: id.clone(),
            deployment_id: deployment.to_owned(),
            key: key(number),
            description: None,
            default_value: Some(json!(format!("default-{number}"))),
        }));
        let mut value = |priority: i64, value: Value, selector: Option<String>| {
            entities.push(Entity::DeploymentVariableValue(DeploymentVariableValue {
                id: format!("{id}-value-{priority}"),
                deployment_variable_id: id.clone(),
                priority,
                value,
                resource_selector: selector.map(SelectorSource::cel),
            }));
        };
        match number {
            0..3 => {} // the default, and for the first what some resources say
            3..5 => value(0, literal(json!(number)), None),
            5..9 => {
                let zone = |zone| Some(format!("resource.metadata.zone == 'zone-{zone}'"));
                value(2, literal(json!({ "number": number, "own": true })), zone(number));
                value(1, literal(json!(f64::from(number) / 2.0)), zone(number - 5));
            }
            _ => {
                let path = vec!["metadata".to_owned(), "zone".to_owned()];
                let reference = "same-region".to_owned();
                value(0, Value::Reference { reference, path }, None);
            }
        }
    }
    entities
}

/// What every hundredth resource says of the first variable itself.
pub(super) fn resource_variable(resource: &str, position: u32) -> Option<Entity> {
    position
        .is_multiple_of(100)
        .then(|| ResourceVariable::new(resource, key(0), json!(position % 1_000)).into())
}

fn key(number: u32) -> String {
    format!("variable-{number}")
}

const fn literal(value: Json) -> Value {
    Value::Literal(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_rule_is_there() {
        let shape = FleetShape { rules: Rules::Every, ..FleetShape::production(100) };
        let policies = policies(shape, SimTime(0));
        assert_eq!(policies.len(), 10);
        let rules: Vec<&PolicyRule> = policies.iter().flat_map(|policy| &policy.rules).collect();
        assert_eq!(rules.len(), 20);
        for (kind, count) in [
            ("approval", rules.iter().filter(|it| it.any_approval.is_some()).count()),
            ("progression", rules.iter().filter(|it| it.environment_progression.is_some()).count()),
            ("rollout", rules.iter().filter(|it| it.gradual_rollout.is_some()).count()),
            ("version selector", rules.iter().filter(|it| it.version_selector.is_some()).count()),
            ("dependency", rules.iter().filter(|it| it.deployment_dependency.is_some()).count()),
            ("window", rules.iter().filter(|it| it.deployment_window.is_some()).count()),
            ("cooldown", rules.iter().filter(|it| it.version_cooldown.is_some()).count()),
            ("retry", rules.iter().filter(|it| it.retry.is_some()).count()),
        ] {
            assert!(count >= 2, "{kind}");
        }
        let variables = variables("deployment-00");
        let declared = variables.iter().filter(|it| matches!(it, Entity::DeploymentVariable(_)));
        assert_eq!(declared.count(), 10);
    }
}
