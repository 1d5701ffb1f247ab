//! Measuring: an operation is done once to the rows of a scene, which are restored before.

use crate::digest::digest_of;
use crate::lab::{live_rows, retire, words_of, write_row};
use crate::operation::{Density, Done, Operation};
use crate::roster::shuffle;
use crate::snapshot::{Snapshot, digest_of_changes};
use crate::{Lab, Layout, Order, Roster, Scene, Sharing, Step, standing_of};
use shakedown_benches::gauge::{live_bytes, measure};
use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::jobs::Editions;
use shakedown_engine::fleet::matrix::{Cohort, PolicyRows, State, TargetRow, TargetRows};
use shakedown_engine::fleet::schedule::Reading;
use shakedown_systems::kernels::facts::CandidateLists;
use shakedown_systems::kernels::phases::policies::{Applicability, Class};
use std::hint::black_box;

/// A layout that can be measured.
pub trait Subject {
    /// Restores the scene's rows, and does an operation once.
    ///
    /// `density`: how many rows are dirty; `sharing`: how threads share it, where they can and it pays.
    fn run(
        &mut self,
        scene: &mut Scene,
        operation: Operation,
        density: Density,
        sharing: Sharing,
    ) -> Done;

    /// The digest of the rows as an operation, the last that was done, left them. Lookups that find
    /// something else than is stored, and changes that are not those that were made, add to it; of a
    /// snapshot it is the digest of the copy.
    fn digest(&mut self, operation: Operation) -> u64;

    /// Puts every row back to where the scene begins.
    fn restore(&mut self, scene: &Scene);

    /// Bytes on the heap that the layout alone holds after what was done to it, found by dropping it;
    /// zero unless allocations are counted.
    fn held_bytes(self: Box<Self>) -> u64;
}

/// A lab that stands where a scene begins, and can be put back there.
#[derive(Debug)]
pub(crate) struct Staged<L> {
    lab: Lab<L>,
    roster: Roster,
    /// Targets to look up, in this order, over and over, by (seat, row).
    lookups: Vec<(u32, u32)>,
    /// How many of them have been since the first was.
    looked_up: usize,
    copy: Snapshot,
    /// The rows that a transition changed, and those that were found to have changed, by (seat, row).
    moved: Vec<(usize, u32)>,
    found: Vec<(usize, u32)>,
}

/// Targets that are looked up at once.
const LOOKUPS: usize = 10_000;
/// Targets that are looked up before one is looked up again, if there are as many: far more than the
/// caches hold, and so are their rows.
const DIFFERENT_LOOKUPS: usize = 1_000_000;

impl<L: Layout> Staged<L> {
    /// Builds a layout for a scene.
    pub(crate) fn new(scene: &Scene, order: Order) -> Self {
        let mut roster = scene.roster(order, L::BY_RESOURCE);
        mark_released(scene, &mut roster);
        let lab = Lab::new(&roster);
        let stride = (scene.targets() / DIFFERENT_LOOKUPS).max(1);
        let all = (0u32..).zip(&scene.before);
        let all = all.flat_map(|(seat, rows)| rows.iter().map(move |row| (seat, row.key.resource)));
        let sampled = all.step_by(stride).take(DIFFERENT_LOOKUPS);
        let row_of =
            |(seat, resource)| (seat, position(&roster.cohorts[seat as usize].1, resource));
        let mut lookups: Vec<(u32, u32)> = sampled.map(row_of).collect();
        shuffle(&mut lookups, 7);
        let mut staged = Self {
            lab,
            roster,
            lookups,
            looked_up: 0,
            copy: Snapshot::default(),
            moved: Vec::new(),
            found: Vec::new(),
        };
        let seats = staged.all_seats();
        staged.restore(scene, &seats);
        staged
    }

    fn all_seats(&self) -> Vec<usize> {
        (0..self.roster.cohorts.len()).collect()
    }

    /// Puts the rows of some seats, and the jobs, back to where the scene begins.
    fn restore(&mut self, scene: &Scene, seats: &[usize]) {
        self.lab.jobs.clone_from(&scene.jobs);
        for &seat in seats {
            let home = &self.roster.cohorts[seat].1;
            let before = &scene.before[seat];
            self.lab.with(seat, |place, rows| {
                place.cohort.clone_from(home);
                for row in before {
                    let at = position(home, row.key.resource) as usize;
                    write_row(rows, at, *row);
                }
            });
        }
        self.lab.layout.settle();
    }

