//! Limits: how many places the groups of limited targets have free, and who is in line for them.
//!
//! Counted anew in each reconcile, of the groups that it may give places of; nothing is kept. Where a
//! place is free, all who are in line are looked at once more, because the first of them may go.
//!
//! Cost: a group that is touched costs its rows, some 2 ns each, and what is in line is evaluated when
//! a place is free. A fleet without limits pays one look at the rule book.

use bevy_ecs::error::Result;
use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::system::{Query, Res, ResMut, SystemParam};
use bevy_ecs::world::World;
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::fleet::catalogue::{Approvals, Registry, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::jobs::{Editions, Jobs};
use shakedown_engine::fleet::matrix::{
    Cohort, Cohorts, Holds, Key, Ledger, Plan, SHARDS, Sources, ones, shard_of,
};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{Deployment, DeploymentVersion, Environment, Resource};

use super::policies::{Applicability, Class};
use crate::rules::{Group, GroupPlaces, Members, Places, RuleBook, RuleLimit};

/// What holds a target that is in line.
const IN_LINE: u32 = Reason::ConcurrencyLimitWaiting.bit() | Reason::ConcurrencyLimitStopped.bit();

/// The targets, their limits, and where they stand.
#[derive(Debug, SystemParam)]
pub struct Limited<'w, 's> {
    /// Where targets are.
    pub cohorts: Res<'w, Cohorts>,
    /// Which limits there are.
    pub book: Res<'w, RuleBook>,
    /// Whom they apply to.
    pub applicability: Res<'w, Applicability>,
    sources: Res<'w, Sources>,
    pub(super) deployments: Stock<'w, 's, Deployment>,
    pub(super) names: Names<'w>,
    pub(super) jobs: Res<'w, Jobs>,
    /// Which version a release is of.
    pub editions: Res<'w, Editions>,
    pub(super) approvals: Res<'w, Approvals>,
    rows: Query<'w, 's, (&'static Key, &'static Ledger, &'static Plan, &'static Holds)>,
}

/// What keys of targets are made of, and versions.
#[derive(Debug, SystemParam)]
pub(super) struct Names<'w> {
    pub(super) resources: Res<'w, Registry<Resource>>,
    pub(super) environments: Res<'w, Registry<Environment>>,
    pub(super) versions: Res<'w, Registry<DeploymentVersion>>,
}

/// The rows of all shards as slices.
#[derive(Debug)]
pub struct LimitedRows<'a>([Rows<'a>; SHARDS]);

/// Some rows: their jobs, what they desire and what holds them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    pub(super) keys: &'a [Key],
    pub(super) ledgers: &'a [Ledger],
    plans: &'a [Plan],
    holds: &'a [Holds],
}

/// The rows of a group in one cohort.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) cohort: CohortIx,
    pub(super) class: &'a Class,
}

/// A row that is in line.
#[derive(Debug, Clone, Copy)]
pub struct InLine {
    /// Its cohort.
    pub cohort: CohortIx,
    /// Row in the cohort.
    pub row: u32,
    /// Which target it is.
    pub key: Key,
    /// What it desires.
    pub plan: Plan,
}

