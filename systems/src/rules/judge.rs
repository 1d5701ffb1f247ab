//! The judge: one candidate in one cohort, as checks see it.
//!
//! Vocabulary: a *scope* is rows to which the same policies and the same waivers apply, a class or a
//! part of one, down to a single row.
//!
//! Gates ask for sets of rows, decision records for single ones; both ask the same judge.

use std::cell::OnceCell;
use std::ops::Range;

use shakedown_engine::base::ids::{PolicyIx, ResourceIx, VariablesId};
use shakedown_engine::base::row_set::{RowSlice, RowSpan, bit_of, first_of, for_each_bit, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::matrix::{Cohort, Ledger, PolicyRows};
use shakedown_engine::model::WaiverType;
use shakedown_engine::select::{Bindings, Subject};

use super::Memo;
use super::answers::Keep as _;
use super::rulebook::RuleCheck;
use super::surroundings::Surroundings;
use crate::facts::{Candidate, Waiver, rank_rows};

/// Rows to which the same policies and waivers apply.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The rows; `None` for all.
    pub rows: Option<RowSpan<'a>>,
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
        self.rows.map_or(u64::MAX, |rows| rows.word(word))
    }
}

/// A check, asked of a scope.
#[derive(Debug)]
pub struct Asked<'a, S, R> {
    /// The candidate and the cohort.
    pub judge: &'a Judge<'a, S, R>,
    /// The rows.
    pub scope: Scope<'a>,
    /// Tells the check from all others of the rule book.
    pub number: u32,
}

impl<S, R> Clone for Asked<'_, S, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, R> Copy for Asked<'_, S, R> {}

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
    /// The words in which rows are asked for together.
    span: Range<usize>,
    /// One bit per row of the span that has a current release, once asked for.
    current: OnceCell<Vec<u64>>,
    /// One bit per row of the span that has what it would get of the candidate, once asked for.
    settled: OnceCell<Vec<u64>>,
    /// What checks found so far.
    pub(super) memo: Memo,
}

impl<S, R> std::fmt::Debug for Judge<'_, S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("candidate", self.candidate).finish_non_exhaustive()
    }
}

impl<'a, S: Surroundings, R: PolicyRows> Judge<'a, S, R> {
    /// A judge of a candidate in a cohort whose rows in use are `rows`.
    #[inline]
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
            span: 0..cohort.words(),
            current: OnceCell::new(),
            settled: OnceCell::new(),
            memo: Memo::default(),
        }
    }

    /// Turns to another candidate; what does not depend on it stays known.
    pub fn turn_to(&mut self, candidate: &'a Candidate) {
        self.candidate = candidate;
        self.released = self.cohort.released(candidate.version);
        self.waivers = self.surroundings.waivers(candidate.version);
        self.settled.take();
        self.memo.enter();
    }

    /// The same at another instant, if nobody did anything until then.
    pub(super) fn at(&self, now: SimTime) -> Judge<'_, S, &R> {
        Judge::new(self.surroundings, now, self.cohort, &self.rows, self.candidate)
    }

    /// Promises that no rows outside a span of words are asked for together.
    pub fn narrow(&mut self, span: Range<usize>) {
        self.span = span;
    }

    /// The rows from `word * 64` on that have a release record of the candidate.
    #[must_use]
    pub fn released_word(&self, word: usize) -> u64 {
        self.released.map_or(0, |words| words[word])
    }

    /// Whether a row has a release record of the candidate.
    #[must_use]
    pub fn is_released(&self, row: usize) -> bool {
        self.released.is_some_and(|rows| RowSlice::new(rows).contains(row))
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

    /// The facts of a row's jobs.
    #[inline]
    #[must_use]
    pub fn ledger(&self, row: usize) -> Ledger {
        self.rows.ledger(row)
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

    /// Whether a row's target has a current release.
    #[must_use]
    pub fn has_current(&self, row: usize) -> bool {
        self.rows.ledger(row).current.is_some()
    }

    /// The rows from `word * 64` on whose target has a current release.
    #[must_use]
    pub fn current_word(&self, word: usize) -> u64 {
        let current = self.current.get_or_init(|| {
            let (first, used) = (first_of(self.span.start), self.cohort.used() as usize);
            let mut words = vec![0; self.span.len()];
            let rows = first..used.min(first_of(self.span.end));
            for (at, ledger) in self.rows.ledgers(rows).enumerate() {
                words[word_of(at)] |= if ledger.current.is_some() { bit_of(at) } else { 0 };
            }
            words
        });
        current[word - self.span.start]
    }

    /// Whether a row's target has what it would get of the candidate already.
    #[must_use]
    pub fn is_settled(&self, row: usize) -> bool {
        self.has_settled(row, self.surroundings.variables(self.cohort))
    }

    /// The same, given the variables of the cohort.
    fn has_settled(&self, row: usize, variables: Option<&[VariablesId]>) -> bool {
        let resource = self.rows.key(row).resource;
        let variables = variables.map_or(VariableSets::EMPTY, |column| column[resource.slot()]);
        let (ledger, edition) = (self.rows.ledger(row), self.candidate.edition);
        variables.is_some() && self.surroundings.has_succeeded(&ledger, edition, variables)
    }

    /// The rows from `word * 64` on whose target has what it would get of the candidate already. Some
    /// nanoseconds for each row that has a release record of it, once.
    #[must_use]
    pub fn settled_word(&self, word: usize) -> u64 {
        if self.released_word(word) == 0 {
            return 0;
        }
        let settled = self.settled.get_or_init(|| {
            let mut words = vec![0; self.span.len()];
            let variables = self.surroundings.variables(self.cohort);
            for (word, settled) in (self.span.start..).zip(&mut words) {
                for_each_bit(self.released_word(word), |bit| {
                    let row = first_of(word) + bit as usize;
                    *settled |= u64::from(self.has_settled(row, variables)) << bit;
                });
            }
            words
        });
        settled[word - self.span.start]
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
}
