//! Entities made by hand: `new` with what is required, and one method per field that people set.
//!
//! Invariant: what `new` gives is what decoding gives of a document with the required fields alone.
//! Instants of creation are then [`SimTime::UNSET`](crate::base::time::SimTime::UNSET), and become
//! the instant of the event that brings the entity.

mod catalogue;
mod policy;
mod relationship;
mod rule;
mod variable;
mod waiver;
