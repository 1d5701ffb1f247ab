//! The documents that a user of ctrlplane has at hand: which of them load, as what, and with what the others
//! are refused. One row each; the shapes are those of its API, the data is made up.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;
use shakedown_systems::diagnostics::{diagnostics, unread};
use shakedown_systems::load::load;

/// What comes of a document.
#[derive(Debug, PartialEq)]
enum Comes {
    /// So many release targets and jobs, and diagnostics with these codes.
    Of(usize, u64, &'static [&'static str]),
    /// An error with these words.
    Refused(&'static str),
}

use Comes::{Of, Refused};

fn resource(name: &str, tier: &str) -> Json {
    json!({ "id": name, "identifier": format!("gke/{name}"), "name": name, "kind": "Cluster",
        "version": "v1", "config": {}, "metadata": { "tier": tier }, "workspaceId": "ws",
        "createdAt": "2026-05-01T10:00:00.123Z", "updatedAt": "2026-05-20T10:00:00.000Z",
        "providerId": "provider" })
}

fn system() -> Json {
    json!({ "id": "s", "workspaceId": "ws", "name": "shop", "slug": "shop", "description": "",
        "metadata": {} })
}

fn environment(name: &str) -> Json {
    json!({ "id": name, "name": name, "description": "", "systemId": "s", "metadata": {},
        "resourceSelector": format!("resource.metadata['tier'] == '{name}'"),
        "createdAt": "2026-04-01T00:00:00.000Z" })
}

fn deployment() -> Json {
    json!({ "id": "d", "name": "api", "slug": "api", "description": "", "systemId": "s",
        "resourceSelector": "resource.kind == 'Cluster'", "jobAgentConfig": { "repo": "api" },
        "jobAgentSelector": "jobAgent.id == 'a'", "metadata": {} })
}

fn version() -> Json {
    json!({ "id": "v", "name": "v1.2.0", "tag": "v1.2.0", "config": {}, "jobAgentConfig": {},
        "deploymentId": "d", "status": "ready", "createdAt": "2026-05-30T12:00:00.000Z",
        "metadata": {}, "dependencies": {} })
}

fn policy(rule: Json) -> Json {
    json!({ "id": "p", "workspaceId": "ws", "createdAt": "2026-04-02T00:00:00.000Z", "name": "prod",
        "description": "", "priority": 10, "enabled": true, "metadata": {},
        "selector": "environment.name == 'prod'", "rules": [rule] })
}

fn gate(members: Json) -> Json {
    let mut gate = json!({ "dependsOnEnvironmentSelector": "environment.name == 'qa'" });
    for (key, value) in members.as_object().into_iter().flatten() {
        gate[key] = value.clone();
    }
    json!({ "id": "g", "policyId": "p", "createdAt": "2026-04-02T00:00:00.000Z",
        "environmentProgression": gate })
}

/// One target in qa and two in prod, with some members changed.
fn workspace(changed: &[(&str, Json)]) -> Json {
    let mut workspace = json!({
        "workspaceId": "ws", "now": "2026-06-01T13:00:00Z", "systems": [system()],
        "jobAgents": [{ "id": "a", "name": "runner", "type": "test-runner", "workspaceId": "ws",
            "config": {}, "metadata": {} }],
        "resources": [resource("c1", "qa"), resource("c2", "prod"), resource("c3", "prod")],
        "environments": [environment("qa"), environment("prod")],
        "deployments": [deployment()],
        "deploymentVersions": [version()],
    });
    for (member, value) in changed {
        workspace[member] = value.clone();
    }
    workspace
}

fn with(mut value: Json, member: &str, other: Json) -> Json {
    value[member] = other;
    value
}

fn without(mut value: Json, member: &str) -> Json {
    value.as_object_mut().expect("an object").remove(member);
    value
}

fn events(last: Json) -> Json {
    let created =
        |kind: &str, data: Json| json!({ "eventType": format!("{kind}.created"), "data": data });
    json!({ "name": "n", "now": "2026-06-01T13:00:00Z", "events": [
        created("system", system()), created("resource", resource("c1", "qa")),
        created("environment", environment("qa")),
        created("job-agent", json!({ "id": "a", "name": "a", "type": "t" })),
        created("deployment", deployment()), created("deployment-version", version()), last ] })
}

