//! The seam between kernels and storage: the rows of one cohort, whatever holds them.
//!
//! Kernels name rows by their position in the cohort, and decide sets of them, 64 to a word, so sets
//! are also the unit of writing where all rows of one get the same. The engine holds rows as
//! [`TargetColumns`]; other layouts implement the same traits, and the kernels cannot tell.
//!
//! Invariant: a getter says what was last set; positions are those of [`super::Cohort`].

use std::ops::Range;

use super::{Holds, Key, Ledger, Plan, State, TargetRow};
use crate::base::row_set::{ones, rows_in};

/// The rows of a cohort as policies read them.
pub trait PolicyRows {
    /// Which target a row holds.
    fn key(&self, row: usize) -> Key;
    /// The job facts of a row.
    fn ledger(&self, row: usize) -> Ledger;

    /// The targets of the first `rows` rows: slices need no check for each.
    fn keys(&self, rows: usize) -> impl ExactSizeIterator<Item = Key> {
        (0..rows).map(|row| self.key(row))
    }

    /// The job facts of a range of rows: slices need no check for each.
    fn ledgers(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = Ledger> {
        rows.map(|row| self.ledger(row))
    }
}

impl<T: PolicyRows> PolicyRows for &T {
    fn key(&self, row: usize) -> Key {
        T::key(self, row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        T::ledger(self, row)
    }

    fn keys(&self, rows: usize) -> impl ExactSizeIterator<Item = Key> {
        T::keys(self, rows)
    }

    fn ledgers(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = Ledger> {
        T::ledgers(self, rows)
    }
}

/// The rows of a cohort as the phases after policies read and write them.
pub trait TargetRows: PolicyRows {
    /// The desired release of a row.
    fn plan(&self, row: usize) -> Plan;
    /// What holds a row.
    fn holds(&self, row: usize) -> Holds;
    /// Writes the desired release of a row.
    fn set_plan(&mut self, row: usize, plan: Plan);
    /// Writes the same desired release of the rows from `word * 64` on whose bit is set.
    fn set_plans(&mut self, word: usize, rows: u64, plan: Plan) {
        rows_in(word, rows).for_each(|row| self.set_plan(row, plan));
    }
    /// Writes where the rows from `word * 64` on whose bit is set stand.
    fn set_states(&mut self, word: usize, rows: u64, state: State);
    /// Writes what holds a row.
    fn set_holds(&mut self, row: usize, holds: Holds);
    /// Writes the job facts of a row.
    fn set_ledger(&mut self, row: usize, ledger: Ledger);
}

/// The columns of some rows as slices of equal length: of a shard, or of a cohort in it.
#[derive(Debug, Default)]
pub struct TargetColumns<'a> {
    /// Which target.
    pub keys: &'a mut [Key],
    /// Desired release.
    pub plans: &'a mut [Plan],
    /// Where it stands.
    pub states: &'a mut [State],
    /// What holds it.
    pub holds: &'a mut [Holds],
    /// Its jobs.
    pub ledgers: &'a mut [Ledger],
}

impl<'a> TargetColumns<'a> {
    /// Writes a row across all columns.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn write(&mut self, at: usize, row: TargetRow) {
        self.keys[at] = row.key;
        self.plans[at] = row.plan;
        self.states[at] = row.state;
        self.holds[at] = row.holds;
        self.ledgers[at] = row.ledger;
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// When `rows` lies outside.
    #[must_use]
    pub fn slice(&mut self, rows: Range<usize>) -> TargetColumns<'_> {
        TargetColumns {
            keys: &mut self.keys[rows.clone()],
            plans: &mut self.plans[rows.clone()],
            states: &mut self.states[rows.clone()],
            holds: &mut self.holds[rows.clone()],
            ledgers: &mut self.ledgers[rows],
        }
    }

    /// The rows before `row`, and the rest.
    ///
    /// # Panics
    /// When there are fewer than `row`.
    #[must_use]
    pub fn split_at(self, row: usize) -> (Self, Self) {
        let (keys, plans) = (self.keys.split_at_mut(row), self.plans.split_at_mut(row));
        let (states, holds) = (self.states.split_at_mut(row), self.holds.split_at_mut(row));
        let ledgers = self.ledgers.split_at_mut(row);
        let columns = |keys, plans, states, holds, ledgers| TargetColumns {
            keys,
            plans,
            states,
            holds,
            ledgers,
        };
        (
            columns(keys.0, plans.0, states.0, holds.0, ledgers.0),
            columns(keys.1, plans.1, states.1, holds.1, ledgers.1),
        )
    }
}

impl PolicyRows for TargetColumns<'_> {
    fn key(&self, row: usize) -> Key {
        self.keys[row]
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.ledgers[row]
    }

    fn keys(&self, rows: usize) -> impl ExactSizeIterator<Item = Key> {
        self.keys[..rows].iter().copied()
    }

    fn ledgers(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = Ledger> {
        self.ledgers[rows].iter().copied()
    }
}

impl TargetRows for TargetColumns<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.plans[row]
    }

    fn holds(&self, row: usize) -> Holds {
        self.holds[row]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.plans[row] = plan;
    }

    fn set_plans(&mut self, word: usize, rows: u64, plan: Plan) {
        fill(self.plans, word, rows, plan);
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        fill(self.states, word, rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.holds[row] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.ledgers[row] = ledger;
    }
}

/// Writes the rows of a column from `word * 64` on whose bit is set; a whole word runs without bit
/// tests.
pub fn fill<T: Copy>(column: &mut [T], word: usize, rows: u64, value: T) {
    let column = &mut column[word * 64..];
    if rows == u64::MAX {
        column[..64].fill(value);
    } else {
        ones(rows).for_each(|bit| column[bit as usize] = value);
    }
}

/// The columns that policies read of some rows as slices of equal length.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyColumns<'a> {
    /// Which target.
    pub keys: &'a [Key],
    /// Its jobs.
    pub ledgers: &'a [Ledger],
}

impl PolicyColumns<'_> {
    /// Some of the rows.
    ///
    /// # Panics
    /// When `rows` lies outside.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        Self { keys: &self.keys[rows.clone()], ledgers: &self.ledgers[rows] }
    }
}

impl PolicyRows for PolicyColumns<'_> {
    fn key(&self, row: usize) -> Key {
        self.keys[row]
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.ledgers[row]
    }

    fn keys(&self, rows: usize) -> impl ExactSizeIterator<Item = Key> {
        self.keys[..rows].iter().copied()
    }

    fn ledgers(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = Ledger> {
        self.ledgers[rows].iter().copied()
    }
}
