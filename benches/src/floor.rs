//! The floor: what a reconcile costs when nothing but the decisions is left of it.
//!
//! It runs the kernels of the systems over plain vectors that hold what the target tables hold, in
//! the same passes and on the same threads, and pushes jobs to a vector. What it leaves out is the
//! ECS: queries, the schedule, entities, and applying the event.
//!
//! Invariant: it decides what the fleet decides; [`Floor::compare`] checks that row by row.

use std::fmt;

use bevy_ecs::system::SystemState;
use bevy_ecs::world::{Mut, World};
use rayon::prelude::*;
use shakedown_engine::catalogue::{Registry, item};
use shakedown_engine::dirty::DirtyRows;
use shakedown_engine::entity::{Deployment, DeploymentVersion, JobAgent, JobStatus};
use shakedown_engine::ids::{AgentIx, CohortIx, DeploymentIx, EditionIx, VersionIx};
use shakedown_engine::job::{Configs, Job, Jobs, VariableSets};
use shakedown_engine::reason::Reason;
use shakedown_engine::report::Report;
use shakedown_engine::schedule::Clock;
use shakedown_engine::target::{Cohorts, Holds, Key, Ledger, Plan, State, Tables, words_for};
use shakedown_systems::eligibility::{Context, Task as EligibilityTask, check_cohort};
use shakedown_systems::job_creation::{Draft, draft_jobs};
use shakedown_systems::planning::plan;
use shakedown_systems::policies::{
    self, Applicability, Candidate, CandidateLists, Reads, ReasonRows, RuleBook, Task, Verdicts,
    evaluate,
};
use shakedown_systems::rollout::CohortWaves;
use shakedown_systems::variables::Variables;
use shakedown_systems::work::{Eligible, Work};

/// Stands for the new version's edition, which the fleet numbers when it applies the event.
const NEW_EDITION: EditionIx = EditionIx(u32::MAX - 1);

