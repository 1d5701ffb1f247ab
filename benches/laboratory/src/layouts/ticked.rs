//! One world per deployment, whose rows tell by bevy's ticks that their state was written: all rows
//! are asked, or with summary ticks only those of tables in which some row was.

use std::ops::Range;

use bevy_ecs::change_detection::{ContiguousMut, ContiguousRef, Ref};
use bevy_ecs::component::Component;
use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, untracked};

use super::columns::{ColumnRows, States};
use super::worlds::Worlds;
use super::{Layout, Roster, Sharing, Standing};

/// A state whose table knows when it was last written.
#[derive(Debug, Clone, Copy, Component)]
#[component(summary_tick)]
pub(super) struct Ticking(State);

/// The worlds, and where the rows of every seat are. With `SUMMARY` tables in which nothing was written
/// are passed over.
#[derive(Debug)]
pub(super) struct Ticked<const SUMMARY: bool> {
    worlds: Vec<Deployment>,
    /// The world of each seat, and its rows there.
    seats: Vec<(usize, Range<usize>)>,
}

#[derive(Debug)]
struct Deployment {
    world: World,
    write: QueryState<(
        &'static mut Key,
        &'static mut Plan,
        &'static mut Ticking,
        &'static mut Holds,
        &'static mut Ledger,
    )>,
    read: QueryState<Ref<'static, Ticking>>,
}

impl<const SUMMARY: bool> Layout for Ticked<SUMMARY> {
    type Rows<'a> = ColumnRows<'a, ContiguousMut<'a, Ticking>>;

    const PARALLEL: bool = false;

    fn build(roster: &Roster) -> Self {
        let mut built = Self { worlds: Vec::new(), seats: roster.by_deployment() };
        for deployment in roster.deployments() {
            let mut world = World::new();
            let (write, read) = (world.query(), world.query());
            let mut rows = Vec::with_capacity(roster.rows_in(&deployment));
            let all = deployment.flat_map(|seat| roster.rows_of(seat));
            rows.extend(
                all.map(|row| (row.key, row.plan, Ticking(row.state), row.holds, row.ledger)),
            );
            world.spawn_batch(rows).for_each(drop);
            world.clear_trackers();
            built.worlds.push(Deployment { world, write, read });
        }
        built
    }

    fn formula(roster: &Roster) -> usize {
        Worlds::formula(roster)
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        _sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        for (&seat, state) in seats.iter().zip(states) {
            let (at, rows) = &self.seats[seat];
            let Deployment { world, write, .. } = &mut self.worlds[*at];
            let mut tables = write.contiguous_iter_mut(world).expect("all are table-stored");
            let (keys, plans, ticking, holds, ledgers) = tables.next().expect("seats have rows");
            let end = |row: usize| u32::try_from(row).expect("a table has fewer than 2^32 rows");
            let mut rows = ColumnRows {
                keys: &mut untracked(keys)[rows.clone()],
                plans: &mut untracked(plans)[rows.clone()],
                states: ticking.slice(end(rows.start)..end(rows.end)),
                holds: &mut untracked(holds)[rows.clone()],
                ledgers: &mut untracked(ledgers)[rows.clone()],
            };
            work(state, &mut rows);
        }
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let (at, rows) = &self.seats[seat];
        let Deployment { world, write, .. } = &mut self.worlds[*at];
        let mut tables = write.contiguous_iter(world).expect("all are table-stored");
        let (_, plans, states, holds, ledgers) = tables.next().expect("seats have rows");
        let at = rows.start + row;
        Standing { plan: plans[at], state: states[at].0, holds: holds[at], ledger: ledgers[at] }
    }

    fn changed(&mut self) -> Option<Vec<(usize, u32)>> {
        let mut found = Vec::new();
        let mut seats = self.seats.iter().enumerate().peekable();
        for (at, Deployment { world, read, .. }) in self.worlds.iter_mut().enumerate() {
            let mut tables = read.contiguous_iter(world).expect("all are table-stored");
            let (_, ticks) = ContiguousRef::split(tables.next().expect("deployments have rows"));
            let clean = SUMMARY && ticks.summary_tick_is_changed() == Some(false);
            let mut changed = ticks.is_changed_iter();
            while let Some((seat, (_, rows))) = seats.next_if(|(_, (world, _))| *world == at) {
                if !clean {
                    let written = (0u32..).zip(changed.by_ref().take(rows.len()));
                    found.extend(written.filter(|it| it.1).map(|(row, _)| (seat, row)));
                }
            }
            drop(changed);
            world.clear_trackers();
        }
        Some(found)
    }
}

impl States for ContiguousMut<'_, Ticking> {
    fn state(&self, row: usize) -> State {
        self[row].0
    }

    /// Marks runs of rows: each marks its rows and the table.
    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        let (mut rest, mut first) = (rows, u32::try_from(word * 64).expect("a row"));
        while rest != 0 {
            let skipped = rest.trailing_zeros();
            let run = (rest >> skipped).trailing_ones();
            first += skipped;
            let mut written = self.reborrow().slice(first..first + run);
            written.bypass_change_detection().fill(Ticking(state));
            written.mark_all_as_changed();
            first += run;
            rest = rest.checked_shr(skipped + run).unwrap_or(0);
        }
    }
}
