//! Evaluating a cohort: which candidate each dirty target may take, and what holds back the newest.
//!
//! Everything is sets of rows, 64 to a word: a check that is the same for a whole cohort costs a few
//! words, not a few thousand rows. Candidates are tried newest first until no row is left undecided;
//! all checks of a candidate are evaluated, so every blocking reason is known (SEMANTICS 9, D9).
//!
//! Invariant (negative): this knows no ECS. Floors and layout experiments call it over plain slices.

use std::sync::OnceLock;

use shakedown_engine::catalogue::ApprovalList;
use shakedown_engine::dirty::DirtyRows;
use shakedown_engine::entity::VersionStatus;
use shakedown_engine::hashing::fnv1a;
use shakedown_engine::ids::{EditionIx, EnvironmentIx, VersionIx};
use shakedown_engine::reason::Reason;
use shakedown_engine::target::{Cohort, Key, words_for};
use shakedown_engine::time::SimTime;

use super::applicability::Class;
use super::rulebook::{Check, RuleBook};
use crate::approval::{Approved, approve};
use crate::rollout::{CohortWaves, RankRows, Slots, SuffixHash};
use crate::status::check_status;

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
    /// Continues the hash of a target's key over the version's id.
    fn order_hash(&self, key_hash: u64, rows: usize) -> u64 {
        if rows < MIN_PREPARED {
            return fnv1a(key_hash, self.id.as_bytes());
        }
        self.suffix.get_or_init(|| SuffixHash::new(self.id.as_bytes())).after(key_hash)
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
    fn key_hashes(&self, cohort: &Cohort, keys: &[Key], hashes: &mut Vec<u64>);
    /// Whether the key text of `a` precedes that of `b`; asked on equal hashes only.
    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool;
}

/// One cohort to evaluate.
#[derive(Debug)]
pub struct Task<'a> {
    /// The cohort.
    pub cohort: &'a Cohort,
    /// Its rows in use.
    pub keys: &'a [Key],
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
    /// Reasons that hold rows back from the newest candidate: first word in `words`.
    holds: Vec<(Reason, usize)>,
    /// Row sets, `width` words each.
    words: Vec<u64>,
    width: usize,
    scratch: Vec<u64>,
    /// Earliest instant at which time alone may change the answer for some row.
    pub next: Option<SimTime>,
}

impl Verdicts {
    /// The rows that take each picked candidate: position in the candidate list, one bit per row.
    pub fn picks(&self) -> impl Iterator<Item = (usize, &[u64])> {
        self.picks.iter().map(|&(candidate, at)| (candidate, &self.words[at..at + self.width]))
    }

    /// The rows that each reason holds back from the newest candidate.
    pub fn holds(&self) -> impl Iterator<Item = (Reason, &[u64])> {
        self.holds.iter().map(|&(reason, at)| (reason, &self.words[at..at + self.width]))
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
        self.holds.clear();
        self.words.clear();
        self.next = None;
        self.width = words_for(cohort.used() as usize);
        let rows = (0..self.width).map(|word| cohort.live[word] & dirty.word(word));
        self.words.extend(rows);
        self.words.extend_from_within(..self.width);
    }

    /// Adds the decided rows among `closed` to the rows that a reason holds back.
    fn add_hold(&mut self, reason: Reason, closed: impl Fn(usize) -> u64) {
        let known = self.holds.iter().find(|(known, _)| *known == reason);
        let at = match known {
            Some(&(_, at)) => at,
            None => {
                let at = self.words.len();
                self.words.resize(at + self.width, 0);
                self.holds.push((reason, at));
                at
            }
        };
        for word in 0..self.width {
            self.words[at + word] |= self.words[word] & closed(word);
        }
    }

    fn wake(&mut self, at: SimTime) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// How a check treats the rows of a class.
#[derive(Debug, Clone, Copy)]
enum Gate<'a> {
    Open,
    /// Closed for all rows, but for those that have the version already if `spares_released`.
    Closed {
        reason: Reason,
        spares_released: bool,
    },
    /// Closed for rows whose bit is not set and that do not have the version already.
    Partly {
        reason: Reason,
        open: &'a [u64],
    },
}

