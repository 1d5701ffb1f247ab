//! Direct access to the columns of one shard, outside of systems.

use bevy_ecs::change_detection::ContiguousMut;
use bevy_ecs::query::{QueryBuilder, QueryState};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::shard::register_marker;
use super::{Holds, Key, Ledger, Plan, SHARDS, ShardIx, State, TargetRow};

type TargetQuery = QueryState<(
    &'static mut Key,
    &'static mut Plan,
    &'static mut State,
    &'static mut Holds,
    &'static mut Ledger,
)>;

/// The columns of one shard: equal length, one entry per row.
#[derive(Debug)]
pub struct ShardColumns<'a> {
    /// Which target.
    pub keys: &'a mut [Key],
    /// Desired release.
    pub plans: &'a mut [Plan],
    /// Where it stands.
    pub states: &'a mut [State],
    /// What holds it.
    pub holds: &'a mut [Holds],
    /// Its jobs.
    pub ledgers: &'a mut [Ledger],
}

impl ShardColumns<'_> {
    /// Writes a row across all columns.
    pub(super) fn write(&mut self, at: usize, row: TargetRow) {
        self.keys[at] = row.key;
        self.plans[at] = row.plan;
        self.states[at] = row.state;
        self.holds[at] = row.holds;
        self.ledgers[at] = row.ledger;
    }
}

/// Queries kept for the life of the world, one per shard.
#[derive(Debug, Resource)]
pub struct Tables(Vec<TargetQuery>);

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

    /// The columns of `shard`; empty while the shard has no rows.
    ///
    /// # Panics
    /// Never: the columns of the world are table-stored.
    pub fn shard<'w>(&mut self, world: &'w mut World, shard: ShardIx) -> ShardColumns<'w> {
        let mut tables = self.0[shard.slot()]
            .contiguous_iter_mut(world)
            .expect("target columns are table-stored");
        let Some((keys, plans, states, holds, ledgers)) = tables.next() else {
            return ShardColumns {
                keys: &mut [],
                plans: &mut [],
                states: &mut [],
                holds: &mut [],
                ledgers: &mut [],
            };
        };
        ShardColumns {
            keys: untracked(keys),
            plans: untracked(plans),
            states: untracked(states),
            holds: untracked(holds),
            ledgers: untracked(ledgers),
        }
    }
}

/// The rows of a column without their ticks: what changed is known from the dirty set, and marking
/// every row would cost as much as writing it.
pub fn untracked<T>(column: ContiguousMut<'_, T>) -> &mut [T] {
    ContiguousMut::bypass_change_detection_split(column).0
}
