//! Stops: versions that failed too often under a concurrency limit, of which nothing starts until
//! somebody approves or a newer version comes.
//!
//! Vocabulary: a version was *tried* on a target that has a job of it; it *failed* there if the newest
//! of these jobs says so, and ended after the last approval of the version in the environment.
//!
//! Cost: the jobs of the targets on which a version was tried, for the versions that dirty rows under
//! such a limit desire. A fleet without one pays one look at the rule book.

use bevy_ecs::error::Result;
use bevy_ecs::system::{Res, ResMut};
use bevy_ecs::world::World;
use shakedown_engine::base::hash::{FNV_START, fnv1a};
use shakedown_engine::base::ids::{DeploymentIx, ResourceIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::jobs::{Job, JobFlags, chain};
use shakedown_engine::fleet::matrix::{Cohort, ones};
use shakedown_engine::model::JobStatus;

use super::limits::{Limited, LimitedRows, Part, Rows};
use crate::facts::CandidateLists;
use crate::handover::Work;
use crate::rules::{Group, GroupPlaces, RuleBook, Tried, failures, is_failure};

impl Limited<'_, '_> {
    /// On how many targets that count a version failed, in a group that it stops in; `None` if it does
    /// not.
    #[must_use]
    pub fn stopped_by(
        &self,
        rows: &LimitedRows<'_>,
        group: &Group,
        (deployment, version): (DeploymentIx, VersionIx),
    ) -> Option<u32> {
        let stop = group.stop?;
        let (mut targets, mut tried) = (0, Vec::new());
        let cohorts = self.cohorts.of_deployment(deployment).iter().copied();
        for Part { cohort: ix, class } in self.parts(group, cohorts) {
            let cohort = &self.cohorts[ix];
            let live = |word: usize| cohort.live[word] & class.word(word);
            targets += (0..cohort.live.len()).map(|word| live(word).count_ones()).sum::<u32>();
            let Some(released) = cohort.released(version) else { continue };
            let approvals = self.approvals.of(version, cohort.environment);
            let approved = approvals.and_then(|it| it.times().last().copied());
            let Rows { keys, ledgers, .. } = rows.of(cohort);
            for (word, &released) in released.iter().enumerate() {
                for bit in ones(released & live(word)) {
                    let row = word * 64 + bit as usize;
                    let jobs = chain(&self.jobs.0, ledgers[row].head).map(|(_, job)| job);
                    let of_version =
                        jobs.filter(|job| self.editions.version(job.edition) == version);
                    let turn = || self.turn(cohort, keys[row].resource, version);
                    tried.extend(try_of(of_version, approved, turn));
                }
            }
        }
        let failed = failures(stop, targets, &mut tried);
        (failed >= stop.failures.unsigned_abs()).then_some(failed)
    }

    /// The order hash of SEMANTICS 8.5 of a target and a version.
    #[must_use]
    pub fn turn(&self, cohort: &Cohort, resource: ResourceIx, version: VersionIx) -> u64 {
        let parts = [
            self.names.resources.id(resource),
            "-",
            self.names.environments.id(cohort.environment),
            "-",
            self.deployments.registry().id(cohort.deployment),
            self.names.versions.id(version),
        ];
        parts.into_iter().fold(FNV_START, |hash, part| fnv1a(hash, part.as_bytes()))
    }
}

/// What the jobs of a version on a target, the one created last first, say of it; `None` without one.
fn try_of<'a>(
    jobs: impl Iterator<Item = &'a Job>,
    approved: Option<SimTime>,
    turn: impl FnOnce() -> u64,
) -> Option<Tried> {
    let (mut at, mut newest): (SimTime, Option<&Job>) = (SimTime::NEVER, None);
    for job in jobs {
        at = at.min(job.created_at);
        // Of several of one instant, the one created last comes first.
        if newest.is_none_or(|newest| newest.created_at < job.created_at) {
            newest = Some(job);
        }
    }
    let newest = newest?;
    let agentless =
        newest.flags.has(JobFlags::NO_AGENT) && newest.status == JobStatus::InvalidJobAgent;
    let ended = newest.completed_at.get().unwrap_or(newest.created_at);
    let is_new = approved.is_none_or(|approved| approved < ended);
    Some(Tried { at, turn: turn(), failed: is_failure(newest.status) && !agentless && is_new })
}

/// Eligibility phase: finds the versions that failed too often, of those that dirty targets desire.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn find_stopped(world: &mut World) -> Result {
    if !world.resource::<RuleBook>().stops_versions() {
        return Ok(());
    }
    world.run_system_cached(find)?
}

fn find(
    work: Res<Work>,
    limited: Limited<'_, '_>,
    candidates: Res<CandidateLists>,
    mut places: ResMut<GroupPlaces>,
) -> Result {
    let rows = limited.rows()?;
    for (&ix, verdict) in work.cohorts.iter().zip(&work.verdicts) {
        let cohort = &limited.cohorts[ix];
        let versions = verdict.picks().map(|(at, _)| candidates.of(cohort.deployment)[at].version);
        let versions: Vec<VersionIx> = versions.collect();
        for class in limited.applicability.classes(ix) {
            for (_, limit) in limited.book.limits(&class.policies) {
                let group = limited.group(limit, cohort);
                let Some(number) = places.number(&group).filter(|_| group.stop.is_some()) else {
                    continue;
                };
                for &version in &versions {
                    let of = (cohort.deployment, version);
                    let failed = || limited.stopped_by(&rows, &group, of).is_some();
                    places.ask(number, version, failed);
                }
            }
        }
    }
    Ok(())
}
