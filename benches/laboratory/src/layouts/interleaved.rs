//! One archetype table in which the deployments take turns: the targets of a resource in an
//! environment lie side by side, those of a deployment far apart, at a fixed distance.

use shakedown_engine::base::ids::EnvironmentIx;
use shakedown_engine::fleet::matrix::TargetRow;

use super::picked::{Find, Picked};
use super::table::Table;
use super::{Layout, Roster, Sharing, Standing};

/// One table, and where the rows of every seat are in it.
#[derive(Debug)]
pub(super) struct Interleaved {
    table: Table,
    seats: Vec<Stride>,
}

/// Rows at a fixed distance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stride {
    first: usize,
    step: usize,
}

impl Find for Stride {
    fn find(&self, row: usize) -> usize {
        self.first + row * self.step
    }
}

/// The seats of each environment, which take turns.
fn environments(roster: &Roster) -> Vec<Vec<usize>> {
    let mut seats: Vec<(EnvironmentIx, usize)> = roster
        .cohorts
        .iter()
        .enumerate()
        .map(|(seat, (_, cohort))| (cohort.environment, seat))
        .collect();
    seats.sort_unstable();
    let groups = seats.chunk_by(|(a, _), (b, _)| a == b);
    groups.map(|group| group.iter().map(|&(_, seat)| seat).collect()).collect()
}

/// Rows of a table in which every cohort of an environment has as many as the largest.
fn rows_in(roster: &Roster, group: &[usize]) -> usize {
    let longest = group.iter().map(|&seat| roster.starts[seat + 1] - roster.starts[seat]).max();
    longest.unwrap_or(0) * group.len()
}

impl Layout for Interleaved {
    type Rows<'a> = Picked<'a, Stride>;

    const PARALLEL: bool = false;

    fn build(roster: &Roster) -> Self {
        let mut seats = vec![Stride { first: 0, step: 0 }; roster.cohorts.len()];
        let mut rows: Vec<TargetRow> = Vec::new();
        for group in environments(roster) {
            let (first, step) = (rows.len(), group.len());
            let vacant = TargetRow::vacant(roster.cohorts[group[0]].0);
            rows.resize(first + rows_in(roster, &group), vacant);
            for (turn, &seat) in group.iter().enumerate() {
                seats[seat] = Stride { first: first + turn, step };
                for (at, row) in roster.rows_of(seat).enumerate() {
                    rows[seats[seat].find(at)] = row;
                }
            }
        }
        Self { table: Table::new(rows.into_iter()), seats }
    }

    fn formula(roster: &Roster) -> usize {
        let groups = environments(roster);
        Table::formula(groups.iter().map(|group| rows_in(roster, group)).sum())
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        _sharing: Sharing,
        work: impl Fn(&mut S, &mut Picked<'_, Stride>) + Sync,
    ) {
        let mut columns = self.table.columns();
        for (&seat, state) in seats.iter().zip(states) {
            let all = 0..columns.keys.len();
            work(state, &mut Picked { columns: columns.slice(all), finder: self.seats[seat] });
        }
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.table.read(self.seats[seat].find(row))
    }
}
