//! The JSON vectors of SEMANTICS 3.3, and what the text around them says.

use serde_json::{Value as Json, json};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

use crate::record::{Record, resource};

/// What a condition says of an entity.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Yes,
    No,
    Error,
    Uncompilable,
}
use Says::{Error, No, Uncompilable, Yes};

fn ask(json: &Json, place: Place, bindings: &Bindings<'_>) -> Says {
    match Selector::compile(&SelectorSource::Json(json.clone()), place) {
        Err(_) => Uncompilable,
        Ok(selector) => match selector.matches(bindings) {
            Ok(true) => Yes,
            Ok(false) => No,
            Err(_) => Error,
        },
    }
}

fn is(kind: &str, operator: &str, value: &str) -> Json {
    json!({"type": kind, "operator": operator, "value": value})
}

#[test]
fn the_table_holds() {
    let k = is("kind", "equals", "k");
    let nope = is("nope", "equals", "x");
    let any = |children: &[&Json]| json!({"operator": "or", "conditions": children});
    let all = |children: &[&Json]| json!({"operator": "and", "conditions": children});
    let metadata = |operator: &str, key: &str, value: &str| json!({"type": "metadata", "operator": operator, "key": key, "value": value});
    let cases: &[(Json, Says)] = &[
        // Table of SEMANTICS 3.3.
        (json!({"operator": "and"}), Yes),
        (json!({"type": "name", "operator": "and"}), Yes),
        (json!({"operator": "or", "conditions": []}), No),
        (is("name", "starts-with", ""), Yes),
        (metadata("equals", "a", "b"), Yes),
        (metadata("equals", "zzz", "b"), No),
        (is("metadata", "equals", "b"), Error),
        (json!({"type": "metadata", "operator": "null", "key": "zz"}), Uncompilable),
        (is("kind", "not-equals", "x"), Uncompilable),
        (is("created-at", "before-or-on", "2025-01-02T03:04:05Z"), Yes),
        (is("created-at", "equals", "2025-01-02T03:04:05Z"), Yes),
        (is("created-at", "before", "2025-01-02"), Error),
        (is("updated-at", "after", "2025-01-02T03:04:05Z"), Error),
        (is("lockedAt", "after", "2025-01-02T03:04:05Z"), Uncompilable),
        (is("providerId", "equals", "x"), Error),
        (nope.clone(), Error),
        (any(&[&nope, &k]), Error),
        (any(&[&k, &nope]), Yes),
        (all(&[&is("kind", "equals", "z"), &nope]), No),
        (any(&[&k, &is("kind", "bogus", "k")]), Uncompilable),
        (
            json!({"type": "comparison", "operator": "or", "not": true, "conditions": [k.clone()]}),
            Yes,
        ),
        // The text around it.
        (all(&[&k, &nope]), Error),
        (all(&[&k, &k, &k, &is("kind", "equals", "z"), &nope]), No),
        (any(&[&is("kind", "equals", "z"), &any(&[&is("id", "equals", "r")])]), Yes),
        (json!({"operator": "AND"}), Uncompilable),
        (json!({"operator": "or", "conditions": null}), No),
        (json!({"operator": "or", "conditions": {}}), Uncompilable),
        (json!({"operator": "or", "conditions": ["x"]}), Uncompilable),
        (json!({"operator": 1}), Uncompilable),
        (json!({"type": "kind", "operator": "equals", "value": 1}), Uncompilable),
        (json!({"type": "kind", "operator": "equals", "value": null}), No),
        (json!({}), Uncompilable),
        (json!([]), Uncompilable),
        (json!("kind"), Uncompilable),
        (metadata("starts-with", "a", "b"), Yes),
        (metadata("ends-with", "a", "x"), No),
        (metadata("contains", "n", "5"), Yes),
        (metadata("before", "a", "b"), Uncompilable),
        (is("Name", "equals", "true"), Yes),
        (is("WorkspaceId", "equals", "ws"), Yes),
        (is("NAME", "equals", "true"), Error),
        (is("name", "contains", "ru"), Yes),
        (is("name", "ends-with", "UE"), No),
        (is("config", "equals", "x"), Error),
        (is("createdAt", "starts-with", "2025"), Error),
        (is("CreatedAt", "equals", "2025-01-02T03:04:05Z"), Error),
        (is("createdAt", "after", "2025-01-02T03:04:04.9Z"), Yes),
        (is("created_at", "equals", "2025-01-02T04:04:05.9+01:00"), Yes),
        (is("createdAt", "after-or-on", "2025-01-02T03:04:06Z"), No),
        (is("createdAt", "before", ""), Error),
        (is("deleted_at", "before", "2025-01-02T03:04:05Z"), Error),
        (is("tag", "equals", "x"), Error),
    ];
    let resource = resource();
    let bindings = Bindings::only(Subject::Resource, &resource);
    for (json, says) in cases {
        assert_eq!(ask(json, Place::Entity(Subject::Resource), &bindings), *says, "{json}");
    }
}

#[test]
fn every_kind_has_its_fields() {
    let environment = Record::default()
        .text("id", "e")
        .text("name", "prod")
        .text("systemId", "s")
        .text("description", "d")
        .time("createdAt", "2025-01-02T03:04:05Z")
        .labels("metadata", &[("tier", "gold")]);
    let deployment = Record::default()
        .text("id", "d")
        .text("name", "api")
        .text("slug", "api-slug")
        .text("systemId", "s")
        .text("jobAgentId", "agent")
        .labels("metadata", &[]);
    let version = Record::default()
        .text("id", "v")
        .text("deploymentId", "d")
        .text("tag", "v2.1.0")
        .text("name", "release")
        .text("status", "ready")
        .text("message", "m")
        .time("createdAt", "2025-01-02T03:04:05.5Z")
        .labels("metadata", &[]);
    let bindings = Bindings::only(Subject::Environment, &environment)
        .with(Subject::Deployment, &deployment)
        .with(Subject::Version, &version);
    let environments = Place::Entity(Subject::Environment);
    let deployments = Place::Entity(Subject::Deployment);
    let cases: &[(Place, Json, Says)] = &[
        (environments, is("name", "equals", "prod"), Yes),
        (environments, is("systemId", "equals", "s"), Yes),
        (environments, is("description", "equals", "d"), Error),
        (environments, is("createdAt", "starts-with", "2025-01-02T03"), Yes),
        (environments, is("createdAt", "equals", "2025-01-02T03:04:05Z"), Yes),
        (environments, is("kind", "equals", "k"), Error),
        (
            environments,
            json!({"type": "metadata", "key": "tier", "operator": "equals", "value": "gold"}),
            Yes,
        ),
        (deployments, is("slug", "ends-with", "slug"), Yes),
        (deployments, is("jobAgentId", "equals", "agent"), Error),
        (deployments, is("createdAt", "before", "2025-01-02T03:04:05Z"), Error),
        // C-V9 of SEMANTICS 8.6.
        (Place::Version, is("tag", "starts-with", "v2."), Yes),
        (Place::Version, is("deploymentId", "equals", "d"), Yes),
        (Place::Version, is("status", "equals", "ready"), Yes),
        (Place::Version, is("message", "equals", "m"), Error),
        (Place::Version, is("createdAt", "equals", "2025-01-02T03:04:05Z"), Yes),
        (Place::Policy, is("name", "equals", "x"), Uncompilable),
        (Place::Matcher, is("name", "equals", "x"), Uncompilable),
    ];
    for (place, json, says) in cases {
        assert_eq!(ask(json, *place, &bindings), *says, "{place:?}: {json}");
    }
}
