//! A selector that has no answer for some of its subjects is no match there, and told: on how many of
//! how many, one of them, and why (X5). A policy that fails to apply lets through what it was meant to
//! hold, so records name it, too (X6).

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::event::Triple;
use shakedown_systems::diagnostics::{DiagnosticCode, diagnostics};
use shakedown_systems::record::{Examine, FailedPolicy, record};

use crate::send::{fleet, send};

/// Five resources, of which one has a tier that is no number, one an empty one, and one none; two
/// environments.
fn workspace() -> Fleet {
    let mut fleet = fleet();
    send(&mut fleet, "system.created", json!({ "id": "s" }));
    send(&mut fleet, "job-agent.created", json!({ "id": "a" }));
    for (id, metadata) in [
        ("r-a", json!({ "tier": "1" })),
        ("r-b", json!({ "tier": "one" })),
        ("r-c", json!({})),
        ("r-d", json!({ "tier": "3" })),
        ("r-e", json!({ "tier": "" })),
    ] {
        send(&mut fleet, "resource.created", json!({ "id": id, "metadata": metadata }));
    }
    let select = |id: &str| {
        json!({ "id": id, "name": id, "slug": id, "systemId": "s", "jobAgentId": "a",
            "resourceSelector": "true" })
    };
    send(&mut fleet, "environment.created", select("prod"));
    send(&mut fleet, "environment.created", select("qa"));
    send(&mut fleet, "deployment.created", select("d"));
    fleet
}

fn policy(fleet: &mut Fleet, id: &str, scope: Json) {
    let rule = json!({ "id": "two", "anyApproval": { "minApprovals": 2 } });
    let mut data = json!({ "id": id, "enabled": true, "rules": [rule] });
    let (name, scope) = match scope {
        Json::String(_) => ("selector", scope),
        scope => ("selectors", scope),
    };
    data[name] = scope;
    send(fleet, "policy.created", data);
}

/// What is told of selectors, cut before the error.
fn told(fleet: &Fleet) -> Vec<String> {
    let found = diagnostics(fleet);
    let of_selectors = found.iter().filter(|it| it.code == DiagnosticCode::SelectorFails);
    let texts = of_selectors.map(|it| {
        let error = it.params["error"].as_str().expect("an error");
        let (text, _) = it.what.split_once(&format!(": {error}")).expect("the text has the error");
        format!("{} {text}", it.owner.id())
    });
    texts.collect()
}

fn failed_on(fleet: &Fleet, resource: &str, environment: &str) -> Vec<String> {
    let target = Triple {
        resource_id: resource.to_owned(),
        environment_id: environment.to_owned(),
        deployment_id: "d".to_owned(),
    };
    let record = record(fleet, &target, Examine::All).expect("it is a target");
    let ids = record.failed_policies.into_iter().map(|FailedPolicy { policy_id, error }| {
        assert!(!error.is_empty(), "there is a reason");
        policy_id
    });
    ids.collect()
}

#[test]
fn policies_whose_selector_fails_on_resources() {
    let mut fleet = workspace();
    policy(&mut fleet, "gate", json!([{ "resourceSelector": "int(resource.metadata.tier) <= 2" }]));
    let member = "gate has a selectors[0].resourceSelector that fails on 2 of 5 resources, such as";
    assert_eq!(told(&fleet), [format!("{member} `r-b`")]);
    for (resource, expected) in
        [("r-a", &[][..]), ("r-b", &["gate"]), ("r-c", &[]), ("r-d", &[]), ("r-e", &["gate"])]
    {
        assert_eq!(failed_on(&fleet, resource, "prod"), expected, "{resource}");
    }
    send(&mut fleet, "resource.deleted", json!({ "id": "r-b" }));
    let member = "gate has a selectors[0].resourceSelector that fails on 1 of 4 resources, such as";
    assert_eq!(told(&fleet), [format!("{member} `r-e`")]);
}

#[test]
fn policies_whose_expression_fails_on_targets() {
    let mut fleet = workspace();
    let cel = "environment.name == 'prod' && int(resource.metadata.tier) <= 2";
    policy(&mut fleet, "gate", json!(cel));
    let told_of = "gate has a selector that fails on 2 of 10 targets, such as `r-b-prod-d`";
    assert_eq!(told(&fleet), [told_of]);
    assert_eq!(failed_on(&fleet, "r-b", "prod"), ["gate"]);
    assert_eq!(failed_on(&fleet, "r-b", "qa"), [""; 0], "there it says no");

    policy(&mut fleet, "gate", json!("environment.name == 'prod' && int(deployment.name) <= 2"));
    let told_of = "gate has a selector that fails on 5 of 10 targets, such as `r-a-prod-d`";
    assert_eq!(told(&fleet), [told_of], "also without a look at resources");
    assert_eq!(failed_on(&fleet, "r-c", "prod"), ["gate"]);
}

