//! Job creation phase: one job for every eligible target (SEMANTICS 10.4).

mod drafts;
mod shared;

use bevy_ecs::error::Result;
use bevy_ecs::system::SystemState;
use bevy_ecs::world::{Mut, World};
use shakedown_engine::base::ids::{AgentIx, ConfigId, EditionIx, JobIx, VariablesId};
use shakedown_engine::base::row_set::{bit_of, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::jobs::{Job, JobFlags, Jobs};
use shakedown_engine::fleet::matrix::{Cohorts, Key, Tables, TargetRef, TargetRows};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::JobStatus;

use self::drafts::draft;
use crate::handover::{Eligible, Targets, Work};

/// What the jobs of one version have in common.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    /// The version with its tag.
    pub edition: EditionIx,
    /// The agent as configured.
    pub agent: AgentIx,
    /// The merged configuration.
    pub config: ConfigId,
    /// `Pending`, or `InvalidJobAgent` when the agent does not exist.
    pub status: JobStatus,
    /// The clock.
    pub now: SimTime,
}

/// Drafts the jobs of eligible rows of one cohort and version, and records them.
///
/// - `rows`: those of the cohort.
/// - `released`: one bit per row, set for rows that get a job.
/// - `jobs`: all jobs of the world, to which the drafted ones are added.
///
/// Cannot fail. About 9 ns per job where memory is warm, 25 where it is touched for the first time.
pub fn draft_jobs(
    draft: Draft,
    eligible: &[Eligible],
    rows: &mut impl TargetRows,
    released: &mut [u64],
    jobs: &mut Vec<Job>,
) {
    let (flags, active) = (draft.flags(), u32::from(draft.status.is_processing()));
    let first = JobIx::at(jobs.len());
    jobs.extend((first.0..).zip(eligible).map(|(ix, it)| {
        let row = it.row as usize;
        let mut ledger = rows.ledger(row);
        let job = draft.job(flags, *it, rows.key(row), rows.plan(row).variables, ledger.head);
        ledger.head = JobIx(ix);
        ledger.active += active;
        rows.set_ledger(row, ledger);
        released[word_of(row)] |= bit_of(row);
        job
    }));
}

impl Draft {
    /// The flags of the jobs.
    fn flags(&self) -> JobFlags {
        let agentless = self.status == JobStatus::InvalidJobAgent;
        if agentless { JobFlags::NO_AGENT } else { JobFlags::NONE }
    }

    /// The job of a row whose newest job is `head`; `flags` are [`Self::flags`].
    #[inline]
    fn job(
        &self,
        flags: JobFlags,
        it: Eligible,
        key: Key,
        variables: VariablesId,
        head: JobIx,
    ) -> Job {
        Job {
            target: TargetRef { cohort: key.cohort, resource: key.resource },
            edition: self.edition,
            variables,
            previous: head,
            agent: self.agent,
            config: self.config,
            attempt: it.attempt,
            created_at: self.now,
            completed_at: SimTime::UNSET,
            released_at: it.released_at.get().unwrap_or(self.now),
            status: self.status,
            flags,
        }
    }
}

/// Creates the jobs of all eligible rows, in row order.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
///
/// # Panics
/// When the world has no targets to write, which every fleet has.
pub fn create_jobs(
    world: &mut World,
    targets: &mut SystemState<Targets<'static, 'static>>,
) -> Result {
    let Work { cohorts, eligible, .. } = world.resource::<Work>();
    if eligible[..cohorts.len()].iter().all(Vec::is_empty) {
        return Ok(());
    }
    let work = std::mem::take(&mut *world.resource_mut::<Work>());
    let mut jobs = std::mem::take(&mut world.resource_mut::<Jobs>().0);
    let before = jobs.len();
    let runs = draft(world, &work);
    let created = runs.iter().map(|run| run.eligible.len()).sum();
    let done = if shared::pays(created, runs.len()) {
        shared::create(world, targets, &work, &runs, &mut jobs)
    } else {
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            world.resource_scope(|world, mut cohorts: Mut<Cohorts>| {
                for in_shard in runs.chunk_by(|a, b| a.shard == b.shard) {
                    let mut columns = tables.shard(world, in_shard[0].shard);
                    for run in in_shard {
                        let cohort = &mut cohorts[run.cohort];
                        let mut rows = columns.slice(cohort.rows());
                        let released = cohort.released_mut(run.version);
                        draft_jobs(run.draft, run.eligible, &mut rows, released, &mut jobs);
                    }
                }
            });
        });
        Ok(())
    };
    world.resource_mut::<Report>().jobs_created += (jobs.len() - before) as u64;
    world.resource_mut::<Jobs>().0 = jobs;
    *world.resource_mut::<Work>() = work;
    done
}
