//! Dependency facts: which targets satisfy what others depend on (SEMANTICS 8.9, 8.10), kept as jobs
//! change.
//!
//! Vocabulary: a *demand* is a selector that rules or versions depend on, of any deployment (a rule's)
//! or of one (an edge's); a target *satisfies* it if the version of its current release does.
//!
//! Per demand there is one bit for every row of its cohorts, and per resource the number of these
//! bits. So whether another target of the resource satisfies it is one comparison, in however many
//! cohorts the resource is.
//!
//! Invariant: facts always equal asking every target anew (`tests/facts_equal_a_recount.rs`).
//! Editing or deleting a version changes none, since releases keep a copy of it.

use std::sync::Arc;

use bevy_ecs::error::Result;
use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, DeploymentIx, ResourceIx};
use shakedown_engine::base::row_set::{RowSlice, bit_of, rows_in, word_of};
use shakedown_engine::fleet::catalogue::Stock;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::matrix::{Cohort, MemberSet, TargetRef, words_for};
use shakedown_engine::model::{Deployment, DeploymentVersion};
use shakedown_engine::select::Selector;

use super::demands::{Demands, is_selected, satisfies};
use super::edges::Edges;
use super::histories::{Columns, Histories};

/// The facts of every demand.
#[derive(Debug, Resource)]
pub struct Satisfied {
    demands: FixedMap<DemandKey, Demand>,
    /// Number of jobs whose releases are taken into account.
    jobs: usize,
    /// Resources on which some demand may be satisfied otherwise than before the last refresh,
    /// ascending.
    touched: Vec<ResourceIx>,
}

/// Of which deployment, and the identity of the selector.
type DemandKey = (Option<DeploymentIx>, usize);

#[derive(Debug)]
struct Demand {
    of: Option<DeploymentIx>,
    selector: Selector,
    rows: FixedMap<CohortIx, Rows>,
    /// By resource index; shorter when nothing beyond satisfies.
    counts: Vec<u32>,
}

/// The satisfying targets of a cohort.
#[derive(Debug)]
struct Rows {
    /// One bit per row.
    words: Vec<u64>,
    /// The members that the rows were made for: others when rows have moved.
    base: Arc<MemberSet>,
}

impl Default for Satisfied {
    fn default() -> Self {
        Self { demands: fixed_map(), jobs: 0, touched: Vec::new() }
    }
}

/// A rule's dependency as the targets of one cohort see it.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'a> {
    own: &'a [u64],
    counts: &'a [u32],
}

impl Elsewhere<'_> {
    /// Whether another target of the resource in `row` satisfies the dependency.
    #[must_use]
    pub fn is_met(&self, row: usize, resource: ResourceIx) -> bool {
        let own = RowSlice::new(self.own).contains(row);
        count_of(self.counts, resource) > u32::from(own)
    }
}

/// An edge as the targets of one environment see it.
#[derive(Debug, Clone, Copy)]
pub struct Upstream<'a> {
    /// The other deployment's cohort in the same environment.
    here: Option<&'a Cohort>,
    words: &'a [u64],
    counts: &'a [u32],
}

impl Upstream<'_> {
    /// Whether the edge holds on a resource: the target in the same environment decides, without
    /// one any other.
    #[must_use]
    pub fn holds(&self, resource: ResourceIx) -> bool {
        match self.here.and_then(|cohort| cohort.live_position(resource)) {
            Some(row) => has_bit(self.words, row),
            None => count_of(self.counts, resource) > 0,
        }
    }
}

fn count_of(counts: &[u32], resource: ResourceIx) -> u32 {
    counts.get(resource.slot()).copied().unwrap_or(0)
}

fn has_bit(words: &[u64], row: u32) -> bool {
    RowSlice::new(words).contains(row as usize)
}

impl Satisfied {
    /// Who satisfies a rule's selector, seen from a cohort.
    #[must_use]
    pub fn elsewhere(&self, selector: &Selector, cohort: Option<CohortIx>) -> Elsewhere<'_> {
        let demand = self.demands.get(&(None, selector.identity()));
        Elsewhere {
            own: demand.zip(cohort).map_or(&[], |(it, cohort)| it.words(cohort)),
            counts: demand.map_or(&[], |it| &it.counts),
        }
    }

    /// Who satisfies the selector of an edge on a deployment, seen from an environment where that
    /// deployment has the cohort `here`.
    #[must_use]
    pub fn upstream<'a>(
        &'a self,
        on: DeploymentIx,
        selector: &Selector,
        here: Option<(CohortIx, &'a Cohort)>,
    ) -> Upstream<'a> {
        let demand = self.demands.get(&(Some(on), selector.identity()));
        Upstream {
            here: here.map(|(_, cohort)| cohort),
            words: demand.zip(here).map_or(&[], |(it, (cohort, _))| it.words(cohort)),
            counts: demand.map_or(&[], |it| &it.counts),
        }
    }

    /// Resources on which some demand may be satisfied otherwise than before the last refresh,
    /// ascending.
    #[must_use]
    pub fn touched(&self) -> &[ResourceIx] {
        &self.touched
    }
}

