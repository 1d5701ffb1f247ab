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
use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx, PolicyIx, ResourceIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::Cohort;
use shakedown_engine::model::{Deployment, LimitScope, WaiverType};

use super::rulebook::RuleLimit;
use crate::facts::Waiver;

/// Which targets share a limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The number of the limit.
    limit: u32,
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
    /// Those of the deployments of a system.
    System(Box<str>),
    /// All.
    All,
}

impl Group {
    /// The group of the targets of a cohort under a limit.
    #[must_use]
    pub fn of(limit: &RuleLimit, cohort: &Cohort, deployment: Option<&Deployment>) -> Self {
        let of = match limit.limit.per {
            LimitScope::Environment => Members::Environment(cohort.environment),
            LimitScope::Deployment => Members::Deployment(cohort.deployment),
            LimitScope::System => Members::System(deployment.map_or("", |it| &it.system_id).into()),
            LimitScope::Selector => Members::All,
        };
        Self { limit: limit.number, of }
    }
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
}

impl Default for GroupPlaces {
    fn default() -> Self {
        Self { numbers: fixed_map(), groups: Vec::new(), places: Vec::new() }
    }
}

impl GroupPlaces {
    /// Forgets all groups.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.groups.clear();
        self.places.clear();
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
}
