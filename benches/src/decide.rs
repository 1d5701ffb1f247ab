//! What deciding one cohort keeps from one run to the next, and the kernels in their order.
//!
//! The systems of the fleet keep the same things in `Work`; the floor and the layouts of the laboratory
//! call the same kernels without it.

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{AgentIx, DeploymentIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::jobs::{Configs, Job};
use shakedown_engine::fleet::matrix::{Cohort, PolicyRows, TargetRows};
use shakedown_engine::model::{Deployment, JobAgent, JobStatus};
use shakedown_systems::kernels::facts::CohortWaves;
use shakedown_systems::kernels::facts::{Agents, Candidate, Choice};
use shakedown_systems::kernels::handover::Eligible;
use shakedown_systems::kernels::handover::Outcomes;
use shakedown_systems::kernels::handover::Verdicts;
use shakedown_systems::kernels::phases::eligibility::{
    Agentless, Context, Tally, Task as EligibilityTask, check_cohort,
};
use shakedown_systems::kernels::phases::job_creation::{Draft, draft_jobs};
use shakedown_systems::kernels::phases::planning::plan;
use shakedown_systems::kernels::phases::policies::{Class, Reads, Scratch, Task, evaluate};
use shakedown_systems::kernels::variables::Variables;

/// The buffers of one cohort.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Its rollouts.
    pub waves: CohortWaves,
    /// What its checks keep from one candidate to the next.
    pub scratch: Scratch,
    /// Which version its rows should get.
    pub verdict: Verdicts,
    /// Where rows stand, and why they get no job.
    pub outcomes: Outcomes,
    /// Rows that get a job, by candidate.
    pub eligible: Vec<Eligible>,
}

/// What is decided.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its classes.
    pub classes: &'a [Class],
    /// The versions of its deployment, newest first.
    pub candidates: &'a [Candidate],
    /// The rows whose jobs nobody would run.
    pub agentless: Agentless<'a>,
}

impl Buffers {
    /// Decides which candidate dirty rows should get.
    pub fn evaluate(
        &mut self,
        case: Case<'_>,
        dirty: &DirtyRows,
        rows: &impl PolicyRows,
        reads: &Reads<'_, '_, '_>,
        now: SimTime,
    ) {
        let Case { cohort, classes, candidates, .. } = case;
        let Self { waves, scratch, verdict, .. } = self;
        let mut task = Task { cohort, rows, dirty, classes, candidates, waves, scratch, verdict };
        evaluate(&mut task, reads, now);
    }

    /// Writes what was decided to the rows.
    pub fn plan(&self, case: Case<'_>, variables: &Variables, rows: &mut impl TargetRows) {
        let variables = variables.column(case.cohort);
        plan(&self.verdict, case.candidates, variables, rows);
    }

    /// Decides which of them get a job.
    pub fn check(
        &mut self,
        case: Case<'_>,
        context: Context<'_>,
        rows: &mut impl TargetRows,
    ) -> Tally {
        let Case { cohort, classes, candidates, agentless } = case;
        let Self { verdict, outcomes, eligible, .. } = self;
        let mut task = EligibilityTask {
            cohort,
            classes,
            candidates,
            verdict,
            agentless,
            redeploys: &[],
            rows,
            outcomes,
            eligible,
        };
        check_cohort(&mut task, context)
    }

    /// The rows that get a job, version by version.
    pub fn runs(&self) -> impl Iterator<Item = &[Eligible]> {
        self.eligible.chunk_by(|a, b| a.candidate == b.candidate)
    }
}

/// Makes the jobs of rows that get one of the same version; where that is remembered, one bit per
/// row, is `released`.
///
/// # Panics
/// When the run is empty.
pub fn create_jobs(
    run: &[Eligible],
    candidates: &[Candidate],
    agentless: Agentless<'_>,
    now: SimTime,
    released: &mut [u64],
    rows: &mut impl TargetRows,
    jobs: &mut Vec<Job>,
) {
    let edition = candidates[run[0].candidate as usize].edition;
    let (agent, config) = (AgentIx::NONE, Configs::EMPTY);
    let mut draft = |run: &[Eligible], lacks: bool| {
        let status = if lacks { JobStatus::InvalidJobAgent } else { JobStatus::Pending };
        draft_jobs(Draft { edition, agent, config, status, now }, run, rows, released, jobs);
    };
    let lacks = |it: &Eligible| agentless.has(it.row as usize);
    match agentless {
        Agentless::Rows(_) => {
            let runs = run.chunk_by(|a, b| lacks(a) == lacks(b));
            runs.for_each(|run| draft(run, lacks(&run[0])));
        }
        Agentless::None | Agentless::All => draft(run, lacks(&run[0])),
    }
}

/// By resource, who runs the jobs of a deployment; `None` if that is the same everywhere.
#[must_use]
pub fn agent_by_resource(world: &World, deployment: DeploymentIx) -> Option<&Choice> {
    let choice = world.resource::<Agents>().of(deployment);
    choice.filter(|choice| matches!(choice, Choice::ByResource(..)))
}

/// Whose jobs nobody would run: those of all targets of a deployment or of none, where its agent is the
/// same everywhere.
#[must_use]
pub fn agentless(world: &World, deployment: DeploymentIx) -> Agentless<'static> {
    let has_agent = match world.resource::<Agents>().of(deployment) {
        Some(Choice::Everywhere(agent)) => agent.is_some(),
        _ => {
            let agents = world.resource::<Registry<JobAgent>>();
            let named = item::<Deployment>(world, deployment);
            let named = named.and_then(|it| agents.find(it.job_agent_id.as_ref()?));
            named.is_some_and(|agent| agents.entity(agent).is_some())
        }
    };
    if has_agent { Agentless::None } else { Agentless::All }
}