    /// Forgets the order in which the newest versions roll out, as if they had just been created.
    fn forget_ranks(&mut self, scene: &Scene, seats: &[usize]) {
        let lists = scene.fleet.world().resource::<CandidateLists>();
        for &seat in seats {
            let place = &mut self.lab.places[seat];
            for candidate in lists.of(place.cohort.deployment) {
                place.buffers.waves.forget(candidate.version);
            }
        }
    }

    fn step(&self, scene: &Scene, seats: Vec<usize>, density: Density, sharing: Sharing) -> Step {
        // Of one target, only its own cohort is dirty.
        let seats = if density == Density::One { seats[..1].to_vec() } else { seats };
        let dirty_of = |&seat: &usize| match density {
            Density::All => DirtyRows::all(),
            Density::FivePercent => {
                let cohort = &self.roster.cohorts[seat].1;
                let targets = scene.before[seat].iter().step_by(20);
                let rows = targets.map(|target| position(cohort, target.key.resource));
                words_of(cohort, rows).into()
            }
            Density::One => {
                let cohort = &self.roster.cohorts[seat].1;
                let row = std::iter::once(position(cohort, scene.due));
                words_of(cohort, row).into()
            }
        };
        let dirty = seats.iter().map(dirty_of).collect();
        let rows: usize = seats.iter().map(|&seat| scene.before[seat].len()).sum();
        let pays = L::PARALLEL && seats.len() > 1 && rows >= MIN_PARALLEL_ROWS;
        let sharing = if pays { sharing } else { Sharing::None };
        Step { seats, dirty, now: scene.now, classes: None, sharing }
    }

    /// Reconciles a step; `fresh`: as if its versions had just been created.
    fn reconcile(&mut self, scene: &mut Scene, step: &Step, fresh: bool) -> Done {
        self.restore(scene, &step.seats);
        if fresh {
            self.forget_ranks(scene, &step.seats);
        }
        let Scene { fleet, reads, .. } = scene;
        let world = fleet.world();
        let lab = &mut self.lab;
        let ((), reading) = measure(|| {
            let reads = reads.get(world).expect("every fleet has what policies read");
            let reads = reads.reads().expect("target columns are table-stored");
            lab.reconcile(world, &reads, step);
        });
        Done { reading, elements: self.dirty_targets(step), shared: step.sharing != Sharing::None }
    }

    /// Live dirty rows of a step.
    fn dirty_targets(&self, step: &Step) -> u64 {
        let count = |(&seat, dirty): (&usize, &DirtyRows)| {
            let live = self.roster.cohorts[seat].1.live.iter().enumerate();
            let dirty = live.map(|(word, live)| (live & dirty.word(word)).count_ones());
            u64::from(dirty.sum::<u32>())
        };
        step.seats.iter().zip(&step.dirty).map(count).sum()
    }

    fn first_deployment(&self) -> Vec<usize> {
        self.roster.deployments().into_iter().next().unwrap_or(0..0).collect()
    }

    fn build(&self, scene: &Scene) -> Done {
        let last = self.roster.cohorts.len() - 1;
        let (built, reading) = measure(|| {
            let mut built = L::build(&self.roster);
            // What is built when it is first read is built now.
            black_box([built.read(0, 0), built.read(last, 0)]);
            built
        });
        drop(black_box(built));
        done(reading, scene.targets())
    }

    fn lock(&mut self, scene: &mut Scene, sharing: Sharing) -> Done {
        let environment = self.roster.cohorts[0].1.environment;
        let seats = self.roster.cohorts.iter().enumerate();
        let seats = seats.filter(|(_, (_, cohort))| cohort.environment == environment);
        let seats = seats.map(|(seat, _)| seat).collect();
        let mut step = self.step(scene, seats, Density::All, sharing);
        let applicability = scene.fleet.world().resource::<Applicability>();
        let mut policies = vec![scene.lock];
        for class in applicability.classes(self.roster.cohorts[0].0) {
            policies.extend(&class.policies);
        }
        step.classes = Some(vec![Class { rows: None, policies }]);
        self.reconcile(scene, &step, false)
    }

    fn change_resource(&mut self, scene: &mut Scene) -> Done {
        let resource = scene.before[0][0].key.resource;
        let (mut seats, mut dirty) = (Vec::new(), Vec::new());
        for (seat, before) in scene.before.iter().enumerate() {
            if before.binary_search_by_key(&resource, |row| row.key.resource).is_err() {
                continue;
            }
            let cohort = &self.roster.cohorts[seat].1;
            let rows = std::iter::once(position(cohort, resource));
            seats.push(seat);
            dirty.push(words_of(cohort, rows).into());
        }
        let step = Step { seats, dirty, now: scene.now, classes: None, sharing: Sharing::None };
        self.reconcile(scene, &step, false)
    }

