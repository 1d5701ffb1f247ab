//! The judge: what the rules say of one candidate in one cohort.
//!
//! Vocabulary: a *scope* is rows to which the same policies and the same waivers apply, a class or a
//! part of one, down to a single row.
//!
//! Gates ask for sets of rows, decision records for single ones; both ask here, so that they cannot
//! say different things.

use std::cell::{OnceCell, RefCell};

use shakedown_engine::base::ids::{EnvironmentIx, PolicyIx, ResourceIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::ApprovalList;
use shakedown_engine::fleet::matrix::{Cohort, PolicyRows, words_for};
use shakedown_engine::model::{DeploymentVersion, WaiverType};
use shakedown_engine::select::{Bindings, Selector, SelectorError, Subject};

use super::evaluate::{Candidate, Surroundings};
use super::rulebook::{Check, RuleCheck};
use crate::approval::{Approved, approve};
use crate::cooldown::{Cooled, Reference, cooldown};
use crate::dependency::{Edge, Unmet, satisfies};
use crate::histories::Period;
use crate::progression::{Judgement, Progressed, Progression, UpstreamError};
use crate::rollout::rank_rows;
use crate::version_selector::{Selected, select_version};
use crate::waiver::Waiver;
use crate::window::{Window, Windowed};

/// Rows to which the same policies and waivers apply.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// One bit per row; `None` for all rows.
    pub rows: Option<&'a [u64]>,
    /// By (priority descending, id).
    pub policies: &'a [PolicyIx],
    /// The resource of the only row, if waivers of this resource apply.
    pub resource: Option<ResourceIx>,
}

impl Scope<'_> {
    /// Every row, without policies.
    pub const ALL: Self = Self { rows: None, policies: &[], resource: None };

    /// The word that holds the rows from `word * 64` on.
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        self.rows.map_or(u64::MAX, |rows| rows[word])
    }
}

/// What keeps the clock of a rollout from starting: kinds of rule that are present, none of which
/// holds or is waived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingFor {
    /// Approval rules.
    pub approval: bool,
    /// Progression rules.
    pub progression: bool,
}

/// One candidate in one cohort.
pub struct Judge<'a, S, R> {
    /// What is read beside the cohort.
    pub surroundings: &'a S,
    /// The clock.
    pub now: SimTime,
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its rows in use.
    rows: R,
    /// The version.
    pub candidate: &'a Candidate,
    /// The rows that have a release record of the candidate.
    released: Option<&'a [u64]>,
    /// All waivers of the candidate.
    waivers: &'a [Waiver],
    /// When the reference of the row asked last was created.
    reference: RefCell<Period>,
    /// One bit per row that has a current release, once asked for.
    current: OnceCell<Vec<u64>>,
    /// What the progression rules asked so far say.
    progressed: RefCell<Vec<(*const Progression, Progressed)>>,
}

impl<S, R> std::fmt::Debug for Judge<'_, S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("candidate", self.candidate).finish_non_exhaustive()
    }
}

impl<'a, S: Surroundings, R: PolicyRows> Judge<'a, S, R> {
    /// A judge of a candidate in a cohort whose rows in use are `rows`.
    #[must_use]
    pub fn new(
        surroundings: &'a S,
        now: SimTime,
        cohort: &'a Cohort,
        rows: R,
        candidate: &'a Candidate,
    ) -> Self {
        Self {
            surroundings,
            now,
            cohort,
            rows,
            candidate,
            released: cohort.released(candidate.version),
            waivers: surroundings.waivers(candidate.version),
            reference: RefCell::default(),
            current: OnceCell::new(),
            progressed: RefCell::default(),
        }
    }

    /// The rows from `word * 64` on that have a release record of the candidate.
    #[must_use]
    pub fn released_word(&self, word: usize) -> u64 {
        self.released.map_or(0, |words| words[word])
    }

    /// Whether a row has a release record of the candidate.
    #[must_use]
    pub fn is_released(&self, row: usize) -> bool {
        self.released_word(row / 64) >> (row % 64) & 1 == 1
    }

    /// The live rows in rollout order. About 10 ns per target.
    #[must_use]
    pub fn rollout_order(&self) -> Vec<u32> {
        let mut hashes = Vec::with_capacity(self.cohort.used() as usize);
        self.key_hashes(&mut hashes);
        rank_rows(
            &self.cohort.live,
            &hashes,
            |targets| self.candidate.continue_hashes(targets),
            |a, b| self.precedes(a, b),
        )
    }

    /// Appends, for every row, the FNV-1a state after its target's key.
    pub fn key_hashes(&self, hashes: &mut Vec<u64>) {
        let keys = self.rows.keys(self.cohort.used() as usize);
        self.surroundings.key_hashes(self.cohort, keys, hashes);
    }

    /// Whether the key of row `a` precedes that of row `b`; asked on equal hashes only.
    #[must_use]
    pub fn precedes(&self, a: u32, b: u32) -> bool {
        let key = |row: u32| self.rows.key(row as usize);
        self.surroundings.precedes(self.cohort, key(a), key(b))
    }

