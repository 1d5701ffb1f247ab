//! Compiled selectors by text: a workspace repeats a few texts many times, and compiling one costs
//! as much as evaluating it over thousands of resources.

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::model::SelectorSource;
use crate::select::{Place, Selector, SelectorError};

/// The selectors that were compiled lately, failures included.
#[derive(Debug, Resource)]
pub struct CompiledSelectors(FixedMap<(Place, String), Result<Selector, SelectorError>>);

/// Beyond this number the cache starts over: texts are edited, and nobody says which are gone.
const MAX_TEXTS: usize = 65_536;

impl Default for CompiledSelectors {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl CompiledSelectors {
    /// Compiles a selector, or finds it.
    ///
    /// # Errors
    /// See [`Selector::compile`].
    pub fn compile(
        &mut self,
        source: &SelectorSource,
        place: Place,
    ) -> Result<Selector, SelectorError> {
        if self.0.len() >= MAX_TEXTS {
            self.0.clear();
        }
        let compile = || Selector::compile(source, place);
        self.0.entry((place, source_text(source))).or_insert_with(compile).clone()
    }
}

/// A text that distinguishes all selectors.
pub(super) fn source_text(source: &SelectorSource) -> String {
    match source {
        SelectorSource::Cel(text) => format!("cel {text}"),
        SelectorSource::Json(condition) => format!("json {condition}"),
    }
}
