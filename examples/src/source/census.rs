//! What a fleet consists of, counted.

use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry};
use shakedown_engine::fleet::jobs::{GivenIds, Jobs};
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::{Deployment, Environment, Policy, RelationshipRule, Resource};

/// How many there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Resources.
    pub resources: u64,
    /// Environments.
    pub environments: u64,
    /// Deployments.
    pub deployments: u64,
    /// Policies.
    pub policies: u64,
    /// Relationship rules.
    pub relationship_rules: u64,
    /// Release targets.
    pub targets: u64,
    /// Jobs that were made elsewhere.
    pub recorded_jobs: u64,
    /// Jobs that were made here.
    pub new_jobs: u64,
}

impl Census {
    /// Counts a fleet.
    #[must_use]
    pub fn of(fleet: &Fleet) -> Self {
        fn count<T: Catalogued>(fleet: &Fleet) -> u64 {
            fleet.world().resource::<Registry<T>>().len() as u64
        }
        let recorded_jobs = fleet.world().resource::<GivenIds>().count() as u64;
        Self {
            resources: count::<Resource>(fleet),
            environments: count::<Environment>(fleet),
            deployments: count::<Deployment>(fleet),
            policies: count::<Policy>(fleet),
            relationship_rules: count::<RelationshipRule>(fleet),
            targets: fleet.world().resource::<Cohorts>().targets() as u64,
            recorded_jobs,
            new_jobs: fleet.world().resource::<Jobs>().0.len() as u64 - recorded_jobs,
        }
    }
}
