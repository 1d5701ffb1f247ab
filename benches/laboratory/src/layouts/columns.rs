//! Rows in columns, of which states and keys may be kept in ways of their own.

use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows,
};

use super::StoredRows;

/// Where the rows of a cohort stand.
pub(super) trait States {
    /// Where a row stands.
    fn state(&self, row: usize) -> State;
    /// Writes where the rows from `word * 64` on whose bit is set stand.
    fn set_states(&mut self, word: usize, rows: u64, state: State);
}

/// Which targets the rows of a cohort hold.
pub(super) trait Keys {
    /// Which target a row holds.
    fn key(&self, row: usize) -> Key;
    /// Writes it.
    fn set_key(&mut self, row: usize, key: Key);
}

/// The rows of one cohort.
pub(super) struct ColumnRows<'a, S, K = &'a mut [Key]> {
    pub(super) keys: K,
    pub(super) plans: &'a mut [Plan],
    pub(super) holds: &'a mut [Holds],
    pub(super) ledgers: &'a mut [Ledger],
    pub(super) states: S,
}

impl<'a, S> ColumnRows<'a, S> {
    /// The columns of a table, with states made of its own.
    pub(super) fn new(
        columns: TargetColumns<'a>,
        states: impl FnOnce(&'a mut [State]) -> S,
    ) -> Self {
        let TargetColumns { keys, plans, states: column, holds, ledgers } = columns;
        Self { keys, plans, holds, ledgers, states: states(column) }
    }
}

/// Every row holds the target of the resource whose index it is.
pub(super) struct ByResource(pub(super) CohortIx);

impl Keys for ByResource {
    fn key(&self, row: usize) -> Key {
        Key { resource: ResourceIx::at(row), cohort: self.0 }
    }

    fn set_key(&mut self, row: usize, key: Key) {
        debug_assert_eq!(key.resource.slot(), row, "a cell belongs to one resource");
    }
}

impl Keys for &mut [Key] {
    fn key(&self, row: usize) -> Key {
        self[row]
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self[row] = key;
    }
}

impl<S, K: Keys> PolicyRows for ColumnRows<'_, S, K> {
    fn key(&self, row: usize) -> Key {
        self.keys.key(row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.ledgers[row]
    }
}

impl<S: States, K: Keys> TargetRows for ColumnRows<'_, S, K> {
    fn plan(&self, row: usize) -> Plan {
        self.plans[row]
    }

    fn holds(&self, row: usize) -> Holds {
        self.holds[row]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.plans[row] = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        self.states.set_states(word, rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.holds[row] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.ledgers[row] = ledger;
    }
}

impl<S: States, K: Keys> StoredRows for ColumnRows<'_, S, K> {
    fn state(&self, row: usize) -> State {
        self.states.state(row)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.keys.set_key(row, key);
    }
}
