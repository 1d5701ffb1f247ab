//! `hecs` instead of bevy: one archetype without ticks, the cohorts one after the other.

use shakedown_engine::fleet::matrix::{Holds, Key, Ledger, Plan, State, TargetColumns};

use super::{Layout, Roster, Sharing, Standing, cut, visit_all};

/// A world with one archetype.
pub(super) struct Hecs {
    world: ::hecs::World,
    starts: Vec<usize>,
}

impl Layout for Hecs {
    type Rows<'a> = TargetColumns<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut rows = Vec::with_capacity(roster.rows());
        let all = (0..roster.cohorts.len()).flat_map(|seat| roster.rows_of(seat));
        rows.extend(all.map(|row| (row.key, row.plan, row.state, row.holds, row.ledger)));
        let mut world = ::hecs::World::new();
        world.spawn_batch(rows).for_each(drop);
        Self { world, starts: roster.starts.clone() }
    }

    fn formula(roster: &Roster) -> usize {
        let (rows, fields) = (roster.rows(), 8 + 8 + 1 + 4 + 20);
        // Columns and the list of entity ids double when full, the list of entities is exact.
        rows * (fields + 4) + 12 * rows
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut TargetColumns<'_>) + Sync,
    ) {
        let Some(archetype) = self.world.archetypes().find(|it| it.has::<Key>()) else { return };
        let missing = "rows have every column";
        let mut keys = archetype.get::<&mut Key>().expect(missing);
        let mut plans = archetype.get::<&mut Plan>().expect(missing);
        let mut row_states = archetype.get::<&mut State>().expect(missing);
        let mut holds = archetype.get::<&mut Holds>().expect(missing);
        let mut ledgers = archetype.get::<&mut Ledger>().expect(missing);
        let columns = TargetColumns {
            keys: &mut keys,
            plans: &mut plans,
            states: &mut row_states,
            holds: &mut holds,
            ledgers: &mut ledgers,
        };
        let ranges = seats.iter().map(|&seat| self.starts[seat]..self.starts[seat + 1]);
        visit_all(cut(columns, ranges), states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = self.starts[seat] + row;
        let archetype = self.world.archetypes().find(|it| it.has::<Key>());
        let archetype = archetype.expect("a row that is read is there");
        let missing = "rows have every column";
        Standing {
            plan: archetype.get::<&Plan>().expect(missing)[at],
            state: archetype.get::<&State>().expect(missing)[at],
            holds: archetype.get::<&Holds>().expect(missing)[at],
            ledger: archetype.get::<&Ledger>().expect(missing)[at],
        }
    }
}
