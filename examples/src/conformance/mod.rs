//! Conformance: does the engine decide what an independent engine was recorded to decide?
//!
//! Vocabulary: a *scenario* is a list of events at one instant; its *golden* is the recorded state;
//! both together are a [`case::Case`]. A *difference* is a field of the state that was reached and is
//! not as recorded; a *deviation* (Dn, SEMANTICS 13) is what we decide otherwise on purpose.
//!
//! Invariants: nothing depends on the names of scenarios; a difference that no deviation explains in
//! full is a disagreement.

pub mod case;
pub mod deviation;
pub mod golden;
mod replay;
pub mod state;
pub mod summary;

use self::case::Case;
use self::state::{Difference, NEXT, State, differences};

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// Its family.
    pub family: String,
    /// All differences, explained or not; none if it agrees.
    pub differences: Vec<Difference>,
}

/// How a case came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// As recorded.
    Agrees,
    /// Otherwise, by documented deviations only.
    Deviates,
    /// Otherwise.
    Disagrees,
}

impl Outcome {
    /// How it came out.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        if self.differences.is_empty() {
            Agreement::Agrees
        } else if self.unexplained().is_none() {
            Agreement::Deviates
        } else {
            Agreement::Disagrees
        }
    }

    /// Whether it only looks again at another time, and decides the same.
    #[must_use]
    pub fn is_about_time(&self) -> bool {
        !self.differences.is_empty() && self.differences.iter().all(|it| it.field == NEXT)
    }

    /// The first difference that is no deviation.
    #[must_use]
    pub fn unexplained(&self) -> Option<&Difference> {
        self.differences.iter().find(|it| it.deviation.is_none())
    }
}

/// The state that the engine reaches after the events of a case.
#[must_use]
pub fn reach(case: &Case) -> State {
    replay::replay(case, &[]).0
}

/// Replays a case and compares. About 10 ms; a case that differs is replayed for each deviation.
#[must_use]
pub fn check(case: &Case) -> Outcome {
    let (state, mut found) = replay::replay(case, &[]);
    found.extend(differences(&case.golden, &state));
    deviation::explain(case, &state, &mut found);
    Outcome { scenario: case.name.clone(), family: case.family.clone(), differences: found }
}
