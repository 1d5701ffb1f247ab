//! Whoever reads a fleet needs no more than `&Fleet`: several may read at once, and what was read may
//! be kept while more is read.

use std::thread;

use shakedown_systems::prelude::*;

#[test]
fn two_threads_read_the_same() {
    let mut fleet = fleet("ws", SimTime(0));
    fleet.put(System::new("s")).expect("a system");
    fleet.put_all(["r1", "r2", "r3"].map(Resource::new)).expect("resources");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    fleet.put(Deployment::new("d", "s").select("true")).expect("a deployment");
    let slowly = GradualRollout::linear(Duration::from_mins(1));
    let rule = PolicyRule::new("q").gradual_rollout(slowly);
    fleet.put(Policy::new("p").enabled().select("true").rule(rule)).expect("a policy");
    fleet.put(DeploymentVersion::new("v", "d").ready()).expect("a version");
    let fleet = &fleet;
    let [one, other] = thread::scope(|scope| {
        [0, 1].map(|_| scope.spawn(|| read(fleet))).map(|it| it.join().expect("reading is safe"))
    });
    assert_eq!(one, other);
    assert_eq!(one.2, 3);
}

fn read(fleet: &Fleet) -> (Digest, Option<SimTime>, usize, Vec<Record>) {
    let targets = fleet.each_target();
    let records: Vec<Record> = targets
        .map(|it| record(fleet, &it.triple, Examine::All).expect("a record of a target"))
        .collect();
    let summary = rollout_summary(fleet, "e", "d", "v").expect("a rollout rule applies");
    assert_eq!(summary.total as usize, records.len());
    (fleet.digest(), next_change(fleet), records.len(), records)
}
