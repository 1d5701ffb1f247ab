//! Told of rules that are sound by themselves and hold back everything together with what they apply to:
//! gates that wait for their own environment, for one without targets, or for each other; windows of one
//! scope that are never open at one instant; a time zone that a window's start overrules.

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::Dialect;
use shakedown_systems::diagnostics::diagnostics;

use crate::send::{fleet, send};

fn told(fleet: &Fleet) -> Vec<String> {
    diagnostics(fleet).iter().map(|it| format!("{}: {it}", it.code)).collect()
}

/// A resource for each of the environments `staging`, `prod` and `tier3`, but only those of kind `vm`
/// have targets: there is no such resource in `tier3`.
fn workspace(mut fleet: Fleet) -> Fleet {
    send(&mut fleet, "system.created", json!({ "id": "s" }));
    send(&mut fleet, "system.created", json!({ "id": "other" }));
    send(&mut fleet, "job-agent.created", json!({ "id": "a" }));
    for (stage, kind) in [("staging", "vm"), ("prod", "vm"), ("tier3", "db")] {
        let metadata = json!({ "stage": stage });
        send(
            &mut fleet,
            "resource.created",
            json!({ "id": stage, "kind": kind, "metadata": metadata }),
        );
        let selector = format!("resource.metadata.stage == '{stage}'");
        let environment = json!({ "id": stage, "name": stage, "systemId": "s",
            "resourceSelector": selector });
        send(&mut fleet, "environment.created", environment);
    }
    let far =
        json!({ "id": "far", "name": "far", "systemId": "other", "resourceSelector": "true" });
    send(&mut fleet, "environment.created", far);
    let deployment = json!({ "id": "d", "slug": "d", "systemId": "s", "jobAgentId": "a",
        "resourceSelector": "resource.kind == 'vm'" });
    send(&mut fleet, "deployment.created", deployment);
    assert_eq!(told(&fleet), [""; 0]);
    fleet
}

/// A policy for an environment, or for all, that waits for the environments of these names.
fn gate(fleet: &mut Fleet, id: &str, of: Option<&str>, upstream: &str) {
    let names = upstream.split(' ').map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ");
    let selector = format!("environment.name in [{names}]");
    let scope = of.map_or(
        json!({}),
        |of| json!({ "environmentSelector": format!("environment.name == '{of}'") }),
    );
    let rule = json!({ "id": "after",
        "environmentProgression": { "dependsOnEnvironmentSelector": selector } });
    let data = json!({ "id": id, "enabled": true, "selectors": [scope], "rules": [rule] });
    send(fleet, "policy.created", data);
}

#[test]
fn a_gate_that_selects_no_other_environment() {
    for (name, of, upstream, expected) in [
        ("every environment after staging", None, "staging", Some(("staging", "1 target"))),
        ("prod after prod", Some("prod"), "prod", Some(("prod", "1 target"))),
        ("both after what is in another system", None, "far", Some(("prod", "2 targets"))),
        ("prod after staging", Some("prod"), "staging", None),
    ] {
        let mut fleet = workspace(fleet());
        gate(&mut fleet, "p", of, upstream);
        let expected = expected.map(|(environment, targets)| {
            format!(
                "gate.no_upstream: policy `p` rule `after` waits for ever on {targets}: it selects no \
                 other environment of the system of `{environment}`"
            )
        });
        assert_eq!(told(&fleet), Vec::from_iter(expected), "{name}");
    }
}

