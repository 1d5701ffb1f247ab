//! The fleet: a workspace held as a world, and its schedule. What whoever drives it may rely on is the
//! contract in `drive.rs`; what people do by hand is in `put.rs`.

pub mod catalogue;
pub mod change;
pub mod digest;
pub mod dirty;
mod drive;
pub mod edit;
pub mod identity;
pub mod ingest;
pub mod jobs;
pub mod matrix;
pub mod phase;
pub mod probe;
mod put;
pub mod relations;
pub mod report;
pub mod schedule;
pub mod timers;

pub use drive::{Error, MOST_PASSES};
pub use put::PutError;

use std::fmt;

use bevy_ecs::schedule::Schedule;
use bevy_ecs::world::World;

use crate::base::time::SimTime;
use crate::fleet::catalogue::{
    Approvals, CompiledSelectors, Selections, SystemLinks, VariableIndex, init_registries,
};
use crate::fleet::change::Changes;
use crate::fleet::digest::{Digest, digest};
use crate::fleet::dirty::Dirty;
use crate::fleet::ingest::{
    Identifiers, InVain, Incomplete, JobIds, PolicyCheck, Stated, Taken, Waiting, WorkspaceId,
};
use crate::fleet::jobs::{
    Configs, Editions, ExternalIds, GivenIds, InOrder, Jobs, Starts, VariableSets, VersionCopies,
};
use crate::fleet::matrix::{Cohorts, Departed, Room, Shards, Sources, Tables};
use crate::fleet::probe::{Edge, Probe, Span};
use crate::fleet::relations::Relations;
use crate::fleet::report::Report;
use crate::fleet::schedule::{Clock, Gauge, Reading, reconcile_schedule};
use crate::fleet::timers::Timers;
use crate::model::{self, Dialect};
use crate::wire::Rejection;

/// A workspace held in memory, and the schedule that reconciles it.
///
/// Each pass begins with ingest, which is the engine's own phase; `shakedown-systems` installs the systems
/// of the others.
pub struct Fleet {
    world: World,
    schedule: Schedule,
    listeners: Listeners,
}

/// Who is told of changes: the engine forgets them at the end of each pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listeners {
    /// Nobody, and nothing was forgotten.
    None,
    /// Nobody, and something was forgotten.
    Missing,
    /// Systems that must be told of all that there is.
    Late,
    /// Systems that know what there is.
    Present,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets = self.world.resource::<Cohorts>().targets();
        f.debug_struct("Fleet").field("targets", &targets).finish_non_exhaustive()
    }
}

impl Fleet {
    /// An empty workspace whose clock stands at `now`.
    ///
    /// Without systems it takes events and knows its targets, but decides nothing: they stay dirty
    /// until somebody installs systems that reconcile them, who are told of all that there is then.
    /// `shakedown_systems::fleet` makes one that has them.
    #[must_use]
    pub fn new(workspace_id: &str, now: SimTime) -> Self {
        Self::in_dialect(Dialect::default(), workspace_id, now)
    }

    /// The same in a dialect, which is fixed for the life of the fleet.
    #[must_use]
    pub fn in_dialect(dialect: Dialect, workspace_id: &str, now: SimTime) -> Self {
        let mut world = World::new();
        world.insert_resource(dialect);
        world.insert_resource(WorkspaceId(workspace_id.to_owned()));
        world.insert_resource(Clock(now));
        init_catalogue(&mut world);
        world.init_resource::<Sources>();
        world.init_resource::<Cohorts>();
        world.init_resource::<Room>();
        world.init_resource::<Shards>();
        world.init_resource::<Departed>();
        world.init_resource::<Dirty>();
        world.init_resource::<Editions>();
        world.init_resource::<VariableSets>();
        world.init_resource::<Configs>();
        world.init_resource::<Jobs>();
        world.init_resource::<InOrder>();
        world.init_resource::<ExternalIds>();
        world.init_resource::<Starts>();
        world.init_resource::<VersionCopies>();
        world.init_resource::<JobIds>();
        world.init_resource::<GivenIds>();
        world.init_resource::<Waiting>();
        world.init_resource::<Incomplete>();
        world.init_resource::<InVain>();
        world.init_resource::<Stated>();
        world.init_resource::<Timers>();
        world.init_resource::<PolicyCheck>();
        world.init_resource::<Taken>();
        world.init_resource::<Changes>();
        world.init_resource::<Report>();
        world.init_resource::<Gauge>();
        world.init_resource::<Probe>();
        let tables = Tables::new(&mut world);
        world.insert_resource(tables);
        Self { world, schedule: reconcile_schedule(), listeners: Listeners::None }
    }

    /// The schedule, to install systems. Those that come first, to a fleet that took events without any,
    /// are told with the next pass of all that there is, as if it had come then.
    pub fn schedule_mut(&mut self) -> &mut Schedule {
        self.listeners = match self.listeners {
            Listeners::None | Listeners::Present => Listeners::Present,
            Listeners::Missing | Listeners::Late => Listeners::Late,
        };
        &mut self.schedule
    }

    /// The world, to read.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world, to install resources and to query.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The dialect in which it decides.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        *self.world.resource::<Dialect>()
    }

    /// The simulated clock.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.world.resource::<Clock>().0
    }

    /// Installs what reads time and allocations at phase boundaries.
    pub fn set_gauge(&mut self, read: fn() -> Reading) {
        self.world.insert_resource(Gauge::new(read));
    }

    /// Installs what is told when phases, and cohorts within them, begin and end.
    pub fn set_probe(&mut self, tell: fn(Span, Edge)) {
        self.world.insert_resource(Probe(tell));
    }

    /// Sets how many targets there may be, at first any number; a target takes about 150 bytes, and its jobs
    /// as much each. An event after which there would be more is refused; its targets were not made, and as
    /// the fleet lacks them from then on, it refuses whatever comes after.
    pub fn set_most_targets(&mut self, most: u64) {
        self.world.resource_mut::<Room>().most = most;
    }

    /// Whether there was room for all targets so far ([`Fleet::set_most_targets`]).
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.world.resource::<Room>().check().is_ok()
    }

    /// Installs what is asked about a policy before it is stored, beside what ingest checks itself.
    pub fn set_policy_check(&mut self, check: fn(&model::Policy) -> Result<(), Rejection>) {
        self.world.insert_resource(PolicyCheck(check));
    }

    /// The state digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(&self.world)
    }
}

fn init_catalogue(world: &mut World) {
    init_registries(world);
    world.init_resource::<Identifiers>();
    world.init_resource::<SystemLinks>();
    world.init_resource::<Selections>();
    world.init_resource::<CompiledSelectors>();
    world.init_resource::<Approvals>();
    world.init_resource::<VariableIndex>();
    world.init_resource::<Relations>();
}
