//! Policies phase: which policies apply, and what they say of each candidate in each dirty cohort.

mod applicability;
mod candidates;
mod evaluate;
mod gates;
mod key_hashes;
mod rulebook;

pub use applicability::{Applicability, Class, refresh_applicability};
pub use candidates::{CandidateLists, refresh_candidates};
pub use evaluate::{Candidate, Surroundings, Task, Verdicts, evaluate};
pub use key_hashes::{KeyHashes, refresh_key_hashes};
pub use rulebook::{Check, Entry, RuleBook, RuleCheck, refresh_rulebook};

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Query, Res, ResMut};
use rayon::prelude::*;
use shakedown_engine::catalogue::{ApprovalList, Approvals, Stock};
use shakedown_engine::dirty::Dirty;
use shakedown_engine::entity;
use shakedown_engine::ids::{DeploymentIx, EnvironmentIx, ResourceIx, VersionIx};
use shakedown_engine::schedule::Clock;
use shakedown_engine::target::{Cohort, Cohorts, Key, SHARDS};

use crate::rollout::CohortWaves;
use crate::waiver::{Waiver, Waivers};
use crate::work::{Work, shard_of};

/// The rollouts of every cohort, by index.
#[derive(Debug, Default, Resource)]
pub struct Waves {
    /// Grown to the number of cohorts when work is collected.
    pub cohorts: Vec<CohortWaves>,
}

/// Evaluates every dirty cohort.
///
/// # Errors
/// When a queried component is not table-stored, which cannot happen.
///
/// # Panics
/// Never: collected cohorts are dirty.
pub fn evaluate_policies(
    clock: Res<Clock>,
    dirty: Res<Dirty>,
    cohorts: Res<Cohorts>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    world: World<'_, '_>,
    mut waves: ResMut<Waves>,
    mut work: ResMut<Work>,
    keys: Query<&Key>,
) -> bevy_ecs::error::Result {
    work.collect(&dirty, &cohorts);
    if work.cohorts.is_empty() {
        return Ok(());
    }
    waves.cohorts.resize_with(cohorts.len(), CohortWaves::default);
    let mut tables: [&[Key]; SHARDS] = [&[]; SHARDS];
    for keys in keys.contiguous_iter()? {
        if let Some(shard) = shard_of(keys, &cohorts) {
            tables[shard.slot()] = keys;
        }
    }
    let is_parallel = work.is_parallel();
    let Work { cohorts: dirty_cohorts, ranges, verdicts, .. } = &mut *work;
    let mut own_waves: Vec<CohortWaves> = dirty_cohorts
        .iter()
        .map(|cohort| std::mem::take(&mut waves.cohorts[cohort.slot()]))
        .collect();
    let mut tasks: Vec<Task<'_>> = dirty_cohorts
        .iter()
        .zip(ranges)
        .zip(verdicts)
        .zip(&mut own_waves)
        .map(|(((&ix, (shard, rows)), verdict), waves)| Task {
            cohort: &cohorts[ix],
            keys: &tables[shard.slot()][rows.clone()],
            dirty: dirty.rows(ix).expect("collected cohorts are dirty"),
            classes: applicability.classes(ix),
            candidates: candidates.of(cohorts[ix].deployment),
            waves,
            verdict,
        })
        .collect();
    if is_parallel {
        tasks.par_iter_mut().for_each(|task| evaluate(task, &world, clock.0));
    } else {
        tasks.iter_mut().for_each(|task| evaluate(task, &world, clock.0));
    }
    drop(tasks);
    for (cohort, own) in dirty_cohorts.iter().zip(own_waves) {
        waves.cohorts[cohort.slot()] = own;
    }
    Ok(())
}

/// What evaluation reads of the world.
#[derive(Debug, bevy_ecs::system::SystemParam)]
pub struct World<'w, 's> {
    book: Res<'w, RuleBook>,
    approvals: Res<'w, Approvals>,
    key_hashes: Res<'w, KeyHashes>,
    waivers: Res<'w, Waivers>,
    resources: Stock<'w, 's, entity::Resource>,
    environments: Stock<'w, 's, entity::Environment>,
    deployments: Stock<'w, 's, entity::Deployment>,
    versions: Stock<'w, 's, entity::DeploymentVersion>,
}

impl Surroundings for World<'_, '_> {
    fn book(&self) -> &RuleBook {
        &self.book
    }

    fn approvals(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList> {
        self.approvals.of(version, environment)
    }

    fn key_hashes(&self, cohort: &Cohort, keys: &[Key], hashes: &mut Vec<u64>) {
        let rest = self.rest_of_key(cohort);
        self.key_hashes.extend_over(&rest, keys, hashes);
    }

    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool {
        let rest = self.rest_of_key(cohort);
        let text = |key: Key| {
            [self.resources.registry().id(key.resource).as_bytes(), b"-", rest.as_bytes()].concat()
        };
        text(a) < text(b)
    }

    fn waivers(&self, version: VersionIx) -> &[Waiver] {
        self.waivers.of(version)
    }

    fn version(&self, version: VersionIx) -> Option<&entity::DeploymentVersion> {
        self.versions.get(version)
    }

    fn environment(&self, environment: EnvironmentIx) -> Option<&entity::Environment> {
        self.environments.get(environment)
    }

    fn deployment(&self, deployment: DeploymentIx) -> Option<&entity::Deployment> {
        self.deployments.get(deployment)
    }

    fn resource(&self, resource: ResourceIx) -> Option<&entity::Resource> {
        self.resources.get(resource)
    }
}

impl World<'_, '_> {
    /// The key text of a cohort's targets after the resource and its hyphen.
    fn rest_of_key(&self, cohort: &Cohort) -> String {
        let environment = self.environments.registry().id(cohort.environment);
        format!("{environment}-{}", self.deployments.registry().id(cohort.deployment))
    }
}