/// What is read to ask a target.
struct Asking<'a, 'w, 's> {
    histories: &'a Histories<'w, 's>,
    deployments: &'a Stock<'w, 's, Deployment>,
    columns: Columns<'a>,
}

/// Answers about versions of deployments; a version is known by where it is stored.
type Memo = FixedMap<(DeploymentIx, *const DeploymentVersion), bool>;

impl Demand {
    fn new(of: Option<DeploymentIx>, selector: &Selector) -> Self {
        Self { of, selector: selector.clone(), rows: fixed_map(), counts: Vec::new() }
    }

    fn words(&self, cohort: CohortIx) -> &[u64] {
        self.rows.get(&cohort).map_or(&[], |rows| &rows.words)
    }

    /// Whether the version of a row's current release satisfies the demand.
    fn ask(&self, asking: &Asking<'_, '_, '_>, memo: &mut Memo, cohort: &Cohort, row: u32) -> bool {
        if !cohort.is_live(row) {
            return false;
        }
        let ledger = &asking.columns.of(cohort).ledgers[row as usize];
        let Some(version) = asking.histories.running(ledger) else { return false };
        let key = (cohort.deployment, std::ptr::from_ref(version));
        *memo.entry(key).or_insert_with(|| match self.of {
            Some(_) => is_selected(&self.selector, version).unwrap_or(false),
            None => {
                let deployment = asking.deployments.get(cohort.deployment);
                deployment.is_some_and(|it| satisfies(&self.selector, it, version))
            }
        })
    }

    /// Asks some rows of a cohort anew; where the answer is another, the resource is touched.
    fn ask_rows(
        &mut self,
        asking: &Asking<'_, '_, '_>,
        memo: &mut Memo,
        ix: CohortIx,
        rows: impl Iterator<Item = u32>,
        touched: &mut Vec<ResourceIx>,
    ) {
        let cohort = &asking.histories.cohorts[ix];
        let keys = asking.columns.of(cohort).keys;
        for row in rows {
            let satisfied = self.ask(asking, memo, cohort, row);
            if satisfied == has_bit(self.words(ix), row) {
                continue;
            }
            let known = self.rows.entry(ix).or_insert_with(|| Rows {
                words: vec![0; words_for(cohort.capacity as usize)],
                base: Arc::clone(&cohort.base),
            });
            known.words[word_of(row as usize)] ^= bit_of(row as usize);
            let resource = keys[row as usize].resource;
            touched.push(resource);
            let count = self.count_mut(resource);
            *count = if satisfied { *count + 1 } else { *count - 1 };
        }
    }

    fn count_mut(&mut self, resource: ResourceIx) -> &mut u32 {
        if self.counts.len() <= resource.slot() {
            self.counts.resize(resource.slot() + 1, 0);
        }
        &mut self.counts[resource.slot()]
    }

    /// Asks the cohorts anew whose rows have moved; returns whether there were any. What a moved row
    /// was is not known, so that resources are counted anew too.
    fn follow_moves(
        &mut self,
        asking: &Asking<'_, '_, '_>,
        memo: &mut Memo,
        touched: &mut Vec<ResourceIx>,
    ) -> bool {
        let cohorts = &asking.histories.cohorts;
        let has_moved = |ix: CohortIx, rows: &mut Rows| !Arc::ptr_eq(&rows.base, &cohorts[ix].base);
        let moved: Vec<CohortIx> =
            self.rows.extract_if(|&ix, rows| has_moved(ix, rows)).map(|(ix, _)| ix).collect();
        if moved.is_empty() {
            return false;
        }
        let before = std::mem::take(&mut self.counts);
        for ix in self.rows.keys().copied().collect::<Vec<_>>() {
            let keys = asking.columns.of(&cohorts[ix]).keys;
            for word in 0..self.rows[&ix].words.len() {
                for row in rows_in(word, self.rows[&ix].words[word]) {
                    *self.count_mut(keys[row].resource) += 1;
                }
            }
        }
        for ix in moved {
            self.ask_rows(asking, memo, ix, 0..cohorts[ix].used(), &mut Vec::new());
        }
        let resources = (0..before.len().max(self.counts.len())).map(ResourceIx::at);
        touched.extend(resources.filter(|&it| count_of(&before, it) != count_of(&self.counts, it)));
        true
    }
}

