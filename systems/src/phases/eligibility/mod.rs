//! Eligibility phase: which desired releases get a job now, and where every dirty target stands.
//!
//! Invariants: a target has at most one processing job; what a row says after this phase is what a
//! fresh reconcile would say once its job exists, so nothing needs a second pass.

mod check;
mod places;

pub use check::{Desired, Outcome, Repeat, check_release, check_repeat, lacks_agent};

use bevy_ecs::error::Result;
use bevy_ecs::system::{Res, ResMut};
use rayon::prelude::*;
use shakedown_engine::base::ids::{CohortIx, DeploymentIx};
use shakedown_engine::base::row_set::{RowSpan, bit_of, first_of, for_each_bit, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::jobs::{InOrder, Job, Jobs, VariableSets, is_same_release};
use shakedown_engine::fleet::matrix::{
    Cohort, Cohorts, Holds, State, TargetColumns, TargetRows, ones,
};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::probe::Probe;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::Retry;
use shakedown_engine::model::reason::{Reason, Verdict, reasons};

use self::places::Giving;
use crate::facts::{Candidate, CandidateLists, Choice, Runners};
use crate::handover::{Eligible, Outcomes, RowWake, Targets, Verdicts, Work};
use crate::phases::policies::{Applicability, Class, policies_of};
use crate::rules::RuleBook;

/// One cohort to check.
#[derive(Debug)]
pub struct Task<'a, R> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its classes.
    pub classes: &'a [Class],
    /// The versions of its deployment, newest first.
    pub candidates: &'a [Candidate],
    /// What the policies say.
    pub verdict: &'a Verdicts,
    /// Whose jobs nobody would run.
    pub agentless: Agentless<'a>,
    /// Rows to deploy once more, whatever their history.
    pub redeploys: &'a [u32],
    /// Its rows in use; where the dirty ones stand, and what holds them, is written.
    pub rows: &'a mut R,
    /// Where dirty rows stand, and why they get no job; cleared first.
    pub outcomes: &'a mut Outcomes,
    /// Where eligible rows go; cleared first.
    pub eligible: &'a mut Vec<Eligible>,
}

/// The rows of a cohort for which there is no agent.
#[derive(Debug, Clone, Copy)]
pub enum Agentless<'a> {
    /// None: there is one for all.
    None,
    /// All.
    All,
    /// Those whose bit is set.
    Rows(&'a [u64]),
}

impl Agentless<'_> {
    /// The rows from `word * 64` on.
    fn word(self, word: usize) -> u64 {
        match self {
            Self::None => 0,
            Self::All => u64::MAX,
            Self::Rows(words) => words[word],
        }
    }

    /// Whether there is no agent for a row.
    #[must_use]
    pub fn has(self, row: usize) -> bool {
        self.word(word_of(row)) & bit_of(row) != 0
    }
}

/// What checks read beside the cohort.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The job table.
    pub jobs: &'a [Job],
    /// The variable sets.
    pub sets: &'a VariableSets,
    /// Whether jobs were created in the order of the table.
    pub in_order: bool,
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

/// Decides one cohort: 8 ns per row where half of them get a job, more for rows whose desired release
/// has jobs already.
pub fn check_cohort(task: &mut Task<'_, impl TargetRows>, context: Context<'_>) -> Tally {
    let mut tally = Tally::default();
    check(task, context, Steps::Both, &mut tally);
    tally
}

/// What is done of a cohort: limits give their places in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Steps {
    /// Decide which rows get a job, and write where all stand.
    Both,
    /// Decide only.
    Decide,
    /// Write only.
    Write,
}

/// Both steps stand in one function, so that each is compiled into it.
fn check(
    task: &mut Task<'_, impl TargetRows>,
    context: Context<'_>,
    steps: Steps,
    tally: &mut Tally,
) {
    if steps != Steps::Write {
        let verdict = task.verdict;
        task.eligible.clear();
        task.outcomes.begin(verdict.span());
        hold_back(task);
        for (at, rows) in verdict.picks() {
            check_pick(task, context, at, rows, tally);
        }
    }
    if steps != Steps::Decide {
        write_outcomes(task, tally);
    }
}

