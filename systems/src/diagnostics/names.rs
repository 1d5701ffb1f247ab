//! What entities name and there is not, and names that are not unique.

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::ids::DeploymentIx;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::matrix::{Cohorts, Sources};
use shakedown_engine::fleet::relations::Relations;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{
    Deployment, DeploymentVariableValue, DeploymentVersion, DiagnosticCode, Environment, JobAgent,
    Policy, PolicyBypass, PolicySkip, Resource, ResourceVariable, SelectorSource, System, Value,
    VariableSet,
};
use shakedown_engine::select::{Place, Selector};
use shakedown_engine::wire::event::Key;

use super::{Findings, exists};
use crate::facts::{Agents, Choice};
use crate::rules::counted;

pub(super) fn look(world: &World, findings: &mut Findings) {
    owners(world, findings);
    repeated_names(world, findings);
    versions(world, findings);
    for (_, it) in items::<DeploymentVariableValue>(world) {
        reference(world, findings, &Key::DeploymentVariableValue(it.id.clone()), &it.value);
    }
    for (_, it) in items::<ResourceVariable>(world) {
        let (resource_id, key, id) = (it.resource_id.clone(), it.key.clone(), it.id.clone());
        reference(world, findings, &Key::ResourceVariable { resource_id, key, id }, &it.value);
    }
    for (_, it) in items::<VariableSet>(world) {
        for variable in &it.variables {
            reference(world, findings, &Key::VariableSet(it.id.clone()), &variable.value);
        }
    }
    waivers(world, findings);
}

/// Tells that an owner does something with what is not there.
fn unknown(findings: &mut Findings, key: Key, does: &str, kind: &str, id: &str) {
    let what = format!("{does} {kind} `{id}`, which is unknown");
    let params = json!({ "kind": kind, "id": id });
    findings.entity(key, DiagnosticCode::NameUnknown, what, params);
}

fn owners(world: &World, findings: &mut Findings) {
    let lonely = |findings: &mut Findings, key| {
        let what = "belongs to no system, so it has no targets";
        findings.entity(key, DiagnosticCode::SystemAbsent, what, json!({}));
    };
    let sources = world.resource::<Sources>();
    for (ix, it) in items::<Environment>(world) {
        if sources.environment(ix).is_some_and(|source| source.systems.is_empty()) {
            lonely(findings, Key::Environment(it.id.clone()));
        }
        for system in it.systems.iter().filter(|id| !exists::<System>(world, id)) {
            let key = Key::Environment(it.id.clone());
            unknown(findings, key, "belongs to", "system", system);
        }
    }
    for (ix, it) in items::<Deployment>(world) {
        let key = || Key::Deployment(it.id.clone());
        if sources.deployment(ix).is_some_and(|source| source.systems.is_empty()) {
            lonely(findings, key());
        }
        for system in it.systems.iter().filter(|id| !exists::<System>(world, id)) {
            unknown(findings, key(), "belongs to", "system", system);
        }
        if let Some(choice) = world.resource::<Agents>().of(ix) {
            chooses_none(world, findings, ix, &key(), choice);
            continue;
        }
        match it.job_agent_id.as_deref() {
            None | Some("") => {
                findings.entity(key(), DiagnosticCode::AgentAbsent, "has no job agent", json!({}));
            }
            Some(agent) if !exists::<JobAgent>(world, agent) => {
                unknown(findings, key(), "names", "job agent", agent);
            }
            Some(_) => {}
        }
    }
}

/// Tells of the targets on which a deployment's selector chooses no agent.
fn chooses_none(
    world: &World,
    findings: &mut Findings,
    deployment: DeploymentIx,
    key: &Key,
    choice: &Choice,
) {
    let cohorts = world.resource::<Cohorts>();
    let mine = cohorts.of_deployment(deployment);
    let targets = || mine.iter().flat_map(|&it| cohorts.live_members(it));
    let without = || targets().filter(|it| choice.on(it.resource).is_none());
    let Some(first) = without().map(|it| target_key(world, it)).min() else { return };
    let count = without().count() as u64;
    let what = format!(
        "has no job agent on {}, such as `{first}`: its selector matches none",
        counted(count, "target")
    );
    let params = json!({ "targets": count, "example": first });
    findings.entity(key.clone(), DiagnosticCode::AgentAbsent, what, params);
}

