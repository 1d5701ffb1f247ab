//! Eligibility phase: which desired releases get a job now, and where every dirty target stands.
//!
//! Invariants: a target has at most one processing job; what a row says after this phase is what a
//! fresh reconcile would say once its job exists, so nothing needs a second pass.

mod check;
mod retry;

pub use check::{Desired, Outcome, Repeat, check_release, check_repeat, lacks_agent};
pub use retry::{Attempts, check_attempts};

use bevy_ecs::error::Result;
use bevy_ecs::system::{Query, Res, ResMut};
use rayon::prelude::*;
use shakedown_engine::catalogue::Stock;
use shakedown_engine::entity::{Deployment, JobAgent, Retry};
use shakedown_engine::ids::CohortIx;
use shakedown_engine::ingest::Redeploys;
use shakedown_engine::job::{Job, Jobs, VariableSets, is_same_release};
use shakedown_engine::probe::Probe;
use shakedown_engine::reason::{Reason, Verdict, reasons};
use shakedown_engine::report::Report;
use shakedown_engine::schedule::{Clock, Phase};
use shakedown_engine::target::{
    Cohort, Cohorts, Holds, Key, Ledger, Plan, SHARDS, State, untracked,
};
use shakedown_engine::time::SimTime;

use crate::planning::for_each_row;
use crate::policies::{
    Applicability, Candidate, CandidateLists, Class, RuleBook, Verdicts, policies_of,
};
use crate::wake::RowWake;
use crate::work::{Eligible, Work, carve, shard_of};

/// One cohort to check.
#[derive(Debug)]
pub struct Task<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its classes.
    pub classes: &'a [Class],
    /// The versions of its deployment, newest first.
    pub candidates: &'a [Candidate],
    /// What the policies say.
    pub verdict: &'a Verdicts,
    /// Whether the deployment's agent exists.
    pub has_agent: bool,
    /// Rows to deploy once more, whatever their history.
    pub redeploys: &'a [u32],
    /// Desired releases, one per row in use.
    pub plans: &'a [Plan],
    /// Job facts, one per row in use.
    pub ledgers: &'a [Ledger],
    /// Where each row stands; written for dirty rows.
    pub states: &'a mut [State],
    /// What holds each row; written for dirty rows.
    pub holds: &'a mut [Holds],
    /// The reasons that each dirty row gained and lost, as masks, in row order; cleared first.
    pub changes: &'a mut Vec<(u32, u32)>,
    /// Where eligible rows go; cleared first.
    pub eligible: &'a mut Vec<Eligible>,
}

/// What checks read beside the cohort.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The job table.
    pub jobs: &'a [Job],
    /// The variable sets.
    pub sets: &'a VariableSets,
    /// The rule book, for retry rules.
    pub book: &'a RuleBook,
    /// The clock.
    pub now: SimTime,
}

/// Counts of one cohort.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Dirty rows by state.
    pub states: [u64; State::ALL.len()],
    /// Dirty rows by reason.
    pub reasons: [u64; Reason::COUNT],
    /// Dirty rows that a reason holds now and did not before.
    pub gained: [u64; Reason::COUNT],
    /// Dirty rows that a reason held before and does not now.
    pub lost: [u64; Reason::COUNT],
    /// When the next attempts are due.
    pub retries: Vec<RowWake>,
}

/// Decides one cohort: 3 to 10 ns per row, more for rows whose desired release has jobs already.
pub fn check_cohort(task: &mut Task<'_>, context: Context<'_>) -> Tally {
    let mut tally = Tally::default();
    task.eligible.clear();
    hold_back(task, &mut tally);
    let verdict = task.verdict;
    for (at, rows) in verdict.picks() {
        let released = task.cohort.released(task.candidates[at].version);
        for_each_row(rows, |row| {
            let (state, reason) = check_row(task, context, at, released, row, &mut tally);
            // While a newer version waits, an older one that is done does not settle the target.
            if at == 0 || state == State::Running {
                task.states[row] = state;
            }
            tally.states[task.states[row] as usize] += 1;
            tally.reasons[reason as usize] += 1;
            task.holds[row].0 |= reason.bit();
        });
    }
    compare(task, &mut tally);
    tally
}

