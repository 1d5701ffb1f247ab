//! Gates: which rows of a cohort each check of a candidate closes.
//!
//! Vocabulary: a check that is not waived *closes* rows of its scope, for a reason.

use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::{PolicyRows, ones};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::select::{Selector, SelectorError};

use super::evaluate::{Candidate, Surroundings, Task, Verdicts};
use super::judge::{Judge, Scope};
use super::rulebook::{Check, RuleCheck};
use crate::approval::Approved;
use crate::cooldown::Cooled;
use crate::dependency::check_edges;
use crate::rollout::{CohortWaves, RankRows, Slots};
use crate::satisfied::Upstream;
use crate::status::{check_status, spares_released};
use crate::version_selector::{reads_resource, select_version};
use crate::wake::{Rollout, RowWake};

/// Adds the rows that the checks of a candidate close to `blocked`, and to the reasons if the
/// candidate is the newest.
pub(super) fn evaluate_candidate(
    task: &mut Task<'_, impl PolicyRows>,
    surroundings: &impl Surroundings,
    now: SimTime,
    candidate: &Candidate,
    newest: bool,
    blocked: &mut [u64],
) {
    let Task { cohort, rows, classes, waves, verdict, .. } = task;
    let judge = Judge::new(surroundings, now, cohort, &*rows, candidate);
    let mut closing = Closing { verdict, blocked, newest };
    if let Some(reason) = check_status(candidate.status) {
        close_for(&judge, &mut closing, Scope::ALL, reason, |_| 0);
    }
    let edges = judge.edges();
    if !edges.is_empty() {
        let upstream = |edge| (edge, surroundings.upstream(edge, cohort.environment));
        let upstream: Vec<_> = edges.iter().map(upstream).collect();
        closing.close_rows(Scope::ALL, |row| {
            let holds = |it: &Upstream<'_>| it.holds(judge.resource(row));
            let unmet = upstream.iter().filter(|(_, it)| !it.as_ref().is_some_and(holds));
            check_edges(unmet.map(|(edge, _)| *edge))
        });
    }
    for waiver in judge.live_waivers().filter(|it| it.expires_at != SimTime::NEVER) {
        closing.verdict.wake(waiver.expires_at);
    }
    let singled_out = singled_out(&judge);
    for class in *classes {
        let policies = &class.policies;
        if singled_out.is_empty() {
            let scope = Scope { rows: class.rows.as_deref(), policies, resource: None };
            close_scope(&judge, scope, waves, &mut closing);
            continue;
        }
        let width = closing.blocked.len();
        let mut rest: Vec<u64> = (0..width).map(|word| class.word(word)).collect();
        for &(row, resource) in &singled_out {
            let (word, bit) = (row as usize / 64, 1 << (row % 64));
            if rest[word] & bit == 0 {
                continue;
            }
            rest[word] ^= bit;
            let mut rows = vec![0; width];
            rows[word] = bit;
            let scope = Scope { rows: Some(&rows), policies, resource: Some(resource) };
            close_scope(&judge, scope, waves, &mut closing);
        }
        let scope = Scope { rows: Some(&rest), policies, resource: None };
        close_scope(&judge, scope, waves, &mut closing);
    }
    let is_rolling = |it: &Rollout| it.version == candidate.version;
    if !closing.verdict.rollouts.last().is_some_and(is_rolling) {
        waves.forget(candidate.version);
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

/// Where closed rows go.
struct Closing<'a> {
    verdict: &'a mut Verdicts,
    blocked: &'a mut [u64],
    newest: bool,
}

impl Closing<'_> {
    /// Closes the rows of a scope but for those that are `open`.
    fn close(&mut self, scope: Scope<'_>, reason: Reason, open: impl Fn(usize) -> u64) {
        let closed = |word: usize| scope.word(word) & !open(word);
        for (word, blocked) in self.blocked.iter_mut().enumerate() {
            *blocked |= closed(word);
        }
        if self.newest {
            self.verdict.add_hold(reason, closed);
        }
    }

    /// The rows from `word * 64` on that [`Self::close_rows`] asks: where the answer matters.
    fn asked_word(&self, scope: Scope<'_>, word: usize) -> u64 {
        let decided = if self.newest { 0 } else { self.blocked[word] };
        scope.word(word) & self.verdict.undecided()[word] & !decided
    }

    /// How many rows [`Self::close_rows`] asks.
    fn asked(&self, scope: Scope<'_>) -> usize {
        let words = 0..self.blocked.len();
        words.map(|word| self.asked_word(scope, word).count_ones() as usize).sum()
    }

    /// Closes the rows of a scope for which `test` gives a reason; asks only where that matters.
    fn close_rows(&mut self, scope: Scope<'_>, mut test: impl FnMut(usize) -> Option<Reason>) {
        for word in 0..self.blocked.len() {
            let rows = self.asked_word(scope, word);
            // The rows closed for the reason that was last given: it rarely changes.
            let (mut last, mut closed) = (None, 0u64);
            for bit in ones(rows) {
                let Some(reason) = test(word * 64 + bit as usize) else { continue };
                if last.is_some_and(|last| last != reason) {
                    self.close_word(last, word, std::mem::take(&mut closed));
                }
                last = Some(reason);
                closed |= 1 << bit;
            }
            self.close_word(last, word, closed);
        }
    }

    /// Closes rows of one word.
    fn close_word(&mut self, reason: Option<Reason>, word: usize, closed: u64) {
        let Some(reason) = reason else { return };
        self.blocked[word] |= closed;
        if self.newest {
            self.verdict.add_hold_word(reason, word, closed);
        }
    }
}