fn repeated_names(world: &World, findings: &mut Findings) {
    let environments = items::<Environment>(world).map(|(_, it)| it);
    for (id, other) in
        repeated(environments.flat_map(|it| it.systems.iter().map(|id| (id, &*it.name, &*it.id))))
    {
        let what = format!("has the name of environment `{other}` in its system");
        let key = Key::Environment(id.to_owned());
        findings.entity(key, DiagnosticCode::NameRepeated, what, json!({ "other": other }));
    }
    let deployments = items::<Deployment>(world).map(|(_, it)| it);
    for (id, other) in
        repeated(deployments.flat_map(|it| it.systems.iter().map(|id| (id, &*it.slug, &*it.id))))
    {
        let what = format!("has the slug of deployment `{other}` in its system");
        let key = Key::Deployment(id.to_owned());
        findings.entity(key, DiagnosticCode::NameRepeated, what, json!({ "other": other }));
    }
}

/// Of (system, name, id): the ids whose name another has in their system, each with the first that
/// has it.
fn repeated<'a>(
    named: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> Vec<(&'a str, &'a str)> {
    let mut named: Vec<_> = named.filter(|(_, name, _)| !name.is_empty()).collect();
    named.sort_unstable();
    let same = named.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    same.flat_map(|it| it[1..].iter().map(|other| (other.2, it[0].2))).collect()
}

fn versions(world: &World, findings: &mut Findings) {
    for (_, it) in items::<DeploymentVersion>(world) {
        let key = || Key::DeploymentVersion(it.id.clone());
        if !exists::<Deployment>(world, &it.deployment_id) {
            unknown(findings, key(), "belongs to", "deployment", &it.deployment_id);
        }
        for (deployment, edge) in &it.dependencies {
            let source = SelectorSource::Cel(edge.version_selector.clone());
            let Err(error) = Selector::compile(&source, Place::Version) else { continue };
            let what = format!("can go out nowhere, for its dependency on `{deployment}`: {error}");
            let params = json!({ "deployment": deployment, "error": error.to_string() });
            findings.entity(key(), DiagnosticCode::DependencyDenies, what, params);
        }
    }
}

/// A reference that no rule has is never resolved.
fn reference(world: &World, findings: &mut Findings, key: &Key, value: &Value) {
    let (Value::Reference { reference, .. } | Value::RelatedVariable { reference, .. }) = value
    else {
        return;
    };
    if world.resource::<Relations>().rules_of(reference).is_empty() {
        let what =
            format!("refers to `{reference}`, which is the reference of no relationship rule");
        let params = json!({ "kind": "reference", "id": reference });
        findings.entity(key.clone(), DiagnosticCode::NameUnknown, what, params);
    }
}

/// Waivers that are still live and name nothing; those that expired waive nothing any more, and are
/// kept as a record.
fn waivers(world: &World, findings: &mut Findings) {
    let now = world.resource::<Clock>().0;
    for (_, it) in items::<PolicyBypass>(world) {
        if it.expires_at.is_some_and(|at| at <= now) {
            continue;
        }
        let key = || Key::PolicyBypass(it.id.clone());
        named_by_waiver(
            world,
            findings,
            &key(),
            [Some(&it.version_id), it.environment_id.as_ref(), it.resource_id.as_ref()],
        );
        for policy in it.policy_ids.iter().filter(|id| !exists::<Policy>(world, id)) {
            unknown(findings, key(), "names", "policy", policy);
        }
        if it.bypass_rule_types.is_empty() {
            let what = "waives nothing: it names no type of rule";
            findings.entity(key(), DiagnosticCode::WaiverEmpty, what, json!({}));
        }
    }
    for (_, it) in items::<PolicySkip>(world) {
        if it.expires_at.is_some_and(|at| at <= now) {
            continue;
        }
        let key = || Key::PolicySkip(it.id.clone());
        named_by_waiver(
            world,
            findings,
            &key(),
            [Some(&it.version_id), it.environment_id.as_ref(), it.resource_id.as_ref()],
        );
        let mut rules = items::<Policy>(world).flat_map(|(_, policy)| &policy.rules);
        if !rules.any(|rule| rule.id == it.rule_id) {
            unknown(findings, key(), "names", "rule", &it.rule_id);
        }
    }
}

/// The version, environment and resource that a waiver names.
fn named_by_waiver(
    world: &World,
    findings: &mut Findings,
    key: &Key,
    [version, environment, resource]: [Option<&String>; 3],
) {
    let version = version.filter(|id| !exists::<DeploymentVersion>(world, id));
    let environment = environment.filter(|id| !exists::<Environment>(world, id));
    let resource = resource.filter(|id| !exists::<Resource>(world, id));
    let named = [("version", version), ("environment", environment), ("resource", resource)];
    for (kind, id) in named {
        if let Some(id) = id {
            unknown(findings, key.clone(), "names", kind, id);
        }
    }
}
