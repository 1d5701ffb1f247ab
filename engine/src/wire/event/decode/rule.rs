//! Rules of a policy and their members (SEMANTICS 2.5).

use serde_json::Number;

use crate::base::json::Json;
use crate::base::number::double;
use crate::model::{
    AnyApproval, BackoffStrategy, ConcurrencyLimit, DeploymentDependency, DeploymentWindow,
    EnvironmentProgression, GradualRollout, JobStatus, PolicyRule, Retry, RolloutType,
    StopOnFailure, VersionCooldown, VersionSelector,
};
use crate::wire::event::decode::selector;
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};

/// Members that are stored without effect.
const INERT: [&str; 3] = ["rollback", "verification", "planValidationOpa"];

pub(super) fn policy_rule(node: Node<'_>) -> Result<PolicyRule> {
    let fields = node.fields()?;
    let inert = INERT.into_iter().filter_map(|name| Some((name.to_owned(), fields.any(name)?)));
    Ok(PolicyRule {
        // What it is then called, the dialect says.
        id: fields.text("id"),
        policy_id: fields.maybe_text("policyId"),
        created_at: fields.created_at(),
        any_approval: fields.optional("anyApproval", any_approval),
        environment_progression: fields.optional("environmentProgression", environment_progression),
        gradual_rollout: fields.optional("gradualRollout", gradual_rollout),
        version_selector: fields.optional("versionSelector", version_selector),
        deployment_dependency: fields.optional("deploymentDependency", deployment_dependency),
        deployment_window: fields.optional("deploymentWindow", deployment_window),
        version_cooldown: fields.optional("versionCooldown", version_cooldown),
        concurrency_limit: fields.optional("concurrencyLimit", concurrency_limit),
        retry: fields.optional("retry", retry),
        inert: inert.collect(),
    })
}

pub(super) fn any_approval(node: Node<'_>) -> Result<AnyApproval> {
    let min_approvals = node.fields()?.stated("minApprovals", Node::int32);
    Ok(AnyApproval { min_approvals })
}

pub(super) fn environment_progression(node: Node<'_>) -> Result<EnvironmentProgression> {
    let fields = node.fields()?;
    let soak = fields.optional("minimumSoakTimeMinutes", Node::int32);
    // The spelling that ctrlplane's API has.
    let sock = fields.optional("minimumSockTimeMinutes", Node::int32);
    Ok(EnvironmentProgression {
        depends_on_environment_selector: selector::required(
            &fields,
            "dependsOnEnvironmentSelector",
        ),
        minimum_success: fields.or_default("minimumSuccessPercentage", percentage),
        success_statuses: fields.optional("successStatuses", statuses),
        minimum_soak_time_minutes: soak.or(sock).unwrap_or(0),
        maximum_age_hours: fields.or_default("maximumAgeHours", Node::int32),
        require_verification_passed: fields.or_default("requireVerificationPassed", Node::flag),
    })
}

fn statuses(node: Node<'_>) -> Result<Vec<JobStatus>> {
    node.list(Node::named)
}

/// A percentage as millionths of a percent.
fn percentage(node: Node<'_>) -> Result<u64> {
    node.expects("number from 0 to 100");
    let Json::Number(number) = node.value else {
        return Err(node.fail(ErrorClass::Malformed, "a number from 0 to 100"));
    };
    if !(0.0..=100.0).contains(&double(number)) {
        return Err(node.fail(ErrorClass::InvalidValue, "a number from 0 to 100"));
    }
    Ok(millionths(number))
}

