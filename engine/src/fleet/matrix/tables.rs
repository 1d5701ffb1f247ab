//! Direct access to the columns of one shard, outside of systems.

use bevy_ecs::change_detection::ContiguousMut;
use bevy_ecs::query::{QueryBuilder, QueryState};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::shard::register_marker;
use super::{
    Cohort, Cohorts, Holds, Key, Ledger, Plan, SHARDS, ShardIx, State, TargetColumns, TargetRow,
};

/// What a query fetches of a target to write it.
pub type TargetData = (
    &'static mut Key,
    &'static mut Plan,
    &'static mut State,
    &'static mut Holds,
    &'static mut Ledger,
);

/// The columns of one table, as a contiguous query yields them.
pub type TableColumns<'a> = (
    ContiguousMut<'a, Key>,
    ContiguousMut<'a, Plan>,
    ContiguousMut<'a, State>,
    ContiguousMut<'a, Holds>,
    ContiguousMut<'a, Ledger>,
);

impl<'a> From<TableColumns<'a>> for TargetColumns<'a> {
    /// Without their ticks: what changed is known from the dirty set.
    fn from((keys, plans, states, holds, ledgers): TableColumns<'a>) -> Self {
        TargetColumns {
            keys: untracked(keys),
            plans: untracked(plans),
            states: untracked(states),
            holds: untracked(holds),
            ledgers: untracked(ledgers),
        }
    }
}

/// Queries kept for the life of the world, one per shard.
#[derive(Debug, Resource)]
pub struct Tables(Vec<QueryState<TargetData>>);

impl Tables {
    /// Prepares the queries. Call once per world.
    pub fn new(world: &mut World) -> Self {
        let targets = (0..SHARDS).map(|shard| {
            let marker = register_marker(world, shard);
            let mut query = QueryBuilder::new(world);
            query.with_id(marker);
            query.build()
        });
        Self(targets.collect())
    }

    /// Calls `work` with the queries and the world, to which they belong.
    pub fn scope<R>(world: &mut World, work: impl FnOnce(&mut World, &mut Self) -> R) -> R {
        // Moving the list out of its resource costs less than taking the resource out of the world.
        let mut tables = Self(std::mem::take(&mut world.resource_mut::<Self>().0));
        let done = work(world, &mut tables);
        *world.resource_mut::<Self>() = tables;
        done
    }

    /// The columns of `shard`; empty while the shard has no rows.
    ///
    /// # Panics
    /// When a column of targets is not table-stored, as all are declared to be.
    pub fn shard<'w>(&mut self, world: &'w mut World, shard: ShardIx) -> TargetColumns<'w> {
        let mut tables = self.0[shard.slot()]
            .contiguous_iter_mut(world)
            .expect("target columns are table-stored");
        tables.next().map(TargetColumns::from).unwrap_or_default()
    }
}

/// The columns of every shard, to read.
#[derive(Debug)]
pub struct ReadTables<'w>([ReadColumns<'w>; SHARDS]);

/// The columns of a shard, to read.
#[derive(Debug, Clone, Copy, Default)]
struct ReadColumns<'w> {
    keys: &'w [Key],
    plans: &'w [Plan],
    states: &'w [State],
    holds: &'w [Holds],
    ledgers: &'w [Ledger],
}

impl<'w> ReadTables<'w> {
    /// Finds the columns. About 0.2 us per table.
    ///
    /// # Panics
    /// When a column of targets is not table-stored, as all are declared to be.
    #[must_use]
    pub fn new(world: &'w World) -> Self {
        let mut shards = [ReadColumns::default(); SHARDS];
        let query = world.try_query::<(&Key, &Plan, &State, &Holds, &Ledger)>();
        let Some(query) = query else { return Self(shards) };
        let cohorts = world.resource::<Cohorts>();
        let tables = query.query_manual(world).contiguous_iter_inner();
        let tables = tables.expect("target columns are table-stored");
        for (keys, plans, states, holds, ledgers) in tables {
            if let Some(key) = keys.first() {
                let shard = cohorts[key.cohort].shard;
                shards[shard.slot()] = ReadColumns { keys, plans, states, holds, ledgers };
            }
        }
        Self(shards)
    }

    /// The row at `position` of a cohort.
    #[must_use]
    pub fn row(&self, cohort: &Cohort, position: u32) -> TargetRow {
        let (shard, at) = (&self.0[cohort.shard.slot()], (cohort.start + position) as usize);
        TargetRow {
            key: shard.keys[at],
            plan: shard.plans[at],
            state: shard.states[at],
            holds: shard.holds[at],
            ledger: shard.ledgers[at],
        }
    }
}

/// The rows of a column without their ticks: what changed is known from the dirty set, and marking
/// every row would cost as much as writing it.
pub fn untracked<T>(column: ContiguousMut<'_, T>) -> &mut [T] {
    ContiguousMut::bypass_change_detection_split(column).0
}
