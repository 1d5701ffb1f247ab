//! Workspace documents, logs and scenarios, in JSON and YAML, and the order of their entries.

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{Document, DocumentKind, ORDER, Place};
use shakedown_engine::wire::event::{Entity, Kind, Payload};

const CLOCK: SimTime = SimTime(0);

fn parse(name: &str, text: &str) -> Document {
    Document::parse(name, text, CLOCK).expect(text)
}

fn kinds(document: &Document) -> Vec<Kind> {
    let kind = |payload: &Payload| match payload {
        Payload::Upsert(entity) => entity.kind(),
        Payload::Delete(key) => key.kind(),
        other => unreachable!("the tests create and delete: {other:?}"),
    };
    document.entries.iter().map(|entry| kind(&entry.event.payload)).collect()
}

#[test]
fn json_and_yaml_give_the_same_document() {
    let yaml = "
workspaceId: ws-1
now: 2026-01-01T12:00:00Z
deploymentVersions:
  - id: v1
    deploymentId: d
    tag: '1.10'
    status: ready
    config: {replicas: 3, ratio: 0.5, on: true, off: null, zip: 00123, list: [a, 1]}
resources:
  - id: r1
    metadata: &labels {region: eu, answer: yes}
  - id: r2
    metadata:
      <<: *labels
      tier: gold
systems:
";
    let json = json!({
        "now": "2026-01-01T12:00:00Z",
        "workspaceId": "ws-1",
        "systems": null,
        "resources": [
            {"id":"r1","metadata":{"region":"eu","answer":"yes"}},
            {"id":"r2","metadata":{"region":"eu","answer":"yes","tier":"gold"}},
        ],
        "deploymentVersions": [{"id":"v1","deploymentId":"d","tag":"1.10","status":"ready",
            "config":{"replicas":3,"ratio":0.5,"on":true,"off":null,"zip":"00123",
                "list":["a",1]}}],
    });
    let from_yaml = parse("fleet", yaml);
    let from_json = parse("fleet", &json.to_string());
    assert_eq!(from_yaml.kind, DocumentKind::Workspace);
    assert_eq!(from_yaml.workspace_id.as_deref(), Some("ws-1"));
    assert_eq!(from_yaml.now, from_json.now);
    let events = |document: &Document| -> Vec<_> {
        document.entries.iter().map(|entry| entry.event.clone()).collect()
    };
    assert_eq!(events(&from_yaml), events(&from_json));
    assert_eq!(kinds(&from_yaml), [Kind::Resource, Kind::Resource, Kind::DeploymentVersion]);
    let places: Vec<_> = from_yaml.entries.iter().map(|entry| entry.origin.place).collect();
    let place = |line, column| Place { line, column };
    assert_eq!(places, [place(11, 5), place(13, 5), place(5, 5)]);
}

