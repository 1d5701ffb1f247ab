//! The stream: what happens to a fleet, one event after the other.
//!
//! Invariants: every event is valid when it is applied; a kind that cannot happen yet, such as the end
//! of a job where none runs, gives way to a new version.

use super::random::Random;
use super::{Kind, Mix};
use shakedown_benches::numbered_version;
use shakedown_engine::base::time::SECOND;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry, item};
use shakedown_engine::fleet::jobs::Jobs;
use shakedown_engine::model::{
    ApprovalStatus, Deployment, Environment, JobStatus, Policy, Resource, UserApprovalRecord,
};
use shakedown_engine::read::triple_of;
use shakedown_engine::wire::event::{Entity, Event, Finish, Payload};
use shakedown_terminal::exit::Failure;

/// What will happen to a fleet. None of what it names is ever deleted.
#[derive(Debug)]
pub struct Stream {
    mix: Mix,
    random: Random,
    deployments: Vec<String>,
    environments: Vec<String>,
    resources: Vec<String>,
    policies: Vec<String>,
    /// Ids of the versions that the stream created.
    versions: Vec<String>,
    /// Positions of jobs that run.
    running: Vec<usize>,
    /// How many jobs of the fleet have been looked at.
    seen: usize,
}

/// Versions that are still approved.
const LATEST: usize = 50;
/// Users that approve.
const USERS: usize = 3;
/// The most seconds that pass at once.
const MOST_SECONDS: u64 = 10;
/// Of ten jobs, one fails.
const ONE_FAILS_OF: u64 = 10;

impl Stream {
    /// The stream of a seed.
    ///
    /// # Errors
    /// When the fleet has no deployment.
    pub fn new(fleet: &Fleet, mix: Mix, seed: u64) -> Result<Self, Failure> {
        let deployments = ids::<Deployment>(fleet);
        if deployments.is_empty() {
            return Err(Failure::Input("the workspace has no deployment".to_owned()));
        }
        Ok(Self {
            mix,
            random: Random::new(seed),
            deployments,
            environments: ids::<Environment>(fleet),
            resources: ids::<Resource>(fleet),
            policies: ids::<Policy>(fleet),
            versions: Vec::new(),
            running: Vec::new(),
            seen: 0,
        })
    }

    /// The next event, to be applied before the one after it is asked for.
    pub fn next(&mut self, fleet: &Fleet) -> (Kind, Event) {
        let jobs = &fleet.world().resource::<Jobs>().0;
        let new = (self.seen..jobs.len()).filter(|&position| jobs[position].status.is_processing());
        self.running.extend(new);
        self.seen = jobs.len();
        let kind = self.mix.draw(&mut self.random);
        let payload = match kind {
            Kind::Version => None,
            Kind::Approval => self.approval(fleet),
            Kind::Job => self.end_of_job(fleet),
            Kind::Resource => self.label(fleet),
            Kind::Policy => self.demand(fleet),
            Kind::Time => return (kind, self.time(fleet)),
        };
        let (kind, payload) = match payload {
            Some(payload) => (kind, payload),
            None => (Kind::Version, self.version(fleet)),
        };
        (kind, Event::now(payload))
    }

    fn version(&mut self, fleet: &Fleet) -> Payload {
        let deployment = self.random.pick(&self.deployments).cloned().unwrap_or_default();
        let number = u32::try_from(self.versions.len()).unwrap_or(u32::MAX);
        let version = numbered_version(&deployment, number, fleet.now());
        self.versions.push(version.id.clone());
        upsert(Entity::DeploymentVersion(version))
    }

    fn approval(&mut self, fleet: &Fleet) -> Option<Payload> {
        let latest = self.versions.len().saturating_sub(LATEST);
        let version_id = self.random.pick(&self.versions[latest..])?.clone();
        let environment_id = self.random.pick(&self.environments)?.clone();
        let user = self.random.below(USERS)?;
        Some(upsert(Entity::UserApprovalRecord(UserApprovalRecord {
            user_id: format!("approver-{user}"),
            version_id,
            environment_id,
            status: ApprovalStatus::Approved,
            reason: None,
            created_at: fleet.now(),
        })))
    }

    /// The end of a job that runs; others may have ended it meanwhile, when its target vanished.
    fn end_of_job(&mut self, fleet: &Fleet) -> Option<Payload> {
        let jobs = &fleet.world().resource::<Jobs>().0;
        let job = loop {
            let running = self.random.below(self.running.len())?;
            let job = &jobs[self.running.swap_remove(running)];
            if job.status.is_processing() {
                break job;
            }
        };
        let fails = self.random.number().is_multiple_of(ONE_FAILS_OF);
        let status = if fails { JobStatus::Failure } else { JobStatus::Successful };
        let (target, completed_at) = (triple_of(fleet.world(), job.target), Some(fleet.now()));
        Some(Payload::FinishJob(Finish { target, status, completed_at, created_at: None }))
    }

    /// A resource takes over a label of another: now and then that moves it to other environments.
    fn label(&mut self, fleet: &Fleet) -> Option<Payload> {
        let mut resource = entity::<Resource>(fleet, self.random.pick(&self.resources)?)?;
        let other = entity::<Resource>(fleet, self.random.pick(&self.resources)?)?;
        let labels: Vec<(&String, &String)> = other.metadata.iter().collect();
        let &(key, value) = self.random.pick(&labels)?;
        resource.metadata.insert(key.clone(), value.clone());
        Some(upsert(Entity::Resource(resource)))
    }

    /// A policy asks for one approval or two, and for a rollout a second longer or shorter; also its
    /// priority changes, so that every policy does.
    fn demand(&mut self, fleet: &Fleet) -> Option<Payload> {
        let mut policy = entity::<Policy>(fleet, self.random.pick(&self.policies)?)?;
        policy.priority ^= 1;
        for rule in &mut policy.rules {
            if let Some(approval) = &mut rule.any_approval {
                approval.min_approvals = if approval.min_approvals == 1 { 2 } else { 1 };
            }
            if let Some(rollout) = &mut rule.gradual_rollout {
                rollout.time_scale_interval ^= 1;
            }
        }
        Some(upsert(Entity::Policy(policy)))
    }

    fn time(&mut self, fleet: &Fleet) -> Event {
        let seconds = 1 + i64::try_from(self.random.number() % MOST_SECONDS).unwrap_or(0);
        let at = fleet.now().plus(seconds * SECOND);
        Event::at(at, Payload::Tick)
    }
}

/// The ids of a kind, in order.
fn ids<T: Catalogued>(fleet: &Fleet) -> Vec<String> {
    let registry = fleet.world().resource::<Registry<T>>();
    let mut ids: Vec<String> = registry.present().map(|ix| registry.id(ix).to_owned()).collect();
    ids.sort_unstable();
    ids
}

fn entity<T: Catalogued + Clone>(fleet: &Fleet, id: &str) -> Option<T> {
    let world = fleet.world();
    item::<T>(world, world.resource::<Registry<T>>().find(id)?).cloned()
}

fn upsert(entity: Entity) -> Payload {
    Payload::Upsert(Box::new(entity))
}