#[test]
fn a_policy_fails_where_no_selector_matches_and_one_could_have() {
    let mut fleet = workspace();
    let fails = "int(resource.metadata.tier) <= 2";
    let prod = json!({ "environmentSelector": "environment.name == 'prod'",
        "resourceSelector": fails });
    let b = json!({ "resourceSelector": "resource.id == 'r-b'" });
    policy(&mut fleet, "only-prod", json!([prod]));
    policy(&mut fleet, "prod-or-b", json!([prod, b]));
    policy(&mut fleet, "names", json!([{ "deploymentSelector": "deployment.name" }]));
    send(
        &mut fleet,
        "policy.created",
        json!({ "id": "off", "enabled": false, "selectors": [{ "resourceSelector": fails }] }),
    );
    assert_eq!(
        failed_on(&fleet, "r-b", "prod"),
        ["names", "only-prod"],
        "the other selector matches"
    );
    assert_eq!(failed_on(&fleet, "r-e", "prod"), ["names", "only-prod", "prod-or-b"]);
    assert_eq!(failed_on(&fleet, "r-e", "qa"), ["names"]);
    let expected = [
        "names has a selectors[0].deploymentSelector that fails on 1 of 1 deployments, such as `d`",
        "only-prod has a selectors[0].resourceSelector that fails on 2 of 5 resources, such as `r-b`",
        "prod-or-b has a selectors[0].resourceSelector that fails on 2 of 5 resources, such as `r-b`",
    ];
    assert_eq!(told(&fleet), expected, "nothing is told of what is disabled but that");
}

#[test]
fn version_selectors_on_targets_with_their_newest_version() {
    let mut fleet = workspace();
    let rule = |selector: &str| {
        let scope = json!([{ "resourceSelector": "resource.id != 'r-e'" }]);
        json!({ "id": "p", "enabled": true, "selectors": scope,
            "rules": [{ "id": "some", "versionSelector": { "selector": selector } }] })
    };
    let version =
        |tag: &str| json!({ "id": tag, "deploymentId": "d", "tag": tag, "status": "ready" });
    send(&mut fleet, "policy.created", rule("int(version.tag) >= int(resource.metadata.tier)"));
    assert_eq!(told(&fleet), [""; 0], "there is no version to ask about");
    send(&mut fleet, "deployment-version.created", version("7"));
    let of = |failing: u32, first: &str| {
        format!(
            "p rule `some` has a versionSelector that fails on {failing} of 8 targets with their newest \
             version, such as `{first}`"
        )
    };
    assert_eq!(told(&fleet), [of(2, "r-b-prod-d")]);
    send(&mut fleet, "policy.updated", rule("int(version.tag) >= 3"));
    assert_eq!(told(&fleet), [""; 0]);
    send(&mut fleet, "deployment-version.created", version("8-rc"));
    assert_eq!(told(&fleet), [of(8, "r-a-prod-d")]);
    send(&mut fleet, "deployment-version.deleted", json!({ "id": "8-rc" }));
    assert_eq!(told(&fleet), [""; 0]);
}

#[test]
fn selectors_of_everything_else() {
    let mut fleet = workspace();
    let json_fails = json!({ "json": { "type": "updatedAt", "operator": "before",
        "value": "2025-01-02T03:04:05Z" } });
    for (event_type, data) in [
        (
            "environment.updated",
            json!({ "id": "qa", "systemId": "s", "resourceSelector": json_fails }),
        ),
        (
            "relationship-rule.created",
            json!({ "id": "rel", "reference": "x", "fromType": "environment", "toType": "deployment",
                "fromSelector": "environment.id", "toSelector": "deployment.slug.size() > 'x'" }),
        ),
        (
            "policy.created",
            json!({ "id": "p", "enabled": true, "selectors": [{}], "rules": [{ "id": "after",
                "environmentProgression": {
                    "dependsOnEnvironmentSelector": "environment.name.size() / 0 == 1" } }] }),
        ),
    ] {
        send(&mut fleet, event_type, data);
    }
    let expected = [
        "qa has a resourceSelector that fails on 5 of 5 resources, such as `r-a`",
        "p rule `after` has a dependsOnEnvironmentSelector that fails on 2 of 2 environments, such as \
         `prod`",
        "rel has a fromSelector that fails on 2 of 2 environments, such as `prod`",
        "rel has a toSelector that fails on 1 of 1 deployments, such as `d`",
    ];
    assert_eq!(told(&fleet), expected);
}
