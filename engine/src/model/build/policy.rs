//! Policies made by hand.

use super::catalogue::with;
use crate::base::time::SimTime;
use crate::model::{Policy, PolicyRule, PolicyScope, PolicyTargetSelector, SelectorSource};

impl Policy {
    /// A policy without rules that names no targets and does not say whether it is
    /// [`enabled`](Self::enabled): the dialect of the fleet decides what that means.
    ///
    /// ```
    /// use shakedown_engine::model::{Policy, PolicyRule};
    ///
    /// let signed = Policy::new("signed")
    ///     .enabled()
    ///     .select("environment.name == 'prod'")
    ///     .rule(PolicyRule::new("two-people").any_approval(2));
    /// assert!(signed.rules[0].any_approval.is_some());
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Its rules are checked.
    #[must_use]
    pub fn enabled(mut self) -> Self {
        self.enabled = Some(true);
        self
    }

    /// Its rules are not checked.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = Some(false);
        self
    }

    /// Applies to the targets that a CEL text over resource, deployment and environment selects,
    /// instead of what was said before.
    #[must_use]
    pub fn select(mut self, targets: impl Into<String>) -> Self {
        self.scope = PolicyScope::Expression(targets.into());
        self
    }

    /// Applies to what the selector matches, too; instead of a text, if one was set.
    #[must_use]
    pub fn target(mut self, selector: PolicyTargetSelector) -> Self {
        match &mut self.scope {
            PolicyScope::Selectors(selectors) => selectors.push(selector),
            PolicyScope::Expression(_) => self.scope = PolicyScope::Selectors(vec![selector]),
        }
        self
    }

    /// Sets the place in reports: higher first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: PolicyRule) -> Self {
        self.rules.push(rule);
        self
    }

    with!(name);
    with!(label);
    with!(created_at);
}

impl PolicyTargetSelector {
    /// Matches every target.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only targets of deployments that the selector selects.
    #[must_use]
    pub fn deployments(mut self, selector: impl Into<SelectorSource>) -> Self {
        self.deployment_selector = Some(selector.into());
        self
    }

    /// Only targets in environments that the selector selects.
    #[must_use]
    pub fn environments(mut self, selector: impl Into<SelectorSource>) -> Self {
        self.environment_selector = Some(selector.into());
        self
    }

    /// Only targets on resources that the selector selects.
    #[must_use]
    pub fn resources(mut self, selector: impl Into<SelectorSource>) -> Self {
        self.resource_selector = Some(selector.into());
        self
    }
}
