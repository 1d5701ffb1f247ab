//! One archetype table for all deployments, unsharded; a list per cohort says where its rows are.

use shakedown_engine::fleet::matrix::TargetRow;

use super::picked::{Find, Picked};
use super::table::Table;
use super::{Layout, Roster, Sharing, Standing};

/// One table, and the rows of every seat in it.
#[derive(Debug)]
pub(super) struct Listed {
    table: Table,
    /// Where each row is, seat by seat.
    rows: Vec<u32>,
    starts: Vec<usize>,
}

/// Looks a row up in its cohort's list.
pub(super) struct List<'a>(&'a [u32]);

impl Find for List<'_> {
    fn find(&self, row: usize) -> usize {
        self.0[row] as usize
    }
}

impl Layout for Listed {
    type Rows<'a> = Picked<'a, List<'a>>;

    const PARALLEL: bool = false;

    fn build(roster: &Roster) -> Self {
        let by_seat: Vec<Vec<TargetRow>> =
            (0..roster.cohorts.len()).map(|seat| roster.rows_of(seat).collect()).collect();
        let storage = roster.storage();
        let mut rows = vec![0; roster.rows()];
        for (&(seat, row), at) in storage.iter().zip(0u32..) {
            rows[roster.starts[seat as usize] + row as usize] = at;
        }
        let row = |&(seat, row): &(u32, u32)| by_seat[seat as usize][row as usize];
        let table = Table::new(storage.iter().map(row));
        Self { table, rows, starts: roster.starts.clone() }
    }

    fn formula(roster: &Roster) -> usize {
        Table::formula(roster.rows()) + 4 * roster.rows()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        _sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        let mut columns = self.table.columns();
        for (&seat, state) in seats.iter().zip(states) {
            let finder = List(&self.rows[self.starts[seat]..self.starts[seat + 1]]);
            let all = 0..columns.keys.len();
            work(state, &mut Picked { columns: columns.slice(all), finder });
        }
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.table.read(self.rows[self.starts[seat] + row] as usize)
    }
}
