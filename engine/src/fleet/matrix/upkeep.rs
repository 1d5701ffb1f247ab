//! The target matrix: which targets exist, kept equal to its definition (SEMANTICS 4.1) as
//! resources, environments and deployments come, change and go.
//!
//! Vocabulary: see [`super::sources`].

use std::cell::RefCell;
use std::sync::Arc;

use bevy_ecs::world::{Mut, World};
use fixedbitset::FixedBitSet;

use super::rebuild::{Joining, rebuild_shard};
use super::room::{Room, Wanted};
use super::sources::{Source, Sources, Stale};
use super::{
    Cohorts, Departed, MemberSet, Plan, ShardIx, Shards, State, Tables, TargetRef, TargetRow,
};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{CohortIx, DeploymentIx, EnvironmentIx, ResourceIx};
use crate::fleet::catalogue::{SelectionIx, Selections};

/// How a refresh changed the matrix.
#[derive(Debug, Default, Clone)]
pub struct TargetChanges {
    /// Targets that joined cohorts that had rows before.
    pub added: Vec<TargetRef>,
    /// Cohorts all of whose targets are new.
    pub fresh: Vec<CohortIx>,
    /// Targets that vanished.
    pub removed: Vec<TargetRef>,
    /// Cohorts that had rows before and of which some row has another position now.
    pub moved: Vec<CohortIx>,
}

impl TargetChanges {
    /// Whether no target came or went.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.fresh.is_empty() && self.removed.is_empty()
    }

    /// Number of targets that came.
    #[must_use]
    pub fn added_count(&self, cohorts: &Cohorts) -> usize {
        let fresh: usize = self.fresh.iter().map(|&cohort| cohorts[cohort].targets as usize).sum();
        self.added.len() + fresh
    }
}

/// Brings the matrix up to date with the selections, which must be refreshed already.
///
/// A changed resource costs a few nanoseconds per pair, a changed environment or deployment a few
/// per member of its pairs; shards that must grow are rebuilt.
///
/// # Panics
/// When cohorts and rows are out of step, which only this module and rebuilding shards move.
pub(crate) fn refresh_matrix(world: &mut World, stale: Stale<'_>) -> TargetChanges {
    world.resource_scope(|world, mut cohorts: Mut<Cohorts>| {
        let (mut change, pending) = match compare(world, &cohorts, stale) {
            Ok(compared) => compared,
            Err(wanted) => {
                world.resource_mut::<Room>().refuse(wanted);
                return TargetChanges::default();
            }
        };
        for target in &change.removed {
            let cohort = &mut cohorts[target.cohort];
            let position =
                cohort.live_position(target.resource).expect("removed targets were live");
            cohort.set_live(position, false);
        }
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            world.resource_scope(|world, mut shards: Mut<Shards>| {
                world.resource_scope(|world, mut departed: Mut<Departed>| {
                    let mut joining = join_in_place(
                        world,
                        &mut tables,
                        &mut cohorts,
                        &mut departed,
                        &change.added,
                    );
                    clear_retired(world, &mut tables, &cohorts, &change.removed);
                    change.fresh = place(&mut cohorts, &mut shards, pending, &mut joining);
                    let mut grown: Vec<ShardIx> =
                        joining.keys().map(|&cohort| cohorts[cohort].shard).collect();
                    grown.sort_unstable();
                    grown.dedup();
                    for shard in grown {
                        change.moved.extend(rebuild_shard(
                            world,
                            &mut tables,
                            &mut cohorts,
                            &mut shards,
                            &mut departed,
                            shard,
                            &mut joining,
                        ));
                    }
                });
            });
        });
        change
    })
}

/// Rebuilds shards that targets vanished from and of which more than a quarter of the rows are
/// retired or spare.
pub(crate) fn compact_shards(world: &mut World, change: &mut TargetChanges) {
    if change.removed.is_empty() {
        return;
    }
    world.resource_scope(|world, mut cohorts: Mut<Cohorts>| {
        world.resource_scope(|world, mut tables: Mut<Tables>| {
            world.resource_scope(|world, mut shards: Mut<Shards>| {
                world.resource_scope(|world, mut departed: Mut<Departed>| {
                    let wasteful: Vec<ShardIx> = shards
                        .iter()
                        .filter(|(_, shard)| {
                            let cohorts_of = |&it| cohorts.of_deployment(it).iter();
                            let live: usize = shard
                                .deployments
                                .iter()
                                .flat_map(cohorts_of)
                                .map(|&cohort| cohorts[cohort].targets as usize)
                                .sum();
                            shard.rows > 0 && live * 4 + MIN_WASTE < shard.rows * 3
                        })
                        .map(|(shard, _)| shard)
                        .collect();
                    for shard in wasteful {
                        change.moved.extend(rebuild_shard(
                            world,
                            &mut tables,
                            &mut cohorts,
                            &mut shards,
                            &mut departed,
                            shard,
                            &mut fixed_map(),
                        ));
                    }
                });
            });
        });
    });
}