/// Counts the reasons that came and went, reason by reason over all rows: about 1 ns per row, in
/// whatever order rows change.
fn compare(task: &mut Task<'_>, tally: &mut Tally) {
    let Task { verdict, holds, changes, .. } = task;
    let mut compared = changes.iter_mut();
    let (mut any_gained, mut any_lost) = (0, 0);
    for_each_row(verdict.rows(), |row| {
        let now = holds[row].0;
        let Some((gained, lost)) = compared.next() else { return };
        let before = *gained;
        (*gained, *lost) = (now & !before, before & !now);
        any_gained |= *gained;
        any_lost |= *lost;
    });
    for reason in reasons(any_gained) {
        let rows: u32 = changes.iter().map(|(gained, _)| gained >> reason as u32 & 1).sum();
        tally.gained[reason as usize] += u64::from(rows);
    }
    for reason in reasons(any_lost) {
        let rows: u32 = changes.iter().map(|(_, lost)| lost >> reason as u32 & 1).sum();
        tally.lost[reason as usize] += u64::from(rows);
    }
}

/// Reasons of planner checks that waiting cannot clear.
const DENIED: u32 = {
    let mut mask = 0;
    let mut at = 0;
    while at < Reason::COUNT {
        if matches!(Reason::ALL[at].verdict(), Verdict::Denied) {
            mask |= Reason::ALL[at].bit();
        }
        at += 1;
    }
    mask
};

/// Writes what holds every dirty row back from the newest candidate.
fn hold_back(task: &mut Task<'_>, tally: &mut Tally) {
    let Task { verdict, states, holds, changes, candidates, .. } = task;
    changes.clear();
    for_each_row(verdict.rows(), |row| {
        changes.push((std::mem::replace(&mut holds[row], Holds(0)).0, 0));
    });
    for (reason, rows) in verdict.holds() {
        let mut count = 0;
        for_each_row(rows, |row| {
            holds[row].0 |= reason.bit();
            count += 1;
        });
        tally.reasons[reason as usize] += count;
    }
    for_each_row(verdict.rows(), |row| {
        let blocked = holds[row].0 & DENIED != 0;
        states[row] = if blocked { State::Blocked } else { State::Waiting };
    });
    let none = if candidates.is_empty() { Reason::NoVersions } else { Reason::NoneDeployable };
    for_each_row(verdict.undecided(), |row| {
        if candidates.is_empty() {
            states[row] = State::Idle;
        }
        holds[row].0 |= none.bit();
        tally.states[states[row] as usize] += 1;
        tally.reasons[none as usize] += 1;
    });
}

/// Decides one row that desires the candidate at `at`: its state, and what stops it or will stop it once its
/// job exists.
fn check_row(
    task: &mut Task<'_>,
    context: Context<'_>,
    at: usize,
    released: Option<&[u64]>,
    row: usize,
    tally: &mut Tally,
) -> (State, Reason) {
    let candidate = &task.candidates[at];
    let at = u32::try_from(at).expect("a deployment has fewer than 2^32 versions");
    let ledger = task.ledgers[row];
    let variables = task.plans[row].variables;
    let position = u32::try_from(row).expect("a cohort has fewer than 2^32 rows");
    if ledger.active > 0 {
        let newest = &context.jobs[ledger.head.slot()];
        let same = is_same_release(newest, candidate.edition, variables, context.sets);
        return (if same { State::Running } else { State::Blocked }, Reason::ActiveJob);
    }
    let redeploy = task.redeploys.contains(&position);
    let was_released = released.is_some_and(|words| words[row / 64] >> (row % 64) & 1 == 1);
    if !was_released {
        let released_at = SimTime::UNSET;
        task.eligible.push(Eligible { row: position, candidate: at, attempt: 1, released_at });
        return after_creation(task.has_agent);
    }
    let succeeded = ledger.succeeded == candidate.edition
        && ledger.succeeded_variables == context.sets.identity(variables);
    if succeeded && !redeploy {
        return (State::Settled, Reason::AlreadySucceeded);
    }
    let desired = Desired {
        edition: candidate.edition,
        variables,
        head: ledger.head,
        jobs: context.jobs,
        sets: context.sets,
        has_agent: task.has_agent,
    };
    let outcome = check_release(desired, retries_of(task.classes, context.book, row), context.now);
    match outcome.stopped_by.filter(|_| !redeploy) {
        None => {
            task.eligible.push(Eligible {
                row: position,
                candidate: at,
                attempt: outcome.attempt,
                released_at: outcome.released_at,
            });
            after_creation(task.has_agent)
        }
        Some(reason) => {
            tally.retries.extend(outcome.next.map(|at| RowWake { row: position, at }));
            let state = match (reason, reason.verdict()) {
                (Reason::AlreadySucceeded, _) => State::Settled,
                (_, Verdict::Pending) => State::Waiting,
                _ => State::Blocked,
            };
            (state, reason)
        }
    }
}

