//! What members of rules are compiled with.

use shakedown_engine::fleet::catalogue::CompiledSelectors;
use shakedown_engine::model::Dialect;

/// What members are compiled with.
#[derive(Debug)]
pub struct Compiling<'a> {
    /// The compiled form of each selector.
    pub selectors: &'a mut CompiledSelectors,
    /// What the members mean.
    pub dialect: &'a Dialect,
}
