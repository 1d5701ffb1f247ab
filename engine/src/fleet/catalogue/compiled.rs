//! Compiled selectors by text: a workspace repeats a few texts many times, and compiling one costs
//! as much as evaluating it over thousands of resources.

use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::model::SelectorSource;
use crate::select::{Place, Selector, SelectorError};

/// The selectors that were compiled lately, failures included.
#[derive(Debug, Resource)]
pub struct CompiledSelectors {
    known: FixedMap<(Place, String), Result<Selector, SelectorError>>,
    /// Bytes of the texts.
    bytes: usize,
}

/// Beyond so many bytes of text the cache starts over: texts are edited, and nobody says which are gone.
/// What is compiled takes some ten times as much.
const MAX_BYTES: usize = 1 << 22;

/// What an entry takes beside its text, in bytes.
const ENTRY: usize = 64;

impl Default for CompiledSelectors {
    fn default() -> Self {
        Self { known: fixed_map(), bytes: 0 }
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
        let text = source_text(source);
        let key = (place, text);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let compiled = Selector::compile(source, place);
        if self.bytes > MAX_BYTES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += key.1.len() + ENTRY;
        self.known.insert(key, compiled.clone());
        compiled
    }
}

/// A text that distinguishes all selectors.
pub(super) fn source_text(source: &SelectorSource) -> String {
    match source {
        SelectorSource::Cel(text) => format!("cel {text}"),
        SelectorSource::Json(condition) => format!("json {condition}"),
    }
}
