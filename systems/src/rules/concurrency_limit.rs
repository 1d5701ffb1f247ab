//! Concurrency limit (`concurrencyLimit`): how many jobs may be processing at once, of the targets that
//! share the limit (`docs/concurrency-limit.md`).
//!
//! Vocabulary: a *group* is the targets that share a limit; a processing job takes a *place* of each
//! group of its target; a target is *in line* while nothing but a missing place keeps it from a job.
//!
//! A limit does not choose the version, so it is no check of a candidate: it is asked last, of targets
//! that would get a job now.

use bevy_ecs::resource::Resource;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx, PolicyIx, ResourceIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::{Cohort, Sources, SystemList};
use shakedown_engine::model::{JobStatus, LimitScope, StopOnFailure, WaiverType};

use super::rulebook::RuleLimit;
use crate::facts::Waiver;

/// Which targets share a limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The number of the limit.
    limit: u32,
    /// When a version that fails stops.
    pub stop: Option<StopOnFailure>,
    /// Which targets, of those that its policy applies to.
    pub of: Members,
}

/// Which targets share a limit, of those that its policy applies to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Members {
    /// Those of an environment.
    Environment(EnvironmentIx),
    /// Those of a deployment.
    Deployment(DeploymentIx),
    /// Those of the deployments of the same systems.
    Systems(SystemList),
    /// All.
    All,
}

impl Group {
    /// The group of the targets of a cohort under a limit.
    #[must_use]
    pub fn of(limit: &RuleLimit, cohort: &Cohort, sources: &Sources) -> Self {
        let of = match limit.limit.per {
            LimitScope::Environment => Members::Environment(cohort.environment),
            LimitScope::Deployment => Members::Deployment(cohort.deployment),
            LimitScope::System => Members::Systems(systems(cohort, sources).clone()),
            LimitScope::Selector => Members::All,
        };
        Self { limit: limit.number, stop: limit.limit.stop_on_failure, of }
    }

    /// Whether this is the group of the targets of a cohort under a limit.
    #[must_use]
    pub fn is_of(&self, limit: &RuleLimit, cohort: &Cohort, sources: &Sources) -> bool {
        self.limit == limit.number
            && match &self.of {
                Members::Environment(it) => *it == cohort.environment,
                Members::Deployment(it) => *it == cohort.deployment,
                Members::Systems(it) => it == systems(cohort, sources),
                Members::All => true,
            }
    }
}

/// The systems of a cohort's deployment.
fn systems<'a>(cohort: &Cohort, sources: &'a Sources) -> &'a SystemList {
    let source = sources.deployment(cohort.deployment);
    &source.expect("a cohort with targets has a deployment").systems
}

/// The places of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// How many there are.
    pub max: u32,
    /// How many are taken: processing jobs of the group, more than `max` if some were not asked.
    pub taken: u32,
}

impl Places {
    /// The places of a limit, all free.
    #[must_use]
    pub fn of(limit: &RuleLimit) -> Self {
        Self { max: limit.limit.max.unsigned_abs(), taken: 0 }
    }

    /// How many are free.
    #[must_use]
    pub fn free(self) -> u32 {
        self.max.saturating_sub(self.taken)
    }
}

/// The places of the groups that a reconcile may give some of, by number of the group.
#[derive(Debug, Resource)]
pub struct GroupPlaces {
    numbers: FixedMap<Group, usize>,
    groups: Vec<Group>,
    places: Vec<Places>,
    /// Whether a version failed too often in a group, by its number, as far as somebody asked.
    stopped: FixedMap<(usize, VersionIx), bool>,
}

impl Default for GroupPlaces {
    fn default() -> Self {
        Self { numbers: fixed_map(), groups: Vec::new(), places: Vec::new(), stopped: fixed_map() }
    }
}

