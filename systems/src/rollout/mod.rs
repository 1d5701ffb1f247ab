//! Gradual rollout: one target of a cohort after another (SEMANTICS 8.5).
//!
//! Vocabulary: a *cohort* is the targets of one deployment in one environment; a *rank* is a
//! target's position in its rollout order; a *slot* is the instant at which a position opens; a
//! *wave* is one version rolling through one cohort.
//!
//! Invariants: ranks are computed once per (cohort, version); kernels know no ECS and no clock.

mod ranks;
mod slots;
mod waves;

pub use ranks::{Ranked, SuffixHash, rank_rows, sort_by_hash};
pub use slots::Slots;
pub use waves::{CohortWaves, RankRows};
