//! Given ids: what recorded jobs are called; others derive their ids.

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::JobIx;

/// What recorded jobs and their releases are called.
#[derive(Debug, Resource)]
pub struct GivenIds {
    by_job: FixedMap<JobIx, (String, String)>,
    by_id: FixedMap<String, JobIx>,
    /// The recorded jobs that were not kept, by id, and what the workspace lacks.
    lost: FixedMap<String, &'static str>,
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

    /// What a recorded job calls its release.
    pub(crate) fn release_of(&self, job: JobIx) -> Option<&str> {
        self.by_job.get(&job).map(|(_, release)| release.as_str())
    }

    /// The recorded job of this id.
    pub(crate) fn find(&self, id: &str) -> Option<JobIx> {
        self.by_id.get(id).copied()
    }

    /// The recorded jobs that were not kept, in no order, and what the workspace lacks for each.
    pub fn lost(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.lost.iter().map(|(id, what)| (id.as_str(), *what))
    }

    /// Says what a recorded job and its release are called.
    pub(crate) fn give(&mut self, job: JobIx, id: String, release: String) {
        self.by_id.insert(id.clone(), job);
        self.by_job.insert(job, (id, release));
    }

    /// A recorded job was not kept, because the workspace lacks something.
    pub(crate) fn lose(&mut self, id: String, lacks: &'static str) {
        self.lost.insert(id, lacks);
    }
}
