//! Facts: what rules read of a fleet, kept up to date between reconciles.
//!
//! Vocabulary: *candidates* are the versions of a deployment as planning sees them, *edges* what
//! versions depend on, *waivers* what takes checks away; a *history* is the jobs of a target, of
//! which *successes* and *satisfied* demands are counted; *ranks* order the targets of a cohort.
//!
//! Invariants: facts equal a recount of everything after every event
//! (`tests/facts_equal_a_recount.rs`); they are kept per *demand*, and nothing is kept that nobody
//! asks for. Invariant (negative): facts know no rule.

mod agents;
mod attempts;
mod candidates;
mod demands;
mod edges;
mod histories;
mod key_hashes;
mod ranks;
mod satisfied;
mod successes;
mod waivers;
mod waves;

pub use agents::{Agents, Choice, Runners, refresh_agents};
pub use attempts::{age, attempts};
pub use candidates::{Candidate, CandidateLists, refresh_candidates};
pub use demands::{Demands, StatusSet, compile_demand, satisfies};
pub use edges::{Edge, Edges, Unmet, refresh_edges};
pub use histories::{Columns, Histories, Period, Reference};
pub use key_hashes::{KeyHashes, refresh_key_hashes};
pub use ranks::{Ranked, SuffixHash, rank_rows, sort_by_hash};
pub use satisfied::{Elsewhere, Satisfied, Upstream, refresh_satisfied};
pub use successes::{SuccessFacts, Successes, Touched, refresh_successes};
pub use waivers::{Covers, Waiver, Waivers, refresh_waivers};
pub use waves::{CohortWaves, RankRows, Waves};
