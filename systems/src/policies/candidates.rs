//! Candidate lists: the versions of each deployment as planning sees them, kept between reconciles.

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::catalogue::{Candidates, Registry, Stock};
use shakedown_engine::entity::{Deployment, DeploymentVersion};
use shakedown_engine::ids::{DeploymentIx, VersionIx};
use shakedown_engine::ingest::Changes;
use shakedown_engine::job::Editions;

use super::{Candidate, Waves};

/// The candidates of every deployment, newest first.
#[derive(Debug, Default, Resource)]
pub struct CandidateLists {
    by_deployment: Vec<Vec<Candidate>>,
    /// The deployment of each version, by index.
    owners: Vec<DeploymentIx>,
}

impl CandidateLists {
    /// The candidates of a deployment.
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx) -> &[Candidate] {
        self.by_deployment.get(deployment.slot()).map_or(&[], Vec::as_slice)
    }

    fn owner(&mut self, version: VersionIx) -> &mut DeploymentIx {
        if self.owners.len() <= version.slot() {
            self.owners.resize(version.slot() + 1, DeploymentIx::NONE);
        }
        &mut self.owners[version.slot()]
    }
}

/// Policies phase: rebuilds the lists of deployments whose versions changed.
///
/// # Panics
/// Never: a version mentions its deployment.
pub fn refresh_candidates(
    changes: Res<Changes>,
    candidates: Res<Candidates>,
    versions: Stock<DeploymentVersion>,
    deployments: Res<Registry<Deployment>>,
    mut editions: ResMut<Editions>,
    mut lists: ResMut<CandidateLists>,
    mut waves: ResMut<Waves>,
) {
    let mut stale = Vec::new();
    for &version in &changes.versions {
        match versions.get(version) {
            Some(it) => {
                let owner = deployments.find(&it.deployment_id).expect("mentioned by the version");
                *lists.owner(version) = owner;
                stale.push(owner);
            }
            None => {
                stale.push(*lists.owner(version));
                waves.cohorts.iter_mut().for_each(|cohort| cohort.forget(version));
            }
        }
    }
    stale.sort_unstable();
    stale.dedup();
    for deployment in stale.into_iter().filter(|it| it.is_some()) {
        if lists.by_deployment.len() <= deployment.slot() {
            lists.by_deployment.resize_with(deployment.slot() + 1, Vec::new);
        }
        let mut old = std::mem::take(&mut lists.by_deployment[deployment.slot()]);
        let list = candidates.of(deployment).filter_map(|ix| {
            let version = versions.get(ix)?;
            let known = old.iter().position(|known| known.version == ix);
            let suffix = known.map(|at| std::mem::take(&mut old[at].suffix)).unwrap_or_default();
            Some(Candidate {
                version: ix,
                edition: editions.number(ix, &version.tag),
                status: version.status,
                created_at: version.created_at,
                id: version.id.as_str().into(),
                suffix,
            })
        });
        lists.by_deployment[deployment.slot()] = list.collect();
    }
}
