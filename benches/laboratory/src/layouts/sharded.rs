//! The engine's own layout: archetype tables sharded by deployment, written past their ticks.

use std::ops::Range;

use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::fleet::matrix::{ShardIx, Tables, TargetColumns, TargetData, spawn_rows};
use shakedown_systems::kernels::handover::carve;

use super::table::table_bytes;
use super::{Layout, Roster, Sharing, Standing, standing_of, visit_all};

/// One table per deployment, up to 64; then deployments share them.
#[derive(Debug)]
pub(super) struct Sharded {
    world: World,
    tables: Tables,
    columns: QueryState<TargetData>,
    /// The table of each seat, and its rows there.
    seats: Vec<(ShardIx, Range<usize>)>,
    /// The table of each cohort.
    shards: Vec<Option<ShardIx>>,
}

impl Layout for Sharded {
    type Rows<'a> = TargetColumns<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut world = World::new();
        let tables = Tables::new(&mut world);
        let columns = world.query();
        let cohorts = roster.cohorts.iter().map(|(ix, _)| ix.slot() + 1).max().unwrap_or(0);
        let mut built =
            Self { world, tables, columns, seats: Vec::new(), shards: vec![None; cohorts] };
        let chunks = roster.cohorts.chunk_by(|(_, a), (_, b)| a.shard == b.shard);
        for (shard, cohorts) in chunks.map(|cohorts| (cohorts[0].1.shard, cohorts)) {
            let first = built.seats.len();
            let offset = roster.starts[first];
            for (at, (ix, _)) in cohorts.iter().enumerate() {
                let seat = first + at;
                let rows = roster.starts[seat] - offset..roster.starts[seat + 1] - offset;
                built.seats.push((shard, rows));
                built.shards[ix.slot()] = Some(shard);
            }
            let rows: usize = cohorts.iter().map(|(_, cohort)| cohort.used() as usize).sum();
            spawn_rows(&mut built.world, shard, rows);
            let mut columns = built.tables.shard(&mut built.world, shard);
            let seats = first..first + cohorts.len();
            for (at, row) in seats.flat_map(|seat| roster.rows_of(seat)).enumerate() {
                columns.write(at, row);
            }
        }
        built
    }

    fn formula(roster: &Roster) -> usize {
        // The marker of a shard is a column without values.
        table_bytes(roster.rows(), 6, 8 + 8 + 1 + 4 + 20)
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut TargetColumns<'_>) + Sync,
    ) {
        let Self { world, tables, columns, seats: places, shards } = self;
        let (Some(&first), Some(&last)) = (seats.first(), seats.last()) else { return };
        let ranges: Vec<_> = seats.iter().map(|&seat| places[seat].clone()).collect();
        let found = if places[first].0 == places[last].0 {
            let shard = places[first].0;
            vec![(shard, tables.shard(world, shard))]
        } else {
            let all = columns.contiguous_iter_mut(world).expect("target columns are table-stored");
            let found = all.map(TargetColumns::from).filter_map(|columns| {
                let shard = columns.keys.first().and_then(|key| shards[key.cohort.slot()])?;
                Some((shard, columns))
            });
            found.collect()
        };
        visit_all(carve(found, &ranges), states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let (shard, rows) = &self.seats[seat];
        let columns = self.tables.shard(&mut self.world, *shard);
        standing_of(&columns, rows.start + row)
    }
}
