//! One measured iteration: a version of one deployment is created in a fleet that runs the one
//! before it everywhere.
//!
//! Measured is applying `deployment-version.created` and reconciling until nothing is dirty.
//! Everything else is preparation: the previous version reaches every target and its jobs finish as
//! successful, the clock moves on, and the new version's approvals are given. Without the former, a
//! fleet would have to look back through as many versions as there were iterations, and iterations
//! would not be alike.
//!
//! Approvals refer to a version that must exist, and outlive it. So a version is created while it is
//! being built, approved and deleted before the measurement; its approvals count when it returns.

use shakedown_engine::base::ids::DeploymentIx;
use shakedown_engine::base::json::{JsonMap, StringMap};
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{
    ApprovalStatus, Deployment, DeploymentVersion, Environment, JobStatus, PolicyBypass,
    PolicySkip, UserApprovalRecord, VersionStatus, WaiverType,
};
use shakedown_engine::preset::{FleetShape, Rules, START};
use shakedown_engine::read::triple_of;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{Entity, Event, Finish, Key, Payload, Triple};

use crate::{Demands, Density, build, holding};

const MILLISECOND: i64 = SECOND / 1_000;

/// What an iteration finds of the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// The previous version runs everywhere.
    Settled,
    /// Nothing ever finishes: jobs of earlier iterations stay pending, so what they occupy is
    /// planned and then denied. This is how the original measures.
    CarriedOver,
}

/// What every measured version is given, so that it can go out as far as its density says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// Users who approve it, in each environment.
    pub approvals: u32,
    /// Environments in which the deployment has targets.
    pub environments: usize,
    /// Seconds since it was created.
    pub seconds: i64,
    /// Whether it has a bypass and a skip.
    pub waived: bool,
}

impl Granted {
    /// Whether it is nothing.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.approvals == 0 && self.seconds <= 0 && !self.waived
    }
}

/// Creates version after version of one deployment, or of several by turns.
#[derive(Debug)]
pub struct VersionCreated {
    fleet: Fleet,
    density: Density,
    history: History,
    course: Course,
    /// Where other deployments were left.
    left: Vec<(DeploymentIx, Progress)>,
    /// Versions that went everywhere before the first measured one.
    behind: u32,
    /// Whether every version has a bypass and a skip.
    by_every_rule: bool,
    /// Whether a rule of every kind holds it while it is measured.
    is_held: bool,
}

/// The deployment whose versions are created.
#[derive(Debug)]
struct Course {
    deployment: DeploymentIx,
    id: String,
    demands: Demands,
    targets: Vec<Triple>,
    environments: Vec<String>,
    progress: Progress,
}

/// How far a deployment has come.
#[derive(Debug, Default)]
struct Progress {
    /// Versions so far, which is the number of the next one.
    made: u32,
    latest: Option<DeploymentVersion>,
}

impl Course {
    /// The beginning of a deployment; `None` when the fleet has none of this id.
    fn of(fleet: &Fleet, id: &str) -> Option<Self> {
        let world = fleet.world();
        let deployment = world.resource::<Registry<Deployment>>().find(id)?;
        world.resource::<Registry<Deployment>>().entity(deployment)?;
        let cohorts = world.resource::<Cohorts>();
        let mine = cohorts.of_deployment(deployment).iter().map(|&cohort| &cohorts[cohort]);
        let largest = mine.map(|cohort| cohort.targets).max().unwrap_or(0);
        Some(Self {
            deployment,
            id: id.to_owned(),
            demands: Demands::of(world, largest),
            targets: targets_of(fleet, deployment),
            environments: environments_of(fleet, deployment),
            progress: Progress::default(),
        })
    }
}

impl VersionCreated {
    /// Takes a fleet; `None` when it has no deployment of this id.
    #[must_use]
    pub fn new(fleet: Fleet, deployment: &str, density: Density, history: History) -> Option<Self> {
        let course = Course::of(&fleet, deployment)?;
        let left = Vec::new();
        Some(Self {
            fleet,
            density,
            history,
            course,
            left,
            behind: 1,
            by_every_rule: false,
            is_held: false,
        })
    }