impl Limited<'_, '_> {
    /// Finds the columns. About 0.2 us per table.
    ///
    /// # Errors
    /// When a column of targets is not table-stored, as all are declared to be.
    pub fn rows(&self) -> Result<LimitedRows<'_>, QueryNotDenseError> {
        let mut shards = [Rows::default(); SHARDS];
        for (keys, ledgers, plans, holds) in self.rows.contiguous_iter()? {
            if let Some(shard) = shard_of(keys, &self.cohorts) {
                shards[shard.slot()] = Rows { keys, ledgers, plans, holds };
            }
        }
        Ok(LimitedRows(shards))
    }

    /// The group of the targets of a cohort under a limit.
    #[must_use]
    pub fn group(&self, limit: &RuleLimit, cohort: &Cohort) -> Group {
        Group::of(limit, cohort, &self.sources)
    }

    /// The groups of some cohorts, each with its places, all free.
    pub fn groups_of(&self, cohorts: impl Iterator<Item = CohortIx>, places: &mut GroupPlaces) {
        for ix in cohorts {
            let cohort = &self.cohorts[ix];
            for class in self.classes(ix) {
                for (_, limit) in self.book.limits(&class.policies) {
                    places.add(self.group(limit, cohort), Places::of(limit));
                }
            }
        }
    }

    /// Counts the processing jobs of a group, and tells who is in line, in the order of cohorts.
    pub fn count(&self, rows: &LimitedRows<'_>, group: &Group, in_line: &mut Vec<InLine>) -> u32 {
        let mut taken = 0;
        for Part { cohort: ix, class } in self.parts(group, self.cohorts_of(group)) {
            let cohort = &self.cohorts[ix];
            let Rows { keys, ledgers, plans, holds } = rows.of(cohort);
            for (first, (word, live)) in (0u32..).step_by(64).zip(cohort.live.iter().enumerate()) {
                for bit in ones(live & class.word(word)) {
                    let (row, at) = (first + bit, (first + bit) as usize);
                    taken += ledgers[at].active;
                    if holds[at].0 & IN_LINE != 0 {
                        in_line.push(InLine { cohort: ix, row, key: keys[at], plan: plans[at] });
                    }
                }
            }
        }
        taken
    }

    fn classes(&self, cohort: CohortIx) -> &[Class] {
        let is_live = self.cohorts[cohort].targets > 0;
        if is_live { self.applicability.classes(cohort) } else { &[] }
    }

    /// The cohorts in which rows of a group may be.
    fn cohorts_of(&self, group: &Group) -> impl Iterator<Item = CohortIx> + use<'_> {
        let some = match group.of {
            Members::Environment(it) => Some(self.cohorts.of_environment(it)),
            Members::Deployment(it) => Some(self.cohorts.of_deployment(it)),
            Members::Systems(_) | Members::All => None,
        };
        let all = some.is_none().then(|| self.cohorts.iter().map(|(ix, _)| ix));
        some.into_iter().flatten().copied().chain(all.into_iter().flatten())
    }

    /// Where the rows of a group are, of these cohorts.
    pub(super) fn parts<'a>(
        &'a self,
        group: &'a Group,
        cohorts: impl Iterator<Item = CohortIx> + 'a,
    ) -> impl Iterator<Item = Part<'a>> {
        cohorts.flat_map(move |ix| {
            let cohort = &self.cohorts[ix];
            let classes = self.classes(ix).iter().filter(move |class| {
                let mut limits = self.book.limits(&class.policies);
                limits.any(|(_, limit)| group.is_of(limit, cohort, &self.sources))
            });
            classes.map(move |class| Part { cohort: ix, class })
        })
    }
}

impl<'a> LimitedRows<'a> {
    pub(super) fn of(&self, cohort: &Cohort) -> Rows<'a> {
        let (it, rows) = (self.0[cohort.shard.slot()], cohort.rows());
        Rows {
            keys: &it.keys[rows.clone()],
            ledgers: &it.ledgers[rows.clone()],
            plans: &it.plans[rows.clone()],
            holds: &it.holds[rows],
        }
    }
}

/// Policies phase: counts the places of the groups of dirty targets, of all groups where targets may
/// have changed their group, and marks who is in line for a free one.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn count_places(world: &mut World) -> Result {
    // A fleet without limits need not even look for what counting reads.
    if !world.resource::<RuleBook>().has_limits() {
        return Ok(());
    }
    world.run_system_cached(count)?
}

fn count(
    changes: Res<Changes>,
    limited: Limited<'_, '_>,
    mut places: ResMut<GroupPlaces>,
    mut dirty: ResMut<Dirty>,
) -> Result {
    places.clear();
    let regroups = !(changes.policies.is_empty()
        && changes.resources.is_empty()
        && changes.environments.is_empty()
        && changes.deployments.is_empty());
    if regroups {
        limited.groups_of(limited.cohorts.iter().map(|(ix, _)| ix), &mut places);
    } else {
        limited.groups_of(dirty.cohorts().iter().copied(), &mut places);
    }
    // Who is in line for a free place may be in line for others, whose places then matter too.
    let rows = limited.rows()?;
    let (mut number, mut in_line) = (0, Vec::new());
    while let Some(group) = places.group(number) {
        in_line.clear();
        let is_told_more = group.stop.is_some();
        let taken = limited.count(&rows, group, &mut in_line);
        places.of(number).taken = taken;
        // Failures and approvals, too, may change what keeps who is in line.
        if places.of(number).free() > 0 || is_told_more {
            for it in &in_line {
                dirty.mark_row(&limited.cohorts, it.cohort, it.row);
            }
            let mut cohorts: Vec<CohortIx> = in_line.iter().map(|it| it.cohort).collect();
            cohorts.dedup();
            limited.groups_of(cohorts.into_iter(), &mut places);
        }
        number += 1;
    }
    Ok(())
}
