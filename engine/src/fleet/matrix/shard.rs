//! The pool of shards: a bounded number of archetype tables that hold all targets.
//!
//! Vocabulary: a shard's *marker* is a zero-sized component that only its targets carry, so that
//! they share a table of their own. It costs 8 bytes per target and buys contiguous columns per
//! deployment.
//!
//! Invariant: there are never more than [`SHARDS`] target tables, however many deployments; a
//! deployment lies in one shard as long as it has rows.

use bevy_ecs::component::{Component, ComponentId};
use bevy_ecs::entity::Entity;
use bevy_ecs::query::QueryBuilder;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::TargetRow;
use crate::base::ids::{CohortIx, DeploymentIx};
use crate::base::ix_vec::IxVec;

/// Number of shards. With up to this many deployments each has a table of its own.
pub const SHARDS: usize = 64;

/// A shard of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardIx(pub u8);

impl ShardIx {
    /// Position in per-shard lists.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.0 as usize
    }
}

/// Marks the targets of shard `N`.
#[derive(Debug, Clone, Copy, Component)]
struct Marker<const N: usize>;

/// What lies in a shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shard {
    /// Its deployments, in the order in which they came.
    pub deployments: Vec<DeploymentIx>,
    /// Rows of the table.
    pub rows: usize,
}

/// All shards, and the shard of each deployment.
#[derive(Debug, Resource)]
pub(crate) struct Shards {
    shards: Vec<Shard>,
    of_deployment: IxVec<DeploymentIx, Option<ShardIx>>,
}

impl Default for Shards {
    fn default() -> Self {
        Self { shards: vec![Shard::default(); SHARDS], of_deployment: IxVec::new() }
    }
}

impl Shards {
    /// The shard of a deployment, if it has rows.
    #[must_use]
    pub(crate) fn of(&self, deployment: DeploymentIx) -> Option<ShardIx> {
        self.of_deployment.get(deployment).copied().flatten()
    }

    /// Every shard with its index.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ShardIx, &Shard)> {
        (0..).map(ShardIx).zip(&self.shards)
    }

    /// The shard at `shard`.
    #[must_use]
    pub(crate) fn get(&self, shard: ShardIx) -> &Shard {
        &self.shards[shard.slot()]
    }

    pub(super) fn get_mut(&mut self, shard: ShardIx) -> &mut Shard {
        &mut self.shards[shard.slot()]
    }

    /// Gives a deployment the shard with the fewest rows and reserves `rows` there, so that a batch
    /// placed largest first is spread evenly.
    pub(super) fn place(&mut self, deployment: DeploymentIx, rows: usize) -> ShardIx {
        let emptiest = (0..SHARDS).min_by_key(|&shard| self.shards[shard].rows);
        let slot = emptiest.expect("the pool is not empty");
        let shard = ShardIx(u8::try_from(slot).expect("the pool has fewer than 256 shards"));
        self.shards[slot].rows += rows;
        self.shards[slot].deployments.push(deployment);
        *self.of_deployment.slot(deployment) = Some(shard);
        shard
    }

    /// Takes a deployment without rows out of its shard.
    pub(super) fn free(&mut self, deployment: DeploymentIx) {
        if let Some(shard) = self.of_deployment.get_mut(deployment).and_then(Option::take) {
            self.shards[shard.slot()].deployments.retain(|&it| it != deployment);
        }
    }
}

/// Appends so many vacant rows, of no cohort yet, to the table of `shard`. One batch, about 110 ns per
/// row when cold, half of it page faults. Spawning an iterator of the final rows instead takes 140
/// instructions a row more, what writes the columns afterwards counted.
pub fn spawn_rows(world: &mut World, shard: ShardIx, rows: usize) {
    (marker(shard.slot()).spawn)(world, rows);
}

/// Removes every row of `shard`, the last first, so that no row moves to fill a gap. About 80 ns per row;
/// `World::despawn_all` takes 6 less, and is compiled anew for every marker.
pub(super) fn despawn_rows(world: &mut World, shard: ShardIx) {
    let marker = register_marker(world, shard.slot());
    let mut rows = QueryBuilder::<Entity>::new(world);
    let mut rows = rows.with_id(marker).build();
    let rows: Vec<Entity> = rows.iter(world).collect();
    rows.into_iter().rev().for_each(|row| _ = world.despawn(row));
}

/// The component that marks the targets of the shard at `slot`.
pub(super) fn register_marker(world: &mut World, slot: usize) -> ComponentId {
    (marker(slot).register)(world)
}

/// What can be done with the marker type of a shard.
struct MarkerOps {
    register: fn(&mut World) -> ComponentId,
    spawn: fn(&mut World, usize),
}

fn register<const N: usize>(world: &mut World) -> ComponentId {
    world.register_component::<Marker<N>>()
}

fn spawn<const N: usize>(world: &mut World, rows: usize) {
    let row = TargetRow::vacant(CohortIx::NONE);
    let bundle = (row.key, row.plan, row.state, row.holds, row.ledger, Marker::<N>);
    world.spawn_batch(std::iter::repeat_n(bundle, rows)).for_each(drop);
}

macro_rules! markers {
    ($($n:literal)*) => {
        [$(MarkerOps { register: register::<$n>, spawn: spawn::<$n> }),*]
    };
}

/// In a function: the code behind a static's functions is compiled for binaries that never call it, too.
fn marker(slot: usize) -> &'static MarkerOps {
    const MARKERS: [MarkerOps; SHARDS] = markers!(
         0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
        30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59
        60 61 62 63
    );
    const { &MARKERS }.get(slot).expect("a slot is less than the number of shards")
}
