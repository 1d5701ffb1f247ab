//! What programs share at the terminal: how many threads work, how progress and numbers are told, where
//! results go, and how a program ends.
//!
//! Invariant (negative): nothing here knows a fleet, so that every program may depend on it.

pub mod arguments;
pub mod destination;
pub mod exit;
pub mod number;
pub mod object;
pub mod pipe;
pub mod printable;
pub mod progress;
pub mod reader;
mod replacement;
pub mod sheet;
pub mod table;
pub mod threads;