#[test]
fn a_gate_on_an_environment_without_targets() {
    let empty = |does: &str| {
        format!(
            "gate.empty: policy `p` rule `after` {does} on 1 target: there are no targets in `tier3`, \
             for which it waits"
        )
    };
    for (dialect, upstream, expected) in [
        (Dialect::RECORDED, "tier3", Some(empty("waits for ever"))),
        (Dialect::TODAY, "tier3", Some(empty("holds back nothing"))),
        (Dialect::RECORDED, "staging tier3", None),
        (Dialect::TODAY, "staging tier3", Some(empty("holds back nothing"))),
    ] {
        let start = fleet().now();
        let mut fleet = workspace(shakedown_systems::fleet_in(dialect, "ws", start));
        gate(&mut fleet, "p", Some("prod"), upstream);
        assert_eq!(told(&fleet), Vec::from_iter(expected), "{} {upstream}", dialect.name);
        let vm = json!({ "id": "tier3", "kind": "vm", "metadata": { "stage": "tier3" } });
        send(&mut fleet, "resource.updated", vm);
        assert_eq!(told(&fleet), [""; 0], "now it has some");
    }
}

#[test]
fn gates_that_wait_for_each_other() {
    let mut fleet = workspace(fleet());
    let vm = json!({ "id": "tier3", "kind": "vm", "metadata": { "stage": "tier3" } });
    send(&mut fleet, "resource.updated", vm);
    gate(&mut fleet, "p", Some("prod"), "staging");
    assert_eq!(told(&fleet), [""; 0]);
    gate(&mut fleet, "q", Some("staging"), "prod");
    let two = "gate.circle: policy `p` rule `after` lets versions of `d` go nowhere: `prod` waits for \
               `staging` waits for `prod`";
    assert_eq!(told(&fleet), [two]);
    gate(&mut fleet, "q", Some("staging"), "prod tier3");
    assert_eq!(told(&fleet), [""; 0], "one success of the two is enough");
    gate(&mut fleet, "r", Some("tier3"), "prod");
    let three = "gate.circle: policy `p` rule `after` lets versions of `d` go nowhere: `prod` waits for \
                 `staging` waits for `prod`";
    assert_eq!(told(&fleet), [three], "both wait for prod again");
    gate(&mut fleet, "q", Some("staging"), "tier3");
    let three = "gate.circle: policy `p` rule `after` lets versions of `d` go nowhere: `prod` waits for \
                 `staging` waits for `tier3` waits for `prod`";
    assert_eq!(told(&fleet), [three]);
    send(&mut fleet, "policy.deleted", json!({ "id": "r" }));
    assert_eq!(told(&fleet), [""; 0]);
}

#[test]
fn a_soak_that_what_succeeded_does_not_outlive() {
    let told_of = |soak: i32, age: i32| {
        let mut fleet = workspace(fleet());
        let gate = json!({ "dependsOnEnvironmentSelector": "environment.name == 'staging'",
            "minimumSoakTimeMinutes": soak, "maximumAgeHours": age });
        let data = json!({ "id": "p", "enabled": true,
            "selectors": [{ "environmentSelector": "environment.name == 'prod'" }],
            "rules": [{ "id": "after", "environmentProgression": gate }] });
        send(&mut fleet, "policy.created", data);
        told(&fleet)
    };
    for (soak, age) in [(60, 1), (90, 0), (0, 1), (i32::MAX, i32::MAX)] {
        assert_eq!(told_of(soak, age), [""; 0], "{soak} minutes, {age} hours");
    }
    let outlived = "gate.outlived: policy `p` rule `after` waits until what succeeded has soaked for 61 \
                    minutes, and wants it to be no older than 1 hour: it lets pass only what succeeds \
                    again meanwhile";
    assert_eq!(told_of(61, 1), [outlived]);
}

/// An enabled policy with these windows, for everything or for an environment.
fn windows(fleet: &mut Fleet, id: &str, of: Option<&str>, windows: &[Json]) {
    let scope = of.map_or(
        json!({}),
        |of| json!({ "environmentSelector": format!("environment.name == '{of}'") }),
    );
    let rules = windows.iter().enumerate();
    let rules: Vec<Json> =
        rules.map(|(at, it)| json!({ "id": format!("w{at}"), "deploymentWindow": it })).collect();
    let data = json!({ "id": id, "enabled": true, "selectors": [scope], "rules": rules });
    send(fleet, "policy.created", data);
}

