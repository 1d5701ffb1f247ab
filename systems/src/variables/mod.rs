//! Variables: which value each key of a release has (SEMANTICS 7, T10).
//!
//! Vocabulary: a *recipe* is what a deployment declares, and what the variable sets say that apply to it,
//! prepared: per key its sources in the order in which they are asked; a *resolution* is the interned
//! set of values that a recipe gives on a resource, and a *column* has those of all resources; a
//! *reference column* holds, per resource, what one path on the first entity related by one reference
//! gives, for all deployments that name both.
//!
//! Invariants: a deployment without variables has no column and costs nothing; it has one column for all
//! environments, but for those *apart*, in which a variable set applies that reads the environment.
//! Resolutions are made in two steps: the relationships phase forgets those that may have changed, the
//! policies phase makes those that are missing, of dirty cohorts only, before rules ask what a target
//! would get.
//! Invariant: targets are marked dirty when a value they can take changed, not whenever something
//! related did; reconciling the others would change nothing (SEMANTICS 4.2). Only who has a new column
//! is marked as a whole.

mod applied;
mod columns;
mod complete;
mod own;
mod recipe;
mod reference;
mod refresh;
mod resolve;
mod stale;
mod stated;

pub use columns::Variables;
pub use complete::{complete_releases, some_are_incomplete};
pub use refresh::refresh_variables;
pub use resolve::resolve_variables;
