//! Approvals, bypasses and skips.

use crate::model::{PolicyBypass, PolicySkip, UserApprovalRecord};
use crate::wire::event::field::{Fields, Node};

pub(super) fn user_approval_record(fields: &Fields<'_>) -> UserApprovalRecord {
    UserApprovalRecord {
        user_id: fields.id("userId"),
        version_id: fields.id("versionId"),
        environment_id: fields.id("environmentId"),
        status: fields.named("status"),
        reason: fields.maybe_text("reason"),
        created_at: fields.created_at(),
    }
}

pub(super) fn policy_bypass(fields: &Fields<'_>) -> PolicyBypass {
    PolicyBypass {
        id: fields.id("id"),
        version_id: fields.id("versionId"),
        environment_id: fields.maybe_text("environmentId"),
        resource_id: fields.maybe_text("resourceId"),
        policy_ids: fields.or_default("policyIds", |node| node.list(Node::text)),
        bypass_rule_types: fields.stated("bypassRuleTypes", |node| node.list(Node::named)),
        justification: fields.text("justification"),
        created_by: fields.text("createdBy"),
        created_at: fields.created_at(),
        expires_at: fields.maybe_time("expiresAt"),
        workspace_id: fields.text("workspaceId"),
    }
}

pub(super) fn policy_skip(fields: &Fields<'_>) -> PolicySkip {
    PolicySkip {
        id: fields.id("id"),
        version_id: fields.id("versionId"),
        environment_id: fields.maybe_text("environmentId"),
        resource_id: fields.maybe_text("resourceId"),
        rule_id: fields.id("ruleId"),
        reason: fields.text("reason"),
        created_by: fields.text("createdBy"),
        created_at: fields.created_at(),
        expires_at: fields.maybe_time("expiresAt"),
        workspace_id: fields.text("workspaceId"),
    }
}
