//! Gates: which rows of a cohort each check of a candidate closes.
//!
//! Vocabulary: a *scope* is the rows to which the same policies and the same waivers apply, a class
//! or a part of one; a check that is not waived *closes* rows of its scope, for a reason.

use std::cell::RefCell;

use shakedown_engine::entity::WaiverType;
use shakedown_engine::ids::{PolicyIx, ResourceIx};
use shakedown_engine::reason::Reason;
use shakedown_engine::selector::{Bindings, Selector, Subject};
use shakedown_engine::target::{Cohort, Key, ones};
use shakedown_engine::time::SimTime;

use super::evaluate::{Candidate, Surroundings, Task, Verdicts};
use super::rulebook::{Check, RuleCheck};
use crate::approval::{Approved, approve};
use crate::cooldown::cooldown;
use crate::dependency::{Edge, check_edges, satisfies};
use crate::progression::{Progressed, Progression};
use crate::rollout::{CohortWaves, RankRows, Slots};
use crate::status::check_status;
use crate::version_selector::reject_version;
use crate::waiver::Waiver;

/// Adds the rows that the checks of a candidate close to `blocked`, and to the reasons if the
/// candidate is the newest.
pub(super) fn evaluate_candidate(
    task: &mut Task<'_>,
    surroundings: &impl Surroundings,
    now: SimTime,
    candidate: &Candidate,
    newest: bool,
    blocked: &mut [u64],
) {
    let Task { cohort, keys, classes, waves, verdict, .. } = task;
    let judge = Judge {
        surroundings,
        now,
        cohort,
        keys,
        candidate,
        released: cohort.released(candidate.version),
        waivers: surroundings.waivers(candidate.version),
        progressed: RefCell::default(),
    };
    let mut closing = Closing { verdict, blocked, newest };
    if let Some(reason) = check_status(candidate.status) {
        let spares_released = reason == Reason::StatusPaused;
        closing.close(Scope::ALL, reason, |word| {
            if spares_released { judge.released_word(word) } else { 0 }
        });
    }
    let edges = surroundings.dependencies(candidate.version);
    if !edges.is_empty() {
        closing
            .close_rows(Scope::ALL, |row| check_edges(edges, |edge| judge.edge_holds(edge, row)));
    }
    if judge.waivers.is_empty() {
        for class in *classes {
            let scope = class.rows.as_deref();
            let scope = Scope { rows: scope, policies: &class.policies, resource: None };
            judge.evaluate_scope(scope, waves, &mut closing);
        }
        return;
    }
    for waiver in judge.live_waivers().filter(|it| it.expires_at != SimTime::NEVER) {
        closing.verdict.wake(waiver.expires_at);
    }
    let singled_out = judge.singled_out();
    for class in *classes {
        let policies = &class.policies;
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
            judge.evaluate_scope(scope, waves, &mut closing);
        }
        let scope = Scope { rows: Some(&rest), policies, resource: None };
        judge.evaluate_scope(scope, waves, &mut closing);
    }
}

/// Rows to which the same policies and waivers apply.
#[derive(Debug, Clone, Copy)]
struct Scope<'a> {
    /// One bit per row; `None` for all rows.
    rows: Option<&'a [u64]>,
    policies: &'a [PolicyIx],
    /// The resource of the only row, if waivers of this resource apply.
    resource: Option<ResourceIx>,
}

impl Scope<'_> {
    const ALL: Self = Self { rows: None, policies: &[], resource: None };

    fn word(&self, word: usize) -> u64 {
        self.rows.map_or(u64::MAX, |rows| rows[word])
    }
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

    /// Closes the rows of a scope for which `test` gives a reason; asks only where that matters.
    fn close_rows(&mut self, scope: Scope<'_>, mut test: impl FnMut(usize) -> Option<Reason>) {
        for word in 0..self.blocked.len() {
            let decided = if self.newest { 0 } else { self.blocked[word] };
            let rows = scope.word(word) & self.verdict.undecided()[word] & !decided;
            for bit in ones(rows) {
                if let Some(reason) = test(word * 64 + bit as usize) {
                    self.blocked[word] |= 1 << bit;
                    if self.newest {
                        let at = |here: usize| if here == word { 1 << bit } else { 0 };
                        self.verdict.add_hold(reason, at);
                    }
                }
            }
        }
    }
}

/// One candidate in one cohort.
struct Judge<'a, S> {
    surroundings: &'a S,
    now: SimTime,
    cohort: &'a Cohort,
    keys: &'a [Key],
    candidate: &'a Candidate,
    /// The rows that have a release record of the candidate.
    released: Option<&'a [u64]>,
    /// All waivers of the candidate.
    waivers: &'a [Waiver],
    /// What the progression rules asked so far say.
    progressed: RefCell<Vec<(*const Progression, Progressed)>>,
}