/// Evaluates one cohort at `now`.
pub fn evaluate(task: &mut Task<'_>, surroundings: &impl Surroundings, now: SimTime) {
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

fn evaluate_candidate(
    task: &mut Task<'_>,
    surroundings: &impl Surroundings,
    now: SimTime,
    candidate: &Candidate,
    newest: bool,
    blocked: &mut [u64],
) {
    let Task { cohort, keys, classes, waves, verdict, .. } = task;
    let released = cohort.released(candidate.version);
    let everyone = Class { rows: None, policies: Vec::new() };
    if let Some(reason) = check_status(candidate.status) {
        let spares_released = reason == Reason::StatusPaused;
        let gate = Gate::Closed { reason, spares_released };
        close(verdict, blocked, gate, &everyone, released, newest);
    }
    for class in *classes {
        let start = rollout_start(class, surroundings, candidate, cohort.environment);
        let checks = class.policies.iter().filter_map(|&policy| surroundings.book().get(policy));
        for check in checks.flat_map(|entry| &entry.checks) {
            let gate = match *check {
                Check::Approval { minimum } => {
                    match approved(surroundings, minimum, candidate, cohort.environment) {
                        Approved::Since(_) => Gate::Open,
                        Approved::NotEnough => Gate::Closed {
                            reason: Reason::ApprovalNotEnough,
                            spares_released: true,
                        },
                    }
                }
                Check::Rollout { interval, rollout_type } => match start {
                    None => {
                        Gate::Closed { reason: Reason::RolloutNotStarted, spares_released: true }
                    }
                    Some(start) => {
                        let slots = Slots { cohort: cohort.targets, interval, rollout_type };
                        let open = slots.open(start, now);
                        if open == cohort.targets {
                            Gate::Open // and nobody's rank matters any more
                        } else {
                            verdict.wake(slots.due(start, open));
                            let rows = RankRows {
                                generation: cohort.generation,
                                live: &cohort.live,
                                used: keys.len(),
                            };
                            let key_of = |row: u32| keys[row as usize];
                            Gate::Partly {
                                reason: Reason::RolloutWaiting,
                                open: waves.open_rows(
                                    rows,
                                    candidate.version,
                                    open,
                                    |hashes| surroundings.key_hashes(cohort, keys, hashes),
                                    |hash| candidate.order_hash(hash, keys.len()),
                                    |a, b| surroundings.precedes(cohort, key_of(a), key_of(b)),
                                ),
                            }
                        }
                    }
                },
            };
            close(verdict, blocked, gate, class, released, newest);
        }
    }
}

/// Adds the rows that a gate closes to `blocked`, and to the reasons if the candidate is the newest.
fn close(
    verdict: &mut Verdicts,
    blocked: &mut [u64],
    gate: Gate<'_>,
    class: &Class,
    released: Option<&[u64]>,
    newest: bool,
) {
    let (reason, open, spares) = match gate {
        Gate::Open => return,
        Gate::Closed { reason, spares_released } => {
            (reason, None, released.filter(|_| spares_released))
        }
        Gate::Partly { reason, open } => (reason, Some(open), released),
    };
    let closed = |word: usize| {
        let exempt = open.map_or(0, |open| open[word]) | spares.map_or(0, |spared| spared[word]);
        class.word(word) & !exempt
    };
    for (word, blocked) in blocked.iter_mut().enumerate() {
        *blocked |= closed(word);
    }
    if newest {
        verdict.add_hold(reason, closed);
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

fn approved(
    surroundings: &impl Surroundings,
    minimum: i32,
    candidate: &Candidate,
    environment: EnvironmentIx,
) -> Approved {
    let approvals = surroundings.approvals(candidate.version, environment);
    approve(minimum, approvals.map_or(&[], ApprovalList::times), candidate.created_at)
}

/// When the rollout clock of a class starts: the latest moment at which an approval rule began to
/// hold, or the version's creation if the class has none; `None` while none holds (SEMANTICS 8.5).
fn rollout_start(
    class: &Class,
    surroundings: &impl Surroundings,
    candidate: &Candidate,
    environment: EnvironmentIx,
) -> Option<SimTime> {
    let mut gated = false;
    let mut latest = None;
    let entries = class.policies.iter().filter_map(|&policy| surroundings.book().get(policy));
    for check in entries.flat_map(|entry| &entry.checks) {
        if let Check::Approval { minimum } = *check {
            gated = true;
            if let Approved::Since(at) = approved(surroundings, minimum, candidate, environment) {
                latest = latest.max(Some(at));
            }
        }
    }
    if gated { latest } else { Some(candidate.created_at) }
}
