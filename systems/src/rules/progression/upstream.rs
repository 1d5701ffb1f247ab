//! Which environments a rule selects as upstream, asked of each environment when it changes and not for
//! each version, cohort and neighbour.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use shakedown_engine::base::ids::EnvironmentIx;
use shakedown_engine::model::{Environment, EnvironmentProgression};
use shakedown_engine::select::{Bindings, EvalError, Place, Selector, SelectorError, Subject};
use thiserror::Error;

/// The environments that a rule selects.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    selector: Result<Selector, SelectorError>,
    /// One bit per environment that is selected.
    selected: FixedBitSet,
    /// Environments for which the selector has no answer.
    failed: BTreeMap<EnvironmentIx, EvalError>,
}

/// Why upstream environments cannot be told.
#[derive(Debug, Clone, PartialEq, Error)]
pub(super) enum UpstreamError {
    /// The selector cannot compile.
    #[error("{0}")]
    Broken(SelectorError),
    /// The selector has no answer for some environment.
    #[error("{0}")]
    Failed(EvalError),
}

impl Upstream {
    /// What a rule member selects, of environments that are yet to be looked at.
    pub(super) fn new(member: &EnvironmentProgression) -> Self {
        let place = Place::Entity(Subject::Environment);
        Self {
            selector: Selector::compile(&member.depends_on_environment_selector, place),
            selected: FixedBitSet::new(),
            failed: BTreeMap::new(),
        }
    }

    /// The selector, if it compiles.
    pub(super) fn selector(&self) -> Result<&Selector, &SelectorError> {
        self.selector.as_ref()
    }

    /// Asks the selector of an environment; of one that is gone, it selects nothing.
    pub(super) fn look_at(&mut self, ix: EnvironmentIx, environment: Option<&Environment>) {
        let Ok(selector) = &self.selector else { return };
        let answer = environment.map_or(Ok(false), |environment| {
            selector.matches(&Bindings::only(Subject::Environment, environment))
        });
        self.selected.grow(ix.slot() + 1);
        self.selected.set(ix.slot(), answer == Ok(true));
        self.failed.remove(&ix);
        if let Err(error) = answer {
            self.failed.insert(ix, error);
        }
    }

    /// Whether an environment is selected; `None` if there is no answer.
    pub(super) fn selects(&self, environment: EnvironmentIx) -> Option<bool> {
        let has_answer = self.selector.is_ok() && !self.failed.contains_key(&environment);
        has_answer.then(|| self.selected.contains(environment.slot()))
    }

    /// The environments that are selected, among neighbours.
    ///
    /// # Errors
    /// When the selector cannot compile, or has no answer for one of the neighbours.
    pub(super) fn among(
        &self,
        is_neighbour: impl Fn(EnvironmentIx) -> bool,
    ) -> Result<impl Iterator<Item = EnvironmentIx>, UpstreamError> {
        if let Err(error) = &self.selector {
            return Err(UpstreamError::Broken(error.clone()));
        }
        if let Some((_, error)) = self.failed.iter().find(|(ix, _)| is_neighbour(**ix)) {
            return Err(UpstreamError::Failed(error.clone()));
        }
        Ok(self.selected.ones().map(EnvironmentIx::at).filter(move |&ix| is_neighbour(ix)))
    }
}
