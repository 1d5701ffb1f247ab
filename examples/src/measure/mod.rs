//! What one version costs: iterations measured beside their floor, what was measured against budgets,
//! and one iteration as a trace.

pub mod baseline;
pub mod budget;
pub mod gauge;
pub mod measurement;
pub mod memory;
pub mod object;
pub mod statement;
pub mod trace;