/// Puts every dirty row where it stands unless it desires a release.
fn hold_back(task: &mut Task<'_, impl TargetRows>) {
    let Task { verdict, candidates, outcomes, .. } = task;
    let is_idle = candidates.is_empty();
    let none = if is_idle { Reason::NoVersions } else { Reason::NoneDeployable };
    outcomes.reasons.rows_mut(none).copy_from_slice(verdict.undecided().words());
    let waiting = if is_idle { State::Idle } else { State::Waiting };
    for (word, rows) in verdict.rows().iter() {
        let denying = verdict.holds().filter(|(it, _)| it.verdict() == Verdict::Denied);
        let denied = denying.fold(0, |denied, (_, rows)| denied | rows.word(word));
        outcomes.place(word, rows & denied, State::Blocked);
        outcomes.place(word, rows & !denied, waiting);
    }
}

/// Decides the rows that desire the candidate at `at`, as sets where they have no history to look at.
fn check_pick(
    task: &mut Task<'_, impl TargetRows>,
    context: Context<'_>,
    at: usize,
    rows: RowSpan<'_>,
    tally: &mut Tally,
) {
    let Candidate { version, edition, .. } = task.candidates[at];
    let position = u32::try_from(at).expect("a deployment has fewer than 2^32 versions");
    let released = task.cohort.released(version);
    let only_newest = context.book.only_newest_attempts();
    // Out of order, only the jobs themselves tell which are the newest.
    let may_tell = !only_newest || context.in_order;
    for (word, rows) in rows.iter().filter(|&(_, rows)| rows != 0) {
        let first = first_of(word);
        let first_position = u32::try_from(first).expect("a cohort has fewer than 2^32 rows");
        let released = released.map_or(0, |words| words[word]);
        let mut is_idle = 0;
        for_each_bit(rows, |bit| {
            is_idle |= u64::from(task.rows.ledger(first + bit as usize).active == 0) << bit;
        });
        let before = task.eligible.len();
        let fresh = rows & is_idle & !released;
        task.eligible.extend(ones(fresh).map(|bit| Eligible {
            row: first_position + bit,
            candidate: position,
            attempt: 1,
            released_at: SimTime::UNSET,
        }));
        let had = rows & is_idle & released & !redeployed_word(task.redeploys, word);
        let mut done = 0;
        for_each_bit(if may_tell { had } else { 0 }, |bit| {
            let row = first + bit as usize;
            let ledger = task.rows.ledger(row);
            // If only the newest attempts count, the newest job of all tells.
            let same =
                ledger.succeeded == edition && (!only_newest || ledger.current == ledger.head) && {
                    let ours = task.rows.plan(row).variables;
                    let theirs = ledger.succeeded_variables;
                    ours == theirs || context.sets.identity(ours) == theirs
                };
            done |= u64::from(same) << bit;
        });
        let agentless = task.agentless.word(word);
        for (rows, outcome) in [
            (fresh & !agentless, after_creation(true)),
            (fresh & agentless, after_creation(false)),
            (done, (State::Settled, Reason::AlreadySucceeded)),
        ] {
            settle(task, at, word, rows, outcome);
        }
        let others = rows & !fresh & !done;
        for bit in ones(others) {
            let outcome = check_row(task, context, at, first_position + bit, tally);
            settle(task, at, word, 1 << bit, outcome);
        }
        if others != 0 {
            task.eligible[before..].sort_unstable_by_key(|it| it.row);
        }
    }
}

/// Puts rows of one word where they stand.
fn settle<R>(task: &mut Task<'_, R>, at: usize, word: usize, rows: u64, outcome: (State, Reason)) {
    if rows == 0 {
        return;
    }
    let (state, reason) = outcome;
    task.outcomes.reasons.add(reason, word, rows);
    // While a newer version waits, an older one that is done does not settle the target.
    if at == 0 || state == State::Running {
        task.outcomes.place(word, rows, state);
    }
}