/// Closes rows of a scope for a reason, but for those that are `open` or, where the reason spares
/// them, have the version already.
fn close_for(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    closing: &mut Closing<'_>,
    scope: Scope<'_>,
    reason: Reason,
    open: impl Fn(usize) -> u64,
) {
    if spares_released(reason) {
        closing.close(scope, reason, |word| open(word) | judge.released_word(word));
    } else {
        closing.close(scope, reason, open);
    }
}

fn close_scope(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    scope: Scope<'_>,
    waves: &mut CohortWaves,
    closing: &mut Closing<'_>,
) {
    // Found once per scope, because finding it asks every rule.
    let mut clock = None;
    for (policy, RuleCheck { rule, check }) in judge.checks(scope) {
        if judge.waivers_of(scope, policy, rule, check.waiver_type()).next().is_some() {
            continue;
        }
        match check {
            Check::Approval { minimum } => {
                if judge.approved(*minimum) == Approved::NotEnough {
                    close_for(judge, closing, scope, Reason::ApprovalNotEnough, |_| 0);
                }
            }
            Check::Cooldown { interval } => cool_down(judge, *interval, scope, closing),
            Check::Dependency(Err(_)) => {
                closing.close(scope, Reason::DependencySelectorError, |_| 0);
            }
            Check::Dependency(Ok(selector)) => {
                let elsewhere = judge.surroundings.elsewhere(selector, judge.cohort);
                closing.close_rows(scope, |row| {
                    let is_met = elsewhere.is_met(row, judge.resource(row));
                    (!is_met).then_some(Reason::DependencyUnmet)
                });
            }
            Check::Window(window) => {
                let windowed = judge.windowed(window);
                windowed.until().into_iter().for_each(|at| closing.verdict.wake(at));
                if let Some(reason) = windowed.reason() {
                    closing.close(scope, reason, |word| !judge.current_word(word));
                }
            }
            Check::Progression(rule) => {
                let progressed = judge.progressed(rule);
                if let Some(at) = progressed.wake {
                    closing.verdict.wake(at);
                }
                if let Err(reason) = progressed.verdict {
                    closing.close(scope, reason, |_| 0);
                }
            }
            Check::Rollout { interval, rollout_type } => {
                let cohort = judge.cohort.targets;
                let slots = Slots { cohort, interval: *interval, rollout_type: *rollout_type };
                let clock = *clock.get_or_insert_with(|| rollout_clock(judge, scope, closing));
                roll_out(judge, slots, scope, clock, waves, closing);
            }
            Check::VersionSelector { selector, .. } => {
                select(judge, selector, scope, closing);
            }
        }
    }
}

/// Closes the rows of a scope whose reference is not old enough.
fn cool_down(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    interval: u32,
    scope: Scope<'_>,
    closing: &mut Closing<'_>,
) {
    let mut references = std::mem::take(&mut closing.verdict.references);
    let width = closing.blocked.len();
    for word in 0..width {
        let asked = closing.asked_word(scope, word);
        references.look_up(word, asked, |row| judge.reference(row));
    }
    for (reference, rows) in references.groups() {
        if let Cooled::Waiting { until, .. } = judge.cooled(interval, Some(reference))
            && (0..width).any(|word| closing.asked_word(scope, word) & rows[word] != 0)
        {
            closing.verdict.wake(until);
            closing.close(scope, Reason::CooldownWaiting, |word| !rows[word]);
        }
    }
    closing.verdict.references = references;
}

