//! Rebuilding shards: the only way in which rows of a table move.
//!
//! A rebuild drops retired rows, gives joined targets their place in resource order, and leaves room
//! for more. It costs about 0.15 us per row of a cohort in which nothing was released, and one look
//! more per row and version that ever was, whose records are carried over row by row. So it runs when
//! a cohort outgrows its rows or a quarter of a shard is retired, not for every target that comes or
//! goes.

use std::sync::Arc;

use bevy_ecs::world::World;

use super::shard::{despawn_rows, spawn_rows};
use super::{
    Cohort, Cohorts, Departed, Departure, Ledger, MemberSet, ShardIx, Shards, Tables,
    TargetColumns, TargetRef, TargetRow,
};
use crate::base::hash::FixedMap;
use crate::base::ids::{CohortIx, ResourceIx, VersionIx};
use crate::base::row_set::RowSet;

/// Targets that join a cohort in a rebuild.
#[derive(Debug)]
pub(super) enum Joining {
    /// The whole cohort is new: it had no row.
    All(Arc<MemberSet>),
    /// These, in any order.
    Some(Vec<ResourceIx>),
}

/// What the rows of one cohort will be, while its table is empty.
struct Extent {
    cohort: CohortIx,
    base: Arc<MemberSet>,
    capacity: u32,
    /// Rows that have something to carry over, in resource order.
    carried: Vec<(TargetRow, Vec<VersionIx>)>,
}

/// Rebuilds one shard: live rows stay, `joining` targets are added, retired ones go. Returns the
/// cohorts that had rows before and of which some row has another position now.
pub(super) fn rebuild_shard(
    world: &mut World,
    tables: &mut Tables,
    cohorts: &mut Cohorts,
    shards: &mut Shards,
    departed: &mut Departed,
    shard: ShardIx,
    joining: &mut FixedMap<CohortIx, Joining>,
) -> Vec<CohortIx> {
    shards.get_mut(shard).deployments.sort_unstable();
    let mut order: Vec<CohortIx> = Vec::new();
    for &deployment in &shards.get(shard).deployments {
        let from = order.len();
        order.extend(cohorts.of_deployment(deployment));
        order[from..].sort_unstable_by_key(|&cohort| cohorts[cohort].environment);
    }
    let columns = tables.shard(world, shard);
    let extents: Vec<Extent> = order
        .iter()
        .map(|&cohort| {
            take_out(cohort, &cohorts[cohort], &columns, departed, joining.remove(&cohort))
        })
        .collect();
    despawn_rows(world, shard);

    let mut moved = Vec::new();
    let mut start = 0;
    for extent in &extents {
        let cohort = &mut cohorts[extent.cohort];
        if !keeps_positions(cohort, extent) {
            cohort.generation += 1;
            moved.extend((cohort.capacity > 0).then_some(extent.cohort));
        }
        take_place(cohort, extent, start, shard);
        start += extent.capacity;
    }
    spawn_rows(world, shard, start as usize);
    let mut columns = tables.shard(world, shard);
    for extent in &extents {
        fill(&cohorts[extent.cohort], extent, &mut columns);
    }

    shards.get_mut(shard).rows = start as usize;
    for deployment in shards.get(shard).deployments.clone() {
        if cohorts.of_deployment(deployment).iter().all(|&cohort| cohorts[cohort].capacity == 0) {
            shards.free(deployment);
        }
    }
    moved
}

