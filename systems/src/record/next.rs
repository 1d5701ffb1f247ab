//! The next change: when time alone may change what any target of the fleet should get.
//!
//! Vocabulary: the *bound* of a cohort is an instant before which no record of it has its `next`. A
//! timer is one, except where a check is asked only of rows for which it matters, or left out as others keep
//! every row from a candidate: when it ends is told in records, and nobody is woken for it.

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{CohortIx, PolicyIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::fleet::timers::Timers;

use super::{Docket, Examine, earliest, with_reads};
use crate::phases::policies::Applicability;
use crate::phases::wake::{Agenda, Agendas};
use crate::rules::RuleBook;

/// The earliest `next` of all records; `None` if no record has one.
///
/// Asks cohorts in the order of their bounds and stops where none can be earlier: as a rule at the
/// first target that waits, with such checks at the last. Some microseconds for each target asked.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
#[must_use]
pub fn next_change(fleet: &Fleet) -> Option<SimTime> {
    let mut found: Option<SimTime> = None;
    with_reads(fleet, |world, reads| {
        for (bound, cohort) in bounds(world) {
            if found.is_some_and(|found| found <= bound) {
                break;
            }
            let docket = Docket::new(world, reads, cohort);
            for target in world.resource::<Cohorts>().live_members(cohort) {
                let Some(subject) = docket.subject(target) else { continue };
                found = earliest(found, docket.plan(&subject, Examine::UpToChosen).next);
                if found == Some(bound) {
                    break;
                }
            }
        }
    });
    found
}

/// The cohorts of which some record may have a `next`, with their bounds, earliest first.
fn bounds(world: &World) -> Vec<(SimTime, CohortIx)> {
    let (timers, now) = (world.resource::<Timers>(), world.resource::<Clock>().0);
    let (applicability, book) = (world.resource::<Applicability>(), world.resource::<RuleBook>());
    let agendas = world.resource::<Agendas>();
    // Attempts have a backoff also while something else stops them.
    let backs_off = |policy: &PolicyIx| {
        book.get(*policy).is_some_and(|it| it.retries.iter().any(|it| it.retry.backoff_seconds > 0))
    };
    let has_timed_rows = |cohort: CohortIx| {
        let policies = || applicability.classes(cohort).iter().flat_map(|class| &class.policies);
        book.any_of(policies(), |check| check.reads().timed_rows) || policies().any(backs_off)
    };
    let cohorts = world.resource::<Cohorts>().iter().map(|(cohort, _)| cohort);
    let bounded = cohorts.filter_map(|cohort| {
        let is_cut = agendas.get(cohort).is_some_and(Agenda::is_cut);
        let is_early = is_cut || has_timed_rows(cohort);
        let bound = if is_early { Some(now) } else { timers.get(cohort) };
        Some((bound?, cohort))
    });
    let mut bounds: Vec<_> = bounded.collect();
    bounds.sort_unstable();
    bounds
}
