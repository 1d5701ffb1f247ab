//! What two dialects make of deployment windows: T11 and T12 of docs/dialects.md.

use serde_json::{Value as Json, json};
use shakedown_systems::prelude::*;

use crate::dialects_follow_the_vectors::{both, finish, jobs, shop, version};
use crate::send::send;

/// A prod of `targets` targets that run v1, under policies with these rules, and then v2 at `hour`.
fn v2_comes(dialect: Dialect, targets: usize, rules: &[Json], hour: u64) -> Fleet {
    let names: Vec<String> = (0..targets).map(|at| format!("r{at}")).collect();
    let resources: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "prod")).collect();
    let mut fleet = shop(dialect, &resources);
    version(&mut fleet, "v1", "ready");
    names.iter().for_each(|name| finish(&mut fleet, name, "prod", "successful"));
    for (at, rule) in rules.iter().enumerate() {
        let mut rule = rule.clone();
        rule["id"] = json!("r");
        let policy = json!({
            "id": format!("p{at}"), "enabled": true, "selector": "true", "rules": [rule],
        });
        send(&mut fleet, "policy.created", policy);
    }
    fleet.pass(Duration::from_hours(hour)).expect("time passes");
    version(&mut fleet, "v2", "ready");
    fleet
}

/// When jobs are made within `hours`, hours and minutes since the world began.
fn made_within(fleet: &mut Fleet, hours: u64) -> Vec<(u64, u64)> {
    let midnight: SimTime = "2025-01-02T00:00:00Z".parse().expect("a time");
    let passed = fleet.pass(Duration::from_hours(hours)).expect("time passes");
    let made = passed.into_iter().flat_map(|(at, report)| {
        let minutes = u64::try_from((at.0 - midnight.0) / 60_000_000_000).expect("later");
        (0..report.jobs_created).map(move |_| (minutes / 60, minutes % 60))
    });
    made.collect()
}

fn deployment_window(rrule: &str, minutes: i32, allow: bool) -> Json {
    json!({ "deploymentWindow": { "rrule": rrule, "durationMinutes": minutes, "allowWindow": allow } })
}

/// What the record says of the newest version of the first target.
fn newest(fleet: &Fleet) -> Vec<CheckResult> {
    let target = fleet.targets()[0].triple.clone();
    let record = record(fleet, &target, Examine::UpToChosen).expect("a target");
    record.candidates.into_iter().next().expect("a version").results
}

/// Case: all is denied but for one hour a day, by windows that touch.
#[test]
fn t11_deny_windows_that_touch() {
    let hours = (0..24).filter(|hour| *hour != 6).map(|hour| hour.to_string());
    let rrule = format!("FREQ=DAILY;BYHOUR={}", hours.collect::<Vec<_>>().join(","));
    let rollout = json!({ "gradualRollout": { "timeScaleInterval": 900 } });
    let rules = [deployment_window(&rrule, 60, false), rollout];
    let run = |dialect| {
        let mut fleet = v2_comes(dialect, 3, &rules, 3);
        let results = newest(&fleet);
        let says = |code: &str| {
            let result = results.iter().find(|it| it.code.name() == code).expect(code);
            (result.params["end"].to_string(), result.next.map(|it| it.to_string()))
        };
        (says("window.denied").0, says("rollout.waiting").1, made_within(&mut fleet, 24))
    };
    let [today, recorded] = both(run);
    let until = |hour: &str| format!("2025-01-02T{hour}:00:00Z");
    let (denied, waits, made) = today;
    assert_eq!(denied, format!("\"{}\"", until("06")));
    assert!(waits.is_some_and(|at| at >= until("06")));
    assert_eq!(made, [(6, 0), (6, 15), (6, 30)]);
    let (denied, waits, made) = recorded;
    assert_eq!(denied, format!("\"{}\"", until("04")));
    assert!(waits.is_some_and(|at| at < until("05")));
    assert_eq!(made, [(6, 0), (6, 0), (6, 0)], "the slots have long opened");
}

/// What is denied for ever is said to have no end.
#[test]
fn t11_deny_windows_without_a_gap() {
    let rules = [deployment_window("FREQ=HOURLY", 60, false)];
    let run = |dialect| {
        let fleet = v2_comes(dialect, 1, &rules, 3);
        let denied = newest(&fleet).pop().expect("a window");
        assert_eq!(denied.code, Reason::WindowDenied);
        (denied.params["end"].is_null(), denied.next.is_some(), next_change(&fleet).is_some())
    };
    assert_eq!(both(run), [(true, false, false), (false, true, true)]);
}

/// A rollout begins when all windows let it: hours of the version, minutes of a slot, then rules.
#[test]
fn t11_where_a_rollout_begins_between_windows() {
    let office = deployment_window("FREQ=DAILY;BYHOUR=9", 480, true);
    let meeting = deployment_window("FREQ=DAILY;BYHOUR=8;BYMINUTE=30", 60, false);
    let lunch = deployment_window("FREQ=DAILY;BYHOUR=12", 60, true);
    let frozen = deployment_window("FREQ=HOURLY", 60, false);
    let night = deployment_window("FREQ=DAILY;BYHOUR=22", 60, true);
    for (name, hour, rules, [today, recorded]) in [
        ("both open", 10, vec![office.clone(), meeting.clone()], [(10, 0), (10, 0)]),
        ("one denies where the other opens", 7, vec![office.clone(), meeting], [(9, 30), (9, 0)]),
        ("the second lets later", 7, vec![office.clone(), lunch], [(12, 0), (12, 0)]),
        ("never together", 7, vec![office.clone(), night], [(7, 0), (22, 0)]),
        ("never", 7, vec![office, frozen], [(7, 0), (9, 0)]),
    ] {
        let rollout = json!({ "gradualRollout": { "timeScaleInterval": 60 } });
        let rules = [rules, vec![rollout]].concat();
        let run = |dialect| {
            let fleet = v2_comes(dialect, 2, &rules, hour);
            let summary = rollout_summary(&fleet, "prod", "d", "v2").expect("a rollout");
            summary.start.expect("it starts").to_string()
        };
        let expected =
            [today, recorded].map(|(hour, minute)| format!("2025-01-02T{hour:02}:{minute:02}:00Z"));
        assert_eq!(both(run), expected, "{name}");
    }
}

