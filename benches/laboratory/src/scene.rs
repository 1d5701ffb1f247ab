//! Scenes: fleets in which every deployment has a version that half of its targets may take now.

use crate::subject::Staged;
use crate::{Order, Roster, Soa};
use bevy_ecs::system::SystemState;
use bevy_ecs::world::{Mut, World};
use shakedown_benches::{Demands, Density, build, numbered_version};
use shakedown_engine::base::ids::{PolicyIx, ResourceIx};
use shakedown_engine::base::json::StringMap;
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, items};
use shakedown_engine::fleet::jobs::{Job, Jobs};
use shakedown_engine::fleet::matrix::{Cohorts, Tables, TargetRow};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{
    AnyApproval, ApprovalStatus, Deployment, Environment, Policy, PolicyRule, PolicyScope,
    PolicyTargetSelector, Resource, UserApprovalRecord,
};
use shakedown_engine::preset::{FleetShape, START};
use shakedown_engine::wire::event::{Entity, Event};
use shakedown_systems::kernels::phases::policies;

/// A fleet about to be reconciled, and how its targets stand before.
pub struct Scene {
    pub(crate) fleet: Fleet,
    pub(crate) reads: SystemState<policies::World<'static, 'static>>,
    /// The instant at which half of every cohort is due.
    pub(crate) now: SimTime,
    /// How every target stands before: by seat, in resource order.
    pub(crate) before: Vec<Vec<TargetRow>>,
    /// The jobs before.
    pub(crate) jobs: Vec<Job>,
    /// A target of the first cohort that gets a job.
    pub(crate) due: ResourceIx,
    /// The policy that locks an environment, and applies nowhere until then.
    pub(crate) lock: PolicyIx,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("fleet", &self.fleet).finish_non_exhaustive()
    }
}

impl Scene {
    /// Builds the fleet, and creates an approved version of every deployment. 1 us per target.
    ///
    /// # Panics
    /// When the engine rejects an event of a preset, which would be a bug of one of them.
    #[must_use]
    pub fn new(shape: FleetShape) -> Self {
        let mut fleet = build(shape, START, &mut |_, _, _| {});
        let demands = Demands::of(fleet.world(), 1);
        let mut events = vec![Event::upsert(Entity::Policy(lock("nowhere")))];
        events.extend(approved_versions(fleet.world(), demands.approvals, 0));
        fleet.apply_together(events).expect("they refer to what is there");
        let now = START.plus(demands.seconds_since_start(Density::Half) * SECOND);
        let lock = fleet.world().resource::<Registry<Policy>>().find(LOCK);
        let lock = lock.expect("it was just created");
        let reads = SystemState::new(fleet.world_mut());
        let before = standing_rows(fleet.world_mut());
        let jobs = fleet.world().resource::<Jobs>().0.clone();
        let due = before[0][0].key.resource;
        let mut scene = Self { fleet, reads, now, before, jobs, due, lock };
        scene.due = Staged::<Soa>::new(&scene, Order::ByKey).first_due(&mut scene);
        scene
    }

    /// The targets of the fleet in an order, seat by seat.
    #[must_use]
    pub fn roster(&self, order: Order, by_resource: bool) -> Roster {
        roster(self.fleet.world(), order, by_resource)
    }

    /// Number of targets.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.before.iter().map(Vec::len).sum()
    }
}

/// The targets of a world in an order, seat by seat.
pub(crate) fn roster(world: &World, order: Order, by_resource: bool) -> Roster {
    let resources = by_resource.then(|| world.resource::<Registry<Resource>>().slots());
    Roster::new(world.resource::<Cohorts>(), order, resources)
}

/// The id of the policy that locks an environment.
const LOCK: &str = "lock";

/// A policy that lets nothing into the environments of this name.
pub(crate) fn lock(environment: &str) -> Policy {
    let never = AnyApproval { min_approvals: i32::MAX };
    let selector = PolicyTargetSelector {
        environment_selector: Some(SelectorSource::Cel(format!(
            "environment.name == '{environment}'"
        ))),
        ..PolicyTargetSelector::default()
    };
    let rule = PolicyRule {
        id: "lock-rule".to_owned(),
        created_at: START,
        any_approval: Some(never),
        ..PolicyRule::default()
    };
    Policy {
        id: LOCK.to_owned(),
        name: LOCK.to_owned(),
        workspace_id: String::new(),
        description: None,
        priority: 0,
        enabled: Some(true),
        metadata: StringMap::new(),
        created_at: START,
        rules: vec![rule],
        scope: PolicyScope::Selectors(vec![selector]),
    }
}

/// A version of every deployment, followed by its approvals in every environment.
pub(crate) fn approved_versions(world: &World, approvals: u32, number: u32) -> Vec<Event> {
    let environments: Vec<&Environment> = items::<Environment>(world).map(|(_, it)| it).collect();
    let mut events = Vec::new();
    for (_, deployment) in items::<Deployment>(world) {
        let version = numbered_version(&deployment.id, number, START);
        let approve = |user: u32, environment: &Environment| {
            Event::upsert(Entity::UserApprovalRecord(UserApprovalRecord {
                user_id: format!("approver-{user}"),
                version_id: version.id.clone(),
                environment_id: environment.id.clone(),
                status: ApprovalStatus::Approved,
                reason: None,
                created_at: START,
            }))
        };
        events.push(Event::upsert(Entity::DeploymentVersion(version.clone())));
        let users = 0..approvals;
        events.extend(users.flat_map(|user| environments.iter().map(move |it| approve(user, it))));
    }
    events
}

/// How the targets of a world stand: by seat, in resource order.
pub(crate) fn standing_rows(world: &mut World) -> Vec<Vec<TargetRow>> {
    let seats = roster(world, Order::ByKey, false).cohorts;
    world.resource_scope(|world, mut tables: Mut<Tables>| {
        let rows_of = |(ix, _)| {
            let cohort = world.resource::<Cohorts>()[ix].clone();
            let members = world.resource::<Cohorts>().live_members(ix);
            let mut members: Vec<_> = members.map(|target| target.resource).collect();
            members.sort_unstable();
            let columns = tables.shard(world, cohort.shard);
            members
                .into_iter()
                .map(|resource| {
                    let position = cohort.live_position(resource).expect("it is live");
                    let at = (cohort.start + position) as usize;
                    TargetRow {
                        key: columns.keys[at],
                        plan: columns.plans[at],
                        state: columns.states[at],
                        holds: columns.holds[at],
                        ledger: columns.ledgers[at],
                    }
                })
                .collect()
        };
        seats.into_iter().map(rows_of).collect()
    })
}
