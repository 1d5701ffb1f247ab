//! Histories: the jobs of targets, as policies and the facts counted for them read them.

use std::ops::Range;

use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::system::{Query, Res, SystemParam};
use shakedown_engine::base::ids::{EditionIx, JobIx, VariablesId, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Stock;
use shakedown_engine::fleet::jobs::{
    Editions, InOrder, Job, Jobs, VariableSets, VersionCopies, chain, is_same_release,
};
use shakedown_engine::fleet::matrix::{
    Cohort, Cohorts, Departed, Key, Ledger, PolicyColumns, SHARDS, TargetRef, shard_of,
};
use shakedown_engine::model::{DeploymentVersion, JobStatus};

use super::attempts::attempts;

/// The version that a target is getting or runs, as it was when its release was last attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Which.
    pub version: VersionIx,
    /// Its creation.
    pub created_at: SimTime,
    /// Whether it is going out (a processing job) or runs already (the current release).
    pub in_progress: bool,
}

/// Targets, their jobs, and what their releases are made of.
#[derive(Debug, SystemParam)]
pub struct Histories<'w, 's> {
    /// Where targets are.
    pub cohorts: Res<'w, Cohorts>,
    /// The job table.
    pub jobs: Res<'w, Jobs>,
    /// Whether they were created in the order of the table.
    in_order: Res<'w, InOrder>,
    /// Which version a job is of.
    pub editions: Res<'w, Editions>,
    /// The versions as they are.
    pub versions: Stock<'w, 's, DeploymentVersion>,
    copies: Res<'w, VersionCopies>,
    sets: Res<'w, VariableSets>,
    departed: Res<'w, Departed>,
    targets: Query<'w, 's, (&'static Key, &'static Ledger)>,
}

/// The columns of all targets as slices, by shard.
#[derive(Debug)]
pub struct Columns<'a>([PolicyColumns<'a>; SHARDS]);

impl<'a> Columns<'a> {
    /// The columns of a cohort's rows in use.
    #[must_use]
    pub fn of(&self, cohort: &Cohort) -> PolicyColumns<'a> {
        self.0[cohort.shard.slot()].slice(cohort.rows())
    }
}

impl Histories<'_, '_> {
    /// Finds the columns. About 0.2 us per table.
    ///
    /// # Errors
    /// When a column of targets is not table-stored, as all are declared to be.
    pub fn columns(&self) -> Result<Columns<'_>, QueryNotDenseError> {
        let mut columns = Columns([PolicyColumns::default(); SHARDS]);
        for (keys, ledgers) in self.targets.contiguous_iter()? {
            if let Some(shard) = shard_of(keys, &self.cohorts) {
                columns.0[shard.slot()] = PolicyColumns { keys, ledgers };
            }
        }
        Ok(columns)
    }

    /// The newest job of a target, whether it exists or not; the others follow in the chain.
    #[must_use]
    pub fn head(&self, columns: &Columns<'_>, target: TargetRef) -> JobIx {
        let cohort = &self.cohorts[target.cohort];
        match cohort.position(target.resource) {
            Some(position) => columns.of(cohort).ledgers[position as usize].head,
            None => self.departed.0.get(&target).map_or(JobIx::NONE, |it| it.ledger.head),
        }
    }

    /// The version that a target runs, as it was when its current release was last attempted.
    #[must_use]
    pub fn running(&self, ledger: &Ledger) -> Option<&DeploymentVersion> {
        self.released_as(ledger, ledger.current.get()?)
    }

    /// The version of a job's release as of the latest job of that release.
    #[must_use]
    pub fn released_as(&self, ledger: &Ledger, job: JobIx) -> Option<&DeploymentVersion> {
        let (version, latest) = self.release_of(ledger, job)?;
        self.copies.of(version, latest).or_else(|| self.versions.get(version))
    }

    /// The version that a target is getting or runs: that of its newest processing job or, without one,
    /// of the job whose release is the current one. `known` is kept from one row to the next.
    #[inline]
    #[must_use]
    pub fn reference(&self, ledger: Ledger, known: &mut Period) -> Option<Reference> {
        // A job that is both newest and current is of the edition that succeeded last.
        if ledger.active == 0
            && ledger.head == ledger.current
            && known.edition == ledger.succeeded
            && known.jobs.contains(&ledger.head)
        {
            let Period { version, created_at, .. } = *known;
            return Some(Reference { version, created_at, in_progress: false });
        }
        self.find_reference(&ledger, known)
    }

    /// Whether a release of a target succeeded, in a job that counts: then it needs no other. Jobs are
    /// looked at only if the ledger does not tell.
    #[inline]
    #[must_use]
    pub fn has_succeeded(
        &self,
        ledger: &Ledger,
        edition: EditionIx,
        variables: VariablesId,
        only_newest: bool,
    ) -> bool {
        if self.in_order.0 {
            let last = ledger.succeeded_variables;
            let is_last = ledger.succeeded == edition
                && (variables == last || self.sets.identity(variables) == last);
            if !is_last && only_newest {
                return false;
            }
            if is_last && (!only_newest || ledger.current == ledger.head) {
                return true;
            }
        }
        self.finds_success(ledger.head, edition, variables, only_newest)
    }

    fn finds_success(
        &self,
        head: JobIx,
        edition: EditionIx,
        variables: VariablesId,
        only_newest: bool,
    ) -> bool {
        let is_same = |job: &Job| is_same_release(job, edition, variables, &self.sets);
        attempts(&self.jobs.0, head, only_newest, is_same)
            .any(|(_, job)| job.status == JobStatus::Successful)
    }

    fn find_reference(&self, ledger: &Ledger, known: &mut Period) -> Option<Reference> {
        let active = chain(&self.jobs.0, ledger.head).filter(|(_, job)| job.status.is_processing());
        let active = active.take(ledger.active as usize);
        let active = active.max_by_key(|&(ix, job)| (job.created_at, ix)).map(|(ix, _)| ix);
        let job = active.or(ledger.current.get())?;
        let edition = self.jobs.0[job.slot()].edition;
        let (version, latest) = self.release_of(ledger, job)?;
        if known.edition != edition || !known.jobs.contains(&latest) {
            let created_at = self.released_as(ledger, job)?.created_at;
            let jobs = self.copies.period(version, latest);
            *known = Period { edition, version, jobs, created_at };
        }
        let created_at = known.created_at;
        Some(Reference { version, created_at, in_progress: active.is_some() })
    }

    /// The version of a job's release, and the latest job of that release.
    fn release_of(&self, ledger: &Ledger, job: JobIx) -> Option<(VersionIx, JobIx)> {
        let Job { edition, variables, .. } = self.jobs.0[job.slot()];
        let is_same = |it: &Job| is_same_release(it, edition, variables, &self.sets);
        let (latest, _) =
            chain(&self.jobs.0, ledger.head).find(|&(ix, it)| ix == job || is_same(it))?;
        Some((self.editions.version(edition), latest))
    }
}

/// Jobs of an edition, by index, that were created while its version had the same creation time:
/// edits may change it.
#[derive(Debug, Clone)]
pub struct Period {
    edition: EditionIx,
    version: VersionIx,
    jobs: Range<JobIx>,
    created_at: SimTime,
}

impl Default for Period {
    fn default() -> Self {
        let jobs = JobIx(0)..JobIx(0);
        Self {
            edition: EditionIx::NONE,
            version: VersionIx::NONE,
            jobs,
            created_at: SimTime::UNSET,
        }
    }
}
