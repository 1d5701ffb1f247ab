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
use shakedown_engine::selector::{
    Bindings, Place, Selector, SelectorError, SelectorSource, Subject,
};

/// Compiles the selector of a dependency.
///
/// # Errors
/// When the text is no CEL.
pub fn compile_dependency(text: &str) -> Result<Selector, SelectorError> {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Version)
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
        match selector.matches(&Bindings::only(Subject::Version, version)) {
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
            let reason = check_edges(edges.iter().filter(|edge| *edge.deployment != *holding));
            assert_eq!(reason, expected, "8.9 {name}");
        }
    }
}
