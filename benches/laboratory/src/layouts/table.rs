//! One archetype table with every column of a row, for the layouts that are made of such tables.

use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::fleet::matrix::{TargetColumns, TargetData, TargetRow};

use super::{Standing, standing_of};

/// A world with one table.
#[derive(Debug)]
pub(super) struct Table {
    world: World,
    columns: QueryState<TargetData>,
}

impl Table {
    /// Spawns rows in order.
    pub(super) fn new(rows: impl Iterator<Item = TargetRow>) -> Self {
        let mut world = World::new();
        let columns = world.query();
        let bundles = rows.map(|row| (row.key, row.plan, row.state, row.holds, row.ledger));
        world.spawn_batch(bundles).for_each(drop);
        Self { world, columns }
    }

    /// Bytes that so many rows should take.
    pub(super) fn formula(rows: usize) -> usize {
        table_bytes(rows, 5, 8 + 8 + 1 + 4 + 20)
    }

    /// All columns, whose ticks stay as they are.
    pub(super) fn columns(&mut self) -> TargetColumns<'_> {
        let mut tables = self
            .columns
            .contiguous_iter_mut(&mut self.world)
            .expect("target columns are table-stored");
        tables.next().map(TargetColumns::from).unwrap_or_default()
    }

    /// Reads one row.
    pub(super) fn read(&mut self, at: usize) -> Standing {
        standing_of(&self.columns(), at)
    }
}

/// Bytes that rows of so many columns should take in a bevy table, with `fields` bytes of values each:
/// those, two ticks per column, an entity in the table and one in the archetype, and bevy's list of
/// entities.
pub(super) fn table_bytes(rows: usize, columns: usize, fields: usize) -> usize {
    rows * (fields + 8 * columns + 8 + 16) + 24 * rows.next_power_of_two()
}
