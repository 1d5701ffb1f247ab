//! Evaluating a cohort: which candidate each dirty target may take, and what holds back the newest.
//!
//! Everything is sets of rows, 64 to a word: a check that is the same for a whole cohort costs a few
//! words, not a few thousand rows. Candidates are tried newest first until no row is left undecided;
//! all checks of a candidate are evaluated, so every blocking reason is known (SEMANTICS 9, D9).
//!
//! Invariant (negative): this knows neither the ECS nor the layout of rows.

use std::sync::{Arc, OnceLock};

use shakedown_engine::base::hash::fnv1a;
use shakedown_engine::base::ids::{DeploymentIx, EditionIx, EnvironmentIx, ResourceIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::ApprovalList;
use shakedown_engine::fleet::dirty::DirtyRows;
use shakedown_engine::fleet::matrix::{Cohort, Key, Ledger, PolicyRows, words_for};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{
    Deployment, DeploymentVersion, Environment, Resource, VersionStatus,
};
use shakedown_engine::select::{Bindings, Selector};

use super::applicability::Class;
use super::gates::evaluate_candidate;
use super::reads::SelectedResources;
use super::reason_rows::ReasonRows;
use super::references::References;
use super::rulebook::RuleBook;
use crate::cooldown::Reference;
use crate::dependency::Edge;
use crate::histories::Period;
use crate::rollout::{CohortWaves, Ranked, SuffixHash};
use crate::satisfied::{Elsewhere, Upstream};
use crate::successes::{Facts, StatusSet};
use crate::waiver::Waiver;
use crate::wake::{Rollout, RowWake};

/// A version as planning sees it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which.
    pub version: VersionIx,
    /// With its tag as of now.
    pub edition: EditionIx,
    /// Its status.
    pub status: VersionStatus,
    /// Its creation.
    pub created_at: SimTime,
    /// Its id.
    pub id: Box<str>,
    /// Its id prepared for ranking, when first needed by a cohort worth the preparation.
    pub suffix: OnceLock<SuffixHash>,
}

impl Candidate {
    /// Continues the hashes of targets' keys over the version's id.
    pub(super) fn continue_hashes(&self, targets: &mut [Ranked]) {
        let id = self.id.as_bytes();
        if targets.len() >= MIN_PREPARED {
            let suffix = self.suffix.get_or_init(|| SuffixHash::new(id));
            targets.iter_mut().for_each(|it| it.hash = suffix.after(it.hash));
            return;
        }
        // Byte by byte over all targets: the steps of one target wait for each other.
        for byte in id {
            targets.iter_mut().for_each(|it| it.hash = fnv1a(it.hash, &[*byte]));
        }
    }
}

/// Preparing a suffix costs 256 steps a byte, so smaller cohorts hash byte by byte.
const MIN_PREPARED: usize = 128;

/// What evaluation reads beside the cohort.
pub trait Surroundings: Sync {
    /// The rule book.
    fn book(&self) -> &RuleBook;
    /// Approvals of a version in an environment.
    fn approvals(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList>;
    /// Appends, for every key, the FNV-1a state after its text; all are of one cohort.
    fn key_hashes(
        &self,
        cohort: &Cohort,
        keys: impl ExactSizeIterator<Item = Key>,
        hashes: &mut Vec<u64>,
    );
    /// Whether the key text of `a` precedes that of `b`; asked on equal hashes only.
    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool;
    /// The waivers of a version, by creation.
    fn waivers(&self, version: VersionIx) -> &[Waiver];
    /// The version, for selectors.
    fn version(&self, version: VersionIx) -> Option<&DeploymentVersion>;
    /// The environment, for selectors.
    fn environment(&self, environment: EnvironmentIx) -> Option<&Environment>;
    /// The deployment, for selectors.
    fn deployment(&self, deployment: DeploymentIx) -> Option<&Deployment>;
    /// The resource, for selectors.
    fn resource(&self, resource: ResourceIx) -> Option<&Resource>;
    /// The dependencies of a version.
    fn dependencies(&self, version: VersionIx) -> &[Edge];
    /// The version that cooldowns of a target count from; `known` is kept from one target to the
    /// next.
    fn reference(&self, ledger: Ledger, known: &mut Period) -> Option<Reference>;
    /// The resources that a version selector selects for a version in an environment; `bindings` are
    /// all others.
    fn selected(
        &self,
        selector: &Selector,
        bindings: &Bindings<'_>,
        candidate: (VersionIx, EnvironmentIx),
    ) -> Arc<SelectedResources>;
    /// Who satisfies the selector of a rule's dependency, seen from the cohort.
    fn elsewhere(&self, selector: &Selector, cohort: &Cohort) -> Elsewhere<'_>;
    /// Who satisfies an edge, seen from an environment; `None` when its selector cannot compile.
    fn upstream(&self, edge: &Edge, environment: EnvironmentIx) -> Option<Upstream<'_>>;
    /// Calls `visit` with every current target of a resource, of one deployment or of all, and the
    /// version that it runs.
    fn on_resource(
        &self,
        resource: ResourceIx,
        deployment: Option<&str>,
        visit: &mut dyn FnMut(&Cohort, Option<&DeploymentVersion>),
    );
    /// Calls `visit` with every other environment of the environment's system.
    fn neighbours(
        &self,
        environment: EnvironmentIx,
        visit: &mut dyn FnMut(EnvironmentIx, &Environment),
    );
    /// What happened to a version in an environment, where `statuses` are a success.
    fn successes(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        version: VersionIx,
        statuses: StatusSet,
    ) -> Facts<'_>;
}

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
    /// Its rollouts.
    pub waves: &'a mut CohortWaves,
    /// Where the answer goes.
    pub verdict: &'a mut Verdicts,
}

