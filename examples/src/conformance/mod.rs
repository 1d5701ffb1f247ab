//! Conformance.
pub mod case;
pub mod deviation;
mod golden;
pub mod replay;
pub mod state;
