//! Property paths of matchers and reference variables (SEMANTICS 5.3).

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::relations::PropertyPath;
use shakedown_engine::model::Attributes;
use shakedown_engine::model::EntityKind;
use shakedown_engine::wire::event::{Entity, Kind};

fn entity(kind: Kind, json: &Json) -> Entity {
    Entity::decode(kind, json, SimTime::parse("2025-01-02T03:04:05Z").expect("a time"))
        .expect("fits")
}

fn read(kind: EntityKind, entity: &dyn Attributes, path: &Json) -> Option<Json> {
    let path: Vec<&str> =
        path.as_array().expect("a list").iter().map(|it| it.as_str().expect("a string")).collect();
    PropertyPath::new(kind, &path)?.read(entity)
}

/// The table of 5.3, then the list of fields above it.
#[test]
fn resources() {
    let text = r#"{"id":"r","identifier":"ident","name":"abc","kind":"vm","version":"v1","workspaceId":"ws",
        "config":{"acct":123456789012,"acct2":123456789013,"port":8080,"nul":null,"b":true,"list":[1,2],
                  "big":16777217,"long":9223372036854775807,"obj":{"x":1}},
        "metadata":{"port":"8080","t":"true","p2":"8080.000000","a":"b","a.b":"dotted"}}"#;
    let json: Json = serde_json::from_str(text).expect("JSON");
    let Entity::Resource(resource) = entity(Kind::Resource, &json) else { unreachable!() };
    for (path, expected) in [
        (json!(["config", "acct"]), Some("123456789012")),
        (json!(["config", "big"]), Some("16777217")),
        (json!(["config", "long"]), Some("9223372036854775807")),
        (json!(["config", "port"]), Some("8080")),
        (json!(["config", "nul"]), Some("null")),
        (json!(["config", "b"]), Some("true")),
        (json!(["config", "list"]), None),
        (json!(["config", "list", "0"]), None),
        (json!(["config", "obj"]), Some(r#"{"object":{"x":1}}"#)),
        (json!(["config", "obj", "x"]), Some("1")),
        (json!(["config", "obj", "x", "y"]), None),
        (json!(["config", "nul", "y"]), None),
        (json!(["config", "missing"]), None),
        (json!(["config", "Port"]), None),
        (json!(["CONFIG", "port"]), Some("8080")),
        (json!(["createdAt"]), None),
        (json!(["metadata", "a", "b"]), None),
        (json!(["metadata", "a.b"]), Some("\"dotted\"")),
        (json!(["metadata", "missing"]), None),
        (
            json!(["metadata"]),
            Some(
                r#"{"object":{"a":"b","a.b":"dotted","p2":"8080.000000","port":"8080","t":"true"}}"#,
            ),
        ),
        (json!(["name"]), Some("\"abc\"")),
        (json!(["Name", "foo"]), Some("\"abc\"")),
        (json!(["id"]), Some("\"r\"")),
        (json!(["KIND"]), Some("\"vm\"")),
        (json!(["identifier"]), Some("\"ident\"")),
        (json!(["version"]), Some("\"v1\"")),
        (json!(["workspaceId"]), Some("\"ws\"")),
        (json!(["workspace_id"]), Some("\"ws\"")),
        (json!(["providerId"]), None),
        (json!(["description"]), None),
        (json!(["nope"]), None),
        (json!([]), None),
    ] {
        let expected = expected.map(|text| serde_json::from_str::<Json>(text).expect("JSON"));
        assert_eq!(read(EntityKind::Resource, &resource, &path), expected, "{path}");
    }
}

/// The lists of fields of 5.3.
#[test]
fn deployments_and_environments() {
    let json = json!({
        "id": "d", "name": "api", "slug": "api-slug", "systemId": "s", "description": "text",
        "jobAgentConfig": { "a": { "b": 1 } }, "metadata": { "team": "x" }, "resourceSelector": "true",
    });
    let Entity::Deployment(deployment) = entity(Kind::Deployment, &json) else { unreachable!() };
    for (path, expected) in [
        (json!(["slug"]), Some(json!("api-slug"))),
        (json!(["description"]), Some(json!("text"))),
        (json!(["system_id"]), Some(json!("s"))),
        (json!(["systemID"]), Some(json!("s"))),
        (json!(["jobAgentId"]), None),
        (json!(["jobAgentConfig", "a", "b"]), Some(json!(1))),
        (json!(["job_agent_config", "a"]), Some(json!({ "object": { "b": 1 } }))),
        (json!(["metadata", "team"]), Some(json!("x"))),
        (json!(["resourceSelector"]), None),
        (json!(["config"]), None),
        (json!(["kind"]), None),
    ] {
        assert_eq!(read(EntityKind::Deployment, &deployment, &path), expected, "{path}");
    }
    let json = json!({
        "id": "e", "name": "prod", "systemId": "s", "createdAt": "2025-01-02T03:04:05.500Z",
    });
    let Entity::Environment(environment) = entity(Kind::Environment, &json) else { unreachable!() };
    for (path, expected) in [
        (json!(["name"]), Some(json!("prod"))),
        (json!(["createdAt"]), Some(json!("2025-01-02T03:04:05.5Z"))),
        (json!(["created_at"]), None),
        (json!(["description"]), None),
        (json!(["system_id"]), Some(json!("s"))),
        (json!(["metadata"]), Some(json!({ "object": {} }))),
        (json!(["slug"]), None),
    ] {
        assert_eq!(read(EntityKind::Environment, &environment, &path), expected, "{path}");
    }
}
