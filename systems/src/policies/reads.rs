//! What evaluation reads of the world.

use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::system::{Query, Res};
use shakedown_engine::catalogue::{ApprovalList, Approvals, Stock};
use shakedown_engine::entity::{self, JobStatus};
use shakedown_engine::ids::{DeploymentIx, EnvironmentIx, JobIx, ResourceIx, VersionIx};
use shakedown_engine::job::{
    Editions, Job, Jobs, VariableSets, VersionCopies, chain, is_same_release,
};
use shakedown_engine::target::{Cohort, Cohorts, Key, Ledger, SHARDS, ones};
use shakedown_engine::time::SimTime;

use super::evaluate::Surroundings;
use super::key_hashes::KeyHashes;
use super::rulebook::RuleBook;
use crate::cooldown::Reference;
use crate::dependency::{Dependencies, Edge};
use crate::progression::Facts;
use crate::waiver::{Waiver, Waivers};
use crate::work::shard_of;

/// What evaluation reads of the world.
#[derive(Debug, bevy_ecs::system::SystemParam)]
pub struct World<'w, 's> {
    book: Res<'w, RuleBook>,
    approvals: Res<'w, Approvals>,
    key_hashes: Res<'w, KeyHashes>,
    waivers: Res<'w, Waivers>,
    cohorts: Res<'w, Cohorts>,
    editions: Res<'w, Editions>,
    copies: Res<'w, VersionCopies>,
    sets: Res<'w, VariableSets>,
    dependencies: Res<'w, Dependencies>,
    resources: Stock<'w, 's, entity::Resource>,
    environments: Stock<'w, 's, entity::Environment>,
    deployments: Stock<'w, 's, entity::Deployment>,
    versions: Stock<'w, 's, entity::DeploymentVersion>,
    targets: Query<'w, 's, (&'static Key, &'static Ledger)>,
    jobs: Res<'w, Jobs>,
}

