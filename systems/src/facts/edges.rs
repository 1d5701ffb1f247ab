//! Edges: what versions depend on, on the same resource (SEMANTICS 8.9).
//!
//! Vocabulary: an *edge* is one dependency of a version on another deployment; it reads the version
//! that the current release there had.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{DeploymentIx, VersionIx};
use shakedown_engine::fleet::catalogue::{CompiledSelectors, Registry, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::model::{Deployment, DeploymentVersion};
use shakedown_engine::select::{Selector, SelectorError};

use super::demands::{compile_demand, is_selected};

/// A dependency of a version on another deployment.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The id of the other deployment.
    pub deployment: Arc<str>,
    /// Its index; it need not exist.
    pub on: DeploymentIx,
    /// Over the version deployed there.
    pub selector: Result<Selector, SelectorError>,
}

/// Why an edge does not hold; where several targets count, the cause that comes closest to holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unmet {
    /// The other deployment has no target on the resource.
    NotOnResource,
    /// It has, but nothing runs there.
    NothingDeployed,
    /// The selector fails on what runs there, or cannot compile.
    SelectorError,
    /// Something else runs there.
    SelectorFalse,
}

impl Unmet {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotOnResource => "not_on_resource",
            Self::NothingDeployed => "nothing_deployed",
            Self::SelectorError => "selector_error",
            Self::SelectorFalse => "selector_false",
        }
    }
}

impl Edge {
    /// What a target of the other deployment, running `deployed`, means for the edge: `None` if it
    /// holds.
    #[must_use]
    pub fn judge(&self, deployed: Option<&DeploymentVersion>) -> Option<Unmet> {
        let Some(version) = deployed else { return Some(Unmet::NothingDeployed) };
        let Ok(selector) = &self.selector else { return Some(Unmet::SelectorError) };
        match is_selected(selector, version) {
            Ok(true) => None,
            Ok(false) => Some(Unmet::SelectorFalse),
            Err(_) => Some(Unmet::SelectorError),
        }
    }
}

/// The edges of every version that has any.
#[derive(Debug, Resource)]
pub struct Edges {
    edges: FixedMap<VersionIx, Vec<Edge>>,
    /// Whether the last refresh changed any.
    changed: bool,
}

impl Default for Edges {
    fn default() -> Self {
        Self { edges: fixed_map(), changed: false }
    }
}

impl Edges {
    /// The edges of a version.
    #[must_use]
    pub fn of(&self, version: VersionIx) -> &[Edge] {
        if self.edges.is_empty() {
            return &[];
        }
        self.edges.get(&version).map_or(&[], Vec::as_slice)
    }

    /// The edges of all versions.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.values().flatten()
    }

    /// Whether no version has any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Whether the last refresh changed any.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.changed
    }
}

/// Policies phase: compiles the edges of changed versions.
pub fn refresh_edges(
    changes: Res<Changes>,
    versions: Stock<DeploymentVersion>,
    mut deployments: ResMut<Registry<Deployment>>,
    mut compiled: ResMut<CompiledSelectors>,
    mut dependencies: ResMut<Edges>,
) {
    let Edges { edges, changed } = &mut *dependencies;
    *changed = false;
    for &version in &changes.versions {
        *changed |= edges.remove(&version).is_some();
        let stated = versions.get(version).map(|it| &it.dependencies);
        if let Some(stated) = stated.filter(|it| !it.is_empty()) {
            let own = stated.iter().map(|(deployment, edge)| Edge {
                deployment: deployment.as_str().into(),
                on: deployments.index(deployment),
                selector: compile_demand(&edge.version_selector, &mut compiled),
            });
            edges.insert(version, own.collect());
            *changed = true;
        }
    }
}