fn window(rrule: &str, hours: i32, allow: bool) -> Json {
    json!({ "rrule": rrule, "durationMinutes": hours * 60, "allowWindow": allow })
}

#[test]
fn windows_that_are_never_open_together() {
    let week = window("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9", 8, true);
    let friday = window("FREQ=WEEKLY;BYDAY=FR;BYHOUR=9", 5, true);
    let thursday = window("FREQ=WEEKLY;BYDAY=TH;BYHOUR=16", 5, true);
    let days = window("FREQ=DAILY;BYHOUR=8", 10, false);
    let odd = window("FREQ=WEEKLY;BYDAY=MO,WE", 24, true);
    let even = window("FREQ=WEEKLY;BYDAY=TU,WE", 24, true);
    let other = window("FREQ=WEEKLY;BYDAY=MO,TU", 24, true);
    let leap_day = window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 24, true);
    let never = |others: &str, until: &str| {
        format!(
            "window.never_together: policy `p` rule `w0` has a window that never lets anything pass at \
             the same time as that of rule {others} (looked until {until}): only first deployments go out"
        )
    };
    for (name, of, expected) in [
        (
            "week and friday",
            vec![week.clone(), friday.clone()],
            Some(never("`w1`", "2026-01-05T09:00:00Z")),
        ),
        ("week and an hour of thursday", vec![week.clone(), thursday.clone()], None),
        (
            "denied whenever allowed",
            vec![week.clone(), days],
            Some(never("`w1`", "2026-01-05T09:00:00Z")),
        ),
        (
            "three, two of which meet",
            vec![odd, even, other],
            Some(never("`w1` and `w2`", "2026-01-05T00:00:00Z")),
        ),
        ("one that opens once in four years", vec![leap_day, window("FREQ=DAILY", 24, true)], None),
        ("one alone", vec![friday.clone()], None),
    ] {
        let mut fleet = workspace(fleet());
        windows(&mut fleet, "p", None, &of);
        assert_eq!(told(&fleet), Vec::from_iter(expected), "{name}");
    }
    let mut fleet = workspace(fleet());
    windows(&mut fleet, "p", Some("prod"), std::slice::from_ref(&week));
    windows(&mut fleet, "q", Some("staging"), std::slice::from_ref(&friday));
    assert_eq!(told(&fleet), [""; 0], "they bind other targets");
    windows(&mut fleet, "q", Some("prod"), &[friday]);
    assert!(told(&fleet)[0].contains("that of rule `w0` of policy `q`"), "{:?}", told(&fleet));
    send(&mut fleet, "policy.deleted", json!({ "id": "p" }));
    assert_eq!(told(&fleet), [""; 0]);
}

#[test]
fn zones_that_a_start_overrules() {
    let zoned = |rrule: &str, zone: Option<&str>| {
        let mut it = window(rrule, 8, true);
        if let Some(zone) = zone {
            it["timezone"] = json!(zone);
        }
        it
    };
    let utc = "DTSTART:20260101T140000Z\nRRULE:FREQ=DAILY";
    let paris = "DTSTART;TZID=Europe/Paris:20260101T140000\nRRULE:FREQ=DAILY";
    let local = "DTSTART:20260101T140000\nRRULE:FREQ=DAILY";
    let void = |zone: &str, own: &str| {
        format!(
            "window.zone_void: policy `p` rule `w0` has a timezone `{zone}` that means nothing: DTSTART \
             is in {own}"
        )
    };
    for (rrule, zone, expected) in [
        (utc, Some("America/New_York"), Some(void("America/New_York", "UTC"))),
        (paris, Some("America/New_York"), Some(void("America/New_York", "Europe/Paris"))),
        (paris, Some("Europe/Paris"), None),
        (paris, None, None),
        (utc, None, None),
        (local, Some("America/New_York"), None),
    ] {
        let mut fleet = workspace(fleet());
        windows(&mut fleet, "p", None, &[zoned(rrule, zone)]);
        assert_eq!(told(&fleet), Vec::from_iter(expected), "{rrule} {zone:?}");
    }
}
