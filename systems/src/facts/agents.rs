//! Agents: who runs the jobs of deployments that choose by a selector (docs/dialects.md, T8).
//!
//! Vocabulary: an agent *matches* a deployment on a resource if the deployment's selector, over agent and
//! resource, is true; the matching one with the smallest id is *chosen*.
//!
//! Cost: a selector is evaluated once per agent if it does not read the resource, else once per agent and
//! resource: when the deployment or some agent changes, and for resources that change. Deployments that
//! name their agent cost nothing here.

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::system::{Res, ResMut, SystemParam};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{AgentIx, DeploymentIx, ResourceIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::fleet::catalogue::{CompiledSelectors, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::model::{Deployment, JobAgent, Resource, SelectorSource};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

/// The choices of deployments, by index.
#[derive(Debug, EcsResource)]
pub struct Agents(FixedMap<DeploymentIx, Choice>);

impl Default for Agents {
    fn default() -> Self {
        Self(fixed_map())
    }
}

/// What a deployment's selector chooses.
#[derive(Debug)]
pub enum Choice {
    /// The same everywhere; [`AgentIx::NONE`] if no agent matches.
    Everywhere(AgentIx),
    /// By resource.
    ByResource(Selector, IxVec<ResourceIx, AgentIx>),
}

impl Choice {
    /// The agent on a resource, or none.
    #[must_use]
    pub fn on(&self, resource: ResourceIx) -> Option<AgentIx> {
        match self {
            Self::Everywhere(agent) => agent.get(),
            Self::ByResource(_, agents) => agents.get(resource)?.get(),
        }
    }
}

impl Agents {
    /// What a deployment chooses; `None` if it names its agent.
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx) -> Option<&Choice> {
        // Most fleets have none.
        if self.0.is_empty() { None } else { self.0.get(&deployment) }
    }
}

/// Who runs the jobs of any deployment.
#[derive(Debug, SystemParam)]
pub struct Runners<'w, 's> {
    deployments: Stock<'w, 's, Deployment>,
    agents: Stock<'w, 's, JobAgent>,
    chosen: Res<'w, Agents>,
}

impl Runners<'_, '_> {
    /// What a deployment chooses by resource; `None` if its agent is the same everywhere.
    #[must_use]
    pub fn by_resource(&self, deployment: DeploymentIx) -> Option<&Choice> {
        self.chosen.of(deployment).filter(|choice| matches!(choice, Choice::ByResource(..)))
    }

    /// Whether there is an agent for a deployment whose agent is the same everywhere.
    #[must_use]
    pub fn has_agent(&self, deployment: DeploymentIx) -> bool {
        if let Some(Choice::Everywhere(agent)) = self.chosen.of(deployment) {
            return agent.is_some();
        }
        let named = self.deployments.get(deployment).and_then(|it| it.job_agent_id.as_ref());
        let named = named.and_then(|agent| self.agents.registry().find(agent));
        named.is_some_and(|agent| self.agents.get(agent).is_some())
    }
}

/// Policies phase: chooses anew where deployments, agents or resources changed.
///
/// # Panics
/// When the selector of a stored deployment does not compile, which is checked before it is stored.
pub fn refresh_agents(
    changes: Res<Changes>,
    deployments: Stock<Deployment>,
    agents: Stock<JobAgent>,
    resources: Stock<Resource>,
    mut compiled: ResMut<CompiledSelectors>,
    mut chosen: ResMut<Agents>,
) {
    let changed = &changes.deployments;
    if changed.is_empty() && !changes.agents && changes.resources.is_empty() {
        return;
    }
    let mut stale: Vec<DeploymentIx> = changed.clone();
    if changes.agents {
        stale.extend(chosen.0.keys().copied());
    }
    stale.sort_unstable();
    stale.dedup();
    let choose_some = |ix: DeploymentIx| deployments.get(ix)?.job_agent_selector.as_ref();
    if chosen.0.is_empty() && !stale.iter().any(|&ix| choose_some(ix).is_some()) {
        return;
    }
    let mut known: Vec<(AgentIx, &JobAgent)> = agents.iter().collect();
    known.sort_unstable_by(|a, b| a.1.id.cmp(&b.1.id));
    for &ix in &stale {
        let Some(text) = choose_some(ix) else {
            chosen.0.remove(&ix);
            continue;
        };
        let selector = compiled.compile(&SelectorSource::Cel(text.clone()), Place::Agent);
        let selector = selector.expect("checked before the deployment was stored");
        let choice = if selector.reads().contains(Subject::Resource) {
            let mut by_resource = IxVec::new();
            for (at, resource) in resources.iter() {
                *by_resource.slot_or(at, AgentIx::NONE) = choose(&selector, &known, Some(resource));
            }
            Choice::ByResource(selector, by_resource)
        } else {
            Choice::Everywhere(choose(&selector, &known, None))
        };
        chosen.0.insert(ix, choice);
    }
    for (ix, choice) in &mut chosen.0 {
        let Choice::ByResource(selector, by_resource) = choice else { continue };
        if stale.binary_search(ix).is_ok() {
            continue;
        }
        for &at in &changes.resources {
            let agent =
                resources.get(at).map_or(AgentIx::NONE, |it| choose(selector, &known, Some(it)));
            *by_resource.slot_or(at, AgentIx::NONE) = agent;
        }
    }
}

/// The first of some agents, ascending by id, that a selector matches.
fn choose(
    selector: &Selector,
    agents: &[(AgentIx, &JobAgent)],
    resource: Option<&Resource>,
) -> AgentIx {
    let matches = |agent: &JobAgent| {
        let bindings = Bindings::only(Subject::JobAgent, agent);
        let bindings = match resource {
            Some(resource) => bindings.with(Subject::Resource, resource),
            None => bindings,
        };
        selector.matches(&bindings) == Ok(true)
    };
    agents.iter().find(|(_, agent)| matches(agent)).map_or(AgentIx::NONE, |&(ix, _)| ix)
}