    /// Goes on with another deployment, where it was left if it had its turn before; whether the fleet has
    /// one of this id. About 0.2 us per target.
    pub fn turn_to(&mut self, deployment: &str) -> bool {
        if deployment == self.course.id {
            return true;
        }
        let Some(mut course) = Course::of(&self.fleet, deployment) else { return false };
        let known = self.left.iter().position(|(known, _)| *known == course.deployment);
        if let Some(known) = known {
            course.progress = self.left.swap_remove(known).1;
        }
        let left = std::mem::replace(&mut self.course, course);
        self.left.push((left.deployment, left.progress));
        true
    }

    /// A settled fleet of a known shape, and its first deployment. About 1 us per target.
    ///
    /// # Panics
    /// When the engine rejects an event of a preset, which would be a bug of one of them.
    #[must_use]
    pub fn of(shape: FleetShape, density: Density) -> Self {
        let fleet = build(shape, START, &mut |_, _, _| {});
        let iteration = Self::new(fleet, &shape.deployment_id(0), density, History::Settled)
            .expect("every shape has a first deployment");
        if shape.rules == Rules::Every { iteration.with_every_rule() } else { iteration }
    }

    /// Three versions instead of one have gone everywhere when measuring begins, every version has a bypass
    /// and a skip, and while it is measured a rule of every kind holds some of the targets: what a preset
    /// with every kind of rule lacks itself, because it has no versions, and lets all of them go.
    #[must_use]
    pub const fn with_every_rule(mut self) -> Self {
        self.behind = 3;
        self.by_every_rule = true;
        self.is_held = true;
        self
    }

    /// The same without the rules that hold, for kernels that are to be counted over as much work as ever.
    #[must_use]
    pub const fn held_by_nothing(mut self) -> Self {
        self.is_held = false;
        self
    }

    /// How many targets of each measured version are held for which reason, beside those that rollouts and
    /// progressions hold; nothing but with every rule.
    #[must_use]
    pub fn holds(&self) -> Vec<(Reason, u64)> {
        if !self.is_held {
            return Vec::new();
        }
        let Course { targets, environments, .. } = &self.course;
        let counted = holding::held(environments).map(|(reason, environment)| {
            let held = targets.iter().filter(|target| target.environment_id == environment);
            (reason, held.count() as u64)
        });
        counted.collect()
    }

    /// The fleet.
    #[must_use]
    pub const fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The fleet, to read columns and digests.
    pub const fn fleet_mut(&mut self) -> &mut Fleet {
        &mut self.fleet
    }

    /// The deployment whose versions are created.
    #[must_use]
    pub const fn deployment(&self) -> DeploymentIx {
        self.course.deployment
    }

    /// The targets of the deployment when measuring began, by environment.
    #[must_use]
    pub fn targets(&self) -> &[Triple] {
        &self.course.targets
    }

    /// Prepares the next iteration and returns the event to measure. About 2 us per target.
    ///
    /// # Errors
    /// When the fleet rejects one of the preparing events, because its own entities have an id that
    /// measuring uses.
    pub fn prepare(&mut self) -> Result<Event, Rejection> {
        if self.history == History::Settled {
            for _ in self.course.progress.made..self.behind {
                let version = self.next_version(self.fleet.now());
                self.release_everywhere(&version)?;
            }
            if let Some(previous) = self.course.progress.latest.take() {
                let lifted = self.holding(None);
                self.apply(lifted)?;
                self.release_everywhere(&previous)?;
                self.forget_oldest()?;
            }
        }
        // Versions must be older than their successors, also by creation. Nothing that is pending
        // may become due meanwhile, which would be another change than the measured one.
        let step = match self.history {
            History::Settled => (self.course.demands.rollout_seconds + 1) * SECOND,
            History::CarriedOver => MILLISECOND,
        };
        let now = self.fleet.now().plus(step);
        let since_start = self.course.demands.seconds_since_start(self.density);
        let version = self.next_version(now.plus(-since_start * SECOND));
        let mut events = vec![Event::upsert(building(&version))];
        if self.density != Density::Gate {
            events.extend(self.approvals(&version));
        }
        if self.by_every_rule {
            events.extend(self.waivers(&version));
            events.extend(self.holding(Some(&version)));
        }
        events.push(Event::at(now, Payload::Delete(Key::DeploymentVersion(version.id.clone()))));
        self.apply(events)?;
        self.course.progress.latest = Some(version.clone());
        Ok(Event::now(created(version)))
    }

