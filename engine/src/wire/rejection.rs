//! Rejections: why the workspace does not take an event that decodes.

use thiserror::Error;

use super::event::{DecodeError, ErrorClass, FieldPath, Step};

/// Why an event was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{separator}{message}", .path, separator = if .path.0.is_empty() { "" } else { ": " })]
pub struct Rejection {
    /// Kind of rejection.
    pub class: ErrorClass,
    /// The field, seen from the envelope.
    pub path: FieldPath,
    /// What is wrong with it.
    pub message: String,
}

impl Rejection {
    /// A rejection of the field `data.<field>`.
    #[must_use]
    pub fn at(class: ErrorClass, field: &[&str], message: String) -> Self {
        let keys = std::iter::once("data").chain(field.iter().copied());
        let path = FieldPath(keys.map(|key| Step::Key(key.to_owned())).collect());
        Self { class, path, message }
    }
}

/// Which of several events the workspace did not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {at}: {rejection}")]
pub struct Refused {
    /// Position of the event among those sent, from 0.
    pub at: usize,
    /// Why it was not applied.
    pub rejection: Rejection,
}

impl From<Refused> for Rejection {
    fn from(refused: Refused) -> Self {
        refused.rejection
    }
}

impl From<DecodeError> for Rejection {
    fn from(error: DecodeError) -> Self {
        let message = format!("expected {}, found {}", error.expected, error.found);
        Self { class: error.class, path: error.path, message }
    }
}
