//! Dialects: what one text means in two systems (docs/dialects.md).
//!
//! The decisions of ctrlplane were recorded from its commit of 2025-11; since then it decides some
//! things otherwise. A dialect is data: one member per thing that differs, numbered as in the document.
//!
//! Invariant: a member is read where a rule, a policy or an entity is decoded or compiled, or once per
//! phase; `systems/tests/a_dialect_is_read_in_few_places.rs` lists the places.

use std::fmt;
use std::str::FromStr;

use bevy_ecs::resource::Resource;
use thiserror::Error;

use super::VersionStatus;

/// What differs between systems that take the same documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Resource)]
pub struct Dialect {
    /// Its name in documents and options.
    pub name: &'static str,
    /// T1: an environment without targets of the deployment counts as one in which the version
    /// succeeded, when it was made.
    pub empty_upstream_passes: bool,
    /// T2: retries and repeats look at the newest jobs of a target as far as they are of the release,
    /// and not at its whole history.
    pub only_newest_attempts: bool,
    /// T3: a version of any status may be deployed but for `rejected`, `building` and `paused`; one
    /// without a status is `ready`.
    pub unready_versions_go: bool,
    /// T4: a policy that does not say whether is enabled, one that does not say where is everywhere, and
    /// a rule without an id gets one.
    pub bare_policies_apply: bool,
    /// T5: a resource that was deleted, and says so, is none.
    pub deleted_resources_vanish: bool,
    /// T6: there is a job status `queued`.
    pub jobs_queue: bool,
    /// T7: deployments and environments belong to any number of systems.
    pub many_systems: bool,
    /// T8: a deployment may choose its agent by a selector.
    pub agents_by_selector: bool,
    /// T9: a relationship rule may say in one expression what is related, entities of which kinds
    /// included.
    pub relations_as_cel: bool,
    /// T11: deny windows of one rule that touch end together, and a rollout begins when all windows
    /// let it.
    pub windows_chain: bool,
    /// T12: a target that has what it would get waits for no window.
    pub windows_spare_settled: bool,
    /// T10: there are variable sets, values of one key side by side on a resource, references to what a
    /// related resource sets, and opaque values.
    pub variable_sets: bool,
}

impl Dialect {
    /// ctrlplane at its commit of 2026-06, corrected.
    pub const TODAY: Self = Self {
        name: "today",
        empty_upstream_passes: true,
        only_newest_attempts: true,
        unready_versions_go: true,
        bare_policies_apply: true,
        deleted_resources_vanish: true,
        jobs_queue: true,
        many_systems: true,
        agents_by_selector: true,
        relations_as_cel: true,
        windows_chain: true,
        windows_spare_settled: true,
        variable_sets: true,
    };

    /// ctrlplane at its commit of 2025-11, from which the recorded decisions are, corrected.
    pub const RECORDED: Self = Self {
        name: "recorded",
        empty_upstream_passes: false,
        only_newest_attempts: false,
        unready_versions_go: false,
        bare_policies_apply: false,
        deleted_resources_vanish: false,
        jobs_queue: false,
        many_systems: false,
        agents_by_selector: false,
        relations_as_cel: false,
        windows_chain: false,
        windows_spare_settled: false,
        variable_sets: false,
    };

    /// Every dialect, the default first.
    pub const ALL: [Self; 2] = [Self::TODAY, Self::RECORDED];

    /// What a status means for whether a version may be deployed.
    #[must_use]
    pub const fn effective(&self, status: VersionStatus) -> VersionStatus {
        match status {
            VersionStatus::Unspecified | VersionStatus::Failed if self.unready_versions_go => {
                VersionStatus::Ready
            }
            _ => status,
        }
    }
}

/// [`Dialect::TODAY`].
impl Default for Dialect {
    fn default() -> Self {
        Self::TODAY
    }
}

/// The name.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A name that is no dialect's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no dialect: `today` and `recorded` are")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        let found = Self::ALL.into_iter().find(|dialect| dialect.name == name);
        found.ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}
