//! Rules of a policy: each carries any number of members, each member is an independent check
//! (SEMANTICS 2.5).

use super::JobStatus;
use super::SelectorSource;
use crate::base::json::JsonMap;
use crate::base::time::SimTime;

/// One rule object; a rule without a known member yields no check.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyRule {
    /// Identity, named by skips.
    pub id: String,
    /// As sent, unchecked.
    pub policy_id: Option<String>,
    /// As sent, or the event's instant.
    pub created_at: SimTime,
    /// Minimum number of approvals.
    pub any_approval: Option<AnyApproval>,
    /// Success in other environments first.
    pub environment_progression: Option<EnvironmentProgression>,
    /// One target after another.
    pub gradual_rollout: Option<GradualRollout>,
    /// Which versions at all.
    pub version_selector: Option<VersionSelector>,
    /// What else must run on the resource.
    pub deployment_dependency: Option<DeploymentDependency>,
    /// When.
    pub deployment_window: Option<DeploymentWindow>,
    /// Minimum distance between versions.
    pub version_cooldown: Option<VersionCooldown>,
    /// How many jobs at once (eligibility).
    pub concurrency_limit: Option<ConcurrencyLimit>,
    /// How often a release is attempted (eligibility).
    pub retry: Option<Retry>,
    /// Members stored without effect (`rollback`, `verification`, `planValidationOpa`).
    pub inert: JsonMap,
}

/// Approval by a minimum number of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyApproval {
    /// Zero or less: no approval needed.
    pub min_approvals: i32,
}

/// Success in upstream environments, with soak and maximum age.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentProgression {
    /// Which environments of the same system are upstream.
    pub depends_on_environment_selector: SelectorSource,
    /// Millionths of a percent, `0..=100_000_000`; zero: at least one success.
    pub minimum_success: u64,
    /// Absent: only `successful`. An empty list: nothing is a success.
    pub success_statuses: Option<Vec<JobStatus>>,
    /// Minutes; zero or less: off.
    pub minimum_soak_time_minutes: i32,
    /// Hours; zero or less: off.
    pub maximum_age_hours: i32,
    /// Stored; verification is out of scope.
    pub require_verification_passed: bool,
}

/// One target after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradualRollout {
    /// Seconds, `>= 0`; zero: everyone at once.
    pub time_scale_interval: i32,
    /// How position becomes time.
    pub rollout_type: RolloutType,
}

super::status::named! {
    /// How a position in the cohort becomes an offset in time.
    RolloutType {
        /// Position times interval.
        Linear = "linear",
        /// The interval is divided among the cohort, whole seconds.
        LinearNormalized = "linear-normalized",
    }
}

/// Which versions may go out at all.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionSelector {
    /// Over version, environment, resource and deployment; an uncompilable one denies.
    pub selector: SelectorSource,
    /// A parameter of the reason.
    pub description: Option<String>,
}

/// What else must run on the same resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentDependency {
    /// CEL over the other target's deployment and released version; an uncompilable one denies.
    pub depends_on: String,
}

/// When deployments may happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentWindow {
    /// RFC 5545 recurrence rule.
    pub rrule: String,
    /// Minutes of elapsed time, `>= 1`.
    pub duration_minutes: i32,
    /// IANA name; `UTC` when absent.
    pub timezone: String,
    /// `true`: only inside; `false`: only outside.
    pub allow_window: bool,
}

/// Minimum distance between versions on a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCooldown {
    /// Seconds, `>= 0`.
    pub interval_seconds: i32,
}

/// How many jobs may be processing at once, of the targets that share the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrencyLimit {
    /// `>= 1`.
    pub max: i32,
    /// Which targets share it, of those that the policy applies to.
    pub per: LimitScope,
    /// When a version that fails stops.
    pub stop_on_failure: Option<StopOnFailure>,
}

/// After how many failures of a version nothing of it starts any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StopOnFailure {
    /// Targets on which it failed, `>= 1`.
    pub failures: i32,
    /// Of how many of its targets, those on which it was tried first, `1..=100`.
    pub within_percent: i32,
}

super::status::named! {
    /// Which targets share a concurrency limit.
    LimitScope {
        /// Those of an environment.
        Environment = "environment",
        /// Those of a deployment.
        Deployment = "deployment",
        /// Those of the deployments of a system.
        System = "system",
        /// All that the policy applies to.
        Selector = "selector",
    }
}

/// How often a release is attempted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// `>= 0`; N permits N + 1 counted jobs.
    pub max_retries: i32,
    /// Which statuses count; absent or empty: failure, invalidIntegration and invalidJobAgent, and with no
    /// retries successful, too.
    pub retry_on_statuses: Vec<JobStatus>,
    /// Seconds; zero or less: off.
    pub backoff_seconds: i32,
    /// Seconds; zero or less: no cap.
    pub max_backoff_seconds: i32,
    /// How the delay grows.
    pub backoff_strategy: BackoffStrategy,
}

super::status::named! {
    /// How the delay between attempts grows.
    BackoffStrategy {
        /// Always the same.
        Linear = "linear",
        /// Doubles with every counted job.
        Exponential = "exponential",
    }
}