impl<S: Surroundings> Judge<'_, S> {
    fn released_word(&self, word: usize) -> u64 {
        self.released.map_or(0, |words| words[word])
    }

    fn live_waivers(&self) -> impl Iterator<Item = &Waiver> {
        self.waivers.iter().filter(|it| it.is_live(self.cohort.environment, self.now))
    }

    /// The rows for whose resource there is a waiver, in order.
    fn singled_out(&self) -> Vec<(u32, ResourceIx)> {
        let resources = self.live_waivers().filter_map(|it| it.resource);
        let mut rows: Vec<(u32, ResourceIx)> = resources
            .filter_map(|resource| Some((self.cohort.live_position(resource)?, resource)))
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// When the earliest live waiver of a check was given; `None` if the check is not waived.
    fn waived(
        &self,
        scope: Scope<'_>,
        policy: PolicyIx,
        rule: &str,
        waiver_type: WaiverType,
    ) -> Option<SimTime> {
        if self.waivers.is_empty() {
            return None;
        }
        let mut live = self.live_waivers();
        let admits =
            |waiver: &Waiver| waiver.resource.is_none() || waiver.resource == scope.resource;
        let waiver = live.find(|it| admits(it) && it.covers(policy, rule, waiver_type));
        waiver.map(|it| it.created_at)
    }

    /// The checks of a scope's enabled policies, with the policy.
    fn checks<'s>(
        &'s self,
        scope: Scope<'s>,
    ) -> impl Iterator<Item = (PolicyIx, &'s RuleCheck)> + 's {
        let book = self.surroundings.book();
        let entries =
            scope.policies.iter().filter_map(move |&policy| Some((policy, book.get(policy)?)));
        entries.flat_map(|(policy, entry)| entry.checks.iter().map(move |check| (policy, check)))
    }

    fn evaluate_scope(&self, scope: Scope<'_>, waves: &mut CohortWaves, closing: &mut Closing<'_>) {
        for (policy, RuleCheck { rule, check }) in self.checks(scope) {
            if self.waived(scope, policy, rule, check.waiver_type()).is_some() {
                continue;
            }
            match check {
                Check::Approval { minimum } => {
                    if self.approved(*minimum) == Approved::NotEnough {
                        closing.close(scope, Reason::ApprovalNotEnough, |word| {
                            self.released_word(word)
                        });
                    }
                }
                Check::Cooldown { interval } => {
                    let mut next = SimTime::NEVER;
                    closing.close_rows(scope, |row| {
                        let reference = self.surroundings.reference(self.cohort, row);
                        let version = self.candidate.version;
                        let until = cooldown(reference, version, *interval, self.now)?;
                        next = next.min(until);
                        Some(Reason::CooldownWaiting)
                    });
                    if next != SimTime::NEVER {
                        closing.verdict.wake(next);
                    }
                }
                Check::Dependency(None) => {
                    closing.close(scope, Reason::DependencySelectorError, |_| 0);
                }
                Check::Dependency(Some(selector)) => closing.close_rows(scope, |row| {
                    (!self.depends_on_others(selector, row)).then_some(Reason::DependencyUnmet)
                }),
                Check::Progression(rule) => {
                    let progressed = self.progressed(rule);
                    if let Some(at) = progressed.wake {
                        closing.verdict.wake(at);
                    }
                    if let Err(reason) = progressed.verdict {
                        closing.close(scope, reason, |_| 0);
                    }
                }
                Check::Rollout { interval, rollout_type } => {
                    let cohort = self.cohort.targets;
                    let slots = Slots { cohort, interval: *interval, rollout_type: *rollout_type };
                    self.roll_out(slots, scope, waves, closing);
                }
                Check::VersionSelector(selector) => {
                    let selector = selector.as_ref();
                    let bindings = self.bindings();
                    if selector.is_some_and(|it| it.reads().contains(Subject::Resource)) {
                        closing.close_rows(scope, |row| {
                            let resource = self.surroundings.resource(self.keys[row].resource)?;
                            let bindings = bindings.with(Subject::Resource, resource);
                            reject_version(selector, &bindings)
                        });
                    } else if let Some(reason) = reject_version(selector, &bindings) {
                        closing.close(scope, reason, |_| 0);
                    }
                }
            }
        }
    }

    fn approved(&self, minimum: i32) -> Approved {
        let (version, created_at) = (self.candidate.version, self.candidate.created_at);
        let approvals = self.surroundings.approvals(version, self.cohort.environment);
        approve(minimum, approvals.map_or(&[], |list| list.times()), created_at)
    }

    /// Whether another target of a row's resource satisfies a dependency.
    fn depends_on_others(&self, selector: &Selector, row: usize) -> bool {
        let own = (self.cohort.deployment, self.cohort.environment);
        let mut met = false;
        self.surroundings.on_resource(self.keys[row].resource, None, &mut |other, deployed| {
            if met || (other.deployment, other.environment) == own {
                return;
            }
            let deployment = self.surroundings.deployment(other.deployment);
            met = deployment
                .zip(deployed)
                .is_some_and(|(deployment, version)| satisfies(selector, deployment, version));
        });
        met
    }

    /// Whether a dependency of the candidate holds for a row: what runs in its own environment
    /// decides, else what runs anywhere.
    fn edge_holds(&self, edge: &Edge, row: usize) -> bool {
        let (mut here, mut anywhere) = (None, false);
        let (resource, deployment) = (self.keys[row].resource, Some(&*edge.deployment));
        self.surroundings.on_resource(resource, deployment, &mut |other, deployed| {
            let accepted = deployed.is_some_and(|version| edge.accepts(version));
            if other.environment == self.cohort.environment {
                here = Some(accepted);
            }
            anywhere |= accepted;
        });
        here.unwrap_or(anywhere)
    }

    /// What a progression rule says, asked once per (rule, cohort, candidate).
    fn progressed(&self, rule: &Progression) -> Progressed {
        let at = std::ptr::from_ref(rule);
        let mut known = self.progressed.borrow_mut();
        if let Some(&(_, progressed)) = known.iter().find(|&&(known, _)| std::ptr::eq(known, at)) {
            return progressed;
        }
        let progressed = self.judge_upstream(rule);
        known.push((at, progressed));
        progressed
    }

    fn judge_upstream(&self, rule: &Progression) -> Progressed {
        let Some(selector) = rule.selector.as_ref() else { return Progressed::SELECTOR_ERROR };
        let Cohort { deployment, environment, .. } = *self.cohort;
        let mut progressed = Progressed::NO_UPSTREAM;
        let mut failed = false;
        self.surroundings.neighbours(environment, &mut |ix, neighbour| match selector
            .matches(&Bindings::only(Subject::Environment, neighbour))
        {
            Ok(true) => {
                let counts = |status| rule.counts(status);
                let version = self.candidate.version;
                let facts = self.surroundings.successes(deployment, ix, version, &counts);
                progressed = progressed.or(rule.judge(facts, self.now));
            }
            Ok(false) => {}
            Err(_) => failed = true,
        });
        if failed { Progressed::SELECTOR_ERROR } else { progressed }
    }

    /// The candidate's version, environment and deployment.
    fn bindings(&self) -> Bindings<'_> {
        let version = self.surroundings.version(self.candidate.version);
        let environment = self.surroundings.environment(self.cohort.environment);
        let deployment = self.surroundings.deployment(self.cohort.deployment);
        let mut bindings = Bindings::default();
        if let Some(version) = version {
            bindings = bindings.with(Subject::Version, version);
        }
        if let Some(environment) = environment {
            bindings = bindings.with(Subject::Environment, environment);
        }
        if let Some(deployment) = deployment {
            bindings = bindings.with(Subject::Deployment, deployment);
        }
        bindings
    }

    fn roll_out(
        &self,
        slots: Slots,
        scope: Scope<'_>,
        waves: &mut CohortWaves,
        closing: &mut Closing<'_>,
    ) {
        let Some(start) = self.rollout_start(scope, closing) else {
            closing.close(scope, Reason::RolloutNotStarted, |word| self.released_word(word));
            return;
        };
        let Self { surroundings, cohort, keys, candidate, .. } = self;
        let open = slots.open(start, self.now);
        if open == cohort.targets {
            return; // and nobody's rank matters any more
        }
        closing.verdict.wake(slots.due(start, open));
        let rows = RankRows { generation: cohort.generation, live: &cohort.live, used: keys.len() };
        let key_of = |row: u32| keys[row as usize];
        let open = waves.open_rows(
            rows,
            candidate.version,
            open,
            |hashes| surroundings.key_hashes(cohort, keys, hashes),
            |hash| candidate.order_hash(hash, keys.len()),
            |a, b| surroundings.precedes(cohort, key_of(a), key_of(b)),
        );
        closing.close(scope, Reason::RolloutWaiting, |word| open[word] | self.released_word(word));
    }

    /// When the rollout clock of a scope starts: the latest moment at which an approval or
    /// progression rule began to hold or was waived, or the version's creation if there is none; `None` while no rule of a
    /// kind holds (SEMANTICS 8.5).
    fn rollout_start(&self, scope: Scope<'_>, closing: &mut Closing<'_>) -> Option<SimTime> {
        let created_at = self.candidate.created_at;
        // Per kind: `None` without such a rule, `Some(None)` while none of them holds.
        let mut approval: Option<Option<SimTime>> = None;
        let mut progression: Option<Option<SimTime>> = None;
        for (policy, RuleCheck { rule, check }) in self.checks(scope) {
            let (kind, own) = match check {
                Check::Approval { minimum } => {
                    let own = match self.approved(*minimum) {
                        Approved::Since(at) => Some(at),
                        Approved::NotEnough => None,
                    };
                    (&mut approval, own)
                }
                Check::Progression(rule) => {
                    let progressed = self.progressed(rule);
                    if let Some(at) = progressed.wake {
                        closing.verdict.wake(at);
                    }
                    (&mut progression, progressed.verdict.ok())
                }
                _ => continue,
            };
            let waived = self.waived(scope, policy, rule, check.waiver_type());
            let waived = waived.map(|at| at.max(created_at));
            let moment = own.into_iter().chain(waived).min();
            *kind = Some(kind.unwrap_or_default().max(moment));
        }
        match (approval, progression) {
            (None, None) => Some(created_at),
            (Some(moment), None) | (None, Some(moment)) => moment,
            (Some(approval), Some(progression)) => Some(approval?.max(progression?)),
        }
    }
}
