//! Values that have every member that any decoder asks for.

use serde_json::{Map, Value as Json, json};

use crate::wire::event::Kind;

const AT: &str = "2026-01-01T00:00:00Z";

pub(super) fn scalars() -> Map<String, Json> {
    let scalars = json!({ "name": "n", "description": "d", "workspaceId": "w", "dialect": "today",
        "now": AT, "tags": ["t"], "reason": "r" });
    let Json::Object(scalars) = scalars else { unreachable!("it is an object") };
    scalars
}

pub(super) fn of(kind: Kind) -> Vec<Json> {
    match kind {
        Kind::System => vec![json!({ "id": "s", "name": "n", "slug": "s", "workspaceId": "w",
            "description": "d", "metadata": {}, "deployments": ["d"], "environments": ["e"] })],
        Kind::ResourceProvider => vec![json!({ "id": "p", "name": "n", "workspaceId": "w",
            "metadata": {}, "createdAt": AT })],
        Kind::JobAgent => vec![json!({ "id": "a", "name": "n", "type": "t", "workspaceId": "w",
            "config": {}, "metadata": {} })],
        Kind::RelationshipRule => relationship_rules(),
        Kind::Policy => policies(),
        Kind::PolicySkip => vec![json!({ "id": "s", "versionId": "v", "environmentId": "e",
            "resourceId": "r", "ruleId": "u", "reason": "t", "createdBy": "c", "createdAt": AT,
            "expiresAt": AT, "workspaceId": "w" })],
        Kind::PolicyBypass => vec![json!({ "id": "b", "versionId": "v", "environmentId": "e",
            "resourceId": "r", "policyIds": ["p"], "bypassRuleTypes": ["approval"],
            "justification": "j", "createdBy": "c", "createdAt": AT, "expiresAt": AT,
            "workspaceId": "w" })],
        Kind::Resource => vec![json!({ "id": "r", "identifier": "r", "name": "n", "kind": "k",
            "version": "v", "workspaceId": "w", "config": {}, "metadata": {}, "providerId": "p",
            "createdAt": AT, "updatedAt": AT, "lockedAt": AT, "deletedAt": AT })],
        Kind::ResourceVariable => vec![json!({ "id": "v", "resourceId": "r", "key": "k",
            "priority": 1, "value": 1, "resourceSelector": "true" })],
        Kind::Environment => vec![json!({ "id": "e", "name": "n", "systemId": "s",
            "systems": ["s"], "systemIds": ["s"], "description": "d", "resourceSelector": "true",
            "metadata": {}, "createdAt": AT })],
        Kind::Deployment => vec![json!({ "id": "d", "name": "n", "slug": "d", "systemId": "s",
            "systems": ["s"], "systemIds": ["s"], "description": "d", "jobAgentId": "a",
            "jobAgentSelector": "true", "jobAgentConfig": {}, "resourceSelector": "true",
            "metadata": {} })],
        Kind::DeploymentVariable => vec![json!({ "id": "v", "deploymentId": "d", "key": "k",
            "description": "d", "defaultValue": 1 })],
        Kind::DeploymentVariableValue => vec![json!({ "id": "v", "deploymentVariableId": "v",
            "priority": 1, "value": 1, "resourceSelector": "true" })],
        Kind::VariableSet => vec![json!({ "id": "s", "name": "n", "description": "d",
            "selector": "true", "priority": 1, "metadata": {}, "createdAt": AT, "updatedAt": AT,
            "variables": [{ "id": "v", "variableSetId": "s", "key": "k", "value": 1 }] })],
        Kind::DeploymentVersion => vec![json!({ "id": "v", "deploymentId": "d", "tag": "t",
            "name": "n", "status": "ready", "config": {}, "jobAgentConfig": {}, "metadata": {},
            "message": "m", "createdAt": AT,
            "dependencies": { "*": { "versionSelector": "true" } } })],
        Kind::UserApprovalRecord => vec![json!({ "userId": "u", "versionId": "v",
            "environmentId": "e", "status": "approved", "reason": "r", "createdAt": AT })],
        // Any object is one.
        Kind::GithubEntity => Vec::new(),
    }
}

