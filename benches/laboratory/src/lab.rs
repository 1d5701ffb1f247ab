//! A lab: a layout together with what deciding its rows needs beside them.

use std::sync::{Arc, Mutex};

use bevy_ecs::world::World;
use shakedown_benches::decide::{Buffers, Case, agentless, create_jobs};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::base::row_set::RowSet;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::jobs::{InOrder, Job, VariableSets};
use shakedown_engine::fleet::matrix::{
    Cohort, Cohorts, Holds, Key, MemberSet, Plan, PolicyRows, State, TargetRow,
};
use shakedown_systems::kernels::facts::CandidateLists;
use shakedown_systems::kernels::phases::eligibility::{Agentless, Context};
use shakedown_systems::kernels::phases::policies::{Applicability, Class, Reads};
use shakedown_systems::kernels::rules::RuleBook;
use shakedown_systems::kernels::variables::Variables;

use crate::digest::digest_of;
use crate::roster::resources_of;
use crate::{Layout, Roster, Sharing, Standing, StoredRows, standing_of};

/// A layout that can be reconciled.
#[derive(Debug)]
pub(crate) struct Lab<L> {
    pub(crate) layout: L,
    pub(crate) places: Vec<Place>,
    pub(crate) jobs: Vec<Job>,
    seat_of: FixedMap<CohortIx, usize>,
}

/// A cohort, and what deciding it keeps.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) seat: usize,
    pub(crate) ix: CohortIx,
    pub(crate) cohort: Cohort,
    pub(crate) buffers: Buffers,
    /// The classes of its rows, where the fleet's are sets of rows, which lie elsewhere there.
    classes: Option<Vec<Class>>,
}

/// What is reconciled: some rows of some cohorts at an instant.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The seats, ascending.
    pub(crate) seats: Vec<usize>,
    /// The dirty rows of each.
    pub(crate) dirty: Vec<DirtyRows>,
    /// The instant.
    pub(crate) now: SimTime,
    /// Classes that hold instead of those of the cohorts.
    pub(crate) classes: Option<Vec<Class>>,
    /// How threads share it.
    pub(crate) sharing: Sharing,
}

/// One cohort in a phase.
struct Task<'a> {
    place: &'a mut Place,
    dirty: &'a DirtyRows,
    agentless: Agentless<'static>,
}

impl<L: Layout> Lab<L> {
    /// Builds the layout and seats the cohorts of a roster; nothing was ever reconciled.
    #[must_use]
    pub(crate) fn new(roster: &Roster) -> Self {
        let places = roster.cohorts.iter().enumerate().map(|(seat, (ix, cohort))| Place {
            seat,
            ix: *ix,
            cohort: cohort.clone(),
            buffers: Buffers::default(),
            classes: None,
        });
        let places: Vec<Place> = places.collect();
        let mut seat_of = fixed_map();
        seat_of.extend(places.iter().map(|place| (place.ix, place.seat)));
        Self { layout: L::build(roster), places, jobs: Vec::new(), seat_of }
    }

    /// Learns which rows policies apply to in a fleet.
    pub(crate) fn learn_classes(&mut self, world: &World) {
        let applicability = world.resource::<Applicability>();
        for place in &mut self.places {
            let theirs = applicability.classes(place.ix);
            let resources = resources_of(&world.resource::<Cohorts>()[place.ix]);
            let translated = |class: &Class| {
                let rows = class.rows.as_ref().map(|rows| {
                    let is_in = |row: &usize| rows[row / 64] >> (row % 64) & 1 == 1;
                    let resources = (0..resources.len()).filter(is_in).map(|row| resources[row]);
                    let cohort = &place.cohort;
                    words_of(cohort, resources.filter_map(|it| cohort.position(it))).to_vec()
                });
                Class { rows, policies: class.policies.clone() }
            };
            let is_whole = theirs.iter().all(|class| class.rows.is_none());
            place.classes = (!is_whole).then(|| theirs.iter().map(translated).collect());
        }
    }

    /// The seat of a cohort.
    pub(crate) fn seat_of(&self, cohort: CohortIx) -> usize {
        self.seat_of[&cohort]
    }

    /// Reconciles as the schedule does, phase by phase: policies, planning, eligibility, jobs.
    /// Returns the number of jobs created.
    ///
    /// # Panics
    /// When the world has no systems installed.
    pub(crate) fn reconcile(
        &mut self,
        world: &World,
        reads: &Reads<'_, '_, '_>,
        step: &Step,
    ) -> usize {
        self.decide(world, reads, step);
        self.create_jobs(world, step)
    }

