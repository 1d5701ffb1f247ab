//! Which value a declared key has on a resource (SEMANTICS 7, the vectors by number).

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;

use crate::send::{desired_variables, fleet, send};

struct Case {
    name: &'static str,
    default: Option<&'static str>,
    /// Id, priority, selector, value.
    values: &'static [(&'static str, i64, Option<&'static str>, &'static str)],
    /// The resource's own variable.
    own: Option<&'static str>,
    expected: Option<&'static str>,
}

const TRUE: Option<&str> = Some("true");
const PROD: Option<&str> = Some("resource.metadata.env == 'prod'");
const DEV: Option<&str> = Some("resource.metadata.env == 'dev'");
const SENSITIVE: &str = r#"{"valueHash":"abc"}"#;

/// The asked resource has metadata env=dev and is related to nothing as `nope`, to vpc-a and vpc-b
/// as `vpc`.
const CASES: &[Case] = &[
    Case {
        name: "2",
        default: None,
        values: &[("a", 10, TRUE, "3")],
        own: Some("5"),
        expected: Some("5"),
    },
    Case {
        name: "3 high, low",
        default: None,
        values: &[("a", 5, TRUE, "\"low\""), ("b", 10, TRUE, "\"high\"")],
        own: None,
        expected: Some("\"high\""),
    },
    Case {
        name: "3 zero, neg",
        default: None,
        values: &[("a", -10, TRUE, "\"neg\""), ("b", 0, TRUE, "\"zero\"")],
        own: None,
        expected: Some("\"zero\""),
    },
    Case {
        name: "5",
        default: None,
        values: &[("a", 100, PROD, "\"prod\""), ("b", 10, DEV, "\"dev\"")],
        own: None,
        expected: Some("\"dev\""),
    },
    Case {
        name: "6 default",
        default: Some("\"D\""),
        values: &[("a", 10, PROD, "\"prod\"")],
        own: None,
        expected: Some("\"D\""),
    },
    Case {
        name: "6 absent",
        default: None,
        values: &[("a", 10, PROD, "\"prod\"")],
        own: None,
        expected: None,
    },
    Case {
        name: "8",
        default: Some("\"def\""),
        values: &[("a", 10, None, "\"x\"")],
        own: None,
        expected: Some("\"x\""),
    },
    Case {
        name: "9",
        default: Some("\"def\""),
        values: &[("a", 10, None, "\"x\""), ("b", 5, TRUE, "\"y\"")],
        own: None,
        expected: Some("\"x\""),
    },
    Case {
        name: "10",
        default: Some("\"def\""),
        values: &[
            ("a", 10, None, "\"x\""),
            ("b", 5, TRUE, "\"y\""),
            ("c", 50, None, SENSITIVE),
            ("d", 60, None, r#"{"reference":"nope","path":["id"]}"#),
        ],
        own: None,
        expected: Some("\"x\""),
    },
    Case {
        name: "11",
        default: Some("\"def\""),
        values: &[("a", 10, None, "\"x\""), ("e", 70, None, "null")],
        own: None,
        expected: Some("null"),
    },
    Case {
        name: "12 sensitive",
        default: None,
        values: &[("e", 70, None, "null")],
        own: Some(SENSITIVE),
        expected: Some("null"),
    },
    Case {
        name: "12 null",
        default: Some("1"),
        values: &[("a", 10, None, "\"x\"")],
        own: Some("null"),
        expected: Some("null"),
    },
    Case {
        name: "14 absent",
        default: None,
        values: &[("a", 0, TRUE, r#"{"reference":"nope","path":["id"]}"#)],
        own: None,
        expected: None,
    },
    Case {
        name: "14 default",
        default: Some("7"),
        values: &[("a", 0, TRUE, r#"{"reference":"nope","path":["id"]}"#)],
        own: None,
        expected: Some("7"),
    },
    Case {
        name: "15",
        default: None,
        values: &[("a", 0, TRUE, r#"{"reference":"vpc","path":["name"]}"#)],
        own: None,
        expected: Some("\"first\""),
    },
    Case {
        name: "16 nested labels",
        default: None,
        values: &[(
            "a",
            0,
            TRUE,
            r#"{"reference":"vpc","path":["metadata","subnets","private","cidr"]}"#,
        )],
        own: None,
        expected: None,
    },
    Case {
        name: "16 missing",
        default: None,
        values: &[("a", 0, TRUE, r#"{"reference":"vpc","path":["metadata","missing"]}"#)],
        own: None,
        expected: None,
    },
    Case {
        name: "18",
        default: None,
        values: &[(
            "a",
            0,
            TRUE,
            r#"{"reference":"vpc","path":["metadata","database.credentials.password"]}"#,
        )],
        own: None,
        expected: Some("\"secret\""),
    },
    Case {
        name: "19",
        default: Some(r#"{"object":{"database":{"auth":null,"port":5432}}}"#),
        values: &[],
        own: None,
        expected: Some(r#"{"object":{"database":{"auth":null,"port":5432}}}"#),
    },
    Case {
        name: "20 text",
        default: Some("\"8080\""),
        values: &[],
        own: None,
        expected: Some("\"8080\""),
    },
    Case {
        name: "20 number",
        default: Some("8080"),
        values: &[],
        own: None,
        expected: Some("8080"),
    },
    Case {
        name: "20 empty",
        default: Some("\"\""),
        values: &[("a", 1, PROD, "0")],
        own: None,
        expected: Some("\"\""),
    },
    Case {
        name: "20 zero",
        default: Some("\"\""),
        values: &[("a", 1, DEV, "0")],
        own: None,
        expected: Some("0"),
    },
    Case {
        name: "21",
        default: Some("9223372036854775807"),
        values: &[],
        own: None,
        expected: Some("9223372036854775807"),
    },
    Case {
        name: "23",
        default: None,
        values: &[("b", 5, TRUE, "\"b\""), ("a", 5, TRUE, "\"a\"")],
        own: None,
        expected: Some("\"a\""),
    },
    Case {
        name: "own reference",
        default: None,
        values: &[("a", 5, TRUE, "1")],
        own: Some(r#"{"reference":"vpc","path":["config","port"]}"#),
        expected: Some("123456789012"),
    },
    Case {
        name: "own reference fails",
        default: None,
        values: &[("a", 5, TRUE, "1")],
        own: Some(r#"{"reference":"vpc","path":[]}"#),
        expected: Some("1"),
    },
    Case {
        name: "reference wraps objects",
        default: None,
        values: &[("a", 5, TRUE, r#"{"reference":"vpc","path":["config","net"]}"#)],
        own: None,
        expected: Some(r#"{"object":{"x":1.50}}"#),
    },
    Case {
        name: "reference to null",
        default: Some("1"),
        values: &[("a", 5, TRUE, r#"{"reference":"vpc","path":["config","nul"]}"#)],
        own: None,
        expected: Some("null"),
    },
    Case {
        name: "found values are not references",
        default: None,
        values: &[("a", 5, TRUE, r#"{"reference":"vpc","path":["config","again"]}"#)],
        own: None,
        expected: Some(r#"{"object":{"path":["id"],"reference":"vpc"}}"#),
    },
    Case {
        name: "selector error",
        default: Some("2"),
        values: &[("a", 5, Some("resource.metadata.env + 1 == 2"), "1")],
        own: None,
        expected: Some("2"),
    },
];

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect(text)
}

/// One target r-e-d with a ready version, and what it may refer to.
fn one_target() -> Fleet {
    let mut fleet = fleet();
    send(
        &mut fleet,
        "deployment.created",
        json!({ "id": "d", "name": "d", "systemId": "s", "resourceSelector": "resource.id == 'r'" }),
    );
    send(
        &mut fleet,
        "environment.created",
        json!({ "id": "e", "name": "e", "systemId": "s", "resourceSelector": "true" }),
    );
    send(&mut fleet, "resource.created", json!({ "id": "r", "metadata": { "env": "dev" } }));
    let config = json(
        r#"{"port":123456789012,"net":{"x":1.50},"nul":null,"again":{"reference":"vpc","path":["id"]}}"#,
    );
    let metadata = json!({ "database.credentials.password": "secret", "subnets": "text" });
    for (id, name) in [("vpc-b", "second"), ("vpc-a", "first")] {
        let vpc = json!({ "id": id, "name": name, "kind": "vpc", "config": config, "metadata": metadata });
        send(&mut fleet, "resource.created", vpc);
    }
    let rule = json!({
        "id": "rule", "reference": "vpc", "fromType": "resource", "toType": "resource",
        "fromSelector": "resource.id == 'r'", "toSelector": "resource.kind == 'vpc'",
    });
    send(&mut fleet, "relationship-rule.created", rule);
    let version = json!({ "id": "v", "deploymentId": "d", "tag": "1", "status": "ready" });
    send(&mut fleet, "deployment-version.created", version);
    fleet
}

fn variables(fleet: &mut Fleet) -> Json {
    let mut found = desired_variables(fleet);
    assert_eq!(found.len(), 1);
    found.remove(0).1.expect("the version is desired")
}

#[test]
fn every_vector() {
    for case in CASES {
        let mut fleet = one_target();
        let mut variable = json!({ "id": "k", "deploymentId": "d", "key": "k" });
        if let Some(default) = case.default {
            variable["defaultValue"] = json(default);
        }
        send(&mut fleet, "deployment-variable.created", variable);
        for &(id, priority, selector, value) in case.values {
            let mut value = json!({
                "id": id, "deploymentVariableId": "k", "priority": priority, "value": json(value),
            });
            if let Some(selector) = selector {
                value["resourceSelector"] = json!(selector);
            }
            send(&mut fleet, "deployment-variable-value.created", value);
        }
        if let Some(own) = case.own {
            let own = json!({ "resourceId": "r", "key": "k", "value": json(own) });
            send(&mut fleet, "resource-variable.created", own);
        }
        let mut expected = json!({});
        if let Some(value) = case.expected {
            expected["k"] = json(value);
        }
        assert_eq!(variables(&mut fleet).to_string(), expected.to_string(), "{}", case.name);
    }
}

/// Vectors 1 and 24: only declared keys, by key.
#[test]
fn only_declared_keys_appear() {
    let mut fleet = one_target();
    assert_eq!(variables(&mut fleet), json!({}));
    for key in ["a", "b", "c"] {
        let own = json!({ "resourceId": "r", "key": key, "value": key.to_uppercase() });
        send(&mut fleet, "resource-variable.created", own);
    }
    assert_eq!(variables(&mut fleet), json!({}));
    for key in ["b", "a"] {
        send(
            &mut fleet,
            "deployment-variable.created",
            json!({ "id": key, "deploymentId": "d", "key": key }),
        );
    }
    assert_eq!(variables(&mut fleet), json!({ "a": "A", "b": "B" }));
    send(&mut fleet, "deployment-variable.deleted", json!({ "id": "a" }));
    assert_eq!(variables(&mut fleet), json!({ "b": "B" }));
}
