//! Approvals and waivers made by hand.

use super::catalogue::with;
use crate::base::time::SimTime;
use crate::model::{ApprovalStatus, PolicyBypass, PolicySkip, UserApprovalRecord, WaiverType};

impl UserApprovalRecord {
    /// A user approves a version in an environment.
    #[must_use]
    pub fn approve(
        version_id: impl Into<String>,
        environment_id: impl Into<String>,
        user_id: impl Into<String>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            version_id: version_id.into(),
            environment_id: environment_id.into(),
            status: ApprovalStatus::Approved,
            reason: None,
            created_at: SimTime::UNSET,
        }
    }

    /// A user rejects a version in an environment.
    #[must_use]
    pub fn reject(
        version_id: impl Into<String>,
        environment_id: impl Into<String>,
        user_id: impl Into<String>,
    ) -> Self {
        let status = ApprovalStatus::Rejected;
        Self { status, ..Self::approve(version_id, environment_id, user_id) }
    }

    with!(created_at);
}

/// Methods of both kinds of waiver.
macro_rules! narrowed {
    () => {
        /// Only in one environment.
        #[must_use]
        pub fn environment(mut self, id: impl Into<String>) -> Self {
            self.environment_id = Some(id.into());
            self
        }

        /// Only on one resource.
        #[must_use]
        pub fn resource(mut self, id: impl Into<String>) -> Self {
            self.resource_id = Some(id.into());
            self
        }

        /// Lives strictly before an instant.
        #[must_use]
        pub fn expires_at(mut self, at: SimTime) -> Self {
            self.expires_at = Some(at);
            self
        }

        with!(created_at);
    };
}

impl PolicyBypass {
    /// Waives kinds of checks of a version, of every policy and everywhere.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        version_id: impl Into<String>,
        waived: impl IntoIterator<Item = WaiverType>,
    ) -> Self {
        Self {
            id: id.into(),
            version_id: version_id.into(),
            bypass_rule_types: waived.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Only checks of this policy, and of those named so before.
    #[must_use]
    pub fn policy(mut self, id: impl Into<String>) -> Self {
        self.policy_ids.push(id.into());
        self
    }

    narrowed!();
}

impl PolicySkip {
    /// Waives every check of a rule for a version, everywhere.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        version_id: impl Into<String>,
        rule_id: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            version_id: version_id.into(),
            rule_id: rule_id.into(),
            ..Self::default()
        }
    }

    narrowed!();
}
