//! Without systems nobody reconciles: events are applied, targets are known and stay dirty, and
//! whoever applies an event gets an answer, whatever marked what.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::{Cohorts, State};
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::{Deployment, Environment, Resource, System};

fn two_targets() -> Fleet {
    let mut fleet = Fleet::new("ws", SimTime(0));
    fleet.put(System::new("s")).expect("a system");
    fleet.put_all(["a", "b"].map(Resource::new)).expect("resources");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    fleet.put(Deployment::new("d", "s").select("true")).expect("a deployment");
    fleet
}

#[test]
fn targets_come_into_being_and_wait_for_systems() {
    let mut fleet = two_targets();
    let report = fleet.put(Resource::new("c")).expect("a resource");
    assert_eq!((report.targets, report.jobs.len()), (0, 0), "nobody looked at them");
    assert_eq!((report.passes, report.added), (1, 1), "one pass, in which one came");
    assert_eq!(fleet.reconcile_all().expect("it comes to rest").targets, 0);
    assert!(!fleet.world().resource::<Dirty>().is_empty(), "whoever comes finds them");
    let states: Vec<State> = fleet.targets().iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Idle; 3]);
}

#[test]
fn what_changed_is_not_kept() {
    let mut fleet = two_targets();
    for turn in 0..10 {
        fleet.put(Resource::new("a").label("turn", turn.to_string())).expect("a resource");
        assert!(fleet.world().resource::<Changes>().is_empty(), "turn {turn}");
    }
}

#[test]
fn who_marks_and_does_not_reconcile_is_asked_once() {
    let mut fleet = two_targets();
    fleet.schedule_mut().add_systems(|cohorts: Res<Cohorts>, mut dirty: ResMut<Dirty>| {
        cohorts.iter().for_each(|(cohort, _)| dirty.mark_cohort(cohort));
    });
    assert_eq!(fleet.put(Resource::new("c")).expect("it comes to rest").passes, 1);
}

#[test]
fn a_timer_that_nobody_hears_rings_once() {
    let mut fleet = two_targets();
    let (cohort, _) = fleet.world().resource::<Cohorts>().iter().next().expect("a cohort");
    fleet.world_mut().resource_mut::<Timers>().set(cohort, Some(SimTime(5)));
    let mut rang = Vec::new();
    fleet.advance(SimTime(9), &mut |at, _| rang.push(at)).expect("later");
    assert_eq!(rang, [SimTime(5)]);
    assert_eq!(fleet.world_mut().resource_mut::<Timers>().take_ringing(), []);
}
