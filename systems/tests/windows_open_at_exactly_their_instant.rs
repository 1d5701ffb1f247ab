//! Windows act at exactly their instants, by timers alone, and move the clocks of rollouts
//! (SEMANTICS 8.5, 8.8, 12).

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{HOUR, MINUTE, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::reason::Reason;

use crate::send::{fleet, send};

/// An instant of the day on which every workspace begins.
fn at(nanoseconds: i64) -> SimTime {
    SimTime::parse("2025-01-02T00:00:00Z").expect("a time").plus(nanoseconds)
}

fn daily(hour: i64, minute: i64, minutes: i64, allow: bool) -> Json {
    let rrule = format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}");
    json!({ "rrule": rrule, "durationMinutes": minutes, "allowWindow": allow })
}

/// A workspace at midnight in which `targets` targets run v1; then policies with these rules.
fn workspace(targets: usize, rules: &[Json]) -> Fleet {
    let mut fleet = fleet();
    send(&mut fleet, "job-agent.created", json!({ "id": "agent" }));
    for (kind, id) in [("environment", "e"), ("deployment", "d")] {
        let data =
            json!({ "id": id, "systemId": "s", "resourceSelector": "true", "jobAgentId": "agent" });
        send(&mut fleet, &format!("{kind}.created"), data);
    }
    for resource in 0..targets {
        send(&mut fleet, "resource.created", json!({ "id": format!("r{resource}") }));
    }
    version(&mut fleet, "v1");
    for resource in 0..targets {
        let data = json!({
            "resourceId": format!("r{resource}"), "environmentId": "e", "deploymentId": "d",
            "status": "successful", "completedAt": "2025-01-02T00:00:00Z",
        });
        send(&mut fleet, "job.finished", data);
    }
    let mut rules = rules.to_vec();
    for (at, rule) in rules.iter_mut().enumerate() {
        rule["id"] = json!(format!("rule{at}"));
    }
    let data = json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules });
    send(&mut fleet, "policy.created", data);
    fleet
}

fn version(fleet: &mut Fleet, id: &str) -> u64 {
    let data = json!({ "id": id, "deploymentId": "d", "tag": id, "status": "ready" });
    send(fleet, "deployment-version.created", data).jobs_created
}

/// Jobs created on the way, with their instants; instants without jobs are left out.
fn advance(fleet: &mut Fleet, to: SimTime) -> Vec<(SimTime, u64)> {
    let mut created = Vec::new();
    fleet.advance(to, &mut |at, report| created.push((at, report.jobs_created))).expect("later");
    created.retain(|&(_, jobs)| jobs > 0);
    created
}

fn reasons(fleet: &mut Fleet) -> Vec<Reason> {
    fleet.targets().into_iter().flat_map(|target| target.reasons).collect()
}

#[test]
fn an_allow_window_opens_and_closes_to_the_nanosecond() {
    let mut fleet = workspace(1, &[json!({ "deploymentWindow": daily(9, 0, 60, true) })]);
    assert_eq!(version(&mut fleet, "v2"), 0);
    assert!(reasons(&mut fleet).contains(&Reason::WindowClosed));
    assert_eq!(advance(&mut fleet, at(9 * HOUR - 1)), []);
    assert_eq!(advance(&mut fleet, at(9 * HOUR)), [(at(9 * HOUR), 1)]);
    let finished = json!({
        "resourceId": "r0", "environmentId": "e", "deploymentId": "d",
        "status": "successful", "completedAt": "2025-01-02T09:00:00Z",
    });
    send(&mut fleet, "job.finished", finished);
    assert_eq!(advance(&mut fleet, at(10 * HOUR - 1)), []);
    assert_eq!(version(&mut fleet, "v3"), 1, "a nanosecond before the end it is open");
    let mut fleet = workspace(1, &[json!({ "deploymentWindow": daily(9, 0, 60, true) })]);
    advance(&mut fleet, at(10 * HOUR));
    assert_eq!(version(&mut fleet, "v2"), 0, "at its end it is closed");
}

#[test]
fn a_deny_window_holds_until_its_end() {
    let mut fleet = workspace(1, &[json!({ "deploymentWindow": daily(10, 0, 120, false) })]);
    advance(&mut fleet, at(10 * HOUR));
    assert_eq!(version(&mut fleet, "v2"), 0);
    assert!(reasons(&mut fleet).contains(&Reason::WindowDenied));
    assert_eq!(advance(&mut fleet, at(12 * HOUR - 1)), []);
    assert_eq!(advance(&mut fleet, at(12 * HOUR)), [(at(12 * HOUR), 1)]);
}

