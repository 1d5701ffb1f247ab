//! After any event, reconciling every target once more creates no job and changes no state: what
//! was dirty was everything that could have changed (SEMANTICS 4.2, completeness).

mod generate;

use generate::Config;
use shakedown_engine::event::Event;
use shakedown_engine::time::SimTime;

/// Returns the number of jobs created.
fn check(config: &Config) -> u64 {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut jobs = 0;
    for seed in 500..530 {
        let mut fleet = shakedown_systems::fleet("ws-1", start);
        for (at, json) in generate::events(seed, config).iter().enumerate() {
            let Ok(event) = Event::decode(json, fleet.now()) else { continue };
            if let Ok(report) = fleet.apply(event) {
                jobs += report.jobs_created;
            }
            let settled = fleet.digest();
            let report = fleet.reconcile_all();
            assert_eq!(report.jobs_created, 0, "seed {seed}, event {at}: {json}");
            assert_eq!(fleet.digest(), settled, "seed {seed}, event {at}: {json}");
        }
    }
    jobs
}

#[test]
fn the_dirty_set_is_complete_on_generated_worlds() {
    let rules = &["anyApproval", "gradualRollout", "retry"];
    let jobs = check(&Config { rules, ..Config::full() });
    assert!(jobs > 500, "the worlds are alive: {jobs} jobs");
}

#[test]
fn the_dirty_set_is_complete_on_worlds_with_every_rule() {
    let jobs = check(&Config::full());
    assert!(jobs > 200, "the worlds are alive: {jobs} jobs");
}
