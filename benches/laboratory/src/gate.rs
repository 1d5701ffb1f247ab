//! The gate: a layout follows a fleet through a fixed sequence of events, and must stand where the
//! fleet stands after each of them.
//!
//! The fleet applies an event and reconciles. The layout is then told what ingest did, which targets
//! left or came back and which jobs changed, and reconciles what the fleet found dirty by itself.

use crate::digest::digest_of;
use crate::lab::{live_rows, retire, words_of};
use crate::scene::{approved_versions, lock, roster, standing_rows};
use crate::{Lab, Layout, Order, Sharing, Standing, Step, StoredRows};
use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::schedule::IntoScheduleConfigs;
use bevy_ecs::system::SystemState;
use bevy_ecs::world::{Mut, World};
use shakedown_benches::{Demands, build};
use shakedown_engine::base::hash::fixed_map;
use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::fleet::dirty::{Dirty, DirtyRows};
use shakedown_engine::fleet::jobs::{Job, Jobs, VariableSets, count_ledger};
use shakedown_engine::fleet::matrix::{
    Cohorts, Key, PolicyRows, State, Tables, TargetRef, TargetRow, TargetRows,
};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{JobStatus, Resource};
use shakedown_engine::preset::{FleetShape, Rules, START};
use shakedown_engine::read::triple_of;
use shakedown_engine::wire::event::{Entity, Event, Finish, Key as EntityKey, Payload};
use shakedown_systems::kernels::handover::Work;
use shakedown_systems::kernels::phases::policies;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The fleets of the gate: one whose cohorts have 128 or 129 rows, so two full words, and at times one
/// row more, and a small one with every kind of rule, and with variables.
const SHAPES: [FleetShape; 2] = [
    FleetShape { deployments: 3, ..FleetShape::production(643) },
    FleetShape { deployments: 2, rules: Rules::Every, ..FleetShape::production(65) },
];

/// A layout that does not stand where the engine stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The layout.
    pub layout: &'static str,
    /// Targets of the fleet that it followed.
    pub targets: u64,
    /// The order of its rows.
    pub order: Order,
    /// After which step of the sequence.
    pub step: &'static str,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a layout after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its rows have another digest than the engine's.
    Rows {
        /// The layout's digest.
        digest: u64,
        /// The engine's digest.
        engine: u64,
    },
    /// Rows that are looked up one by one have another digest than they have in passing.
    Lookups {
        /// Looked up.
        digest: u64,
        /// In passing, as in the engine.
        engine: u64,
    },
    /// Of the rows that changed their state, it does not tell of so many.
    Missed(usize),
    /// It tells of so many changes twice, or of rows that there are not.
    Invented(usize),
    /// It panicked; what it said is on stderr.
    Panicked,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layout, targets, order, step, fault } = self;
        write!(f, "layout {layout}, {targets} targets, rows {}: after \"{step}\" ", order.name())?;
        match fault {
            Fault::Rows { digest, engine } => {
                write!(f, "its digest is {digest:016x}, the engine's is {engine:016x}")
            }
            Fault::Lookups { digest, engine } => {
                write!(
                    f,
                    "what is looked up has digest {digest:016x}, what is stored {engine:016x}"
                )
            }
            Fault::Missed(rows) => write!(f, "it does not tell of {rows} changed states"),
            Fault::Invented(rows) => {
                write!(f, "it tells of {rows} changes that were told already, or of no row")
            }
            Fault::Panicked => f.write_str("it panicked"),
        }
    }
}

impl std::error::Error for Refused {}

/// The dirty targets of one cohort; `None` for all of them.
type DirtyTargets = (CohortIx, Option<Vec<ResourceIx>>);

/// When the fleet reconciled and what was dirty, run by run.
#[derive(Debug, Default, EcsResource)]
struct Runs(Vec<(SimTime, Vec<DirtyTargets>)>);

/// A resource that left and will come back.
#[derive(Debug, EcsResource)]
struct Left(Resource);

