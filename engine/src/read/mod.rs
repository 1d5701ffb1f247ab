//! Views: what the world says of its targets, in words of the workspace, for reading and exporting.
//!
//! Invariant: reading schedules nothing and changes nothing; targets come in target-key order, unless
//! they come one by one.

mod find;

pub use crate::fleet::identity::triple_of;
pub use find::FindError;

use std::collections::BTreeMap;
use std::fmt;

use bevy_ecs::world::World;

use crate::base::ids::{EditionIx, JobIx, VariablesId};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::fleet::Fleet;
use crate::fleet::catalogue::Registry;
use crate::fleet::identity::{job_id, release_hex, target_key};
use crate::fleet::jobs::{Editions, JobFlags, Jobs, Starts, VariableSets, chain};
use crate::fleet::matrix::{Cohorts, ReadTables, State, TargetRef, TargetRow};
use crate::fleet::report::Report;
use crate::model::reason::{Reason, reasons};
use crate::model::{DeploymentVersion, JobStatus};
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

/// For people: `api in prod on r1: waiting, rollout.waiting`.
impl fmt::Display for TargetView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.triple, self.state)?;
        self.reasons.iter().try_for_each(|reason| write!(f, ", {reason}"))
    }
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
    /// Its id, as recorded or derived.
    pub id: String,
    /// What it is to deploy to.
    pub target: Triple,
    /// The version of its release.
    pub version_id: String,
    /// Its status.
    pub status: JobStatus,
    /// When it was created.
    pub created_at: SimTime,
    /// When an agent began with it, if one said so.
    pub started_at: Option<SimTime>,
    /// When it completed, as reported.
    pub completed_at: Option<SimTime>,
    /// Whether it was cancelled because its target vanished.
    pub cancelled_by_removal: bool,
}

/// For people: `api in prod on r1: job of v1, pending`.
impl fmt::Display for JobView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: job of {}, {}", self.target, self.version_id, self.status)
    }
}

impl Fleet {
    /// Every existing target, in target-key order. Derives the ids of all releases and jobs, about
    /// 1 us each: for exports and tests, not for hot paths.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetView> {
        let mut views: Vec<TargetView> = self.each_target().collect();
        views.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.triple.cmp(&b.triple)));
        views
    }

    /// Every existing target, one view at a time, in the order of rows: for fleets whose views would
    /// not fit into memory.
    pub fn each_target(&self) -> impl Iterator<Item = TargetView> + '_ {
        let (world, tables) = (self.world(), ReadTables::new(self.world()));
        let cohorts = world.resource::<Cohorts>();
        let live = cohorts.iter().flat_map(|(ix, _)| cohorts.live_members(ix));
        live.map(move |target| view(world, &tables, target))
    }

    /// The target of a deployment, an environment and a resource, each given by id or name as
    /// [`Fleet::find`] takes them.
    ///
    /// # Errors
    /// When the names do not lead to one target.
    pub fn target(
        &self,
        deployment: &str,
        environment: &str,
        resource: &str,
    ) -> Result<TargetView, FindError> {
        let target = self.find(deployment, environment, resource)?;
        Ok(view(self.world(), &ReadTables::new(self.world()), target))
    }

    /// The jobs that a reconcile created, in the order of creation, as they are now. Derives the id of
    /// each, about 1 us.
    pub fn jobs<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = JobView> + 'a {
        let world = self.world();
        let known = world.resource::<Jobs>().0.len();
        let own = report.jobs.iter().filter(move |job| job.slot() < known);
        own.map(move |job| job_view(world, job))
    }

    /// Every target that exists no more and has jobs, in target-key order. `O(jobs)`; derives the ids
    /// of those it shows.
    #[must_use]
    pub fn departed(&self) -> Vec<DepartedView> {
        let world = self.world();
        let cohorts = world.resource::<Cohorts>();
        let mut departed: BTreeMap<(String, Triple), DepartedView> = BTreeMap::new();
        for (at, job) in world.resource::<Jobs>().0.iter().enumerate() {
            let target = job.target;
            if cohorts[target.cohort].live_position(target.resource).is_some() {
                continue;
            }
            // Two targets may have one key text.
            let triple = triple_of(world, target);
            let key = (target_key(world, target), triple.clone());
            let view = departed.entry(key).or_insert(DepartedView { triple, jobs: Vec::new() });
            view.jobs.push(job_view(world, JobIx::at(at)));
        }
        departed.into_values().collect()
    }
}

/// What the columns and jobs say of a live target.
fn view(world: &World, tables: &ReadTables<'_>, target: TargetRef) -> TargetView {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    let position = cohort.live_position(target.resource).expect("live targets have a row");
    let TargetRow { plan, state, holds, ledger, .. } = tables.row(cohort, position);
    let jobs = &world.resource::<Jobs>().0;
    let mut job_views: Vec<JobView> =
        chain(jobs, ledger.head).map(|(ix, _)| job_view(world, ix)).collect();
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
pub fn job_view(world: &World, ix: JobIx) -> JobView {
    let job = &world.resource::<Jobs>().0[ix.slot()];
    JobView {
        id: job_id(world, ix),
        target: triple_of(world, job.target),
        version_id: version_of(world, job.edition),
        status: job.status,
        created_at: job.created_at,
        started_at: world.resource::<Starts>().of(ix),
        completed_at: job.completed_at.get(),
        cancelled_by_removal: job.flags.has(JobFlags::CANCELLED_BY_REMOVAL),
    }
}

fn version_of(world: &World, edition: EditionIx) -> String {
    let version = world.resource::<Editions>().version(edition);
    world.resource::<Registry<DeploymentVersion>>().id(version).to_owned()
}
