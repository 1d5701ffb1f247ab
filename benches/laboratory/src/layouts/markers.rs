//! State as markers: a zero-sized component per state, and moving a row to another state moves its
//! entity to another archetype. Rows are found by entity, since every move reorders a table.
//!
//! Moves are put off until the rows are settled, and made in batches as far as bevy can: there is no
//! batch that removes.

use std::marker::PhantomData;

use bevy_ecs::archetype::ArchetypeId;
use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRows, ones,
};

use super::table::table_bytes;
use super::{Layout, Roster, Sharing, Standing, StoredRows};

/// What can be done with the markers of one storage.
pub(super) trait Storage: Send + Sync + 'static {
    const MARKERS: [Marker; State::ALL.len()];
    /// The marker of targets that were never reconciled.
    type Idle: Component + Default;
    /// Bytes that a marker takes per entity.
    const BYTES: usize;
}

/// What can be done with the marker of one state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marker {
    insert: fn(&mut World, &mut Vec<Entity>),
    remove: fn(&mut World, Entity),
}

impl Marker {
    const fn of<C: Component + Default>() -> Self {
        Self {
            insert: |world, entities| {
                world.insert_batch(entities.drain(..).map(|entity| (entity, C::default())));
            },
            remove: |world, entity| {
                world.entity_mut(entity).remove::<C>();
            },
        }
    }
}

/// A marker in the table of its entity.
#[derive(Debug, Default, Component)]
pub(super) struct InTable<const STATE: u8>;

/// A marker beside the tables.
#[derive(Debug, Default, Component)]
#[component(storage = "SparseSet")]
pub(super) struct Sparse<const STATE: u8>;

/// Markers in tables.
#[derive(Debug)]
pub(super) struct Tables;

impl Storage for Tables {
    const MARKERS: [Marker; State::ALL.len()] = [
        Marker::of::<InTable<0>>(),
        Marker::of::<InTable<1>>(),
        Marker::of::<InTable<2>>(),
        Marker::of::<InTable<3>>(),
        Marker::of::<InTable<4>>(),
        Marker::of::<InTable<5>>(),
    ];
    type Idle = InTable<{ State::Idle as u8 }>;
    const BYTES: usize = 8;
}

/// Markers in sparse sets.
#[derive(Debug)]
pub(super) struct SparseSets;

impl Storage for SparseSets {
    const MARKERS: [Marker; State::ALL.len()] = [
        Marker::of::<Sparse<0>>(),
        Marker::of::<Sparse<1>>(),
        Marker::of::<Sparse<2>>(),
        Marker::of::<Sparse<3>>(),
        Marker::of::<Sparse<4>>(),
        Marker::of::<Sparse<5>>(),
    ];
    type Idle = Sparse<{ State::Idle as u8 }>;
    const BYTES: usize = 16;
}

/// Entities whose archetype says where they stand.
#[derive(Debug)]
pub(super) struct Marked<M> {
    world: World,
    write: Columns,
    entities: Vec<Entity>,
    starts: Vec<usize>,
    /// The archetype of each state, once an entity was in it.
    archetypes: [Option<ArchetypeId>; State::ALL.len()],
    /// States that were written, in order.
    written: Vec<(Entity, State)>,
    storage: PhantomData<M>,
}

type Columns =
    QueryState<(&'static mut Key, &'static mut Plan, &'static mut Holds, &'static mut Ledger)>;

/// The rows of one cohort.
pub(super) struct MarkedRows<'a> {
    world: &'a mut World,
    write: &'a mut Columns,
    entities: &'a [Entity],
    archetypes: &'a [Option<ArchetypeId>],
    written: &'a mut Vec<(Entity, State)>,
}

/// Where an entity stands; `None` while it moves.
fn state_of(world: &World, archetypes: &[Option<ArchetypeId>], entity: Entity) -> Option<State> {
    let archetype = Some(world.entity(entity).archetype().id());
    State::ALL.into_iter().find(|&state| archetypes[state as usize] == archetype)
}

/// Why a settled entity has a state.
const MARKED: &str = "every settled entity has one marker";

impl<M: Storage> Layout for Marked<M> {
    type Rows<'a> = MarkedRows<'a>;

    const PARALLEL: bool = false;

