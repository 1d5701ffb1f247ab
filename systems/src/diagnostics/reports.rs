//! What providers and agents said that had no effect, or less than it seems.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::ingest::{find_target, left_alone, reported_in_vain};
use shakedown_engine::fleet::jobs::{GivenIds, Jobs};
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::model::{Deployment, DiagnosticCode, JobStatus};
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
    lost(world, findings);
    without_completion(world, findings);
}

/// Recorded jobs that have no place in the workspace.
fn lost(world: &World, findings: &mut Findings) {
    for (id, lacks) in world.resource::<GivenIds>().lost() {
        let what = format!("is left out: the workspace has no such {lacks}");
        let params = json!({ "lacks": lacks });
        let oddity = Oddity::new(DiagnosticCode::JobLost, what, params);
        findings.tell(Owner::Job(id.to_owned()), oddity);
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
