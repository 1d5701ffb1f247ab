//! A misspelt member means what its absence means, so documents tell of every member that nothing reads.

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{Document, UnknownMember};
use shakedown_engine::wire::event::{Entity, Payload};

const CLOCK: SimTime = SimTime(1_700_000_000_000_000_000);

fn parse(name: &str, text: &str) -> Document {
    Document::parse(name, text, CLOCK).expect("it decodes")
}

/// Each as `line:column of member -> nearest xN`.
fn told(document: &Document) -> Vec<String> {
    let (found, more) = document.unknown_members();
    assert_eq!(more, 0);
    let tell = |it: UnknownMember| {
        let nearest = it.nearest.unwrap_or("?");
        format!("{} {} {} -> {nearest} x{}", it.place, it.of, it.member, it.count)
    };
    found.into_iter().map(tell).collect()
}

const WORKSPACE: &str = "\
environments:
  - {id: a, systemId: s, resourceSelectors: 'true'}
  - {id: b, systemId: s, resourceSelectors: 'true', x: 1}
policies:
  - id: p
    enabled: true
    rules:
      - id: window
        deploymentWindow:
          rrule: FREQ=DAILY
          durationMinutes: 5
          timeZone: Europe/Berlin
      - id: gate
        environmentProgression: {dependsOnEnvironmentSelector: 'true', minimumSoakMinutes: 30}
";

#[test]
fn in_every_format() {
    let expected = [
        "2:45 environment resourceSelectors -> resourceSelector x2",
        "3:56 environment x -> ? x1",
        "12:21 policy rules[].deploymentWindow.timeZone -> timezone x1",
        "14:92 policy rules[].environmentProgression.minimumSoakMinutes -> minimumSoakTimeMinutes x1",
    ];
    assert_eq!(told(&parse("w.yaml", WORKSPACE)), expected);

    let json = "{\"environments\": [{\"id\": \"a\", \"systemId\": \"s\", \"Name\": \"n\"}]}";
    assert_eq!(told(&parse("w.json", json)), ["1:56 environment Name -> name x1"]);

    let log = "{\"eventType\":\"workspace.tick\"}\n\
               {\"eventType\":\"system.created\",\"workspaceID\":\"w\",\"data\":{\"id\":\"s\",\"title\":1}}\n";
    let expected = [
        "2:45 system.created workspaceID -> workspaceId x1",
        "2:74 system.created data.title -> ? x1",
    ];
    assert_eq!(told(&parse("l.ndjson", log)), expected);

    let scenario = json!({ "name": "n", "events": [{ "eventType": "job.finished", "data": {
        "resourceId": "r", "environmentId": "e", "deploymentId": "d", "status": "successful",
        "completedAT": "2026-01-01T00:00:00Z" } }] });
    let found = told(&parse("s.json", &scenario.to_string()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with(" job.finished data.completedAT -> completedAt x1"), "{found:?}");
}

/// What may have any members is not asked for its own, and null is no member.
#[test]
fn what_is_free_is_left_alone() {
    let free = json!({
        "resources": [{ "id": "r", "config": { "any": { "thing": 1 } }, "metadata": { "k": "v" }, "nobody": null }],
        "resourceVariables": [
            { "resourceId": "r", "key": "k", "value": { "any": 1 } },
            { "resourceId": "r", "key": "l", "value": { "reference": "x", "path": [] } },
        ],
        "deployments": [{ "id": "d", "jobAgentConfig": { "x": {} },
            "systems": [{ "id": "s", "name": "whole", "slug": "s", "workspaceId": "w" }] }],
        "policies": [{ "id": "p", "rules": [{ "id": "v", "verification": { "metrics": [] } }] }],
        "environments": [{ "id": "e", "resourceSelector": { "json": { "type": "name", "operator": "equals", "value": "x" } } }],
    });
    assert_eq!(told(&parse("free.json", &free.to_string())), [""; 0]);
    let deletion = json!({ "eventType": "resource.deleted", "data": { "id": "r", "whatever": 1 } });
    assert_eq!(told(&parse("d.ndjson", &deletion.to_string())), [""; 0]);
}

/// What wraps an entity in lists of the API has members of its own.
#[test]
fn wrappings_are_looked_at() {
    let deployments =
        json!([{ "deployment": { "id": "d", "slug": "d" }, "systems": [], "variable": [] }]);
    let variables =
        json!([{ "variable": { "id": "v", "deploymentId": "d", "key": "k" }, "value": [] }]);
    for (name, list, expected) in [
        ("deployments.json", deployments, "deployment variable -> variables x1"),
        (
            "deploymentVariables.json",
            json!({ "deploymentVariables": variables }),
            "deployment-variable value -> values x1",
        ),
    ] {
        let found = told(&parse(name, &list.to_string()));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(expected), "{found:?}");
    }
}

