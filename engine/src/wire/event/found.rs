//! What is found while a value is decoded, beside the value.

use std::collections::BTreeMap;

use super::error::{DecodeError, FieldPath};

/// Most faults of one document that are told.
pub const MAX_ERRORS: usize = 20;

/// Most kinds of member that nothing reads that are told of one by one.
pub(crate) const MAX_UNKNOWN: usize = 100;

/// What was found. However large the value is, it is so much and no more.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Members that nothing reads, each kind once.
    pub(crate) unknown: Vec<Unknown>,
    /// Where the kinds stand there, by their paths without positions.
    kinds: BTreeMap<String, usize>,
    /// How many are of other kinds.
    pub(crate) more: u64,
    /// What else does not fit, beside the error that decoding ended with.
    pub(crate) errors: Vec<DecodeError>,
}

impl Found {
    /// Keeps an error, if not too many were kept; one that is found again, once.
    pub(super) fn error(&mut self, error: DecodeError) {
        if self.errors.len() < MAX_ERRORS && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// One more member of a kind that nothing reads; where it is, and what is probably meant, is asked of
    /// the first.
    pub(super) fn unknown(
        &mut self,
        kind: String,
        first: impl FnOnce() -> (FieldPath, Option<&'static str>),
    ) {
        if let Some(&at) = self.kinds.get(&kind) {
            self.unknown[at].count += 1;
        } else if self.unknown.len() < MAX_UNKNOWN {
            self.kinds.insert(kind.clone(), self.unknown.len());
            let (path, nearest) = first();
            self.unknown.push(Unknown { kind, path, nearest, count: 1 });
        } else {
            self.more += 1;
        }
    }
}

/// Members of one kind that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// The path of all of them: without positions, `*` being any member of an object that may have any.
    pub(crate) kind: String,
    /// Where the first is, seen from the decoded value.
    pub(crate) path: FieldPath,
    /// The member that is probably meant.
    pub(crate) nearest: Option<&'static str>,
    /// How many there are.
    pub(crate) count: u64,
}
