//! Surroundings: what checks read beside the cohort, whoever holds it.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use shakedown_engine::base::ids::{
    DeploymentIx, EditionIx, EnvironmentIx, ResourceIx, VariablesId, VersionIx,
};
use shakedown_engine::fleet::catalogue::ApprovalList;
use shakedown_engine::fleet::matrix::{Cohort, Key, Ledger};
use shakedown_engine::model::{Deployment, DeploymentVersion, Environment, Resource};
use shakedown_engine::select::{Bindings, Selector};

use super::rulebook::RuleBook;
use crate::facts::{Edge, Elsewhere, Period, Reference, StatusSet, SuccessFacts, Upstream, Waiver};

/// What evaluation reads beside the cohort.
pub trait Surroundings: Sync {
    /// The rule book.
    fn book(&self) -> &RuleBook;
    /// Approvals of a version in an environment.
    fn approvals(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList>;
    /// Appends, for every key, the FNV-1a state after its text; all are of one cohort.
    fn key_hashes(
        &self,
        cohort: &Cohort,
        keys: impl ExactSizeIterator<Item = Key>,
        hashes: &mut Vec<u64>,
    );
    /// Whether the key text of `a` precedes that of `b`; asked on equal hashes only.
    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool;
    /// The waivers of a version, by creation.
    fn waivers(&self, version: VersionIx) -> &[Waiver];
    /// The version, for selectors.
    fn version(&self, version: VersionIx) -> Option<&DeploymentVersion>;
    /// The environment, for selectors.
    fn environment(&self, environment: EnvironmentIx) -> Option<&Environment>;
    /// The deployment, for selectors.
    fn deployment(&self, deployment: DeploymentIx) -> Option<&Deployment>;
    /// The resource, for selectors.
    fn resource(&self, resource: ResourceIx) -> Option<&Resource>;
    /// The dependencies of a version.
    fn dependencies(&self, version: VersionIx) -> &[Edge];
    /// The version that a target is getting or runs; `known` is kept from one target to the next.
    fn reference(&self, ledger: Ledger, known: &mut Period) -> Option<Reference>;
    /// The resolved variables of a cohort's targets, by resource index; `None` if they have none.
    fn variables(&self, cohort: &Cohort) -> Option<&[VariablesId]>;
    /// Whether a release of a target succeeded, in a job that counts.
    fn has_succeeded(&self, ledger: &Ledger, edition: EditionIx, variables: VariablesId) -> bool;
    /// The resources that a version selector selects for a version in an environment; `bindings` are
    /// all others.
    fn selected(
        &self,
        selector: &Selector,
        bindings: &Bindings<'_>,
        candidate: (VersionIx, EnvironmentIx),
    ) -> Arc<SelectedResources>;
    /// Who satisfies the selector of a rule's dependency, seen from the cohort.
    fn elsewhere(&self, selector: &Selector, cohort: &Cohort) -> Elsewhere<'_>;
    /// Who satisfies an edge, seen from an environment; `None` when its selector cannot compile.
    fn upstream(&self, edge: &Edge, environment: EnvironmentIx) -> Option<Upstream<'_>>;
    /// Calls `visit` with every current target of a resource, of one deployment or of all, and the
    /// version that it runs.
    fn on_resource(
        &self,
        resource: ResourceIx,
        deployment: Option<&str>,
        visit: &mut dyn FnMut(&Cohort, Option<&DeploymentVersion>),
    );
    /// Whether another environment shares a system with the cohort's environment and deployment.
    fn is_neighbour(&self, cohort: &Cohort, environment: EnvironmentIx) -> bool;
    /// What happened to a version in an environment, where `statuses` are a success.
    fn successes(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        version: VersionIx,
        statuses: StatusSet,
    ) -> SuccessFacts<'_>;
}

/// The resources that a version selector selects for a version.
#[derive(Debug)]
pub struct SelectedResources {
    /// One bit per resource index.
    pub bits: FixedBitSet,
    /// Number of resources on which the selector failed; they are not selected.
    pub errors: usize,
}
