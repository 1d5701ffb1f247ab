//! A window that never opens again and a progression that waits for nothing are accepted, and told.

mod send;

use send::{fleet, send};
use serde_json::json;
use shakedown_systems::warnings::warnings;

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
        { "id": "again", "deploymentWindow": window("FREQ=DAILY", true) },
        { "id": "nowhere", "environmentProgression": upstream("qa") },
        { "id": "somewhere", "environmentProgression": upstream("prod") },
        { "id": "empty" },
    ]);
    send(
        &mut fleet,
        "policy.created",
        json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": rules }),
    );
    let told: Vec<String> = warnings(&fleet).iter().map(ToString::to_string).collect();
    let of_rules: Vec<&String> = told.iter().filter(|it| it.contains(" rule ")).collect();
    let expected = [
        "policy `p` rule `empty` has no known member and checks nothing",
        "policy `p` rule `nowhere` waits for environments, but its selector matches none",
        "policy `p` rule `over` has a window that never opens again",
    ];
    assert_eq!(of_rules, expected);
}
