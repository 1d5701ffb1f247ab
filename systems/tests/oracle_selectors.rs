//! The oracle answers selectors as the tables of SEMANTICS 3.2 and 3.3 do.

use serde_json::{Value, json};

use crate::oracle::selector::{self, KINDS};

/// The outcome of a selector on one resource.
#[derive(Debug, PartialEq)]
enum Outcome {
    True,
    False,
    /// An error while evaluating.
    Fails,
    /// Does not compile.
    Invalid,
}
use Outcome::{Fails, False, Invalid, True};

/// The resource of both tables.
fn resource() -> Value {
    json!({
        "id": "x", "name": "true", "identifier": "foo", "kind": "k", "version": "v1", "workspaceId": "ws-1",
        "createdAt": "2025-01-02T03:04:05Z",
        "metadata": { "a": "b", "n": "5" },
        "config": {
            "replicas": 3, "list": ["x", "y"], "nil": null, "b": true, "nested": { "k": "v" },
        },
    })
}

fn outcome(union: &Value) -> Outcome {
    let Ok(Some(selector)) = selector::read(union) else { return Invalid };
    if selector::check(&selector, &KINDS).is_err() {
        return Invalid;
    }
    match selector::matches_entity(&selector, "resource", &resource()) {
        Ok(true) => True,
        Ok(false) => False,
        Err(_) => Fails,
    }
}

#[test]
fn texts_have_the_outcomes_of_the_table() {
    let cases = [
        ("resource.name", True),
        ("resource.identifier", Fails),
        ("'true'", True),
        ("true ", True),
        ("1", Fails),
        ("null", Fails),
        ("resource", Fails),
        ("resource.nope == 'x'", False),
        ("resource.nope != 'x'", False),
        ("!(resource.nope == 'x')", False),
        ("has(resource.nope)", False),
        ("resource.metadata.a.b == 'x'", False),
        ("resource.createdAt > timestamp('2024-01-01T00:00:00Z')", True),
        ("resource.createdAt.getFullYear() == 2025", True),
        ("resource.metadata['zz']=='x' && false", False),
        ("resource.metadata['zz']=='x' || true", True),
        ("resource.config.replicas == 3", True),
        ("resource.config.replicas > 2", True),
        ("resource.config.nil == null", True),
        ("resource.lockedAt == null", False),
        ("resource.config.list[5] == 'x'", Fails),
        ("1/0 == 1", Fails),
        ("resource.config.replicas.contains('a')", Fails),
        ("resource.metadata == {'a':'b','n':'5'}", True),
        ("int(resource.metadata.n) > 4", True),
        ("resource.name == deployment.name", False),
        ("job.status == 'x'", Invalid),
        ("resource.name == 1", False),
        ("environment.name == 'x'", False),
        ("sets.contains(['a', 'b'], [resource.metadata.a])", True),
        ("math.greatest(1, 2) == 2", True),
        ("resource.config.list.exists(i, i == 'x')", True),
        ("resource.name.toLowerCase() == 'x'", Invalid),
        ("size(1, 2) == 3", Invalid),
        ("resource.?name == 'x'", Invalid),
        // the error of the left side decides: a missing key, then an overload error, and the other way round
        ("resource.nope == 'x' || resource.config.replicas.contains('a')", False),
        ("resource.config.replicas.contains('a') || resource.nope == 'x'", Fails),
        ("resource.kind == 'k' ? resource.nope == 'x' : true", False),
    ];
    for (text, expected) in cases {
        assert_eq!(outcome(&json!(text)), expected, "{text}");
    }
}

#[test]
fn conditions_have_the_outcomes_of_the_table() {
    let kind_is = |value: &str| json!({ "type": "kind", "operator": "equals", "value": value });
    let unknown = json!({ "type": "nope", "operator": "equals", "value": "x" });
    let created = |operator: &str, value: &str| json!({ "type": "created-at", "operator": operator, "value": value });
    let either =
        |left: &Value, right: &Value| json!({ "operator": "or", "conditions": [left, right] });
    let cases = [
        (json!({ "operator": "and" }), True),
        (json!({ "type": "name", "operator": "and" }), True),
        (json!({ "operator": "or", "conditions": [] }), False),
        (json!({ "type": "name", "operator": "starts-with", "value": "" }), True),
        (json!({ "type": "metadata", "operator": "equals", "key": "a", "value": "b" }), True),
        (json!({ "type": "metadata", "operator": "equals", "key": "zzz", "value": "b" }), False),
        (json!({ "type": "metadata", "operator": "equals", "value": "b" }), Fails),
        (json!({ "type": "metadata", "operator": "null", "key": "zz" }), Invalid),
        (json!({ "type": "kind", "operator": "not-equals", "value": "x" }), Invalid),
        (created("before-or-on", "2025-01-02T03:04:05Z"), True),
        (created("equals", "2025-01-02T03:04:05Z"), True),
        (created("before", "2025-01-02"), Fails),
        (
            json!({ "type": "updated-at", "operator": "after", "value": "2025-01-02T03:04:05Z" }),
            Fails,
        ),
        (
            json!({ "type": "lockedAt", "operator": "after", "value": "2025-01-02T03:04:05Z" }),
            Invalid,
        ),
        (json!({ "type": "providerId", "operator": "equals", "value": "x" }), Fails),
        (unknown.clone(), Fails),
        (either(&unknown, &kind_is("k")), Fails),
        (either(&kind_is("k"), &unknown), True),
        (json!({ "operator": "and", "conditions": [kind_is("z"), unknown] }), False),
        (
            either(&kind_is("k"), &json!({ "type": "kind", "operator": "bogus", "value": "k" })),
            Invalid,
        ),
        (
            json!({ "type": "comparison", "operator": "or", "not": true, "conditions": [kind_is("k")] }),
            True,
        ),
        (json!({ "type": "Kind", "operator": "equals", "value": "k" }), True),
    ];
    for (condition, expected) in cases {
        assert_eq!(outcome(&json!({ "json": condition })), expected, "{condition}");
    }
    for union in [json!({}), json!({ "json": {} }), json!({ "cel": "" })] {
        assert_eq!(outcome(&union), Invalid, "2.3: {union}");
    }
}
