//! Rows picked from the columns of all: each row of a cohort is somewhere in a shared table.
//!
//! Safe code cannot cut columns into rows that are not side by side, so cohorts are visited one after
//! the other, on one thread.

use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows, ones,
};

use super::StoredRows;

/// Finds the rows of a cohort in a table.
pub(super) trait Find {
    /// Where a row is.
    fn find(&self, row: usize) -> usize;
}

/// The rows of one cohort.
pub(super) struct Picked<'a, F> {
    pub(super) columns: TargetColumns<'a>,
    pub(super) finder: F,
}

impl<F: Find> PolicyRows for Picked<'_, F> {
    fn key(&self, row: usize) -> Key {
        self.columns.keys[self.finder.find(row)]
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.columns.ledgers[self.finder.find(row)]
    }
}

impl<F: Find> TargetRows for Picked<'_, F> {
    fn plan(&self, row: usize) -> Plan {
        self.columns.plans[self.finder.find(row)]
    }

    fn holds(&self, row: usize) -> Holds {
        self.columns.holds[self.finder.find(row)]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.columns.plans[self.finder.find(row)] = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        for bit in ones(rows) {
            self.columns.states[self.finder.find(word * 64 + bit as usize)] = state;
        }
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.columns.holds[self.finder.find(row)] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.columns.ledgers[self.finder.find(row)] = ledger;
    }
}

impl<F: Find> StoredRows for Picked<'_, F> {
    fn state(&self, row: usize) -> State {
        self.columns.states[self.finder.find(row)]
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.columns.keys[self.finder.find(row)] = key;
    }
}
