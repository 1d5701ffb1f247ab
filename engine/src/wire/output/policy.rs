//! Output of policies and their rules.

use super::{Output, label};
use crate::base::json::Json;
use crate::model::{
    ConcurrencyLimit, EnvironmentProgression, GradualRollout, Policy, PolicyRule, PolicyScope,
    PolicyTargetSelector, Retry,
};

/// Millionths of a percent in a percent.
const MILLIONTHS: u64 = 1_000_000;

impl Policy {
    /// The entity as JSON, in the form (`selectors` or `selector`) in which it was sent.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let output = Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("workspaceId", &self.workspace_id)
            .maybe_text("description", self.description.as_ref())
            .put("priority", self.priority)
            .maybe("enabled", self.enabled)
            .labels("metadata", &self.metadata)
            .time("createdAt", self.created_at)
            .list("rules", &self.rules, PolicyRule::to_json);
        match &self.scope {
            PolicyScope::Selectors(selectors) => {
                output.list("selectors", selectors, PolicyTargetSelector::to_json)
            }
            PolicyScope::Expression(text) => output.text("selector", text),
        }
        .done()
    }
}

impl PolicyTargetSelector {
    fn to_json(&self) -> Json {
        Output::default()
            .maybe_text("id", self.id.as_ref())
            .selector("deploymentSelector", self.deployment_selector.as_ref())
            .selector("environmentSelector", self.environment_selector.as_ref())
            .selector("resourceSelector", self.resource_selector.as_ref())
            .done()
    }
}

impl PolicyRule {
    /// The rule as JSON, its members under their names.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let rule = Output(self.inert.clone())
            .text("id", &self.id)
            .maybe_text("policyId", self.policy_id.as_ref())
            .time("createdAt", self.created_at);
        rule.maybe(
            "anyApproval",
            self.any_approval
                .as_ref()
                .map(|member| Output::default().put("minApprovals", member.min_approvals).done()),
        )
        .maybe(
            "environmentProgression",
            self.environment_progression.as_ref().map(EnvironmentProgression::to_json),
        )
        .maybe("gradualRollout", self.gradual_rollout.as_ref().map(GradualRollout::to_json))
        .maybe(
            "versionSelector",
            self.version_selector.as_ref().map(|member| {
                Output::default()
                    .put("selector", member.selector.to_json())
                    .maybe_text("description", member.description.as_ref())
                    .done()
            }),
        )
        .maybe(
            "deploymentDependency",
            self.deployment_dependency
                .as_ref()
                .map(|member| Output::default().text("dependsOn", &member.depends_on).done()),
        )
        .maybe(
            "deploymentWindow",
            self.deployment_window.as_ref().map(|member| {
                Output::default()
                    .text("rrule", &member.rrule)
                    .put("durationMinutes", member.duration_minutes)
                    .text("timezone", &member.timezone)
                    .put("allowWindow", member.allow_window)
                    .done()
            }),
        )
        .maybe(
            "versionCooldown",
            self.version_cooldown.as_ref().map(|member| {
                Output::default().put("intervalSeconds", member.interval_seconds).done()
            }),
        )
        .maybe("concurrencyLimit", self.concurrency_limit.as_ref().map(ConcurrencyLimit::to_json))
        .maybe("retry", self.retry.as_ref().map(Retry::to_json))
        .done()
    }
}

impl EnvironmentProgression {
    fn to_json(&self) -> Json {
        let output = Output::default()
            .put("dependsOnEnvironmentSelector", self.depends_on_environment_selector.to_json())
            .maybe("minimumSuccessPercentage", percentage(self.minimum_success))
            .number_unless_zero("minimumSoakTimeMinutes", self.minimum_soak_time_minutes)
            .number_unless_zero("maximumAgeHours", self.maximum_age_hours)
            .put("requireVerificationPassed", self.require_verification_passed);
        match &self.success_statuses {
            Some(statuses) => output.list("successStatuses", statuses, label),
            None => output,
        }
        .done()
    }
}

/// Millionths of a percent as the shortest decimal number of percent; nothing for zero, which is
/// the same as absent.
fn percentage(millionths: u64) -> Option<Json> {
    let (whole, fraction) = (millionths / MILLIONTHS, millionths % MILLIONTHS);
    let digits = format!("{whole}.{fraction:06}");
    let shortest = digits.trim_end_matches('0').trim_end_matches('.');
    let number = shortest.parse().expect("digits with at most one point are a JSON number");
    (millionths != 0).then_some(Json::Number(number))
}

impl GradualRollout {
    fn to_json(&self) -> Json {
        Output::default()
            .put("timeScaleInterval", self.time_scale_interval)
            .text("rolloutType", self.rollout_type.name())
            .done()
    }
}

impl ConcurrencyLimit {
    fn to_json(&self) -> Json {
        let stop = self.stop_on_failure.map(|it| {
            let stop = Output::default().put("failures", it.failures);
            stop.put("withinPercent", it.within_percent).done()
        });
        let limit = Output::default().put("max", self.max).text("per", self.per.name());
        limit.maybe("stopOnFailure", stop).done()
    }
}

impl Retry {
    fn to_json(&self) -> Json {
        Output::default()
            .put("maxRetries", self.max_retries)
            .list_unless_empty("retryOnStatuses", &self.retry_on_statuses, label)
            .number_unless_zero("backoffSeconds", self.backoff_seconds)
            .number_unless_zero("maxBackoffSeconds", self.max_backoff_seconds)
            .text("backoffStrategy", self.backoff_strategy.name())
            .done()
    }
}
