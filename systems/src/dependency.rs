//! Dependencies: what must be deployed on the same resource (SEMANTICS 8.9, 8.10).
//!
//! Vocabulary: an *edge* is one dependency of a version on another deployment; a rule's dependency
//! (`deploymentDependency`) is on any other target of the resource. Both read the version that the
//! current release had.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::catalogue::Stock;
use shakedown_engine::entity::{Deployment, DeploymentVersion};
use shakedown_engine::hashing::{FixedMap, fixed_map};
use shakedown_engine::ids::VersionIx;
use shakedown_engine::ingest::Changes;
use shakedown_engine::reason::Reason;
use shakedown_engine::selector::{Bindings, Place, Selector, SelectorSource, Subject};

/// Compiles the selector of a dependency; `None` if it cannot compile.
#[must_use]
pub fn compile_dependency(text: &str) -> Option<Selector> {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Version).ok()
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

/// A dependency of a version on another deployment.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The id of the other deployment.
    pub deployment: Arc<str>,
    /// Over the version deployed there; `None` if it cannot compile.
    pub selector: Option<Selector>,
}

impl Edge {
    /// Whether a deployed version of the other deployment satisfies the edge.
    #[must_use]
    pub fn accepts(&self, version: &DeploymentVersion) -> bool {
        let bindings = Bindings::only(Subject::Version, version);
        let matches = |selector: &Selector| selector.matches(&bindings).unwrap_or(false);
        self.selector.as_ref().is_some_and(matches)
    }
}

/// Why a version waits for its dependencies; `None` if all hold.
#[must_use]
pub fn check_edges(edges: &[Edge], mut holds: impl FnMut(&Edge) -> bool) -> Option<Reason> {
    let mut reason = None;
    for edge in edges.iter().filter(|edge| !holds(edge)) {
        if edge.selector.is_none() {
            return Some(Reason::VersionDependencySelectorError);
        }
        reason = Some(Reason::VersionDependencyUnmet);
    }
    reason
}

/// The edges of every version that has any.
#[derive(Debug, Resource)]
pub struct Dependencies(FixedMap<VersionIx, Vec<Edge>>);

impl Default for Dependencies {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Dependencies {
    /// The edges of a version.
    #[must_use]
    pub fn of(&self, version: VersionIx) -> &[Edge] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&version).map_or(&[], Vec::as_slice)
    }

    /// Whether no version has any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Policies phase: compiles the edges of changed versions.
pub fn refresh_dependencies(
    changes: Res<Changes>,
    versions: Stock<DeploymentVersion>,
    mut dependencies: ResMut<Dependencies>,
) {
    for &version in &changes.versions {
        let edges = versions.get(version).map(|it| &it.dependencies);
        match edges.filter(|edges| !edges.is_empty()) {
            None => {
                dependencies.0.remove(&version);
            }
            Some(edges) => {
                let edges = edges.iter().map(|(deployment, edge)| Edge {
                    deployment: deployment.as_str().into(),
                    selector: compile_dependency(&edge.version_selector),
                });
                dependencies.0.insert(version, edges.collect());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_edge_that_cannot_compile_denies() {
        let edge = |deployment: &str, text: &str| Edge {
            deployment: deployment.into(),
            selector: compile_dependency(text),
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
            let reason = check_edges(&edges, |edge| *edge.deployment == *holding);
            assert_eq!(reason, expected, "8.9 {name}");
        }
    }
}
