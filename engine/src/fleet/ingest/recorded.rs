//! Recorded jobs: what happened before the fleet was made (SEMANTICS 16, last paragraph).
//!
//! A workspace that is loaded as it stands brings its jobs. They keep their ids, times and statuses, and
//! what follows from them (ledgers, current releases, who was released) is as it was; nothing is decided
//! for them. They enter when the targets of their event are there, in the order of their creation. Of two
//! jobs of a target that have the same times a list does not tell which came first; their ids decide.
//!
//! A job of a target that the workspace lacks is not kept: nothing could read it. Versions and agents may
//! be gone, as they may of other jobs.
//!
//! A list of jobs tells of a release the literals of declared variables alone. Opaque values, and what
//! variable sets add, are taken to be what the target has when the job enters; otherwise every release
//! with a secret would be made anew.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::World;

use super::Rejection;
use super::jobs::{find_target, ledger_of, recount, set_head};
use super::upsert::{Identifiers, index_of, keep_copy};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{AgentIx, DeploymentIx, EditionIx, JobIx, VariablesId, VersionIx};
use crate::fleet::catalogue::{Registry, item, items};
use crate::fleet::change::{Changes, JobChange};
use crate::fleet::jobs::{
    Configs, Editions, ExternalIds, GivenIds, InOrder, Job, JobFlags, Jobs, Starts, VariableEntry,
    VariableSets, VersionCopies, chain, is_same_release,
};
use crate::fleet::matrix::{Cohorts, Departed, Departure, Ledger, TargetRef};
use crate::fleet::schedule::Clock;
use crate::model::{Deployment, DeploymentVariable, DeploymentVersion, JobAgent, JobStatus};
use crate::wire::event::{ErrorClass, RecordedJob, Triple};

/// Jobs that wait for the targets of their event, by id.
#[derive(Debug, EcsResource)]
pub(crate) struct Waiting(FixedMap<String, RecordedJob>);

impl Default for Waiting {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Waiting {
    /// One more, of an id of its own.
    pub(crate) fn add(&mut self, job: RecordedJob) {
        self.0.insert(job.id.clone(), job);
    }
}

/// Recorded jobs whose releases lack what no list tells.
#[derive(Debug, Default, EcsResource)]
pub struct Incomplete(Vec<JobIx>);

impl Incomplete {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Gives recorded releases what no list tells of what their targets have now, which `resolved` says. Jobs
/// of one release stay of one release.
pub fn complete_recorded(
    world: &mut World,
    resolved: impl Fn(&World, TargetRef) -> Option<VariablesId>,
) {
    let jobs = std::mem::take(&mut world.resource_mut::<Incomplete>().0);
    let mut declared: BTreeMap<DeploymentIx, BTreeSet<String>> = BTreeMap::new();
    for (_, it) in items::<DeploymentVariable>(world) {
        if let Some(of) = world.resource::<Registry<Deployment>>().find(&it.deployment_id) {
            declared.entry(of).or_default().insert(it.key.clone());
        }
    }
    let mut changed: FixedMap<TargetRef, ()> = fixed_map();
    for ix in jobs {
        let Job { target, variables, .. } = world.resource::<Jobs>().0[ix.slot()];
        let Some(now) = resolved(world, target) else { continue };
        let deployment = world.resource::<Cohorts>()[target.cohort].deployment;
        let told = |key: &str| declared.get(&deployment).is_some_and(|keys| keys.contains(key));
        let complete = world.resource_mut::<VariableSets>().with_untold(variables, now, told);
        if complete != variables {
            world.resource_mut::<Jobs>().0[ix.slot()].variables = complete;
            changed.insert(target, ());
        }
    }
    changed.into_keys().for_each(|target| recount(world, target));
}

/// A recorded job has an id of its own.
pub(super) fn check(world: &World, job: &RecordedJob) -> Result<(), Rejection> {
    let is_known = world.resource::<GivenIds>().find(&job.id).is_some()
        || world.resource::<Waiting>().0.contains_key(&job.id);
    if !is_known {
        return Ok(());
    }
    let message = format!("there is a job `{}` already", job.id);
    Err(Rejection::at(ErrorClass::Conflict, &["job", "id"], message))
}

/// Takes in the jobs that wait. Their targets, where they exist, have rows by now.
pub(super) fn take_in(world: &mut World) {
    let jobs = std::mem::take(&mut *world.resource_mut::<Waiting>()).0;
    if jobs.is_empty() {
        return;
    }
    let mut jobs: Vec<RecordedJob> = jobs.into_values().collect();
    // A job is made when the one before it has ended, which may be in the same instant.
    let order = |it: &RecordedJob| (it.created_at, it.status.is_processing(), it.completed_at);
    jobs.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id)));
    let now = world.resource::<Clock>().0;
    let mut newest = world.resource::<Jobs>().0.iter().map(|job| job.created_at).max();
    let mut said: FixedMap<VersionIx, DeploymentVersion> = fixed_map();
    let mut attempts = Attempts { heads: fixed_map(), counts: fixed_map() };
    for mut job in jobs {
        // What is made here is made at the clock, after what was recorded.
        if newest.is_some_and(|newest| job.created_at < newest) || job.created_at > now {
            world.resource_mut::<InOrder>().0 = false;
        }
        newest = newest.max(Some(job.created_at));
        match known_target(world, &job) {
            Some(target) => {
                let now = job.said.take();
                let version = record(world, target, job, &mut attempts);
                let before = now.and_then(|now| said.insert(version, now));
                if let Some(before) = before.filter(|before| said.get(&version) != Some(before)) {
                    let jobs = world.resource::<Jobs>().0.len();
                    world.resource_mut::<VersionCopies>().keep(
                        version,
                        JobIx::at(jobs - 1),
                        before,
                    );
                }
            }
            None => world.resource_mut::<GivenIds>().lose(job.id, job.target),
        }
    }
    for (version, said) in said {
        if item::<DeploymentVersion>(world, version) != Some(&said) {
            keep_copy(world, version, said);
        }
    }
    for &target in attempts.heads.keys() {
        recount(world, target);
        if let Some(departure) = world.resource_mut::<Departed>().0.get_mut(&target) {
            departure.released.sort_unstable();
            departure.released.dedup();
        }
    }
}

