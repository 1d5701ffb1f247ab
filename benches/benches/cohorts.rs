//! How dirty cohorts are found and visited: over lists by index, as the engine does, and as entities.
//!
//! Ids: `dirty_cohorts/<variant>/<cohorts>/<density>` marks cohorts as dirty, visits each in three phases,
//! in the order of their rows, and unmarks them; throughput is in dirty cohorts. A phase touches what is
//! kept of a cohort and decides nothing, so this is the difference alone. Density `twenty` is one deployment.
//! Variants:
//!
//! - `lists`: parts in lists by index, marks in a list, the dirty ones in another;
//! - `looked_up`: parts are components, marks too, and the dirty ones are looked up one by one;
//! - `sparse_set`: a phase is a query over a mark that comes and goes in a sparse set;
//! - `table`: the same, and the mark moves its cohort to another table.

mod harness;

use bevy_ecs::component::{Component, Mutable};
use bevy_ecs::entity::Entity;
use bevy_ecs::query::QueryState;
use bevy_ecs::world::World;
use criterion::Criterion;
use harness::Operation;
use shakedown_benches::gauge::measure;

fn main() {
    harness::run(|criterion| {
        for (cohorts, dirty, density) in
            [(1_000, 20, "twenty"), (15_000, 20, "twenty"), (15_000, 15_000, "all")]
        {
            bench::<Lists>(criterion, "lists", cohorts, dirty, density);
            bench::<LookedUp>(criterion, "looked_up", cohorts, dirty, density);
            bench::<Queried<InSparseSet>>(criterion, "sparse_set", cohorts, dirty, density);
            bench::<Queried<InTable>>(criterion, "table", cohorts, dirty, density);
        }
    });
}

const PHASES: u64 = 3;

/// Cohorts, kept in some way.
trait Store {
    fn new(cohorts: u32) -> Self;

    /// Marks, visits in three phases, and unmarks.
    fn run(&mut self, marked: &[u32]);

    /// How often any was visited.
    fn visits(&mut self) -> u64;
}

fn bench<S: Store>(
    criterion: &mut Criterion,
    variant: &str,
    cohorts: u32,
    dirty: u32,
    density: &str,
) {
    let marked: Vec<u32> = (0..dirty).map(|it| it * (cohorts / dirty)).collect();
    let id = format!("{variant}/{cohorts}/{density}");
    let prepare = || (S::new(cohorts), 0);
    let measure = |(store, runs): &mut (S, u64), times: u64| {
        let all = || measure(|| (0..times).for_each(|_| store.run(&marked))).1;
        let advance = harness::sum(1, all);
        *runs += times;
        assert_eq!(store.visits(), *runs * PHASES * u64::from(dirty), "{id}");
        advance
    };
    let mut operation = Operation::new(criterion, "dirty_cohorts", 20, 200);
    operation.bench(&id, u64::from(dirty), prepare, measure);
}

/// Where the rows of a cohort are.
#[derive(Debug, Clone, Copy, Component)]
struct Rows {
    shard: u32,
    start: u32,
}

/// What every phase reads, here one number of each.
#[derive(Debug, Clone, Component)]
struct Live(Vec<u64>);
#[derive(Debug, Clone, Component)]
struct Classes(Vec<u32>);

/// What a phase writes.
#[derive(Debug, Clone, Default, Component)]
struct Waves(Vec<u64>);
#[derive(Debug, Clone, Default, Component)]
struct Verdicts(Vec<u64>);

/// The dirty rows of a cohort of 3,000 targets, one bit each.
fn all_rows() -> Vec<u64> {
    vec![u64::MAX; 47]
}

/// The parts of a cohort, twenty in each of 64 shards.
fn parts(cohort: u32) -> (Rows, Live, Classes, Waves, Verdicts) {
    let rows = Rows { shard: cohort / 20 % 64, start: cohort % 20 * 3_000 };
    (rows, Live(vec![1; 47]), Classes(vec![1]), Waves(vec![0]), Verdicts(vec![0]))
}

/// One phase of one cohort.
fn visit(live: &Live, classes: &Classes, waves: &mut Waves, verdicts: &mut Verdicts, rows: &[u64]) {
    waves.0[0] += 1;
    verdicts.0.clear();
    verdicts.0.push((live.0[0] & rows[0]) ^ u64::from(classes.0[0]));
}

/// See `lists`.
#[derive(Default)]
struct Lists {
    rows: Vec<Rows>,
    live: Vec<Live>,
    classes: Vec<Classes>,
    waves: Vec<Waves>,
    verdicts: Vec<Verdicts>,
    marks: Vec<Option<Vec<u64>>>,
    dirty: Vec<usize>,
    /// Sets that were marks, to be marks again.
    spare: Vec<Vec<u64>>,
}

impl Store for Lists {
    fn new(cohorts: u32) -> Self {
        let mut lists = Self::default();
        for (rows, live, classes, waves, verdicts) in (0..cohorts).map(parts) {
            lists.rows.push(rows);
            lists.live.push(live);
            lists.classes.push(classes);
            lists.waves.push(waves);
            lists.verdicts.push(verdicts);
            lists.marks.push(None);
        }
        lists
    }