/// A prod with one target that runs v1, under a window from nine to five, at eight in the evening.
fn evening(dialect: Dialect) -> Fleet {
    let mut fleet = shop(dialect, &[("r", "prod")]);
    version(&mut fleet, "v1", "ready");
    finish(&mut fleet, "r", "prod", "successful");
    let mut rule = deployment_window("FREQ=DAILY;BYHOUR=9", 480, true);
    rule["id"] = json!("hours");
    let policy = json!({ "id": "p", "enabled": true, "selector": "true", "rules": [rule] });
    send(&mut fleet, "policy.created", policy);
    fleet.pass(Duration::from_hours(20)).expect("time passes");
    fleet
}

/// Where the only target stands: state, desired version, reasons, and when that changes.
fn stands(fleet: &Fleet) -> String {
    let target = fleet.target("d", "prod", "r").expect("a target");
    let desired = target.desired.map_or("nothing".to_owned(), |it| it.version_id);
    let reasons: Vec<&str> = target.reasons.iter().map(|it| it.code()).collect();
    let next = next_change(fleet).map_or("never".to_owned(), |at| at.to_string());
    format!("{:?} {desired} {} {next}", target.state, reasons.join(","))
}

/// Case: the newest version is everywhere, and the window is closed at night.
#[test]
fn t12_a_settled_target_at_night() {
    let run = |dialect| {
        let mut fleet = evening(dialect);
        let code = newest(&fleet).pop().expect("a window").code.name();
        let stood = stands(&fleet);
        let woken = fleet.pass(Duration::from_hours(48)).expect("time passes").len();
        (stood, code, woken)
    };
    let [today, recorded] = both(run);
    let settled = "Settled v1 repeat.already_succeeded never".to_owned();
    assert_eq!(today, (settled, "window.settled", 0), "nobody is woken");
    let closed = "Waiting nothing plan.none_deployable,window.closed 2025-01-03T09:00:00Z";
    assert_eq!(recorded, (closed.to_owned(), "window.closed", 4));
}

/// A newer version waits for the window as ever; what is there stays.
#[test]
fn t12_a_newer_version_at_night() {
    let run = |dialect| {
        let mut fleet = evening(dialect);
        version(&mut fleet, "v2", "ready");
        (stands(&fleet), made_within(&mut fleet, 48))
    };
    let [today, recorded] = both(run);
    assert_eq!(today.0, "Waiting v1 window.closed,repeat.already_succeeded 2025-01-03T09:00:00Z");
    assert_eq!(
        recorded.0,
        "Waiting nothing plan.none_deployable,window.closed 2025-01-03T09:00:00Z"
    );
    assert_eq!([today.1, recorded.1], [[(33, 0)], [(33, 0)]]);
}

/// Other variables make another release, which the target wants.
#[test]
fn t12_other_variables_at_night() {
    let run = |dialect| {
        let mut fleet = evening(dialect);
        let key = json!({ "id": "k", "deploymentId": "d", "key": "k" });
        send(&mut fleet, "deployment-variable.created", key);
        let value = |value: &str| json!({ "id": "x", "deploymentVariableId": "k", "value": value, "priority": 1 });
        send(&mut fleet, "deployment-variable-value.created", value("a"));
        let stood = stands(&fleet);
        (stood, made_within(&mut fleet, 24))
    };
    let waits = "Waiting nothing plan.none_deployable,window.closed 2025-01-03T09:00:00Z";
    let expected = (waits.to_owned(), vec![(33, 0)]);
    assert_eq!(both(run), [expected.clone(), expected]);
}

/// A target that was deployed to since wants its version again.
#[test]
fn t12_an_older_version_at_night() {
    let mut fleet = evening(Dialect::TODAY);
    version(&mut fleet, "v2", "ready");
    fleet.pass(Duration::from_hours(14)).expect("time passes");
    finish(&mut fleet, "r", "prod", "successful");
    fleet.pass(Duration::from_hours(10)).expect("time passes");
    assert_eq!(stands(&fleet), "Settled v2 repeat.already_succeeded never");
    version(&mut fleet, "v2", "rejected");
    assert_eq!(
        stands(&fleet),
        "Blocked nothing plan.none_deployable,status.not_ready 2025-01-04T09:00:00Z"
    );
    assert_eq!(made_within(&mut fleet, 24), [(57, 0)]);
    assert_eq!(jobs(&fleet, "r", "prod"), ["v1 successful", "v2 successful", "v1 pending"]);
}

/// To be deployed to once more, a settled target waits for the window.
#[test]
fn t12_a_redeploy_at_night() {
    let triple = json!({ "resourceId": "r", "environmentId": "prod", "deploymentId": "d" });
    let run = |dialect| {
        let mut fleet = evening(dialect);
        let at_night = send(&mut fleet, "release-target.deploy", triple.clone()).jobs_created;
        fleet.pass(Duration::from_hours(14)).expect("time passes");
        (at_night, send(&mut fleet, "release-target.deploy", triple.clone()).jobs_created)
    };
    assert_eq!(both(run), [(0, 1), (0, 1)]);
}