/// Policies phase: brings the facts up to date with jobs, targets, deployments and demands.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn refresh_satisfied(
    changes: Res<Changes>,
    asked: Res<Demands>,
    dependencies: Res<Edges>,
    histories: Histories<'_, '_>,
    deployments: Stock<Deployment>,
    mut satisfied: ResMut<Satisfied>,
) -> Result {
    let matrix = &changes.targets;
    satisfied.touched.clear();
    let new_jobs = std::mem::replace(&mut satisfied.jobs, histories.jobs.0.len());
    let is_rewritten = !changes.policies.is_empty() || dependencies.is_changed();
    if satisfied.demands.is_empty() && !is_rewritten {
        return Ok(());
    }
    let Satisfied { demands, touched, .. } = &mut *satisfied;
    let cohorts = &histories.cohorts;

    // A further attempt at a release gives it another copy of its version.
    let retried = histories.jobs.0[new_jobs..].iter().filter(|job| job.attempt > 1);
    let moving = || matrix.added.iter().chain(&matrix.removed);
    let reported = changes.jobs.iter().map(|it| it.target);
    let mut targets: Vec<TargetRef> = reported.chain(moving().copied()).collect();
    targets.extend(retried.map(|job| job.target));
    let rows_may_move = !changes.resources.is_empty()
        || !changes.environments.is_empty()
        || !changes.deployments.is_empty();
    let edited = changes.deployments.iter().flat_map(|&it| cohorts.of_deployment(it));
    let whole: Vec<CohortIx> = matrix.fresh.iter().chain(edited).copied().collect();
    if !is_rewritten && !rows_may_move && targets.is_empty() && whole.is_empty() {
        return Ok(());
    }
    let asking =
        Asking { histories: &histories, deployments: &deployments, columns: histories.columns()? };
    let mut memo = fixed_map();
    for demand in demands.values_mut() {
        memo.clear();
        let of = demand.of;
        let concerns = |ix: CohortIx| of.is_none_or(|of| of == cohorts[ix].deployment);
        if rows_may_move && demand.follow_moves(&asking, &mut memo, touched) {
            touched.extend(changes.jobs.iter().map(|it| it.target.resource));
        }
        for target in &targets {
            let row = cohorts[target.cohort].position(target.resource);
            let row = row.filter(|_| concerns(target.cohort));
            demand.ask_rows(&asking, &mut memo, target.cohort, row.into_iter(), touched);
        }
        for &ix in whole.iter().filter(|&&ix| concerns(ix)) {
            demand.ask_rows(&asking, &mut memo, ix, 0..cohorts[ix].used(), touched);
        }
        // Where a target of the other deployment comes or goes, an edge looks elsewhere.
        if demand.of.is_some() {
            let moving = moving().filter(|target| concerns(target.cohort));
            touched.extend(moving.map(|target| target.resource));
            let fresh = matrix.fresh.iter().filter(|&&ix| concerns(ix));
            touched.extend(fresh.flat_map(|&ix| cohorts.live_members(ix)).map(|it| it.resource));
        }
    }
    touched.sort_unstable();
    touched.dedup();

    if is_rewritten {
        let rules = asked.selectors().iter().map(|selector| (None, selector));
        let edges = dependencies.edges();
        let edges = edges.filter_map(|it| Some((Some(it.on), it.selector.as_ref().ok()?)));
        let mut known = std::mem::replace(demands, fixed_map());
        for (of, selector) in rules.chain(edges) {
            let key = (of, selector.identity());
            if demands.contains_key(&key) {
                continue;
            }
            let demand = known.remove(&key).unwrap_or_else(|| {
                memo.clear();
                let mut demand = Demand::new(of, selector);
                let concerned = |it: &Cohort| of.is_none_or(|of| of == it.deployment);
                for (ix, cohort) in cohorts.iter().filter(|(_, it)| concerned(it)) {
                    demand.ask_rows(&asking, &mut memo, ix, 0..cohort.used(), &mut Vec::new());
                }
                demand
            });
            demands.insert(key, demand);
        }
    }
    Ok(())
}
