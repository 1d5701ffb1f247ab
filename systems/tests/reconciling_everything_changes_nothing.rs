//! After any event or timer, reconciling every target once more creates no job and changes no state: what
//! was dirty was everything that could have changed (SEMANTICS 4.2, completeness).

use serde_json::Value;

use crate::generate::{self, Config};
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::event::Event;

/// Returns the number of jobs created.
fn check(config: &Config, events: impl Fn(u64, &Config) -> Vec<Value>) -> u64 {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut jobs = 0;
    for seed in 500..530 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for (at, json) in events(seed, config).iter().enumerate() {
            let Ok(event) = Event::decode(json, fleet.now()) else { continue };
            jobs += pass_time(&mut fleet, event.at.unwrap_or(start), seed);
            if let Ok(report) = fleet.apply(event) {
                jobs += report.jobs_created;
            }
            look_again(&mut fleet, &format!("seed {seed}, event {at}: {json}"));
        }
        let end = fleet.now().plus(50 * HOUR);
        jobs += pass_time(&mut fleet, end, seed);
    }
    jobs
}

/// Lets each timer until `to` ring; returns the number of jobs created.
fn pass_time(fleet: &mut Fleet, to: SimTime, seed: u64) -> u64 {
    let mut jobs = 0;
    while let Some(next) = fleet.world().resource::<Timers>().next().filter(|&next| next <= to) {
        fleet.advance(next, &mut |_, report| jobs += report.jobs_created).expect("forward");
        look_again(fleet, &format!("seed {seed}, at {next}"));
    }
    jobs
}

fn look_again(fleet: &mut Fleet, place: &str) {
    let settled = fleet.digest();
    let report = fleet.reconcile_all().expect("it comes to rest");
    assert_eq!(report.jobs_created, 0, "{place}");
    assert_eq!((report.gained, report.lost), Default::default(), "{place}");
    assert_eq!(fleet.digest(), settled, "{place}");
}

#[test]
fn the_dirty_set_is_complete_on_generated_worlds() {
    let rules = &["anyApproval", "gradualRollout", "retry"];
    let jobs = check(&Config { rules, ..Config::full() }, generate::events);
    assert!(jobs > 500, "the worlds are alive: {jobs} jobs");
}

#[test]
fn the_dirty_set_is_complete_on_worlds_with_every_rule() {
    let jobs = check(&Config::full(), generate::events);
    assert!(jobs > 200, "the worlds are alive: {jobs} jobs");
}

#[test]
fn the_dirty_set_is_complete_on_worlds_with_variables_of_today() {
    let config = Config { rules: &["anyApproval"], ..Config::full() };
    let events =
        |seed, config: &Config| generate::variables_of_today(seed, generate::events(seed, config));
    let jobs = check(&config, events);
    assert!(jobs > 300, "the worlds are alive: {jobs} jobs");
}
