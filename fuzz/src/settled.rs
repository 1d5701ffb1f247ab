//! A fleet that has come to rest: nothing is left to decide, and it can be looked at.

use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_systems::diagnostics::diagnostics;
use shakedown_systems::record::{Examine, next_change, record};

/// Most targets of which records are asked for.
const MOST_RECORDS: usize = 20;
/// Most instants at which timers ring that are waited for, and how long at most.
const MOST_RINGS: usize = 3;
const LONGEST: i64 = 48 * HOUR;

/// Fails unless a fleet is at rest, now and at the next instants at which time changes something.
///
/// # Panics
/// When what comes next is not to come, or looking again finds something to do.
pub fn is_settled(fleet: &mut Fleet) {
    let end = fleet.now().plus(LONGEST);
    for _ in 0..MOST_RINGS {
        is_at_rest(fleet);
        let Some(next) = next_change(fleet).filter(|&next| next <= end) else { break };
        fleet.advance(next, &mut |_, _| {}).expect("what comes next comes after the clock");
    }
}

/// Reconciling everything changes nothing, and neither does looking.
fn is_at_rest(fleet: &mut Fleet) {
    let (now, digest) = (fleet.now(), fleet.digest());
    let next: Option<SimTime> = next_change(fleet);
    assert!(next.is_none_or(|next| next > now), "{next:?} is no change to come at {now}");
    let targets = fleet.targets();
    assert_eq!(fleet.world().resource::<Cohorts>().targets(), targets.len());
    for target in targets.iter().take(MOST_RECORDS) {
        let told = record(fleet, &target.triple, Examine::All);
        assert!(told.is_some_and(|told| !told.to_json().is_null()), "{:?}", target.triple);
    }
    for diagnostic in diagnostics(fleet) {
        assert!(!diagnostic.to_json().is_null(), "{diagnostic:?}");
    }
    assert_eq!(fleet.digest(), digest, "looking changes nothing");
    let report = fleet.reconcile_all().expect("a settled fleet comes to rest");
    assert_eq!(report.jobs_created, 0, "everything was decided");
    assert_eq!(fleet.digest(), digest, "reconciling everything changes nothing");
    assert_eq!(next_change(fleet), next, "reconciling everything moves nothing");
}
