//! Driving a fleet: what applies events and lets time pass, and what whoever calls it may rely on.
//!
//! Vocabulary: a *pass* is one run of all phases; a fleet *rests* when nothing is dirty.
//!
//! # Contract
//!
//! - **Time is kept.** Before an event takes effect, every timer that is due at or before its instant has
//!   rung, each at its own. Events of one instant that are applied together are reconciled once; those of
//!   a later one find the fleet at rest. So it does not matter whether events come one by one, together,
//!   or with [`Fleet::advance`] between them.
//! - **The report tells everything** that a call caused: timers on the way, every instant, every pass.
//!   Its phases add up.
//! - **A rejected event changes nothing**, and lets no time pass. Only of a report on a job that the fleet
//!   lacks it cannot be known before: a timer that is due may make the job, so timers ring first.
//! - **A batch is applied whole, or an [`Error`] says how far it came**: how many events are in, and what
//!   they caused.
//! - **Every call ends.** At one instant there are at most [`MOST_PASSES`] passes; when something is dirty
//!   after them, or a timer due, the error names the targets, which stay dirty. The systems of
//!   `shakedown-systems` need two: a pass that creates jobs under a rule that reads its target's own jobs
//!   marks these targets once more, and in the second they have a processing job. Where a deployment has
//!   no agent a job ends when it is made; then a pass may release one more version, each once.
//! - **Without systems** events are applied and targets known, and the one pass of a call does nothing.
//!   Its changes are forgotten all the same; systems that are installed later are told of everything.

use std::iter::Peekable;
use std::vec::IntoIter;

use bevy_ecs::world::{Mut, World};
use thiserror::Error;

use super::{Fleet, Listeners};
use crate::base::time::SimTime;
use crate::fleet::change::Changes;
use crate::fleet::dirty::Dirty;
use crate::fleet::identity::triple_of;
use crate::fleet::ingest::{check_ahead, find_target, ingest, tell_everything};
use crate::fleet::jobs::Jobs;
use crate::fleet::matrix::{Cohorts, TargetRef};
use crate::fleet::report::{JobRanges, Report};
use crate::fleet::schedule::{Clock, Gauge, around_ingest};
use crate::fleet::timers::Timers;
use crate::wire::event::{ErrorClass, Event, FieldPath, MAX_ERRORS, Payload, Triple};
use crate::wire::{Refused, Rejection};

/// Passes at one instant, after which a fleet that has work left is said to come to no rest.
pub const MOST_PASSES: u64 = 64;

/// Targets that an error names; of the others it says how many they are.
const NAMED: usize = 4;

/// Why a call did not do all that it was asked to, and how far it came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct Error {
    /// How many of the events are applied: those before the rejected one, or, where targets never come to
    /// rest, all up to then.
    pub applied: usize,
    /// What was caused until then.
    pub report: Box<Report>,
    /// Why the event was rejected; of the class [`ErrorClass::Restless`], which targets do not come to rest.
    pub why: Rejection,
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        error.why
    }
}

/// What came of the events of one instant.
struct Outcome {
    report: Report,
    refused: Vec<Refused>,
    restless: Option<Rejection>,
}

impl Fleet {
    /// Applies an event, when all timers that are due by then have rung, and reconciles until nothing is
    /// dirty.
    ///
    /// # Errors
    /// When the event is rejected; the world is then as it was, unless there is no room for its targets
    /// ([`Fleet::set_most_targets`]). When targets never come to rest; the event is then applied.
    pub fn apply(&mut self, event: Event) -> Result<Report, Error> {
        self.apply_together(vec![event])
    }

    /// Applies events in order, and reconciles after the last of each instant.
    ///
    /// Targets are then as if every event had been settled by itself, unless a later event of the instant
    /// undoes what an earlier one would have caused; use it to load documents and for batches of reports.
    ///
    /// # Errors
    /// The first rejected event; it changed nothing, those before it are applied. When targets never come
    /// to rest.
    pub fn apply_together(&mut self, mut events: Vec<Event>) -> Result<Report, Error> {
        let (mut caused, mut applied) = (Report::default(), 0);
        let mut left = later(&mut events, self.now()).into_iter().peekable();
        loop {
            let rang = self.ring_before(events.first_mut(), &mut caused);
            let count = events.len();
            let (at, why) = match rang {
                Err(why) => (0, Some(why)),
                Ok(()) => {
                    let Outcome { report, refused, restless } = self.run(events, 1);
                    caused.follow(report);
                    match refused.into_iter().next() {
                        Some(Refused { at, rejection }) => (at, Some(rejection)),
                        None => (count, restless),
                    }
                }
            };
            applied += at;
            if let Some(why) = why {
                return Err(Error { applied, report: Box::new(caused), why });
            }
            if left.peek().is_none() {
                return Ok(caused);
            }
            events = of_one_instant(&mut left, self.now());
        }
    }

