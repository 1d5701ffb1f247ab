//! The reconcile schedule: its phases, its clock, and the gauge that measures them.
//!
//! Invariants: phases run in order on one thread, parallelism is inside systems; simulated time and
//! measured time are both inputs, the engine reads neither from the machine.

use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::{IntoScheduleConfigs, Schedule, SingleThreadedExecutor, SystemSet};
use bevy_ecs::system::{Res, ResMut};

use crate::base::time::SimTime;
use crate::fleet::probe::{Edge, Probe, Span};

/// The phases of a reconcile, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SystemSet)]
pub enum Phase {
    /// Applies events to the catalogue and the target matrix, and marks what is dirty.
    Ingest,
    /// Brings relations and what is resolved through them up to date.
    Relationships,
    /// Finds which policies apply and evaluates their checks.
    Policies,
    /// Chooses the desired release of each dirty target.
    Planning,
    /// Decides which desired releases get a job now.
    Eligibility,
    /// Creates the jobs.
    JobCreation,
    /// Records where targets stand, and clears the dirty set.
    Settle,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 7] = [
        Self::Ingest,
        Self::Relationships,
        Self::Policies,
        Self::Planning,
        Self::Eligibility,
        Self::JobCreation,
        Self::Settle,
    ];

    /// The name in reports and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Relationships => "relationships",
            Self::Policies => "policies",
            Self::Planning => "planning",
            Self::Eligibility => "eligibility",
            Self::JobCreation => "job_creation",
            Self::Settle => "settle",
        }
    }
}

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
}

/// Reads time and allocations at phase boundaries; installed by benches and binaries.
#[derive(Debug, Clone, Copy, Resource)]
pub struct Gauge {
    /// The reading; the default shows zero for ever.
    pub read: fn() -> Reading,
    last: Reading,
    /// How much the gauge advanced in each phase of the last run, in phase order.
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
    pub fn new(read: fn() -> Reading) -> Self {
        Self { read, last: Reading::default(), phases: [Reading::default(); 7] }
    }

    fn start(&mut self) {
        self.last = (self.read)();
    }

    fn end_phase(&mut self, phase: Phase) {
        let now = (self.read)();
        self.phases[phase as usize] = now.since(self.last);
        self.last = now;
    }
}

/// A schedule with the phases chained; gauge and probe are told where each begins and ends.
#[must_use]
pub(crate) fn reconcile_schedule() -> Schedule {
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.configure_sets(
        (
            Phase::Ingest,
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
        (probe.0)(Span::Phase(Phase::Ingest), Edge::Begin);
    };
    schedule.add_systems(start.before(Phase::Ingest));
    for (at, phase) in Phase::ALL.into_iter().enumerate() {
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
