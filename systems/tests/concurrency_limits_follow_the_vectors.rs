//! Concurrency limits decide what the vectors of `docs/concurrency-limit.md` state.

use serde_json::{Value as Json, json};
use shakedown_systems::prelude::*;

/// Targets r1 to r4 of deployments in environments, each of a system.
fn shop(deployments: &[(&str, &str)], environments: &[(&str, &str)]) -> Fleet {
    let mut fleet = fleet("ws", SimTime(0));
    fleet.put_all(["s", "t"].map(System::new)).expect("systems");
    fleet.put(JobAgent::new("a")).expect("an agent");
    fleet.put_all(["r1", "r2", "r3", "r4"].map(Resource::new)).expect("resources");
    for &(id, system) in environments {
        fleet.put(Environment::new(id, system).select("true")).expect("an environment");
    }
    for &(id, system) in deployments {
        let deployment = Deployment::new(id, system).agent("a").select("true");
        fleet.put(deployment).expect("a deployment");
    }
    fleet
}

fn limit(fleet: &mut Fleet, policy: &str, max: i32, per: LimitScope) -> Report {
    let rule = PolicyRule::new("limit").concurrency_limit(max, per);
    fleet.put(Policy::new(policy).enabled().select("true").rule(rule)).expect("a policy")
}

fn release(fleet: &mut Fleet, deployments: &[&str]) -> Report {
    let versions: Vec<_> = deployments
        .iter()
        .map(|id| DeploymentVersion::new(format!("v-{id}"), *id).ready())
        .collect();
    fleet.put_all(versions).expect("versions")
}

/// The resources that got jobs.
fn got(fleet: &Fleet, report: &Report) -> Vec<String> {
    let mut got: Vec<_> = fleet.jobs(report).map(|job| job.target.resource_id).collect();
    got.sort_unstable();
    got
}

/// What the first limit says of the target of `d` in `e` on a resource.
fn said(fleet: &Fleet, resource: &str, policy: &str) -> (String, Json) {
    let triple = fleet.target("d", "e", resource).expect("a target").triple;
    let record = record(fleet, &triple, Examine::All).expect("a record");
    let results = record.eligibility.expect("something is desired").results;
    let of_policy = |it: &&CheckResult| it.policy_id.as_deref() == Some(policy);
    let result = results.iter().find(of_policy).expect("the limit applies");
    (result.code.name().to_owned(), result.params.clone())
}

fn waiting(ahead: u32, max: u32) -> (String, Json) {
    ("concurrency_limit.waiting".to_owned(), json!({ "ahead": ahead, "max": max }))
}

/// Vector L1: the fleet, and its resources in rollout order.
fn two_of_four() -> (Fleet, [String; 4]) {
    let mut fleet = shop(&[("d", "s")], &[("e", "s")]);
    limit(&mut fleet, "p", 2, LimitScope::Environment);
    let report = release(&mut fleet, &["d"]);
    let mut order: Vec<String> = ["r1", "r2", "r3", "r4"].map(str::to_owned).into();
    order.sort_by_key(|id| crate::oracle::canonical::fnv1a(&format!("{id}-e-dv-d")));
    let mut first = order[..2].to_vec();
    first.sort_unstable();
    assert_eq!(got(&fleet, &report), first, "L1");
    (fleet, order.try_into().expect("four"))
}

fn finish(fleet: &mut Fleet, resource: &str, status: JobStatus) -> Report {
    let triple = fleet.target("d", "e", resource).expect("a target").triple;
    fleet.finish(triple, status).expect("a job")
}