fn rows() -> Vec<(&'static str, Json, Comes)> {
    let page = |items: Json, total: u64| json!({ "items": items, "total": total, "limit": 50, "offset": 0 });
    let systems = json!([system()]);
    let job = json!({ "id": "j", "releaseId": "r", "jobAgentId": "a", "jobAgentConfig": {},
        "status": "successful", "createdAt": "2026-05-30T12:01:00Z",
        "updatedAt": "2026-05-30T12:02:00Z", "metadata": {}, "completedAt": "2026-05-30T12:02:00Z" });
    let release = json!({ "releaseTarget": { "resourceId": "c1", "environmentId": "qa",
        "deploymentId": "d" }, "version": version(), "variables": {}, "encryptedVariables": [],
        "createdAt": "2026-05-30T12:00:01Z" });
    let skip = json!({ "id": "k", "versionId": "v", "environmentId": "prod", "resourceId": null,
        "ruleId": "r", "reason": "hotfix", "createdBy": "u", "createdAt": "2026-05-30T13:00:00Z",
        "expiresAt": null, "workspaceId": "ws" });
    let approve = json!({ "id": "r", "anyApproval": { "minApprovals": 1 } });
    let values = json!([{ "id": "x", "deploymentVariableId": "w", "value": 3, "priority": 1 }]);
    let variable = json!({ "id": "w", "deploymentId": "d", "key": "replicas", "description": "" });
    let wrapped = json!([{ "variable": variable, "values": values }]);
    let one_value = |value: u64| json!({ "resourceId": "c1", "key": "replicas", "value": value });
    let cel = "from.type == 'resource' && to.type == 'resource' && from.kind == 'Network' && \
               to.kind == 'Cluster' && from.metadata['n'] == to.metadata['n']";
    let rule = json!({ "id": "r", "name": "n", "reference": "network", "cel": cel,
        "workspaceId": "ws", "metadata": {} });
    let matcher = json!({ "cel": "from.kind == 'Network' && to.kind == 'Cluster'" });
    let older = json!({ "id": "r", "reference": "network", "fromType": "resource",
        "toType": "resource", "matcher": matcher });
    let network = with(resource("n1", "none"), "kind", json!("Network"));
    let retry = json!({ "id": "r", "retry": { "maxRetries": 1, "retryOnStatuses": ["queued"] } });
    let deleted = with(resource("c1", "qa"), "deletedAt", json!("2026-05-31T00:00:00Z"));
    vec![
        ("a page of resources", page(json!([resource("c1", "qa")]), 1), Of(0, 0, &[])),
        ("a page that is cut", page(json!([resource("c1", "qa")]), 2), Of(0, 0, &[])),
        (
            "a bare list of environments with systems",
            json!([with(without(environment("qa"), "systemId"), "systems", systems.clone())]),
            Of(0, 0, &["selector.matches_nothing", "name.unknown"]),
        ),
        (
            "environments with systems",
            workspace(&[(
                "environments",
                json!([with(without(environment("qa"), "systemId"), "systems", systems.clone())]),
            )]),
            Of(1, 1, &[]),
        ),
        (
            "deployments without their wrapping, in no system",
            workspace(&[("deployments", json!([without(deployment(), "systemId")]))]),
            Of(0, 0, &["system.absent"]),
        ),
        (
            "deployments in their wrapping",
            workspace(&[(
                "deployments",
                json!([{ "deployment": without(deployment(), "systemId"), "systems": systems }]),
            )]),
            Of(3, 3, &[]),
        ),
        (
            "relationship rules as listed",
            workspace(&[("relationshipRules", json!([rule]))]),
            Of(3, 3, &["relationship.relates_nothing"]),
        ),
        (
            "an older relationship rule",
            workspace(&[
                ("relationshipRules", json!([older])),
                ("resources", json!([resource("c1", "qa"), network])),
            ]),
            Of(1, 1, &["selector.matches_nothing"]),
        ),
        ("variables as listed", workspace(&[("deploymentVariables", wrapped)]), Of(3, 3, &[])),
        (
            "jobs without their releases",
            workspace(&[("jobs", json!([job]))]),
            Refused(
                "jobs[0].release: expected the release of the job, as in `{\"job\": .., \"release\": ..}`, found nothing",
            ),
        ),
        (
            "jobs with their releases",
            workspace(&[("jobs", json!([{ "job": job, "release": release }]))]),
            Of(3, 2, &[]),
        ),
        (
            "a resource without id",
            workspace(&[("resources", json!([without(resource("c1", "qa"), "id")]))]),
            Of(1, 1, &["selector.matches_nothing"]),
        ),
        (
            "two values of one key",
            workspace(&[("resourceVariables", json!([one_value(1), one_value(2)]))]),
            Refused(
                "resourceVariables[1].key: this resource variable is in the document twice, first at 1:",
            ),
        ),
        (
            "a request for a policy, whose rules have no ids",
            workspace(&[(
                "policies",
                json!([with(policy(without(approve.clone(), "id")), "enabled", Json::Null)]),
            )]),
            Of(3, 1, &[]),
        ),
        (
            "skips as the database has them",
            workspace(&[("policies", json!([policy(approve)])), ("policySkips", json!([skip]))]),
            Of(3, 3, &[]),
        ),
        (
            "a report of a job that is not there, in a log",
            json!({ "eventType": "job.updated", "data": { "id": "x", "fieldsToUpdate": ["status"],
                "job": { "id": "x", "status": "queued" } } }),
            Refused("data: there is no job `x`"),
        ),
        (
            "a report of a job that is not there, in a scenario",
            events(
                json!({ "eventType": "job.updated", "data": { "id": "x", "job": { "status": "queued" } } }),
            ),
            Refused("events[6].data: there is no job `x`"),
        ),
        (
            "a retry of queued jobs",
            workspace(&[("policies", json!([policy(retry)]))]),
            Of(3, 3, &[]),
        ),
        (
            "a gate on an empty environment",
            workspace(&[
                ("resources", json!([resource("c2", "prod")])),
                ("policies", json!([policy(gate(json!({})))])),
            ]),
            Of(1, 1, &["selector.matches_nothing", "gate.empty"]),
        ),
        (
            "a gate that asks for verification",
            workspace(&[(
                "policies",
                json!([policy(gate(json!({ "requireVerificationPassed": true })))]),
            )]),
            Of(3, 1, &["rule.inert"]),
        ),
        (
            "deleted resources",
            workspace(&[("resources", json!([deleted]))]),
            Of(
                0,
                0,
                &[
                    "selector.matches_nothing",
                    "selector.matches_nothing",
                    "selector.matches_nothing",
                ],
            ),
        ),
        (
            "a value that its selector rules out",
            workspace(&[(
                "resourceVariables",
                json!([with(one_value(1), "resourceSelector", json!("false"))]),
            )]),
            Of(3, 3, &[]),
        ),
        (
            "an agent beside a selector",
            workspace(&[("deployments", json!([with(deployment(), "jobAgentId", json!("a"))]))]),
            Of(3, 3, &[]),
        ),
        (
            "a misspelt member",
            workspace(&[("policies", json!([policy(gate(json!({ "minimumSoakMinutes": 30 })))]))]),
            Of(3, 1, &["member.unknown"]),
        ),
    ]
}

fn comes(name: &str, text: &str) -> Result<(usize, u64, Vec<&'static str>), String> {
    let document = Document::parse(name, text, SimTime(0)).map_err(|error| error.to_string())?;
    let mut codes: Vec<&str> = unread(&document).iter().map(|it| it.code.name()).collect();
    let mut jobs = 0;
    let fleet = load(document, SimTime(0), &mut |report| jobs += report.jobs_created)
        .map_err(|error| error.to_string())?;
    codes.extend(diagnostics(&fleet).iter().map(|it| it.code.name()));
    Ok((fleet.targets().len(), jobs, codes))
}

#[test]
fn each_as_the_table_says() {
    let mut wrong = Vec::new();
    for (name, document, expected) in rows() {
        let found = comes("document.json", &document.to_string());
        let fits = match (&found, &expected) {
            (Ok((targets, jobs, codes)), Of(some, made, told)) => {
                (targets, jobs, &codes[..]) == (some, made, told)
            }
            (Err(error), Refused(words)) => {
                error.contains(words) && error.starts_with("document.json:1:")
            }
            _ => false,
        };
        if !fits {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