/// A number in `0..=100` times 10^6, rounded half up, by its decimal digits: the double may lie on
/// the other side of a half.
fn millionths(number: &Number) -> u64 {
    let text = number.to_string().to_ascii_lowercase();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit);
    let whole = whole.bytes().filter(u8::is_ascii_digit).count();
    // An exponent that no integer holds leaves a number in range only if all digits are zero or it
    // is far below a millionth.
    let exponent = exponent.parse().unwrap_or(i64::MIN);
    let kept = i64::try_from(whole).unwrap_or(i64::MAX).saturating_add(exponent).saturating_add(6);
    if kept < 0 || digits().all(|digit| digit == b'0') {
        return 0;
    }
    let kept = usize::try_from(kept).unwrap_or(usize::MAX);
    let value = |digit: u8| u64::from(digit - b'0');
    // In range, at most nine significant digits are kept; the zeros before them add nothing.
    let mut significant = digits().skip_while(|&digit| digit == b'0').peekable();
    let zeros = digits().take_while(|&digit| digit == b'0').count();
    let mut sum = 0;
    for _ in zeros..kept {
        sum = sum * 10 + significant.next().map_or(0, value);
    }
    let next = if kept < zeros { 0 } else { significant.next().map_or(0, value) };
    sum + u64::from(next >= 5)
}

fn gradual_rollout(node: Node<'_>) -> Result<GradualRollout> {
    let fields = node.fields()?;
    Ok(GradualRollout {
        time_scale_interval: fields.stated("timeScaleInterval", |node| node.int32_from(0)),
        rollout_type: fields.named_or("rolloutType", RolloutType::Linear),
    })
}

fn version_selector(node: Node<'_>) -> Result<VersionSelector> {
    let fields = node.fields()?;
    Ok(VersionSelector {
        selector: selector::required(&fields, "selector"),
        description: fields.maybe_text("description"),
    })
}

fn deployment_dependency(node: Node<'_>) -> Result<DeploymentDependency> {
    let depends_on = node.fields()?.stated("dependsOn", Node::text);
    Ok(DeploymentDependency { depends_on })
}

fn deployment_window(node: Node<'_>) -> Result<DeploymentWindow> {
    let fields = node.fields()?;
    let minutes = fields.stated("durationMinutes", |node| node.int32_from(1));
    Ok(window(&fields, minutes, "allowWindow"))
}

/// A window of so many minutes; what says whether it allows has two names.
pub(super) fn window(
    fields: &Fields<'_>,
    duration_minutes: i32,
    allow: &'static str,
) -> DeploymentWindow {
    let timezone = fields.maybe_text("timezone").filter(|zone| !zone.is_empty());
    DeploymentWindow {
        rrule: fields.required_text("rrule"),
        duration_minutes,
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        allow_window: fields.optional(allow, Node::flag).unwrap_or(true),
    }
}

fn version_cooldown(node: Node<'_>) -> Result<VersionCooldown> {
    let interval_seconds = node.fields()?.stated("intervalSeconds", |node| node.int32_from(0));
    Ok(VersionCooldown { interval_seconds })
}

fn concurrency_limit(node: Node<'_>) -> Result<ConcurrencyLimit> {
    let fields = node.fields()?;
    Ok(ConcurrencyLimit {
        max: fields.stated("max", |node| node.int32_from(1)),
        per: fields.named("per"),
        stop_on_failure: fields.optional("stopOnFailure", stop_on_failure),
    })
}

fn stop_on_failure(node: Node<'_>) -> Result<StopOnFailure> {
    let fields = node.fields()?;
    let percent = |node: Node<'_>| node.int32_within(1..=100);
    Ok(StopOnFailure {
        failures: fields.stated("failures", |node| node.int32_from(1)),
        within_percent: fields.optional("withinPercent", percent).unwrap_or(100),
    })
}

pub(super) fn retry(node: Node<'_>) -> Result<Retry> {
    let fields = node.fields()?;
    Ok(Retry {
        max_retries: fields.stated("maxRetries", |node| node.int32_from(0)),
        retry_on_statuses: fields.or_default("retryOnStatuses", statuses),
        backoff_seconds: fields.or_default("backoffSeconds", Node::int32),
        max_backoff_seconds: fields.or_default("maxBackoffSeconds", Node::int32),
        backoff_strategy: fields.named_or("backoffStrategy", BackoffStrategy::Linear),
    })
}
