//! Jobs: one attempt each to carry out a release.
//!
//! Vocabulary: a *release* is (target, edition, variables), where an edition is a version with the
//! tag it had; its *record* exists from its first job on. The jobs of a target form a *chain* from
//! the newest backwards.
//!
//! Invariant: jobs are never removed, so a job's index is its place in [`Jobs`] for good.

mod copies;
mod external_ids;
mod given;
mod ledger;
mod store;
mod variables;

pub use copies::VersionCopies;
pub(crate) use external_ids::ExternalIds;
pub use given::GivenIds;
pub(crate) use ledger::update_ledger;
pub use ledger::{chain, count_ledger, is_same_release};
pub use store::{Configs, Editions, InOrder, Job, JobFlags, Jobs, Starts};
pub use variables::{Canonical, VariableEntry, VariableSets};