#[test]
fn who_comes_first_goes_first() {
    for status in [JobStatus::Successful, JobStatus::Failure, JobStatus::Cancelled] {
        let (mut fleet, [a, b, c, d]) = two_of_four();
        assert_eq!(said(&fleet, &c, "p"), waiting(0, 2), "L1");
        assert_eq!(said(&fleet, &d, "p"), waiting(1, 2), "L1");
        let free = ("concurrency_limit.free".to_owned(), json!({ "active": 2, "max": 2 }));
        assert_eq!(said(&fleet, &a, "p"), free, "it has its place");
        let it = fleet.target("d", "e", &c).expect("a target");
        assert_eq!((it.state, it.reasons), (State::Waiting, vec![Reason::ConcurrencyLimitWaiting]));
        let report = finish(&mut fleet, &b, status);
        assert_eq!(got(&fleet, &report), [c], "L2 {status:?}");
        assert_eq!(report.lost[Reason::ConcurrencyLimitWaiting as usize], 1);
        assert_eq!(said(&fleet, &d, "p"), waiting(0, 2), "L2 {status:?}");
        let report = finish(&mut fleet, &a, status);
        assert_eq!(got(&fleet, &report), [d], "L2 {status:?}");
    }
}

#[test]
fn who_shares_a_limit_is_said_by_per() {
    let two = [("d", "s"), ("d2", "s")];
    let apart = [("d", "s"), ("d2", "t")];
    for (name, per, deployments, environments, jobs) in [
        ("L3", LimitScope::Environment, &two[..1], &[("e", "s"), ("f", "s")][..], 2),
        ("L3", LimitScope::Deployment, &two[..1], &[("e", "s"), ("f", "s")], 1),
        ("L4", LimitScope::Deployment, &two, &[("e", "s")], 2),
        ("L4", LimitScope::Environment, &two, &[("e", "s")], 1),
        ("L5", LimitScope::System, &apart, &[("e", "s"), ("f", "t")], 2),
        ("L5", LimitScope::Selector, &apart, &[("e", "s"), ("f", "t")], 1),
    ] {
        let mut fleet = shop(deployments, environments);
        limit(&mut fleet, "p", 1, per);
        let ids: Vec<&str> = deployments.iter().map(|it| it.0).collect();
        let report = release(&mut fleet, &ids);
        assert_eq!(report.jobs_created, jobs, "{name} {per:?}");
    }
}

#[test]
fn a_free_place_is_given_at_once() {
    let (mut fleet, [_, _, c, _]) = two_of_four();
    let report = limit(&mut fleet, "p", 3, LimitScope::Environment);
    assert_eq!(got(&fleet, &report), [c], "L6");

    let (mut fleet, [a, _, c, _]) = two_of_four();
    let report = fleet.delete(Key::Resource(a)).expect("it exists");
    assert_eq!(got(&fleet, &report), [c], "L9");

    let (mut fleet, [_, _, c, d]) = two_of_four();
    let report = fleet.put(Policy::new("p").select("true")).expect("a policy");
    let mut others = [c, d];
    others.sort_unstable();
    assert_eq!(got(&fleet, &report), others, "L10");
}

#[test]
fn who_is_not_asked_takes_a_place() {
    let (mut fleet, [a, b, c, d]) = two_of_four();
    let bypass = PolicyBypass::new("w", "v-d", [WaiverType::ConcurrencyLimit]).resource(&*d);
    let report = fleet.put(bypass).expect("a bypass");
    assert_eq!(got(&fleet, &report), [&*d], "L7");
    assert_eq!(said(&fleet, &d, "p").0, "waived");
    assert!(finish(&mut fleet, &a, JobStatus::Successful).jobs.is_empty(), "L7: two are taken");
    let report = finish(&mut fleet, &b, JobStatus::Successful);
    assert_eq!(got(&fleet, &report), [c], "L7");

    let (mut fleet, [_, _, c, d]) = two_of_four();
    let triple = fleet.target("d", "e", &d).expect("a target").triple;
    let report = fleet.apply(Event::now(Payload::Redeploy(triple))).expect("a target");
    assert_eq!(got(&fleet, &report), [d], "L8");
    assert_eq!(said(&fleet, &c, "p"), waiting(0, 2), "L8");
}