    /// What every measured version is given.
    #[must_use]
    pub const fn granted(&self) -> Granted {
        let approvals = match self.density {
            Density::Gate => 0,
            Density::Half | Density::All => self.course.demands.approvals,
        };
        let seconds = self.course.demands.seconds_since_start(self.density);
        Granted {
            approvals,
            environments: self.course.environments.len(),
            seconds,
            waived: self.by_every_rule,
        }
    }

    /// What creating one more version does that is given nothing, as it would be for whoever creates it
    /// now. The fleet goes on from there.
    ///
    /// # Errors
    /// As for [`Self::prepare`].
    pub fn create_without(&mut self) -> Result<Report, Rejection> {
        let (density, by_every_rule, is_held) = (self.density, self.by_every_rule, self.is_held);
        let lifted = self.holding(None);
        self.apply(lifted)?;
        (self.density, self.by_every_rule, self.is_held) = (Density::Gate, false, false);
        let event = self.prepare();
        (self.density, self.by_every_rule, self.is_held) = (density, by_every_rule, is_held);
        self.measure(event?)
    }

    /// The new version that the next measured event creates.
    #[must_use]
    pub const fn version(&self) -> Option<&DeploymentVersion> {
        self.course.progress.latest.as_ref()
    }

    /// The measured part.
    ///
    /// # Errors
    /// When the fleet rejects the event, which it does not if [`Self::prepare`] made it.
    pub fn measure(&mut self, event: Event) -> Result<Report, Rejection> {
        Ok(self.fleet.apply(event)?)
    }

