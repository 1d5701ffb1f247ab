//! What an entity is written as reads back as the same entity, and attributes name the same fields
//! as the written JSON (SEMANTICS 2.1, 2.3, 3.2).

use serde_json::Value as Json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::{Attributes, Field};
use shakedown_engine::wire::event::{Entity, Kind};

/// One entity of each kind with no more than it must have.
const BARE: &[(Kind, &str)] = &[
    (Kind::System, r#"{"id":"s"}"#),
    (Kind::Resource, r#"{"id":"r"}"#),
    (Kind::ResourceProvider, r#"{"id":"p"}"#),
    (Kind::ResourceVariable, r#"{"resourceId":"r","key":"k","value":null}"#),
    (Kind::Environment, r#"{"id":"e","systemId":"s"}"#),
    (Kind::Deployment, r#"{"id":"d","systemId":"s"}"#),
    (Kind::DeploymentVersion, r#"{"id":"v","deploymentId":"d"}"#),
    (Kind::DeploymentVariable, r#"{"id":"x","deploymentId":"d","key":"k"}"#),
    (Kind::DeploymentVariableValue, r#"{"id":"x","deploymentVariableId":"v","value":1.50}"#),
    (Kind::VariableSet, r#"{"id":"z"}"#),
    (Kind::JobAgent, r#"{"id":"a"}"#),
    (Kind::Policy, r#"{"id":"p"}"#),
    (Kind::PolicyBypass, r#"{"id":"b","versionId":"v","bypassRuleTypes":[]}"#),
    (Kind::PolicySkip, r#"{"id":"s","versionId":"v","ruleId":"r"}"#),
    (
        Kind::UserApprovalRecord,
        r#"{"userId":"u","versionId":"v","environmentId":"e","status":"approved"}"#,
    ),
    (
        Kind::RelationshipRule,
        r#"{"id":"x","reference":"db","fromType":"resource","toType":"environment"}"#,
    ),
    (Kind::GithubEntity, r#"{"slug":"acme","installationId":7}"#),
];

/// Entities with everything they can have, exactly as they are written.
const FULL: &[(Kind, &str)] = &[
    (
        Kind::System,
        r#"{"id":"s","name":"n","workspaceId":"w","description":"d","metadata":{"a":"b"}}"#,
    ),
    (
        Kind::Resource,
        r#"{"id":"r","identifier":"i","name":"n","kind":"k","version":"v1","workspaceId":"w",
            "config":{"n":12345678901234567890,"d":1.50,"l":[null,true,{"x":"y"}]},
            "metadata":{"a":"b"},"providerId":"p","createdAt":"2025-01-02T03:04:05.5Z",
            "updatedAt":"2025-01-03T00:00:00Z","lockedAt":"2025-01-04T00:00:00Z",
            "deletedAt":"2025-01-05T00:00:00Z"}"#,
    ),
    (
        Kind::ResourceVariable,
        r#"{"resourceId":"r","key":"k","value":{"reference":"db","path":["config","host"]}}"#,
    ),
    (Kind::ResourceVariable, r#"{"resourceId":"r","key":"k","value":{"valueHash":"h"}}"#),
    (
        Kind::ResourceVariable,
        r#"{"resourceId":"r","key":"k","id":"i","priority":-3,"value":1,
            "resourceSelector":{"cel":"true"}}"#,
    ),
    (
        Kind::VariableSet,
        r#"{"id":"z","name":"n","description":"t","selector":"environment.name == 'prod'",
            "priority":5,"metadata":{"a":"b"},"createdAt":"2025-01-02T03:04:05Z",
            "updatedAt":"2025-01-03T00:00:00Z","variables":[{"key":"k","value":5},
              {"key":"l","value":{"provider":"vault","key":"db","path":["password"]}},
              {"key":"m","value":{"reference":"db","path":["variables","host"]}}]}"#,
    ),
    (
        Kind::Environment,
        r#"{"id":"e","name":"n","systemId":"s","description":"d","metadata":{},
            "resourceSelector":{"json":{"type":"name","operator":"starts-with","value":""}},
            "createdAt":"2025-01-02T03:04:05Z"}"#,
    ),
    (
        Kind::Deployment,
        r#"{"id":"d","name":"n","slug":"g","systemId":"s","description":"t","jobAgentId":"a",
            "jobAgentConfig":{"x":1},"resourceSelector":{"cel":"true"},"metadata":{"a":"b"}}"#,
    ),
    (
        Kind::DeploymentVersion,
        r#"{"id":"v","deploymentId":"d","tag":"v1","name":"n","status":"paused","config":{"x":1},
            "jobAgentConfig":{"y":2},"metadata":{"a":"b"},"message":"m",
            "createdAt":"2025-01-02T03:04:05Z",
            "dependencies":{"d2":{"versionSelector":"version.tag == 'v1'"}}}"#,
    ),
    (
        Kind::DeploymentVariable,
        r#"{"id":"x","deploymentId":"d","key":"k","description":"t","defaultValue":[1]}"#,
    ),
    (
        Kind::DeploymentVariableValue,
        r#"{"id":"x","deploymentVariableId":"v","priority":-3,"value":{"object":{}},
            "resourceSelector":{"cel":"true"}}"#,
    ),
    (
        Kind::Policy,
        r#"{"id":"p","name":"n","workspaceId":"w","description":"t","priority":7,"enabled":true,
            "metadata":{"a":"b"},"createdAt":"2025-01-02T03:04:05Z",
            "selectors":[{"id":"1","deploymentSelector":{"cel":"true"},
                "environmentSelector":{"cel":"true"},"resourceSelector":{"cel":"true"}},{}],
            "rules":[
              {"id":"r1","policyId":"p","createdAt":"2025-01-02T03:04:05Z",
               "anyApproval":{"minApprovals":2},
               "environmentProgression":{"dependsOnEnvironmentSelector":{"cel":"true"},
                 "minimumSuccessPercentage":66.6,"successStatuses":[],
                 "minimumSoakTimeMinutes":5,"maximumAgeHours":6,"requireVerificationPassed":true},
               "gradualRollout":{"timeScaleInterval":60,"rolloutType":"linear-normalized"},
               "versionSelector":{"selector":{"json":{}},"description":"t"},
               "deploymentDependency":{"dependsOn":"true"},
               "deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":60,
                 "timezone":"Europe/Berlin","allowWindow":false},
               "versionCooldown":{"intervalSeconds":30},
               "concurrencyLimit":{"max":3,"per":"system",
                 "stopOnFailure":{"failures":2,"withinPercent":40}},
               "retry":{"maxRetries":3,"retryOnStatuses":["failure"],"backoffSeconds":10,
                 "maxBackoffSeconds":100,"backoffStrategy":"exponential"},
               "rollback":{},"verification":{"metrics":[]},"planValidationOpa":{"rego":"x"}}]}"#,
    ),
    (
        Kind::Policy,
        r#"{"id":"p","name":"","workspaceId":"","priority":0,"enabled":false,"metadata":{},
            "createdAt":"2025-01-02T03:04:05Z","selector":"resource.kind == 'vm'","rules":[]}"#,
    ),
    (
        Kind::PolicyBypass,
        r#"{"id":"b","versionId":"v","environmentId":"e","resourceId":"r","policyIds":["p"],
            "bypassRuleTypes":["approval","retry"],"justification":"j","createdBy":"u",
            "createdAt":"2025-01-02T03:04:05Z","expiresAt":"2025-01-03T03:04:05Z",
            "workspaceId":"w"}"#,
    ),
    (
        Kind::PolicySkip,
        r#"{"id":"b","versionId":"v","environmentId":"e","resourceId":"r","ruleId":"r1",
            "reason":"j","createdBy":"u","createdAt":"2025-01-02T03:04:05Z",
            "expiresAt":"2025-01-03T03:04:05Z","workspaceId":"w"}"#,
    ),
    (
        Kind::UserApprovalRecord,
        r#"{"userId":"u","versionId":"v","environmentId":"e","status":"rejected","reason":"t",
            "createdAt":"2025-01-02T03:04:05Z"}"#,
    ),
    (
        Kind::RelationshipRule,
        r#"{"id":"x","name":"n","reference":"db","relationshipType":"t","fromType":"resource",
            "toType":"deployment","fromSelector":{"cel":"true"},"toSelector":{"cel":"true"},
            "matcher":{"properties":[{"fromProperty":["metadata","a"],"toProperty":["id"],
              "operator":"notEquals"}]},
            "description":"t","metadata":{"a":"b"},"workspaceId":"w"}"#,
    ),
    (
        Kind::RelationshipRule,
        r#"{"id":"x","name":"","reference":"db","relationshipType":"","fromType":"resource",
            "toType":"deployment","matcher":{"cel":"from.id == to.id"},"metadata":{},
            "workspaceId":""}"#,
    ),
    (
        Kind::RelationshipRule,
        r#"{"id":"x","name":"n","reference":"db","relationshipType":"",
            "cel":"from.type == to.type","description":"t","metadata":{"a":"b"},
            "workspaceId":"w"}"#,
    ),
];

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect(text)
}