#[test]
fn jobs_without_an_agent_take_no_place() {
    let mut fleet = shop(&[], &[("e", "s")]);
    fleet.put(Deployment::new("d", "s").agent("none").select("true")).expect("a deployment");
    limit(&mut fleet, "p", 2, LimitScope::Environment);
    let report = release(&mut fleet, &["d"]);
    assert_eq!(report.jobs_created, 4, "L11");
    assert!(fleet.jobs(&report).all(|job| job.status == JobStatus::InvalidJobAgent), "L11");
}

#[test]
fn every_limit_must_have_a_place() {
    let mut fleet = shop(&[("d", "s")], &[("e", "s")]);
    limit(&mut fleet, "p", 2, LimitScope::Environment);
    limit(&mut fleet, "q", 1, LimitScope::Selector);
    let report = release(&mut fleet, &["d"]);
    assert_eq!(report.jobs_created, 1, "L12");
    let first = &got(&fleet, &report)[0];
    let mut others = ["r1", "r2", "r3", "r4"].into_iter().filter(|it| it != first);
    let other = others.next().expect("three others");
    assert_eq!(said(&fleet, other, "q").0, "concurrency_limit.waiting", "L12");
    let free = ("concurrency_limit.free".to_owned(), json!({ "active": 1, "max": 2 }));
    assert_eq!(said(&fleet, other, "p"), free, "L12");
}

/// A limit counts the jobs that were under way before it came, and never more than `max` start.
#[test]
fn never_are_more_jobs_processing_than_places() {
    let (mut fleet, order) = two_of_four();
    for (round, resource) in order.iter().cycle().take(12).enumerate() {
        let version = DeploymentVersion::new(format!("w{round}"), "d").ready();
        fleet.put(version).expect("a version");
        let targets = fleet.targets();
        let jobs = targets.iter().flat_map(|it| &it.jobs);
        let processing = jobs.filter(|job| job.status.is_processing()).count();
        assert_eq!(processing, 2, "round {round}");
        let _ = finish_if_active(&mut fleet, resource);
    }
}

fn finish_if_active(fleet: &mut Fleet, resource: &str) -> Option<Report> {
    let target = fleet.target("d", "e", resource).expect("a target");
    let active = target.jobs.iter().any(|job| job.status.is_processing());
    active.then(|| finish(fleet, resource, JobStatus::Successful))
}

/// Targets in rollout order under a limit of one job that stops at failures.
fn stopping(failures: i32, percent: i32) -> (Fleet, [String; 4]) {
    let mut fleet = shop(&[("d", "s")], &[("e", "s")]);
    let rule = PolicyRule::new("limit").concurrency_limit(1, LimitScope::Environment);
    let rule = rule.stop_on_failure(failures, percent);
    fleet.put(Policy::new("p").enabled().select("true").rule(rule)).expect("a policy");
    release(&mut fleet, &["d"]);
    let mut order: Vec<String> = ["r1", "r2", "r3", "r4"].map(str::to_owned).into();
    order.sort_by_key(|id| crate::oracle::canonical::fnv1a(&format!("{id}-e-dv-d")));
    fleet.pass(Duration::from_mins(1)).expect("time passes");
    (fleet, order.try_into().expect("four"))
}

fn stopped(failed: u32, failures: u32, percent: u32) -> (String, Json) {
    let params = json!({ "failed": failed, "failures": failures, "withinPercent": percent });
    ("concurrency_limit.stopped".to_owned(), params)
}

