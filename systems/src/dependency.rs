//! Dependencies: what must be deployed on the same resource (SEMANTICS 8.9, 8.10).
//!
//! Vocabulary: an *edge* is one dependency of a version on another deployment; a rule's dependency
//! (`deploymentDependency`) is on any other target of the resource. Both read the version that the
//! current release had.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{DeploymentIx, VersionIx};
use shakedown_engine::fleet::catalogue::{CompiledSelectors, Registry, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{Deployment, DeploymentVersion};
use shakedown_engine::select::{Bindings, EvalError, Place, Selector, SelectorError, Subject};

/// Compiles the selector of a dependency; equal texts give clones of one selector, so that they share
/// their facts.
///
/// # Errors
/// When the text is no CEL.
pub fn compile_dependency(
    text: &str,
    compiled: &mut CompiledSelectors,
) -> Result<Selector, SelectorError> {
    compiled.compile(&SelectorSource::Cel(text.to_owned()), Place::Version)
}

/// Whether a deployed version satisfies a rule's dependency.
#[must_use]
pub fn satisfies(
    selector: &Selector,
    deployment: &Deployment,
    version: &DeploymentVersion,
) -> bool {
    let bindings = Bindings::only(Subject::Deployment, deployment).with(Subject::Version, version);
    selector.matches(&bindings).unwrap_or(false)
}

/// Whether a deployed version satisfies an edge.
///
/// # Errors
/// When the selector has no answer.
pub fn is_selected(selector: &Selector, version: &DeploymentVersion) -> Result<bool, EvalError> {
    selector.matches(&Bindings::only(Subject::Version, version))
}

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

/// Why a version waits for its dependencies, `unmet` being those that do not hold; `None` if there
/// are none.
#[must_use]
pub fn check_edges<'a>(unmet: impl Iterator<Item = &'a Edge>) -> Option<Reason> {
    let mut reason = None;
    for edge in unmet {
        if edge.selector.is_err() {
            return Some(Reason::VersionDependencySelectorError);
        }
        reason = Some(Reason::VersionDependencyUnmet);
    }
    reason
}

/// The edges of every version that has any.
#[derive(Debug, Resource)]
pub struct Dependencies {
    edges: FixedMap<VersionIx, Vec<Edge>>,
    /// Whether the last refresh changed any.
    changed: bool,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self { edges: fixed_map(), changed: false }
    }
}

impl Dependencies {
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
pub fn refresh_dependencies(
    changes: Res<Changes>,
    versions: Stock<DeploymentVersion>,
    mut deployments: ResMut<Registry<Deployment>>,
    mut compiled: ResMut<CompiledSelectors>,
    mut dependencies: ResMut<Dependencies>,
) {
    let Dependencies { edges, changed } = &mut *dependencies;
    *changed = false;
    for &version in &changes.versions {
        *changed |= edges.remove(&version).is_some();
        let stated = versions.get(version).map(|it| &it.dependencies);
        if let Some(stated) = stated.filter(|it| !it.is_empty()) {
            let own = stated.iter().map(|(deployment, edge)| Edge {
                deployment: deployment.as_str().into(),
                on: deployments.index(deployment),
                selector: compile_dependency(&edge.version_selector, &mut compiled),
            });
            edges.insert(version, own.collect());
            *changed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_edge_that_cannot_compile_denies() {
        let mut compiled = CompiledSelectors::default();
        let mut edge = |deployment: &str, text: &str| Edge {
            deployment: deployment.into(),
            on: DeploymentIx(0),
            selector: compile_dependency(text, &mut compiled),
        };
        let (good, bad) = (edge("d1", "version.tag == 'v1'"), edge("d2", "version.tag =="));
        let unmet = Some(Reason::VersionDependencyUnmet);
        let error = Some(Reason::VersionDependencySelectorError);
        for (name, edges, holding, expected) in [
            ("none", vec![], "", None),
            ("met", vec![good.clone()], "d1", None),
            ("unmet", vec![good.clone()], "", unmet),
            ("broken", vec![bad.clone()], "", error),
            ("unmet and broken", vec![good.clone(), bad.clone()], "", error),
            ("met and broken", vec![good, bad], "d1", error),
        ] {
            let reason = check_edges(edges.iter().filter(|edge| *edge.deployment != *holding));
            assert_eq!(reason, expected, "8.9 {name}");
        }
    }
}
