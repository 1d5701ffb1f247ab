//! What the phases of a reconcile hand to each other: the dirty cohorts, what policies say of their
//! rows, where rows stand, who gets a job, and when they must be looked at again.
//!
//! Invariant (negative): nothing here knows a phase or a rule.

mod outcomes;
mod reason_rows;
mod slots;
mod targets;
mod verdicts;
mod wakes;
mod work;

pub use outcomes::Outcomes;
pub use reason_rows::ReasonRows;
pub use slots::Slots;
pub use targets::{Targets, carve};
pub use verdicts::Verdicts;
pub use wakes::{Rollout, RowWake};
pub use work::{Eligible, Work};
