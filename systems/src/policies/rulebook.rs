//! The rule book: every policy's checks, compiled once when the policy changes.

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::catalogue::Stock;
use shakedown_engine::entity::{Policy, PolicyRule, Retry, RolloutType};
use shakedown_engine::ids::PolicyIx;
use shakedown_engine::ingest::Changes;

/// One check that a rule member yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// Enough approvals.
    Approval {
        /// How many.
        minimum: i32,
    },
    /// The target's slot is open.
    Rollout {
        /// Seconds.
        interval: u32,
        /// How a position becomes an offset.
        rollout_type: RolloutType,
    },
}

/// The checks of one policy.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Orders reports: higher first.
    pub priority: i64,
    /// Planner checks, rules in list order, members in the order of SEMANTICS 8.0.
    pub checks: Vec<Check>,
    /// Retry rules, in list order.
    pub retries: Vec<Retry>,
}

/// All enabled policies by index.
#[derive(Debug, Default, Resource)]
pub struct RuleBook {
    entries: Vec<Option<Entry>>,
}

impl RuleBook {
    /// The checks of a policy; `None` when it does not exist or is disabled.
    #[must_use]
    pub fn get(&self, policy: PolicyIx) -> Option<&Entry> {
        self.entries.get(policy.slot())?.as_ref()
    }

    /// Compiles a policy anew; disabled and deleted ones have no entry.
    pub fn set(&mut self, ix: PolicyIx, policy: Option<&Policy>) {
        if self.entries.len() <= ix.slot() {
            self.entries.resize_with(ix.slot() + 1, || None);
        }
        self.entries[ix.slot()] = policy.filter(|policy| policy.enabled).map(compile);
    }
}

/// Policies phase: compiles the policies that changed.
pub fn refresh_rulebook(
    changes: Res<Changes>,
    policies: Stock<Policy>,
    mut book: ResMut<RuleBook>,
) {
    for &ix in &changes.policies {
        book.set(ix, policies.get(ix));
    }
}

fn compile(policy: &Policy) -> Entry {
    Entry {
        id: policy.id.clone(),
        priority: policy.priority,
        checks: policy.rules.iter().flat_map(checks_of).collect(),
        retries: policy.rules.iter().filter_map(|rule| rule.retry.clone()).collect(),
    }
}

fn checks_of(rule: &PolicyRule) -> impl Iterator<Item = Check> {
    let approval =
        rule.any_approval.as_ref().map(|it| Check::Approval { minimum: it.min_approvals });
    let rollout = rule.gradual_rollout.as_ref().map(|it| Check::Rollout {
        interval: it.time_scale_interval.unsigned_abs(),
        rollout_type: it.rollout_type,
    });
    approval.into_iter().chain(rollout)
}
