//! Drafts: what the jobs of one version have in common, and for which rows they are made.

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{AgentIx, CohortIx, DeploymentIx, VersionIx};
use shakedown_engine::base::json::merge;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::jobs::Configs;
use shakedown_engine::fleet::matrix::{Cohorts, ReadTables, ShardIx};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{Deployment, DeploymentVersion, JobAgent, JobStatus};

use super::Draft;
use crate::facts::{Agents, CandidateLists};
use crate::handover::{Eligible, Work};

/// Eligible rows of one cohort and version.
pub(super) struct Run<'a> {
    /// Position of the cohort in the work.
    pub at: usize,
    /// Where its rows are.
    pub shard: ShardIx,
    /// The cohort.
    pub cohort: CohortIx,
    /// The rows.
    pub eligible: &'a [Eligible],
    /// The version.
    pub version: VersionIx,
    /// What their jobs have in common.
    pub draft: Draft,
}

/// The eligible rows by cohort and version, with what the jobs of each version have in common.
pub(super) fn draft<'a>(world: &mut World, work: &'a Work) -> Vec<Run<'a>> {
    let chosen = chosen_agents(world, work);
    let wanted = wanted(world, work, &chosen);
    let mut drafts: Vec<((VersionIx, Option<AgentIx>), Draft)> = Vec::new();
    let runs = wanted.into_iter().map(|Wanted { at, eligible, deployment, version, agent }| {
        let known = drafts.iter().rfind(|(known, _)| *known == (version, agent));
        let draft = known.map(|(_, draft)| *draft).unwrap_or_else(|| {
            let candidate = eligible[0].candidate as usize;
            let draft = draft_version(world, deployment, version, candidate, agent);
            drafts.push(((version, agent), draft));
            draft
        });
        let (cohort, shard) = (work.cohorts[at], work.ranges[at].0);
        Run { at, shard, cohort, eligible, version, draft }
    });
    runs.collect()
}

/// Eligible rows of one cohort, with the version and the agent that they have in common.
struct Wanted<'a> {
    at: usize,
    eligible: &'a [Eligible],
    deployment: DeploymentIx,
    version: VersionIx,
    agent: Option<AgentIx>,
}

fn wanted<'a>(world: &World, work: &'a Work, chosen: &[Vec<AgentIx>]) -> Vec<Wanted<'a>> {
    let (cohorts, lists) = (world.resource::<Cohorts>(), world.resource::<CandidateLists>());
    let mut wanted = Vec::with_capacity(work.cohorts.len());
    let rows = work.cohorts.iter().zip(&work.eligible).zip(chosen);
    for (at, ((&cohort, eligible), chosen)) in rows.enumerate() {
        let deployment = cohorts[cohort].deployment;
        let mut from = 0;
        while from < eligible.len() {
            let of = |at: usize| (eligible[at].candidate, chosen.get(at));
            let to = (from..eligible.len()).find(|&at| of(at) != of(from));
            let to = to.unwrap_or(eligible.len());
            let (agent, eligible) = (chosen.get(from).copied(), &eligible[from..to]);
            from = to;
            let version = lists.of(deployment)[eligible[0].candidate as usize].version;
            wanted.push(Wanted { at, eligible, deployment, version, agent });
        }
    }
    wanted
}

/// The agents of the eligible rows of each cohort whose deployment chooses by a selector; of others no
/// list.
fn chosen_agents(world: &World, work: &Work) -> Vec<Vec<AgentIx>> {
    let (chosen, cohorts) = (world.resource::<Agents>(), world.resource::<Cohorts>());
    let of = |(&cohort, eligible): (&CohortIx, &Vec<Eligible>)| {
        let cohort = &cohorts[cohort];
        let Some(choice) = chosen.of(cohort.deployment).filter(|_| !eligible.is_empty()) else {
            return Vec::new();
        };
        let tables = ReadTables::new(world);
        let agent = |it: &Eligible| choice.on(tables.row(cohort, it.row).key.resource);
        eligible.iter().map(|it| agent(it).unwrap_or(AgentIx::NONE)).collect()
    };
    work.cohorts.iter().zip(&work.eligible).map(of).collect()
}

/// Finds the agent of a deployment, unless one was chosen by a selector, and merges the configuration of a version's jobs: the agent's,
/// then the deployment's, then the version's; later ones win.
fn draft_version(
    world: &mut World,
    deployment_ix: DeploymentIx,
    version_ix: VersionIx,
    candidate: usize,
    chosen: Option<AgentIx>,
) -> Draft {
    let edition = world.resource::<CandidateLists>().of(deployment_ix)[candidate].edition;
    let deployment = item::<Deployment>(world, deployment_ix).expect("its targets exist");
    let version = item::<DeploymentVersion>(world, version_ix).expect("candidates exist");
    let registry = world.resource::<Registry<JobAgent>>();
    let of_choice = chosen.and_then(AgentIx::get).map(|agent| registry.id(agent));
    let named = deployment.job_agent_id.as_deref();
    let configured = if chosen.is_some() { of_choice } else { named };
    let agent_ix = configured.and_then(|id| registry.find(id));
    let agent = agent_ix.and_then(|ix| item::<JobAgent>(world, ix));
    let config = agent.map(|agent| {
        let mut config = agent.config.clone();
        merge(&mut config, &deployment.job_agent_config);
        merge(&mut config, &version.job_agent_config);
        config
    });
    let status = if config.is_some() { JobStatus::Pending } else { JobStatus::InvalidJobAgent };
    let configured = configured.map(str::to_owned);
    let config = config.map_or(Configs::EMPTY, |it| world.resource_mut::<Configs>().number(it));
    let agent = configured
        .filter(|id| !id.is_empty())
        .map_or(AgentIx::NONE, |id| world.resource_mut::<Registry<JobAgent>>().index(&id));
    Draft { edition, agent, config, status, now: world.resource::<Clock>().0 }
}
