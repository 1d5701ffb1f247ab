//! What tests may ask the oracle: targets, decisions, jobs, relations, ranks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::eligibility::eligibility;
use super::planning::{Candidate, candidates, plan};
use super::policies;
use super::relations::{self, Neighbour};
use super::results::{CheckResult, Verdict, fold};
use super::rollout;
use super::time;
use super::world::{Job, Target, text};
use super::{Oracle, next};

/// The desired release of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DesiredView {
    pub(crate) version_id: String,
    pub(crate) tag: String,
    pub(crate) variables: BTreeMap<String, Value>,
    /// The export id, lowercase hex.
    pub(crate) release_id: String,
}

/// A candidate version of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CandidateView {
    pub(crate) version_id: String,
    pub(crate) verdict: Verdict,
    /// The codes of all results that do not allow it, sorted, each once.
    pub(crate) blocked_by: Vec<&'static str>,
    pub(crate) results: Vec<CheckResult>,
}

/// A job, as seen from its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobView {
    pub(crate) id: String,
    pub(crate) version_id: String,
    pub(crate) release_id: String,
    pub(crate) status: String,
    pub(crate) no_agent: bool,
    pub(crate) cancelled_by_removal: bool,
    pub(crate) agent_id: String,
    pub(crate) config: Value,
    pub(crate) created_at: i64,
    pub(crate) completed_at: Option<i64>,
}

/// Everything the oracle says about a target at the current instant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TargetView {
    pub(crate) target: Target,
    pub(crate) desired: Option<DesiredView>,
    /// Every version of the deployment, newest first.
    pub(crate) candidates: Vec<CandidateView>,
    /// The version id of the current release.
    pub(crate) current: Option<String>,
    /// In creation order.
    pub(crate) jobs: Vec<JobView>,
    /// Verdict and results of the eligibility of the desired release.
    pub(crate) eligibility: Option<(Verdict, Vec<CheckResult>)>,
    pub(crate) next: Option<i64>,
}

impl Oracle {
    /// The current targets, by target key.
    pub(crate) fn targets(&self) -> &[Target] {
        self.world.targets()
    }

    /// The decision on a current target.
    pub(crate) fn view(&self, target: &Target) -> TargetView {
        let world = &self.world;
        let desired = plan(world, target).desired;
        let eligibility = desired.as_ref().map(|desired| {
            let results = eligibility(world, &desired.release);
            (fold(&results), results)
        });
        TargetView {
            target: target.clone(),
            desired: desired.map(|desired| DesiredView {
                version_id: desired.release.version.clone(),
                tag: desired.release.tag.clone(),
                release_id: desired.release.hex(),
                variables: desired
                    .variables
                    .iter()
                    .map(|(key, value)| (key.clone(), value.shown()))
                    .collect(),
            }),
            candidates: candidates(world, target).into_iter().map(candidate).collect(),
            current: world.current_release(target).map(|release| release.id.version.clone()),
            jobs: self.jobs(target),
            eligibility,
            next: next(world, target),
        }
    }

    /// The jobs of a target, current or removed, in creation order.
    pub(crate) fn jobs(&self, target: &Target) -> Vec<JobView> {
        self.world.jobs.iter().filter(|job| job.release.target == *target).map(job_view).collect()
    }

    /// All targets that ever had a job, by target key.
    pub(crate) fn targets_with_jobs(&self) -> Vec<Target> {
        let mut found: Vec<Target> =
            self.world.jobs.iter().map(|job| job.release.target.clone()).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The neighbours of an entity by reference.
    pub(crate) fn related(&self, kind: &str, id: &str) -> BTreeMap<String, Vec<Neighbour>> {
        relations::related(&self.world, kind, id)
    }

    /// The cohort of a version in an environment, in rollout order.
    pub(crate) fn ranks(&self, environment: &str, deployment: &str, version: &str) -> Vec<Target> {
        rollout::ranks(&self.world, environment, deployment, version)
    }

    /// The ids of the entities of a kind (`resource`, `policy`, ...).
    pub(crate) fn ids(&self, kind: &str) -> Vec<String> {
        self.world.all(kind).map(|entity| text(entity, "id").to_owned()).collect()
    }

    /// The decision record of a current target (SEMANTICS 9).
    pub(crate) fn record(&self, target: &Target) -> Value {
        let view = self.view(target);
        let candidates: Vec<Value> = view
            .candidates
            .iter()
            .map(|candidate| {
                let results: Vec<Value> = candidate.results.iter().map(result).collect();
                json!({ "versionId": candidate.version_id, "verdict": candidate.verdict.name(), "results": results })
            })
            .collect();
        let latest = self.world.jobs_of(target).last().map(|(_, job)| job.id.clone());
        json!({
            "target": target.key(),
            "at": time::format(self.world.now),
            "desired": view.desired.map(|desired| json!({
                "versionId": desired.version_id, "releaseId": desired.release_id, "variables": desired.variables,
            })),
            "candidates": candidates,
            "failedPolicies": policies::failed(&self.world, target).into_iter().map(|(policy, error)| {
                json!({ "policyId": policy, "error": error })
            }).collect::<Vec<_>>(),
            "eligibility": view.eligibility.map(|(verdict, results)| json!({
                "verdict": verdict.name(), "results": results.iter().map(result).collect::<Vec<_>>(),
            })),
            "current": view.current,
            "latestJob": latest,
            "next": view.next.map(time::format),
        })
    }
}

fn candidate(candidate: Candidate) -> CandidateView {
    let blocking = candidate.results.iter().filter(|result| result.verdict != Verdict::Allowed);
    let mut blocked_by: Vec<&'static str> = blocking.map(|result| result.code).collect();
    blocked_by.sort_unstable();
    blocked_by.dedup();
    CandidateView {
        version_id: text(&candidate.version, "id").to_owned(),
        verdict: candidate.verdict(),
        blocked_by,
        results: candidate.results,
    }
}

fn job_view(job: &Job) -> JobView {
    JobView {
        id: job.id.clone(),
        version_id: job.release.version.clone(),
        release_id: job.release.hex(),
        status: job.status.clone(),
        no_agent: job.no_agent,
        cancelled_by_removal: job.cancelled_by_removal,
        agent_id: job.agent.clone(),
        config: job.config.clone(),
        created_at: job.created_at,
        completed_at: job.completed_at,
    }
}

fn result(result: &CheckResult) -> Value {
    let mut shown =
        json!({ "code": result.code, "verdict": result.verdict.name(), "params": result.params });
    let optional = [
        ("action", result.action.map(str::to_owned)),
        ("satisfiedAt", result.satisfied_at.map(time::format)),
        ("next", result.next.map(time::format)),
        ("validUntil", result.valid_until.map(time::format)),
        ("policyId", result.policy.clone()),
        ("ruleId", result.rule.clone()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            shown[key] = json!(value);
        }
    }
    shown
}