#[test]
fn the_end_of_a_window_takes_the_version_back() {
    let mut fleet = workspace(1, &[json!({ "deploymentWindow": daily(9, 0, 60, true) })]);
    advance(&mut fleet, at(9 * HOUR));
    assert_eq!(fleet.targets()[0].desired.as_ref().map(|it| it.version_id.as_str()), Some("v1"));
    advance(&mut fleet, at(10 * HOUR - 1));
    assert!(fleet.targets()[0].desired.is_some(), "D39: not yet");
    advance(&mut fleet, at(10 * HOUR));
    assert_eq!(fleet.targets()[0].desired, None, "D39: validUntil has come");
}

#[test]
fn first_deployments_are_exempt() {
    let mut fleet = workspace(
        1,
        &[
            json!({ "deploymentWindow": daily(9, 0, 60, true) }),
            json!({ "deploymentWindow": daily(0, 0, 60, false) }),
        ],
    );
    let report = send(&mut fleet, "resource.created", json!({ "id": "new" }));
    assert_eq!(report.jobs_created, 1, "8.8 step 1");
}

#[test]
fn slots_elapse_while_a_window_is_closed() {
    let mut fleet = workspace(
        100,
        &[
            json!({ "gradualRollout": { "timeScaleInterval": 600 } }),
            json!({ "deploymentWindow": daily(9, 0, 480, true) }),
        ],
    );
    advance(&mut fleet, at(9 * HOUR));
    assert_eq!(version(&mut fleet, "v2"), 1, "position 0");
    let created = advance(&mut fleet, at(33 * HOUR));
    let slot = |position: i64| (at(9 * HOUR + position * 10 * MINUTE), 1);
    let mut expected: Vec<(SimTime, u64)> = (1..48).map(slot).collect();
    expected.push((at(33 * HOUR), 52));
    assert_eq!(created, expected);
}

#[test]
fn windows_move_the_clock_of_a_rollout() {
    let rollout = json!({ "gradualRollout": { "timeScaleInterval": 60 } });
    let allow = json!({ "deploymentWindow": daily(9, 0, 480, true) });
    let minutes = |hour: i64, minute: i64| at(hour * HOUR + minute * MINUTE);
    // Hour of the version, when the three targets get it.
    for (name, hour, slots) in [
        ("C-G14 before", 1, [minutes(9, 0), minutes(9, 1), minutes(9, 2)]),
        ("C-G14 after", 18, [minutes(33, 0), minutes(33, 1), minutes(33, 2)]),
    ] {
        let mut fleet = workspace(3, &[rollout.clone(), allow.clone()]);
        advance(&mut fleet, at(hour * HOUR));
        assert_eq!(version(&mut fleet, "v2"), 0, "{name}");
        let expected = slots.map(|slot| (slot, 1));
        assert_eq!(advance(&mut fleet, at(48 * HOUR)), expected, "{name}");
    }
    // C-G18: adjusted from the base, never chained; the deny rule holds on by itself.
    let deny = json!({ "deploymentWindow": daily(8, 30, 60, false) });
    let mut fleet = workspace(3, &[rollout, allow, deny]);
    advance(&mut fleet, at(7 * HOUR));
    version(&mut fleet, "v2");
    assert_eq!(advance(&mut fleet, at(24 * HOUR)), [(minutes(9, 30), 3)], "C-G18");
}

#[test]
fn the_clock_of_a_first_deployment_is_not_moved() {
    let mut fleet = workspace(
        0,
        &[
            json!({ "gradualRollout": { "timeScaleInterval": 60 } }),
            json!({ "deploymentWindow": daily(9, 0, 480, true) }),
        ],
    );
    send(&mut fleet, "deployment-version.deleted", json!({ "id": "v1" }));
    version(&mut fleet, "v2");
    advance(&mut fleet, at(MINUTE));
    for resource in ["a", "b", "c"] {
        send(&mut fleet, "resource.created", json!({ "id": resource }));
    }
    let deployed =
        |fleet: &mut Fleet| fleet.targets().iter().map(|it| it.jobs.len()).sum::<usize>();
    assert_eq!(deployed(&mut fleet), 2, "C-G15: slots count from the version's creation");
    assert_eq!(advance(&mut fleet, at(2 * MINUTE)), [(at(2 * MINUTE), 1)], "C-G15");
}

#[test]
fn a_waived_window_neither_holds_nor_moves() {
    let mut fleet = workspace(
        1,
        &[
            json!({ "gradualRollout": { "timeScaleInterval": 60 } }),
            json!({ "deploymentWindow": daily(9, 0, 60, true) }),
        ],
    );
    version(&mut fleet, "v2");
    let waiver = json!({ "id": "w", "versionId": "v2", "bypassRuleTypes": ["deploymentWindow"] });
    assert_eq!(send(&mut fleet, "policy-bypass.created", waiver).jobs_created, 1);
}
