//! Given ids: what recorded jobs are called; others derive their ids.

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::JobIx;
use crate::wire::event::Triple;

/// What recorded jobs and their releases are called.
#[derive(Debug, Resource)]
pub struct GivenIds {
    by_job: FixedMap<JobIx, (String, String)>,
    by_id: FixedMap<String, JobIx>,
    /// The recorded jobs that were not kept, by id, and the target that the workspace lacks.
    lost: FixedMap<String, Triple>,
}

impl Default for GivenIds {
    fn default() -> Self {
        Self { by_job: fixed_map(), by_id: fixed_map(), lost: fixed_map() }
    }
}

impl GivenIds {
    /// The id of a recorded job.
    #[must_use]
    pub fn of(&self, job: JobIx) -> Option<&str> {
        self.by_job.get(&job).map(|(id, _)| id.as_str())
    }

    /// How many recorded jobs there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_job.len()
    }

    /// What a recorded job calls its release.
    pub(crate) fn release_of(&self, job: JobIx) -> Option<&str> {
        self.by_job.get(&job).map(|(_, release)| release.as_str())
    }

    /// The recorded job of this id.
    pub(crate) fn find(&self, id: &str) -> Option<JobIx> {
        self.by_id.get(id).copied()
    }

    /// The recorded jobs that were kept, in no order.
    pub fn kept(&self) -> impl Iterator<Item = (JobIx, &str)> {
        self.by_job.iter().map(|(job, (id, _))| (*job, id.as_str()))
    }

    /// The recorded jobs that were not kept, in no order, and the target that the workspace lacks.
    pub fn lost(&self) -> impl Iterator<Item = (&str, &Triple)> {
        self.lost.iter().map(|(id, target)| (id.as_str(), target))
    }

    /// Says what a recorded job and its release are called.
    pub(crate) fn give(&mut self, job: JobIx, id: String, release: String) {
        self.by_id.insert(id.clone(), job);
        self.by_job.insert(job, (id, release));
    }

    /// A recorded job was not kept, because the workspace lacks its target.
    pub(crate) fn lose(&mut self, id: String, target: Triple) {
        self.lost.insert(id, target);
    }
}
