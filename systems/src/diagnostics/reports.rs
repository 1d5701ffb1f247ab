//! What providers and agents said that had no effect, or less than it seems.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::ingest::{find_target, left_alone, reported_in_vain};
use shakedown_engine::fleet::jobs::{Editions, GivenIds, Jobs};
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::model::{Deployment, DeploymentVersion, DiagnosticCode, JobAgent, JobStatus};
use shakedown_engine::wire::event::Key;

use super::{Findings, Owner};
use crate::rules::{Oddity, counted};

pub(super) fn look(world: &World, findings: &mut Findings) {
    for it in left_alone(world) {
        let (identifier, owner) = (it.identifier, it.owner);
        let what = format!("states resource `{identifier}`, which belongs to provider `{owner}`");
        let params = json!({ "identifier": identifier, "resourceId": it.resource, "owner": owner });
        let oddity = Oddity::new(DiagnosticCode::ResourceSkipped, what, params);
        findings.tell(Owner::List(it.provider.to_owned()), oddity);
    }
    for (triple, reports) in reported_in_vain(world) {
        let is_target = find_target(world, triple).is_some_and(|it| is_live(world, it));
        let why = if is_target { "it had no job then" } else { "there is no such target" };
        let what = match reports {
            1 => format!("was reported on in vain: {why}"),
            _ => format!("was reported on in vain, {reports} times: {why}"),
        };
        let params = json!({
            "resourceId": triple.resource_id, "environmentId": triple.environment_id,
            "deploymentId": triple.deployment_id, "reports": reports, "isTarget": is_target,
        });
        let oddity = Oddity::new(DiagnosticCode::ReportWithoutJob, what, params);
        findings.tell(Owner::Target(triple.clone()), oddity);
    }
    recorded(world, findings);
    without_completion(world, findings);
}

/// What recorded jobs are of and the workspace lacks, each told once, of the job that is first by id.
fn recorded(world: &World, findings: &mut Findings) {
    let (given, jobs) = (world.resource::<GivenIds>(), &world.resource::<Jobs>().0);
    let (versions, agents) =
        (world.resource::<Registry<DeploymentVersion>>(), world.resource::<Registry<JobAgent>>());
    let mut lacking: BTreeMap<(&str, String), (u64, &str)> = BTreeMap::new();
    let mut tell = |kind, id: String, job| {
        let (count, first) = lacking.entry((kind, id)).or_insert((0, job));
        *count += 1;
        *first = job.min(*first);
    };
    for (ix, id) in given.kept() {
        let job = &jobs[ix.slot()];
        let version = world.resource::<Editions>().version(job.edition);
        if versions.entity(version).is_none() {
            tell("version", versions.id(version).to_owned(), id);
        }
        if let Some(agent) = job.agent.get().filter(|&it| agents.entity(it).is_none()) {
            tell("job agent", agents.id(agent).to_owned(), id);
        }
    }
    for (id, target) in given.lost() {
        tell("target", target.to_string(), id);
    }
    for ((kind, id), (jobs, first)) in lacking {
        let of = match jobs {
            1 => String::new(),
            _ => format!(" ({jobs} jobs do)"),
        };
        let (code, left_out) = match kind {
            "target" => (DiagnosticCode::JobLost, ", and is left out"),
            _ => (DiagnosticCode::NameUnknown, ""),
        };
        let what = format!("names {kind} `{id}`, which is unknown{of}{left_out}");
        let params = json!({ "kind": kind, "id": id, "jobs": jobs });
        findings.tell(Owner::Job(first.to_owned()), Oddity::new(code, what, params));
    }
}

fn is_live(world: &World, target: TargetRef) -> bool {
    world.resource::<Cohorts>()[target.cohort].live_position(target.resource).is_some()
}

/// Targets whose newest job is `successful`, and nobody said since when: it is not repeated, and counts
/// as no success where others wait for one.
fn without_completion(world: &World, findings: &mut Findings) {
    let jobs = &world.resource::<Jobs>().0;
    let lacks = |ix: usize| {
        jobs[ix].status == JobStatus::Successful && jobs[ix].completed_at == SimTime::UNSET
    };
    let mut newest: FixedMap<TargetRef, usize> = fixed_map();
    for ix in (0..jobs.len()).filter(|&ix| lacks(ix)) {
        newest.insert(jobs[ix].target, ix);
    }
    if newest.is_empty() {
        return;
    }
    // Jobs of a target come in the order in which they were made.
    for (ix, job) in jobs.iter().enumerate() {
        if let Some(known) = newest.get_mut(&job.target) {
            *known = ix.max(*known);
        }
    }
    let cohorts = world.resource::<Cohorts>();
    let registry = world.resource::<Registry<Deployment>>();
    let mut targets: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (target, ix) in newest {
        if lacks(ix) && is_live(world, target) {
            let deployment = registry.id(cohorts[target.cohort].deployment);
            targets.entry(deployment).or_default().push(target_key(world, target));
        }
    }
    for (deployment, keys) in targets {
        let (count, first) = (keys.len(), keys.iter().min().cloned().unwrap_or_default());
        let what = format!(
            "has jobs that are successful without completedAt on {}, such as `{first}`: they are not \
             repeated, and count as no success for gates",
            counted(count as u64, "target")
        );
        let params = json!({ "targets": count, "example": first });
        let key = Key::Deployment(deployment.to_owned());
        findings.entity(key, DiagnosticCode::JobWithoutCompletion, what, params);
    }
}
