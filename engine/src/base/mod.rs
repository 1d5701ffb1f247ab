//! What everything stands on: numbers, words, sets, time, JSON values.
//!
//! Invariant (negative): nothing here knows what a workspace is.

pub mod hash;
pub mod ids;
pub(crate) mod intern;
pub mod ix_vec;
pub mod json;
pub mod nearest;
pub mod number;
pub mod row_set;
pub mod symbol;
pub mod time;
pub mod zone;