/// Where a target stands once its job is created: running, or blocked by a job without an agent.
fn after_creation(has_agent: bool) -> (State, Reason) {
    if has_agent {
        (State::Running, Reason::ActiveJob)
    } else {
        (State::Blocked, Reason::AgentMissing)
    }
}

/// The retry rules that apply to a row, in policy order.
fn retries_of<'a>(
    classes: &'a [Class],
    book: &'a RuleBook,
    row: usize,
) -> impl Iterator<Item = &'a Retry> + Clone {
    let policies = policies_of(classes, row).iter().filter_map(|&policy| book.get(policy));
    policies.flat_map(|entry| &entry.retries).map(|it| &it.retry)
}

/// Checks every dirty cohort.
///
/// # Errors
/// When a queried component is not table-stored, which cannot happen.
pub fn check_targets(
    clock: Res<Clock>,
    cohorts: Res<Cohorts>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    book: Res<RuleBook>,
    sets: Res<VariableSets>,
    redeploys: Res<Redeploys>,
    deployments: Stock<Deployment>,
    agents: Stock<JobAgent>,
    jobs: Res<Jobs>,
    probe: Res<Probe>,
    mut targets: Query<(&Key, &Plan, &Ledger, &mut State, &mut Holds)>,
    mut work: ResMut<Work>,
    mut report: ResMut<Report>,
) -> Result {
    if work.cohorts.is_empty() {
        return Ok(());
    }
    let mut columns: [(&[Plan], &[Ledger]); SHARDS] = [(&[], &[]); SHARDS];
    let (mut states, mut holds) = (Vec::new(), Vec::new());
    for (keys, plans, ledgers, table_states, table_holds) in targets.contiguous_iter_mut()? {
        if let Some(shard) = shard_of(keys, &cohorts) {
            columns[shard.slot()] = (plans, ledgers);
            states.push((shard, untracked(table_states)));
            holds.push((shard, untracked(table_holds)));
        }
    }
    let context = Context { jobs: &jobs.0, sets: &sets, book: &book, now: clock.0 };
    let is_parallel = work.is_parallel();
    let Work { cohorts: dirty, ranges, verdicts, eligible, changes, .. } = &mut *work;
    let states = carve(states.into_iter(), ranges);
    let holds = carve(holds.into_iter(), ranges);
    let redeploys: Vec<Vec<u32>> = dirty
        .iter()
        .map(|&ix| {
            let here = redeploys.0.iter().filter(|target| target.cohort == ix);
            here.filter_map(|target| cohorts[ix].live_position(target.resource)).collect()
        })
        .collect();
    let outputs = states.into_iter().zip(holds).zip(changes).zip(eligible);
    let mut tasks: Vec<Task<'_>> = dirty
        .iter()
        .zip(ranges)
        .zip(verdicts)
        .zip(outputs)
        .zip(&redeploys)
        .map(|((((&ix, (shard, rows)), verdict), outputs), redeploys)| {
            let (((states, holds), changes), eligible) = outputs;
            let cohort = &cohorts[ix];
            let (plans, ledgers) = columns[shard.slot()];
            let agent = deployments.get(cohort.deployment).and_then(|it| it.job_agent_id.as_ref());
            let agent = agent.and_then(|agent| agents.registry().find(agent));
            Task {
                cohort,
                classes: applicability.classes(ix),
                candidates: candidates.of(cohort.deployment),
                verdict,
                has_agent: agent.is_some_and(|agent| agents.get(agent).is_some()),
                redeploys,
                plans: &plans[rows.clone()],
                ledgers: &ledgers[rows.clone()],
                states,
                holds,
                changes,
                eligible,
            }
        })
        .collect();
    let run = |(task, &cohort): (&mut Task<'_>, &CohortIx)| {
        probe.around(Phase::Eligibility, cohort, || check_cohort(task, context))
    };
    let tallies: Vec<Tally> = if is_parallel {
        tasks.par_iter_mut().zip(&*dirty).map(run).collect()
    } else {
        tasks.iter_mut().zip(&*dirty).map(run).collect()
    };
    for tally in &tallies {
        report.targets += tally.states.iter().sum::<u64>();
        report.states.iter_mut().zip(tally.states).for_each(|(sum, count)| *sum += count);
        report.reasons.iter_mut().zip(tally.reasons).for_each(|(sum, count)| *sum += count);
        report.gained.iter_mut().zip(tally.gained).for_each(|(sum, count)| *sum += count);
        report.lost.iter_mut().zip(tally.lost).for_each(|(sum, count)| *sum += count);
    }
    work.retries.clear();
    work.retries.extend(tallies.into_iter().map(|tally| tally.retries));
    Ok(())
}
