//! Candidates: the versions of each deployment, newest first (SEMANTICS 1.4, 6).

use std::cmp::Reverse;

use bevy_ecs::resource::Resource;

use crate::ids::{DeploymentIx, VersionIx};
use crate::time::SimTime;

/// The versions of every deployment, existing or not.
#[derive(Debug, Default, Resource)]
pub struct Candidates {
    by_deployment: Vec<Vec<Candidate>>,
}

#[derive(Debug, Clone)]
struct Candidate {
    created_at: SimTime,
    id: String,
    version: VersionIx,
}

impl Candidates {
    /// The versions of a deployment: creation descending, ties by id descending.
    pub fn of(&self, deployment: DeploymentIx) -> impl ExactSizeIterator<Item = VersionIx> + '_ {
        let versions = self.by_deployment.get(deployment.slot()).map_or(&[][..], Vec::as_slice);
        versions.iter().map(|candidate| candidate.version)
    }

    /// Puts a version in its place, taking it from an earlier one.
    pub fn place(
        &mut self,
        deployment: DeploymentIx,
        version: VersionIx,
        created_at: SimTime,
        id: &str,
    ) {
        if self.by_deployment.len() <= deployment.slot() {
            self.by_deployment.resize(deployment.slot() + 1, Vec::new());
        }
        let versions = &mut self.by_deployment[deployment.slot()];
        versions.retain(|known| known.version != version);
        let key = |candidate: &Candidate| Reverse((candidate.created_at, candidate.id.clone()));
        let new = Candidate { created_at, id: id.to_owned(), version };
        let at = versions.partition_point(|known| key(known) < key(&new));
        versions.insert(at, new);
    }

    /// Takes a deleted version out.
    pub fn remove(&mut self, deployment: DeploymentIx, version: VersionIx) {
        if let Some(versions) = self.by_deployment.get_mut(deployment.slot()) {
            versions.retain(|known| known.version != version);
        }
    }
}
