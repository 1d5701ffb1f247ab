//! Policies: conditions that versions must meet on the targets the policy applies to.

use bevy_ecs::component::Component;

use super::PolicyRule;
use super::SelectorSource;
use crate::base::json::StringMap;
use crate::base::time::SimTime;

/// A set of rules and the targets it applies to.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct Policy {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Owner, kept unchecked.
    pub workspace_id: String,
    /// Free text.
    pub description: Option<String>,
    /// Orders reports only: higher first.
    pub priority: i64,
    /// A disabled policy yields no checks. What was left open, the dialect decides when the workspace
    /// takes the policy.
    pub enabled: Option<bool>,
    /// Labels.
    pub metadata: StringMap,
    /// Creation time.
    pub created_at: SimTime,
    /// In list order.
    pub rules: Vec<PolicyRule>,
    /// Which targets it applies to.
    pub scope: PolicyScope,
}

/// The two forms in which a policy names its targets (SEMANTICS 8.0).
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyScope {
    /// At least one must match; an empty list applies to nothing, or to everything in dialects in which
    /// it was left open.
    Selectors(Vec<PolicyTargetSelector>),
    /// One CEL text over resource, deployment and environment together.
    Expression(String),
}

impl PolicyScope {
    /// Applies to every target.
    #[must_use]
    pub fn everywhere() -> Self {
        Self::Selectors(vec![PolicyTargetSelector::default()])
    }

    /// Whether it names no targets.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Selectors(selectors) => selectors.is_empty(),
            Self::Expression(text) => text.is_empty(),
        }
    }
}

/// Names no targets.
impl Default for PolicyScope {
    fn default() -> Self {
        Self::Selectors(Vec::new())
    }
}

/// Matches a target when each present member matches its own entity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyTargetSelector {
    /// Identity, unused.
    pub id: Option<String>,
    /// Absent matches every deployment.
    pub deployment_selector: Option<SelectorSource>,
    /// Absent matches every environment.
    pub environment_selector: Option<SelectorSource>,
    /// Absent matches every resource.
    pub resource_selector: Option<SelectorSource>,
}
