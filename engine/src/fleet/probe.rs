//! The probe: told what a reconcile works on, when it begins and ends, on the thread that works.
//!
//! A gauge says how much a phase took; a probe says when, where and on which thread, which is what
//! traces are drawn from. Like the gauge it is a plain function, installed by benches and binaries:
//! the engine has no clock to stamp anything with.
//!
//! Invariant: spans of one thread nest and are closed in reverse order.

use bevy_ecs::resource::Resource;

use crate::base::ids::CohortIx;
use crate::fleet::phase::Phase;

/// A stretch of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// A whole phase, told on the thread that runs the schedule.
    Phase(Phase),
    /// The part of a phase that one cohort takes; cohorts are worked on in parallel.
    Cohort(Phase, CohortIx),
}

/// Which end of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// It begins.
    Begin,
    /// It has ended.
    End,
}

/// Is called at both ends of every span.
#[derive(Debug, Clone, Copy, Resource)]
pub struct Probe(pub fn(Span, Edge));

impl Default for Probe {
    /// Listens to nothing.
    fn default() -> Self {
        Self(|_, _| {})
    }
}

impl Probe {
    /// Runs `work` as the part of `phase` that belongs to `cohort`.
    pub fn around<T>(self, phase: Phase, cohort: CohortIx, work: impl FnOnce() -> T) -> T {
        let span = Span::Cohort(phase, cohort);
        (self.0)(span, Edge::Begin);
        let done = work();
        (self.0)(span, Edge::End);
        done
    }
}
