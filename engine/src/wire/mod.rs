//! What comes in and goes out: events, documents, entities as JSON, and why input is refused.
//!
//! Invariant (negative): nothing here knows how a world is held.

pub mod document;
pub mod event;
mod output;
mod rejection;

pub use rejection::{Refused, Rejection};
