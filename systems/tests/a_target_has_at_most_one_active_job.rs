//! Whatever happens, and whichever timer rings, a target never has two processing jobs at once
//! (SEMANTICS 10.1, concurrency).

use crate::generate::{self, Config};
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::event::Event;

/// Returns the number of active jobs.
fn check(fleet: &mut Fleet, place: &str) -> usize {
    let mut all = 0;
    for target in fleet.targets() {
        let active = target.jobs.iter().filter(|job| job.status.is_processing()).count();
        assert!(active <= 1, "{place}: {} has {active}", target.key);
        all += active;
    }
    all
}

#[test]
fn on_worlds_with_every_rule() {
    let start = SimTime::parse(generate::START).expect("a time");
    let (mut active, mut instants) = (0, 0);
    for seed in 2500..2530 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let pass = |fleet: &mut Fleet, to: SimTime, instants: &mut usize| {
            let next = |fleet: &Fleet| fleet.world().resource::<Timers>().next();
            while let Some(next) = next(fleet).filter(|&next| next <= to) {
                fleet.advance(next, &mut |_, _| {}).expect("forward");
                check(fleet, &format!("seed {seed}, {next}"));
                *instants += 1;
            }
        };
        for json in generate::events(seed, &Config::full()) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            pass(&mut fleet, event.at.unwrap_or(start), &mut instants);
            let _ = fleet.apply(event); // rejections have a test of their own
            active += check(&mut fleet, &format!("seed {seed}, {json}"));
        }
        let end = fleet.now().plus(50 * HOUR);
        pass(&mut fleet, end, &mut instants);
    }
    assert!(active > 1_000 && instants > 100, "{active} active jobs, {instants} instants");
}
