//! Property matchers compare texts; a path that fails or is null matches nothing (SEMANTICS 5.2, 5.3).

use serde_json::{Value as Json, json};
use shakedown_engine::model::EntityKind;

use crate::send::{fleet, related_texts, send};

/// From path, operator, to path, whether the resource is related to its twin.
const CASES: &[(&str, &str, &str, bool)] = &[
    // The table of 5.3.
    ("config.acct", "equals", "config.acct2", false),
    ("config.port", "equals", "metadata.port", false),
    ("config.port", "equals", "metadata.p2", true),
    ("config.nul", "equals", "config.b", false),
    ("config.nul", "equals", "config.nul", false),
    ("config.b", "equals", "metadata.t", true),
    ("metadata.missing", "notEquals", "name", false),
    ("name", "notEquals", "metadata.missing", false),
    ("config.nul", "notEquals", "name", false),
    ("config.list", "equals", "config.list", false),
    ("config.obj", "equals", "config.obj", true),
    ("name", "regex", "metadata.port", false),
    // The operators of 5.2 and their spellings.
    ("name", "", "name", true),
    ("name", " EQUALS ", "name", true),
    ("name", "equals", "kind", false),
    ("config.acct", "not_equals", "config.acct2", true),
    ("name", "NotEquals", "name", false),
    ("name", "contains", "metadata.middle", true),
    ("name", "contain", "metadata.port", false),
    ("name", "startsWith", "metadata.start", true),
    ("name", "starts_with", "metadata.middle", false),
    ("name", "ends_with", "metadata.end", true),
    ("name", "endsWith", "metadata.start", false),
    ("name", "regex", "metadata.pattern", true),
    ("name", "regex", "metadata.bad", false),
    ("config.list", "contains", "name", false),
    ("config.port", "startsWith", "metadata.port", true),
    ("config.obj", "contains", "metadata.x", true),
    ("nope", "notEquals", "name", false),
];

#[test]
fn every_operator_on_every_kind_of_value() {
    let mut fleet = fleet();
    for id in ["a", "b"] {
        let text = r#"{"name":"abc","kind":"vm",
            "config":{"acct":123456789012,"acct2":123456789013,"port":8080,"nul":null,"b":true,
                      "list":[1,2],"big":16777217,"obj":{"x":1}},
            "metadata":{"port":"8080","t":"true","p2":"8080.000000","middle":"b","start":"ab","end":"bc",
                        "pattern":"^a.c$","bad":"(","x":"\"x\":1"}}"#;
        let mut data: Json = serde_json::from_str(text).expect("JSON");
        data["id"] = json!(id);
        send(&mut fleet, "resource.created", data);
    }
    for &(from, operator, to, expected) in CASES {
        let path = |text: &str| Json::from_iter(text.split('.'));
        let property =
            json!({ "fromProperty": path(from), "toProperty": path(to), "operator": operator });
        let rule = json!({
            "id": "rule", "reference": "twin", "fromType": "resource", "toType": "resource",
            "matcher": { "properties": [property] },
        });
        send(&mut fleet, "relationship-rule.updated", rule);
        let found = related_texts(&fleet, EntityKind::Resource, "a");
        let case = format!("{from} {operator} {to}");
        assert_eq!(found.contains(&"twin rule from resource b".to_owned()), expected, "{case}");
        assert_eq!(found.contains(&"twin rule to resource b".to_owned()), expected, "{case}");
    }
}

/// Absent, empty and broken matchers, and CEL (5.2, 3.5).
#[test]
fn other_matchers() {
    let mut fleet = fleet();
    for (id, port, text) in [("a", json!(8080), "8080"), ("b", json!(8080.0), "8080.000000")] {
        let data = json!({ "id": id, "config": { "port": port }, "metadata": { "port": text, "flag": "true" } });
        send(&mut fleet, "resource.created", data);
    }
    for (matcher, expected) in [
        (Json::Null, true),
        (json!({}), true),
        (json!({ "properties": [], "cel": "" }), true),
        (json!({ "cel": "from.id != to.id" }), true),
        (json!({ "cel": "from.config.port == to.config.port" }), true),
        (json!({ "cel": "from.config.port == to.metadata.port" }), false),
        (json!({ "cel": "to.metadata.flag == from.metadata.flag && to.id == 'b'" }), true),
        (json!({ "cel": "to.metadata.flag == from.metadata.flag && to.id == 'c'" }), false),
        (json!({ "cel": "from.metadata.flag" }), true),
        (json!({ "cel": "from.metadata.flag && true" }), false),
        (json!({ "cel": "from.metadata.nope == to.metadata.nope" }), false),
        (json!({ "cel": "from.metadata.nope == to.metadata.nope || true" }), true),
        (json!({ "cel": "from.id" }), false),
        (json!({ "cel": "true" }), true),
        (json!({ "cel": "resource.id == 'a'" }), false),
        (json!({ "cel": "from.id ==" }), false),
        (
            json!({ "cel": "false", "properties": [{ "fromProperty": ["config", "port"], "toProperty": ["config", "port"] }] }),
            true,
        ),
    ] {
        let mut rule = json!({
            "id": "rule", "reference": "twin", "fromType": "resource", "toType": "resource",
        });
        rule["matcher"] = matcher.clone();
        send(&mut fleet, "relationship-rule.updated", rule);
        let found = related_texts(&fleet, EntityKind::Resource, "a");
        assert_eq!(found.contains(&"twin rule from resource b".to_owned()), expected, "{matcher}");
    }
}
