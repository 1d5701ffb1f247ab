//! A selector as it was sent; what it picks is the business of [`select`](crate::select).

use crate::base::json::Json;

/// A selector as sent: CEL text or a JSON condition. An absent selector is `None` around this type.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectorSource {
    /// CEL text.
    Cel(String),
    /// A JSON condition.
    Json(Json),
}

impl SelectorSource {
    /// CEL text.
    #[must_use]
    pub fn cel(text: impl Into<String>) -> Self {
        Self::Cel(text.into())
    }
}

/// CEL text.
impl From<&str> for SelectorSource {
    fn from(text: &str) -> Self {
        Self::Cel(text.to_owned())
    }
}

/// CEL text.
impl From<String> for SelectorSource {
    fn from(text: String) -> Self {
        Self::Cel(text)
    }
}