    fn run(&mut self, marked: &[u32]) {
        let Self { rows, live, classes, waves, verdicts, marks, dirty, spare } = self;
        for &cohort in marked {
            let cohort = cohort as usize;
            if marks[cohort].is_none() {
                marks[cohort] = Some(spare.pop().unwrap_or_else(all_rows));
                dirty.push(cohort);
            }
        }
        dirty.sort_unstable_by_key(|&cohort| (rows[cohort].shard, rows[cohort].start));
        for _ in 0..PHASES {
            // What several threads write is taken out, and put back.
            let own = dirty.iter().map(|&cohort| std::mem::take(&mut waves[cohort]));
            let mut own: Vec<Waves> = own.collect();
            for (&cohort, waves) in dirty.iter().zip(&mut own) {
                let rows = marks[cohort].as_ref().expect("it is marked");
                visit(&live[cohort], &classes[cohort], waves, &mut verdicts[cohort], rows);
            }
            for (&cohort, own) in dirty.iter().zip(own) {
                waves[cohort] = own;
            }
        }
        spare.extend(dirty.drain(..).filter_map(|cohort| marks[cohort].take()));
    }

    fn visits(&mut self) -> u64 {
        self.waves.iter().map(|waves| waves.0[0]).sum()
    }
}

fn visits(world: &mut World) -> u64 {
    world.query::<&Waves>().iter(world).map(|waves| waves.0[0]).sum()
}

/// A mark that is always there.
#[derive(Debug, Component)]
struct Mark(Option<Vec<u64>>);

type Parts = (
    &'static Rows,
    &'static Live,
    &'static Classes,
    &'static mut Waves,
    &'static mut Verdicts,
    &'static mut Mark,
);

/// See `looked_up`.
struct LookedUp {
    world: World,
    query: QueryState<Parts>,
    entities: Vec<Entity>,
    dirty: Vec<Entity>,
    spare: Vec<Vec<u64>>,
}

impl Store for LookedUp {
    fn new(cohorts: u32) -> Self {
        let mut world = World::new();
        let cohorts = (0..cohorts).map(|cohort| (parts(cohort), Mark(None)));
        let entities = world.spawn_batch(cohorts).collect();
        let query = world.query();
        Self { world, query, entities, dirty: Vec::new(), spare: Vec::new() }
    }

    fn run(&mut self, marked: &[u32]) {
        let Self { world, query, entities, dirty, spare } = self;
        let mut query = query.query_mut(world);
        for &cohort in marked {
            let entity = entities[cohort as usize];
            let (.., mut mark) = query.get_mut(entity).expect("a cohort");
            if mark.0.is_none() {
                mark.0 = Some(spare.pop().unwrap_or_else(all_rows));
                dirty.push(entity);
            }
        }
        dirty.sort_unstable_by_key(|&entity| {
            let (rows, ..) = query.get(entity).expect("a cohort");
            (rows.shard, rows.start)
        });
        for _ in 0..PHASES {
            for &entity in dirty.iter() {
                let (_, live, classes, mut waves, mut verdicts, mark) =
                    query.get_mut(entity).expect("a cohort");
                let rows = mark.0.as_ref().expect("it is marked");
                visit(live, classes, &mut waves, &mut verdicts, rows);
            }
        }
        for entity in dirty.drain(..) {
            let (.., mut mark) = query.get_mut(entity).expect("a cohort");
            spare.extend(mark.0.take());
        }
    }

    fn visits(&mut self) -> u64 {
        visits(&mut self.world)
    }
}

/// A mark that comes and goes.
trait Coming: Component<Mutability = Mutable> {
    fn new(rows: Vec<u64>) -> Self;
    fn rows(&self) -> &[u64];
    fn into_rows(self) -> Vec<u64>;
}

macro_rules! coming {
    ($name:ident, $storage:literal) => {
        #[derive(Debug, Component)]
        #[component(storage = $storage)]
        struct $name(Vec<u64>);

        impl Coming for $name {
            fn new(rows: Vec<u64>) -> Self {
                Self(rows)
            }

            fn rows(&self) -> &[u64] {
                &self.0
            }

            fn into_rows(self) -> Vec<u64> {
                self.0
            }
        }
    };
}

coming!(InSparseSet, "SparseSet");
coming!(InTable, "Table");

type Marked<M> = (
    Entity,
    &'static Rows,
    &'static Live,
    &'static Classes,
    &'static mut Waves,
    &'static mut Verdicts,
    &'static M,
);

/// See `sparse_set` and `table`.
struct Queried<M: Coming> {
    world: World,
    query: QueryState<Marked<M>>,
    entities: Vec<Entity>,
    spare: Vec<Vec<u64>>,
}

impl<M: Coming> Store for Queried<M> {
    fn new(cohorts: u32) -> Self {
        let mut world = World::new();
        let entities = world.spawn_batch((0..cohorts).map(parts)).collect();
        let query = world.query();
        Self { world, query, entities, spare: Vec::new() }
    }

    fn run(&mut self, marked: &[u32]) {
        let Self { world, query, entities, spare } = self;
        for &cohort in marked {
            let rows = spare.pop().unwrap_or_else(all_rows);
            world.entity_mut(entities[cohort as usize]).insert(M::new(rows));
        }
        let mut dirty: Vec<(u32, u32, Entity)> = Vec::new();
        for phase in 0..PHASES {
            let cohorts = query.iter_mut(world);
            for (entity, rows, live, classes, mut waves, mut verdicts, mark) in cohorts {
                visit(live, classes, &mut waves, &mut verdicts, mark.rows());
                if phase == 0 {
                    dirty.push((rows.shard, rows.start, entity));
                }
            }
        }
        // Jobs are made in the order of rows.
        dirty.sort_unstable();
        for (.., entity) in dirty {
            spare.extend(world.entity_mut(entity).take::<M>().map(M::into_rows));
        }
    }

    fn visits(&mut self) -> u64 {
        visits(&mut self.world)
    }
}
