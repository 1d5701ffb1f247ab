//! Success facts: what environment progression reads of jobs (SEMANTICS 8.4), counted as jobs change.
//!
//! Vocabulary: a *success* is a completed job with a status that counts; the *span* of a target is
//! its first and its last success of one version.
//!
//! Invariants: facts are kept for the sets of statuses that rules name and for no other, so a fleet
//! without progression rules keeps none. They speak of existing targets only, and always equal a
//! recount of all jobs (`tests/facts_equal_a_recount.rs`).
//!
//! A job that succeeds widens the span of its target; only one that did and does no longer, or at another
//! time, costs a walk along its target's own chain. Nobody walks the chains of a cohort.

use bevy_ecs::error::Result;
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, JobIx, ResourceIx, VersionIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::change::{Changes, JobChange};
use shakedown_engine::fleet::jobs::chain;
use shakedown_engine::fleet::matrix::{PolicyColumns, TargetRef};
use smallvec::SmallVec;

use super::demands::{Demands, StatusSet};
use super::histories::{Columns, Histories};

/// What happened to a version in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuccessFacts<'a> {
    /// Number of existing targets.
    pub targets: u32,
    /// Per target with a success: the earliest completion; ascending.
    pub firsts: &'a [SimTime],
    /// The latest completion of any success; unset without one.
    pub last: SimTime,
}

/// The success facts of every cohort.
#[derive(Debug, Default, Resource)]
pub struct Successes {
    counts: Vec<Count>,
    /// The facts that changed in the last refresh, each once.
    touched: Vec<Touched>,
    /// Cohorts that had targets come or go, ascending.
    resized: Vec<CohortIx>,
}

/// Successes of a version in a cohort that came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Which statuses count.
    pub statuses: StatusSet,
    /// Where.
    pub cohort: CohortIx,
    /// Of which version.
    pub version: VersionIx,
    /// Whether there were none before.
    pub are_first: bool,
}

/// The facts under one set of statuses.
#[derive(Debug)]
struct Count {
    statuses: StatusSet,
    cohorts: IxVec<CohortIx, Versions>,
    /// Facts that are to be put in order.
    loose: Vec<(CohortIx, VersionIx)>,
}

/// The successes in a cohort by version.
#[derive(Debug)]
struct Versions(FixedMap<VersionIx, Spans>);

impl Default for Versions {
    fn default() -> Self {
        Self(fixed_map())
    }
}

/// The successes of one version in one cohort.
#[derive(Debug)]
struct Spans {
    /// By resource, so that rows may move.
    spans: FixedMap<ResourceIx, Span>,
    /// The first successes, ascending but for those added since they were put in order.
    firsts: Vec<SimTime>,
    /// How many are in order.
    ordered: usize,
    /// First successes that are still in `firsts` and are to be taken out.
    gone: Vec<SimTime>,
    last: SimTime,
    /// Whether the last success may be gone.
    last_is_gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: SimTime,
    last: SimTime,
}

impl Successes {
    /// The successes of a version in a cohort that has `targets` targets.
    ///
    /// # Panics
    /// When no enabled rule names this set of statuses.
    #[must_use]
    pub fn of(
        &self,
        statuses: StatusSet,
        cohort: CohortIx,
        version: VersionIx,
    ) -> (&[SimTime], SimTime) {
        let spans = self.versions_of(statuses, cohort).and_then(|it| it.0.get(&version));
        spans.map_or((&[], SimTime::UNSET), |it| (&it.firsts, it.last))
    }

    /// The versions of which there are or were successes in a cohort, in no order.
    pub fn versions(
        &self,
        statuses: StatusSet,
        cohort: CohortIx,
    ) -> impl Iterator<Item = VersionIx> {
        let versions = self.versions_of(statuses, cohort).into_iter();
        versions.flat_map(|it| it.0.keys().copied())
    }

    fn versions_of(&self, statuses: StatusSet, cohort: CohortIx) -> Option<&Versions> {
        let count = self.counts.iter().find(|it| it.statuses == statuses);
        count.expect("the statuses that rules name are counted").cohorts.get(cohort)
    }

