//! Vectors whose states are lists: each cohort has a commonest state, and a list of the rows that
//! stand elsewhere. What is written is noted, and merged into the list when the rows are settled.

use std::ops::Range;

use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows, ones,
};

use super::{Layout, Roster, Sharing, Soa, Standing, StoredRows};

/// Vectors, and the states of each seat beside them.
#[derive(Debug)]
pub(super) struct ListedStates {
    columns: Soa,
    states: Vec<States>,
}

/// Where the rows of a cohort stand.
#[derive(Debug)]
pub(super) struct States {
    rows: u32,
    common: State,
    /// Rows that stand elsewhere, ascending.
    others: Vec<(u32, State)>,
    /// What was written since, in order: word, rows, state.
    written: Vec<(usize, u64, State)>,
}

/// The rows of one cohort.
pub(super) struct ListedRows<'a> {
    columns: TargetColumns<'a>,
    states: &'a mut States,
}

impl Layout for ListedStates {
    type Rows<'a> = ListedRows<'a>;

    fn build(roster: &Roster) -> Self {
        let states = |(_, cohort): &(_, shakedown_engine::target::Cohort)| States {
            rows: cohort.used(),
            common: State::Idle,
            others: Vec::new(),
            written: Vec::new(),
        };
        Self { columns: Soa::build(roster), states: roster.cohorts.iter().map(states).collect() }
    }

    fn formula(roster: &Roster) -> usize {
        // The column of states lies idle; the lists are empty at first.
        Soa::formula(roster) + roster.cohorts.len() * size_of::<States>()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut ListedRows<'_>) + Sync,
    ) {
        let mut wanted = seats.iter().copied().peekable();
        let lists = self.states.iter_mut().enumerate();
        let lists = lists.filter_map(|(at, it)| wanted.next_if_eq(&at).map(|_| it));
        let mut tasks: Vec<(&mut S, &mut States)> = states.iter_mut().zip(lists).collect();
        self.columns.visit(seats, &mut tasks, sharing, |(state, list), columns| {
            let all = 0..columns.keys.len();
            work(state, &mut ListedRows { columns: columns.slice(all), states: list });
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let state = self.states[seat].of(row);
        Standing { state, ..self.columns.read(seat, row) }
    }

    fn settle(&mut self) {
        self.states.iter_mut().for_each(States::merge);
    }
}

impl States {
    fn of(&self, row: usize) -> State {
        let at = self.others.binary_search_by_key(&row, |&(other, _)| other as usize);
        at.map_or(self.common, |at| self.others[at].1)
    }

    fn merge(&mut self) {
        if self.written.is_empty() {
            return;
        }
        let mut states = vec![self.common; self.rows as usize];
        for &(row, state) in &self.others {
            states[row as usize] = state;
        }
        for (word, rows, state) in self.written.drain(..) {
            ones(rows).for_each(|bit| states[word * 64 + bit as usize] = state);
        }
        let mut counts = [0u32; State::ALL.len()];
        states.iter().for_each(|state| counts[*state as usize] += 1);
        let commonest = State::ALL.into_iter().max_by_key(|state| counts[*state as usize]);
        self.common = commonest.expect("there are states");
        self.others.clear();
        let rows: Range<u32> = 0..self.rows;
        let elsewhere = rows.zip(states).filter(|(_, state)| *state != self.common);
        self.others.extend(elsewhere);
    }
}

impl PolicyRows for ListedRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.columns.key(row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.columns.ledger(row)
    }
}

impl TargetRows for ListedRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.columns.plan(row)
    }

    fn holds(&self, row: usize) -> Holds {
        self.columns.holds(row)
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.columns.set_plan(row, plan);
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        self.states.written.push((word, rows, state));
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.columns.set_holds(row, holds);
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.columns.set_ledger(row, ledger);
    }
}

impl StoredRows for ListedRows<'_> {
    fn state(&self, row: usize) -> State {
        self.states.of(row)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.columns.set_key(row, key);
    }
}