/// Writes where each dirty row stands and the reasons that hold it, and counts both, reasons also as
/// they changed.
fn write_outcomes(task: &mut Task<'_, impl TargetRows>, tally: &mut Tally) {
    let Task { verdict, outcomes, rows: target_rows, .. } = task;
    for (word, rows) in verdict.rows().iter().filter(|&(_, rows)| rows != 0) {
        let first = first_of(word);
        for (state, placed) in outcomes.placed(word).filter(|&(_, placed)| placed != 0) {
            target_rows.set_states(word, placed, state);
            tally.states[state as usize] += u64::from(placed.count_ones());
        }
        let (before, any_before) = held_before(*target_rows, first, rows);
        // One bit per row of this word, by reason; the reasons that any and that all of the rows have.
        let (mut now, mut any, mut all) = ([0; Reason::COUNT], 0, 0);
        let held = verdict.holds().chain(outcomes.reasons.iter());
        for (reason, held) in held.map(|(reason, rows)| (reason, rows.word(word))) {
            now[reason as usize] |= held;
            any |= if held == 0 { 0 } else { reason.bit() };
            all |= if held == rows { reason.bit() } else { 0 };
        }
        let some = u64::from(any & !all);
        let mut left = rows;
        while left != 0 {
            // The rows that are held as the first of those left is.
            let (one, mut alike, mut holds) = (left & left.wrapping_neg(), left, all);
            for reason in ones(some) {
                let held = now[reason as usize];
                let holds_it = held & one != 0;
                alike &= if holds_it { held } else { !held };
                holds |= u32::from(holds_it) << reason;
            }
            for_each_bit(alike, |bit| target_rows.set_holds(first + bit as usize, Holds(holds)));
            left &= !alike;
        }
        for reason in reasons(any | any_before).map(|it| it as usize) {
            let count = |rows: u64| u64::from(rows.count_ones());
            tally.reasons[reason] += count(now[reason]);
            tally.gained[reason] += count(now[reason] & !before[reason]);
            tally.lost[reason] += count(before[reason] & !now[reason]);
        }
    }
}

/// What held the rows from `first` on back until now: one bit per row by reason, and the reasons that any
/// of them had. Most often all had the same.
fn held_before(
    target_rows: &impl TargetRows,
    first: usize,
    rows: u64,
) -> ([u64; Reason::COUNT], u32) {
    let holds = |bit: u32| target_rows.holds(first + bit as usize).0;
    let (mut any, mut all) = (0, u32::MAX);
    for_each_bit(rows, |bit| {
        let held = holds(bit);
        any |= held;
        all &= held;
    });
    let mut before = [0; Reason::COUNT];
    for reason in reasons(any) {
        let held = &mut before[reason as usize];
        if all & reason.bit() != 0 {
            *held = rows;
        } else {
            for_each_bit(rows, |bit| {
                *held |= u64::from(holds(bit) & reason.bit() != 0) << bit;
            });
        }
    }
    (before, any)
}