fn decode(kind: Kind, json: &Json) -> Entity {
    Entity::decode(kind, json, SimTime(0)).expect("a good entity")
}

#[test]
fn every_kind_is_covered() {
    for kind in Kind::ALL {
        assert!(BARE.iter().any(|(covered, _)| covered == kind), "{kind:?}");
    }
}

#[test]
fn written_entities_read_back_the_same() {
    for (kind, text) in BARE.iter().chain(FULL) {
        let entity = decode(*kind, &json(text));
        assert_eq!(entity.kind(), *kind);
        assert_eq!(entity.key().kind(), *kind);
        // Written later than it was sent: nothing may depend on the clock any more.
        let again = Entity::decode(*kind, &entity.to_json(), SimTime(1)).expect(text);
        assert_eq!(again, entity, "{text}");
    }
}

#[test]
fn full_entities_are_written_as_sent() {
    for (kind, text) in FULL {
        let sent = json(text);
        assert_eq!(decode(*kind, &sent).to_json(), sent, "{kind:?}");
    }
}

#[test]
fn attributes_and_written_json_agree() {
    let mut agreed = 0;
    for (kind, text) in BARE.iter().chain(FULL) {
        let entity = decode(*kind, &json(text));
        let attributes: &dyn Attributes = match &entity {
            Entity::Resource(it) => it,
            Entity::Environment(it) => it,
            Entity::Deployment(it) => it,
            Entity::DeploymentVersion(it) => it,
            _ => continue,
        };
        let written = entity.to_json();
        let written = written.as_object().expect("entities are objects");
        for name in attributes.field_names() {
            let field = attributes.field(name).map(field_json);
            assert_eq!(field.as_ref(), written.get(*name), "{kind:?} {name}");
        }
        for name in written.keys() {
            assert!(attributes.field_names().contains(&name.as_str()), "{kind:?} {name}");
        }
        assert_eq!(attributes.field("nope"), None);
        agreed += 1;
    }
    assert_eq!(agreed, 8, "two entities of each readable kind");
}

fn field_json(field: Field<'_>) -> Json {
    match field {
        Field::Text(text) => text.into(),
        Field::Time(time) => time.to_string().into(),
        Field::Labels(labels) => {
            labels.iter().map(|(key, label)| (key.clone(), label.as_str())).collect()
        }
        Field::Object(map) => Json::Object(map.clone()),
        Field::Selector(selector) => selector.to_json(),
        Field::Json(json) => json.into_owned(),
    }
}
