//! Reports about jobs: updates, completions, redeploys, and cancelling jobs of vanished targets
//! (SEMANTICS 4.2 step 3, 11).

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::{Mut, World};
use uuid::Uuid;

use super::Rejection;
use super::upsert::index_of;
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{AgentIx, JobIx};
use crate::base::time::SimTime;
use crate::fleet::catalogue::Registry;
use crate::fleet::change::{Changes, JobChange};
use crate::fleet::identity::{job_uuid, release_hex, release_uuid};
use crate::fleet::jobs::{
    ExternalIds, GivenIds, InOrder, Job, JobFlags, Jobs, Starts, VariableSets, chain, count_ledger,
    update_ledger,
};
use crate::fleet::matrix::{Cohorts, Departed, Ledger, Tables, TargetRef};
use crate::fleet::report::Report;
use crate::model::{Deployment, Environment, JobAgent, JobStatus, Resource};
use crate::wire::event::{ErrorClass, Finish, JobField, JobUpdate, Triple};

/// Jobs by external id, made when first asked for.
#[derive(Debug, EcsResource)]
pub(crate) struct JobIds {
    by_uuid: FixedMap<Uuid, JobIx>,
    indexed: usize,
}

impl Default for JobIds {
    fn default() -> Self {
        Self { by_uuid: fixed_map(), indexed: 0 }
    }
}

/// How often each triple was reported on while it had no job; a report that finds one forgets them.
#[derive(Debug, EcsResource)]
pub(crate) struct InVain(FixedMap<Triple, u32>);

impl Default for InVain {
    fn default() -> Self {
        Self(fixed_map())
    }
}

/// The triples that were reported on in vain, and how often: there was no job then, and no report
/// found one since. By triple.
#[must_use]
pub fn reported_in_vain(world: &World) -> Vec<(&Triple, u32)> {
    let reports = world.resource::<InVain>().0.iter();
    let mut reports: Vec<_> = reports.map(|(triple, &count)| (triple, count)).collect();
    reports.sort_unstable();
    reports
}

/// The job facts of a target, whether it has a row or not; `None` when it never existed.
#[must_use]
pub(crate) fn ledger_of(world: &mut World, target: TargetRef) -> Option<Ledger> {
    with_ledger(world, target, |ledger| *ledger)
}

/// Cancels the processing jobs of targets that just vanished.
pub fn cancel_removed(world: &mut World, removed: &[TargetRef]) {
    let mut cancelled = 0;
    for &target in removed {
        let Some(ledger) = ledger_of(world, target).filter(|ledger| ledger.active > 0) else {
            continue;
        };
        with_jobs(world, |jobs| {
            let active = chain(jobs, ledger.head).filter(|(_, job)| job.status.is_processing());
            let active: Vec<JobIx> = active.map(|(ix, _)| ix).collect();
            for &ix in &active {
                jobs[ix.slot()].status = JobStatus::Cancelled;
                jobs[ix.slot()].flags = JobFlags::CANCELLED_BY_REMOVAL;
            }
            cancelled += active.len() as u64;
        });
        recount(world, target);
    }
    world.resource_mut::<Report>().jobs_cancelled += cancelled;
}

/// The job of an update must exist and belong to the release that the update names.
pub(super) fn check_update(world: &mut World, update: &JobUpdate) -> Result<(), Rejection> {
    let ix = find(world, update)?;
    let job = with_jobs(world, |jobs| jobs[ix.slot()]);
    check_release(world, ix, &job, update)
}

/// The target's newest job is another one.
pub(super) fn set_head(world: &mut World, target: TargetRef, head: JobIx) {
    with_ledger(world, target, |ledger| ledger.head = head);
}