/// What happens to the fleet, step by step.
const SCRIPT: [(&str, fn(&mut Fleet)); 13] = [
    ("versions are created", |fleet| apply(fleet, approved_versions(fleet.world(), 0, 0))),
    ("they are approved", |fleet| approve(fleet, 0)),
    ("half a day passes", |fleet| pass(fleet, 43_199)),
    ("jobs succeed", |fleet| finish_jobs(fleet, JobStatus::Successful)),
    ("the next versions are created", |fleet| approve(fleet, 1)),
    ("an environment is locked", |fleet| apply(fleet, vec![locked("env-3")])),
    ("a resource changes", |fleet| {
        let mut changed = resource(fleet, 0);
        changed.metadata.insert("team".to_owned(), "platform".to_owned());
        apply(fleet, vec![Event::upsert(Entity::Resource(changed))]);
    }),
    ("another leaves", |fleet| {
        let leaving = resource(fleet, 1);
        apply(fleet, vec![Event::now(Payload::Delete(EntityKey::Resource(leaving.id.clone())))]);
        fleet.world_mut().insert_resource(Left(leaving));
    }),
    ("it comes back", |fleet| {
        let Left(returning) = fleet.world_mut().remove_resource().expect("it left");
        apply(fleet, vec![Event::upsert(Entity::Resource(returning))]);
    }),
    ("a third leaves for good", |fleet| {
        let key = EntityKey::Resource(resource(fleet, 2).id);
        apply(fleet, vec![Event::now(Payload::Delete(key))]);
    }),
    ("some jobs fail", |fleet| finish_jobs(fleet, JobStatus::Failure)),
    ("the lock moves on", |fleet| apply(fleet, vec![locked("env-7")])),
    ("a day passes", |fleet| pass(fleet, 86_400)),
];

/// Takes a layout through the sequence with every fleet and order of rows; returns the sum of the
/// digests at its ends.
///
/// # Errors
/// The first step after which the layout stands elsewhere than the engine.
pub fn admit<L: Layout>(layout: &'static str) -> Result<u64, Refused> {
    let mut sum = 0u64;
    for shape in SHAPES {
        for order in Order::ALL {
            let mut step = "its rows are stored";
            // Who tries a layout should see the others beside it, and which step it does not survive.
            let followed = catch_unwind(AssertUnwindSafe(|| follow::<L>(shape, order, &mut step)));
            let digest = followed.unwrap_or(Err(Fault::Panicked)).map_err(|fault| {
                let targets = shape.targets();
                Refused { layout, targets, order, step, fault }
            })?;
            sum = sum.wrapping_add(digest);
        }
    }
    Ok(sum)
}

/// Follows one fleet, and leaves behind at which `step` it arrived; returns the digest at the end.
fn follow<L: Layout>(
    shape: FleetShape,
    order: Order,
    step: &mut &'static str,
) -> Result<u64, Fault> {
    let mut fleet = watched(shape);
    let mut reads = SystemState::<policies::World<'static, 'static>>::new(fleet.world_mut());
    let mut lab = Lab::<L>::new(&roster(fleet.world(), order, L::BY_RESOURCE));
    // Several threads must come to the same as one.
    let sharing = if order == Order::ByKey { Sharing::Cohorts(3) } else { Sharing::None };
    let mut digest = 0;
    for (name, act) in SCRIPT {
        *step = name;
        let before = lab.states();
        act(&mut fleet);
        lab.take_over(fleet.world());
        lab.learn_classes(fleet.world());
        for (now, dirty) in take_runs(&mut fleet) {
            let step = lab.step(now, dirty, sharing);
            let surroundings = reads.get(fleet.world()).expect("every fleet has them");
            let surroundings = surroundings.reads().expect("target columns are table-stored");
            lab.reconcile(fleet.world(), &surroundings, &step);
        }
        let engine = digest_of_fleet(&mut fleet);
        digest = lab.digest();
        if name == "a third leaves for good" && digest == engine {
            let seats: Vec<usize> = (0..lab.places.len()).collect();
            lab.compact(&seats);
            digest = lab.digest();
        }
        if digest != engine {
            return Err(Fault::Rows { digest, engine });
        }
        let found = lab.digest_of_lookups();
        if found != engine {
            return Err(Fault::Lookups { digest: found, engine });
        }
        lab.check_changes(&before)?;
    }
    Ok(digest)
}

/// A fleet that notes what it reconciles.
fn watched(shape: FleetShape) -> Fleet {
    let mut fleet = build(shape, START, &mut |_, _, _| {});
    fleet.world_mut().init_resource::<Runs>();
    fleet.schedule_mut().add_systems(note_dirty.in_set(Phase::JobCreation));
    fleet
}

/// What was noted since the last call.
fn take_runs(fleet: &mut Fleet) -> Vec<(SimTime, Vec<DirtyTargets>)> {
    std::mem::take(&mut fleet.world_mut().resource_mut::<Runs>().0)
}