    fn build(roster: &Roster) -> Self {
        let mut world = World::new();
        let write = world.query();
        // One entity stays in each state, so that the archetypes are known.
        let mut archetypes = [None; State::ALL.len()];
        for state in State::ALL {
            let row = shakedown_engine::fleet::matrix::TargetRow::vacant(roster.cohorts[0].0);
            let entity = world.spawn((row.key, row.plan, row.holds, row.ledger)).id();
            (M::MARKERS[state as usize].insert)(&mut world, &mut vec![entity]);
            archetypes[state as usize] = Some(world.entity(entity).archetype().id());
        }
        let seats = 0..roster.cohorts.len();
        let by_seat: Vec<Vec<_>> = seats.map(|seat| roster.rows_of(seat).collect()).collect();
        let storage = roster.storage();
        let stored = storage.iter().map(|&(seat, row)| by_seat[seat as usize][row as usize]);
        let idle = M::Idle::default;
        let bundles = stored.map(|row| (row.key, row.plan, row.holds, row.ledger, idle()));
        let spawned = world.spawn_batch(bundles);
        let mut entities = vec![Entity::PLACEHOLDER; roster.rows()];
        for (&(seat, row), entity) in storage.iter().zip(spawned) {
            entities[roster.starts[seat as usize] + row as usize] = entity;
        }
        Self {
            world,
            write,
            entities,
            starts: roster.starts.clone(),
            archetypes,
            written: Vec::new(),
            storage: PhantomData,
        }
    }

    fn formula(roster: &Roster) -> usize {
        let fields = 8 + 8 + 4 + 20;
        table_bytes(roster.rows(), 4, fields + M::BYTES + size_of::<Entity>())
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        _sharing: Sharing,
        work: impl Fn(&mut S, &mut MarkedRows<'_>) + Sync,
    ) {
        for (&seat, state) in seats.iter().zip(states) {
            let mut rows = MarkedRows {
                world: &mut self.world,
                write: &mut self.write,
                entities: &self.entities[self.starts[seat]..self.starts[seat + 1]],
                archetypes: &self.archetypes,
                written: &mut self.written,
            };
            work(state, &mut rows);
        }
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let entity = self.entities[self.starts[seat] + row];
        let state = state_of(&self.world, &self.archetypes, entity).expect(MARKED);
        let columns = self.write.get(&self.world, entity).expect("rows are never despawned");
        let (_, plan, holds, ledger) = columns;
        Standing { plan: *plan, state, holds: *holds, ledger: *ledger }
    }

    fn settle(&mut self) {
        let Self { world, archetypes, written, .. } = self;
        let mut moving = Vec::new();
        for run in written.chunk_by(|(_, a), (_, b)| a == b) {
            let state = run[0].1;
            for &(entity, _) in run {
                // Who was written twice in a row is moving already.
                let before = state_of(world, archetypes, entity);
                if let Some(before) = before.filter(|&before| before != state) {
                    (M::MARKERS[before as usize].remove)(world, entity);
                    moving.push(entity);
                }
            }
            (M::MARKERS[state as usize].insert)(world, &mut moving);
        }
        written.clear();
    }
}

impl MarkedRows<'_> {
    fn get(&self, row: usize) -> (&Key, &Plan, &Holds, &Ledger) {
        let entity = self.world.entity(self.entities[row]);
        entity.components::<(&Key, &Plan, &Holds, &Ledger)>()
    }

    fn write(
        &mut self,
        row: usize,
        work: impl FnOnce((&mut Key, &mut Plan, &mut Holds, &mut Ledger)),
    ) {
        let found = self.write.get_mut(self.world, self.entities[row]);
        let (mut key, mut plan, mut holds, mut ledger) = found.expect("rows are never despawned");
        work((
            key.bypass_change_detection(),
            plan.bypass_change_detection(),
            holds.bypass_change_detection(),
            ledger.bypass_change_detection(),
        ));
    }
}

impl PolicyRows for MarkedRows<'_> {
    fn key(&self, row: usize) -> Key {
        *self.get(row).0
    }

    fn ledger(&self, row: usize) -> Ledger {
        *self.get(row).3
    }
}

impl TargetRows for MarkedRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        *self.get(row).1
    }

    fn holds(&self, row: usize) -> Holds {
        *self.get(row).2
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.write(row, |(_, to, ..)| *to = plan);
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        let entities = &self.entities[word * 64..];
        self.written.extend(ones(rows).map(|bit| (entities[bit as usize], state)));
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.write(row, |(_, _, to, _)| *to = holds);
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.write(row, |(.., to)| *to = ledger);
    }
}

impl StoredRows for MarkedRows<'_> {
    fn state(&self, row: usize) -> State {
        state_of(self.world, self.archetypes, self.entities[row]).expect(MARKED)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.write(row, |(to, ..)| *to = key);
    }
}
