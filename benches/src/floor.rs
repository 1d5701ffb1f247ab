//! The floor: what a reconcile costs when nothing but the decisions is left of it.
//!
//! It runs the kernels of the systems over plain vectors that hold what the target tables hold, in
//! the same passes and on the same threads, and pushes jobs to a vector. What it leaves out is the
//! ECS: queries, the schedule, entities, and applying the event.
//!
//! Invariant: it decides what the fleet decides; [`Floor::compare`] checks that row by row.
//! Invariant: it decides over what there was when it was loaded, so it may run before or after the fleet.

use std::fmt;
use std::sync::Arc;

use bevy_ecs::system::SystemState;
use bevy_ecs::world::{Mut, World};
use rayon::prelude::*;
use shakedown_engine::base::ids::{CohortIx, DeploymentIx, EditionIx, VersionIx};
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::jobs::{InOrder, Job, Jobs, VariableSets};
use shakedown_engine::fleet::matrix::{
    Cohort, Cohorts, Holds, Key, Ledger, Plan, PolicyColumns, State, Tables, TargetColumns,
    words_for,
};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{DeploymentVersion, Dialect};
use shakedown_systems::kernels::facts::{Candidate, CandidateLists};
use shakedown_systems::kernels::handover::Work;
use shakedown_systems::kernels::phases::eligibility::{Agentless, Context, agentless_rows};
use shakedown_systems::kernels::phases::policies;
use shakedown_systems::kernels::phases::policies::Applicability;
use shakedown_systems::kernels::rules::RuleBook;
use shakedown_systems::kernels::variables::Variables;

use crate::decide::{Buffers, Case, agent_by_resource, agentless, create_jobs};

/// Stands for the new version's edition, which the fleet numbers when it applies the event.
const NEW_EDITION: EditionIx = EditionIx(u32::MAX - 1);

/// The targets of one deployment in plain vectors.
pub struct Floor {
    deployment: DeploymentIx,
    reads: SystemState<policies::World<'static, 'static>>,
    cohorts: Vec<Rows>,
    candidates: Vec<Candidate>,
    /// Whose jobs nobody would run, where that is the same everywhere.
    agentless: Agentless<'static>,
    /// The version that the measured event creates.
    new: Option<(VersionIx, DeploymentVersion)>,
    /// Decides whether threads pay, as in the systems.
    work: Work,
    /// The fleet's jobs as they were, and those of the last run.
    jobs: Vec<Job>,
    /// Number of the former.
    stored: usize,
}

/// The rows of one cohort; buffers are kept from one run to the next.
#[derive(Debug)]
struct Rows {
    cohort: CohortIx,
    /// The cohort when it was loaded, which had no release of the new version.
    loaded: Arc<Cohort>,
    columns: Vectors,
    /// The rows whose jobs nobody would run, where that depends on the resource.
    agentless: Option<Vec<u64>>,
    released: Vec<u64>,
    buffers: Buffers,
}

/// One vector per column.
#[derive(Debug, Default)]
struct Vectors {
    keys: Vec<Key>,
    plans: Vec<Plan>,
    states: Vec<State>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
}

impl Vectors {
    fn rows(&mut self) -> TargetColumns<'_> {
        TargetColumns {
            keys: &mut self.keys,
            plans: &mut self.plans,
            states: &mut self.states,
            holds: &mut self.holds,
            ledgers: &mut self.ledgers,
        }
    }
}

/// What a run decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Jobs made.
    pub jobs_created: u64,
    /// Rows by state, in declaration order of [`State`].
    pub states: [u64; State::ALL.len()],
    /// Rows by reason, in bit order.
    pub reasons: [u64; Reason::COUNT],
}

/// What the fleet and the floor decided differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The column or count.
    pub what: &'static str,
    /// Row of the deployment's targets, in table order; `None` for counts.
    pub row: Option<usize>,
}

impl fmt::Debug for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Floor").field("rows", &self.work.rows).finish_non_exhaustive()
    }
}

impl Floor {
    /// A floor for a deployment that has targets. Load it before running.
    #[must_use]
    pub fn new(world: &mut World, deployment: DeploymentIx) -> Self {
        let mut floor = Self {
            deployment,
            reads: SystemState::new(world),
            cohorts: Vec::new(),
            candidates: Vec::new(),
            agentless: Agentless::None,
            new: None,
            work: Work::default(),
            jobs: Vec::new(),
            stored: 0,
        };
        floor.turn_to(world, deployment);
        floor
    }

    /// Goes on with another deployment. Load it before running.
    pub fn turn_to(&mut self, world: &World, deployment: DeploymentIx) {
        let cohorts = world.resource::<Cohorts>();
        let mut mine: Vec<CohortIx> = cohorts.of_deployment(deployment).to_vec();
        mine.retain(|&ix| cohorts[ix].targets > 0);
        mine.sort_unstable_by_key(|&ix| (cohorts[ix].shard, cohorts[ix].start));
        let rows = mine.iter().map(|&ix| cohorts[ix].rows().len()).sum();
        self.deployment = deployment;
        self.cohorts = mine.iter().map(|&ix| Rows::new(world, ix)).collect();
        self.agentless = agentless(world, deployment);
        self.work = Work { cohorts: mine, rows, ..Work::default() };
        // Since its last turn the deployment's older jobs may have ended.
        self.stored = 0;
    }

