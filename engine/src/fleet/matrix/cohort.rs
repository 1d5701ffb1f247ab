//! Cohorts: where the targets of each (deployment, environment) are, and which rows are live.

use std::ops::Range;
use std::sync::Arc;

use bevy_ecs::resource::Resource;

use super::{Key, MemberSet, ShardIx, TargetRef};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{CohortIx, DeploymentIx, EnvironmentIx, ResourceIx, VersionIx};
use crate::base::ix_vec::IxVec;
use crate::base::row_set::{RowSet, words_for};

/// The targets of one deployment in one environment.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// The deployment.
    pub deployment: DeploymentIx,
    /// The environment.
    pub environment: EnvironmentIx,
    /// The table that holds the rows.
    pub shard: ShardIx,
    /// First row in the table.
    pub start: u32,
    /// Rows reserved in the table.
    pub capacity: u32,
    /// Members as of the last rebuild, in the first rows.
    pub base: Arc<MemberSet>,
    /// Members that joined since, by resource, with their position.
    pub late: Vec<(ResourceIx, u32)>,
    /// The rows whose target exists.
    pub live: RowSet,
    /// Number of live rows.
    pub targets: u32,
    /// Per version that was released here, ascending: the rows whose target has a release record of it.
    pub released: Vec<(VersionIx, RowSet)>,
    /// Changes whenever a target joins, leaves or moves.
    pub generation: u64,
}

impl Cohort {
    /// A cohort without rows.
    #[must_use]
    pub fn new(deployment: DeploymentIx, environment: EnvironmentIx, shard: ShardIx) -> Self {
        Self {
            deployment,
            environment,
            shard,
            start: 0,
            capacity: 0,
            base: Arc::new(MemberSet::from_sorted(Vec::new())),
            late: Vec::new(),
            live: RowSet::new(),
            targets: 0,
            released: Vec::new(),
            generation: 0,
        }
    }

    /// Rows in use, live or retired; the rest of the capacity is vacant.
    ///
    /// # Panics
    /// When there are 2^32 rows or more, which memory does not hold.
    #[must_use]
    pub fn used(&self) -> u32 {
        u32::try_from(self.base.len() + self.late.len()).expect("a cohort has fewer than 2^32 rows")
    }

    /// The words of a set of its rows in use.
    #[must_use]
    pub fn words(&self) -> usize {
        words_for(self.used() as usize)
    }

    /// The rows of the table that are in use.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.start as usize..(self.start + self.used()) as usize
    }

    /// Position of a resource's row in the cohort, whether its target is live or retired.
    #[must_use]
    pub fn position(&self, resource: ResourceIx) -> Option<u32> {
        self.base.rank(resource).or_else(|| {
            let at = self.late.binary_search_by_key(&resource, |&(member, _)| member).ok()?;
            Some(self.late[at].1)
        })
    }

    /// Position of a live target.
    #[must_use]
    pub fn live_position(&self, resource: ResourceIx) -> Option<u32> {
        self.position(resource).filter(|&at| self.is_live(at))
    }

    /// Whether the row at `position` holds an existing target.
    #[must_use]
    pub fn is_live(&self, position: u32) -> bool {
        self.live.contains(position as usize)
    }

    /// The rows with a release record of `version`, if any has one.
    #[must_use]
    pub fn released(&self, version: VersionIx) -> Option<&[u64]> {
        // The newest is asked for most.
        let (newest, rows) = self.released.last()?;
        if *newest == version {
            return Some(rows);
        }
        let at = self.released.binary_search_by_key(&version, |(known, _)| *known).ok()?;
        Some(&self.released[at].1)
    }

    /// The same to write, created without rows when missing.
    pub fn released_mut(&mut self, version: VersionIx) -> &mut RowSet {
        let at = self.released.binary_search_by_key(&version, |(known, _)| *known);
        let at = at.unwrap_or_else(|at| {
            self.released.insert(at, (version, RowSet::for_rows(self.capacity as usize)));
            at
        });
        &mut self.released[at].1
    }

    /// The versions with a release record on the row at `position`.
    #[must_use]
    pub(super) fn released_versions(&self, position: u32) -> Vec<VersionIx> {
        self.released
            .iter()
            .filter(|(_, rows)| rows.contains(position as usize))
            .map(|(version, _)| *version)
            .collect()
    }

    /// Marks the row at `position` live or retired; returns whether that changed anything.
    pub fn set_live(&mut self, position: u32, live: bool) -> bool {
        let changed = self.live.set(position as usize, live);
        if changed {
            self.targets = if live { self.targets + 1 } else { self.targets - 1 };
            self.generation += 1;
        }
        changed
    }
}