/// Takes what must survive out of a cohort's old rows; histories of retired rows go aside, those of
/// returning targets come back.
fn take_out(
    cohort_ix: CohortIx,
    cohort: &Cohort,
    columns: &TargetColumns<'_>,
    departed: &mut Departed,
    joining: Option<Joining>,
) -> Extent {
    let mut carried = Vec::new();
    let mut members = Vec::new();
    for (position, row) in cohort.rows().enumerate() {
        let key = columns.keys[row];
        let position = u32::try_from(position).expect("a cohort has fewer than 2^32 rows");
        let ledger = columns.ledgers[row];
        let released = cohort.released_versions(position);
        if cohort.is_live(position) {
            members.push(key.resource);
            let row = TargetRow {
                key,
                plan: columns.plans[row],
                state: columns.states[row],
                holds: columns.holds[row],
                ledger,
            };
            carried.push((row, released));
        } else if ledger != Ledger::EMPTY {
            let target = TargetRef { cohort: cohort_ix, resource: key.resource };
            departed.0.insert(target, Departure { ledger, released });
        }
    }
    let grows = cohort.capacity > 0 && joining.is_some();
    let any_departed = !departed.0.is_empty();
    let mut bring_back = |resource: ResourceIx| {
        if let Some(departure) = departed.0.remove(&TargetRef { cohort: cohort_ix, resource }) {
            let mut row = TargetRow::new(resource, cohort_ix);
            row.ledger = departure.ledger;
            carried.push((row, departure.released));
        }
    };
    let base = match joining {
        Some(Joining::All(base)) => {
            if any_departed {
                base.iter().for_each(&mut bring_back);
            }
            base
        }
        Some(Joining::Some(joined)) => {
            joined.iter().copied().for_each(&mut bring_back);
            members.extend(joined);
            members.sort_unstable();
            Arc::new(MemberSet::from_sorted(members))
        }
        None => {
            members.sort_unstable();
            Arc::new(MemberSet::from_sorted(members))
        }
    };
    carried.sort_unstable_by_key(|(row, _)| row.key.resource);
    let roomy = capacity_for(base.len(), true);
    let capacity = capacity_for(base.len(), grows).max(cohort.capacity.min(roomy));
    Extent { cohort: cohort_ix, base, capacity, carried }
}

/// Rows to reserve for a cohort of `len` targets: a few spare ones, and a quarter more for a cohort
/// that has outgrown its rows before, so that growing one by one costs O(1) rebuilds per target.
fn capacity_for(len: usize, grows: bool) -> u32 {
    let spare = match (len, grows) {
        (0, _) => 0,
        (_, false) => len / 64 + 1,
        (_, true) => len / 4 + 4,
    };
    u32::try_from(len + spare).expect("a cohort has fewer than 2^32 rows")
}

/// Whether every row of a cohort stays where it is, seen from the cohort's first.
fn keeps_positions(cohort: &Cohort, extent: &Extent) -> bool {
    let in_order = cohort.late.is_empty() && cohort.targets as usize == cohort.base.len();
    in_order && cohort.capacity == extent.capacity && cohort.base.len() == extent.base.len()
}

/// Writes a cohort's new place and bits.
fn take_place(cohort: &mut Cohort, extent: &Extent, start: u32, shard: ShardIx) {
    let members = extent.base.len();
    cohort.shard = shard;
    cohort.start = start;
    cohort.capacity = extent.capacity;
    cohort.base = Arc::clone(&extent.base);
    cohort.late.clear();
    cohort.live = RowSet::leading(members, extent.capacity as usize);
    cohort.targets = u32::try_from(members).expect("a cohort has fewer than 2^32 rows");
    cohort.released.clear();
    for (row, versions) in &extent.carried {
        let position = extent.base.rank(row.key.resource).expect("carried rows are members");
        for &version in versions {
            cohort.released_mut(version).insert(position as usize);
        }
    }
}

/// Fills the vacant rows of a cohort that has its place: members in resource order, those that carry
/// something with what they carry, then spare ones.
fn fill(cohort: &Cohort, extent: &Extent, columns: &mut TargetColumns<'_>) {
    let start = cohort.start as usize;
    let end = start + extent.capacity as usize;
    let blank = TargetRow::new(ResourceIx::NONE, extent.cohort);
    columns.keys[start..end].fill(blank.key);
    columns.states[start..start + extent.base.len()].fill(blank.state);
    let members = columns.keys[start..end].iter_mut().zip(extent.base.iter());
    members.for_each(|(key, resource)| key.resource = resource);
    for (row, _) in &extent.carried {
        let position = extent.base.rank(row.key.resource).expect("carried rows are members");
        columns.write(start + position as usize, *row);
    }
}
