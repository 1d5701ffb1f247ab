//! The layout laboratory: the same reconcile over rows that are stored in different ways.
//!
//! Vocabulary: a *layout* is a way to store target rows; a *seat* is the place of a cohort in the list
//! of cohorts, deployment by deployment; a *roster* says which targets sit where ([`Roster`]); a
//! *scene* is a fleet about to be reconciled ([`Scene`]); a *lab* is a layout with what deciding it
//! needs beside the rows (`Lab`).
//!
//! Everything but the rows is the same for all layouts: catalogue, rules and candidates are read from
//! the scene's fleet, decisions are made by the kernels of the systems through the engine's
//! [`TargetRows`], and jobs are pushed to a vector.
//!
//! Adding a layout is one file that implements [`Layout`] and one line in `registry.rs`.
//!
//! Invariant: a layout is measured only after its state digest after a fixed sequence of events
//! equals the engine's ([`admit`]).

mod digest;
mod gate;
mod lab;
mod operation;
mod registry;
mod roster;
mod scale;
mod scene;
mod subject;

mod aos;
mod aosoa;
mod bits;
mod dense;
mod hecs;
mod hot_cold;
mod interleaved;
mod listed;
mod listed_states;
mod markers;
mod noted;
mod picked;
mod sharded;
mod soa;
mod table;
mod ticked;
mod worlds;

pub use gate::{Refused, admit};
use lab::{Lab, Step};
pub use operation::{Density as DirtyDensity, Done, Operation};
pub use registry::{Entry, LAYOUTS};
pub use roster::{Order, Roster};
pub use scale::Scale;
pub use scene::Scene;
pub use soa::Soa;
pub use subject::Subject;

use std::ops::Range;

use rayon::prelude::*;
use shakedown_engine::target::{Holds, Key, Ledger, Plan, State, TargetColumns, TargetRows};

/// A way to store target rows.
pub trait Layout: Sized {
    /// The rows of one cohort.
    type Rows<'a>: StoredRows
    where
        Self: 'a;

    /// Whether rows lie by resource index, so that each cohort has a row for every resource of the
    /// fleet, and are found without the cohort's member set.
    const BY_RESOURCE: bool = false;

    /// Whether several cohorts can be written at once by safe code.
    const PARALLEL: bool = true;

    /// Stores the rows of a roster.
    fn build(roster: &Roster) -> Self;

    /// Bytes that the rows of a roster should take, growth slack aside.
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

/// Calls `work` with the rows of each seat and the state that belongs to it.
fn visit_all<R: Send, S: Send>(
    rows: Vec<R>,
    states: &mut [S],
    sharing: Sharing,
    work: impl Fn(&mut S, &mut R) + Sync,
) {
    let tasks = rows.into_iter().zip(states);
    match sharing {
        Sharing::None => tasks.for_each(|(mut rows, state)| work(state, &mut rows)),
        Sharing::Cohorts(at_once) => {
            let mut tasks: Vec<_> = tasks.collect();
            let chunks = tasks.par_chunks_mut(at_once.max(1));
            chunks.for_each(|chunk| chunk.iter_mut().for_each(|(rows, state)| work(state, rows)));
        }
    }
}

/// Cuts columns into ranges of rows, ascending and disjoint.
fn cut<'a>(
    columns: TargetColumns<'a>,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Vec<TargetColumns<'a>> {
    let (mut rest, mut taken) = (columns, 0);
    let mut cut = Vec::new();
    for range in ranges {
        let (_, tail) = rest.split_at(range.start - taken);
        let (rows, tail) = tail.split_at(range.len());
        cut.push(rows);
        (rest, taken) = (tail, range.end);
    }
    cut
}
