//! One world per deployment, each with one archetype table.

use std::ops::Range;

use super::table::Table;
use super::{Layout, Roster, Sharing, Standing, cut, visit_all};
use shakedown_engine::fleet::matrix::TargetColumns;

/// The worlds, and where the rows of every seat are.
#[derive(Debug)]
pub(super) struct Worlds {
    worlds: Vec<Table>,
    /// The world of each seat, and its rows there.
    seats: Vec<(usize, Range<usize>)>,
}

impl Layout for Worlds {
    type Rows<'a> = TargetColumns<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut built = Self { worlds: Vec::new(), seats: roster.by_deployment() };
        for deployment in roster.deployments() {
            let mut rows = Vec::with_capacity(roster.rows_in(&deployment));
            rows.extend(deployment.flat_map(|seat| roster.rows_of(seat)));
            built.worlds.push(Table::new(rows.into_iter()));
        }
        built
    }

    fn formula(roster: &Roster) -> usize {
        let deployments = roster.deployments().into_iter();
        deployments.map(|seats| Table::formula(roster.rows_in(&seats))).sum()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut TargetColumns<'_>) + Sync,
    ) {
        let mut rows = Vec::with_capacity(seats.len());
        let mut worlds = self.worlds.iter_mut().enumerate();
        for mine in seats.chunk_by(|&a, &b| self.seats[a].0 == self.seats[b].0) {
            let wanted = self.seats[mine[0]].0;
            let found = worlds.find(|(at, _)| *at == wanted);
            let (_, world) = found.expect("seats are ascending, as are worlds");
            let ranges = mine.iter().map(|&seat| self.seats[seat].1.clone());
            rows.extend(cut(world.columns(), ranges));
        }
        visit_all(rows, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let (world, rows) = &self.seats[seat];
        self.worlds[*world].read(rows.start + row)
    }
}
