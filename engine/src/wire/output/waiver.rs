//! Output of approvals and waivers.

use super::{Output, label};
use crate::base::json::Json;
use crate::model::{PolicyBypass, PolicySkip, UserApprovalRecord};

impl UserApprovalRecord {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("userId", &self.user_id)
            .text("versionId", &self.version_id)
            .text("environmentId", &self.environment_id)
            .text("status", self.status.name())
            .maybe_text("reason", self.reason.as_ref())
            .time("createdAt", self.created_at)
            .done()
    }
}

impl PolicyBypass {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("versionId", &self.version_id)
            .maybe_text("environmentId", self.environment_id.as_ref())
            .maybe_text("resourceId", self.resource_id.as_ref())
            .list_unless_empty("policyIds", &self.policy_ids, |id| Json::from(id.as_str()))
            .list("bypassRuleTypes", &self.bypass_rule_types, label)
            .text("justification", &self.justification)
            .text("createdBy", &self.created_by)
            .time("createdAt", self.created_at)
            .maybe_time("expiresAt", self.expires_at)
            .text("workspaceId", &self.workspace_id)
            .done()
    }
}

impl PolicySkip {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("versionId", &self.version_id)
            .maybe_text("environmentId", self.environment_id.as_ref())
            .maybe_text("resourceId", self.resource_id.as_ref())
            .text("ruleId", &self.rule_id)
            .text("reason", &self.reason)
            .text("createdBy", &self.created_by)
            .time("createdAt", self.created_at)
            .maybe_time("expiresAt", self.expires_at)
            .text("workspaceId", &self.workspace_id)
            .done()
    }
}
