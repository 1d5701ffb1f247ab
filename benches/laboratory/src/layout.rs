//! What a layout is: a way to store target rows, and to get at those of a cohort.

use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, TargetColumns, TargetRows};

use crate::Roster;

/// A way to store target rows.
pub trait Layout: Sized + 'static {
    /// The rows of one cohort.
    type Rows<'a>: StoredRows
    where
        Self: 'a;

    /// Whether rows lie by resource index, so that each cohort has a row for every resource of the
    /// fleet, and are found without the cohort's member set.
    const BY_RESOURCE: bool = false;

    /// Whether several cohorts can be written at once by safe code, and `visit` lets them be.
    const PARALLEL: bool;

    /// Stores the rows of a roster.
    fn build(roster: &Roster) -> Self;

    /// Bytes that the rows of a roster should take when they are stored, growth slack aside.
    fn formula(roster: &Roster) -> usize;

    /// Calls `work` for each of the `seats`, ascending, with its rows and the state that belongs to
    /// it.
    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    );

    /// Reads one row found at random: its desired release, where it stands and its newest job.
    fn read(&mut self, seat: usize, row: usize) -> Standing;

    /// Carries out what writing rows has put off, such as moves between archetypes.
    fn settle(&mut self) {}

    /// The rows whose state was written since the last call, by (seat, row), if the layout tracks
    /// changes.
    fn changed(&mut self) -> Option<Vec<(usize, u32)>> {
        None
    }
}

/// How threads share the cohorts of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// One thread visits all.
    #[default]
    None,
    /// All threads take so many cohorts at a time.
    Cohorts(usize),
}

/// Rows that can also be read back and moved.
pub trait StoredRows: TargetRows {
    /// Where a row stands.
    fn state(&self, row: usize) -> State;
    /// Writes which target a row holds.
    fn set_key(&mut self, row: usize, key: Key);
}

impl StoredRows for TargetColumns<'_> {
    fn state(&self, row: usize) -> State {
        self.states[row]
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.keys[row] = key;
    }
}

/// What a lookup reads of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The desired release.
    pub plan: Plan,
    /// Where it stands.
    pub state: State,
    /// What holds it.
    pub holds: Holds,
    /// Its jobs.
    pub ledger: Ledger,
}

/// What a row stands at.
pub(crate) fn standing_of(rows: &impl StoredRows, row: usize) -> Standing {
    Standing {
        plan: rows.plan(row),
        state: rows.state(row),
        holds: rows.holds(row),
        ledger: rows.ledger(row),
    }
}