fn relationship_rules() -> Vec<Json> {
    vec![
        json!({ "id": "r", "name": "n", "reference": "f", "relationshipType": "t",
            "fromType": "resource", "toType": "resource", "fromSelector": "true",
            "toSelector": "true", "cel": "", "description": "d", "metadata": {}, "workspaceId": "w",
            "matcher": { "cel": "true", "properties": [{ "fromProperty": ["id"],
                "toProperty": ["id"], "operator": "equals" }] } }),
        // Kinds that may be absent.
        json!({ "id": "r", "reference": "f", "cel": "true" }),
    ]
}

fn policies() -> Vec<Json> {
    let rule = json!({ "id": "u", "policyId": "p", "createdAt": AT,
        "anyApproval": { "minApprovals": 1 },
        "environmentProgression": { "dependsOnEnvironmentSelector": "true",
            "minimumSuccessPercentage": 1, "successStatuses": ["successful"],
            "minimumSoakTimeMinutes": 1, "minimumSockTimeMinutes": 1, "maximumAgeHours": 1,
            "requireVerificationPassed": true },
        "gradualRollout": { "timeScaleInterval": 1, "rolloutType": "linear" },
        "versionSelector": { "selector": "true", "description": "d" },
        "deploymentDependency": { "dependsOn": "true" },
        "deploymentWindow": { "rrule": "FREQ=DAILY", "durationMinutes": 1, "timezone": "UTC",
            "allowWindow": true },
        "versionCooldown": { "intervalSeconds": 1 },
        "concurrencyLimit": { "max": 1, "per": "deployment",
            "stopOnFailure": { "failures": 1, "withinPercent": 1 } },
        "retry": { "maxRetries": 1, "retryOnStatuses": ["failure"], "backoffSeconds": 1,
            "maxBackoffSeconds": 1, "backoffStrategy": "linear" },
        "rollback": {}, "verification": {}, "planValidationOpa": {} });
    let selectors = json!([{ "id": "t", "deploymentSelector": "true", "environmentSelector": "true",
        "resourceSelector": "true" }]);
    vec![
        json!({ "id": "p", "name": "n", "workspaceId": "w", "description": "d", "priority": 1,
            "enabled": true, "metadata": {}, "createdAt": AT, "rules": [rule],
            "selectors": selectors }),
        json!({ "id": "p", "selector": "true" }),
    ]
}

pub(super) fn job() -> Json {
    let target = json!({ "resourceId": "r", "environmentId": "e", "deploymentId": "d" });
    let mut versions = of(Kind::DeploymentVersion);
    json!({
        "job": { "id": "j", "releaseId": "r", "jobAgentId": "a", "externalId": "x",
            "jobAgentConfig": {}, "status": "successful", "createdAt": AT, "startedAt": AT,
            "completedAt": AT, "updatedAt": AT, "metadata": {}, "dispatchContext": {} },
        "release": { "id": "r", "releaseTarget": target, "version": versions.remove(0),
            "variables": {}, "encryptedVariables": [], "createdAt": AT },
        "resource": { "identifier": "r" }, "environment": {}, "deployment": {},
    })
}

/// States of targets: of one whose latest job succeeded, and of one whose did not.
pub(super) fn states() -> [Json; 2] {
    let Json::Object(mut whole) = job() else { unreachable!("it is an object") };
    let (job, release) = (whole.remove("job"), whole.remove("release"));
    let target = release.as_ref().map(|it| it["releaseTarget"].clone());
    let mut failed = job.clone().unwrap_or_default();
    failed["status"] = json!("failure");
    let dispatched = json!({ "release": release });
    failed["dispatchContext"] = dispatched;
    let state = |job: Option<Json>| {
        json!({ "releaseTarget": target, "state": { "currentRelease": release,
            "desiredRelease": release, "latestJob": { "job": job, "verifications": [] } } })
    };
    [state(job), state(Some(failed))]
}