#[test]
fn creation_times_default_to_now_wherever_it_stands() {
    for text in [
        r#"{"resources":[{"id":"r"}],"clock":"2026-01-01T12:00:00Z"}"#,
        r#"{"clock":"2026-01-01T12:00:00Z","resources":[{"id":"r","createdAt":""}]}"#,
        "resources: [{id: r}]\nnow: 2026-01-01T12:00:00Z\n",
        r#"{"events":[{"eventType":"resource.created","data":{"id":"r"}}],"now":"2026-01-01T12:00:00Z"}"#,
    ] {
        let document = parse("a", text);
        let Payload::Upsert(entity) = &document.entries[0].event.payload else {
            unreachable!("a resource")
        };
        assert_eq!(entity.to_json()["createdAt"], "2026-01-01T12:00:00Z", "{text}");
    }
    let document = Document::parse("a", r#"{"resources":[{"id":"r"}]}"#, SimTime(5)).expect("one");
    let Payload::Upsert(entity) = &document.entries[0].event.payload else {
        unreachable!("a resource")
    };
    assert!(matches!(entity.as_ref(), Entity::Resource(it) if it.created_at == SimTime(5)));
    assert_eq!(document.now, None);
}

#[test]
fn no_creation_time_stays_unset() {
    let policy = json!({"id":"p","rules":[{"id":"r"}]});
    let named = json!({"id":"x","systemId":"s","deploymentId":"d","versionId":"v","ruleId":"r",
        "environmentId":"e","userId":"u","status":"approved","bypassRuleTypes":[],"identifier":"i"});
    let mut version = named.clone();
    version["status"] = json!(null);
    let document = json!({"now":"2026-01-01T12:00:00Z","resources":[named],
        "resourceProviders":[named],"environments":[named],"deploymentVersions":[version],
        "policies":[policy],"policyBypasses":[named],"policySkips":[named],
        "userApprovalRecords":[named]});
    let parsed = parse("a.json", &document.to_string());
    assert_eq!(parsed.entries.len(), 8);
    for entry in &parsed.entries {
        let Payload::Upsert(entity) = &entry.event.payload else { unreachable!("entities") };
        let written = entity.to_json();
        assert_eq!(written["createdAt"], "2026-01-01T12:00:00Z", "{written}");
        if entity.kind() == Kind::Policy {
            assert_eq!(written["rules"][0]["createdAt"], "2026-01-01T12:00:00Z");
        }
    }
    let batch = json!({"eventType":"resource-provider.set-resources","at":"2026-01-01T13:00:00Z",
        "data":{"providerId":"p","resources":[{"id":"r"}]}});
    let Payload::SetResources { resources, .. } =
        parse("a.ndjson", &batch.to_string()).entries[0].event.payload.clone()
    else {
        unreachable!("a batch")
    };
    assert_eq!(resources[0].created_at.to_string(), "2026-01-01T13:00:00Z");
}

#[test]
fn owners_come_first_and_versions_after_what_restrains_them() {
    let lists: Vec<_> = ORDER.iter().rev().map(|(name, _)| format!("\"{name}\":[]")).collect();
    let empty = parse("a.json", &format!("{{{}}}", lists.join(",")));
    assert_eq!((empty.kind, empty.entries.len()), (DocumentKind::Workspace, 0));

    let text = r#"{
        "userApprovalRecords":[{"userId":"u","versionId":"v","environmentId":"e","status":"approved"}],
        "deploymentVersions":[{"id":"v2","deploymentId":"d"},{"id":"v1","deploymentId":"d"}],
        "deploymentVariableValues":[{"id":"x","deploymentVariableId":"dv","value":1}],
        "deploymentVariables":[{"id":"dv","deploymentId":"d","key":"k"}],
        "deployments":[{"id":"d","systemId":"s"}],
        "policies":[{"id":"p"}],
        "resources":[{"id":"r"}],
        "jobAgents":[{"id":"a"}],
        "systems":[{"id":"s"}]}"#;
    let expected = [
        Kind::System,
        Kind::JobAgent,
        Kind::Policy,
        Kind::Resource,
        Kind::Deployment,
        Kind::DeploymentVariable,
        Kind::DeploymentVariableValue,
        Kind::DeploymentVersion,
        Kind::DeploymentVersion,
        Kind::UserApprovalRecord,
    ];
    let document = parse("a.json", text);
    assert_eq!(kinds(&document), expected);
    let Payload::Upsert(first) = &document.entries[7].event.payload else { unreachable!() };
    assert_eq!(first.to_json()["id"], "v2", "within a kind the order of the document holds");
}

#[test]
fn scenarios_state_their_name_and_clock() {
    for (name, text) in [
        (
            "a.json",
            r#"{"name":"n","now":"2026-01-01T12:00:00Z","tags":["t"],"reason":"why",
                "events":[{"eventType":"system.deleted","data":{"id":"s"}},
                          {"eventType":"system.created","data":{"id":"s"}}]}"#,
        ),
        (
            "a.yml",
            "{name: n, now: 2026-01-01T12:00:00Z, tags: [t], reason: why,
              events: [{eventType: system.deleted, data: {id: s}},
                       {eventType: system.created, data: {id: s}}]}",
        ),
    ] {
        let document = parse(name, text);
        assert_eq!(document.kind, DocumentKind::Scenario);
        assert_eq!(document.name.as_deref(), Some("n"));
        assert_eq!(
            document.now.map(|now| now.to_string()).as_deref(),
            Some("2026-01-01T12:00:00Z")
        );
        assert_eq!(
            (document.tags.as_slice(), document.reason.as_deref()),
            (&["t".to_owned()][..], Some("why"))
        );
        assert!(matches!(document.entries[0].event.payload, Payload::Delete(_)));
        assert!(matches!(document.entries[1].event.payload, Payload::Upsert(_)));
    }
}