/// Retired rows below this number are not worth a rebuild.
const MIN_WASTE: usize = 256;
/// A pair without rows that now has members.
type NewPair = (DeploymentIx, EnvironmentIx, Arc<MemberSet>);

/// Finds joined and vanished targets, and pairs that had no row so far.
///
/// # Errors
/// When there would be more than there is room for.
fn compare(
    world: &World,
    cohorts: &Cohorts,
    stale: Stale<'_>,
) -> Result<(TargetChanges, Vec<NewPair>), Wanted> {
    let most = world.resource::<Room>().most;
    let sources = world.resource::<Sources>();
    let selections = world.resource::<Selections>();
    let mut change = TargetChanges::default();
    let mut new_pairs = Vec::new();
    let (resources, environments, deployments) =
        (sorted(stale.resources), sorted(stale.environments), sorted(stale.deployments));
    let is_stale = |deployment: DeploymentIx, environment: EnvironmentIx| {
        deployments.binary_search(&deployment).is_ok()
            || environments.binary_search(&environment).is_ok()
    };

    // A pair that can no longer combine loses all its targets.
    let of_deployments = deployments.iter().flat_map(|&it| cohorts.of_deployment(it));
    let of_environments = environments.iter().flat_map(|&it| cohorts.of_environment(it));
    let mut touched: Vec<CohortIx> = of_deployments.chain(of_environments).copied().collect();
    touched.sort_unstable();
    touched.dedup();
    for &ix in &touched {
        if sources.selections(cohorts[ix].deployment, cohorts[ix].environment).is_none() {
            change.removed.extend(cohorts.live_members(ix));
        }
    }
    // Pairs of which a half selects nothing have no targets; thousands of each kind may be empty. Those that
    // had some are looked at all the same.
    let known: RefCell<FixedMap<SelectionIx, bool>> = RefCell::new(fixed_map());
    let selects = |source: &Source| {
        source.selection.is_some_and(|it| {
            *known.borrow_mut().entry(it).or_insert_with(|| !selections.bits(it).is_clear())
        })
    };
    let mut sets: FixedMap<(SelectionIx, SelectionIx), Arc<MemberSet>> = fixed_map();
    let (mut pairs, seated) = match resources.as_slice() {
        [] => (sources.stale_pairs(stale, selects), touched),
        _ => (sources.all_pairs(most, selects)?, cohorts.iter().map(|(ix, _)| ix).collect()),
    };
    let emptied = seated.into_iter().map(|ix| &cohorts[ix]).filter(|it| it.targets > 0);
    let emptied = emptied.map(|it| (it.deployment, it.environment)).filter(|&(of, within)| {
        let halves = (sources.deployment(of), sources.environment(within));
        !(halves.0.is_some_and(selects) && halves.1.is_some_and(selects))
    });
    let before = pairs.len();
    pairs.extend(emptied);
    if pairs.len() > before {
        pairs.sort_unstable();
    }
    let mut joining = 0;
    for (deployment, environment) in pairs {
        let Some(selected) = sources.selections(deployment, environment) else { continue };
        let (by_deployment, by_environment) =
            (selections.bits(selected.0), selections.bits(selected.1));
        let wanted = |resource: ResourceIx| {
            by_deployment.contains(resource.slot()) && by_environment.contains(resource.slot())
        };
        let existing = cohorts.find(deployment, environment);
        match existing.filter(|&cohort| cohorts[cohort].capacity > 0) {
            None => {
                let mut any = is_stale(deployment, environment);
                any = any || resources.iter().any(|&resource| wanted(resource));
                if any {
                    let set = sets
                        .entry(selected)
                        .or_insert_with(|| intersection(by_deployment, by_environment));
                    if !set.is_empty() {
                        joining += set.len() as u64;
                        // What is too much is counted, not kept.
                        if joining <= most {
                            new_pairs.push((deployment, environment, Arc::clone(set)));
                        }
                    }
                }
            }
            Some(cohort) if is_stale(deployment, environment) => {
                let set = sets
                    .entry(selected)
                    .or_insert_with(|| intersection(by_deployment, by_environment));
                let joined = set.iter().filter(|&it| cohorts[cohort].live_position(it).is_none());
                change.added.extend(joined.map(|resource| TargetRef { cohort, resource }));
                let left = cohorts.live_members(cohort);
                change.removed.extend(left.filter(|target| set.rank(target.resource).is_none()));
            }
            Some(cohort) => {
                for &resource in &resources {
                    let target = TargetRef { cohort, resource };
                    match (wanted(resource), cohorts[cohort].live_position(resource).is_some()) {
                        (true, false) => change.added.push(target),
                        (false, true) => change.removed.push(target),
                        _ => {}
                    }
                }
            }
        }
    }
    joining += change.added.len() as u64;
    if joining > 0 {
        let targets = cohorts.targets() as u64 + joining - change.removed.len() as u64;
        if targets > most {
            return Err(Wanted::Targets(targets));
        }
    }
    Ok((change, new_pairs))
}