#[test]
fn a_version_that_failed_too_often_stops() {
    let failed = || {
        let (mut fleet, [a, b, c, d]) = stopping(2, 100);
        let report = finish(&mut fleet, &a, JobStatus::Failure);
        assert_eq!(got(&fleet, &report), [&*b], "one failure is not too many");
        assert_eq!(said(&fleet, &d, "p"), waiting(1, 1));
        let report = finish(&mut fleet, &b, JobStatus::Failure);
        assert!(report.jobs.is_empty(), "L13");
        assert_eq!(report.gained[Reason::ConcurrencyLimitStopped as usize], 2, "L13");
        assert_eq!(said(&fleet, &c, "p"), stopped(2, 2, 100), "L13");
        assert_eq!(said(&fleet, &d, "p"), stopped(2, 2, 100), "L13");
        let target = fleet.target("d", "e", &c).expect("a target");
        assert_eq!(target.reasons, [Reason::ConcurrencyLimitStopped], "L13");
        fleet.pass(Duration::from_mins(1)).expect("time passes");
        (fleet, [a, b, c, d])
    };
    let (mut fleet, [_, _, c, d]) = failed();
    let report = fleet.put(UserApprovalRecord::approve("v-d", "e", "u")).expect("an approval");
    assert_eq!(got(&fleet, &report), [c], "L14");
    assert_eq!(said(&fleet, &d, "p"), waiting(0, 1), "L14");

    let (mut fleet, _) = failed();
    let newer = DeploymentVersion::new("w", "d").ready();
    let report = fleet.put(newer).expect("a version");
    assert_eq!(report.jobs_created, 1, "L15");
}

#[test]
fn failures_count_where_the_version_was_tried_first() {
    let (mut fleet, [a, b, c, _]) = stopping(1, 25);
    finish(&mut fleet, &a, JobStatus::Successful);
    fleet.pass(Duration::from_mins(1)).expect("time passes");
    let report = finish(&mut fleet, &b, JobStatus::Failure);
    assert_eq!(got(&fleet, &report), [c], "L16");

    let (mut fleet, [a, b, _, d]) = stopping(1, 25);
    assert!(finish(&mut fleet, &a, JobStatus::Failure).jobs.is_empty(), "L17");
    assert_eq!(said(&fleet, &b, "p"), stopped(1, 1, 25), "L17");
    assert_eq!(said(&fleet, &d, "p"), stopped(1, 1, 25), "L17");
}

/// Where no place is free, an approval elsewhere still changes what keeps who is in line.
#[test]
fn an_approval_in_one_environment_speaks_for_its_failures_everywhere() {
    let mut fleet = shop(&[("d", "s")], &[("e", "s"), ("f", "s")]);
    let rule = PolicyRule::new("limit").concurrency_limit(1, LimitScope::Deployment);
    let rule = rule.stop_on_failure(1, 100);
    fleet.put(Policy::new("p").enabled().select("true").rule(rule)).expect("a policy");
    // Whoever comes first succeeds, until a target of e has the place.
    let mut report = release(&mut fleet, &["d"]);
    let failed = loop {
        let job = fleet.jobs(&report).next().expect("one place, one job");
        if job.target.environment_id == "e" {
            break job.target;
        }
        report = fleet.finish(job.target, JobStatus::Successful).expect("a job");
    };
    fleet.pass(Duration::from_mins(1)).expect("time passes");
    fleet.finish(failed, JobStatus::Failure).expect("a job");
    fleet.pass(Duration::from_mins(1)).expect("time passes");
    let line = |fleet: &Fleet, environment: &str| {
        let targets = fleet.targets().into_iter();
        let of_environment = targets.filter(|it| it.triple.environment_id == environment);
        of_environment.filter(|it| it.jobs.is_empty()).collect::<Vec<_>>()
    };
    let by_hand = line(&fleet, "e").swap_remove(0).triple;
    fleet.apply(Event::now(Payload::Redeploy(by_hand))).expect("a target");
    let waiting = line(&fleet, "f");
    assert!(!waiting.is_empty(), "L18");
    let stopped = [Reason::ConcurrencyLimitStopped];
    assert!(waiting.iter().all(|it| it.reasons == stopped), "L18");
    fleet.put(UserApprovalRecord::approve("v-d", "e", "u")).expect("an approval");
    let waits = [Reason::ConcurrencyLimitWaiting];
    assert!(line(&fleet, "f").iter().all(|it| it.reasons == waits), "L18");
}
