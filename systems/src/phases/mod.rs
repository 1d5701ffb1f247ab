//! The phases of a reconcile after ingest, in the order in which they run: policies, planning,
//! eligibility, job creation, settle.

pub mod eligibility;
pub mod job_creation;
pub mod limits;
pub mod planning;
pub mod policies;
pub mod settle;
pub mod stops;
pub mod wake;
