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
use shakedown_systems::kernels::facts::Candidate;
use shakedown_systems::kernels::facts::CohortWaves;
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
    /// Whether the deployment's agent exists.
    pub has_agent: bool,
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
        let Case { cohort, classes, candidates, has_agent } = case;
        let Self { verdict, outcomes, eligible, .. } = self;
        let mut task = EligibilityTask {
            cohort,
            classes,
            candidates,
            verdict,
            agentless: if has_agent { Agentless::None } else { Agentless::All },
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
    has_agent: bool,
    now: SimTime,
    released: &mut [u64],
    rows: &mut impl TargetRows,
    jobs: &mut Vec<Job>,
) {
    let edition = candidates[run[0].candidate as usize].edition;
    let status = if has_agent { JobStatus::Pending } else { JobStatus::InvalidJobAgent };
    let (agent, config) = (AgentIx::NONE, Configs::EMPTY);
    draft_jobs(Draft { edition, agent, config, status, now }, run, rows, released, jobs);
}

/// Whether the agent of a deployment exists.
#[must_use]
pub fn has_agent(world: &World, deployment: DeploymentIx) -> bool {
    let agents = world.resource::<Registry<JobAgent>>();
    let configured = item::<Deployment>(world, deployment).and_then(|it| it.job_agent_id.as_ref());
    let agent = configured.and_then(|id| agents.find(id));
    agent.is_some_and(|agent| agents.entity(agent).is_some())
}
