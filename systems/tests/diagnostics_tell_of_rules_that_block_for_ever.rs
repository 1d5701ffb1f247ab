//! A window that never opens again, deny windows without a gap, names that two entities have, a progression that waits for nothing, selectors that do not
//! compile and references that nothing has are accepted, and told.

use serde_json::json;
use shakedown_systems::diagnostics::diagnostics;

use crate::send::{fleet, send};

#[test]
fn rules_that_block_for_ever_are_told() {
    let mut fleet = fleet();
    send(
        &mut fleet,
        "environment.created",
        json!({ "id": "prod", "name": "prod", "systemId": "s" }),
    );
    let window = |rrule: &str, allow: bool| json!({ "rrule": rrule, "durationMinutes": 60, "allowWindow": allow });
    let upstream = |name: &str| {
        let selector = format!("environment.name == '{name}'");
        json!({ "dependsOnEnvironmentSelector": selector })
    };
    let over = "FREQ=DAILY;UNTIL=20200101";
    let rules = json!([
        { "id": "over", "deploymentWindow": window(over, true) },
        { "id": "denied no more", "deploymentWindow": window(over, false) },
        { "id": "never free", "deploymentWindow": window("FREQ=HOURLY", false) },
        { "id": "free at times", "deploymentWindow": window("FREQ=HOURLY;INTERVAL=2", false) },
        { "id": "free tomorrow", "deploymentWindow": window("FREQ=HOURLY;UNTIL=20250102", false) },
        { "id": "for ages", "deploymentWindow": {
            "rrule": "FREQ=DAILY", "durationMinutes": i32::MAX, "allowWindow": false } },
        { "id": "again", "deploymentWindow": window("FREQ=DAILY", true) },
        { "id": "nowhere", "environmentProgression": upstream("qa") },
        { "id": "somewhere", "environmentProgression": upstream("prod") },
        { "id": "empty" },
        { "id": "broken", "versionSelector": { "selector": "version.tag ==" } },
        { "id": "late", "deploymentDependency": { "dependsOn": "nope" } },
        { "id": "strict", "environmentProgression": { "dependsOnEnvironmentSelector": "true",
            "successStatuses": [] } },
        { "id": "upstream", "environmentProgression": { "dependsOnEnvironmentSelector": "1 +" } },
    ]);
    send(
        &mut fleet,
        "policy.created",
        json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules }),
    );
    let told: Vec<String> = diagnostics(&fleet).iter().map(ToString::to_string).collect();
    let of_rules: Vec<&String> = told.iter().filter(|it| it.contains(" rule ")).collect();
    let expected = [
        "policy `p` rule `empty` has no known member and checks nothing",
        "policy `p` rule `broken` denies every version, for its selector: syntax error: the text \
         ends too early, at column 15 of `version.tag ==`",
        "policy `p` rule `late` denies every version, for its selector: undeclared variable `nope`, \
         at column 1 of `nope`",
        "policy `p` rule `upstream` denies every version, for its selector: syntax error: the text \
         ends too early, at column 4 of `1 +`",
        "policy `p` rule `for ages` has a deny window without a gap: nothing passes for ever",
        "policy `p` rule `never free` has a deny window without a gap: nothing passes for \
         ever",
        "policy `p` rule `over` has a window that never opens again",
        "policy `p` rule `free at times` has a window that never lets anything pass at the same time \
         as that of rule `again` (looked until 2026-01-03T00:00:00Z): only first deployments go out",
        "policy `p` rule `nowhere` waits for environments, but its selector matches none",
        "policy `p` rule `strict` waits for successes, but no status counts as one",
    ];
    assert_eq!(of_rules, expected);
}

#[test]
fn limits_that_nobody_reaches_are_told() {
    let mut fleet = fleet();
    let select = json!({ "systemId": "s", "resourceSelector": "true" });
    for (event, ids) in [
        ("resource.created", &["r1", "r2"][..]),
        ("environment.created", &["e"]),
        ("deployment.created", &["d"]),
    ] {
        for id in ids {
            let mut data = select.clone();
            data["id"] = json!(id);
            send(&mut fleet, event, data);
        }
    }
    for (id, max) in [("one", 1), ("two", 2), ("ninety", 90)] {
        let limit = json!({ "id": "r", "concurrencyLimit": { "max": max, "per": "selector" } });
        let policy = json!({ "id": id, "enabled": true, "selectors": [{}], "rules": [limit] });
        send(&mut fleet, "policy.created", policy);
    }
    let told: Vec<String> = diagnostics(&fleet).iter().map(ToString::to_string).collect();
    let of_rules: Vec<&String> = told.iter().filter(|it| it.contains(" rule ")).collect();
    let expected = [
        "policy `ninety` rule `r` limits nothing: 90 jobs at once, for 2 targets",
        "policy `two` rule `r` limits nothing: 2 jobs at once, for 2 targets",
    ];
    assert_eq!(of_rules, expected);
}

#[test]
fn names_that_are_ambiguous_are_told() {
    let mut fleet = fleet();
    for (event, id, name, system) in [
        ("environment.created", "e1", "prod", "s"),
        ("environment.created", "e2", "prod", "s"),
        ("environment.created", "e3", "prod", "other"),
        ("deployment.created", "d1", "api", "s"),
        ("deployment.created", "d2", "api", "s"),
        ("deployment.created", "d3", "", "s"),
        ("deployment.created", "d4", "", "s"),
    ] {
        send(
            &mut fleet,
            event,
            json!({ "id": id, "name": name, "slug": name, "systemId": system }),
        );
    }
    let told: Vec<String> = diagnostics(&fleet).iter().map(ToString::to_string).collect();
    let ambiguous: Vec<&String> = told.iter().filter(|it| it.contains(" has the ")).collect();
    let expected = [
        "deployment `d2` has the slug of deployment `d1` in its system",
        "environment `e2` has the name of environment `e1` in its system",
    ];
    assert_eq!(ambiguous, expected);
}

#[test]
fn relations_and_dependencies_that_cannot_be_are_told() {
    let mut fleet = fleet();
    for (event, data) in [
        (
            "relationship-rule.created",
            json!({ "id": "rel", "name": "rel", "reference": "vpc", "fromType": "resource",
                "toType": "resource", "matcher": { "cel": "from.id ==" } }),
        ),
        (
            "resource-variable.created",
            json!({ "resourceId": "r", "key": "net",
                "value": { "reference": "network", "path": ["id"] } }),
        ),
        (
            "resource-variable.created",
            json!({ "resourceId": "r", "key": "vpc", "value": { "reference": "vpc", "path": [] } }),
        ),
        (
            "deployment-version.created",
            json!({ "id": "v", "deploymentId": "d", "tag": "v",
                "dependencies": { "x": { "versionSelector": "version.tag ==" } } }),
        ),
    ] {
        send(&mut fleet, event, data);
    }
    let told: Vec<String> = diagnostics(&fleet).iter().map(ToString::to_string).collect();
    let expected = [
        "deployment version `v` belongs to deployment `d`, which is unknown",
        "deployment version `v` can go out nowhere, for its dependency on `x`: syntax error: the text \
         ends too early, at column 15 of `version.tag ==`",
        "relationship rule `rel` relates nothing, for its matcher: syntax error: the text ends too \
         early, at column 11 of `from.id ==`",
        "resource variable `r/net` refers to `network`, which is the reference of no relationship rule",
    ];
    assert_eq!(told, expected);
}
