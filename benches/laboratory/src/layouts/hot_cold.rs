//! One archetype table with two components: what every decision reads and writes, and what only jobs
//! and lookups need.

use bevy_ecs::component::Component;
use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::base::ids::{EditionIx, JobIx, VariablesId};
use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRow, TargetRows, ones, untracked,
};

use super::table::table_bytes;
use super::{Layout, Roster, Sharing, Standing, StoredRows, take, visit_all};

/// What deciding takes. 32 bytes.
#[derive(Debug, Clone, Copy, Component)]
pub(super) struct Hot {
    plan: Plan,
    holds: Holds,
    active: u32,
    succeeded: EditionIx,
    succeeded_variables: VariablesId,
    state: State,
}

/// The rest. 16 bytes.
#[derive(Debug, Clone, Copy, Component)]
pub(super) struct Cold {
    key: Key,
    head: JobIx,
    current: JobIx,
}

/// One table; the cohorts lie one after the other.
#[derive(Debug)]
pub(super) struct HotCold {
    world: World,
    columns: QueryState<(&'static mut Hot, &'static mut Cold)>,
    starts: Vec<usize>,
}

/// The rows of one cohort.
pub(super) struct SplitRows<'a> {
    hot: &'a mut [Hot],
    cold: &'a mut [Cold],
}

fn split(row: TargetRow) -> (Hot, Cold) {
    let TargetRow { key, plan, state, holds, ledger } = row;
    let Ledger { head, current, active, succeeded, succeeded_variables } = ledger;
    (
        Hot { plan, holds, active, succeeded, succeeded_variables, state },
        Cold { key, head, current },
    )
}

fn ledger(hot: &Hot, cold: &Cold) -> Ledger {
    Ledger {
        head: cold.head,
        current: cold.current,
        active: hot.active,
        succeeded: hot.succeeded,
        succeeded_variables: hot.succeeded_variables,
    }
}

impl HotCold {
    fn all(&mut self) -> SplitRows<'_> {
        let mut tables =
            self.columns.contiguous_iter_mut(&mut self.world).expect("both are table-stored");
        let Some((hot, cold)) = tables.next() else {
            return SplitRows { hot: &mut [], cold: &mut [] };
        };
        SplitRows { hot: untracked(hot), cold: untracked(cold) }
    }
}

impl Layout for HotCold {
    type Rows<'a> = SplitRows<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut world = World::new();
        let columns = world.query();
        let mut rows = Vec::with_capacity(roster.rows());
        rows.extend((0..roster.cohorts.len()).flat_map(|seat| roster.rows_of(seat)).map(split));
        world.spawn_batch(rows).for_each(drop);
        Self { world, columns, starts: roster.starts.clone() }
    }

    fn formula(roster: &Roster) -> usize {
        table_bytes(roster.rows(), 2, size_of::<Hot>() + size_of::<Cold>())
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut SplitRows<'_>) + Sync,
    ) {
        let starts = std::mem::take(&mut self.starts);
        let SplitRows { mut hot, mut cold } = self.all();
        let (mut taken, mut cut) = (0, Vec::with_capacity(seats.len()));
        for &seat in seats {
            let mine = starts[seat] - taken..starts[seat + 1] - taken;
            let hot = take(&mut hot, mine.clone());
            cut.push(SplitRows { hot, cold: take(&mut cold, mine) });
            taken = starts[seat + 1];
        }
        visit_all(cut, states, sharing, work);
        self.starts = starts;
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = self.starts[seat] + row;
        let SplitRows { hot, cold } = self.all();
        let (hot, cold) = (hot[at], cold[at]);
        let ledger = ledger(&hot, &cold);
        Standing { plan: hot.plan, state: hot.state, holds: hot.holds, ledger }
    }
}

impl PolicyRows for SplitRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.cold[row].key
    }

    fn ledger(&self, row: usize) -> Ledger {
        ledger(&self.hot[row], &self.cold[row])
    }
}

impl TargetRows for SplitRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.hot[row].plan
    }

    fn holds(&self, row: usize) -> Holds {
        self.hot[row].holds
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.hot[row].plan = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        ones(rows).for_each(|bit| self.hot[word * 64 + bit as usize].state = state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.hot[row].holds = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        let Ledger { head, current, active, succeeded, succeeded_variables } = ledger;
        let hot = &mut self.hot[row];
        (hot.active, hot.succeeded, hot.succeeded_variables) =
            (active, succeeded, succeeded_variables);
        (self.cold[row].head, self.cold[row].current) = (head, current);
    }
}

impl StoredRows for SplitRows<'_> {
    fn state(&self, row: usize) -> State {
        self.hot[row].state
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.cold[row].key = key;
    }
}
