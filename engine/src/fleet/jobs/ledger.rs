//! The chain of a target's jobs, and the facts counted from it.

use super::{Job, VariableSets};
use crate::base::ids::{EditionIx, JobIx, VariablesId};
use crate::base::time::SimTime;
use crate::fleet::matrix::Ledger;
use crate::model::JobStatus;

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

/// The facts of a target whose newest job changed from `before` to what it is now, given those
/// before the change; `None` when only counting anew can tell, which takes the whole chain.
#[must_use]
pub(crate) fn update_ledger(
    jobs: &[Job],
    ledger: Ledger,
    before: &Job,
    sets: &VariableSets,
) -> Option<Ledger> {
    if before.status == JobStatus::Successful {
        return None;
    }
    let now = &jobs[ledger.head.get()?.slot()];
    let active = ledger.active + u32::from(now.status.is_processing());
    let mut updated =
        Ledger { active: active - u32::from(before.status.is_processing()), ..ledger };
    if now.status == JobStatus::Successful {
        updated.succeeded = now.edition;
        updated.succeeded_variables = sets.identity(now.variables);
        let key = |ix: JobIx, job: &Job| (job.completed_at, job.created_at, ix);
        let current = ledger.current.get().map(|ix| key(ix, &jobs[ix.slot()]));
        if now.completed_at != SimTime::UNSET && current < Some(key(ledger.head, now)) {
            updated.current = ledger.head;
        }
    }
    Some(updated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::ids::{AgentIx, CohortIx, ConfigId, ResourceIx};
    use crate::fleet::jobs::JobFlags;
    use crate::fleet::matrix::TargetRef;

    fn job(status: JobStatus, completed: i64, created: i64, previous: JobIx) -> Job {
        Job {
            target: TargetRef { cohort: CohortIx(0), resource: ResourceIx(0) },
            edition: EditionIx(previous.0.wrapping_add(1) % 3),
            variables: VariableSets::EMPTY,
            previous,
            agent: AgentIx::NONE,
            config: ConfigId(0),
            attempt: 1,
            created_at: SimTime(created),
            completed_at: if completed < 0 { SimTime::UNSET } else { SimTime(completed) },
            released_at: SimTime(created),
            status,
            flags: JobFlags::NONE,
        }
    }

    proptest! {
        #[test]
        fn updating_equals_counting_anew(
            history in prop::collection::vec((0..10usize, -1..4i64, 0..4i64), 1..6),
            change in (0..10usize, -1..4i64, 0..4i64),
        ) {
            let sets = VariableSets::default();
            let mut jobs: Vec<Job> = Vec::new();
            for (status, completed, created) in history {
                let previous = jobs.len().checked_sub(1).map_or(JobIx::NONE, JobIx::at);
                jobs.push(job(JobStatus::ALL[status], completed, created, previous));
            }
            let head = JobIx::at(jobs.len() - 1);
            let ledger = count_ledger(&jobs, head, &sets);
            let before = jobs[head.slot()];
            let (status, completed, created) = change;
            jobs[head.slot()] = job(JobStatus::ALL[status], completed, created, before.previous);
            let counted = count_ledger(&jobs, head, &sets);
            let updated = update_ledger(&jobs, ledger, &before, &sets);
            prop_assert_eq!(updated.is_none(), before.status == JobStatus::Successful);
            prop_assert!(updated.is_none_or(|updated| updated == counted));
        }
    }
}