    /// The successes that came or went in the last refresh: of a version in a cohort, each once.
    #[must_use]
    pub fn touched(&self) -> &[Touched] {
        &self.touched
    }

    /// The cohorts that had targets come or go before the last refresh, ascending: another share of them
    /// may have succeeded.
    #[must_use]
    pub fn resized(&self) -> &[CohortIx] {
        &self.resized
    }
}

impl Spans {
    fn new() -> Self {
        Self {
            spans: fixed_map(),
            firsts: Vec::new(),
            ordered: 0,
            gone: Vec::new(),
            last: SimTime::UNSET,
            last_is_gone: false,
        }
    }

    /// Sets the span of a target; returns whether that changes anything.
    fn put(&mut self, resource: ResourceIx, span: Option<Span>) -> bool {
        let old = match span {
            Some(span) => self.spans.insert(resource, span),
            None => self.spans.remove(&resource),
        };
        if old == span {
            return false;
        }
        if let Some(old) = old {
            self.gone.push(old.first);
            self.last_is_gone |= old.last == self.last;
        }
        if let Some(span) = span {
            self.firsts.push(span.first);
            self.last = self.last.max(span.last);
        }
        true
    }

    fn settle(&mut self) {
        if self.firsts.len() - self.ordered <= FEW {
            // As reports come, one by one and mostly in order.
            for at in self.ordered..self.firsts.len() {
                let (before, rest) = self.firsts.split_at(at);
                let place = before.partition_point(|known| *known <= rest[0]);
                self.firsts[place..=at].rotate_right(1);
            }
        } else {
            // Stable, because that takes what is in order already as one run.
            self.firsts.sort();
        }
        self.gone.sort_unstable();
        let mut gone = self.gone.drain(..).peekable();
        if gone.peek().is_some() {
            self.firsts.retain(|first| gone.next_if_eq(first).is_none());
        }
        if std::mem::take(&mut self.last_is_gone) {
            let lasts = self.spans.values().map(|span| span.last);
            self.last = lasts.max().unwrap_or(SimTime::UNSET);
        }
        self.ordered = self.firsts.len();
    }
}

/// So many successes are put in their places one by one.
const FEW: usize = 8;

impl Count {
    fn new(statuses: StatusSet) -> Self {
        Self { statuses, cohorts: IxVec::new(), loose: Vec::new() }
    }

    /// Counts a job that changed.
    fn follow(&mut self, histories: &Histories<'_, '_>, change: JobChange, head: JobIx) {
        let JobChange { target, job, before } = change;
        let counted = |status, at: SimTime| at.get().filter(|_| self.statuses.contains(status));
        let job = histories.jobs.0[job.slot()];
        let was = before.and_then(|(status, at)| counted(status, at));
        match (was, counted(job.status, job.completed_at)) {
            (None, None) => {}
            (None, Some(at)) => {
                if histories.cohorts[target.cohort].live_position(target.resource).is_some() {
                    let key = (target.cohort, histories.editions.version(job.edition));
                    let spans = self.spans(key);
                    let span = spans.spans.get(&target.resource);
                    let span = span.map_or(Span { first: at, last: at }, |it| Span {
                        first: it.first.min(at),
                        last: it.last.max(at),
                    });
                    if spans.put(target.resource, Some(span)) {
                        self.loose.push(key);
                    }
                }
            }
            (Some(_), _) => self.recount(histories, target, head),
        }
    }

    /// Counts a target anew, from the chain of its jobs; what is different then is loose.
    fn recount(&mut self, histories: &Histories<'_, '_>, target: TargetRef, head: JobIx) {
        let is_live = histories.cohorts[target.cohort].live_position(target.resource).is_some();
        let counts = |status| is_live && self.statuses.contains(status);
        let mut jobs: SmallVec<[(VersionIx, SimTime); 8]> = chain(&histories.jobs.0, head)
            .map(|(_, job)| {
                let at = if counts(job.status) { job.completed_at } else { SimTime::UNSET };
                (histories.editions.version(job.edition), at)
            })
            .collect();
        jobs.sort_unstable();
        for jobs in jobs.chunk_by(|a, b| a.0 == b.0) {
            let mut times = jobs.iter().filter_map(|(_, at)| at.get());
            let first = times.next();
            let span = first.map(|first| Span { first, last: times.next_back().unwrap_or(first) });
            let key = (target.cohort, jobs[0].0);
            if span.is_none() && self.known(key).is_none() {
                continue;
            }
            let spans = self.spans(key);
            if spans.put(target.resource, span) {
                self.loose.push(key);
            }
        }
    }

