//! Sources: which deployments and environments combine, and over which resources.
//!
//! Vocabulary: a *source* is a deployment or an environment: systems and a selection of resources; a
//! *pair* is a deployment and an environment that share a system, and its members are the resources
//! that both select.

use bevy_ecs::resource::Resource;
use smallvec::SmallVec;

use super::room::Wanted;
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{DeploymentIx, EnvironmentIx, Index, ResourceIx, SystemIx};
use crate::base::ix_vec::IxVec;
use crate::fleet::catalogue::SelectionIx;

/// Systems, ascending, each once. Most often there is one.
pub type SystemList = SmallVec<[SystemIx; 2]>;

/// A deployment or environment as the matrix sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Only sources that share one combine.
    pub systems: SystemList,
    /// The resources; `None` selects none.
    pub selection: Option<SelectionIx>,
}

/// Every existing source, by index.
#[derive(Debug, Default, Resource)]
pub struct Sources {
    deployments: IxVec<DeploymentIx, Option<Source>>,
    environments: IxVec<EnvironmentIx, Option<Source>>,
}

impl Sources {
    /// Sets or removes a deployment.
    pub(crate) fn set_deployment(&mut self, deployment: DeploymentIx, source: Option<Source>) {
        *self.deployments.slot(deployment) = source;
    }

    /// Sets or removes an environment.
    pub(crate) fn set_environment(&mut self, environment: EnvironmentIx, source: Option<Source>) {
        *self.environments.slot(environment) = source;
    }

    /// A deployment's source, if it exists.
    #[must_use]
    pub fn deployment(&self, deployment: DeploymentIx) -> Option<&Source> {
        self.deployments.get(deployment)?.as_ref()
    }

    /// An environment's source, if it exists.
    #[must_use]
    pub fn environment(&self, environment: EnvironmentIx) -> Option<&Source> {
        self.environments.get(environment)?.as_ref()
    }

    /// Whether a deployment and two environments share a system.
    #[must_use]
    pub fn share(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        other: EnvironmentIx,
    ) -> bool {
        let sources =
            (self.deployment(deployment), self.environment(environment), self.environment(other));
        let (Some(deployment), Some(environment), Some(other)) = sources else { return false };
        let in_both = |it| environment.systems.contains(it) && other.systems.contains(it);
        deployment.systems.iter().any(in_both)
    }

    /// Every existing pair both halves of which select something, ascending.
    ///
    /// # Errors
    /// When there are more than `most`.
    pub(super) fn all_pairs(
        &self,
        most: u64,
        selects: impl Fn(&Source) -> bool,
    ) -> Result<Vec<(DeploymentIx, EnvironmentIx)>, Wanted> {
        let selecting = |source: &&Source| selects(source);
        let mut by_system: FixedMap<SystemIx, Vec<EnvironmentIx>> = fixed_map();
        for (environment, source) in self.environments.iter() {
            for &system in source.iter().filter(selecting).flat_map(|source| &source.systems) {
                by_system.entry(system).or_default().push(environment);
            }
        }
        let of_system = |system| by_system.get(system).map_or(0, Vec::len) as u64;
        let sources = self.deployments.iter().flat_map(|(_, source)| source);
        let systems = sources.filter(selecting).flat_map(|source| &source.systems);
        let count = systems.map(of_system).sum();
        if count > most {
            return Err(Wanted::Pairs(count));
        }
        let mut pairs = Vec::new();
        for (deployment, source) in self.deployments.iter() {
            let source = source.as_ref().filter(selecting);
            let systems = source.iter().flat_map(|source| &source.systems);
            let environments = systems.filter_map(|system| by_system.get(system)).flatten();
            let before = pairs.len();
            pairs.extend(environments.map(|&environment| (deployment, environment)));
            if source.as_ref().is_some_and(|source| source.systems.len() > 1) {
                pairs[before..].sort_unstable();
            }
        }
        pairs.dedup();
        Ok(pairs)
    }

    /// The existing pairs that have a stale half and both halves of which select something, ascending.
    pub(super) fn stale_pairs(
        &self,
        stale: Stale<'_>,
        selects: impl Fn(&Source) -> bool,
    ) -> Vec<(DeploymentIx, EnvironmentIx)> {
        let selecting = |source: &&Source| selects(source);
        let mut pairs = Vec::new();
        for &deployment in stale.deployments {
            if let Some(source) = self.deployment(deployment).filter(selecting) {
                let environments = members_of(&self.environments, source, &selects);
                pairs.extend(environments.map(|environment| (deployment, environment)));
            }
        }
        for &environment in stale.environments {
            if let Some(source) = self.environment(environment).filter(selecting) {
                let deployments = members_of(&self.deployments, source, &selects);
                pairs.extend(deployments.map(|deployment| (deployment, environment)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// The selections of a pair; `None` when one selects nothing or they cannot combine.
    pub(super) fn selections(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
    ) -> Option<(SelectionIx, SelectionIx)> {
        let (deployment, environment) =
            (self.deployment(deployment)?, self.environment(environment)?);
        deployment.shares(environment).then_some(())?;
        Some((deployment.selection?, environment.selection?))
    }
}

impl Source {
    /// Whether they have a system in common.
    fn shares(&self, other: &Self) -> bool {
        self.systems.iter().any(|system| other.systems.contains(system))
    }
}

/// Those that share a system with a source.
fn members_of<'a, I: Index>(
    sources: &'a IxVec<I, Option<Source>>,
    of: &'a Source,
    selects: &'a impl Fn(&Source) -> bool,
) -> impl Iterator<Item = I> + 'a {
    let shares = move |source: &Option<Source>| {
        source.as_ref().is_some_and(|it| it.shares(of) && selects(it))
    };
    sources.iter().filter(move |(_, source)| shares(source)).map(|(ix, _)| ix)
}

/// What changed since the matrix was refreshed; may name one repeatedly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stale<'a> {
    /// Resources that came, changed or went.
    pub resources: &'a [ResourceIx],
    /// Environments that came, changed or went.
    pub environments: &'a [EnvironmentIx],
    /// Deployments that came, changed or went.
    pub deployments: &'a [DeploymentIx],
}

impl Stale<'_> {
    /// Whether nothing changed.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.environments.is_empty() && self.deployments.is_empty()
    }
}
