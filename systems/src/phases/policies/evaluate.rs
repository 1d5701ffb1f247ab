//! Evaluating a cohort: which candidate each dirty target may take, and what holds back the newest.
//!
//! Everything is sets of rows, 64 to a word: a check that is the same for a whole cohort costs a few
//! words, not a few thousand rows. Candidates are tried newest first until no row is left undecided. Of the
//! newest all checks are evaluated, so every blocking reason is known (SEMANTICS 9, D9); of an older one as
//! many as keep every row from it: it can be taken only after the last of these says otherwise, and then
//! the cohort is evaluated again, whether by an event or by the instant that the check asked for.
//!
//! Invariant (negative): this knows neither the ECS nor the layout of rows.

use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::base::row_set::{RowSpan, bit_of, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::matrix::{Cohort, PolicyRows};

use super::applicability::Class;
use crate::facts::{Candidate, CohortWaves};
use crate::handover::Verdicts;
use crate::rules::{
    Asked, Closing, Judge, Keep, Kept, RuleCheck, Scope, Surroundings, close_status,
    close_version_dependencies,
};

/// One cohort to evaluate.
#[derive(Debug)]
pub struct Task<'a, R> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its rows in use.
    pub rows: R,
    /// The rows to decide.
    pub dirty: &'a DirtyRows,
    /// Its classes.
    pub classes: &'a [Class],
    /// The versions of its deployment, newest first.
    pub candidates: &'a [Candidate],
    /// Its rollout orders.
    pub waves: &'a mut CohortWaves,
    /// What its checks keep from one candidate to the next.
    pub scratch: &'a mut Scratch,
    /// Where the answer goes.
    pub verdict: &'a mut Verdicts,
}

/// Buffers that are kept from one reconcile to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    kept: Kept,
    blocked: Vec<u64>,
}

/// Evaluates one cohort at `now`.
pub fn evaluate(
    task: &mut Task<'_, impl PolicyRows>,
    surroundings: &impl Surroundings,
    now: SimTime,
) {
    task.verdict.begin(task.cohort, task.dirty);
    task.scratch.kept.begin(task.verdict.span());
    let Task { cohort, rows, classes, candidates, waves, scratch, verdict, .. } = task;
    let Scratch { kept, blocked } = &mut **scratch;
    let Some(newest) = candidates.first() else { return };
    let mut judge = Judge::new(surroundings, now, cohort, &*rows, newest);
    judge.narrow(verdict.span());
    for (at, candidate) in candidates.iter().enumerate() {
        if verdict.is_decided() {
            break;
        }
        blocked.clear();
        blocked.resize(verdict.span().len(), 0);
        if at > 0 {
            judge.turn_to(candidate);
        }
        let mut closing = Closing::new(verdict, blocked, at == 0, waves);
        evaluate_candidate(&judge, classes, &mut closing, kept);
        verdict.take_allowed(at, blocked);
    }
}

/// Blocks the rows that the checks of a candidate close; tells the reasons if it is the newest.
fn evaluate_candidate(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    classes: &[Class],
    closing: &mut Closing<'_>,
    kept: &mut Kept,
) {
    close_by_all(judge, classes, closing, kept);
    let version = judge.candidate.version;
    if !closing.follows(|it| it.version == version) {
        closing.waves.forget(version);
    }
}

fn close_by_all(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    classes: &[Class],
    closing: &mut Closing<'_>,
    kept: &mut Kept,
) {
    close_status(judge, closing);
    if closing.is_over() {
        return;
    }
    close_version_dependencies(judge, closing);
    for waiver in judge.live_waivers().filter(|it| it.expires_at != SimTime::NEVER) {
        closing.wake(waiver.expires_at);
    }
    let singled_out = singled_out(judge);
    for class in classes {
        let policies = &class.policies;
        if singled_out.is_empty() {
            let rows = class.rows.as_deref().map(RowSpan::whole);
            let scope = Scope { rows, policies, resource: None };
            close_scope(judge, scope, closing, kept);
            continue;
        }
        let span = closing.words();
        let mut rest: Vec<u64> = span.clone().map(|word| class.word(word)).collect();
        for &(row, resource) in &singled_out {
            let (word, bit) = (word_of(row as usize), bit_of(row as usize));
            let Some(left) = rest.get_mut(word.wrapping_sub(span.start)) else { continue };
            if *left & bit == 0 {
                continue;
            }
            *left ^= bit;
            let alone = [bit];
            let rows = Some(RowSpan::new(word, &alone));
            let scope = Scope { rows, policies, resource: Some(resource) };
            close_scope(judge, scope, closing, kept);
        }
        let rows = Some(RowSpan::new(span.start, &rest));
        let scope = Scope { rows, policies, resource: None };
        close_scope(judge, scope, closing, kept);
    }
}

/// The rows for whose resource there is a waiver, in order.
fn singled_out(judge: &Judge<'_, impl Surroundings, impl PolicyRows>) -> Vec<(u32, ResourceIx)> {
    let resources = judge.live_waivers().filter_map(|it| it.resource);
    let mut rows: Vec<(u32, ResourceIx)> = resources
        .filter_map(|resource| Some((judge.cohort.live_position(resource)?, resource)))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Closes rows of a scope by the checks of its policies that are not waived.
fn close_scope(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    scope: Scope<'_>,
    closing: &mut Closing<'_>,
    kept: &mut Kept,
) {
    kept.enter();
    for (policy, RuleCheck { rule, number, check }) in judge.checks(scope) {
        if judge.waivers_of(scope, policy, rule, check.waiver_type()).next().is_none() {
            check.close(Asked { judge, scope, number: *number }, closing, kept);
            if closing.is_over() {
                return;
            }
        }
    }
}