    /// Puts what is loose in order, and tells of it.
    fn settle(&mut self, touched: &mut Vec<Touched>) {
        self.loose.sort_unstable();
        self.loose.dedup();
        for key in self.loose.drain(..) {
            let (statuses, (cohort, version)) = (self.statuses, key);
            let spans = self.cohorts.get_mut(cohort).and_then(|it| it.0.get_mut(&version));
            if let Some(spans) = spans {
                let are_first = spans.ordered == 0;
                touched.push(Touched { statuses, cohort, version, are_first });
                spans.settle();
            }
        }
    }

    fn known(&self, (cohort, version): (CohortIx, VersionIx)) -> Option<&Spans> {
        self.cohorts.get(cohort)?.0.get(&version)
    }

    /// The successes of a version in a cohort, to write.
    fn spans(&mut self, (cohort, version): (CohortIx, VersionIx)) -> &mut Spans {
        self.cohorts.slot(cohort).0.entry(version).or_insert_with(Spans::new)
    }
}

/// Policies phase: brings the facts up to date with jobs, targets and rules.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn refresh_successes(
    changes: Res<Changes>,
    demands: Res<Demands>,
    histories: Histories<'_, '_>,
    mut successes: ResMut<Successes>,
) -> Result {
    let matrix = &changes.targets;
    let Successes { counts, touched, resized } = &mut *successes;
    touched.clear();
    resized.clear();
    if !changes.policies.is_empty() {
        counts.retain(|count| demands.statuses().contains(&count.statuses));
    }
    let cohorts = &histories.cohorts;
    let is_quiet = changes.jobs.is_empty() && matrix.is_empty();
    if !counts.is_empty() && !is_quiet {
        let columns = histories.columns()?;
        let moved = || matrix.added.iter().chain(&matrix.removed);
        let fresh = || matrix.fresh.iter().copied();
        for count in &mut *counts {
            for &change in &changes.jobs {
                count.follow(&histories, change, histories.head(&columns, change.target));
            }
            for &target in moved() {
                count.recount(&histories, target, histories.head(&columns, target));
            }
            fresh().for_each(|cohort| count_cohort(count, &histories, &columns, cohort));
            count.settle(touched);
        }
        // A share of the targets is another number when their number is.
        let joined = moved().map(|target| target.cohort).chain(fresh());
        resized.extend(joined);
        resized.sort_unstable();
        resized.dedup();
    }
    if !changes.policies.is_empty() {
        let is_unknown = |it: &&StatusSet| !counts.iter().any(|count| count.statuses == **it);
        let unknown: Vec<StatusSet> =
            demands.statuses().iter().filter(is_unknown).copied().collect();
        let columns = histories.columns()?;
        for statuses in unknown {
            let mut count = Count::new(statuses);
            cohorts.iter().for_each(|(it, _)| count_cohort(&mut count, &histories, &columns, it));
            // Whoever asks for them is looked at because of the policy.
            count.settle(&mut Vec::new());
            counts.push(count);
        }
    }
    Ok(())
}

/// Counts every target of a cohort that has a row.
fn count_cohort(
    count: &mut Count,
    histories: &Histories<'_, '_>,
    columns: &Columns<'_>,
    ix: CohortIx,
) {
    let cohort = &histories.cohorts[ix];
    let PolicyColumns { keys, ledgers } = columns.of(cohort);
    for (key, ledger) in keys.iter().zip(ledgers) {
        if ledger.head.is_some() {
            let target = TargetRef { cohort: ix, resource: key.resource };
            count.recount(histories, target, ledger.head);
        }
    }
}
