//! What is found while a value is decoded, beside the value.

use super::error::{DecodeError, FieldPath};

/// Most faults of one document that are told.
pub const MAX_ERRORS: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Members that nothing reads.
    pub(crate) unknown: Vec<Unknown>,
    /// What else does not fit, beside the error that decoding ended with.
    pub(crate) errors: Vec<DecodeError>,
}

impl Found {
    /// Keeps an error, if not too many were kept.
    pub(super) fn error(&mut self, error: DecodeError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }
}

/// A member that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// Where it is, seen from the decoded value.
    pub(crate) path: FieldPath,
    /// The member that is probably meant.
    pub(crate) nearest: Option<&'static str>,
}
