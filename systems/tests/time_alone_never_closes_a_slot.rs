//! While nothing but time passes, a rollout position that is open stays open: no target starts to
//! wait for its slot (SEMANTICS 8.5, 12).
//!
//! Rules whose own satisfaction comes and goes with time are left out: a soak that ends while another
//! progression rule holds already moves the start, an expiring waiver takes its moment away.

use crate::generate::{self, Config};
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::wire::event::Event;

/// Lets each timer until `to` ring, and looks at every target at each of these instants.
fn pass_time(fleet: &mut Fleet, to: SimTime, watch: &mut dyn FnMut(SimTime, &Report)) {
    while let Some(next) = fleet.world().resource::<Timers>().next().filter(|&next| next <= to) {
        fleet.advance(next, watch).expect("forward");
        watch(next, &fleet.reconcile_all().expect("it comes to rest"));
    }
}

#[test]
fn on_generated_worlds() {
    let rules = &[
        "anyApproval",
        "gradualRollout",
        "versionSelector",
        "retry",
        "versionCooldown",
        "deploymentDependency",
        "versionDependency",
    ];
    let config = Config { rules, ..Config::full() };
    let start = SimTime::parse(generate::START).expect("a time");
    let mut opened = 0;
    for seed in 2200..2240 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let mut watch = |at: SimTime, report: &Report| {
            for reason in [Reason::RolloutWaiting, Reason::RolloutNotStarted] {
                let gained = report.gained[reason as usize];
                assert_eq!(gained, 0, "seed {seed}, {at}: {}", reason.code());
            }
            opened += report.lost[Reason::RolloutWaiting as usize];
        };
        for json in generate::events(seed, &config) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            pass_time(&mut fleet, event.at.unwrap_or(start), &mut watch);
            let _ = fleet.apply(event); // rejections have a test of their own
        }
        let end = fleet.now().plus(100 * HOUR);
        pass_time(&mut fleet, end, &mut watch);
    }
    assert!(opened > 20, "slots open: {opened}");
}
