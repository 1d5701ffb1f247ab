//! Giving places: which of the eligible rows may start now, where limits say how many jobs may be
//! processing at once.
//!
//! One place after another, over all cohorts, in rollout order: by the order hash of SEMANTICS 8.5 of
//! the target and the version that it desires. A job that is not asked takes a place all the same.
//!
//! Invariant: what is given does not depend on threads, nor on which rows are dirty, since whoever is
//! in line for a free place is.

use bevy_ecs::system::{Res, ResMut, SystemParam};
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::base::row_set::{bit_of, word_of};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::{Sources, State, TargetRows};
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::model::{Deployment, Environment};

use super::Task;
use crate::facts::{KeyHashes, Ranked, Waivers};
use crate::rules::{Group, GroupPlaces, RuleBook, RuleLimit, is_waived};

/// What giving places reads and writes.
#[derive(Debug, SystemParam)]
pub struct Giving<'w> {
    book: Res<'w, RuleBook>,
    places: ResMut<'w, GroupPlaces>,
    waivers: Res<'w, Waivers>,
    key_hashes: Res<'w, KeyHashes>,
    environments: Res<'w, Registry<Environment>>,
    deployments: Res<'w, Registry<Deployment>>,
    sources: Res<'w, Sources>,
}

/// A limit of a class, and the number of the group under it.
type ClassLimit<'a> = (usize, PolicyIx, &'a RuleLimit);

/// An eligible row that asks for places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    hash: u64,
    task: usize,
    /// Which of the eligible rows.
    at: usize,
    class: usize,
}

impl Giving<'_> {
    /// Whether there are limits at all.
    pub(super) fn is_limited(&self) -> bool {
        self.book.has_limits()
    }

    /// Takes rows that get no place from the eligible ones, and puts them where they stand.
    pub(super) fn give<R: TargetRows>(&mut self, tasks: &mut [Task<'_, R>], now: SimTime) {
        let Self { book, places, waivers, .. } = self;
        let book: &RuleBook = book;
        let limits: Vec<Vec<Vec<ClassLimit<'_>>>> = tasks
            .iter()
            .map(|task| {
                let of_class = |policies| {
                    let limits = book.limits(policies).filter_map(|(policy, limit)| {
                        let group = Group::of(limit, task.cohort, &self.sources);
                        Some((places.number(&group)?, policy, limit))
                    });
                    limits.collect()
                };
                task.classes.iter().map(|class| of_class(&class.policies)).collect()
            })
            .collect();
        let mut claims = Vec::new();
        for (number, (task, limits)) in tasks.iter().zip(&limits).enumerate() {
            if limits.iter().all(Vec::is_empty) {
                continue;
            }
            let environment = self.environments.id(task.cohort.environment);
            let deployment = self.deployments.id(task.cohort.deployment);
            let rest = format!("{environment}-{deployment}");
            let hashes = order_hashes(&self.key_hashes, &rest, task);
            for (at, hash) in hashes.into_iter().enumerate() {
                let row = task.eligible[at].row;
                // A job without an agent is not processing.
                if task.agentless.has(row as usize) {
                    continue;
                }
                let class = task.classes.iter().position(|class| class.contains(row as usize));
                let Some(class) = class.filter(|&class| !limits[class].is_empty()) else {
                    continue;
                };
                if task.redeploys.contains(&row) {
                    limits[class].iter().for_each(|&(group, ..)| places.of(group).taken += 1);
                } else {
                    claims.push(Claim { hash, task: number, at, class });
                }
            }
        }
        claims.sort_unstable();
        // The first limit that keeps a claim from a job, and why.
        let keeps = |tasks: &[Task<'_, R>], places: &mut GroupPlaces, claim: Claim| {
            let task = &tasks[claim.task];
            let it = task.eligible[claim.at];
            let version = task.candidates[it.candidate as usize].version;
            let waivers = waivers.of(version);
            let place = (task.cohort.environment, task.rows.key(it.row as usize).resource);
            let mut limits = limits[claim.task][claim.class].iter();
            limits.find_map(|&(group, policy, limit)| {
                let reason = if places.is_stopped(group, version) {
                    Reason::ConcurrencyLimitStopped
                } else if places.of(group).free() == 0 {
                    Reason::ConcurrencyLimitWaiting
                } else {
                    return None;
                };
                (!is_waived(waivers, (policy, limit), place, now)).then_some(reason)
            })
        };
        let mut kept = Vec::new();
        for claim in claims {
            if keeps(tasks, places, claim).is_some() {
                kept.push(claim);
                continue;
            }
            let limits = limits[claim.task][claim.class].iter();
            limits.for_each(|&(group, ..)| places.of(group).taken += 1);
        }
        // What is told of them is what keeps them when all is given, as a record finds it.
        let mut in_line: Vec<Vec<(usize, Reason)>> = vec![Vec::new(); tasks.len()];
        for claim in kept {
            let reason = keeps(tasks, places, claim).unwrap_or(Reason::ConcurrencyLimitWaiting);
            in_line[claim.task].push((claim.at, reason));
        }
        for (task, mut in_line) in tasks.iter_mut().zip(in_line) {
            in_line.sort_unstable();
            put_in_line(task, &in_line);
        }
    }
}

/// Takes rows from the eligible ones, by their places in that list, ascending.
fn put_in_line<R>(task: &mut Task<'_, R>, in_line: &[(usize, Reason)]) {
    for &(at, reason) in in_line {
        let it = task.eligible[at];
        let (word, bit) = (word_of(it.row as usize), bit_of(it.row as usize));
        task.outcomes.reasons.remove(Reason::ActiveJob, word, bit);
        task.outcomes.reasons.add(reason, word, bit);
        let mut holds = task.verdict.holds().filter(|(_, rows)| rows.word(word) & bit != 0);
        let is_denied = holds.any(|(reason, _)| reason.verdict() == Verdict::Denied);
        let is_newest = it.candidate == 0;
        let state = if is_denied && !is_newest { State::Blocked } else { State::Waiting };
        task.outcomes.place(word, bit, state);
    }
    let mut at = 0..;
    let stays = |at| in_line.binary_search_by_key(&at, |it| it.0).is_err();
    task.eligible.retain(|_| at.next().is_some_and(stays));
}

/// The order hashes of the eligible rows of a cohort, whose targets' keys end with `rest`.
fn order_hashes<R: TargetRows>(key_hashes: &KeyHashes, rest: &str, task: &Task<'_, R>) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(task.eligible.len());
    let keys = task.eligible.iter().map(|it| task.rows.key(it.row as usize));
    key_hashes.extend_over(rest, keys, &mut hashes);
    let rows = task.eligible.iter().zip(&hashes);
    let mut ranked: Vec<Ranked> = rows.map(|(it, &hash)| Ranked { hash, row: it.row }).collect();
    let mut from = 0;
    for of_version in task.eligible.chunk_by(|a, b| a.candidate == b.candidate) {
        let candidate = &task.candidates[of_version[0].candidate as usize];
        candidate.continue_hashes(&mut ranked[from..from + of_version.len()]);
        from += of_version.len();
    }
    ranked.into_iter().map(|it| it.hash).collect()
}
