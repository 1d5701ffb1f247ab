//! The chain of a target's jobs, and the facts counted from it.

use super::{Editions, Job, VariableSets};
use crate::entity::JobStatus;
use crate::ids::{EditionIx, JobIx, VariablesId};
use crate::target::Ledger;
use crate::time::SimTime;

/// The jobs of a target, newest first. `jobs` is the whole job table, `head` the newest job.
pub fn chain(jobs: &[Job], head: JobIx) -> impl Iterator<Item = (JobIx, &Job)> {
    let mut next = head;
    std::iter::from_fn(move || {
        let at = next.get()?;
        let job = &jobs[at.slot()];
        next = job.previous;
        Some((at, job))
    })
}

/// Whether a job belongs to exactly this release of its target.
#[must_use]
pub fn is_same_release(
    job: &Job,
    edition: EditionIx,
    variables: VariablesId,
    sets: &VariableSets,
) -> bool {
    job.edition == edition && sets.identity(job.variables) == sets.identity(variables)
}

/// Counts the facts of a target anew from its chain: what [`Ledger`] must always equal.
///
/// The current release follows SEMANTICS 10.5: successful and completed, newest by completion, then
/// creation, then ordinal.
#[must_use]
pub fn count_ledger(jobs: &[Job], head: JobIx, sets: &VariableSets) -> Ledger {
    let mut ledger = Ledger { head, ..Ledger::EMPTY };
    let mut current_key = (SimTime::UNSET, SimTime::UNSET, JobIx(0));
    for (at, job) in chain(jobs, head) {
        ledger.active += u32::from(job.status.is_processing());
        if job.status != JobStatus::Successful {
            continue;
        }
        if ledger.succeeded == EditionIx::NONE {
            ledger.succeeded = job.edition;
            ledger.succeeded_variables = sets.identity(job.variables);
        }
        let key = (job.completed_at, job.created_at, at);
        if job.completed_at != SimTime::UNSET && key > current_key {
            current_key = key;
            ledger.current = at;
        }
    }
    ledger
}

/// The edition's version of every release in a chain, newest job first, with repetitions.
pub fn released_versions<'a>(
    jobs: &'a [Job],
    head: JobIx,
    editions: &'a Editions,
) -> impl Iterator<Item = crate::ids::VersionIx> + 'a {
    chain(jobs, head).map(|(_, job)| editions.version(job.edition))
}
