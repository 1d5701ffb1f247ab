//! Without systems nobody reconciles: events are applied, targets are known and stay dirty, and
//! whoever applies an event gets an answer.

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::model::{Deployment, Environment, Resource, System};

#[test]
fn targets_come_into_being_and_wait_for_systems() {
    let mut fleet = Fleet::new("ws", SimTime(0));
    fleet.put(System::new("s")).expect("a system");
    fleet.put_all(["a", "b"].map(Resource::new)).expect("resources");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    let report = fleet.put(Deployment::new("d", "s").select("true")).expect("a deployment");
    assert_eq!((report.targets, report.jobs.len()), (0, 0), "nobody looked at them");
    assert_eq!(fleet.reconcile_all().targets, 0);
    assert!(!fleet.world().resource::<Dirty>().is_empty(), "whoever comes finds them");
    let states: Vec<State> = fleet.targets().iter().map(|it| it.state).collect();
    assert_eq!(states, [State::Idle, State::Idle]);
}