    /// Applies the events of a document in order and reconciles once, after the last, whatever their
    /// instants. Every rejected one is told, not the first alone, because a document is mended as a whole:
    /// at most [`MAX_ERRORS`], with the last of which it stops. The others are applied. Targets that never
    /// come to rest are told as if the last event were rejected because of them.
    pub fn apply_document(&mut self, events: Vec<Event>) -> (Report, Vec<Refused>) {
        let last = events.len().saturating_sub(1);
        let Outcome { report, mut refused, restless } = self.run(events, MAX_ERRORS);
        refused.extend(restless.map(|rejection| Refused { at: last, rejection }));
        (report, refused)
    }

    /// Moves the clock to `to`, reconciling at each instant at which a timer rings on the way.
    ///
    /// `visit` sees each such instant with what it caused.
    ///
    /// # Errors
    /// When `to` lies before the clock; nothing changes then. When targets never come to rest; the clock
    /// then stands where they do not.
    pub fn advance(
        &mut self,
        to: SimTime,
        visit: &mut dyn FnMut(SimTime, &Report),
    ) -> Result<(), Error> {
        if to >= self.now() {
            let rang = self.ring_until(to, visit);
            rang.map_err(|why| Error { applied: 0, report: Box::default(), why })?;
        }
        self.apply(Event::at(to, Payload::Tick)).map(|_| ())
    }

    /// Reconciles the given targets, and whatever is dirty; triples that are no targets are left out.
    ///
    /// This is what the original engine calls `ReconcileTargets`.
    ///
    /// # Errors
    /// When targets never come to rest.
    pub fn reconcile(&mut self, targets: &[Triple]) -> Result<Report, Error> {
        let known: Vec<_> =
            targets.iter().filter_map(|triple| find_target(&self.world, triple)).collect();
        self.world.resource_scope(|world, mut dirty: Mut<Dirty>| {
            for target in known {
                dirty.mark(world.resource::<Cohorts>(), target);
            }
        });
        self.apply_together(Vec::new())
    }

    /// Reconciles every target once.
    ///
    /// # Errors
    /// When targets never come to rest, or there was no room for all ([`Fleet::set_most_targets`]).
    pub fn reconcile_all(&mut self) -> Result<Report, Error> {
        self.apply(Event::now(Payload::ReconcileAll))
    }

    /// Lets the timers ring that are due at or before the instant of an event, if it has one and is not
    /// rejected.
    fn ring_before(
        &mut self,
        event: Option<&mut Event>,
        caused: &mut Report,
    ) -> Result<(), Rejection> {
        let next = self.world.resource::<Timers>().next();
        let Some((event, next)) = event.zip(next) else { return Ok(()) };
        let Some(at) = event.at.filter(|&at| next <= at) else { return Ok(()) };
        check_ahead(&mut self.world, event)?;
        self.ring_until(at, &mut |_, report| caused.add(report))
    }

