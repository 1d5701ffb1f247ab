//! What the policies of a workspace ask of a version before all of a deployment may have it.

use bevy_ecs::world::World;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::model::{Policy, RolloutType};

use crate::Density;

/// Rollouts that would take longer count as this many seconds, 30 days, so that the clock stays in
/// range however long one measures.
const LONGEST: i64 = 30 * 86_400;

/// The most that any enabled policy asks for, whether or not it applies to the deployment.
///
/// For presets, where one policy of each kind exists, this is exactly what each cohort needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demands {
    /// Approvals in each environment.
    pub approvals: u32,
    /// Seconds from the start of a rollout until a whole cohort is due.
    pub rollout_seconds: i64,
    /// Seconds from the last success upstream until a version may go on.
    pub soak_seconds: i64,
}

impl Demands {
    /// Reads the policies of a world, for a deployment whose largest cohort has so many targets.
    #[must_use]
    pub fn of(world: &World, largest_cohort: u32) -> Self {
        let policies = items::<Policy>(world).map(|(_, policy)| policy);
        let mut demands = Self::default();
        for rule in
            policies.filter(|policy| policy.enabled == Some(true)).flat_map(|policy| &policy.rules)
        {
            if let Some(approval) = &rule.any_approval {
                let wanted = u32::try_from(approval.min_approvals).unwrap_or(0);
                demands.approvals = demands.approvals.max(wanted);
            }
            if let Some(progression) = &rule.environment_progression {
                let seconds = i64::from(progression.minimum_soak_time_minutes) * 60;
                demands.soak_seconds = demands.soak_seconds.max(seconds);
            }
            if let Some(rollout) = &rule.gradual_rollout {
                let interval = i64::from(rollout.time_scale_interval);
                let seconds = match rollout.rollout_type {
                    RolloutType::LinearNormalized => interval,
                    RolloutType::Linear => interval.saturating_mul(i64::from(largest_cohort)),
                };
                demands.rollout_seconds = demands.rollout_seconds.max(seconds.min(LONGEST));
            }
        }
        demands
    }

    /// Seconds that a rollout has been going on when a cohort is as far as `density` says.
    ///
    /// Of a rollout whose slots divide the interval among the cohort, exactly half of the cohort is
    /// due (rounded up) in the last second of the first half.
    #[must_use]
    pub const fn seconds_since_start(self, density: Density) -> i64 {
        match density {
            Density::Gate => 0,
            Density::Half if self.rollout_seconds == 0 => 0,
            Density::Half => self.rollout_seconds / 2 - 1,
            Density::All => self.rollout_seconds,
        }
    }
}