/// From this many rows on, asking a version selector of all resources at once costs less than asking
/// it of each: a word of 64 resources costs about as much as a row.
const MIN_SELECTED: usize = 256;

/// Closes the rows of a scope for which a version selector does not select the candidate.
fn select(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    selector: &Result<Selector, SelectorError>,
    scope: Scope<'_>,
    closing: &mut Closing<'_>,
) {
    let bindings = judge.bindings();
    let Some(compiled) = selector.as_ref().ok().filter(|_| reads_resource(selector)) else {
        if let Some(reason) = select_version(selector, &bindings).reason() {
            closing.close(scope, reason, |_| 0);
        }
        return;
    };
    let ask = |row| judge.selected(selector, bindings, row).reason();
    if closing.asked(scope) < MIN_SELECTED {
        closing.close_rows(scope, ask);
        return;
    }
    let candidate = (judge.candidate.version, judge.cohort.environment);
    let selected = judge.surroundings.selected(compiled, &bindings, candidate);
    closing.close_rows(scope, |row| {
        if selected.bits.contains(judge.resource(row).slot()) {
            None
        } else if selected.errors == 0 {
            Some(Reason::VersionSelectorNoMatch)
        } else {
            ask(row)
        }
    });
}

/// When rollouts start in a scope: for rows without a current release, and for those with one. `None`
/// while an approval or a progression is outstanding.
fn rollout_clock(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    scope: Scope<'_>,
    closing: &mut Closing<'_>,
) -> Option<(SimTime, SimTime)> {
    let base = judge.rollout_start(scope, |at| closing.verdict.wake(at)).ok()?;
    Some((base, judge.windowed_start(scope, base)))
}

fn roll_out(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    slots: Slots,
    scope: Scope<'_>,
    clock: Option<(SimTime, SimTime)>,
    waves: &mut CohortWaves,
    closing: &mut Closing<'_>,
) {
    let Some((base, start)) = clock else {
        close_for(judge, closing, scope, Reason::RolloutNotStarted, |_| 0);
        return;
    };
    if start == base {
        open_slots(judge, slots, scope, (base, |_| u64::MAX), waves, closing);
    } else {
        let (first, later) = (|word| !judge.current_word(word), |word| judge.current_word(word));
        open_slots(judge, slots, scope, (base, first), waves, closing);
        open_slots(judge, slots, scope, (start, later), waves, closing);
    }
}

/// Closes the rows of a scope whose slot is not open, among those whose clock starts then.
fn open_slots(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    slots: Slots,
    scope: Scope<'_>,
    (start, among): (SimTime, impl Fn(usize) -> u64),
    waves: &mut CohortWaves,
    closing: &mut Closing<'_>,
) {
    let Judge { cohort, candidate, .. } = judge;
    let open = slots.open(start, judge.now);
    let nobody = (0..closing.blocked.len()).all(|word| scope.word(word) & among(word) == 0);
    if nobody || open == cohort.targets {
        return; // and nobody's rank matters
    }
    let opened = open;
    let used = cohort.used() as usize;
    let rows = RankRows { generation: cohort.generation, live: &cohort.live, used };
    let open = waves.open_rows(
        rows,
        candidate.version,
        open,
        |hashes| judge.key_hashes(hashes),
        |targets| candidate.continue_hashes(targets),
        |a, b| judge.precedes(a, b),
    );
    let spared = |word: usize| open[word] | !among(word);
    close_for(judge, closing, scope, Reason::RolloutWaiting, spared);
    let version = candidate.version;
    if scope.resource.is_none() {
        closing.verdict.rollouts.push(Rollout { version, start, slots, opened });
        return;
    }
    // A row under waivers of its own has a clock of its own.
    let order = waves.order(cohort.generation, version).unwrap_or_default();
    for (rank, &row) in (0..).zip(order).skip(opened as usize) {
        let (word, bit) = (row as usize / 64, row % 64);
        if (scope.word(word) & among(word)) >> bit & 1 == 1 {
            closing.verdict.row_wakes.push(RowWake { row, at: slots.due(start, rank) });
        }
    }
}
