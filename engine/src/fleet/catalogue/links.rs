//! Links: which systems say of what that it belongs to them.
//!
//! Invariant: equal to what the lists of all existing systems say.

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{DeploymentIx, EnvironmentIx, SystemIx};

/// The systems that list a deployment or an environment.
#[derive(Debug, Resource)]
pub(crate) struct SystemLinks {
    deployments: FixedMap<DeploymentIx, Vec<SystemIx>>,
    environments: FixedMap<EnvironmentIx, Vec<SystemIx>>,
    /// What each system lists.
    listed: FixedMap<SystemIx, (Vec<DeploymentIx>, Vec<EnvironmentIx>)>,
}

impl Default for SystemLinks {
    fn default() -> Self {
        Self { deployments: fixed_map(), environments: fixed_map(), listed: fixed_map() }
    }
}

impl SystemLinks {
    /// The systems that list a deployment.
    pub(crate) fn of_deployment(&self, deployment: DeploymentIx) -> &[SystemIx] {
        self.deployments.get(&deployment).map_or(&[], Vec::as_slice)
    }

    /// The systems that list an environment.
    pub(crate) fn of_environment(&self, environment: EnvironmentIx) -> &[SystemIx] {
        self.environments.get(&environment).map_or(&[], Vec::as_slice)
    }

    /// A system lists these, and nothing else.
    pub(crate) fn set(
        &mut self,
        system: SystemIx,
        deployments: &[DeploymentIx],
        environments: &[EnvironmentIx],
    ) {
        let now = (deployments.to_vec(), environments.to_vec());
        let (were, in_were) = self.listed.insert(system, now).unwrap_or_default();
        for ix in were {
            self.deployments.entry(ix).or_default().retain(|&it| it != system);
        }
        for ix in in_were {
            self.environments.entry(ix).or_default().retain(|&it| it != system);
        }
        for &ix in deployments {
            self.deployments.entry(ix).or_default().push(system);
        }
        for &ix in environments {
            self.environments.entry(ix).or_default().push(system);
        }
    }
}