/// Decides a row that desires the candidate at `at` and has a job, processing or of its release: its
/// state, and what stops it or will stop it once its job exists.
fn check_row(
    task: &mut Task<'_, impl TargetRows>,
    context: Context<'_>,
    at: usize,
    position: u32,
    tally: &mut Tally,
) -> (State, Reason) {
    let row = position as usize;
    let (edition, ledger) = (task.candidates[at].edition, task.rows.ledger(row));
    let variables = task.rows.plan(row).variables;
    if ledger.active > 0 {
        let newest = &context.jobs[ledger.head.slot()];
        let same = is_same_release(newest, edition, variables, context.sets);
        return (if same { State::Running } else { State::Blocked }, Reason::ActiveJob);
    }
    let desired = Desired {
        edition,
        variables,
        head: ledger.head,
        jobs: context.jobs,
        sets: context.sets,
        has_agent: !task.agentless.has(row),
        only_newest: context.book.only_newest_attempts(),
    };
    let outcome = check_release(desired, retries_of(task.classes, context.book, row), context.now);
    // What a target has already is not deployed again while something spares it for that alone.
    let is_kept =
        outcome.stopped_by == Some(Reason::AlreadySucceeded) && task.verdict.is_spared(row);
    let is_redeployed = !is_kept && task.redeploys.contains(&position);
    match outcome.stopped_by.filter(|_| !is_redeployed) {
        None => {
            task.eligible.push(Eligible {
                row: position,
                candidate: u32::try_from(at).expect("a deployment has fewer than 2^32 versions"),
                attempt: outcome.attempt,
                released_at: outcome.released_at,
            });
            after_creation(desired.has_agent)
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

/// The rows from `word * 64` on among those to deploy once more.
fn redeployed_word(redeploys: &[u32], word: usize) -> u64 {
    let here = redeploys.iter().map(|&row| row as usize).filter(|&row| word_of(row) == word);
    here.fold(0, |rows, row| rows | bit_of(row))
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

/// The rows of a cohort for which a choice finds no agent.
#[must_use]
pub fn agentless_rows(choice: &Choice, cohort: &Cohort, rows: &impl TargetRows) -> Vec<u64> {
    let used = cohort.used() as usize;
    let mut words = vec![0; used.div_ceil(64)];
    for row in 0..used {
        if choice.on(rows.key(row).resource).is_none() {
            words[word_of(row)] |= bit_of(row);
        }
    }
    words
}

/// Checks every dirty cohort.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn check_targets(
    clock: Res<Clock>,
    cohorts: Res<Cohorts>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    book: Res<RuleBook>,
    sets: Res<VariableSets>,
    changes: Res<Changes>,
    runners: Runners<'_, '_>,
    jobs: Res<Jobs>,
    in_order: Res<InOrder>,
    probe: Res<Probe>,
    mut targets: Targets<'_, '_>,
    mut giving: Giving<'_>,
    mut work: ResMut<Work>,
    mut report: ResMut<Report>,
) -> Result {
    if work.cohorts.is_empty() {
        return Ok(());
    }
    let in_order = in_order.0;
    let context = Context { jobs: &jobs.0, sets: &sets, in_order, book: &book, now: clock.0 };
    let is_parallel = work.is_parallel();
    let Work { cohorts: dirty, ranges, verdicts, eligible, outcomes, .. } = &mut *work;
    let mut carved = targets.carve(ranges)?;
    let redeploys: Vec<Vec<u32>> = dirty
        .iter()
        .map(|&ix| {
            let here = changes.redeploys.iter().filter(|target| target.cohort == ix);
            here.filter_map(|target| cohorts[ix].live_position(target.resource)).collect()
        })
        .collect();
    let agentless: Vec<Option<Vec<u64>>> = dirty
        .iter()
        .zip(&carved)
        .map(|(&ix, rows)| {
            let cohort = &cohorts[ix];
            Some(agentless_rows(runners.by_resource(cohort.deployment)?, cohort, rows))
        })
        .collect();
    let mut last_deployment = (DeploymentIx::NONE, false);
    let outputs = carved.iter_mut().zip(outcomes).zip(eligible);
    let mut tasks: Vec<Task<'_, TargetColumns<'_>>> = dirty
        .iter()
        .zip(verdicts)
        .zip(outputs)
        .zip(redeploys.iter().zip(&agentless))
        .map(|(((&ix, verdict), outputs), (redeploys, agentless))| {
            let ((rows, outcomes), eligible) = outputs;
            let cohort = &cohorts[ix];
            // The cohorts of a deployment lie side by side.
            if last_deployment.0 != cohort.deployment {
                last_deployment = (cohort.deployment, runners.has_agent(cohort.deployment));
            }
            Task {
                cohort,
                classes: applicability.classes(ix),
                candidates: candidates.of(cohort.deployment),
                verdict,
                agentless: match agentless {
                    Some(rows) => Agentless::Rows(rows),
                    None if last_deployment.1 => Agentless::None,
                    None => Agentless::All,
                },
                redeploys,
                rows,
                outcomes,
                eligible,
            }
        })
        .collect();
    let steps = if giving.is_limited() { Steps::Decide } else { Steps::Both };
    let run = |(task, &cohort): (&mut Task<'_, _>, &CohortIx)| {
        let mut tally = Tally::default();
        probe.around(Phase::Eligibility, cohort, || check(task, context, steps, &mut tally));
        tally
    };
    let mut tallies: Vec<Tally> = if is_parallel {
        tasks.par_iter_mut().zip(&*dirty).map(run).collect()
    } else {
        tasks.iter_mut().zip(&*dirty).map(run).collect()
    };
    if steps == Steps::Decide {
        giving.give(&mut tasks, context.now);
        for (task, tally) in tasks.iter_mut().zip(&mut tallies) {
            check(task, context, Steps::Write, tally);
        }
    }
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
