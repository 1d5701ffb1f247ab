//! The state digest: one number that two worlds share exactly if their targets stand the same.
//!
//! Each live target contributes a hash of its key text, desired release, reasons, state and jobs;
//! contributions are added, so the digest does not depend on how rows are laid out. Catalogue
//! entities are not part of it: they are input.

use bevy_ecs::world::World;
use xxhash_rust::xxh3::Xxh3;

use crate::base::hash::FNV_START;
use crate::base::ids::{EditionIx, VariablesId};
use crate::fleet::catalogue::Registry;
use crate::fleet::jobs::{Canonical, Editions, Job, Jobs, VariableSets, chain};
use crate::fleet::matrix::{Cohorts, ReadTables, TargetRef};
use crate::model::{Deployment, DeploymentVersion, Environment, Resource};

/// The digest of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub u64);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Digests every live target with its jobs. About 50 ns per target without jobs.
#[must_use]
pub fn digest(world: &World) -> Digest {
    let (cohorts, tables) = (world.resource::<Cohorts>(), ReadTables::new(world));
    let jobs = &world.resource::<Jobs>().0;
    let mut sum = 0u64;
    for (ix, cohort) in cohorts.iter() {
        for target in cohorts.live_members(ix) {
            let Some(position) = cohort.live_position(target.resource) else { continue };
            let row = tables.row(cohort, position);
            let mut hash = Hasher::of(world, target);
            if let Some(edition) = row.plan.edition.get() {
                hash.edition(world, edition);
                hash.variables(world, row.plan.variables);
            }
            hash.number(u64::from(row.holds.0) << 8 | row.state as u64);
            for (_, job) in chain(jobs, row.ledger.head) {
                hash.job(world, job);
            }
            sum = sum.wrapping_add(hash.0.digest());
        }
    }
    Digest(sum)
}

struct Hasher(Xxh3);

impl Hasher {
    fn of(world: &World, target: TargetRef) -> Self {
        let mut hasher = Self(Xxh3::with_seed(FNV_START));
        let cohort = &world.resource::<Cohorts>()[target.cohort];
        hasher.text(world.resource::<Registry<Resource>>().id(target.resource));
        hasher.text(world.resource::<Registry<Environment>>().id(cohort.environment));
        hasher.text(world.resource::<Registry<Deployment>>().id(cohort.deployment));
        hasher
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn variables(&mut self, world: &World, variables: VariablesId) {
        for (key, value) in world.resource::<VariableSets>().canonicals(variables) {
            self.text(key);
            match value {
                Canonical::Literal(text) => self.text(text),
                // Where a literal has its length.
                Canonical::Opaque(hash) => {
                    self.number(u64::MAX);
                    self.text(hash);
                }
            }
        }
    }

    fn edition(&mut self, world: &World, edition: EditionIx) {
        let editions = world.resource::<Editions>();
        self.text(world.resource::<Registry<DeploymentVersion>>().id(editions.version(edition)));
        self.text(editions.tag(edition));
    }

    fn job(&mut self, world: &World, job: &Job) {
        self.edition(world, job.edition);
        self.variables(world, job.variables);
        self.number(job.status as u64);
        for time in [job.created_at, job.completed_at, job.released_at] {
            self.number(time.0.cast_unsigned());
        }
        self.number(u64::from(job.attempt));
    }
}
