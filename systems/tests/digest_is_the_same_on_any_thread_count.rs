//! The state digest after the same events is the same on one thread, on two, and on another run.

use rayon::ThreadPoolBuilder;
use shakedown_engine::digest::Digest;
use shakedown_engine::event::Event;
use shakedown_engine::preset::{FleetShape, Rules, START, Stage};
use shakedown_engine::time::{HOUR, SimTime};

/// 36,000 targets, enough to be shared among threads; two versions, half of each cohort due.
fn digest_on(threads: usize, rules: Rules) -> (Digest, u64) {
    let shape = FleetShape { deployments: 2, rules, ..FleetShape::production(4_500) };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let mut fleet = shakedown_systems::fleet("ws-1", START);
        for stage in Stage::ALL {
            fleet.apply_together(shape.events(stage, START)).expect("presets are valid");
        }
        let mut jobs = 0;
        for (version, hours) in [("version-a", -20), ("version-b", -12)] {
            let created_at = START.plus(hours * HOUR);
            let json = serde_json::json!({
                "eventType": "deployment-version.created",
                "data": {
                    "id": version, "deploymentId": shape.deployment_id(0), "tag": "v1.0",
                    "name": version, "status": "ready", "createdAt": created_at.to_string(),
                },
            });
            let event = Event::decode(&json, START).expect("a valid event");
            jobs += fleet.apply(event).expect("an accepted event").jobs_created;
        }
        fleet
            .advance(SimTime(START.0 + 4 * HOUR), &mut |_, report| jobs += report.jobs_created)
            .expect("time moves forward");
        (fleet.digest(), jobs)
    })
}

#[test]
fn the_digest_does_not_depend_on_threads_or_runs() {
    for rules in [Rules::Reported, Rules::Every] {
        let (alone, jobs) = digest_on(1, rules);
        assert!(jobs > 3_000, "the worlds compared are not empty: {jobs} jobs");
        assert_eq!(digest_on(2, rules), (alone, jobs), "{rules:?}");
        assert_eq!(digest_on(2, rules), (alone, jobs), "{rules:?}, another run");
        assert_eq!(digest_on(5, rules), (alone, jobs), "{rules:?}");
    }
}