    /// Lets all timers due at or before `to` ring, also those set meanwhile, each at its instant.
    fn ring_until(
        &mut self,
        to: SimTime,
        visit: &mut dyn FnMut(SimTime, &Report),
    ) -> Result<(), Rejection> {
        let (mut instant, mut passes) = (self.now(), 0);
        while let Some(at) = self.world.resource::<Timers>().next().filter(|&at| at <= to) {
            let now = at.max(self.now());
            if now > instant {
                (instant, passes) = (now, 0);
            } else if passes >= MOST_PASSES {
                let timers = self.world.resource::<Timers>();
                let cohorts = self.world.resource::<Cohorts>();
                let targets = timers.due(now).flat_map(|cohort| cohorts.live_members(cohort));
                return Err(self.restless(targets));
            }
            self.world.resource_mut::<Clock>().0 = now;
            self.world.resource_mut::<Timers>().ring(now);
            let Outcome { report, restless, .. } = self.run(Vec::new(), 1);
            passes += report.passes;
            visit(now, &report);
            restless.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Applies events, until `most` were rejected, and passes until nothing is dirty.
    fn run(&mut self, events: Vec<Event>, most: usize) -> Outcome {
        *self.world.resource_mut::<Report>() = Report::default();
        self.world.resource_mut::<Gauge>().begin();
        let refused = self.run_phases(events, most);
        let (mut passes, mut reconciled) = (1, 0);
        let restless = loop {
            // Who reconciled none of the dirty targets will not do so next time: nobody installed systems.
            let targets = self.world.resource::<Report>().targets;
            let dirty = self.world.resource::<Dirty>();
            if dirty.is_empty() || targets == reconciled {
                break None;
            }
            if passes == MOST_PASSES {
                break Some(self.restless(dirty.targets(self.world.resource::<Cohorts>())));
            }
            reconciled = targets;
            self.run_phases(Vec::new(), 1);
            passes += 1;
        };
        self.world.clear_trackers();
        let mut report = std::mem::take(&mut *self.world.resource_mut::<Report>());
        report.passes = passes;
        // Recorded jobs come with their events, before any is made.
        let jobs = self.world.resource::<Jobs>().0.len();
        let made = usize::try_from(report.jobs_created).expect("they are in memory");
        report.jobs = JobRanges::between(jobs - made, jobs);
        report.phases = self.world.resource::<Gauge>().phases;
        Outcome { report, refused, restless }
    }

    /// Runs every phase once; if ingest leaves nothing to do, no other.
    fn run_phases(&mut self, events: Vec<Event>, most: usize) -> Vec<Refused> {
        let is_late = self.listeners == Listeners::Late;
        let refused = around_ingest(&mut self.world, |world| {
            let refused = ingest(world, events, most);
            count_targets(world);
            if is_late {
                tell_everything(world);
            }
            refused
        });
        let is_idle = self.world.resource::<Dirty>().is_empty()
            && self.world.resource::<Changes>().is_empty()
            && !self.world.resource::<Timers>().is_ringing();
        if !is_idle {
            self.schedule.run(&mut self.world);
            self.forget();
        }
        if is_late {
            self.listeners = Listeners::Present;
        }
        refused
    }

    /// Forgets what this pass was about, also if there was nobody to be told.
    fn forget(&mut self) {
        if self.listeners == Listeners::None && !self.world.resource::<Changes>().is_empty() {
            self.listeners = Listeners::Missing;
        }
        self.world.resource_mut::<Changes>().clear();
        self.world.resource_mut::<Timers>().hush();
    }

    /// What is said of targets that do not come to rest.
    fn restless(&self, targets: impl Iterator<Item = TargetRef>) -> Rejection {
        let mut targets = targets.peekable();
        let mut named = Vec::new();
        while let Some(target) = targets.next_if(|_| named.len() < NAMED) {
            let Triple { resource_id, environment_id, deployment_id } =
                triple_of(&self.world, target);
            named.push(format!("`{deployment_id}` in `{environment_id}` on `{resource_id}`"));
        }
        let others = match targets.count() {
            0 => String::new(),
            others => format!(" and {others} others"),
        };
        let (named, now) = (named.join(", "), self.now());
        let message = format!(
            "after {MOST_PASSES} passes at {now} these targets are not at rest: {named}{others}"
        );
        Rejection { class: ErrorClass::Restless, path: FieldPath::default(), message }
    }
}

/// Adds to the report which targets came and went, and what a provider had to leave alone.
fn count_targets(world: &mut World) {
    world.resource_scope(|world, mut report: Mut<Report>| {
        world.resource_scope(|world, mut changes: Mut<Changes>| {
            let targets = &changes.targets;
            report.added += targets.added_count(world.resource::<Cohorts>()) as u64;
            report.removed += targets.removed.len() as u64;
            report.skipped.append(&mut changes.skipped);
        });
    });
}

/// Splits off the events from the first on that lies later than the first of all.
fn later(events: &mut Vec<Event>, now: SimTime) -> Vec<Event> {
    let instant = events.first().and_then(|it| it.at).unwrap_or(now);
    let at = events.iter().position(|it| is_later(it, instant));
    at.map_or_else(Vec::new, |at| events.split_off(at))
}

/// Takes the events before the first that lies later than the first of all.
fn of_one_instant(left: &mut Peekable<IntoIter<Event>>, now: SimTime) -> Vec<Event> {
    let mut events: Vec<Event> = left.next().into_iter().collect();
    let instant = events.first().and_then(|it| it.at).unwrap_or(now);
    while let Some(event) = left.next_if(|it| !is_later(it, instant)) {
        events.push(event);
    }
    events
}

fn is_later(event: &Event, instant: SimTime) -> bool {
    event.at.is_some_and(|at| at > instant)
}