    /// The resource of a row's target.
    #[must_use]
    pub fn resource(&self, row: usize) -> ResourceIx {
        self.rows.key(row).resource
    }

    /// The waivers of the candidate that are live in this cohort, earliest first.
    pub fn live_waivers(&self) -> impl Iterator<Item = &'a Waiver> {
        let (environment, now) = (self.cohort.environment, self.now);
        self.waivers.iter().filter(move |it| it.is_live(environment, now))
    }

    /// The live waivers of a check of a scope, earliest first.
    pub fn waivers_of(
        &self,
        scope: Scope<'_>,
        policy: PolicyIx,
        rule: &str,
        waiver_type: WaiverType,
    ) -> impl Iterator<Item = &'a Waiver> {
        self.live_waivers().filter(move |it| {
            (it.resource.is_none() || it.resource == scope.resource)
                && it.covers(policy, rule, waiver_type)
        })
    }

    /// The checks of a scope's enabled policies, with the policy, in report order.
    pub fn checks<'s>(
        &self,
        scope: Scope<'s>,
    ) -> impl Iterator<Item = (PolicyIx, &'a RuleCheck)> + use<'a, 's, S, R> {
        let book = self.surroundings.book();
        let entries =
            scope.policies.iter().filter_map(move |&policy| Some((policy, book.get(policy)?)));
        entries.flat_map(|(policy, entry)| entry.checks.iter().map(move |check| (policy, check)))
    }

    /// The approvals of the candidate here.
    #[must_use]
    pub fn approvals(&self) -> Option<&'a ApprovalList> {
        self.surroundings.approvals(self.candidate.version, self.cohort.environment)
    }

    /// What an approval rule says.
    #[must_use]
    pub fn approved(&self, minimum: i32) -> Approved {
        let times = self.approvals().map_or(&[][..], |list| list.times());
        approve(minimum, times, self.candidate.created_at)
    }

    /// What cooldowns of a row count from.
    #[must_use]
    pub fn reference(&self, row: usize) -> Option<Reference> {
        self.surroundings.reference(self.rows.ledger(row), &mut self.reference.borrow_mut())
    }

    /// What a cooldown rule says to rows with this reference.
    #[must_use]
    pub fn cooled(&self, interval: u32, reference: Option<Reference>) -> Cooled {
        cooldown(reference, self.candidate.version, interval, self.now)
    }

    /// What a window rule says of the rows that have a current release; the others are exempt.
    #[must_use]
    pub fn windowed(&self, window: &Window) -> Windowed {
        window.judge(self.now)
    }

    /// Whether a row's target has a current release.
    #[must_use]
    pub fn has_current(&self, row: usize) -> bool {
        self.rows.ledger(row).current.is_some()
    }

    /// The rows from `word * 64` on whose target has a current release.
    #[must_use]
    pub fn current_word(&self, word: usize) -> u64 {
        let current = self.current.get_or_init(|| {
            let used = self.cohort.used() as usize;
            let mut words = vec![0; words_for(used)];
            for (row, ledger) in self.rows.ledgers(used).enumerate() {
                words[row / 64] |= u64::from(ledger.current.is_some()) << (row % 64);
            }
            words
        });
        current[word]
    }

    /// The candidate's version, environment and deployment.
    #[must_use]
    pub fn bindings(&self) -> Bindings<'a> {
        let mut bindings = Bindings::default();
        if let Some(version) = self.surroundings.version(self.candidate.version) {
            bindings = bindings.with(Subject::Version, version);
        }
        if let Some(environment) = self.surroundings.environment(self.cohort.environment) {
            bindings = bindings.with(Subject::Environment, environment);
        }
        if let Some(deployment) = self.surroundings.deployment(self.cohort.deployment) {
            bindings = bindings.with(Subject::Deployment, deployment);
        }
        bindings
    }

    /// What a version selector says to a row; `bindings` are [`Judge::bindings`].
    #[must_use]
    pub fn selected<'r>(
        &self,
        selector: &'r Result<Selector, SelectorError>,
        bindings: Bindings<'_>,
        row: usize,
    ) -> Selected<'r> {
        match self.surroundings.resource(self.resource(row)) {
            Some(resource) => select_version(selector, &bindings.with(Subject::Resource, resource)),
            None => select_version(selector, &bindings),
        }
    }

    /// Calls `visit` with every other target of a row's resource that satisfies a dependency, and
    /// the version there, until it returns true; no particular order.
    pub fn each_satisfying(
        &self,
        selector: &Selector,
        row: usize,
        visit: &mut dyn FnMut(&Cohort, &DeploymentVersion) -> bool,
    ) {
        let own = (self.cohort.deployment, self.cohort.environment);
        let mut done = false;
        self.surroundings.on_resource(self.resource(row), None, &mut |other, deployed| {
            if done || (other.deployment, other.environment) == own {
                return;
            }
            let deployment = self.surroundings.deployment(other.deployment);
            if let Some((deployment, version)) = deployment.zip(deployed)
                && satisfies(selector, deployment, version)
            {
                done = visit(other, version);
            }
        });
    }

    /// The dependencies of the candidate.
    #[must_use]
    pub fn edges(&self) -> &'a [Edge] {
        self.surroundings.dependencies(self.candidate.version)
    }

    /// Why a dependency of the candidate does not hold for a row, `None` if it does: what runs in its
    /// own environment decides, else what runs anywhere.
    #[must_use]
    pub fn unmet(&self, edge: &Edge, row: usize) -> Option<Unmet> {
        let (mut here, mut anywhere) = (None, Some(Unmet::NotOnResource));
        let (resource, deployment) = (self.resource(row), Some(&*edge.deployment));
        self.surroundings.on_resource(resource, deployment, &mut |other, deployed| {
            let unmet = edge.judge(deployed);
            if other.environment == self.cohort.environment {
                here = Some(unmet);
            }
            anywhere = anywhere.zip(unmet).map(|(a, b)| a.max(b));
        });
        here.unwrap_or(anywhere)
    }

    /// Calls `visit` with every upstream environment and what a progression rule knows of it.
    ///
    /// # Errors
    /// When the selector cannot compile or has no answer for some environment.
    pub fn each_upstream<'r>(
        &self,
        rule: &'r Progression,
        visit: &mut dyn FnMut(EnvironmentIx, Judgement),
    ) -> Result<(), UpstreamError<'r>> {
        let selector = rule.selector.as_ref().map_err(UpstreamError::Broken)?;
        let Cohort { deployment, environment, .. } = *self.cohort;
        let mut failed = None;
        self.surroundings.neighbours(environment, &mut |ix, neighbour| match selector
            .matches(&Bindings::only(Subject::Environment, neighbour))
        {
            Ok(true) => {
                let version = self.candidate.version;
                let facts = self.surroundings.successes(deployment, ix, version, rule.statuses);
                visit(ix, rule.judge(facts));
            }
            Ok(false) => {}
            Err(error) => failed = failed.take().or(Some(error)),
        });
        failed.map_or(Ok(()), |error| Err(UpstreamError::Failed(error)))
    }

    /// What a progression rule says, asked once per (rule, cohort, candidate).
    #[must_use]
    pub fn progressed(&self, rule: &Progression) -> Progressed {
        let at = std::ptr::from_ref(rule);
        let mut known = self.progressed.borrow_mut();
        if let Some(&(_, progressed)) = known.iter().find(|&&(known, _)| std::ptr::eq(known, at)) {
            return progressed;
        }
        let mut progressed = Progressed::NO_UPSTREAM;
        let judged = self.each_upstream(rule, &mut |_, judgement| {
            progressed = progressed.or(judgement, self.now);
        });
        let progressed = judged.map_or(Progressed::SELECTOR_ERROR, |()| progressed);
        known.push((at, progressed));
        progressed
    }

    /// When the rollout clock of a scope starts: the latest moment at which an approval or
    /// progression rule began to hold or was waived, or the version's creation if there is none
    /// (SEMANTICS 8.5). `wake` takes the instants at which time alone may change that.
    ///
    /// # Errors
    /// While no rule of a kind holds.
    pub fn rollout_start(
        &self,
        scope: Scope<'_>,
        mut wake: impl FnMut(SimTime),
    ) -> Result<SimTime, WaitingFor> {
        let created_at = self.candidate.created_at;
        // Per kind: `None` without such a rule, `Some(None)` while none of them holds.
        let mut approval: Option<Option<SimTime>> = None;
        let mut progression: Option<Option<SimTime>> = None;
        for (policy, RuleCheck { rule, check }) in self.checks(scope) {
            let (kind, own) = match check {
                Check::Approval { minimum } => (&mut approval, self.approved(*minimum).since()),
                Check::Progression(rule) => {
                    let progressed = self.progressed(rule);
                    progressed.wake.into_iter().for_each(&mut wake);
                    (&mut progression, progressed.verdict.ok())
                }
                _ => continue,
            };
            let mut waivers = self.waivers_of(scope, policy, rule, check.waiver_type());
            let waived = waivers.next().map(|it| it.created_at.max(created_at));
            let moment = own.into_iter().chain(waived).min();
            *kind = Some(kind.unwrap_or_default().max(moment));
        }
        let waiting =
            WaitingFor { approval: approval == Some(None), progression: progression == Some(None) };
        if waiting.approval || waiting.progression {
            return Err(waiting);
        }
        Ok(approval.flatten().max(progression.flatten()).unwrap_or(created_at))
    }

    /// When the clock of a rollout that could start at `base` starts for the rows of a scope that
    /// have a current release: windows move it, each from the base (SEMANTICS 8.5). For other rows
    /// it starts at `base`.
    #[must_use]
    pub fn windowed_start(&self, scope: Scope<'_>, base: SimTime) -> SimTime {
        let moved = self.checks(scope).filter_map(|(policy, RuleCheck { rule, check })| {
            let Check::Window(window) = check else { return None };
            let mut waivers = self.waivers_of(scope, policy, rule, check.waiver_type());
            waivers.next().is_none().then(|| window.adjust(base))
        });
        moved.fold(base, SimTime::max)
    }
}