/// However many there are, a hundred kinds are told and the rest is counted.
#[test]
fn many_are_counted() {
    let mut resource = json!({ "id": "r" });
    for at in 0..250 {
        resource[format!("member{at:03}")] = json!(1);
    }
    let document = parse("many.json", &json!({ "resources": [resource] }).to_string());
    let (found, more) = document.unknown_members();
    assert_eq!((found.len(), more), (100, 150));
}

/// Many below a long name cost no more than their own number.
#[test]
fn below_a_long_name() {
    let name = "k".repeat(200_000);
    let mut members = serde_json::Map::new();
    for at in 0..20_000 {
        members.insert(format!("m{at}"), json!(1));
    }
    members.insert("versionSelector".to_owned(), json!("true"));
    let version =
        json!({ "id": "v", "deploymentId": "d", "tag": "t", "dependencies": { name: members } });
    let document = parse("long.json", &json!({ "deploymentVersions": [version] }).to_string());
    let (found, more) = document.unknown_members();
    assert_eq!((found.len(), more), (100, 19_900));
    assert!(found.iter().all(|it| it.member.len() < 300), "names are cut");
}

/// A reference and a hash have members of their own; of any other value all may be.
#[test]
fn beside_references() {
    let of = |value: serde_json::Value| {
        let variable = json!({ "resourceId": "r", "key": "k", "value": value });
        let document = parse("v.json", &json!({ "resourceVariables": [variable] }).to_string());
        document.unknown_members().0.into_iter().map(|it| it.member).collect::<Vec<_>>()
    };
    assert_eq!(of(json!({ "reference": "x", "path": ["id"], "default": 5 })), ["value.default"]);
    assert_eq!(of(json!({ "valueHash": "x", "plain": 5 })), ["value.plain"]);
    assert_eq!(of(json!({ "reference": "x", "default": 5 })), [""; 0]);
}

/// Of the members of an object that may have any, those of one name are one kind; of a selector, what is not
/// asked; of names of fields, those that there are not.
#[test]
fn where_names_are_free_and_elsewhere() {
    let edges = json!({ "a": { "versionSelector": "true", "x": 1 }, "b": { "versionSelector": "true", "x": 1 } });
    let version = json!({ "id": "v", "deploymentId": "d", "tag": "t", "dependencies": edges });
    let found = told(&parse("v.json", &json!({ "deploymentVersions": [version] }).to_string()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("deployment-version dependencies.*.x -> ? x2"), "{found:?}");

    let both =
        json!({ "cel": "true", "json": { "type": "name", "operator": "equals", "value": "x" } });
    let odd = json!({ "cel": "true", "json": [1] });
    for (selector, member) in [(both, "resourceSelector.cel"), (odd, "resourceSelector.json")] {
        let environment = json!({ "id": "e", "resourceSelector": selector });
        let found = told(&parse("e.json", &json!({ "environments": [environment] }).to_string()));
        assert!(found.len() == 1 && found[0].contains(member), "{found:?}");
    }

    let update = json!({ "eventType": "job.updated", "data": { "id": "j",
        "fieldsToUpdate": ["statuss", "completedAt"], "job": { "completedAt": null } } });
    let found = told(&parse("u.ndjson", &update.to_string()));
    assert!(
        found.len() == 1 && found[0].ends_with("data.fieldsToUpdate[] -> status x1"),
        "{found:?}"
    );
}

/// What a wrapping says twice is read in both places, and what is no list of variables is not.
#[test]
fn wrappings_lose_nothing() {
    let deployment = json!({ "id": "d", "slug": "d", "systems": ["a"] });
    let systems = |beside: serde_json::Value| {
        let list = json!([{ "deployment": deployment, "systems": beside }]);
        let document = parse("deployments.json", &list.to_string());
        match &document.entries[0].event.payload {
            Payload::Upsert(entity) => match &**entity {
                Entity::Deployment(it) => it.systems.iter().map(str::to_owned).collect::<Vec<_>>(),
                other => unreachable!("{other:?}"),
            },
            other => unreachable!("{other:?}"),
        }
    };
    assert_eq!(systems(json!(["b"])), ["a", "b"]);
    assert_eq!(systems(json!(null)), ["a"]);
    let odd = json!([{ "deployment": deployment, "variables": { "k": 1 } }]);
    let found = told(&parse("deployments.json", &odd.to_string()));
    assert!(found.len() == 1 && found[0].contains("deployment variables "), "{found:?}");
}
