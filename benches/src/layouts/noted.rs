//! Vectors, and a bit per row that says whether its state was written: changes tracked by our own
//! bitset.

use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows, ones, words_for,
};

use super::{Layout, Roster, Sharing, Soa, Standing, StoredRows};

/// Vectors, and the changed rows of each seat.
#[derive(Debug)]
pub(super) struct Noted {
    columns: Soa,
    changed: Vec<Vec<u64>>,
}

/// The rows of one cohort.
pub(super) struct NotedRows<'a> {
    columns: TargetColumns<'a>,
    changed: &'a mut [u64],
}

impl Layout for Noted {
    type Rows<'a> = NotedRows<'a>;

    fn build(roster: &Roster) -> Self {
        let words = roster.cohorts.iter().map(|(_, cohort)| words_for(cohort.used() as usize));
        Self { columns: Soa::build(roster), changed: words.map(|words| vec![0; words]).collect() }
    }

    fn formula(roster: &Roster) -> usize {
        let words = roster.cohorts.iter().map(|(_, cohort)| words_for(cohort.used() as usize));
        let lists = roster.cohorts.len() * size_of::<Vec<u64>>();
        Soa::formula(roster) + words.sum::<usize>() * size_of::<u64>() + lists
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut NotedRows<'_>) + Sync,
    ) {
        let mut wanted = seats.iter().copied().peekable();
        let changed = self.changed.iter_mut().enumerate();
        let changed = changed.filter_map(|(at, it)| wanted.next_if_eq(&at).map(|_| it));
        let mut tasks: Vec<(&mut S, &mut Vec<u64>)> = states.iter_mut().zip(changed).collect();
        self.columns.visit(seats, &mut tasks, sharing, |(state, changed), columns| {
            let all = 0..columns.keys.len();
            work(state, &mut NotedRows { columns: columns.slice(all), changed });
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.columns.read(seat, row)
    }

    fn changed(&mut self) -> Option<Vec<(usize, u32)>> {
        let mut found = Vec::new();
        for (seat, words) in self.changed.iter_mut().enumerate() {
            for (first, word) in (0u32..).step_by(64).zip(words) {
                found.extend(ones(std::mem::take(word)).map(|bit| (seat, first + bit)));
            }
        }
        Some(found)
    }
}

impl PolicyRows for NotedRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.columns.key(row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.columns.ledger(row)
    }
}

impl TargetRows for NotedRows<'_> {
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
        self.changed[word] |= rows;
        self.columns.set_states(word, rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.columns.set_holds(row, holds);
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.columns.set_ledger(row, ledger);
    }
}

impl StoredRows for NotedRows<'_> {
    fn state(&self, row: usize) -> State {
        self.columns.state(row)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.columns.set_key(row, key);
    }
}
