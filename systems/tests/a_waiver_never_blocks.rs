//! A bypass or a skip never takes anything away: at the same instant, every target keeps its jobs and
//! desires the version it desired, or a newer one (SEMANTICS 8.12, D5).
//!
//! Why that holds: what is waived is allowed, and the rollout clock takes the earlier of a rule's own
//! moment and the waiver's, so whatever was allowed stays allowed.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::model::{Deployment, DeploymentVersion, WaiverType};
use shakedown_engine::read::TargetView;
use shakedown_engine::wire::event::Event;
use shakedown_systems::kernels::facts::CandidateLists;

use crate::generate::{self, Config};

/// How many newer versions there are than the desired one; of none desired, all of them.
fn newer(fleet: &Fleet, target: &TargetView) -> usize {
    let world = fleet.world();
    let deployment = world.resource::<Registry<Deployment>>().find(&target.triple.deployment_id);
    let candidates = world.resource::<CandidateLists>().of(deployment.expect("it has targets"));
    let desired = target.desired.as_ref().and_then(|release| {
        let version = world.resource::<Registry<DeploymentVersion>>().find(&release.version_id)?;
        candidates.iter().position(|candidate| candidate.version == version)
    });
    desired.unwrap_or(candidates.len())
}

/// A waiver of a version, of one kind or the other, of one resource or environment or of all.
fn waiver(number: usize, version: &str, target: &TargetView) -> Json {
    let (event_type, mut data) = if number.is_multiple_of(3) {
        let rule = format!("policy{}-rule{}", 1 + number / 3 % 3, number / 9 % 2);
        ("policy-skip.created", json!({ "ruleId": rule }))
    } else {
        let types: Vec<&str> = WaiverType::ALL.iter().map(|it| it.name()).collect();
        let one = number % types.len();
        let types = if number.is_multiple_of(2) { &types[..] } else { &types[one..=one] };
        ("policy-bypass.created", json!({ "bypassRuleTypes": types }))
    };
    data["id"] = json!(format!("probe-{number}"));
    data["versionId"] = json!(version);
    if number % 5 < 2 {
        data["resourceId"] = json!(target.triple.resource_id);
    }
    if number % 7 < 3 {
        data["environmentId"] = json!(target.triple.environment_id);
    }
    json!({ "eventType": event_type, "data": data })
}

#[test]
fn on_generated_worlds() {
    let start = SimTime::parse(generate::START).expect("a time");
    let (mut number, mut jobs, mut renewed) = (0, 0, 0);
    for seed in 2300..2340 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for json in generate::events(seed, &Config::full()) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            if fleet.apply(event).is_err() {
                continue;
            }
            let before: Vec<(TargetView, usize)> = fleet
                .targets()
                .into_iter()
                .map(|it| (newer(&fleet, &it), it))
                .map(|(n, it)| (it, n))
                .collect();
            let world = fleet.world();
            let versions = world.resource::<Registry<DeploymentVersion>>();
            let known: Vec<String> =
                versions.present().map(|ix| versions.id(ix).to_owned()).collect();
            let (Some(version), Some((probed, _))) =
                (known.get(number % known.len().max(1)), before.get(number % before.len().max(1)))
            else {
                continue;
            };
            let probe = waiver(number, version, probed);
            let event = Event::decode(&probe, fleet.now()).expect("a valid event");
            jobs += fleet.apply(event).expect("waivers are accepted").jobs_created;
            number += 1;
            let after = fleet.targets();
            assert_eq!(after.len(), before.len());
            for (after, (before, newer_before)) in after.iter().zip(&before) {
                let place = format!("seed {seed}, {probe}\nbefore {before:?}\nafter {after:?}");
                assert!(after.jobs.starts_with(&before.jobs), "a job changed: {place}");
                let newer_after = newer(&fleet, after);
                assert!(newer_after <= *newer_before, "an older version, or none: {place}");
                renewed += usize::from(newer_after < *newer_before);
            }
        }
    }
    assert!(jobs > 20 && renewed > 20, "waivers let through: {jobs} jobs, {renewed} desires");
}