/// The targets of one deployment in plain vectors.
pub struct Floor {
    deployment: DeploymentIx,
    reads: SystemState<policies::World<'static, 'static>>,
    cohorts: Vec<Rows>,
    candidates: Vec<Candidate>,
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
    keys: Vec<Key>,
    plans: Vec<Plan>,
    states: Vec<State>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
    released: Vec<u64>,
    waves: CohortWaves,
    verdict: Verdicts,
    outcomes: ReasonRows,
    eligible: Vec<Eligible>,
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
        let cohorts = world.resource::<Cohorts>();
        let mut mine: Vec<CohortIx> = cohorts.of_deployment(deployment).to_vec();
        mine.retain(|&ix| cohorts[ix].targets > 0);
        mine.sort_unstable_by_key(|&ix| (cohorts[ix].shard, cohorts[ix].start));
        let rows = mine.iter().map(|&ix| cohorts[ix].rows().len()).sum();
        let work = Work { cohorts: mine.clone(), rows, ..Work::default() };
        Self {
            deployment,
            reads: SystemState::new(world),
            cohorts: mine.into_iter().map(Rows::new).collect(),
            candidates: Vec::new(),
            new: None,
            work,
            jobs: Vec::new(),
            stored: 0,
        }
    }

    /// Copies the columns as they are now, and the versions together with `new`, which may not exist
    /// yet but must have been mentioned, as every prepared version was.
    pub fn load(&mut self, world: &mut World, new: Option<&DeploymentVersion>) {
        self.take_over(&world.resource::<Jobs>().0);
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            for rows in &mut self.cohorts {
                rows.load(world, &mut tables);
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
            status: version.status,
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
        let cohorts = world.resource::<Cohorts>();
        let applicability = world.resource::<Applicability>();
        let surroundings = self.reads.get(world).expect("every fleet has what policies read");
        let mut surroundings = surroundings.reads().expect("target columns are table-stored");
        if let Some((ix, version)) = &self.new {
            surroundings = surroundings.expecting(*ix, version);
        }
        let candidates = self.candidates.as_slice();
        let run =
            |rows: &mut Rows| rows.evaluate(cohorts, applicability, candidates, &surroundings, now);
        if self.work.is_parallel() {
            self.cohorts.par_iter_mut().for_each(run);
        } else {
            self.cohorts.iter_mut().for_each(run);
        }
    }

    /// The desired release of every row that was evaluated.
    pub fn plan(&mut self, world: &World) {
        let variables = world.resource::<Variables>().column(self.deployment);
        let candidates = self.candidates.as_slice();
        let run = |rows: &mut Rows| {
            let Rows { keys, verdict, plans, .. } = rows;
            match variables {
                None => plan(verdict, candidates, |_| VariableSets::EMPTY, plans),
                Some(of) => plan(verdict, candidates, |row| of[keys[row].resource.slot()], plans),
            }
        };
        if self.work.is_parallel() {
            self.cohorts.par_iter_mut().for_each(run);
        } else {
            self.cohorts.iter_mut().for_each(run);
        }
    }

    /// Which planned rows get a job, and where every row stands. No job is made yet.
    pub fn check(&mut self, world: &World) -> Outcome {
        let cohorts = world.resource::<Cohorts>();
        let applicability = world.resource::<Applicability>();
        let context = Context {
            jobs: &self.jobs,
            sets: world.resource::<VariableSets>(),
            book: world.resource::<RuleBook>(),
            now: world.resource::<Clock>().0,
        };
        let has_agent = has_agent(world, self.deployment);
        let candidates = self.candidates.as_slice();
        let run =
            |rows: &mut Rows| rows.check(cohorts, applicability, candidates, has_agent, context);
        let tallies: Vec<_> = if self.work.is_parallel() {
            self.cohorts.par_iter_mut().map(run).collect()
        } else {
            self.cohorts.iter_mut().map(run).collect()
        };
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
        let has_agent = has_agent(world, self.deployment);
        let status = if has_agent { JobStatus::Pending } else { JobStatus::InvalidJobAgent };
        for rows in &mut self.cohorts {
            let Rows { keys, plans, ledgers, released, eligible, .. } = rows;
            for run in eligible.chunk_by(|a, b| a.candidate == b.candidate) {
                let draft = Draft {
                    edition: self.candidates[run[0].candidate as usize].edition,
                    agent: AgentIx::NONE,
                    config: Configs::EMPTY,
                    status,
                    now,
                };
                draft_jobs(draft, run, keys, plans, ledgers, released, &mut self.jobs);
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
                    ("keys", unequal(&rows.keys, &columns.keys[range.clone()])),
                    ("plans", unequal_by(&rows.plans, &columns.plans[range.clone()], same_plan)),
                    ("states", unequal(&rows.states, &columns.states[range.clone()])),
                    ("holds", unequal(&rows.holds, &columns.holds[range.clone()])),
                    ("ledgers", unequal(&rows.ledgers, &columns.ledgers[range.clone()])),
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

fn has_agent(world: &World, deployment: DeploymentIx) -> bool {
    let agents = world.resource::<Registry<JobAgent>>();
    let configured = item::<Deployment>(world, deployment).and_then(|it| it.job_agent_id.as_ref());
    let agent = configured.and_then(|id| agents.find(id));
    agent.is_some_and(|agent| agents.entity(agent).is_some())
}

impl Rows {
    fn new(cohort: CohortIx) -> Self {
        Self {
            cohort,
            keys: Vec::new(),
            plans: Vec::new(),
            states: Vec::new(),
            holds: Vec::new(),
            ledgers: Vec::new(),
            released: Vec::new(),
            waves: CohortWaves::default(),
            verdict: Verdicts::default(),
            outcomes: ReasonRows::default(),
            eligible: Vec::new(),
        }
    }

    fn load(&mut self, world: &mut World, tables: &mut Tables) {
        let cohort = &world.resource::<Cohorts>()[self.cohort];
        let (shard, range) = (cohort.shard, cohort.rows());
        self.released.clear();
        self.released.resize(words_for(cohort.capacity as usize), 0);
        let columns = tables.shard(world, shard);
        copy(&columns.keys[range.clone()], &mut self.keys);
        copy(&columns.plans[range.clone()], &mut self.plans);
        copy(&columns.states[range.clone()], &mut self.states);
        copy(&columns.holds[range.clone()], &mut self.holds);
        copy(&columns.ledgers[range], &mut self.ledgers);
    }

    fn evaluate(
        &mut self,
        cohorts: &Cohorts,
        applicability: &Applicability,
        candidates: &[Candidate],
        surroundings: &Reads<'_, '_, '_>,
        now: shakedown_engine::time::SimTime,
    ) {
        let mut task = Task {
            cohort: &cohorts[self.cohort],
            keys: &self.keys,
            dirty: &DirtyRows::All,
            classes: applicability.classes(self.cohort),
            candidates,
            waves: &mut self.waves,
            verdict: &mut self.verdict,
        };
        evaluate(&mut task, surroundings, now);
    }

    fn check(
        &mut self,
        cohorts: &Cohorts,
        applicability: &Applicability,
        candidates: &[Candidate],
        has_agent: bool,
        context: Context<'_>,
    ) -> shakedown_systems::eligibility::Tally {
        let mut task = EligibilityTask {
            cohort: &cohorts[self.cohort],
            classes: applicability.classes(self.cohort),
            candidates,
            verdict: &self.verdict,
            has_agent,
            redeploys: &[],
            plans: &self.plans,
            ledgers: &self.ledgers,
            states: &mut self.states,
            holds: &mut self.holds,
            outcomes: &mut self.outcomes,
            eligible: &mut self.eligible,
        };
        check_cohort(&mut task, context)
    }
}

fn copy<T: Copy>(from: &[T], to: &mut Vec<T>) {
    to.clear();
    to.extend_from_slice(from);
}