impl GroupPlaces {
    /// Forgets all groups.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.groups.clear();
        self.places.clear();
        self.stopped.clear();
    }

    /// Finds out once whether a version failed too often in a group.
    pub fn ask(&mut self, number: usize, version: VersionIx, failed: impl FnOnce() -> bool) {
        self.stopped.entry((number, version)).or_insert_with(failed);
    }

    /// Whether nothing of a version starts in a group.
    #[must_use]
    pub fn is_stopped(&self, number: usize, version: VersionIx) -> bool {
        self.stopped.get(&(number, version)).copied().unwrap_or(false)
    }

    /// Adds a group, if it is new, with these places.
    pub fn add(&mut self, group: Group, places: Places) {
        if !self.numbers.contains_key(&group) {
            self.numbers.insert(group.clone(), self.groups.len());
            self.groups.push(group);
            self.places.push(places);
        }
    }

    /// The group with a number, if there are so many.
    #[must_use]
    pub fn group(&self, number: usize) -> Option<&Group> {
        self.groups.get(number)
    }

    /// The number of a group.
    #[must_use]
    pub fn number(&self, group: &Group) -> Option<usize> {
        self.numbers.get(group).copied()
    }

    /// The places of a group.
    pub fn of(&mut self, number: usize) -> &mut Places {
        &mut self.places[number]
    }
}

/// A target on which a version was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When first: the creation of its first job of the version.
    pub at: SimTime,
    /// Its place in rollout order.
    pub turn: u64,
    /// Whether the version failed there, as far as nobody approved it since.
    pub failed: bool,
}

/// On how many of the targets that count a version failed, of `targets` that might get it: those that
/// count are so many percent of them, rounded up, on which it was tried first.
#[must_use]
pub fn failures(stop: StopOnFailure, targets: u32, tried: &mut [Tried]) -> u32 {
    let share = u64::from(targets) * u64::from(stop.within_percent.unsigned_abs());
    let counted = usize::try_from(share.div_ceil(100)).unwrap_or(usize::MAX);
    if counted < tried.len() {
        tried.sort_unstable_by_key(|it| (it.at, it.turn));
    }
    let failed = tried.iter().take(counted).filter(|it| it.failed).count();
    u32::try_from(failed).unwrap_or(u32::MAX)
}

/// Whether a status says that a version failed on a target.
#[must_use]
pub const fn is_failure(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::Failure
            | JobStatus::InvalidIntegration
            | JobStatus::InvalidJobAgent
            | JobStatus::ExternalRunNotFound
    )
}

/// Whether a live waiver of a version takes a limit from a resource in an environment.
#[must_use]
pub fn is_waived(
    waivers: &[Waiver],
    (policy, limit): (PolicyIx, &RuleLimit),
    (environment, resource): (EnvironmentIx, ResourceIx),
    now: SimTime,
) -> bool {
    waivers.iter().any(|it| {
        it.is_live(environment, now)
            && it.resource.is_none_or(|only| only == resource)
            && it.covers(policy, &limit.rule, WaiverType::ConcurrencyLimit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_free_up_to_the_limit() {
        for (max, taken, free) in [(1, 0, 1), (1, 1, 0), (3, 1, 2), (3, 5, 0)] {
            assert_eq!(Places { max, taken }.free(), free, "{taken} of {max}");
        }
    }

    #[test]
    fn failures_count_where_a_version_was_tried_first() {
        let tried = |at: i64, failed| Tried { at: SimTime(at), turn: 0, failed };
        let all = [tried(4, true), tried(1, false), tried(2, true), tried(3, true)];
        for (name, percent, targets, failed) in [
            ("all", 100, 4, 3),
            ("the first two", 50, 4, 1),
            ("rounded up", 26, 4, 1),
            ("the first one", 25, 4, 0),
            ("more targets than tried", 50, 100, 3),
            ("none", 100, 0, 0),
        ] {
            let stop = StopOnFailure { failures: 1, within_percent: percent };
            assert_eq!(failures(stop, targets, &mut all.clone()), failed, "{name}");
        }
    }
}