    fn look_up(&mut self) -> Done {
        let Self { lab: Lab { layout, .. }, lookups, looked_up, .. } = self;
        let wanted = LOOKUPS.min(lookups.len());
        // Others than in the run before, which the caches hold already.
        if *looked_up + wanted > lookups.len() {
            *looked_up = 0;
        }
        let next = *looked_up..*looked_up + wanted;
        *looked_up = next.end;
        let ((), reading) = measure(|| {
            for &(seat, row) in &lookups[next] {
                black_box(layout.read(seat as usize, row as usize));
            }
        });
        done(reading, wanted)
    }

    /// Puts the dirty rows of a deployment into another state.
    fn transition(&mut self, scene: &Scene, density: Density) -> Done {
        let step = self.step(scene, self.first_deployment(), density, Sharing::None);
        self.transit(scene, &step)
    }

    fn transit(&mut self, scene: &Scene, step: &Step) -> Done {
        self.restore(scene, &step.seats);
        let _ = self.lab.layout.changed();
        let ((), reading) = measure(|| {
            let mut states: Vec<_> = step
                .seats
                .iter()
                .zip(&step.dirty)
                .map(|(&seat, dirty)| (&self.roster.cohorts[seat].1.live, dirty))
                .collect();
            let layout = &mut self.lab.layout;
            layout.visit(&step.seats, &mut states, Sharing::None, |(live, dirty), rows| {
                for (word, live) in live.iter().enumerate() {
                    let moved = live & dirty.word(word);
                    if moved != 0 {
                        rows.set_states(word, moved, State::Settled);
                    }
                }
            });
            layout.settle();
        });
        Done { reading, elements: self.dirty_targets(step), shared: false }
    }

    /// Finds the rows that a transition of every twentieth changed.
    fn find_changes(&mut self, scene: &Scene) -> Done {
        let seats = self.all_seats();
        self.restore(scene, &seats);
        self.copy.take_states(&mut self.lab, &seats);
        let step = self.step(scene, self.first_deployment(), Density::FivePercent, Sharing::None);
        self.transit(scene, &step);
        let Self { lab, copy, roster, .. } = self;
        let (found, reading) =
            measure(|| lab.layout.changed().unwrap_or_else(|| copy.changes(lab, &seats)));
        self.found = found;
        let moved = step.seats.iter().zip(&step.dirty).flat_map(|(&seat, dirty)| {
            let rows = live_rows(&roster.cohorts[seat].1);
            let rows = rows.map(|row| u32::try_from(row).expect("fewer than 2^32 rows"));
            rows.filter(|&row| dirty.contains(row)).map(move |row| (seat, row))
        });
        self.moved = moved.collect();
        done(reading, scene.targets())
    }

    fn create_jobs(&mut self, scene: &mut Scene) -> Done {
        let step = self.step(scene, self.first_deployment(), Density::All, Sharing::None);
        self.restore(scene, &step.seats);
        let Scene { fleet, reads, .. } = scene;
        let reads = reads.get(fleet.world()).expect("every fleet has what policies read");
        let reads = reads.reads().expect("target columns are table-stored");
        self.lab.decide(fleet.world(), &reads, &step);
        let (created, reading) = measure(|| self.lab.create_jobs(fleet.world(), &step));
        done(reading, created)
    }

    /// A fifth of a deployment's targets leaves, and its cohorts close up.
    fn compact(&mut self, scene: &Scene) -> Done {
        let seats = self.first_deployment();
        self.restore(scene, &seats);
        let targets = seats.iter().map(|&seat| scene.before[seat].len()).sum();
        let leaving = |&seat: &usize| -> Vec<u32> {
            let cohort = &self.roster.cohorts[seat].1;
            let targets = scene.before[seat].iter().step_by(5);
            targets.map(|target| position(cohort, target.key.resource)).collect()
        };
        let leaving: Vec<Vec<u32>> = seats.iter().map(leaving).collect();
        let ((), reading) = measure(|| {
            self.lab.each(&seats, &|place, rows| {
                // The seats of the first deployment are the first seats.
                for &row in &leaving[place.seat] {
                    retire(rows, row as usize);
                    place.cohort.set_live(row, false);
                }
            });
            self.lab.compact(&seats);
        });
        done(reading, targets)
    }

