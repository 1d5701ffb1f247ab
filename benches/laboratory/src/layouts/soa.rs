//! One vector per column, the cohorts one after the other: the floor of the engine's benches.

use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, TargetColumns};

use super::{Layout, Roster, Sharing, Standing, cut, visit_all};

/// Plain vectors.
#[derive(Debug, Default)]
pub struct Soa {
    keys: Vec<Key>,
    plans: Vec<Plan>,
    states: Vec<State>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
    starts: Vec<usize>,
}

impl Layout for Soa {
    type Rows<'a> = TargetColumns<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let rows = roster.rows();
        let mut built = Self {
            keys: Vec::with_capacity(rows),
            plans: Vec::with_capacity(rows),
            states: Vec::with_capacity(rows),
            holds: Vec::with_capacity(rows),
            ledgers: Vec::with_capacity(rows),
            starts: roster.starts.clone(),
        };
        for row in (0..roster.cohorts.len()).flat_map(|seat| roster.rows_of(seat)) {
            built.keys.push(row.key);
            built.plans.push(row.plan);
            built.states.push(row.state);
            built.holds.push(row.holds);
            built.ledgers.push(row.ledger);
        }
        built
    }

    fn formula(roster: &Roster) -> usize {
        roster.rows() * (8 + 8 + 1 + 4 + 20)
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut TargetColumns<'_>) + Sync,
    ) {
        let columns = TargetColumns {
            keys: &mut self.keys,
            plans: &mut self.plans,
            states: &mut self.states,
            holds: &mut self.holds,
            ledgers: &mut self.ledgers,
        };
        let ranges = seats.iter().map(|&seat| self.starts[seat]..self.starts[seat + 1]);
        visit_all(cut(columns, ranges), states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = self.starts[seat] + row;
        Standing {
            plan: self.plans[at],
            state: self.states[at],
            holds: self.holds[at],
            ledger: self.ledgers[at],
        }
    }
}