    /// Lets a version reach every target that policies let it reach by approval and time, and
    /// finishes all jobs as successful, until no more follow from that.
    fn release_everywhere(&mut self, version: &DeploymentVersion) -> Result<(), Rejection> {
        let due = self.fleet.now().plus((self.course.demands.rollout_seconds + 1) * SECOND);
        let mut events = vec![Event::now(created(version.clone()))];
        events.extend(self.approvals(version));
        events.push(Event::at(due, created(version.clone())));
        self.apply(events)?;
        // What follows upstream has soaked and rolled out one round later.
        let round = self.course.demands.soak_seconds
            + if self.course.demands.soak_seconds > 0 {
                self.course.demands.rollout_seconds + 1
            } else {
                0
            };
        for _ in 0..=self.course.environments.len() {
            let now = self.fleet.now();
            let finish = |target: &Triple| {
                Event::now(Payload::FinishJob(Finish {
                    target: target.clone(),
                    status: JobStatus::Successful,
                    completed_at: Some(now),
                    created_at: None,
                }))
            };
            let mut events: Vec<Event> = self.course.targets.iter().map(finish).collect();
            events.push(Event::at(now.plus(round * SECOND), Payload::Tick));
            if self.apply(events)?.jobs_created == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Applies events of any instants and reconciles once: preparing is not a replay, so timers between
    /// them do not ring.
    fn apply(&mut self, events: Vec<Event>) -> Result<Report, Rejection> {
        let (report, refused) = self.fleet.apply_document(events);
        refused.into_iter().next().map_or(Ok(report), |first| Err(first.rejection))
    }

    fn next_version(&mut self, created_at: SimTime) -> DeploymentVersion {
        self.course.progress.made += 1;
        numbered_version(&self.course.id, self.course.progress.made - 1, created_at)
    }

    /// Deletes the version before those that are behind: what a rule holds whatever the version would be
    /// asked about one more candidate in each iteration.
    fn forget_oldest(&mut self) -> Result<(), Rejection> {
        let Some(oldest) = self.course.progress.made.checked_sub(self.behind + 1) else {
            return Ok(());
        };
        if self.by_every_rule {
            let id = numbered_version(&self.course.id, oldest, self.fleet.now()).id;
            self.apply(vec![Event::now(Payload::Delete(Key::DeploymentVersion(id)))])?;
        }
        Ok(())
    }

    /// A bypass for the deployment's first target, and a skip for the environment of its last.
    fn waivers(&self, version: &DeploymentVersion) -> Vec<Event> {
        let [Some(first), Some(last)] = [self.course.targets.first(), self.course.targets.last()]
        else {
            return Vec::new();
        };
        let bypass = PolicyBypass {
            id: format!("{}-bypass", version.id),
            version_id: version.id.clone(),
            environment_id: Some(first.environment_id.clone()),
            resource_id: Some(first.resource_id.clone()),
            policy_ids: Vec::new(),
            bypass_rule_types: BYPASSED.to_vec(),
            justification: String::new(),
            created_by: String::new(),
            created_at: version.created_at,
            expires_at: None,
            workspace_id: String::new(),
        };
        let skip = PolicySkip {
            id: format!("{}-skip", version.id),
            version_id: version.id.clone(),
            environment_id: Some(last.environment_id.clone()),
            resource_id: None,
            rule_id: SKIPPED.to_owned(),
            reason: String::new(),
            created_by: String::new(),
            created_at: version.created_at,
            expires_at: None,
            workspace_id: String::new(),
        };
        let waivers = [Entity::PolicyBypass(bypass), Entity::PolicySkip(skip)];
        waivers.map(Event::upsert).into()
    }

    /// The policies of every kind of rule, so that they hold a version, or nothing.
    fn holding(&self, version: Option<&DeploymentVersion>) -> Vec<Event> {
        if !self.is_held {
            return Vec::new();
        }
        let Course { id, environments, .. } = &self.course;
        let policies = holding::policies(id, environments, version.map(|it| it.tag.as_str()));
        policies.into_iter().map(|policy| Event::upsert(Entity::Policy(policy))).collect()
    }

    /// As many approvals as any policy asks for, in every environment, given when the version was
    /// made: a rollout then starts at that instant, approved or not.
    fn approvals(&self, version: &DeploymentVersion) -> Vec<Event> {
        let approve = |user: u32, environment: &String| {
            Event::upsert(Entity::UserApprovalRecord(UserApprovalRecord {
                user_id: format!("approver-{user}"),
                version_id: version.id.clone(),
                environment_id: environment.clone(),
                status: ApprovalStatus::Approved,
                reason: None,
                created_at: version.created_at,
            }))
        };
        let users = 0..self.course.demands.approvals;
        users
            .flat_map(|user| self.course.environments.iter().map(move |it| approve(user, it)))
            .collect()
    }
}

/// The rules that keep a version from the first of its targets for a while.
const BYPASSED: [WaiverType; 2] = [WaiverType::Approval, WaiverType::GradualRollout];
/// The rule of the preset that a version's skip names.
const SKIPPED: &str = "linear-rollout-rule-1";

/// A ready version of a deployment, without configuration and dependencies.
#[must_use]
pub fn numbered_version(deployment: &str, number: u32, created_at: SimTime) -> DeploymentVersion {
    DeploymentVersion {
        id: format!("{deployment}-version-{number:05}"),
        deployment_id: deployment.to_owned(),
        tag: format!("v1.{number}.0"),
        name: format!("v1.{number}.0"),
        status: Some(VersionStatus::Ready),
        config: JsonMap::new(),
        job_agent_config: JsonMap::new(),
        metadata: StringMap::new(),
        message: None,
        created_at,
        dependencies: std::collections::BTreeMap::new(),
    }
}

fn building(version: &DeploymentVersion) -> Entity {
    let status = Some(VersionStatus::Building);
    Entity::DeploymentVersion(DeploymentVersion { status, ..version.clone() })
}

fn created(version: DeploymentVersion) -> Payload {
    Payload::Upsert(Box::new(Entity::DeploymentVersion(version)))
}

fn targets_of(fleet: &Fleet, deployment: DeploymentIx) -> Vec<Triple> {
    let world = fleet.world();
    let cohorts = world.resource::<Cohorts>();
    let mine = cohorts.of_deployment(deployment).iter();
    let targets = mine.flat_map(|&cohort| cohorts.live_members(cohort));
    targets.map(|target| triple_of(world, target)).collect()
}

fn environments_of(fleet: &Fleet, deployment: DeploymentIx) -> Vec<String> {
    let world = fleet.world();
    let cohorts = world.resource::<Cohorts>();
    let registry = world.resource::<Registry<Environment>>();
    let mine = cohorts.of_deployment(deployment).iter().map(|&cohort| &cohorts[cohort]);
    mine.filter(|cohort| cohort.targets > 0)
        .map(|cohort| registry.id(cohort.environment).to_owned())
        .collect()
}