/// `job.updated`, checked.
pub(super) fn update(world: &mut World, update: JobUpdate) {
    let ix = find(world, &update).expect("checked before anything is written");
    let job = with_jobs(world, |jobs| jobs[ix.slot()]);
    let fields = update.job;
    let all = update.fields.is_none();
    let sent = |field: JobField| {
        all || update.fields.as_ref().is_some_and(|fields| fields.contains(&field))
    };
    let mut changed = job;
    if let Some(status) = fields.status.filter(|_| sent(JobField::Status)) {
        if status != job.status {
            changed.flags = JobFlags::NONE;
        }
        changed.status = status;
    }
    if sent(JobField::CompletedAt) {
        changed.completed_at = fields.completed_at.unwrap_or(SimTime::UNSET);
    }
    if let Some(created_at) = fields.created_at.filter(|_| sent(JobField::CreatedAt)) {
        changed.created_at = created_at;
    }
    if sent(JobField::JobAgentId) {
        changed.agent = match fields.job_agent_id.as_deref() {
            Some(agent) if !agent.is_empty() => index_of::<JobAgent>(world, agent),
            _ => AgentIx::NONE,
        };
    }
    if sent(JobField::StartedAt) {
        world.resource_mut::<Starts>().set(ix, fields.started_at);
    }
    if sent(JobField::ExternalId) {
        world.resource_mut::<ExternalIds>().set(ix, fields.external_id);
    }
    replace(world, ix, changed);
}

/// `job.finished`: ignored when the target's latest job is not processing, and kept in mind when there
/// is none.
pub(super) fn finish(world: &mut World, finish: &Finish) {
    let target = find_target(world, &finish.target);
    let ledger = target.and_then(|target| ledger_of(world, target));
    let Some(head) = ledger.and_then(|ledger| ledger.head.get()) else {
        let mut in_vain = world.resource_mut::<InVain>();
        *in_vain.0.entry(finish.target.clone()).or_default() += 1;
        return;
    };
    world.resource_mut::<InVain>().0.remove(&finish.target);
    let mut job = with_jobs(world, |jobs| jobs[head.slot()]);
    if !job.status.is_processing() {
        return;
    }
    if job.status != finish.status {
        job.flags = JobFlags::NONE;
    }
    job.status = finish.status;
    job.completed_at = finish.completed_at.unwrap_or(SimTime::UNSET);
    if let Some(created_at) = finish.created_at {
        job.created_at = created_at;
    }
    replace(world, head, job);
}

/// The triple of a redeploy must be a current target.
pub(super) fn check_redeploy(world: &World, triple: &Triple) -> Result<(), Rejection> {
    let live = |target: &TargetRef| {
        world.resource::<Cohorts>()[target.cohort].live_position(target.resource).is_some()
    };
    if find_target(world, triple).as_ref().is_some_and(live) {
        return Ok(());
    }
    let Triple { resource_id, environment_id, deployment_id } = triple;
    Err(Rejection::at(
        ErrorClass::NotFound,
        &[],
        format!(
            "there is no release target of resource `{resource_id}`, environment \
             `{environment_id}`, deployment `{deployment_id}`"
        ),
    ))
}

/// `release-target.deploy`, checked.
pub(super) fn redeploy(world: &mut World, triple: &Triple) {
    let target = find_target(world, triple).expect("checked before anything is written");
    world.resource_mut::<Changes>().redeploy(target);
}

/// The indices of a triple, if its cohort ever had targets.
#[must_use]
pub fn find_target(world: &World, triple: &Triple) -> Option<TargetRef> {
    let resource = world.resource::<Registry<Resource>>().find(&triple.resource_id)?;
    let environment = world.resource::<Registry<Environment>>().find(&triple.environment_id)?;
    let deployment = world.resource::<Registry<Deployment>>().find(&triple.deployment_id)?;
    let cohort = world.resource::<Cohorts>().find(deployment, environment)?;
    Some(TargetRef { cohort, resource })
}

/// What of a job its target, or another, may depend on: how it goes on while it is processing decides
/// nothing, unless it is said to be complete.
fn deciding(job: &Job) -> impl PartialEq {
    let is_open = job.status.is_processing() && job.completed_at == SimTime::UNSET;
    let status = (!is_open).then_some(job.status);
    (status, job.completed_at, job.created_at, job.flags)
}