/// All cohorts of the world. A pair keeps its index for good, as jobs refer to it.
#[derive(Debug, Default, Resource)]
pub struct Cohorts {
    list: IxVec<CohortIx, Cohort>,
    by_pair: Pairs,
    by_deployment: IxVec<DeploymentIx, Vec<CohortIx>>,
    by_environment: IxVec<EnvironmentIx, Vec<CohortIx>>,
}

#[derive(Debug)]
struct Pairs(FixedMap<(DeploymentIx, EnvironmentIx), CohortIx>);

impl Default for Pairs {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Cohorts {
    /// The cohort of a pair, if the pair ever had targets.
    #[must_use]
    pub fn find(&self, deployment: DeploymentIx, environment: EnvironmentIx) -> Option<CohortIx> {
        self.by_pair.0.get(&(deployment, environment)).copied()
    }

    /// The cohort of a pair, new and without rows if it had none; it must lie in `shard`.
    pub(super) fn find_or_add(
        &mut self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        shard: ShardIx,
    ) -> CohortIx {
        if let Some(known) = self.find(deployment, environment) {
            return known;
        }
        let added = self.list.push(Cohort::new(deployment, environment, shard));
        self.by_pair.0.insert((deployment, environment), added);
        self.by_deployment.slot(deployment).push(added);
        self.by_environment.slot(environment).push(added);
        added
    }

    /// Number of cohorts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Every cohort with its index.
    pub fn iter(&self) -> impl Iterator<Item = (CohortIx, &Cohort)> {
        self.list.iter()
    }

    /// The cohorts of a deployment, in the order in which they first had targets.
    #[must_use]
    pub fn of_deployment(&self, deployment: DeploymentIx) -> &[CohortIx] {
        self.by_deployment.get(deployment).map_or(&[], Vec::as_slice)
    }

    /// The cohorts of an environment, in the order in which they first had targets.
    #[must_use]
    pub fn of_environment(&self, environment: EnvironmentIx) -> &[CohortIx] {
        self.by_environment.get(environment).map_or(&[], Vec::as_slice)
    }

    /// The existing targets of a cohort: those of the last rebuild in resource order, then the rest.
    pub fn live_members(&self, cohort: CohortIx) -> impl Iterator<Item = TargetRef> + '_ {
        let it = &self[cohort];
        let late = it.late.iter().map(|&(resource, _)| resource);
        it.base
            .iter()
            .chain(late)
            .filter(|&resource| it.live_position(resource).is_some())
            .map(move |resource| TargetRef { cohort, resource })
    }

    /// Number of targets in the world.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.list.iter().map(|(_, cohort)| cohort.targets as usize).sum()
    }
}

impl std::ops::Index<CohortIx> for Cohorts {
    type Output = Cohort;

    fn index(&self, cohort: CohortIx) -> &Cohort {
        &self.list[cohort]
    }
}

impl std::ops::IndexMut<CohortIx> for Cohorts {
    fn index_mut(&mut self, cohort: CohortIx) -> &mut Cohort {
        &mut self.list[cohort]
    }
}

/// The shard of a table, known from any of its rows.
#[must_use]
pub fn shard_of(keys: &[Key], cohorts: &Cohorts) -> Option<ShardIx> {
    keys.first().map(|key| cohorts[key.cohort].shard)
}