    /// The first target of the first cohort that gets a job when all are dirty.
    pub(crate) fn first_due(&mut self, scene: &mut Scene) -> ResourceIx {
        let step = self.step(scene, vec![0], Density::All, Sharing::None);
        let Scene { fleet, reads, .. } = scene;
        let reads = reads.get(fleet.world()).expect("every fleet has what policies read");
        let reads = reads.reads().expect("target columns are table-stored");
        self.lab.decide(fleet.world(), &reads, &step);
        self.lab.with(0, |place, rows| {
            let due = place.buffers.runs().flatten().map(|it| rows.key(it.row as usize).resource);
            due.min().expect("half of the cohort is due")
        })
    }

    /// By how much what was looked up last differs from what is stored: zero if nowhere.
    fn lookups_beside_rows(&mut self) -> u64 {
        let Self { lab, lookups, looked_up, .. } = self;
        let mut sum = 0u64;
        for &(seat, row) in &lookups[looked_up.saturating_sub(LOOKUPS)..*looked_up] {
            let (seat, row) = (seat as usize, row as usize);
            let (key, stored) = lab.with(seat, |_, rows| (rows.key(row), standing_of(rows, row)));
            let read = digest_of(key, &lab.layout.read(seat, row), &lab.jobs);
            sum = sum.wrapping_add(read).wrapping_sub(digest_of(key, &stored, &lab.jobs));
        }
        sum
    }

    fn snapshot(&mut self, scene: &Scene) -> Done {
        let seats = self.all_seats();
        let Self { lab, copy, .. } = self;
        let ((), reading) = measure(|| copy.take(lab, &seats));
        done(reading, scene.targets())
    }
}

/// Rows from which threads pay, as in the schedule.
const MIN_PARALLEL_ROWS: usize = 16_384;

impl<L: Layout> Subject for Staged<L> {
    fn run(
        &mut self,
        scene: &mut Scene,
        operation: Operation,
        density: Density,
        sharing: Sharing,
    ) -> Done {
        match operation {
            Operation::Build => self.build(scene),
            Operation::ReconcileOne => {
                let step = self.step(scene, self.first_deployment(), density, sharing);
                self.reconcile(scene, &step, density == Density::All)
            }
            Operation::ReconcileAll => {
                let step = self.step(scene, self.all_seats(), density, sharing);
                self.reconcile(scene, &step, true)
            }
            Operation::Lock => self.lock(scene, sharing),
            Operation::ResourceChange => self.change_resource(scene),
            Operation::Lookup => self.look_up(),
            Operation::Transition => self.transition(scene, density),
            Operation::Changes => self.find_changes(scene),
            Operation::CreateJobs => self.create_jobs(scene),
            Operation::Compact => self.compact(scene),
            Operation::Snapshot => self.snapshot(scene),
        }
    }

    fn digest(&mut self, operation: Operation) -> u64 {
        let difference = match operation {
            Operation::Lookup => self.lookups_beside_rows(),
            Operation::Snapshot => return self.copy.digest(&self.lab.jobs),
            Operation::Changes => digest_of_changes(&mut self.lab, &self.found)
                .wrapping_sub(digest_of_changes(&mut self.lab, &self.moved)),
            _ => 0,
        };
        self.lab.digest().wrapping_add(difference)
    }

    fn restore(&mut self, scene: &Scene) {
        let seats = self.all_seats();
        Self::restore(self, scene, &seats);
    }

    fn held_bytes(self: Box<Self>) -> u64 {
        let Self { lab: Lab { layout, .. }, .. } = *self;
        let before = live_bytes();
        drop(layout);
        before.saturating_sub(live_bytes())
    }
}

/// Something that was done by one thread to so many targets.
fn done(reading: Reading, targets: usize) -> Done {
    Done { reading, elements: targets as u64, shared: false }
}

/// Where the row of a member of a cohort is.
fn position(cohort: &Cohort, resource: ResourceIx) -> u32 {
    cohort.position(resource).expect("it is a member")
}

/// Marks the rows that have a job of a version before the scene begins.
fn mark_released(scene: &Scene, roster: &mut Roster) {
    let editions = scene.fleet.world().resource::<Editions>();
    for ((_, cohort), before) in roster.cohorts.iter_mut().zip(&scene.before) {
        for TargetRow { key, ledger, .. } in before {
            let Some(head) = ledger.head.get() else { continue };
            let version = editions.version(scene.jobs[head.slot()].edition);
            let row = position(cohort, key.resource);
            cohort.released_mut(version).insert(row as usize);
        }
    }
}