    /// The same without creating jobs.
    pub(crate) fn decide(&mut self, world: &World, reads: &Reads<'_, '_, '_>, step: &Step) {
        let Self { layout, places, jobs, .. } = self;
        let mut tasks = tasks(world, places, step);
        let Step { seats, now, sharing, .. } = step;
        layout.visit(seats, &mut tasks, *sharing, |task, rows| {
            let dirty = task.dirty;
            let (case, buffers) = task.case(world, step);
            buffers.evaluate(case, dirty, rows, reads, *now);
        });
        let variables = world.resource::<Variables>();
        layout.visit(seats, &mut tasks, *sharing, |task, rows| {
            let (case, buffers) = task.case(world, step);
            buffers.plan(case, variables, rows);
        });
        let context = Context {
            jobs,
            sets: world.resource::<VariableSets>(),
            in_order: world.resource::<InOrder>().0,
            book: world.resource::<RuleBook>(),
            now: *now,
        };
        layout.visit(seats, &mut tasks, *sharing, |task, rows| {
            let (case, buffers) = task.case(world, step);
            buffers.check(case, context, rows);
        });
        layout.settle();
    }

    /// Makes the jobs of the rows that the last decision found eligible; returns how many.
    pub(crate) fn create_jobs(&mut self, world: &World, step: &Step) -> usize {
        let before = self.jobs.len();
        let Self { layout, places, jobs, .. } = self;
        let mut tasks = tasks(world, places, step);
        let jobs = Mutex::new(jobs);
        layout.visit(&step.seats, &mut tasks, Sharing::None, |task, rows| {
            let mut jobs = jobs.lock().expect("creating jobs does not panic");
            let Place { cohort, buffers, .. } = &mut *task.place;
            let candidates = world.resource::<CandidateLists>().of(cohort.deployment);
            for run in buffers.runs() {
                let version = candidates[run[0].candidate as usize].version;
                let (agentless, released) = (task.agentless, cohort.released_mut(version));
                create_jobs(run, candidates, agentless, step.now, released, rows, &mut jobs);
            }
        });
        self.jobs.len() - before
    }