/// One manifest of each type: the type, what holds it, and one.
pub(super) fn manifests() -> [(&'static str, Json); 7] {
    let rule = json!({ "anyApproval": { "minApprovals": 1 },
        "environmentProgression": { "dependsOnEnvironmentSelector": "true",
            "minimumSuccessPercentage": 1, "successStatuses": ["successful"],
            "minimumSoakTimeMinutes": 1, "minimumSockTimeMinutes": 1, "maximumAgeHours": 1,
            "requireVerificationPassed": true },
        "gradualRollout": { "timeScaleInterval": "1m", "rolloutType": "linear" },
        "deploymentWindow": { "rrule": "FREQ=DAILY", "duration": "1m", "timezone": "UTC",
            "allow": true },
        "versionCooldown": { "duration": "1m" },
        "retry": { "maxRetries": 1, "retryOnStatuses": ["failure"], "backoffSeconds": 1,
            "maxBackoffSeconds": 1, "backoffStrategy": "linear" },
        "verification": {} });
    let selectors = json!([{ "deployments": "true", "environments": "true", "resources": "true" }]);
    [
        (
            "System",
            json!({ "type": "System", "name": "n", "slug": "s", "description": "d",
            "metadata": {} }),
        ),
        (
            "JobAgent",
            json!({ "type": "JobAgent", "name": "n", "description": "d", "agentType": "t",
            "config": { "type": "t" }, "metadata": {} }),
        ),
        (
            "Environment",
            json!({ "type": "Environment", "name": "n", "system": "s",
            "description": "d", "resourceSelector": "true", "metadata": {} }),
        ),
        (
            "Deployment",
            json!({ "type": "Deployment", "name": "n", "system": "s",
            "slug": "d", "description": "d", "jobAgent": "a", "jobAgentConfig": {},
            "resourceSelector": "true", "metadata": {} }),
        ),
        (
            "Deployment",
            json!({ "type": "Deployment", "name": "n", "system": "s",
            "agent": { "ref": "a", "config": {} } }),
        ),
        (
            "Policy",
            json!({ "type": "Policy", "name": "n", "description": "d", "priority": 1,
            "enabled": true, "metadata": {}, "rules": [rule], "selectors": selectors }),
        ),
        (
            "Resource",
            json!({ "type": "Resource", "name": "n", "identifier": "i", "kind": "k",
            "version": "v", "config": {}, "metadata": {}, "provider": "p",
            "variables": { "k": 1 } }),
        ),
    ]
}

pub(super) fn envelope() -> Json {
    let data = json!({ "resourceId": "r", "environmentId": "e", "deploymentId": "d" });
    json!({ "eventType": "release-target.deploy", "at": AT, "timestamp": AT, "workspaceId": "w",
        "data": data })
}

/// The events that are about no single entity: type, what holds it, and one.
pub(super) fn events() -> Vec<(&'static str, &'static str, Json)> {
    let target = || json!({ "resourceId": "r", "environmentId": "e", "deploymentId": "d" });
    let mut finished = target();
    finished["status"] = json!("successful");
    finished["completedAt"] = json!(AT);
    finished["createdAt"] = json!(AT);
    let resource = of(Kind::Resource).remove(0);
    let updated = json!({ "id": "j", "agentId": "a", "externalId": "x",
        "fieldsToUpdate": ["status"],
        "job": { "id": "j", "releaseId": "r", "jobAgentId": "a", "jobAgentConfig": {},
            "status": "successful", "metadata": {}, "externalId": "x", "traceToken": "t",
            "createdAt": AT, "updatedAt": AT, "startedAt": AT, "completedAt": AT } });
    let events = [
        (
            "resource-provider.set-resources",
            "SetResources",
            json!({ "providerId": "p", "resources": [resource] }),
        ),
        ("job.updated", "JobUpdate", updated),
        ("job.finished", "Finish", finished),
        ("release-target.deploy", "Triple", target()),
    ];
    let event = |(name, of, data)| (name, of, json!({ "eventType": name, "data": data }));
    events.into_iter().map(event).collect()
}
