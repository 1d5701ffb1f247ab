//! External ids: what agents call the runs of the jobs they reported on.
//!
//! Few jobs have such a name; what else a report says and no rule reads is not kept.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use smallvec::SmallVec;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::JobIx;

/// External ids, by job and the other way round.
#[derive(Debug, Resource)]
pub(crate) struct ExternalIds {
    of: FixedMap<JobIx, Arc<str>>,
    /// The jobs with each, ascending.
    jobs: FixedMap<Arc<str>, SmallVec<[JobIx; 1]>>,
}

impl Default for ExternalIds {
    fn default() -> Self {
        Self { of: fixed_map(), jobs: fixed_map() }
    }
}

impl ExternalIds {
    /// Names a job, or takes its name away.
    pub(crate) fn set(&mut self, job: JobIx, id: Option<String>) {
        if self.of.get(&job).map(|known| &**known) == id.as_deref() {
            return;
        }
        if let Some(known) = self.of.remove(&job)
            && let Some(jobs) = self.jobs.get_mut(&known)
        {
            jobs.retain(|it| *it != job);
            if jobs.is_empty() {
                self.jobs.remove(&known);
            }
        }
        let Some(id) = id else { return };
        let id: Arc<str> = id.into();
        let jobs = self.jobs.entry(Arc::clone(&id)).or_default();
        let at = jobs.partition_point(|known| *known < job);
        jobs.insert(at, job);
        self.of.insert(job, id);
    }

    /// The jobs with a name, which only their agents keep distinct, in creation order.
    #[must_use]
    pub(crate) fn jobs(&self, id: &str) -> &[JobIx] {
        self.jobs.get(id).map_or(&[], |jobs| jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_found_whatever_was_renamed() {
        let mut ids = ExternalIds::default();
        for (job, id) in [(3, "a"), (1, "a"), (2, "b"), (3, "a"), (1, "c"), (1, "a"), (2, "a")] {
            ids.set(JobIx(job), Some(id.to_owned()));
        }
        assert_eq!(ids.jobs("a"), [JobIx(1), JobIx(2), JobIx(3)]);
        assert_eq!((ids.jobs("b"), ids.jobs("c")), (&[][..], &[][..]));
        ids.set(JobIx(2), None);
        ids.set(JobIx(9), None);
        assert_eq!(ids.jobs("a"), [JobIx(1), JobIx(3)]);
        assert_eq!((ids.of.len(), ids.jobs.len()), (2, 1));
    }
}