    /// Does something to the rows of one seat.
    pub(crate) fn with<T: Send>(
        &mut self,
        seat: usize,
        work: impl Fn(&mut Place, &mut L::Rows<'_>) -> T + Sync,
    ) -> T {
        let done = Mutex::new(None);
        self.each(&[seat], &|place, rows| {
            *done.lock().expect("taken once") = Some(work(place, rows));
        });
        let done = done.into_inner().expect("taken once");
        done.expect("a layout visits the seats that it is asked to")
    }

    /// Does something to the rows of every one of some seats.
    pub(crate) fn each(
        &mut self,
        seats: &[usize],
        work: &(dyn Fn(&mut Place, &mut L::Rows<'_>) + Sync),
    ) {
        let mut states = select(&mut self.places, seats);
        self.layout.visit(seats, &mut states, Sharing::None, |place, rows| work(place, rows));
    }

    /// Moves the live rows of some seats to the front of their cohorts, in order; the rest is vacant.
    /// Nothing moves where rows lie by resource.
    pub(crate) fn compact(&mut self, seats: &[usize]) {
        if L::BY_RESOURCE {
            return;
        }
        self.each(seats, &|place, rows| compact(place, rows));
        self.layout.settle();
    }

    /// Adds up what every live target stands at: its digest, one hash per target.
    ///
    /// # Panics
    /// When another thread panicked while it added: nothing there panics.
    #[must_use]
    pub(crate) fn digest(&mut self) -> u64 {
        let jobs = std::mem::take(&mut self.jobs);
        let seats: Vec<usize> = (0..self.places.len()).collect();
        let sum = Mutex::new(0u64);
        self.each(&seats, &|place, rows| {
            let digests = live_rows(&place.cohort)
                .map(|row| digest_of(rows.key(row), &standing_of(rows, row), &jobs));
            let digest = digests.fold(0, u64::wrapping_add);
            let mut sum = sum.lock().expect("adding does not panic");
            *sum = sum.wrapping_add(digest);
        });
        self.jobs = jobs;
        sum.into_inner().expect("adding does not panic")
    }

    /// The same digest, of rows that are looked up one by one.
    pub(crate) fn digest_of_lookups(&mut self) -> u64 {
        let mut sum = 0u64;
        for seat in 0..self.places.len() {
            let keys: Vec<(usize, Key)> = self.with(seat, |place, rows| {
                live_rows(&place.cohort).map(|row| (row, rows.key(row))).collect()
            });
            for (row, key) in keys {
                let standing = self.layout.read(seat, row);
                sum = sum.wrapping_add(digest_of(key, &standing, &self.jobs));
            }
        }
        sum
    }
}

/// Writes a whole row.
pub(crate) fn write_row(rows: &mut impl StoredRows, row: usize, to: TargetRow) {
    rows.set_key(row, to.key);
    rows.set_plan(row, to.plan);
    rows.set_states(row / 64, 1 << (row % 64), to.state);
    rows.set_holds(row, to.holds);
    rows.set_ledger(row, to.ledger);
}

/// Empties a row whose target has gone.
pub(crate) fn retire(rows: &mut impl StoredRows, row: usize) {
    rows.set_plan(row, Plan::NONE);
    rows.set_states(row / 64, 1 << (row % 64), State::Vacant);
    rows.set_holds(row, Holds(0));
}

/// See [`Lab::compact`].
fn compact(place: &mut Place, rows: &mut impl StoredRows) {
    let Place { ix, cohort, .. } = place;
    let used = cohort.used() as usize;
    let mut members: Vec<(ResourceIx, u32)> = Vec::with_capacity(used);
    let mut released = cohort.released.clone();
    released.iter_mut().for_each(|(_, words)| words.fill(0));
    for (to, from) in live_rows(cohort).enumerate() {
        let key = rows.key(from);
        for ((_, new), (_, old)) in released.iter_mut().zip(&cohort.released) {
            new.set(to, old.contains(from));
        }
        members.push((key.resource, u32::try_from(to).expect("fewer than 2^32 rows")));
        if to < from {
            let Standing { plan, state, holds, ledger } = standing_of(rows, from);
            write_row(rows, to, TargetRow { key, plan, state, holds, ledger });
        }
    }
    (members.len()..used).for_each(|row| write_row(rows, row, TargetRow::vacant(*ix)));
    cohort.released = released;
    cohort.live.fill(0);
    (0..members.len()).for_each(|row| _ = cohort.live.insert(row));
    cohort.generation += 1;
    if members.is_sorted() {
        let base = members.drain(..).map(|(resource, _)| resource).collect();
        cohort.base = Arc::new(MemberSet::from_sorted(base));
    } else {
        members.sort_unstable();
        cohort.base = Arc::new(MemberSet::from_sorted(Vec::new()));
    }
    cohort.late = members;
}

/// One bit per row of a cohort.
pub(crate) fn words_of(cohort: &Cohort, rows: impl Iterator<Item = u32>) -> RowSet {
    let mut set = RowSet::for_rows(cohort.used() as usize);
    rows.for_each(|row| _ = set.insert(row as usize));
    set
}

/// The live rows of a cohort, ascending.
pub(crate) fn live_rows(cohort: &Cohort) -> impl Iterator<Item = usize> + '_ {
    cohort.live.rows()
}

/// What is there for each of some seats, ascending, of a list by seat.
pub(crate) fn select<'a, T>(by_seat: &'a mut [T], seats: &[usize]) -> Vec<&'a mut T> {
    let mut wanted = seats.iter().copied().peekable();
    let numbered = by_seat.iter_mut().enumerate();
    numbered.filter_map(|(seat, it)| wanted.next_if_eq(&seat).map(|_| it)).collect()
}

/// A task for each seat of a step.
fn tasks<'a>(world: &World, places: &'a mut [Place], step: &'a Step) -> Vec<Task<'a>> {
    let mut last = None;
    let places = select(places, &step.seats).into_iter().zip(&step.dirty);
    places
        .map(|(place, dirty)| {
            let deployment = place.cohort.deployment;
            let known = last.filter(|&(known, _)| known == deployment);
            let (_, agentless) =
                known.unwrap_or_else(|| (deployment, agentless(world, deployment)));
            last = Some((deployment, agentless));
            Task { place, dirty, agentless }
        })
        .collect()
}

impl Task<'_> {
    fn case<'a>(&'a mut self, world: &'a World, step: &'a Step) -> (Case<'a>, &'a mut Buffers) {
        let Place { ix, cohort, buffers, classes, .. } = &mut *self.place;
        let classes = match step.classes.as_ref().or(classes.as_ref()) {
            Some(classes) => classes,
            None => world.resource::<Applicability>().classes(*ix),
        };
        let candidates = world.resource::<CandidateLists>().of(cohort.deployment);
        (Case { cohort, classes, candidates, agentless: self.agentless }, buffers)
    }
}
