//! Demands: of what facts are kept, because some check or version asks for it.
//!
//! Vocabulary: a *demand* is a set of statuses whose successes are counted, or a selector that other
//! targets of a resource may satisfy.

use bevy_ecs::resource::Resource;
use shakedown_engine::fleet::catalogue::CompiledSelectors;
use shakedown_engine::model::{Deployment, DeploymentVersion, JobStatus, SelectorSource};
use shakedown_engine::select::{Bindings, EvalError, Place, Selector, SelectorError, Subject};

/// A set of job statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusSet(u16);

impl StatusSet {
    /// The set of these statuses.
    #[must_use]
    pub fn of(statuses: &[JobStatus]) -> Self {
        Self(statuses.iter().fold(0, |set, &status| set | 1 << status as u8))
    }

    /// Whether a status is in the set.
    #[must_use]
    pub const fn contains(self, status: JobStatus) -> bool {
        self.0 >> status as u8 & 1 == 1
    }
}

/// What the checks of all enabled policies ask for, each once.
#[derive(Debug, Default, Resource)]
pub struct Demands {
    statuses: Vec<StatusSet>,
    selectors: Vec<Selector>,
}

impl Demands {
    /// Sets of statuses that count as a success.
    #[must_use]
    pub fn statuses(&self) -> &[StatusSet] {
        &self.statuses
    }

    /// Selectors that other targets of a resource may satisfy.
    #[must_use]
    pub fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// Asks for successes with these statuses.
    pub fn add_statuses(&mut self, statuses: StatusSet) {
        if !self.statuses.contains(&statuses) {
            self.statuses.push(statuses);
        }
    }

    /// Asks who satisfies a selector.
    pub fn add_selector(&mut self, selector: &Selector) {
        if !self.selectors.iter().any(|it| it.identity() == selector.identity()) {
            self.selectors.push(selector.clone());
        }
    }
}

/// Compiles the selector of a demand; equal texts give clones of one selector, so that they share their
/// facts.
///
/// # Errors
/// When the text is no CEL.
pub fn compile_demand(
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
pub(super) fn is_selected(
    selector: &Selector,
    version: &DeploymentVersion,
) -> Result<bool, EvalError> {
    selector.matches(&Bindings::only(Subject::Version, version))
}
