//! Views: what the world says of its targets, in words of the workspace, for reading and exporting.
//!
//! Invariant: reading schedules nothing and changes nothing; targets come in target-key order.

use std::collections::BTreeMap;

use bevy_ecs::world::{Mut, World};

use crate::base::ids::{EditionIx, VariablesId};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::fleet::Fleet;
use crate::fleet::catalogue::Registry;
use crate::fleet::identity::{job_uuid, release_hex, target_key};
use crate::fleet::jobs::{Editions, Job, JobFlags, Jobs, VariableSets, chain};
use crate::fleet::matrix::{Cohorts, State, Tables, TargetRef};
use crate::model::reason::{Reason, reasons};
use crate::model::{Deployment, DeploymentVersion, Environment, JobStatus, Resource};
use crate::wire::event::Triple;

/// A release target as of its last reconcile.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetView {
    /// Resource, environment and deployment id joined by hyphens.
    pub key: String,
    /// Its parts.
    pub triple: Triple,
    /// Where it stands.
    pub state: State,
    /// What holds it back.
    pub reasons: Vec<Reason>,
    /// The release it should have.
    pub desired: Option<ReleaseView>,
    /// The version of the release that it has.
    pub current: Option<String>,
    /// In creation order.
    pub jobs: Vec<JobView>,
}

/// A release of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseView {
    /// The version.
    pub version_id: String,
    /// Its tag.
    pub tag: String,
    /// Export id: lowercase hex SHA-256.
    pub release_id: String,
    /// Resolved variables by key, literals as written.
    pub variables: Vec<(String, Json)>,
}

/// A target that exists no more and has jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartedView {
    /// Its parts.
    pub triple: Triple,
    /// In creation order.
    pub jobs: Vec<JobView>,
}

/// A job of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    /// Derived id.
    pub id: String,
    /// The version of its release.
    pub version_id: String,
    /// Its status.
    pub status: JobStatus,
    /// When it was created.
    pub created_at: SimTime,
    /// When it completed, as reported.
    pub completed_at: Option<SimTime>,
    /// Whether it was cancelled because its target vanished.
    pub cancelled_by_removal: bool,
}

impl Fleet {
    /// Every existing target, in target-key order. Derives the ids of all releases and jobs, about
    /// 1 us each: for exports and tests, not for hot paths.
    #[must_use]
    pub fn targets(&mut self) -> Vec<TargetView> {
        view_targets(self.world_mut())
    }

    /// Every target that exists no more and has jobs, in target-key order. `O(jobs)`; derives the ids
    /// of those it shows.
    #[must_use]
    pub fn departed(&self) -> Vec<DepartedView> {
        let world = self.world();
        let cohorts = world.resource::<Cohorts>();
        let mut departed: BTreeMap<String, DepartedView> = BTreeMap::new();
        for job in &world.resource::<Jobs>().0 {
            let target = job.target;
            if cohorts[target.cohort].live_position(target.resource).is_some() {
                continue;
            }
            let triple = || DepartedView { triple: triple_of(world, target), jobs: Vec::new() };
            let view = departed.entry(target_key(world, target)).or_insert_with(triple);
            view.jobs.push(job_view(world, job));
        }
        departed.into_values().collect()
    }
}

fn view_targets(world: &mut World) -> Vec<TargetView> {
    world.resource_scope(|world, mut tables: Mut<Tables>| {
        let cohorts = world.resource::<Cohorts>();
        let live: Vec<TargetRef> =
            cohorts.iter().flat_map(|(ix, _)| cohorts.live_members(ix)).collect();
        let mut views: Vec<TargetView> =
            live.into_iter().map(|target| view(world, &mut tables, target)).collect();
        views.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.triple.cmp(&b.triple)));
        views
    })
}

fn view(world: &mut World, tables: &mut Tables, target: TargetRef) -> TargetView {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    let position = cohort.position(target.resource).expect("live targets have a row");
    let (shard, row) = (cohort.shard, (cohort.start + position) as usize);
    let columns = tables.shard(world, shard);
    let (plan, state, holds, ledger) =
        (columns.plans[row], columns.states[row], columns.holds[row], columns.ledgers[row]);
    let jobs = &world.resource::<Jobs>().0;
    let mut job_views: Vec<JobView> =
        chain(jobs, ledger.head).map(|(_, job)| job_view(world, job)).collect();
    job_views.reverse();
    TargetView {
        key: target_key(world, target),
        triple: triple_of(world, target),
        state,
        reasons: reasons(holds.0).collect(),
        desired: plan.edition.get().map(|it| release_view(world, target, it, plan.variables)),
        current: ledger.current.get().map(|ix| version_of(world, jobs[ix.slot()].edition)),
        jobs: job_views,
    }
}

/// The ids of a target.
#[must_use]
pub fn triple_of(world: &World, target: TargetRef) -> Triple {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    Triple {
        resource_id: world.resource::<Registry<Resource>>().id(target.resource).to_owned(),
        environment_id: world.resource::<Registry<Environment>>().id(cohort.environment).to_owned(),
        deployment_id: world.resource::<Registry<Deployment>>().id(cohort.deployment).to_owned(),
    }
}

/// A release of a target. Derives its id, about 1 us.
#[must_use]
pub fn release_view(
    world: &World,
    target: TargetRef,
    edition: EditionIx,
    variables: VariablesId,
) -> ReleaseView {
    let entries = world.resource::<VariableSets>().entries(variables);
    ReleaseView {
        version_id: version_of(world, edition),
        tag: world.resource::<Editions>().tag(edition).to_owned(),
        release_id: release_hex(world, target, edition, variables),
        variables: entries.map(|(key, value)| (key.to_owned(), value.clone())).collect(),
    }
}

/// A job. Derives its id, about 1 us.
#[must_use]
pub fn job_view(world: &World, job: &Job) -> JobView {
    JobView {
        id: job_uuid(world, job).to_string(),
        version_id: version_of(world, job.edition),
        status: job.status,
        created_at: job.created_at,
        completed_at: job.completed_at.get(),
        cancelled_by_removal: job.flags.has(JobFlags::CANCELLED_BY_REMOVAL),
    }
}

fn version_of(world: &World, edition: EditionIx) -> String {
    let version = world.resource::<Editions>().version(edition);
    world.resource::<Registry<DeploymentVersion>>().id(version).to_owned()
}
