//! A target that has no processing job says why, and never has two processing jobs.

use crate::generate::{self, Config};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::wire::event::Event;

#[test]
fn on_generated_worlds() {
    let config = Config { rules: &["anyApproval", "gradualRollout", "retry"], ..Config::full() };
    let start = SimTime::parse(generate::START).expect("a time");
    let mut seen = std::collections::BTreeSet::new();
    for seed in 700..720 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for json in generate::events(seed, &config) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            if fleet.apply(event).is_err() {
                continue;
            }
            for target in fleet.targets() {
                let active = target.jobs.iter().filter(|job| job.status.is_processing()).count();
                assert!(active <= 1, "seed {seed}: {} has {active} active jobs", target.key);
                assert!(!target.reasons.is_empty(), "seed {seed}: {} has no reason", target.key);
                assert_ne!(target.state, State::Vacant, "seed {seed}: {}", target.key);
                seen.extend(target.reasons.iter().map(|reason| reason.code()));
            }
        }
    }
    for code in
        ["approval.not_enough", "rollout.waiting", "concurrency.active_job", "agent.missing"]
    {
        assert!(seen.contains(code), "the worlds never show {code}");
    }
}
