//! JSON values: reading with places, canonical strings, equality by value, deep merge.
//!
//! Vocabulary: a *literal* is a value as it was written, digits included; its *canonical string*
//! (SEMANTICS 1.3) is what release identities are made of, and is blind to types: number 3 and
//! string "3" have the same one.
//!
//! Invariant: a value that is read from text is nested at most [`read::MAX_DEPTH`] deep, so the
//! recursion over values in this crate is bounded.

pub mod read;

mod canonical;
mod merge;

pub use canonical::canonical;
pub use merge::{equal, merge};

use std::collections::BTreeMap;

/// A JSON value; numbers keep the digits they were written with.
pub type Json = serde_json::Value;
/// A JSON object, keys in byte order.
pub type JsonMap = serde_json::Map<String, Json>;
/// A map of strings, keys in byte order.
pub type StringMap = BTreeMap<String, String>;
