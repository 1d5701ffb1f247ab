//! Selectors: which entities an expression picks (SEMANTICS section 3).

use super::entity::Json;

/// A selector as sent: CEL text or a JSON condition. An absent selector is `None` around this type.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectorSource {
    /// CEL text.
    Cel(String),
    /// A JSON condition.
    Json(Json),
}