fn sorted<T: Ord + Copy>(changed: &[T]) -> Vec<T> {
    let mut sorted = changed.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn intersection(a: &FixedBitSet, b: &FixedBitSet) -> Arc<MemberSet> {
    Arc::new(MemberSet::from_sorted(a.intersection(b).map(ResourceIx::at).collect()))
}

/// Gives returning targets their retired rows and joined ones spare rows; the rest must wait for a
/// rebuild of their shard.
fn join_in_place(
    world: &mut World,
    tables: &mut Tables,
    cohorts: &mut Cohorts,
    departed: &mut Departed,
    added: &[TargetRef],
) -> FixedMap<CohortIx, Joining> {
    let mut joining: FixedMap<CohortIx, Joining> = fixed_map();
    for &target in added {
        let cohort = &mut cohorts[target.cohort];
        if let Some(position) = cohort.position(target.resource) {
            cohort.set_live(position, true);
            continue;
        }
        if cohort.used() == cohort.capacity || joining.contains_key(&target.cohort) {
            let waiting = joining.entry(target.cohort).or_insert(Joining::Some(Vec::new()));
            if let Joining::Some(list) = waiting {
                list.push(target.resource);
            }
            continue;
        }
        let position = cohort.used();
        let slot = cohort.late.partition_point(|&(member, _)| member < target.resource);
        cohort.late.insert(slot, (target.resource, position));
        cohort.set_live(position, true);
        let mut row = TargetRow::new(target.resource, target.cohort);
        if let Some(departure) = departed.0.remove(&target) {
            row.ledger = departure.ledger;
            for version in departure.released {
                cohort.released_mut(version).insert(position as usize);
            }
        }
        let at = (cohort.start + position) as usize;
        tables.shard(world, cohort.shard).write(at, row);
    }
    joining
}

/// Clears what retired rows wanted; their jobs stay.
fn clear_retired(world: &mut World, tables: &mut Tables, cohorts: &Cohorts, removed: &[TargetRef]) {
    for target in removed {
        let cohort = &cohorts[target.cohort];
        let position = cohort.position(target.resource).expect("retired targets keep their row");
        let at = (cohort.start + position) as usize;
        let columns = tables.shard(world, cohort.shard);
        columns.plans[at] = Plan::NONE;
        columns.states[at] = State::Vacant;
        columns.holds[at].0 = 0;
    }
}

/// Finds shards for new pairs, largest deployment first, and books them for the rebuild.
fn place(
    cohorts: &mut Cohorts,
    shards: &mut Shards,
    new_pairs: Vec<NewPair>,
    joining: &mut FixedMap<CohortIx, Joining>,
) -> Vec<CohortIx> {
    let mut rows: Vec<(usize, DeploymentIx)> = Vec::new();
    for (deployment, _, members) in &new_pairs {
        match rows.last_mut() {
            Some((rows, last)) if last == deployment => *rows += members.len(),
            _ => rows.push((members.len(), *deployment)),
        }
    }
    rows.sort_by_key(|&(rows, deployment)| (std::cmp::Reverse(rows), deployment));
    for (rows, deployment) in rows {
        if shards.of(deployment).is_none() {
            shards.place(deployment, rows);
        }
    }
    new_pairs
        .into_iter()
        .map(|(deployment, environment, members)| {
            let shard = shards.of(deployment).expect("just placed");
            let cohort = cohorts.find_or_add(deployment, environment, shard);
            cohorts[cohort].shard = shard;
            joining.insert(cohort, Joining::All(members));
            cohort
        })
        .collect()
}
