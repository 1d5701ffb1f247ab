//! Approvals and waivers: what people say about a version in an environment.

use bevy_ecs::component::Component;

use super::ApprovalStatus;
use crate::base::time::SimTime;

/// One user's verdict; keyed by version, user and environment (D1).
#[derive(Debug, Clone, PartialEq, Component)]
pub struct UserApprovalRecord {
    /// Who.
    pub user_id: String,
    /// On what.
    pub version_id: String,
    /// Where.
    pub environment_id: String,
    /// The verdict.
    pub status: ApprovalStatus,
    /// Free text.
    pub reason: Option<String>,
    /// When; orders the records.
    pub created_at: SimTime,
}

super::status::named! {
    /// The kinds of check that a bypass can waive.
    WaiverType {
        /// Approval.
        Approval = "approval",
        /// Environment progression.
        EnvironmentProgression = "environmentProgression",
        /// Gradual rollout.
        GradualRollout = "gradualRollout",
        /// Accepted without effect: eligibility cannot be waived.
        Retry = "retry",
        /// Version selector.
        VersionSelector = "versionSelector",
        /// Deployment dependency.
        DeploymentDependency = "deploymentDependency",
        /// Deployment window.
        DeploymentWindow = "deploymentWindow",
        /// Version cooldown.
        VersionCooldown = "versionCooldown",
        /// Concurrency limit.
        ConcurrencyLimit = "concurrencyLimit",
    }
}

/// Waives kinds of checks of a version, perhaps only in one environment or on one resource.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct PolicyBypass {
    /// Identity.
    pub id: String,
    /// The version.
    pub version_id: String,
    /// Absent: every environment.
    pub environment_id: Option<String>,
    /// Absent: every resource.
    pub resource_id: Option<String>,
    /// Empty: every policy.
    pub policy_ids: Vec<String>,
    /// What it waives.
    pub bypass_rule_types: Vec<WaiverType>,
    /// Free text.
    pub justification: String,
    /// Who.
    pub created_by: String,
    /// When it was given; feeds the rollout clock.
    pub created_at: SimTime,
    /// Live strictly before this instant.
    pub expires_at: Option<SimTime>,
    /// Owner, kept unchecked.
    pub workspace_id: String,
}

/// Waives every check of one rule for a version.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct PolicySkip {
    /// Identity.
    pub id: String,
    /// The version.
    pub version_id: String,
    /// Absent: every environment.
    pub environment_id: Option<String>,
    /// Absent: every resource.
    pub resource_id: Option<String>,
    /// The rule.
    pub rule_id: String,
    /// Free text.
    pub reason: String,
    /// Who.
    pub created_by: String,
    /// When it was given.
    pub created_at: SimTime,
    /// Live strictly before this instant.
    pub expires_at: Option<SimTime>,
    /// Owner, kept unchecked.
    pub workspace_id: String,
}