    /// Copies the columns as they are now, and the versions together with `new`, which may not exist
    /// yet but must have been mentioned, as every prepared version was.
    pub fn load(&mut self, world: &mut World, new: Option<&DeploymentVersion>) {
        self.take_over(&world.resource::<Jobs>().0);
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            for rows in &mut self.cohorts {
                rows.load(world, &mut tables);
                let cohort = &world.resource::<Cohorts>()[rows.cohort];
                let choice = agent_by_resource(world, self.deployment);
                rows.agentless =
                    choice.map(|choice| agentless_rows(choice, cohort, &rows.columns.rows()));
            }
        });
        self.candidates.clear();
        let known = world.resource::<CandidateLists>().of(self.deployment).iter();
        let bare = |it: &Candidate| Candidate {
            id: it.id.clone(),
            suffix: std::sync::OnceLock::new(),
            ..*it
        };
        self.candidates.extend(known.map(bare));
        let find = |it: &DeploymentVersion| {
            let ix = world.resource::<Registry<DeploymentVersion>>().find(&it.id)?;
            Some((ix, it.clone()))
        };
        self.new = new.and_then(find);
        let Some((ix, version)) = &self.new else { return };
        let candidate = Candidate {
            version: *ix,
            edition: NEW_EDITION,
            status: world.resource::<Dialect>().effective(version.status()),
            created_at: version.created_at,
            id: version.id.as_str().into(),
            suffix: std::sync::OnceLock::new(),
        };
        let newer = |known: &Candidate| {
            (known.created_at, &known.id) > (candidate.created_at, &candidate.id)
        };
        let place = self.candidates.partition_point(newer);
        self.candidates.insert(place, candidate);
    }

    /// Makes the jobs those of the fleet, of which those taken over before have not changed since:
    /// nothing that an iteration prepares touches jobs older than the iteration before it. The memory
    /// behind them stays as it is, so that a run's jobs touch as much new memory as the fleet's own.
    fn take_over(&mut self, jobs: &[Job]) {
        self.jobs.truncate(self.stored);
        self.jobs.extend_from_slice(&jobs[self.stored..]);
        self.stored = jobs.len();
    }

    /// Decides every row. This is what is measured.
    ///
    /// # Panics
    /// When the world has no systems installed.
    pub fn run(&mut self, world: &World) -> Outcome {
        self.evaluate(world);
        self.plan(world);
        let mut outcome = self.check(world);
        outcome.jobs_created = self.create_jobs(world);
        outcome
    }

    /// What the policies say of every row: the first of the stages of a run, which are public so that
    /// the instructions of each can be counted.
    ///
    /// # Panics
    /// When the world has no systems installed.
    pub fn evaluate(&mut self, world: &World) {
        let now = world.resource::<Clock>().0;
        let reads = self.reads.get(world).expect("every fleet has what policies read");
        let mut reads = reads.reads().expect("target columns are table-stored");
        if let Some((ix, version)) = &self.new {
            reads = reads.expecting(*ix, version);
        }
        let Self { agentless, candidates, work, cohorts, .. } = self;
        each(world, *agentless, candidates, work, cohorts, |rows, case| {
            let Rows { columns: Vectors { keys, ledgers, .. }, buffers, .. } = rows;
            buffers.evaluate(
                case,
                &DirtyRows::all(),
                &PolicyColumns { keys, ledgers },
                &reads,
                now,
            );
        });
    }

    /// The desired release of every row that was evaluated.
    pub fn plan(&mut self, world: &World) {
        let variables = world.resource::<Variables>();
        let Self { agentless, candidates, work, cohorts, .. } = self;
        each(world, *agentless, candidates, work, cohorts, |rows, case| {
            rows.buffers.plan(case, variables, &mut rows.columns.rows());
        });
    }

    /// Which planned rows get a job, and where every row stands. No job is made yet.
    pub fn check(&mut self, world: &World) -> Outcome {
        let Self { agentless, candidates, work, cohorts, jobs, .. } = self;
        let context = Context {
            jobs,
            sets: world.resource::<VariableSets>(),
            in_order: world.resource::<InOrder>().0,
            book: world.resource::<RuleBook>(),
            now: world.resource::<Clock>().0,
        };
        let tallies = each(world, *agentless, candidates, work, cohorts, |rows, case| {
            rows.buffers.check(case, context, &mut rows.columns.rows())
        });
        let mut outcome = Outcome::default();
        for tally in &tallies {
            outcome.states.iter_mut().zip(tally.states).for_each(|(sum, count)| *sum += count);
            outcome.reasons.iter_mut().zip(tally.reasons).for_each(|(sum, count)| *sum += count);
        }
        outcome
    }

    /// Makes the jobs of the rows that get one; returns how many.
    pub fn create_jobs(&mut self, world: &World) -> u64 {
        let now = world.resource::<Clock>().0;
        for Rows { columns, released, buffers, agentless: words, .. } in &mut self.cohorts {
            let candidates = &self.candidates;
            let agentless = words.as_deref().map_or(self.agentless, Agentless::Rows);
            for run in buffers.runs() {
                create_jobs(
                    run,
                    candidates,
                    agentless,
                    now,
                    released,
                    &mut columns.rows(),
                    &mut self.jobs,
                );
            }
        }
        (self.jobs.len() - self.stored) as u64
    }

    /// Compares the rows of the last run, and what it counted, with a fleet that has decided the
    /// same by itself.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(
        &self,
        world: &mut World,
        outcome: &Outcome,
        report: &Report,
    ) -> Result<(), Difference> {
        let counted = [
            ("jobs created", outcome.jobs_created == report.jobs_created),
            ("targets by state", outcome.states == report.states),
            ("targets by reason", outcome.reasons == report.reasons),
        ];
        if let Some((what, _)) = counted.into_iter().find(|(_, same)| !same) {
            return Err(Difference { what, row: None });
        }
        let new = self.candidates.iter().position(|it| it.edition == NEW_EDITION);
        let numbered = world.resource::<CandidateLists>().of(self.deployment);
        let edition = new.and_then(|at| numbered.get(at)).map(|candidate| candidate.edition);
        let same_plan = |ours: &Plan, theirs: &Plan| match edition {
            Some(edition) if ours.edition == NEW_EDITION => {
                *theirs == Plan { edition, variables: ours.variables }
            }
            _ => ours == theirs,
        };
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            let mut before = 0;
            for rows in &self.cohorts {
                let cohort = &world.resource::<Cohorts>()[rows.cohort];
                let (shard, range) = (cohort.shard, cohort.rows());
                let columns = tables.shard(world, shard);
                let differing = [
                    ("keys", unequal(&rows.columns.keys, &columns.keys[range.clone()])),
                    (
                        "plans",
                        unequal_by(&rows.columns.plans, &columns.plans[range.clone()], same_plan),
                    ),
                    ("states", unequal(&rows.columns.states, &columns.states[range.clone()])),
                    ("holds", unequal(&rows.columns.holds, &columns.holds[range.clone()])),
                    ("ledgers", unequal(&rows.columns.ledgers, &columns.ledgers[range.clone()])),
                ];
                for (what, row) in differing {
                    if let Some(row) = row {
                        return Err(Difference { what, row: Some(before + row) });
                    }
                }
                before += range.len();
            }
            Ok(())
        })
    }
}