/// The world, and the columns of targets and jobs as slices.
#[derive(Debug)]
pub struct Reads<'a, 'w, 's> {
    world: &'a World<'w, 's>,
    /// By shard.
    keys: [&'a [Key]; SHARDS],
    /// By shard.
    ledgers: [&'a [Ledger]; SHARDS],
    /// The whole job table.
    jobs: &'a [Job],
    expected: Option<(VersionIx, &'a entity::DeploymentVersion)>,
}

impl<'w, 's> World<'w, 's> {
    /// Finds the columns. About 0.2 us per table.
    ///
    /// # Errors
    /// When a queried component is not table-stored, which cannot happen.
    pub fn reads(&self) -> Result<Reads<'_, 'w, 's>, QueryNotDenseError> {
        let mut reads = Reads {
            world: self,
            keys: [&[]; SHARDS],
            ledgers: [&[]; SHARDS],
            jobs: &self.jobs.0,
            expected: None,
        };
        for (keys, ledgers) in self.targets.contiguous_iter()? {
            if let Some(shard) = shard_of(keys, &self.cohorts) {
                reads.keys[shard.slot()] = keys;
                reads.ledgers[shard.slot()] = ledgers;
            }
        }
        Ok(reads)
    }

    /// The key text of a cohort's targets after the resource and its hyphen.
    fn rest_of_key(&self, cohort: &Cohort) -> String {
        let environment = self.environments.registry().id(cohort.environment);
        format!("{environment}-{}", self.deployments.registry().id(cohort.deployment))
    }
}

impl Surroundings for Reads<'_, '_, '_> {
    fn book(&self) -> &RuleBook {
        &self.world.book
    }

    fn approvals(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList> {
        self.world.approvals.of(version, environment)
    }

    fn key_hashes(&self, cohort: &Cohort, keys: &[Key], hashes: &mut Vec<u64>) {
        let rest = self.world.rest_of_key(cohort);
        self.world.key_hashes.extend_over(&rest, keys, hashes);
    }

    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool {
        let rest = self.world.rest_of_key(cohort);
        let text = |key: Key| {
            [self.world.resources.registry().id(key.resource).as_bytes(), b"-", rest.as_bytes()]
                .concat()
        };
        text(a) < text(b)
    }

    fn waivers(&self, version: VersionIx) -> &[Waiver] {
        self.world.waivers.of(version)
    }

    fn version(&self, version: VersionIx) -> Option<&entity::DeploymentVersion> {
        match self.expected {
            Some((expected, it)) if expected == version => Some(it),
            _ => self.world.versions.get(version),
        }
    }

    fn environment(&self, environment: EnvironmentIx) -> Option<&entity::Environment> {
        self.world.environments.get(environment)
    }

    fn deployment(&self, deployment: DeploymentIx) -> Option<&entity::Deployment> {
        self.world.deployments.get(deployment)
    }

    fn resource(&self, resource: ResourceIx) -> Option<&entity::Resource> {
        self.world.resources.get(resource)
    }

    fn dependencies(&self, version: VersionIx) -> &[Edge] {
        self.world.dependencies.of(version)
    }

    fn reference(&self, cohort: &Cohort, row: usize) -> Option<Reference> {
        let ledger = self.ledger(cohort, row);
        let active = chain(self.jobs, ledger.head).filter(|(_, job)| job.status.is_processing());
        let active = active.take(ledger.active as usize);
        let active = active.max_by_key(|&(ix, job)| (job.created_at, ix)).map(|(ix, _)| ix);
        let job = active.or(ledger.current.get())?;
        let version = self.world.editions.version(self.jobs[job.slot()].edition);
        let created_at = self.released_as(ledger, job)?.created_at;
        Some(Reference { version, created_at, in_progress: active.is_some() })
    }

    fn has_current(&self, cohort: &Cohort, row: usize) -> bool {
        self.ledger(cohort, row).current != JobIx::NONE
    }

    fn on_resource(
        &self,
        resource: ResourceIx,
        deployment: Option<&str>,
        visit: &mut dyn FnMut(&Cohort, Option<&entity::DeploymentVersion>),
    ) {
        let cohorts = &self.world.cohorts;
        let mut visit = |cohort: &Cohort| {
            if let Some(row) = cohort.live_position(resource) {
                let ledger = self.ledger(cohort, row as usize);
                let current = ledger.current.get();
                visit(cohort, current.and_then(|job| self.released_as(ledger, job)));
            }
        };
        match deployment {
            None => cohorts.iter().for_each(|(_, cohort)| visit(cohort)),
            Some(id) => {
                let deployment = self.world.deployments.registry().find(id);
                let of_deployment = deployment.map_or(&[][..], |it| cohorts.of_deployment(it));
                of_deployment.iter().for_each(|&cohort| visit(&cohorts[cohort]));
            }
        }
    }

    fn neighbours(
        &self,
        environment: EnvironmentIx,
        visit: &mut dyn FnMut(EnvironmentIx, &entity::Environment),
    ) {
        let environments = &self.world.environments;
        let Some(own) = environments.get(environment) else { return };
        for (ix, it) in environments.iter() {
            if ix != environment && it.system_id == own.system_id {
                visit(ix, it);
            }
        }
    }

    fn successes(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        version: VersionIx,
        counts: &dyn Fn(JobStatus) -> bool,
    ) -> Facts {
        let mut facts = Facts { targets: 0, firsts: Vec::new(), last: SimTime::UNSET };
        let cohorts = &self.world.cohorts;
        let Some(cohort) = cohorts.find(deployment, environment) else { return facts };
        let cohort = &cohorts[cohort];
        facts.targets = cohort.targets;
        let released = cohort.released(version).unwrap_or(&[]);
        for (word, (live, released)) in cohort.live.iter().zip(released).enumerate() {
            for bit in ones(live & released) {
                let row = cohort.start as usize + word * 64 + bit as usize;
                let head = self.ledgers[cohort.shard.slot()][row].head;
                let mut first: Option<SimTime> = None;
                for (_, job) in chain(self.jobs, head) {
                    if self.world.editions.version(job.edition) != version || !counts(job.status) {
                        continue;
                    }
                    if let Some(at) = job.completed_at.get() {
                        first = Some(first.map_or(at, |first| first.min(at)));
                        facts.last = facts.last.max(at);
                    }
                }
                facts.firsts.extend(first);
            }
        }
        facts
    }
}

impl<'a> Reads<'a, '_, '_> {
    /// The same as if this version existed already.
    #[must_use]
    pub fn expecting(mut self, ix: VersionIx, version: &'a entity::DeploymentVersion) -> Self {
        self.expected = Some((ix, version));
        self
    }

    /// The keys of a cohort's rows in use.
    #[must_use]
    pub fn keys(&self, cohort: &Cohort) -> &'a [Key] {
        &self.keys[cohort.shard.slot()][cohort.rows()]
    }

    fn ledger(&self, cohort: &Cohort, row: usize) -> &Ledger {
        &self.ledgers[cohort.shard.slot()][cohort.start as usize + row]
    }

    /// The version of a job's release as of the latest job of that release.
    fn released_as(&self, ledger: &Ledger, job: JobIx) -> Option<&entity::DeploymentVersion> {
        let Job { edition, variables, .. } = self.jobs[job.slot()];
        let sets = &self.world.sets;
        let mut jobs = chain(self.jobs, ledger.head);
        let (latest, _) = jobs.find(|(_, it)| is_same_release(it, edition, variables, sets))?;
        let version = self.world.editions.version(edition);
        self.world.copies.of(version, latest).or_else(|| self.world.versions.get(version))
    }
}
