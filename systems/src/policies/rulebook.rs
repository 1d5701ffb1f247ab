//! The rule book: every policy's checks, compiled once when the policy changes.

use std::sync::Arc;

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{CompiledSelectors, Selections, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{Policy, PolicyRule, Resource, Retry, RolloutType, WaiverType};
use shakedown_engine::select::{Place, Selector, SelectorError};

use crate::dependency::compile_dependency;
use crate::progression::Progression;
use crate::window::Window;

/// One check that a rule member yields.
#[derive(Debug, Clone)]
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
    /// The version succeeded upstream.
    Progression(Box<Progression>),
    /// Deployments may happen now.
    Window(Box<Window>),
    /// The reference version is old enough.
    Cooldown {
        /// Seconds.
        interval: u32,
    },
    /// Something runs on the resource.
    Dependency(Result<Selector, SelectorError>),
    /// The version is selected.
    VersionSelector {
        /// Which versions.
        selector: Result<Selector, SelectorError>,
        /// What the rule's author says of them.
        description: Option<String>,
    },
}

impl Check {
    /// What a bypass calls it.
    #[must_use]
    pub const fn waiver_type(&self) -> WaiverType {
        match self {
            Self::Approval { .. } => WaiverType::Approval,
            Self::Rollout { .. } => WaiverType::GradualRollout,
            Self::Progression(_) => WaiverType::EnvironmentProgression,
            Self::Window(_) => WaiverType::DeploymentWindow,
            Self::Cooldown { .. } => WaiverType::VersionCooldown,
            Self::Dependency(_) => WaiverType::DeploymentDependency,
            Self::VersionSelector { .. } => WaiverType::VersionSelector,
        }
    }
}

/// A check and the rule it comes from.
#[derive(Debug, Clone)]
pub struct RuleCheck {
    /// The rule's id, named by skips.
    pub rule: Arc<str>,
    /// The check.
    pub check: Check,
}

/// A retry member and the rule it comes from.
#[derive(Debug, Clone)]
pub struct RuleRetry {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The member.
    pub retry: Retry,
}

/// The checks of one policy.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Orders reports: higher first.
    pub priority: i64,
    /// Planner checks, rules in list order, members in the order of SEMANTICS 8.0.
    pub checks: Vec<RuleCheck>,
    /// Retry rules, in list order.
    pub retries: Vec<RuleRetry>,
}

/// All enabled policies by index.
#[derive(Debug, Default, EcsResource)]
pub struct RuleBook {
    entries: Vec<Option<Entry>>,
}

impl RuleBook {
    /// The checks of a policy; `None` when it does not exist or is disabled.
    #[must_use]
    pub fn get(&self, policy: PolicyIx) -> Option<&Entry> {
        self.entries.get(policy.slot())?.as_ref()
    }

    /// The checks of all enabled policies.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let checks = self.entries.iter().flatten().flat_map(|entry| &entry.checks);
        checks.map(|it| &it.check)
    }

    /// Whether any enabled policy has a check like this.
    pub fn has(&self, wanted: impl FnMut(&Check) -> bool) -> bool {
        self.checks().any(wanted)
    }

    /// Makes every window quick to judge at `now`.
    pub fn turn_windows_to(&mut self, now: SimTime) {
        for entry in self.entries.iter_mut().flatten() {
            for RuleCheck { check, .. } in &mut entry.checks {
                if let Check::Window(window) = check {
                    window.turn_to(now);
                }
            }
        }
    }

    /// Compiles a policy anew; disabled and deleted ones have no entry.
    ///
    /// # Panics
    /// When a window cannot be unrolled, which ingest asked before the policy was stored.
    pub fn set(&mut self, ix: PolicyIx, policy: Option<&Policy>, compiled: &mut CompiledSelectors) {
        if self.entries.len() <= ix.slot() {
            self.entries.resize_with(ix.slot() + 1, || None);
        }
        let enabled = policy.filter(|policy| policy.enabled);
        self.entries[ix.slot()] = enabled.map(|policy| compile(policy, compiled));
    }
}

/// Policies phase: compiles the policies that changed, makes the columns that their version selectors
/// read, and unrolls windows that the clock left.
pub fn refresh_rulebook(
    changes: Res<Changes>,
    clock: Res<Clock>,
    policies: Stock<Policy>,
    resources: Stock<Resource>,
    mut selections: ResMut<Selections>,
    mut compiled: ResMut<CompiledSelectors>,
    mut book: ResMut<RuleBook>,
) {
    for &ix in &changes.policies {
        book.set(ix, policies.get(ix), &mut compiled);
        let checks = book.get(ix).map_or(&[][..], |entry| &entry.checks);
        let Selections { atoms, resources: table, .. } = &mut *selections;
        for RuleCheck { check, .. } in checks {
            if let Check::VersionSelector { selector: Ok(selector), .. } = check {
                selector.columns().iter().for_each(|path| table.ensure(atoms, path, &resources));
            }
        }
    }
    book.turn_windows_to(clock.0);
}

fn compile(policy: &Policy, compiled: &mut CompiledSelectors) -> Entry {
    let retries = policy.rules.iter().filter_map(|rule| {
        let retry = rule.retry.clone()?;
        Some(RuleRetry { rule: rule.id.as_str().into(), retry })
    });
    Entry {
        id: policy.id.clone(),
        priority: policy.priority,
        checks: policy.rules.iter().flat_map(|rule| checks_of(rule, compiled)).collect(),
        retries: retries.collect(),
    }
}

fn checks_of(
    rule: &PolicyRule,
    compiled: &mut CompiledSelectors,
) -> impl Iterator<Item = RuleCheck> + use<> {
    let id: Arc<str> = rule.id.as_str().into();
    let approval =
        rule.any_approval.as_ref().map(|it| Check::Approval { minimum: it.min_approvals });
    let rollout = rule.gradual_rollout.as_ref().map(|it| Check::Rollout {
        interval: it.time_scale_interval.unsigned_abs(),
        rollout_type: it.rollout_type,
    });
    let version_selector = rule.version_selector.as_ref().map(|it| Check::VersionSelector {
        selector: compiled.compile(&it.selector, Place::Version),
        description: it.description.clone(),
    });
    let progression = rule
        .environment_progression
        .as_ref()
        .map(|it| Check::Progression(Box::new(Progression::new(it))));
    let dependency = rule
        .deployment_dependency
        .as_ref()
        .map(|it| Check::Dependency(compile_dependency(&it.depends_on, compiled)));
    let window = rule.deployment_window.as_ref().map(|it| {
        let window = Window::new(it).expect("a policy's windows are checked before it is stored");
        Check::Window(Box::new(window))
    });
    let cooldown = rule
        .version_cooldown
        .as_ref()
        .map(|it| Check::Cooldown { interval: it.interval_seconds.unsigned_abs() });
    let checks = [approval, progression, rollout, version_selector, dependency, window, cooldown];
    checks.into_iter().flatten().map(move |check| RuleCheck { rule: Arc::clone(&id), check })
}
