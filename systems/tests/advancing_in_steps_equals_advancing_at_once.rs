//! Where targets stand at an instant does not depend on how time got there: in one step, in many
//! small ones, or from timer to timer (SEMANTICS 12).

use crate::generate::{self, Config};
use shakedown_engine::base::time::{HOUR, SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::event::Event;

/// Moves to `to` by uneven steps.
fn creep(fleet: &mut Fleet, to: SimTime) {
    let mut step = SECOND / 2;
    while fleet.now() < to {
        let next = fleet.now().plus(step).min(to);
        fleet.advance(next, &mut |_, _| {}).expect("forward");
        step = step * 3 + 1;
        if step > HOUR {
            step /= 97;
        }
    }
}

/// Moves to `to` from timer to timer; returns how many reasons came and went on the way.
fn hop(fleet: &mut Fleet, to: SimTime) -> u64 {
    let mut changes = 0;
    while let Some(next) = fleet.world().resource::<Timers>().next().filter(|&next| next <= to) {
        let mut count = |_, report: &Report| {
            changes += report.gained.iter().chain(&report.lost).sum::<u64>();
        };
        fleet.advance(next, &mut count).expect("forward");
    }
    fleet.advance(to, &mut |_, _| {}).expect("forward");
    changes
}

/// Returns how many reasons came and went by time alone.
fn check(seeds: std::ops::Range<u64>, config: &Config) -> u64 {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut changes = 0;
    for seed in seeds {
        let fleet = || shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let (mut at_once, mut creeping, mut hopping) = (fleet(), fleet(), fleet());
        for (place, json) in generate::events(seed, config).iter().enumerate() {
            let Ok(event) = Event::decode(json, at_once.now()) else { continue };
            if at_once.apply(event.clone()).is_err() {
                continue;
            }
            creep(&mut creeping, at_once.now());
            changes += hop(&mut hopping, at_once.now());
            for fleet in [&mut creeping, &mut hopping] {
                fleet.apply(event.clone()).expect("accepted like the first");
                let place = format!("seed {seed}, event {place}: {json}");
                assert_eq!(fleet.digest(), at_once.digest(), "{place}");
            }
        }
        let end = at_once.now().plus(100 * HOUR);
        at_once.advance(end, &mut |_, _| {}).expect("forward");
        creep(&mut creeping, end);
        changes += hop(&mut hopping, end);
        assert_eq!(creeping.digest(), at_once.digest(), "seed {seed}, at the end");
        assert_eq!(hopping.digest(), at_once.digest(), "seed {seed}, at the end");
    }
    changes
}

#[test]
fn on_worlds_with_rollouts_and_retries() {
    let config = Config { rules: &["anyApproval", "gradualRollout", "retry"], ..Config::full() };
    let changes = check(2000..2025, &config);
    assert!(changes > 50, "time alone changes something: {changes}");
}

#[test]
fn on_worlds_with_every_rule() {
    let changes = check(2100..2130, &Config::full());
    assert!(changes > 50, "time alone changes something: {changes}");
}