/// The answer for one cohort; buffers are kept from one reconcile to the next.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Candidates that some rows take: position in the candidate list, first word in `words`.
    picks: Vec<(usize, usize)>,
    /// Reasons that hold rows back from the newest candidate.
    holds: ReasonRows,
    /// Row sets, `width` words each.
    words: Vec<u64>,
    width: usize,
    scratch: Vec<u64>,
    /// What cooldowns of the rows count from.
    pub(super) references: References,
    /// Earliest instant at which time alone may change the answer for rows that nothing below names.
    pub next: Option<SimTime>,
    /// Rollouts under way, of which the next slot wakes its rows.
    pub rollouts: Vec<Rollout>,
    /// Instants at which time alone may change the answer for a single row.
    pub row_wakes: Vec<RowWake>,
}

impl Verdicts {
    /// The rows that take each picked candidate: position in the candidate list, one bit per row.
    pub fn picks(&self) -> impl Iterator<Item = (usize, &[u64])> {
        self.picks.iter().map(|&(candidate, at)| (candidate, &self.words[at..at + self.width]))
    }

    /// The rows that each reason holds back from the newest candidate.
    pub fn holds(&self) -> impl Iterator<Item = (Reason, &[u64])> {
        self.holds.iter()
    }

    /// The dirty live rows, decided or not.
    #[must_use]
    pub fn rows(&self) -> &[u64] {
        &self.words[..self.width]
    }

    /// The dirty live rows that take no candidate.
    #[must_use]
    pub fn undecided(&self) -> &[u64] {
        &self.words[self.width..2 * self.width]
    }

    /// Starts over with the dirty live rows of a cohort, all undecided.
    fn begin(&mut self, cohort: &Cohort, dirty: &DirtyRows) {
        self.picks.clear();
        self.words.clear();
        self.next = None;
        self.rollouts.clear();
        self.row_wakes.clear();
        self.width = words_for(cohort.used() as usize);
        let rows = (0..self.width).map(|word| cohort.live[word] & dirty.word(word));
        self.words.extend(rows);
        self.words.extend_from_within(..self.width);
        self.holds.begin(self.width);
        self.references.begin(self.width);
    }

    /// Adds the rows to decide among `closed` to the rows that a reason holds back.
    pub(super) fn add_hold(&mut self, reason: Reason, closed: impl Fn(usize) -> u64) {
        let held = self.holds.rows_mut(reason).iter_mut().zip(&self.words);
        for (word, (held, rows)) in held.enumerate() {
            *held |= rows & closed(word);
        }
    }

    /// The same for the rows of one word.
    pub(super) fn add_hold_word(&mut self, reason: Reason, word: usize, closed: u64) {
        self.holds.rows_mut(reason)[word] |= self.words[word] & closed;
    }

    /// Asks for an evaluation of every row at `at` or before.
    pub(super) fn wake(&mut self, at: SimTime) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// Evaluates one cohort at `now`.
pub fn evaluate(
    task: &mut Task<'_, impl PolicyRows>,
    surroundings: &impl Surroundings,
    now: SimTime,
) {
    task.verdict.begin(task.cohort, task.dirty);
    for (at, candidate) in task.candidates.iter().enumerate() {
        if task.verdict.undecided().iter().all(|&word| word == 0) {
            break;
        }
        let mut blocked = std::mem::take(&mut task.verdict.scratch);
        blocked.clear();
        blocked.resize(task.verdict.width, 0);
        evaluate_candidate(task, surroundings, now, candidate, at == 0, &mut blocked);
        take_allowed(task.verdict, at, &blocked);
        task.verdict.scratch = blocked;
    }
}

/// Gives the candidate to the undecided rows that nothing blocks.
fn take_allowed(verdict: &mut Verdicts, candidate: usize, blocked: &[u64]) {
    let width = verdict.width;
    let any = (0..width).any(|word| verdict.words[width + word] & !blocked[word] != 0);
    if !any {
        return;
    }
    let at = verdict.words.len();
    verdict.words.resize(at + width, 0);
    for (word, blocked) in blocked.iter().enumerate() {
        let allowed = verdict.words[width + word] & !blocked;
        verdict.words[at + word] = allowed;
        verdict.words[width + word] &= !allowed;
    }
    verdict.picks.push((candidate, at));
}