/// Notes what is dirty in this run.
fn note_dirty(world: &mut World) {
    let cohorts = world.resource::<Work>().cohorts.clone();
    let run = world.resource_scope(|world, mut tables: Mut<Tables>| {
        let mut dirty_of = |cohort: CohortIx| {
            let dirty = world.resource::<Dirty>().rows(cohort)?.clone();
            if dirty.is_all() {
                return None;
            }
            let it = world.resource::<Cohorts>()[cohort].clone();
            let columns = tables.shard(world, it.shard);
            let is_dirty = |&row: &usize| dirty.word(row / 64) >> (row % 64) & 1 == 1;
            let live = live_rows(&it).filter(is_dirty);
            Some(live.map(|row| columns.keys[it.start as usize + row].resource).collect())
        };
        cohorts.into_iter().map(|cohort| (cohort, dirty_of(cohort))).collect()
    });
    let now = world.resource::<Clock>().0;
    world.resource_mut::<Runs>().0.push((now, run));
}

fn digest_of_fleet(fleet: &mut Fleet) -> u64 {
    let rows = standing_rows(fleet.world_mut());
    let jobs = &fleet.world().resource::<Jobs>().0;
    let digests = rows.iter().flatten().map(|row| {
        let TargetRow { key, plan, state, holds, ledger } = *row;
        digest_of(key, &Standing { plan, state, holds, ledger }, jobs)
    });
    digests.fold(0, u64::wrapping_add)
}

impl<L: Layout> Lab<L> {
    /// Where the rows of every seat stand.
    fn states(&mut self) -> Vec<Vec<State>> {
        let seats = 0..self.places.len();
        let state_of = |seat| {
            self.with(seat, |place, rows| {
                (0..place.cohort.used() as usize).map(|row| rows.state(row)).collect()
            })
        };
        seats.map(state_of).collect()
    }

    /// Makes sure that a layout that tracks changes tells of every row that changed its state since
    /// `before`, and once.
    fn check_changes(&mut self, before: &[Vec<State>]) -> Result<(), Fault> {
        let Some(mut told) = self.layout.changed() else { return Ok(()) };
        // Asked again, it has nothing to tell.
        told.extend(self.layout.changed().into_iter().flatten());
        let now = self.states();
        // Of those before: cohorts that close up have fewer.
        let is_row = |&(seat, row): &(usize, u32)| {
            before.get(seat).is_some_and(|states| (row as usize) < states.len())
        };
        let rows: BTreeSet<(usize, u32)> = told.iter().copied().filter(is_row).collect();
        if rows.len() < told.len() {
            return Err(Fault::Invented(told.len() - rows.len()));
        }
        let mut missed = 0;
        for (seat, (before, now)) in before.iter().zip(&now).enumerate() {
            let changed = (0u32..).zip(before.iter().zip(now)).filter(|(_, (a, b))| a != b);
            missed += changed.filter(|&(row, _)| !rows.contains(&(seat, row))).count();
        }
        if missed > 0 { Err(Fault::Missed(missed)) } else { Ok(()) }
    }

    /// Takes over what ingest did to the rows of the fleet: jobs that changed, targets that left or
    /// came back.
    fn take_over(&mut self, world: &World) {
        let sets = world.resource::<VariableSets>();
        let theirs = &world.resource::<Jobs>().0;
        let mut jobs = std::mem::take(&mut self.jobs);
        // Jobs of one run are in row order, which need not be the fleet's.
        let name = |job: &Job| (job.target, job.edition, job.variables, job.attempt);
        let mut named = fixed_map();
        named.extend(theirs.iter().map(|job| (name(job), job)));
        let mut changed = Vec::new();
        for ours in &mut jobs {
            let same = Job { previous: ours.previous, ..*named[&name(ours)] };
            if *ours != same {
                *ours = same;
                changed.push(ours.target);
            }
        }
        for target in changed {
            self.with(self.seat_of(target.cohort), |place, rows| {
                let row = place.cohort.position(target.resource).expect("jobs have targets");
                let head = rows.ledger(row as usize).head;
                rows.set_ledger(row as usize, count_ledger(&jobs, head, sets));
            });
        }
        self.jobs = jobs;
        for seat in 0..self.places.len() {
            self.with(seat, |place, rows| {
                let theirs = &world.resource::<Cohorts>()[place.ix];
                for row in 0..place.cohort.used() {
                    let key = rows.key(row as usize);
                    let live = theirs.live_position(key.resource).is_some();
                    if place.cohort.set_live(row, live) && !live {
                        retire(rows, row as usize);
                    }
                }
            });
        }
    }

