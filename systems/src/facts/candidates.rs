//! Candidates: the versions of each deployment as planning sees them, kept between reconciles.

use std::sync::OnceLock;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::fnv1a;
use shakedown_engine::base::ids::{DeploymentIx, EditionIx, VersionIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{Registry, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::jobs::Editions;
use shakedown_engine::model::{Deployment, DeploymentVersion, Dialect, VersionStatus};

use super::ranks::{Ranked, SuffixHash};
use super::waves::Waves;

/// A version as planning sees it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which.
    pub version: VersionIx,
    /// With its tag as of now.
    pub edition: EditionIx,
    /// What its status means for deploying it, in the dialect of the fleet.
    pub status: VersionStatus,
    /// Its creation.
    pub created_at: SimTime,
    /// Its id.
    pub id: Box<str>,
    /// Its id prepared for ranking, when first needed by a cohort worth the preparation.
    pub suffix: OnceLock<SuffixHash>,
}

impl Candidate {
    /// Continues the hashes of targets' keys over the version's id.
    pub fn continue_hashes(&self, targets: &mut [Ranked]) {
        let id = self.id.as_bytes();
        if targets.len() >= MIN_PREPARED {
            let suffix = self.suffix.get_or_init(|| SuffixHash::new(id));
            targets.iter_mut().for_each(|it| it.hash = suffix.after(it.hash));
            return;
        }
        // Byte by byte over all targets: the steps of one target wait for each other.
        for byte in id {
            targets.iter_mut().for_each(|it| it.hash = fnv1a(it.hash, &[*byte]));
        }
    }
}

/// Preparing a suffix costs 256 steps a byte, so smaller cohorts hash byte by byte.
const MIN_PREPARED: usize = 128;

/// The candidates of every deployment, newest first.
#[derive(Debug, Default, Resource)]
pub struct CandidateLists {
    by_deployment: IxVec<DeploymentIx, Vec<Candidate>>,
    /// The deployment of each version, by index.
    owners: IxVec<VersionIx, DeploymentIx>,
}

impl CandidateLists {
    /// The candidates of a deployment.
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx) -> &[Candidate] {
        self.by_deployment.get(deployment).map_or(&[], Vec::as_slice)
    }

    fn owner(&mut self, version: VersionIx) -> &mut DeploymentIx {
        self.owners.slot_or(version, DeploymentIx::NONE)
    }
}

/// Policies phase: updates the lists of deployments whose versions changed, in time linear in the
/// length of these lists, without an allocation for versions that did not change.
///
/// # Panics
/// When the deployment of a version has no index: storing the version gives it one.
pub fn refresh_candidates(
    changes: Res<Changes>,
    dialect: Res<Dialect>,
    versions: Stock<DeploymentVersion>,
    deployments: Res<Registry<Deployment>>,
    mut editions: ResMut<Editions>,
    mut lists: ResMut<CandidateLists>,
    mut waves: ResMut<Waves>,
) {
    if changes.versions.is_empty() {
        return;
    }
    let mut changed = changes.versions.clone();
    changed.sort_unstable();
    changed.dedup();
    let mut stale = Vec::new();
    let mut present = Vec::new();
    for &version in &changed {
        stale.push(*lists.owner(version));
        match versions.get(version) {
            Some(it) => {
                let owner = deployments.find(&it.deployment_id).expect("mentioned by the version");
                *lists.owner(version) = owner;
                stale.push(owner);
                present.push((owner, version));
            }
            None => waves.cohorts.iter_mut().for_each(|(_, cohort)| cohort.forget(version)),
        }
    }
    stale.sort_unstable();
    stale.dedup();
    present.sort_unstable();
    for deployment in stale.into_iter().filter(|it| it.is_some()) {
        let list = lists.by_deployment.slot(deployment);
        let is_changed = |it: &mut Candidate| changed.binary_search(&it.version).is_ok();
        let mut old: Vec<Candidate> = list.extract_if(.., is_changed).collect();
        old.sort_unstable_by_key(|it| it.version);
        let from = present.partition_point(|&(owner, _)| owner < deployment);
        let to = present.partition_point(|&(owner, _)| owner <= deployment);
        for &(_, ix) in &present[from..to] {
            let version = versions.get(ix).expect("present versions exist");
            let known = old.binary_search_by_key(&ix, |it| it.version);
            let suffix = known.map(|at| std::mem::take(&mut old[at].suffix)).unwrap_or_default();
            list.push(Candidate {
                version: ix,
                edition: editions.number(ix, &version.tag),
                status: dialect.effective(version.status()),
                created_at: version.created_at,
                id: version.id.as_str().into(),
                suffix,
            });
        }
        // Sorted but for the end, which a stable sort finds out.
        list.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    }
}
