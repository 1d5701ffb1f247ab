//! The reconcile schedule, its clock, and the gauge that measures it.
//!
//! Invariants: phases run in order on one thread, parallelism is inside systems; simulated time and
//! measured time are both inputs, the engine reads neither from the machine.

use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::{IntoScheduleConfigs, Schedule, SingleThreadedExecutor};
use bevy_ecs::system::{Res, ResMut};
use bevy_ecs::world::World;

use crate::base::time::SimTime;
use crate::fleet::phase::Phase;
use crate::fleet::probe::{Edge, Probe, Span};

/// The simulated clock of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Resource)]
pub struct Clock(pub SimTime);

/// What a gauge shows at a moment, or how much it advanced over a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Measured time in nanoseconds.
    pub nanoseconds: u64,
    /// Heap allocations.
    pub allocations: u64,
    /// Bytes allocated.
    pub bytes: u64,
}

impl Reading {
    /// How much a gauge advanced since `earlier`.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            nanoseconds: self.nanoseconds.saturating_sub(earlier.nanoseconds),
            allocations: self.allocations.saturating_sub(earlier.allocations),
            bytes: self.bytes.saturating_sub(earlier.bytes),
        }
    }

    /// Adds how much it advanced elsewhere.
    pub(crate) const fn add(&mut self, other: Self) {
        self.nanoseconds += other.nanoseconds;
        self.allocations += other.allocations;
        self.bytes += other.bytes;
    }
}

/// Reads time and allocations at phase boundaries; installed by benches and binaries.
#[derive(Debug, Clone, Copy, Resource)]
pub(crate) struct Gauge {
    /// The reading; the default shows zero for ever.
    pub read: fn() -> Reading,
    last: Reading,
    /// How much the gauge advanced in each phase of the passes since it began, in phase order.
    pub phases: [Reading; 7],
}

impl Default for Gauge {
    fn default() -> Self {
        Self::new(Reading::default)
    }
}

impl Gauge {
    /// A gauge that shows what `read` returns.
    #[must_use]
    pub(crate) fn new(read: fn() -> Reading) -> Self {
        Self { read, last: Reading::default(), phases: [Reading::default(); 7] }
    }

    fn start(&mut self) {
        self.last = (self.read)();
    }

    /// Starts over, before the first of several passes.
    pub(crate) fn begin(&mut self) {
        self.phases = [Reading::default(); 7];
    }

    fn end_phase(&mut self, phase: Phase) {
        let now = (self.read)();
        self.phases[phase as usize].add(now.since(self.last));
        self.last = now;
    }
}

/// Does the work of [`Phase::Ingest`], before the schedule runs: ingest takes events and returns what
/// became of them, as no system can. Gauge and probe are told where the phase begins and ends.
pub(crate) fn around_ingest<R>(world: &mut World, work: impl FnOnce(&mut World) -> R) -> R {
    let Probe(tell) = *world.resource::<Probe>();
    world.resource_mut::<Gauge>().start();
    tell(Span::Phase(Phase::Ingest), Edge::Begin);
    let done = work(world);
    tell(Span::Phase(Phase::Ingest), Edge::End);
    world.resource_mut::<Gauge>().end_phase(Phase::Ingest);
    done
}

/// A schedule with the phases after ingest chained; gauge and probe are told where each begins and
/// ends.
#[must_use]
pub(crate) fn reconcile_schedule() -> Schedule {
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.configure_sets(
        (
            Phase::Relationships,
            Phase::Policies,
            Phase::Planning,
            Phase::Eligibility,
            Phase::JobCreation,
            Phase::Settle,
        )
            .chain(),
    );
    let start = |mut gauge: ResMut<Gauge>, probe: Res<Probe>| {
        gauge.start();
        (probe.0)(Span::Phase(Phase::Relationships), Edge::Begin);
    };
    schedule.add_systems(start.before(Phase::Relationships));
    for (at, phase) in Phase::ALL.into_iter().enumerate().skip(1) {
        let next = Phase::ALL.get(at + 1).copied();
        let end = move |mut gauge: ResMut<Gauge>, probe: Res<Probe>| {
            (probe.0)(Span::Phase(phase), Edge::End);
            gauge.end_phase(phase);
            if let Some(next) = next {
                (probe.0)(Span::Phase(next), Edge::Begin);
            }
        };
        match next {
            Some(next) => schedule.add_systems(end.after(phase).before(next)),
            None => schedule.add_systems(end.after(phase)),
        };
    }
    schedule
}
