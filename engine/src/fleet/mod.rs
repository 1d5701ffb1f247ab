//! The fleet: a workspace held as a world, its schedule, and the entry points that drive them.

pub mod catalogue;
pub mod change;
pub mod digest;
pub mod dirty;
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

pub use put::PutError;

use std::fmt;

use bevy_ecs::schedule::Schedule;
use bevy_ecs::world::{Mut, World};

use crate::base::time::SimTime;
use crate::fleet::catalogue::{
    Approvals, CompiledSelectors, Selections, SystemLinks, VariableIndex, init_registries,
};
use crate::fleet::change::Changes;
use crate::fleet::digest::{Digest, digest};
use crate::fleet::dirty::Dirty;
use crate::fleet::ingest::{
    Identifiers, InVain, Incomplete, JobIds, PolicyCheck, Stated, Taken, Waiting, WorkspaceId,
    check_event, find_target, ingest,
};
use crate::fleet::jobs::{
    Configs, Editions, ExternalIds, GivenIds, InOrder, Jobs, Starts, VariableSets, VersionCopies,
};
use crate::fleet::matrix::{Cohorts, Departed, Room, Shards, Sources, Tables};
use crate::fleet::probe::{Edge, Probe, Span};
use crate::fleet::relations::Relations;
use crate::fleet::report::{JobRange, Report};
use crate::fleet::schedule::{Clock, Gauge, Reading, around_ingest, reconcile_schedule};
use crate::fleet::timers::Timers;
use crate::model::{self, Dialect};
use crate::wire::event::{Event, MAX_ERRORS, Payload, Triple};
use crate::wire::{Refused, Rejection};