/// Does something to the rows of every cohort of a deployment, on as many threads as the systems would.
fn each<T: Send>(
    world: &World,
    everywhere: Agentless<'static>,
    candidates: &[Candidate],
    work: &Work,
    cohorts: &mut [Rows],
    act: impl Fn(&mut Rows, Case<'_>) -> T + Sync,
) -> Vec<T> {
    let act = |rows: &mut Rows| {
        let cohort = Arc::clone(&rows.loaded);
        let classes = world.resource::<Applicability>().classes(rows.cohort);
        let words = rows.agentless.take();
        let agentless = words.as_deref().map_or(everywhere, Agentless::Rows);
        let done = act(rows, Case { cohort: &cohort, classes, candidates, agentless });
        rows.agentless = words;
        done
    };
    if work.is_parallel() {
        cohorts.par_iter_mut().map(act).collect()
    } else {
        cohorts.iter_mut().map(act).collect()
    }
}

/// The first row in which two columns differ.
fn unequal<T: PartialEq>(ours: &[T], theirs: &[T]) -> Option<usize> {
    unequal_by(ours, theirs, T::eq)
}

fn unequal_by<T>(ours: &[T], theirs: &[T], same: impl Fn(&T, &T) -> bool) -> Option<usize> {
    if ours.len() != theirs.len() {
        return Some(ours.len().min(theirs.len()));
    }
    ours.iter().zip(theirs).position(|(ours, theirs)| !same(ours, theirs))
}

impl Rows {
    fn new(world: &World, cohort: CohortIx) -> Self {
        Self {
            cohort,
            loaded: Arc::new(world.resource::<Cohorts>()[cohort].clone()),
            columns: Vectors::default(),
            agentless: None,
            released: Vec::new(),
            buffers: Buffers::default(),
        }
    }

    fn load(&mut self, world: &mut World, tables: &mut Tables) {
        let cohort = &world.resource::<Cohorts>()[self.cohort];
        let (shard, range) = (cohort.shard, cohort.rows());
        self.loaded = Arc::new(cohort.clone());
        self.released.clear();
        self.released.resize(words_for(cohort.capacity as usize), 0);
        let columns = tables.shard(world, shard);
        copy(&columns.keys[range.clone()], &mut self.columns.keys);
        copy(&columns.plans[range.clone()], &mut self.columns.plans);
        copy(&columns.states[range.clone()], &mut self.columns.states);
        copy(&columns.holds[range.clone()], &mut self.columns.holds);
        copy(&columns.ledgers[range], &mut self.columns.ledgers);
    }
}

fn copy<T: Copy>(from: &[T], to: &mut Vec<T>) {
    to.clear();
    to.extend_from_slice(from);
}
