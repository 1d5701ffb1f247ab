//! Approvals of each version in each environment, in order (SEMANTICS 1.4, 8.3).

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{EnvironmentIx, VersionIx};
use crate::base::time::SimTime;
use crate::model::{ApprovalStatus, UserApprovalRecord};

/// The approvals of one version in one environment, ordered by creation, then user.
#[derive(Debug, Clone, Default)]
pub struct ApprovalList {
    times: Vec<SimTime>,
    users: Vec<String>,
}

impl ApprovalList {
    /// Creation times, ascending.
    #[must_use]
    pub fn times(&self) -> &[SimTime] {
        &self.times
    }

    /// Who approved, in the same order.
    #[must_use]
    pub fn users(&self) -> &[String] {
        &self.users
    }
}

/// All approvals; rejections are not in it.
#[derive(Debug, Resource)]
pub struct Approvals(FixedMap<(VersionIx, EnvironmentIx), ApprovalList>);

impl Default for Approvals {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Approvals {
    /// The approvals of a version in an environment.
    #[must_use]
    pub fn of(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList> {
        self.0.get(&(version, environment))
    }

    /// Puts a user's record in place of an earlier one of theirs.
    pub(crate) fn put(
        &mut self,
        version: VersionIx,
        environment: EnvironmentIx,
        record: &UserApprovalRecord,
    ) {
        self.remove(version, environment, &record.user_id);
        if record.status != ApprovalStatus::Approved {
            return;
        }
        let list = self.0.entry((version, environment)).or_default();
        let key = (record.created_at, &record.user_id);
        let at = (0..list.times.len())
            .find(|&at| (list.times[at], &list.users[at]) > key)
            .unwrap_or(list.times.len());
        list.times.insert(at, record.created_at);
        list.users.insert(at, record.user_id.clone());
    }

    /// Takes a user's record out.
    pub(crate) fn remove(&mut self, version: VersionIx, environment: EnvironmentIx, user: &str) {
        if let Some(list) = self.0.get_mut(&(version, environment))
            && let Some(at) = list.users.iter().position(|known| known == user)
        {
            list.times.remove(at);
            list.users.remove(at);
        }
    }
}
