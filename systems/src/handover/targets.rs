//! The columns of targets, cut into one slice per cohort.
//!
//! Invariant: cohorts never share rows, so the columns of a table can be cut into one slice per
//! cohort and worked on in parallel.

use std::ops::Range;

use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::system::{Query, Res, SystemParam};
use shakedown_engine::fleet::matrix::{Cohorts, ShardIx, TargetColumns, TargetData, shard_of};

/// The columns of all targets, to write.
#[derive(Debug, SystemParam)]
pub struct Targets<'w, 's> {
    cohorts: Res<'w, Cohorts>,
    columns: Query<'w, 's, TargetData>,
}

impl Targets<'_, '_> {
    /// The columns of each range; ranges are by (shard, first row), disjoint.
    ///
    /// # Errors
    /// When a column of targets is not table-stored, as all are declared to be.
    pub fn carve(
        &mut self,
        ranges: &[(ShardIx, Range<usize>)],
    ) -> Result<Vec<TargetColumns<'_>>, QueryNotDenseError> {
        let mut tables = Vec::new();
        for table in self.columns.contiguous_iter_mut()? {
            let columns = TargetColumns::from(table);
            if let Some(shard) = shard_of(columns.keys, &self.cohorts)
                && ranges.binary_search_by_key(&shard, |(shard, _)| *shard).is_ok()
            {
                tables.push((shard, columns));
            }
        }
        Ok(carve(tables, ranges))
    }
}

/// Cuts tables into the rows of each range.
///
/// - `tables`: the columns of each table that exists, in any order.
/// - `ranges`: by (shard, first row), disjoint.
///
/// # Panics
/// When a range lies outside its table: rows and cohorts out of step.
#[must_use]
pub fn carve<'a>(
    mut tables: Vec<(ShardIx, TargetColumns<'a>)>,
    ranges: &[(ShardIx, Range<usize>)],
) -> Vec<TargetColumns<'a>> {
    tables.sort_unstable_by_key(|&(shard, _)| shard);
    let mut tables = tables.into_iter();
    let mut current: Option<(ShardIx, TargetColumns<'a>, usize)> = None;
    let mut carved = Vec::with_capacity(ranges.len());
    for (shard, rows) in ranges {
        let (table_shard, table, taken) = match current.take() {
            Some(open) if open.0 == *shard => open,
            _ => {
                let table = tables.find(|(it, _)| it == shard).expect("every shard has a table");
                (table.0, table.1, 0)
            }
        };
        let (_, rest) = table.split_at(rows.start - taken);
        let (columns, rest) = rest.split_at(rows.len());
        carved.push(columns);
        current = Some((table_shard, rest, rows.end));
    }
    carved
}

#[cfg(test)]
mod tests {
    use shakedown_engine::base::ids::{CohortIx, ResourceIx};
    use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, TargetRow};

    use super::*;

    /// Columns whose rows hold these resources.
    struct Table {
        keys: Vec<Key>,
        plans: Vec<Plan>,
        states: Vec<State>,
        holds: Vec<Holds>,
        ledgers: Vec<Ledger>,
    }

    impl Table {
        fn new(resources: Range<u32>) -> Self {
            let rows: Vec<TargetRow> = resources
                .map(|resource| TargetRow::new(ResourceIx(resource), CohortIx(0)))
                .collect();
            Self {
                keys: rows.iter().map(|row| row.key).collect(),
                plans: rows.iter().map(|row| row.plan).collect(),
                states: rows.iter().map(|row| row.state).collect(),
                holds: rows.iter().map(|row| row.holds).collect(),
                ledgers: rows.iter().map(|row| row.ledger).collect(),
            }
        }

        fn columns(&mut self) -> TargetColumns<'_> {
            TargetColumns {
                keys: &mut self.keys,
                plans: &mut self.plans,
                states: &mut self.states,
                holds: &mut self.holds,
                ledgers: &mut self.ledgers,
            }
        }
    }

    #[test]
    fn carving_gives_each_range_its_rows() {
        let (mut a, mut b) = (Table::new(0..10), Table::new(100..105));
        let tables = vec![(ShardIx(7), b.columns()), (ShardIx(3), a.columns())];
        let ranges =
            [(ShardIx(3), 1..3), (ShardIx(3), 3..3), (ShardIx(3), 5..10), (ShardIx(7), 0..2)];
        let carved = carve(tables, &ranges);
        let resources = |columns: &TargetColumns<'_>| -> Vec<u32> {
            columns.keys.iter().map(|key| key.resource.0).collect()
        };
        let expected: [&[u32]; 4] = [&[1, 2], &[], &[5, 6, 7, 8, 9], &[100, 101]];
        assert_eq!(carved.iter().map(resources).collect::<Vec<_>>(), expected);
        for columns in &carved {
            let rows = columns.keys.len();
            assert_eq!((columns.plans.len(), columns.states.len()), (rows, rows));
            assert_eq!((columns.holds.len(), columns.ledgers.len()), (rows, rows));
        }
    }
}
