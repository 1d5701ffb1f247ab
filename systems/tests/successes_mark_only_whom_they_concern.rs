//! Of the successes upstream, only those that change what a gate says, or when it will, make the targets
//! behind it dirty: a rollout of n targets costs n reconciled targets and not n times those behind it.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{MINUTE, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::{
    Deployment, DeploymentVersion, Environment, JobAgent, JobStatus, Resource, System,
};
use shakedown_engine::wire::event::Triple;

use crate::send::{fleet, send};

const TARGETS: u64 = 60;

/// Some targets in staging and as many in prod, which is behind this gate.
fn gated(gate: &Json) -> Fleet {
    let mut fleet = fleet();
    fleet.put(System::new("s")).expect("sound");
    fleet.put(JobAgent::new("a")).expect("sound");
    for stage in ["staging", "prod", "other"] {
        let selector = format!("resource.metadata.stage == '{stage}'");
        fleet.put(Environment::new(stage, "s").name(stage).select(selector)).expect("sound");
    }
    fleet.put(Deployment::new("d", "s").agent("a").select("true")).expect("sound");
    for stage in ["staging", "prod", "other"] {
        let resources =
            (0..TARGETS).map(|at| Resource::new(format!("{stage}-{at}")).label("stage", stage));
        fleet.put_all(resources).expect("sound");
    }
    let rule = json!({ "id": "gate", "environmentProgression": gate });
    let policy = json!({ "id": "p", "enabled": true, "rules": [rule],
        "selectors": [{ "environmentSelector": "environment.name == 'prod'" }] });
    send(&mut fleet, "policy.created", policy);
    fleet.put(DeploymentVersion::new("v", "d").ready()).expect("sound");
    fleet
}

/// Reports that the job of a target in an environment succeeded, now; how many targets are reconciled and
/// how many jobs are made because of it.
fn succeed(fleet: &mut Fleet, stage: &str, at: u64) -> (u64, u64) {
    let target = Triple {
        resource_id: format!("{stage}-{at}"),
        environment_id: stage.to_owned(),
        deployment_id: "d".to_owned(),
    };
    let report = fleet.finish(target, JobStatus::Successful).expect("it has a job");
    (report.targets, report.jobs_created)
}

#[test]
fn a_share_that_is_not_reached_or_was_reached_changes_nothing() {
    let mut fleet = gated(&json!({ "minimumSuccessPercentage": 50,
        "dependsOnEnvironmentSelector": "environment.name == 'staging'" }));
    for at in 0..TARGETS {
        assert_eq!(succeed(&mut fleet, "other", at), (1, 0), "nobody waits for it");
    }
    for at in 0..TARGETS {
        let is_enough = at + 1 == TARGETS / 2;
        let expected = if is_enough { (1 + TARGETS, TARGETS) } else { (1, 0) };
        assert_eq!(succeed(&mut fleet, "staging", at), expected, "{at}");
    }
}

/// Each success begins the soak anew. The first of which the share is reached sets a timer; those after it
/// leave it, and when it rings too early it is set to when the soak is over.
#[test]
fn a_soak_that_is_over_later_leaves_its_timer() {
    let mut fleet = gated(&json!({ "minimumSuccessPercentage": 50, "minimumSoakTimeMinutes": 30,
        "dependsOnEnvironmentSelector": "environment.name == 'staging'" }));
    let begun = fleet.now();
    let mut made: Vec<(SimTime, u64)> = Vec::new();
    let mut reconciled = 0;
    for at in 0..TARGETS {
        let now = begun.plus(i64::try_from(at).expect("few") * MINUTE);
        fleet
            .advance(now, &mut |at, report| {
                reconciled += report.targets;
                made.push((at, report.jobs_created));
            })
            .expect("time goes on");
        assert_eq!(succeed(&mut fleet, "staging", at), (1, 0), "{at}: at most a timer moves");
        reconciled += 1;
    }
    let over = begun.plus((i64::try_from(TARGETS).expect("few") - 1 + 30) * MINUTE);
    fleet
        .advance(over, &mut |at, report| {
            reconciled += report.targets;
            made.push((at, report.jobs_created));
        })
        .expect("time goes on");
    made.retain(|(_, jobs)| *jobs > 0);
    assert_eq!(made, [(over, TARGETS)]);
    // Reports, and those behind the gate when the timer rings: half an hour after the share was reached, half an
    // hour after the last success before that, and when the soak is over.
    assert_eq!(reconciled, TARGETS + 3 * TARGETS);
}

/// Of more targets another share has succeeded; whoever waits for it is looked at if that says otherwise.
#[test]
fn a_target_that_joins_upstream_marks_those_whose_answer_it_turns() {
    let mut fleet = gated(&json!({ "minimumSuccessPercentage": 50,
        "dependsOnEnvironmentSelector": "environment.name == 'staging'" }));
    let mut joined = TARGETS;
    let mut join = |fleet: &mut Fleet| {
        let resource = Resource::new(format!("staging-{joined}")).label("stage", "staging");
        joined += 1;
        fleet.put(resource).expect("sound").targets
    };
    for _ in 0..2 {
        assert_eq!(join(&mut fleet), 1, "too few as before");
    }
    for at in 0..=TARGETS / 2 {
        succeed(&mut fleet, "staging", at);
    }
    assert_eq!(join(&mut fleet), 1 + TARGETS, "31 of 63 are too few");
    succeed(&mut fleet, "staging", TARGETS / 2 + 1);
    assert_eq!(join(&mut fleet), 1, "32 of 64 are enough as before");
}

/// A success that is taken back closes the gate, and marks who is behind it; so does one that comes again.
#[test]
fn a_success_that_goes_counts_as_one_that_comes() {
    let mut fleet = gated(&json!({ "minimumSuccessPercentage": 50,
        "dependsOnEnvironmentSelector": "environment.name == 'staging'" }));
    let enough = TARGETS / 2;
    for at in 0..enough {
        succeed(&mut fleet, "staging", at);
    }
    let target = fleet.target("d", "staging", "staging-0").expect("it exists");
    let id = target.jobs[0].id.clone();
    let report = |fleet: &mut Fleet, status: &str| {
        let at = fleet.now().to_string();
        let job = json!({ "status": status, "completedAt": at });
        send(fleet, "job.updated", json!({ "id": id, "job": job })).targets
    };
    assert_eq!(report(&mut fleet, "failure"), 1 + TARGETS, "too few");
    assert_eq!(report(&mut fleet, "cancelled"), 1, "as few as before");
    assert_eq!(report(&mut fleet, "successful"), 1 + TARGETS, "enough");
    assert_eq!(succeed(&mut fleet, "staging", enough).0, 1, "more than enough");
    assert_eq!(report(&mut fleet, "failure"), 1, "enough all the same");
}
