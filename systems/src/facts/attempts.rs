//! Attempts: the jobs of a release that retries and repeats look at (SEMANTICS 10.1, 10.3).

use shakedown_engine::base::ids::JobIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::jobs::{Job, chain};

/// The jobs of a target that `is_same` says are of one release and that count, the one created last
/// first: all of them or, if `only_newest`, those since the last job of another (T2).
pub fn attempts(
    jobs: &[Job],
    head: JobIx,
    only_newest: bool,
    is_same: impl Fn(&Job) -> bool + Copy,
) -> impl Iterator<Item = (JobIx, &Job)> {
    let others = chain(jobs, head).filter(|(_, job)| !is_same(job));
    let ended = only_newest.then(|| others.map(age).max()).flatten();
    chain(jobs, head).filter(move |&it| is_same(it.1) && Some(age(it)) > ended)
}

/// Newer jobs are greater (SEMANTICS 1.4): updates may change when a job was created.
#[must_use]
pub fn age((ix, job): (JobIx, &Job)) -> (SimTime, JobIx) {
    (job.created_at, ix)
}
