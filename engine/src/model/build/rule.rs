//! Rules of policies, made by hand.
//!
//! Durations are kept in the unit that documents write them in, seconds, minutes or hours: parts of
//! a unit are cut off, and what no document could say becomes the most that it can.

use std::time::Duration;

use crate::model::{
    AnyApproval, BackoffStrategy, ConcurrencyLimit, DeploymentDependency, DeploymentWindow,
    EnvironmentProgression, GradualRollout, JobStatus, LimitScope, PolicyRule, Retry, RolloutType,
    SelectorSource, StopOnFailure, VersionCooldown, VersionSelector,
};

impl PolicyRule {
    /// A rule without members, which checks nothing.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// So many users must approve.
    #[must_use]
    pub fn any_approval(mut self, min_approvals: i32) -> Self {
        self.any_approval = Some(AnyApproval { min_approvals });
        self
    }

    /// Success in other environments first.
    #[must_use]
    pub fn environment_progression(mut self, progression: EnvironmentProgression) -> Self {
        self.environment_progression = Some(progression);
        self
    }

    /// One target after another.
    #[must_use]
    pub fn gradual_rollout(mut self, rollout: GradualRollout) -> Self {
        self.gradual_rollout = Some(rollout);
        self
    }

    /// Only versions that are selected, by CEL text or JSON condition.
    #[must_use]
    pub fn version_selector(mut self, selector: impl Into<SelectorSource>) -> Self {
        let selector = selector.into();
        self.version_selector = Some(VersionSelector { selector, description: None });
        self
    }

    /// Only where the resource runs something that the CEL text selects.
    #[must_use]
    pub fn deployment_dependency(mut self, depends_on: impl Into<String>) -> Self {
        self.deployment_dependency = Some(DeploymentDependency { depends_on: depends_on.into() });
        self
    }

    /// Only inside, or outside, the occurrences of a recurrence.
    #[must_use]
    pub fn deployment_window(mut self, window: DeploymentWindow) -> Self {
        self.deployment_window = Some(window);
        self
    }

    /// So much time between two versions on a target.
    #[must_use]
    pub fn version_cooldown(mut self, interval: Duration) -> Self {
        self.version_cooldown = Some(VersionCooldown { interval_seconds: units(interval, 1) });
        self
    }

    /// So many jobs at once, of the targets that share the limit.
    #[must_use]
    pub fn concurrency_limit(mut self, max: i32, per: LimitScope) -> Self {
        self.concurrency_limit =
            Some(ConcurrencyLimit { max: max.max(1), per, stop_on_failure: None });
        self
    }

    /// Under the limit on jobs, nothing of a version starts any more when it failed on so many of the
    /// targets on which it was tried first, those being so many percent of all. Without a limit
    /// nothing is stopped.
    #[must_use]
    pub fn stop_on_failure(mut self, failures: i32, within_percent: i32) -> Self {
        let (failures, within_percent) = (failures.max(1), within_percent.clamp(1, 100));
        if let Some(limit) = &mut self.concurrency_limit {
            limit.stop_on_failure = Some(StopOnFailure { failures, within_percent });
        }
        self
    }

    /// How often a release is attempted.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }
}

impl EnvironmentProgression {
    /// After one success in each of the environments that the selector selects.
    #[must_use]
    pub fn after(environments: impl Into<SelectorSource>) -> Self {
        Self {
            depends_on_environment_selector: environments.into(),
            minimum_success: 0,
            success_statuses: None,
            minimum_soak_time_minutes: 0,
            maximum_age_hours: 0,
            require_verification_passed: false,
        }
    }

    /// After so many percent of its targets succeeded, at most 100.
    #[must_use]
    pub fn success_percentage(mut self, percentage: u8) -> Self {
        self.minimum_success = u64::from(percentage.min(100)) * 1_000_000;
        self
    }

    /// So long after that; whole minutes.
    #[must_use]
    pub fn soak(mut self, time: Duration) -> Self {
        self.minimum_soak_time_minutes = units(time, 60);
        self
    }

    /// Successes older than that do not count; whole hours.
    #[must_use]
    pub fn maximum_age(mut self, time: Duration) -> Self {
        self.maximum_age_hours = units(time, 3_600);
        self
    }
}

impl GradualRollout {
    /// The next target so long after the one before; whole seconds.
    #[must_use]
    pub fn linear(interval: Duration) -> Self {
        Self { time_scale_interval: units(interval, 1), rollout_type: RolloutType::Linear }
    }

    /// All targets of an environment within a time; whole seconds.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self { time_scale_interval: units(time, 1), rollout_type: RolloutType::LinearNormalized }
    }
}

impl DeploymentWindow {
    /// Only inside the occurrences of an RFC 5545 rule, each so long; whole minutes, at least one.
    #[must_use]
    pub fn allow(rrule: impl Into<String>, duration: Duration) -> Self {
        Self {
            rrule: rrule.into(),
            duration_minutes: units(duration, 60).max(1),
            timezone: "UTC".to_owned(),
            allow_window: true,
        }
    }

    /// Only outside of them.
    #[must_use]
    pub fn deny(rrule: impl Into<String>, duration: Duration) -> Self {
        Self { allow_window: false, ..Self::allow(rrule, duration) }
    }

    /// Reads the rule on the wall clock of an IANA time zone, such as `Europe/Berlin`.
    #[must_use]
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = timezone.into();
        self
    }
}

impl Retry {
    /// Tries again so many times.
    #[must_use]
    pub fn times(max_retries: u16) -> Self {
        Self {
            max_retries: i32::from(max_retries),
            retry_on_statuses: Vec::new(),
            backoff_seconds: 0,
            max_backoff_seconds: 0,
            backoff_strategy: BackoffStrategy::Linear,
        }
    }

    /// Counts only jobs that end so.
    #[must_use]
    pub fn on(mut self, statuses: impl IntoIterator<Item = JobStatus>) -> Self {
        self.retry_on_statuses = statuses.into_iter().collect();
        self
    }

    /// Waits so long between two attempts; whole seconds.
    #[must_use]
    pub fn backoff(mut self, delay: Duration) -> Self {
        self.backoff_seconds = units(delay, 1);
        self
    }

    /// Doubles the delay with every attempt, up to a most; zero: no cap.
    #[must_use]
    pub fn doubling(mut self, most: Duration) -> Self {
        self.backoff_strategy = BackoffStrategy::Exponential;
        self.max_backoff_seconds = units(most, 1);
        self
    }
}

/// A duration in whole units of so many seconds.
fn units(duration: Duration, seconds: u64) -> i32 {
    i32::try_from(duration.as_secs() / seconds).unwrap_or(i32::MAX)
}