/// A workspace held in memory, and the schedule that reconciles it.
///
/// Each run begins with [`ingest()`], which is the engine's own phase; `shakedown-systems` installs the
/// systems of the others.
pub struct Fleet {
    world: World,
    schedule: Schedule,
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
    /// until somebody installs systems that reconcile them. `shakedown_systems::fleet` makes one that
    /// does.
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
        Self { world, schedule: reconcile_schedule() }
    }

    /// The schedule, to install systems.
    pub fn schedule_mut(&mut self) -> &mut Schedule {
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

    /// Installs what is asked about a policy before it is stored, beside what ingest checks itself.
    pub fn set_policy_check(&mut self, check: fn(&model::Policy) -> Result<(), Rejection>) {
        self.world.insert_resource(PolicyCheck(check));
    }

    /// Applies one event and reconciles until nothing is dirty.
    ///
    /// # Errors
    /// When the event is rejected; the world is then as it was, unless there is no room for its targets
    /// ([`Fleet::set_most_targets`]).
    pub fn apply(&mut self, event: Event) -> Result<Report, Rejection> {
        Ok(self.apply_together(vec![event])?)
    }

    /// Applies events in order and reconciles once, after the last.
    ///
    /// Targets are then as if every event had been settled by itself, unless a later event undoes
    /// what an earlier one would have caused; use it to load documents and for batches of reports.
    ///
    /// # Errors
    /// The first rejected event; it changed nothing, those before it are applied.
    pub fn apply_together(&mut self, events: Vec<Event>) -> Result<Report, Refused> {
        if let Some(first) = events.first()
            && let Some(at) = first.at.filter(|&at| self.is_due(at))
        {
            // Timers are no excuse: a rejected event does not even let time pass.
            check_event(&mut self.world, first.clone())
                .map_err(|rejection| Refused { at: 0, rejection })?;
            self.ring_until(at, &mut |_, _| {});
        }
        let (report, refused) = self.run(events, 1);
        refused.into_iter().next().map_or(Ok(report), Err)
    }

    /// Applies the events of a document in order and reconciles once, after the last. Every rejected one is
    /// told, not the first alone, because a document is mended as a whole: at most [`MAX_ERRORS`], with the
    /// last of which it stops. The others are applied.
    pub fn apply_document(&mut self, events: Vec<Event>) -> (Report, Vec<Refused>) {
        self.run(events, MAX_ERRORS)
    }

    /// Moves the clock to `to`, reconciling at each instant at which a timer rings on the way.
    ///
    /// `visit` sees each such instant with what it caused.
    ///
    /// # Errors
    /// When `to` lies before the clock; nothing changes then.
    pub fn advance(
        &mut self,
        to: SimTime,
        visit: &mut dyn FnMut(SimTime, &Report),
    ) -> Result<(), Rejection> {
        let tick = Event::at(to, Payload::Tick);
        if to >= self.now() {
            self.ring_until(to, visit);
        }
        self.apply(tick).map(|_| ())
    }

    /// Whether some timer rings at or before `at`.
    fn is_due(&self, at: SimTime) -> bool {
        self.world.resource::<Timers>().next().is_some_and(|next| next <= at)
    }

    /// Lets all timers due at or before `to` ring, also those set meanwhile, each at its instant.
    fn ring_until(&mut self, to: SimTime, visit: &mut dyn FnMut(SimTime, &Report)) {
        while let Some(at) = self.world.resource::<Timers>().next().filter(|&at| at <= to) {
            let now = at.max(self.now());
            self.world.resource_mut::<Clock>().0 = now;
            self.world.resource_mut::<Timers>().ring(now);
            let report = self.reconcile_dirty();
            visit(now, &report);
        }
    }

    /// Reconciles the given targets, and whatever is dirty; triples that are no targets are left out.
    ///
    /// This is what the original engine calls `ReconcileTargets`.
    pub fn reconcile(&mut self, targets: &[Triple]) -> Report {
        let known: Vec<_> =
            targets.iter().filter_map(|triple| find_target(&self.world, triple)).collect();
        self.world.resource_scope(|world, mut dirty: Mut<Dirty>| {
            for target in known {
                dirty.mark(world.resource::<Cohorts>(), target);
            }
        });
        self.reconcile_dirty()
    }

    /// Reconciles every target once.
    pub fn reconcile_all(&mut self) -> Report {
        // Nobody asks whether it was rejected: it has neither content nor an instant of its own.
        self.run(vec![Event::now(Payload::ReconcileAll)], 1).0
    }

    /// Reconciles whatever is dirty.
    pub(crate) fn reconcile_dirty(&mut self) -> Report {
        self.run(Vec::new(), 1).0
    }

    /// The state digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(&self.world)
    }

    /// Applies events, until `most` were rejected, and reconciles until nothing is dirty.
    fn run(&mut self, events: Vec<Event>, most: usize) -> (Report, Vec<Refused>) {
        *self.world.resource_mut::<Report>() = Report::default();
        let mut reconciled = 0;
        let refused = self.run_phases(events, most);
        // Where a check reads a target's own jobs, settling marks it once more when it got one. Who
        // reconciled none of the dirty targets will not do so next time: nobody installed systems.
        while !self.world.resource::<Dirty>().is_empty()
            && self.world.resource::<Report>().targets > reconciled
        {
            reconciled = self.world.resource::<Report>().targets;
            self.run_phases(Vec::new(), 1);
        }
        self.world.clear_trackers();
        let mut report = std::mem::take(&mut *self.world.resource_mut::<Report>());
        // Recorded jobs come with their events, before any is made.
        let jobs = self.world.resource::<Jobs>().0.len();
        let made = usize::try_from(report.jobs_created).expect("they are in memory");
        report.jobs = JobRange::between(jobs - made, jobs);
        report.phases = self.world.resource::<Gauge>().phases;
        (report, refused)
    }

    /// Runs every phase once; if ingest leaves nothing to do, no other.
    fn run_phases(&mut self, events: Vec<Event>, most: usize) -> Vec<Refused> {
        let refused = around_ingest(&mut self.world, |world| ingest(world, events, most));
        let is_idle = self.world.resource::<Dirty>().is_empty()
            && self.world.resource::<Changes>().is_empty()
            && !self.world.resource::<Timers>().is_ringing();
        if !is_idle {
            self.schedule.run(&mut self.world);
        }
        refused
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
