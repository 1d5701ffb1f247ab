//! Every way an event can be wrong by itself is found while decoding, with class, path and reason
//! (SEMANTICS 2.1 to 2.5).

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::Dialect;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{ErrorClass, Event};

use ErrorClass::{InvalidSelector, InvalidValue, Malformed, MissingField, UnknownEvent};

/// Envelope, class, message.
const CASES: &[(&str, ErrorClass, &str)] = &[
    ("[]", Malformed, "expected an object, found a list"),
    (r#"{"data":{}}"#, MissingField, "eventType: expected this required field, found nothing"),
    (
        r#"{"eventType":7,"data":{}}"#,
        Malformed,
        "eventType: expected a string (in quotes), found the number 7",
    ),
    (
        r#"{"eventType":"resource.create","data":{}}"#,
        UnknownEvent,
        r#"eventType: expected a known event type, such as `resource.created`, found "resource.create""#,
    ),
    (
        r#"{"eventType":"job.created","data":{}}"#,
        UnknownEvent,
        r#"eventType: expected a known event type, such as `resource.created`, found "job.created""#,
    ),
    (
        r#"{"eventType":"","data":{}}"#,
        UnknownEvent,
        r#"eventType: expected a known event type, such as `resource.created`, found """#,
    ),
    (
        r#"{"eventType":"system.created"}"#,
        MissingField,
        "data: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"system.created","data":null}"#,
        MissingField,
        "data: expected this required field, found null",
    ),
    (
        r#"{"eventType":"system.created","data":[]}"#,
        Malformed,
        "data: expected an object, found a list",
    ),
    (
        r#"{"eventType":"system.created","data":{}}"#,
        MissingField,
        "data.id: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"system.created","data":{"id":""}}"#,
        MissingField,
        r#"data.id: expected a non-empty id, found """#,
    ),
    (
        r#"{"eventType":"system.deleted","data":{"id":null}}"#,
        MissingField,
        "data.id: expected this required field, found null",
    ),
    (
        r#"{"eventType":"workspace.tick","at":"tomorrow"}"#,
        Malformed,
        r#"at: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found "tomorrow""#,
    ),
    (
        r#"{"eventType":"workspace.tick","workspaceId":1}"#,
        Malformed,
        "workspaceId: expected a string (in quotes), found the number 1",
    ),
    (
        r#"{"eventType":"resource.created","data":{"id":"r","metadata":{"a b":1}}}"#,
        Malformed,
        r#"data.metadata["a b"]: expected a string (in quotes), found the number 1"#,
    ),
    (
        r#"{"eventType":"resource.created","data":{"id":"r","config":[]}}"#,
        Malformed,
        "data.config: expected an object, found a list",
    ),
    (
        r#"{"eventType":"resource.created","data":{"id":"r","config":{"x":[0,1e999]}}}"#,
        Malformed,
        "data.config.x[1]: expected a number within the range of doubles, found the number 1e+999",
    ),
    (
        r#"{"eventType":"resource.created","data":{"id":"r","updatedAt":""}}"#,
        Malformed,
        r#"data.updatedAt: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found """#,
    ),
    (
        r#"{"eventType":"resource.created","data":{"id":"r","createdAt":"9999-01-01T00:00:00Z"}}"#,
        Malformed,
        r#"data.createdAt: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found "9999-01-01T00:00:00Z""#,
    ),
    (
        r#"{"eventType":"resource-provider.set-resources","data":{"providerId":"p","resources":[{"name":"x"}]}}"#,
        MissingField,
        "data.resources[0].identifier: expected an identifier, or an id that serves as one, found nothing",
    ),
    (
        r#"{"eventType":"environment.created","data":{"id":"e"}}"#,
        MissingField,
        "data.systemId: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"environment.created","data":{"id":"e","systemId":"s","resourceSelector":{}}}"#,
        InvalidSelector,
        r#"data.resourceSelector: expected a CEL text, {"cel": text} or {"json": condition}, not empty, found an object"#,
    ),
    (
        r#"{"eventType":"deployment.created","data":{"id":"d","systemId":"s","resourceSelector":{"json":{}}}}"#,
        InvalidSelector,
        r#"data.resourceSelector: expected a CEL text, {"cel": text} or {"json": condition}, not empty, found an object"#,
    ),
    (
        r#"{"eventType":"deployment.created","data":{"id":"d","systemId":"s","resourceSelector":{"cel":""}}}"#,
        InvalidSelector,
        r#"data.resourceSelector: expected a CEL text, {"cel": text} or {"json": condition}, not empty, found an object"#,
    ),
    (
        r#"{"eventType":"deployment.created","data":{"id":"d","systemId":"s","resourceSelector":true}}"#,
        Malformed,
        r#"data.resourceSelector: expected a selector: a CEL text, {"cel": text} or {"json": condition}, found true"#,
    ),
    (
        r#"{"eventType":"deployment.created","data":{"id":"d","systemId":"s","resourceSelector":{"cel":5}}}"#,
        Malformed,
        "data.resourceSelector.cel: expected a string (in quotes), found the number 5",
    ),
    (
        r#"{"eventType":"deployment-version.created","data":{"id":"v","deploymentId":"d","status":"done"}}"#,
        InvalidValue,
        r#"data.status: expected one of `unspecified`, `building`, `ready`, `failed`, `rejected`, `paused`, found "done""#,
    ),
    (
        r#"{"eventType":"deployment-version.created","data":{"id":"v","deploymentId":"d","dependencies":{"x":{}}}}"#,
        MissingField,
        "data.dependencies.x.versionSelector: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"resource-variable.created","data":{"resourceId":"r","key":"k"}}"#,
        MissingField,
        "data.value: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"resource-variable.created","data":{"resourceId":"r","key":"k","value":{"reference":"db","path":[1]}}}"#,
        Malformed,
        "data.value.path[0]: expected a string (in quotes), found the number 1",
    ),
    (
        r#"{"eventType":"deployment-variable-value.created","data":{"id":"x","deploymentVariableId":"v","value":1,"priority":1.5}}"#,
        Malformed,
        "data.priority: expected an integer, found the number 1.5",
    ),
    (
        r#"{"eventType":"deployment-variable-value.created","data":{"id":"x","deploymentVariableId":"v","value":1,"priority":99999999999999999999}}"#,
        InvalidValue,
        "data.priority: expected an integer from -9223372036854775808 to 9223372036854775807, found the number 99999999999999999999",
    ),
    (
        r#"{"eventType":"user-approval-record.created","data":{"userId":"u","versionId":"v","environmentId":"e","status":""}}"#,
        InvalidValue,
        r#"data.status: expected one of `approved`, `rejected`, found """#,
    ),
    (
        r#"{"eventType":"relationship-rule.created","data":{"id":"x","reference":"r","fromType":"job","toType":"resource"}}"#,
        InvalidValue,
        r#"data.fromType: expected one of `deployment`, `environment`, `resource`, found "job""#,
    ),
    (
        r#"{"eventType":"relationship-rule.created","data":{"id":"x","reference":"r","fromType":"resource","toType":"resource","matcher":{"properties":[{"fromProperty":["name"],"toProperty":["name"],"operator":"like"}]}}}"#,
        InvalidValue,
        r#"data.matcher.properties[0].operator: expected one of `equals`, `notEquals`, `contains`, `startsWith`, `endsWith`, `regex`, found "like""#,
    ),
    (
        r#"{"eventType":"relationship-rule.created","data":{"id":"x","reference":"r","cel":{}}}"#,
        Malformed,
        "data.cel: expected a string, found an object",
    ),
    (
        r#"{"eventType":"relationship-rule.created","data":{"id":"x","reference":"r","cel":""}}"#,
        MissingField,
        "data.fromType: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{}]}}"#,
        MissingField,
        "data.rules[0].id: expected a non-empty id, found nothing",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","enabled":"yes"}}"#,
        Malformed,
        r#"data.enabled: expected true or false, found "yes""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","selector":"true","selectors":[{}]}}"#,
        InvalidValue,
        r#"data.selector: expected no `selector` beside `selectors`: a policy names its targets in one form, found "true""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[null]}}"#,
        Malformed,
        "data.rules[0]: expected an object, found null",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","retry":{"maxRetries":-1}}]}}"#,
        InvalidValue,
        "data.rules[0].retry.maxRetries: expected an integer from 0 to 2147483647, found the number -1",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","retry":{"maxRetries":1,"retryOnStatuses":["failure","bad"]}}]}}"#,
        InvalidValue,
        r#"data.rules[0].retry.retryOnStatuses[1]: expected one of `pending`, `inProgress`, `actionRequired`, `successful`, `failure`, `cancelled`, `skipped`, `invalidJobAgent`, `invalidIntegration`, `externalRunNotFound`, `queued`, found "bad""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","retry":{"maxRetries":1,"backoffStrategy":"cubic"}}]}}"#,
        InvalidValue,
        r#"data.rules[0].retry.backoffStrategy: expected one of `linear`, `exponential`, found "cubic""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","anyApproval":{"minApprovals":3000000000}}]}}"#,
        InvalidValue,
        "data.rules[0].anyApproval.minApprovals: expected an integer from -2147483648 to 2147483647, found the number 3000000000",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","gradualRollout":{"timeScaleInterval":60,"rolloutType":"fast"}}]}}"#,
        InvalidValue,
        r#"data.rules[0].gradualRollout.rolloutType: expected one of `linear`, `linear-normalized`, found "fast""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","environmentProgression":{}}]}}"#,
        MissingField,
        "data.rules[0].environmentProgression.dependsOnEnvironmentSelector: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","environmentProgression":{"dependsOnEnvironmentSelector":"true","minimumSuccessPercentage":100.5}}]}}"#,
        InvalidValue,
        "data.rules[0].environmentProgression.minimumSuccessPercentage: expected a number from 0 to 100, found the number 100.5",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","environmentProgression":{"dependsOnEnvironmentSelector":"true","minimumSuccessPercentage":"50"}}]}}"#,
        Malformed,
        r#"data.rules[0].environmentProgression.minimumSuccessPercentage: expected a number from 0 to 100, found "50""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":0}}]}}"#,
        InvalidValue,
        "data.rules[0].deploymentWindow.durationMinutes: expected an integer from 1 to 2147483647, found the number 0",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","concurrencyLimit":{"max":0,"per":"system"}}]}}"#,
        InvalidValue,
        "data.rules[0].concurrencyLimit.max: expected an integer from 1 to 2147483647, found the number 0",
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","concurrencyLimit":{"max":1,"per":"resource"}}]}}"#,
        InvalidValue,
        r#"data.rules[0].concurrencyLimit.per: expected one of `environment`, `deployment`, `system`, `selector`, found "resource""#,
    ),
    (
        r#"{"eventType":"policy.created","data":{"id":"p","rules":[{"id":"r","concurrencyLimit":{"max":1,"per":"system","stopOnFailure":{"failures":1,"withinPercent":101}}}]}}"#,
        InvalidValue,
        "data.rules[0].concurrencyLimit.stopOnFailure.withinPercent: expected an integer from 1 to 100, found the number 101",
    ),
    (
        r#"{"eventType":"policy-bypass.created","data":{"id":"b","versionId":"v"}}"#,
        MissingField,
        "data.bypassRuleTypes: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"policy-bypass.created","data":{"id":"b","versionId":"v","bypassRuleTypes":["pausedVersions"]}}"#,
        InvalidValue,
        r#"data.bypassRuleTypes[0]: expected one of `approval`, `environmentProgression`, `gradualRollout`, `retry`, `versionSelector`, `deploymentDependency`, `deploymentWindow`, `versionCooldown`, `concurrencyLimit`, found "pausedVersions""#,
    ),
    (
        r#"{"eventType":"policy-skip.created","data":{"id":"s","versionId":"v"}}"#,
        MissingField,
        "data.ruleId: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"job.updated","data":{"id":"j","status":"successful"}}"#,
        MissingField,
        "data.job: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"job.updated","data":{"job":{"id":"j"}}}"#,
        MissingField,
        "data.job.status: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"job.updated","data":{"job":{"id":"j"},"fieldsToUpdate":["Status"]}}"#,
        MissingField,
        "data.job.status: expected this required field, found nothing",
    ),
    (
        r#"{"eventType":"job.updated","data":{"job":{"id":"j","completedAt":"noon"},"fieldsToUpdate":["status"]}}"#,
        Malformed,
        r#"data.job.completedAt: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found "noon""#,
    ),
    (
        r#"{"eventType":"release-target.deploy","data":{"resourceId":"r","environmentId":"e"}}"#,
        MissingField,
        "data.deploymentId: expected this required field, found nothing",
    ),
];

#[test]
fn a_bad_event_names_its_field_and_class() {
    for (envelope, class, message) in CASES {
        let json = serde_json::from_str(envelope).expect(envelope);
        // What dialects put in is missing only when it is applied.
        let mut fleet = Fleet::in_dialect(Dialect::RECORDED, "ws", SimTime(0));
        let decoded = Event::decode(&json, SimTime(0)).map_err(Rejection::from);
        let error = decoded.and_then(|event| Ok(fleet.apply(event)?)).expect_err(envelope);
        assert_eq!((error.class, error.to_string().as_str()), (*class, *message), "{envelope}");
    }
}