fn replace(world: &mut World, ix: JobIx, job: Job) {
    let old = with_jobs(world, |jobs| std::mem::replace(&mut jobs[ix.slot()], job));
    if deciding(&old) == deciding(&job) {
        return;
    }
    if old.created_at != job.created_at {
        world.resource_mut::<InOrder>().0 = false;
    }
    let updated = ledger_of(world, job.target).filter(|ledger| ledger.head == ix);
    let updated = updated.and_then(|ledger| {
        let jobs = &world.resource::<Jobs>().0;
        update_ledger(jobs, ledger, &old, world.resource::<VariableSets>())
    });
    match updated {
        Some(updated) => {
            with_ledger(world, job.target, |ledger| *ledger = updated);
        }
        None => recount(world, job.target),
    }
    let before = Some((old.status, old.completed_at));
    world.resource_mut::<Changes>().job(JobChange { target: job.target, job: ix, before });
}

pub(super) fn recount(world: &mut World, target: TargetRef) {
    let Some(old) = ledger_of(world, target) else { return };
    let counted = world.resource_scope(|world, sets: Mut<VariableSets>| {
        with_jobs(world, |jobs| count_ledger(jobs, old.head, &sets))
    });
    with_ledger(world, target, |ledger| *ledger = counted);
}

fn with_jobs<R>(world: &mut World, work: impl FnOnce(&mut [Job]) -> R) -> R {
    work(&mut world.resource_mut::<Jobs>().0)
}

fn with_ledger<R>(
    world: &mut World,
    target: TargetRef,
    work: impl FnOnce(&mut Ledger) -> R,
) -> Option<R> {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    if let Some(position) = cohort.position(target.resource) {
        let (shard, row) = (cohort.shard, (cohort.start + position) as usize);
        return Tables::scope(world, |world, tables| {
            Some(work(&mut tables.shard(world, shard).ledgers[row]))
        });
    }
    let mut departed = world.resource_mut::<Departed>();
    departed.0.get_mut(&target).map(|departure| work(&mut departure.ledger))
}

fn find(world: &mut World, update: &JobUpdate) -> Result<JobIx, Rejection> {
    let missing = |what: String| Rejection::at(ErrorClass::NotFound, &[], what);
    if let Some(id) = update.id.as_ref().or(update.job.id.as_ref()) {
        if let Some(given) = world.resource::<GivenIds>().find(id) {
            return Ok(given);
        }
        let uuid = Uuid::parse_str(id).ok();
        let found = uuid.and_then(|uuid| find_by_uuid(world, uuid));
        return found.ok_or_else(|| missing(format!("there is no job `{id}`")));
    }
    let (Some(agent), Some(external)) = (&update.agent_id, &update.external_id) else {
        return Err(missing("the update names no job".to_owned()));
    };
    let agent_ix = world.resource::<Registry<JobAgent>>().find(agent);
    let (candidates, jobs) = (world.resource::<ExternalIds>(), &world.resource::<Jobs>().0);
    let candidates = candidates.jobs(external).iter();
    let of_agent = candidates.copied().find(|ix| Some(jobs[ix.slot()].agent) == agent_ix);
    of_agent.ok_or_else(|| missing(format!("agent `{agent}` has no job `{external}`")))
}

fn find_by_uuid(world: &mut World, uuid: Uuid) -> Option<JobIx> {
    world.resource_scope(|world, mut ids: Mut<JobIds>| {
        let fresh: Vec<Job> = with_jobs(world, |jobs| jobs[ids.indexed..].to_vec());
        for job in fresh {
            let ix = JobIx::at(ids.indexed);
            ids.by_uuid.insert(job_uuid(world, &job), ix);
            ids.indexed += 1;
        }
        ids.by_uuid.get(&uuid).copied()
    })
}

fn check_release(world: &World, ix: JobIx, job: &Job, update: &JobUpdate) -> Result<(), Rejection> {
    let Some(sent) = update.job.release_id.as_ref().filter(|sent| !sent.is_empty()) else {
        return Ok(());
    };
    if world.resource::<GivenIds>().release_of(ix) == Some(sent.as_str()) {
        return Ok(());
    }
    let hex = release_hex(world, job.target, job.edition, job.variables);
    if *sent == hex || Uuid::parse_str(sent).is_ok_and(|uuid| uuid == release_uuid(&hex)) {
        return Ok(());
    }
    Err(Rejection::at(
        ErrorClass::Conflict,
        &["job", "releaseId"],
        format!("the job belongs to release `{hex}`, not `{sent}`"),
    ))
}