/// How many jobs there are of each release, counted as they come.
struct Attempts {
    /// The newest job of each target from before.
    heads: FixedMap<TargetRef, JobIx>,
    counts: FixedMap<(TargetRef, EditionIx, VariablesId), u32>,
}

impl Attempts {
    /// The number of the next job of a release, whose target's newest job is `head`.
    fn next(
        &mut self,
        world: &World,
        (target, head): (TargetRef, JobIx),
        edition: EditionIx,
        variables: VariablesId,
    ) -> u32 {
        let sets = world.resource::<VariableSets>();
        let before = *self.heads.entry(target).or_insert(head);
        let release = (target, edition, sets.identity(variables));
        let count = self.counts.entry(release).or_insert_with(|| {
            let same = chain(&world.resource::<Jobs>().0, before)
                .filter(|(_, job)| is_same_release(job, edition, variables, sets));
            u32::try_from(same.count()).unwrap_or(u32::MAX - 1)
        });
        *count = count.saturating_add(1);
        *count
    }
}

/// The target of a recorded job, if the workspace has such a one.
fn known_target(world: &World, job: &RecordedJob) -> Option<TargetRef> {
    find_target(world, &job.target).or_else(|| {
        let identifiers = world.resource::<Identifiers>();
        let resource_id = identifiers.0.get(job.identifier.as_ref()?)?.clone();
        find_target(world, &Triple { resource_id, ..job.target.clone() })
    })
}

/// Takes in a job; its version. What is counted of its target's jobs is left to be counted anew.
fn record(
    world: &mut World,
    target: TargetRef,
    recorded: RecordedJob,
    attempts: &mut Attempts,
) -> VersionIx {
    let ix = JobIx::at(world.resource::<Jobs>().0.len());
    let version = index_of::<DeploymentVersion>(world, &recorded.version_id);
    let agent = recorded.agent_id.as_ref().filter(|id| !id.is_empty());
    let agent = agent.map_or(AgentIx::NONE, |id| index_of::<JobAgent>(world, id));
    // Only who made a job knows whether there was an agent; a report comes from one.
    let exists = agent.get().is_some_and(|it| item::<JobAgent>(world, it).is_some());
    let had_none = recorded.status == JobStatus::InvalidJobAgent && !exists;
    let flags = if had_none { JobFlags::NO_AGENT } else { JobFlags::NONE };
    let edition = world.resource_mut::<Editions>().number(version, &recorded.tag);
    let variables = number_variables(&mut world.resource_mut::<VariableSets>(), &recorded);
    let config = world.resource_mut::<Configs>().number(recorded.config);
    let ledger = ledger_of(world, target).unwrap_or(Ledger::EMPTY);
    let attempt = attempts.next(world, (target, ledger.head), edition, variables);
    world.resource_mut::<Jobs>().0.push(Job {
        target,
        edition,
        variables,
        previous: ledger.head,
        agent,
        config,
        attempt,
        created_at: recorded.created_at,
        completed_at: recorded.completed_at,
        released_at: recorded.released_at,
        status: recorded.status,
        flags,
    });
    let mut cohorts = world.resource_mut::<Cohorts>();
    let cohort = &mut cohorts[target.cohort];
    if let Some(position) = cohort.position(target.resource) {
        cohort.released_mut(version).insert(position as usize);
        set_head(world, target, ix);
    } else {
        let mut departed = world.resource_mut::<Departed>();
        let none = || Departure { ledger: Ledger::EMPTY, released: Vec::new() };
        let departure = departed.0.entry(target).or_insert_with(none);
        departure.ledger.head = ix;
        departure.released.push(version);
    }
    if let Some(external) = recorded.external_id {
        world.resource_mut::<ExternalIds>().set(ix, Some(external));
    }
    world.resource_mut::<Starts>().set(ix, recorded.started_at);
    world.resource_mut::<GivenIds>().give(ix, recorded.id, recorded.release_id);
    world.resource_mut::<Incomplete>().0.push(ix);
    world.resource_mut::<Changes>().job(JobChange { target, job: ix, before: None });
    version
}

fn number_variables(sets: &mut VariableSets, recorded: &RecordedJob) -> VariablesId {
    let entries: Vec<VariableEntry> = recorded
        .variables
        .iter()
        .map(|(key, value)| VariableEntry { key: sets.key(key), literal: sets.literal(value) })
        .collect();
    sets.number(&entries)
}
