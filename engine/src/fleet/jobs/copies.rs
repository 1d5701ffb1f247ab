//! Version copies: what a version said when a job of it was created (SEMANTICS 10.5).
//!
//! Invariant: a version that never changed costs nothing, because its entity is the copy.

use std::ops::Range;

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{JobIx, VersionIx};
use crate::model::DeploymentVersion;

/// What changed versions said before, by version.
#[derive(Debug, Resource)]
pub struct VersionCopies(FixedMap<VersionIx, Vec<(JobIx, DeploymentVersion)>>);

impl Default for VersionCopies {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl VersionCopies {
    /// Keeps what a version said until now; `next_job` is the job that will be created next.
    pub(crate) fn keep(&mut self, version: VersionIx, next_job: JobIx, old: DeploymentVersion) {
        let list = self.0.entry(version).or_default();
        if list.last().is_none_or(|(known, _)| *known != next_job) {
            list.push((next_job, old));
        }
    }

    /// The jobs around `job`, by index, of whose version [`VersionCopies::of`] says the same.
    #[must_use]
    pub fn period(&self, version: VersionIx, job: JobIx) -> Range<JobIx> {
        let list = self.0.get(&version).map_or(&[][..], Vec::as_slice);
        let at = list.partition_point(|(next_job, _)| *next_job <= job);
        let from = at.checked_sub(1).map_or(JobIx(0), |before| list[before].0);
        from..list.get(at).map_or(JobIx::NONE, |(until, _)| *until)
    }

    /// What a version said when `job` was created; `None` if it has not changed since.
    #[must_use]
    pub fn of(&self, version: VersionIx, job: JobIx) -> Option<&DeploymentVersion> {
        let list = self.0.get(&version)?;
        let at = list.partition_point(|(next_job, _)| *next_job <= job);
        list.get(at).map(|(_, copy)| copy)
    }
}
