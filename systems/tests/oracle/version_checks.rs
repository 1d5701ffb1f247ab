//! The checks that look at the version itself and at what is deployed: status, version selector, cooldown, version
//! dependencies, deployment dependency (SEMANTICS 8.2, 8.6, 8.7, 8.9, 8.10).

use serde_json::{Value, json};

use super::results::CheckResult;
use super::selector::{self, KINDS, Selector, shape_b_of};
use super::time::{self, SECOND};
use super::world::{Target, World, created_at, integer, text};

pub(crate) fn status(world: &World, version: &Value, target: &Target) -> CheckResult {
    match text(version, "status") {
        "ready" => CheckResult::allowed("status.ready", json!({})),
        "unspecified" | "failed" if world.today => CheckResult::allowed("status.ready", json!({})),
        "paused" if world.release_of(target, text(version, "id")).is_some() => {
            CheckResult::allowed("status.paused_kept", json!({}))
        }
        "paused" => CheckResult::wait("status.paused", json!({}), None),
        status => CheckResult::denied("status.not_ready", json!({ "status": status })),
    }
}

pub(crate) fn version_selector(
    world: &World,
    member: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    let (resource, environment, deployment) = world.parts(target);
    let entities = [
        ("version", version),
        ("environment", environment),
        ("resource", resource),
        ("deployment", deployment),
    ];
    let holds = match selector::read(&member["selector"]) {
        Ok(Some(Selector::Cel(cel))) => selector::evaluate(&cel, &KINDS, &shape_b_of(&entities)),
        Ok(Some(condition)) => selector::matches_entity(&condition, "version", version),
        Ok(None) => Err("the selector is empty".to_owned()),
        Err(error) => Err(error),
    };
    match holds {
        Ok(true) => CheckResult::allowed("version_selector.match", json!({})),
        Ok(false) => {
            let description = member.get("description");
            CheckResult::denied("version_selector.no_match", json!({ "description": description }))
        }
        Err(error) => CheckResult::denied("version_selector.error", json!({ "error": error })),
    }
}

pub(crate) fn cooldown(
    world: &World,
    member: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    let jobs = world.jobs_of(target);
    let in_progress = jobs.iter().rev().find(|(_, job)| job.is_processing());
    let in_progress = in_progress
        .and_then(|(_, job)| world.releases.get(&job.release))
        .map(|r| (r, "in_progress"));
    let reference =
        in_progress.or_else(|| world.current_release(target).map(|release| (release, "deployed")));
    let Some((release, source)) = reference else {
        return CheckResult::allowed("cooldown.no_reference", json!({}));
    };
    if release.id.version == text(version, "id") {
        return CheckResult::allowed("cooldown.same_version", json!({}));
    }
    let interval = integer(member, "intervalSeconds").unwrap_or(0);
    let until = created_at(&release.version).saturating_add(interval.saturating_mul(SECOND));
    if world.now >= until {
        let params = json!({ "reference": release.id.version, "source": source });
        return CheckResult::allowed("cooldown.passed", params);
    }
    let params =
        json!({ "reference": release.id.version, "source": source, "until": time::format(until) });
    CheckResult::wait("cooldown.waiting", params, Some(until))
}

pub(crate) fn version_dependencies(world: &World, version: &Value, target: &Target) -> CheckResult {
    let edges = version.get("dependencies").and_then(Value::as_object);
    let Some(edges) = edges.filter(|edges| !edges.is_empty()) else {
        return CheckResult::allowed("version_dependency.none", json!({}));
    };
    let mut unmet = Vec::new();
    let mut broken = None;
    for (deployment, edge) in edges {
        let cel = text(edge, "versionSelector");
        if let Some(cause) = edge_failure(world, deployment, cel, target) {
            unmet.push(json!({ "deploymentId": deployment, "cause": cause }));
            broken = broken.or(compile_error(cel));
        }
    }
    match broken {
        _ if unmet.is_empty() => CheckResult::allowed("version_dependency.met", json!({})),
        Some(error) => {
            CheckResult::denied("version_dependency.selector_error", json!({ "error": error }))
        }
        None => CheckResult::wait("version_dependency.unmet", json!({ "edges": unmet }), None),
    }
}

fn compile_error(cel: &str) -> Option<String> {
    selector::check(&Selector::Cel(cel.to_owned()), &KINDS).err()
}

/// Why the dependency on another deployment does not hold; `None` if it does.
fn edge_failure(
    world: &World,
    deployment: &str,
    cel: &str,
    target: &Target,
) -> Option<&'static str> {
    let here: Vec<&Target> = world
        .targets()
        .iter()
        .filter(|t| t.deployment == deployment && t.resource == target.resource)
        .collect();
    let same_environment: Vec<&Target> =
        here.iter().copied().filter(|other| other.environment == target.environment).collect();
    let candidates = if same_environment.is_empty() { here } else { same_environment };
    if candidates.is_empty() {
        return Some("not_on_resource");
    }
    let deployed: Vec<&Value> = candidates
        .iter()
        .filter_map(|other| world.current_release(other))
        .map(|release| &release.version)
        .collect();
    if deployed.is_empty() {
        return Some("nothing_deployed");
    }
    let outcomes: Vec<Result<bool, String>> = deployed
        .iter()
        .map(|version| selector::evaluate(cel, &KINDS, &shape_b_of(&[("version", version)])))
        .collect();
    if outcomes.contains(&Ok(true)) {
        return None;
    }
    Some(if outcomes.contains(&Ok(false)) { "selector_false" } else { "selector_error" })
}

pub(crate) fn deployment_dependency(world: &World, member: &Value, target: &Target) -> CheckResult {
    let cel = text(member, "dependsOn");
    if let Some(error) = compile_error(cel) {
        return CheckResult::denied("dependency.selector_error", json!({ "error": error }));
    }
    for other in
        world.targets().iter().filter(|other| *other != target && other.resource == target.resource)
    {
        let Some(release) = world.current_release(other) else { continue };
        let (_, _, deployment) = world.parts(other);
        let entities = [("deployment", deployment), ("version", &release.version)];
        if selector::evaluate(cel, &KINDS, &shape_b_of(&entities)) == Ok(true) {
            let params = json!({ "target": other.key(), "versionId": release.id.version });
            return CheckResult::allowed("dependency.met", params);
        }
    }
    CheckResult::wait("dependency.unmet", json!({}), None)
}
