//! The state digest after the same events is the same on one thread, on two, and on another run.

use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::model::{
    DeploymentVersion, Environment, JobAgent, JobStatus, Resource, System,
};
use shakedown_engine::preset::{FleetShape, Rules, START, Stage};
use shakedown_engine::read::JobView;
use shakedown_engine::wire::event::Event;

use crate::send::send;

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
            let json = json!({
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

/// Versions go out to 12,000 targets in three environments at once, whose deployment chooses one of two agents,
/// or none, resource by resource: jobs of thousands of runs. The digest, which tells of their agents, and every job.
fn jobs_on(threads: usize) -> (Digest, u64, Vec<JobView>) {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let mut fleet = shakedown_systems::fleet("ws-1", START);
        fleet.put(System::new("s")).expect("sound");
        for agent in ["a", "b"] {
            fleet.put(JobAgent::new(agent)).expect("sound");
        }
        for stage in ["dev", "qa", "prod"] {
            let selector = format!("resource.metadata.stage == '{stage}'");
            fleet.put(Environment::new(stage, "s").select(selector)).expect("sound");
        }
        let deployment = json!({
            "id": "d", "systemId": "s", "resourceSelector": "true",
            "jobAgentSelector": "jobAgent.id == resource.metadata.agent",
        });
        send(&mut fleet, "deployment.created", deployment);
        let resources = (0..12_000).map(|at: usize| {
            let (stage, agent) = (["dev", "qa", "prod"][at % 7 % 3], ["a", "b", "c"][at % 5 % 3]);
            Resource::new(format!("r{at}")).label("stage", stage).label("agent", agent)
        });
        fleet.put_all(resources).expect("sound");
        let mut jobs = 0;
        for version in ["v1", "v2"] {
            let it = DeploymentVersion::new(version, "d").ready();
            let report = fleet.put(it).expect("sound");
            jobs += report.jobs_created;
            let made: Vec<JobView> = fleet.jobs(&report).collect();
            for job in made.into_iter().filter(|job| job.status.is_processing()) {
                fleet.finish(job.target, JobStatus::Successful).expect("it has a job");
            }
        }
        let targets = fleet.targets();
        let said = targets.into_iter().flat_map(|target| target.jobs);
        (fleet.digest(), jobs, said.collect())
    })
}

#[test]
fn jobs_are_the_same_whoever_makes_them() {
    let alone = jobs_on(1);
    assert!(alone.1 >= 24_000, "each target gets a job of each version: {}", alone.1);
    for threads in [2, 3] {
        let shared = jobs_on(threads);
        assert_eq!((shared.0, shared.1), (alone.0, alone.1));
        assert!(shared.2 == alone.2, "on {threads} threads jobs are others");
    }
}

/// What happens to 36,000 targets under every rule: the digest and the numbers after each event.
fn history_on(threads: usize) -> Vec<(Digest, u64, u64)> {
    let shape = FleetShape { deployments: 2, ..FleetShape::production(4_500) };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        let mut fleet = shakedown_systems::fleet("ws-1", START);
        for stage in Stage::ALL {
            fleet.apply_together(shape.events(stage, START)).expect("presets are valid");
        }
        let targets = fleet.targets();
        let deployment = shape.deployment_id(0);
        let of_deployment: Vec<_> =
            targets.iter().filter(|it| it.triple.deployment_id == deployment).collect();
        let version = |id: &str, hours: i64| {
            let created_at = START.plus(hours * HOUR).to_string();
            json!({ "id": id, "deploymentId": deployment, "tag": id, "status": "ready", "createdAt": created_at })
        };
        let policy = |id: &str, rule: Value| {
            let mut rule = rule;
            rule["id"] = json!(id);
            json!({ "id": id, "enabled": true, "selectors": [{}], "rules": [rule] })
        };
        let mut events = vec![
            ("policy.created", policy("retry", json!({ "retry": { "maxRetries": 2, "backoffSeconds": 1800 } }))),
            ("policy.created", policy("cooldown", json!({ "versionCooldown": { "intervalSeconds": 7200 } }))),
            ("deployment-version.created", version("version-a", -20)),
            ("deployment-version.created", version("version-b", -12)),
        ];
        for (at, target) in of_deployment.iter().step_by(37).enumerate() {
            let status = ["successful", "failure", "cancelled", "inProgress"][at % 4];
            let data = json!({
                "resourceId": target.triple.resource_id,
                "environmentId": target.triple.environment_id,
                "deploymentId": deployment,
                "status": status,
                "completedAt": START.to_string(),
            });
            events.push(("job.finished", data));
        }
        let environment = json!("environment.name != ''");
        let progression = json!({ "environmentProgression": { "dependsOnEnvironmentSelector": environment } });
        let reading = json!({ "versionSelector": { "selector": "resource.id.size() > 3 || version.tag == 'x'" } });
        let dependency = json!({ "deploymentDependency": { "dependsOn": "version.tag.startsWith('version')" } });
        events.extend([
            ("policy.created", policy("reading", reading)),
            ("policy.created", policy("dependency", dependency)),
            ("policy.deleted", json!({ "id": "dependency" })),
            ("policy.created", policy("progression", progression)),
            ("policy.deleted", json!({ "id": "progression" })),
            ("policy.created", policy("limit", json!({ "concurrencyLimit": { "max": 700, "per": "environment" } }))),
            ("deployment-version.created", version("version-c", -11)),
            ("policy-bypass.created", json!({ "id": "w", "versionId": "version-b", "bypassRuleTypes": ["gradualRollout", "approval"] })),
            ("resource.deleted", json!({ "id": of_deployment[0].triple.resource_id })),
        ]);
        let mut history = Vec::new();
        for (event_type, data) in events {
            let json = json!({ "eventType": event_type, "data": data });
            let event = Event::decode(&json, fleet.now()).expect("a valid event");
            let report = fleet.apply(event).expect("an accepted event");
            let digest = if event_type == "job.finished" { Digest(0) } else { fleet.digest() };
            history.push((digest, report.targets, report.jobs_created));
        }
        let end = fleet.now().plus(HOUR);
        let mut last = (0, 0);
        fleet
            .advance(end, &mut |_, report| last = (last.0 + report.targets, last.1 + report.jobs_created))
            .expect("time moves forward");
        history.push((fleet.digest(), last.0, last.1));
        history
    })
}

#[test]
fn neither_does_a_history_under_every_rule() {
    let alone = history_on(1);
    let jobs: u64 = alone.iter().map(|(_, _, jobs)| jobs).sum();
    let wide = alone.iter().filter(|(_, targets, _)| *targets > 16_384).count();
    assert!(jobs > 10_000 && wide > 5, "{jobs} jobs, {wide} events for many targets");
    assert_eq!(history_on(2), alone);
    assert_eq!(history_on(3), alone);
}