    /// What the layout has to reconcile when these targets are dirty.
    fn step(&self, now: SimTime, dirty: Vec<DirtyTargets>, sharing: Sharing) -> Step {
        let mut seats: Vec<(usize, DirtyRows)> = dirty
            .into_iter()
            .map(|(cohort, targets)| {
                let seat = self.seat_of(cohort);
                let Some(targets) = targets else { return (seat, DirtyRows::all()) };
                let cohort = &self.places[seat].cohort;
                let rows = targets.into_iter().filter_map(|it| cohort.position(it));
                (seat, words_of(cohort, rows).into())
            })
            .collect();
        seats.sort_unstable_by_key(|&(seat, _)| seat);
        let (seats, dirty) = seats.into_iter().unzip();
        Step { seats, dirty, now, classes: None, sharing }
    }
}

fn apply(fleet: &mut Fleet, events: Vec<Event>) {
    fleet.apply_together(events).expect("the script consists of valid events");
}

/// Versions of this number are created, if they are not there, and approved as often as is demanded.
fn approve(fleet: &mut Fleet, number: u32) {
    let approvals = Demands::of(fleet.world(), 1).approvals;
    apply(fleet, approved_versions(fleet.world(), approvals, number));
}

fn pass(fleet: &mut Fleet, seconds: i64) {
    let to = fleet.now().plus(seconds * SECOND);
    fleet.advance(to, &mut |_, _| {}).expect("time goes on");
}

/// The jobs that are processing in the first deployment end like this.
fn finish_jobs(fleet: &mut Fleet, status: JobStatus) {
    let now = fleet.now();
    let rows = standing_rows(fleet.world_mut());
    let world = fleet.world();
    let first = world.resource::<Cohorts>()[rows[0][0].key.cohort].deployment;
    let busy = rows.iter().flatten().filter(|row| {
        row.ledger.active > 0 && world.resource::<Cohorts>()[row.key.cohort].deployment == first
    });
    let finish = |row: &TargetRow| {
        let Key { resource, cohort } = row.key;
        let target = triple_of(world, TargetRef { cohort, resource });
        let completed_at = Some(now);
        let finish = Finish { target, status, completed_at, created_at: None };
        Event::now(Payload::FinishJob(finish))
    };
    let events: Vec<Event> = busy.map(finish).collect();
    apply(fleet, events);
}

fn locked(environment: &str) -> Event {
    Event::upsert(Entity::Policy(lock(environment)))
}

fn resource(fleet: &Fleet, at: usize) -> Resource {
    let (_, resource) = items::<Resource>(fleet.world()).nth(at).expect("the fleet has some");
    resource.clone()
}

#[cfg(test)]
mod tests {
    use shakedown_engine::base::ids::VariablesId;
    use shakedown_engine::fleet::matrix::Plan;

    use super::*;

    /// A step that did nothing would admit whoever does nothing.
    #[test]
    fn every_step_is_reconciled_and_all_but_one_change_where_targets_stand() {
        for shape in SHAPES {
            let mut fleet = watched(shape);
            take_runs(&mut fleet);
            let mut digest = digest_of_fleet(&mut fleet);
            let mut idle = Vec::new();
            for (step, act) in SCRIPT {
                act(&mut fleet);
                assert!(!take_runs(&mut fleet).is_empty(), "{step}, {} targets", shape.targets());
                let before = std::mem::replace(&mut digest, digest_of_fleet(&mut fleet));
                idle.extend((digest == before).then_some(step));
            }
            // Nothing selects by what changed of it, so its targets come out the same.
            assert_eq!(idle, ["a resource changes"], "{} targets", shape.targets());
        }
    }

    #[test]
    fn releases_with_variables_are_desired_and_succeed() {
        let [_, shape] = SHAPES;
        let mut fleet = build(shape, START, &mut |_, _, _| {});
        SCRIPT.into_iter().for_each(|(_, act)| act(&mut fleet));
        let rows = standing_rows(fleet.world_mut());
        let has_variables =
            |id: VariablesId| id != Plan::NONE.variables && id != VariableSets::EMPTY;
        let count = |is: fn(&TargetRow) -> VariablesId| {
            rows.iter().flatten().filter(|row| has_variables(is(row))).count()
        };
        assert!(count(|row| row.plan.variables) > 0, "desired");
        assert!(count(|row| row.ledger.succeeded_variables) > 0, "succeeded");
    }
}
