//! Copies of rows: all columns, or states alone, with which later states are compared.

use std::sync::Mutex;

use shakedown_engine::fleet::jobs::Job;
use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, PolicyRows, State};

use crate::digest::{digest_of, digest_of_found};
use crate::lab::live_rows;
use crate::{Lab, Layout, Standing, StoredRows, standing_of};

/// Copies of columns, seat by seat.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    keys: Vec<Key>,
    plans: Vec<Plan>,
    states: Vec<State>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
}

impl Snapshot {
    /// Copies every live row of some seats.
    pub(crate) fn take<L: Layout>(&mut self, lab: &mut Lab<L>, seats: &[usize]) {
        self.keys.clear();
        self.plans.clear();
        self.states.clear();
        self.holds.clear();
        self.ledgers.clear();
        let copy = Mutex::new(self);
        lab.each(seats, &|place, rows| {
            let mut copy = copy.lock().expect("copying does not panic");
            for row in live_rows(&place.cohort) {
                let Standing { plan, state, holds, ledger } = standing_of(rows, row);
                copy.keys.push(rows.key(row));
                copy.plans.push(plan);
                copy.states.push(state);
                copy.holds.push(holds);
                copy.ledgers.push(ledger);
            }
        });
    }

    /// The digest of what was copied.
    pub(crate) fn digest(&self, jobs: &[Job]) -> u64 {
        let Self { keys, plans, states, holds, ledgers } = self;
        let digest = |row: usize| {
            let (plan, state) = (plans[row], states[row]);
            let standing = Standing { plan, state, holds: holds[row], ledger: ledgers[row] };
            digest_of(keys[row], &standing, jobs)
        };
        (0..keys.len()).map(digest).fold(0, u64::wrapping_add)
    }

    /// Copies states alone.
    pub(crate) fn take_states<L: Layout>(&mut self, lab: &mut Lab<L>, seats: &[usize]) {
        self.states.clear();
        let copy = Mutex::new(self);
        lab.each(seats, &|place, rows| {
            let mut copy = copy.lock().expect("copying does not panic");
            copy.states.extend(live_rows(&place.cohort).map(|row| rows.state(row)));
        });
    }

    /// The rows that have another state than when states were taken, by (seat, row).
    pub(crate) fn changes<L: Layout>(
        &self,
        lab: &mut Lab<L>,
        seats: &[usize],
    ) -> Vec<(usize, u32)> {
        let found = Mutex::new((0, Vec::new()));
        lab.each(seats, &|place, rows| {
            let mut found = found.lock().expect("comparing does not panic");
            let (at, changed) = &mut *found;
            for row in live_rows(&place.cohort) {
                if rows.state(row) != self.states[*at] {
                    let row = u32::try_from(row).expect("fewer than 2^32 rows");
                    changed.push((place.seat, row));
                }
                *at += 1;
            }
        });
        found.into_inner().expect("comparing does not panic").1
    }
}

/// Adds up the targets that changed; a row that there is not counts as well.
pub(crate) fn digest_of_changes<L: Layout>(lab: &mut Lab<L>, changes: &[(usize, u32)]) -> u64 {
    let mut sum = 0u64;
    for run in changes.chunk_by(|(a, _), (b, _)| a == b) {
        let seat = run[0].0;
        if seat >= lab.places.len() {
            return 1;
        }
        let digests = lab.with(seat, |place, rows| {
            let used = place.cohort.used();
            let digest = |&(_, row): &(usize, u32)| {
                if row < used { digest_of_found(rows.key(row as usize)) } else { 1 }
            };
            run.iter().map(digest).fold(0, u64::wrapping_add)
        });
        sum = sum.wrapping_add(digests);
    }
    sum
}
