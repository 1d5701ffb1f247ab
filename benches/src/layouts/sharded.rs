//! The engine's own layout: archetype tables sharded by deployment, written past their ticks.

use std::ops::Range;

use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::ids::CohortIx;
use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, ShardIx, State, Tables, TargetColumns, spawn_rows, untracked,
};

use super::{Layout, Roster, Sharing, Standing, cut, visit_all};

/// One table per deployment, up to 64; then deployments share them.
#[derive(Debug)]
pub(super) struct Sharded {
    world: World,
    tables: Tables,
    columns: QueryState<(
        &'static mut Key,
        &'static mut Plan,
        &'static mut State,
        &'static mut Holds,
        &'static mut Ledger,
    )>,
    /// The table of each seat, and its rows there.
    seats: Vec<(ShardIx, Range<usize>)>,
    /// The table of each cohort.
    shards: Vec<Option<ShardIx>>,
}

impl Layout for Sharded {
    type Rows<'a> = TargetColumns<'a>;

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
        let (rows, columns) = (roster.rows(), 6);
        let fields = 8 + 8 + 1 + 4 + 20;
        rows * (fields + 8 * columns + 8 + 16) + 24 * rows.next_power_of_two()
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
        let ranges = |seats: &[usize]| {
            seats.iter().map(|&seat| places[seat].1.clone()).collect::<Vec<_>>().into_iter()
        };
        if places[first].0 == places[last].0 {
            let table = tables.shard(world, places[first].0);
            visit_all(cut(table, ranges(seats)), states, sharing, work);
            return;
        }
        let all = columns.contiguous_iter_mut(world).expect("target columns are table-stored");
        let mut found: Vec<(ShardIx, TargetColumns<'_>)> = all
            .filter_map(|(keys, plans, states, holds, ledgers)| {
                let keys = untracked(keys);
                let shard = keys.first().and_then(|key| shards[CohortIx::slot(key.cohort)])?;
                let columns = TargetColumns {
                    keys,
                    plans: untracked(plans),
                    states: untracked(states),
                    holds: untracked(holds),
                    ledgers: untracked(ledgers),
                };
                Some((shard, columns))
            })
            .collect();
        found.sort_unstable_by_key(|&(shard, _)| shard);
        let mut found = found.into_iter();
        let mut rows = Vec::with_capacity(seats.len());
        for in_shard in seats.chunk_by(|&a, &b| places[a].0 == places[b].0) {
            let shard = places[in_shard[0]].0;
            let (_, table) = found.find(|&(it, _)| it == shard).expect("seats have tables");
            rows.extend(cut(table, ranges(in_shard)));
        }
        visit_all(rows, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let (shard, rows) = &self.seats[seat];
        let columns = self.tables.shard(&mut self.world, *shard);
        let at = rows.start + row;
        Standing {
            plan: columns.plans[at],
            state: columns.states[at],
            holds: columns.holds[at],
            ledger: columns.ledgers[at],
        }
    }
}