#[test]
fn logs_move_their_clock_line_by_line() {
    let text = concat!(
        "\u{feff}{\"workspaceId\":\"ws-1\",\"eventType\":\"resource.created\",\"at\":\"2026-01-01T10:00:00Z\",\"data\":{\"id\":\"a\"}}\r\n",
        "\r\n",
        "  {\"eventType\":\"resource.created\",\"data\":{\"id\":\"b\"}}\n",
        "{\"eventType\":\"resource.created\",\"at\":\"2026-01-01T11:00:00Z\",\"data\":{\"id\":\"c\"}}\n",
        "{\"eventType\":\"resource.created\",\"timestamp\":1,\"data\":{\"id\":\"d\"}}",
    );
    for name in ["a.ndjson", "a.json", "a"] {
        let document = parse(name, text);
        assert_eq!((document.kind, document.entries.len()), (DocumentKind::Log, 4));
        assert_eq!(document.workspace_id.as_deref(), Some("ws-1"));
        assert_eq!(document.now, document.entries[0].event.at);
        let lines: Vec<_> = document.entries.iter().map(|it| it.origin.place.to_string()).collect();
        assert_eq!(lines, ["1:1", "3:3", "4:1", "5:1"]);
        let created: Vec<_> = document
            .entries
            .iter()
            .map(|entry| match &entry.event.payload {
                Payload::Upsert(entity) => entity.to_json()["createdAt"].to_string(),
                other => unreachable!("the log creates: {other:?}"),
            })
            .collect();
        let hour = |hour| format!("\"2026-01-01T{hour}:00:00Z\"");
        assert_eq!(created, [hour(10), hour(10), hour(11), hour(11)]);
    }
    let unstated = parse("a", "{\"eventType\":\"workspace.tick\"}");
    assert_eq!((unstated.kind, unstated.now), (DocumentKind::Log, None));
}

/// A page is one whatever the order of its members, and nothing but a page has them.
#[test]
fn pages_are_told_by_their_items() {
    let one = json!({ "identifier": "a" });
    let pages = [
        format!(r#"{{ "items": [{one}], "total": 1, "limit": 50, "offset": 0 }}"#),
        format!(r#"{{ "total": 1, "limit": 50, "offset": 0, "items": [{one}] }}"#),
        format!("[{one}]"),
    ];
    for text in pages {
        let document = parse("page.json", &text);
        assert_eq!((kinds(&document), document.remarks.len()), (vec![Kind::Resource], 0), "{text}");
    }
    let cut = parse("page.json", &format!(r#"{{ "items": [{one}], "total": 200 }}"#));
    assert_eq!(cut.remarks, ["page.json: a page of a list: 1 of 200 are here"]);
    for (text, expected) in [
        (r#"{ "resources": [], "total": 1 }"#, "total: expected one of `name`"),
        (r#"{ "items": [{ "identifier": "a" }], "total": {} }"#, "total: expected a whole number"),
        (r#"{ "items": [{ "identifier": "a" }], "items": [] }"#, "items: expected this key once"),
        (
            r#"{ "items": [{ "identifier": "a" }], "resources": [] }"#,
            "`items` is a page of one list",
        ),
    ] {
        let told = Document::parse("page.json", text, CLOCK).expect_err(text).to_string();
        assert!(told.contains(expected), "{text}: {told}");
    }
}

/// Of what several kinds may have, the name of the file decides.
#[test]
fn lists_tell_what_they_are_of() {
    let selecting = json!([{ "id": "x", "name": "x", "resourceSelector": "true" }]);
    let with_slug = json!([{ "id": "x", "slug": "x", "resourceSelector": "true" }]);
    let bare = json!([{ "id": "x", "name": "x", "slug": "x" }]);
    for (name, list, kind) in [
        ("list.json", &selecting, Kind::Environment),
        ("deployments.json", &selecting, Kind::Deployment),
        ("list.json", &with_slug, Kind::Deployment),
        ("list.json", &bare, Kind::System),
        ("02-deployments.json", &bare, Kind::Deployment),
    ] {
        assert_eq!(kinds(&parse(name, &list.to_string())), [kind], "{name} {list}");
    }
}
