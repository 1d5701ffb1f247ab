//! What programs share at the terminal: how they tell progress and numbers, where results go, and how
//! they end.
//!
//! Invariant (negative): nothing here knows a fleet, so that every program may depend on it.

pub mod destination;
pub mod exit;
pub mod nearest;
pub mod number;
pub mod printable;
pub mod progress;
