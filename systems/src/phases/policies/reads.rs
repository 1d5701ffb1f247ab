//! What evaluation reads of the world.

use std::sync::{Arc, Mutex};

use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::system::Res;
use fixedbitset::FixedBitSet;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{
    DeploymentIx, EditionIx, EnvironmentIx, ResourceIx, VariablesId, VersionIx,
};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{ApprovalList, Approvals, Selections, Stock};
use shakedown_engine::fleet::matrix::{Cohort, Key, Ledger, PolicyColumns, Sources};
use shakedown_engine::model;
use shakedown_engine::select::{Bindings, Selector, Subject};

use crate::facts::{
    Columns, Edge, Edges, Elsewhere, Histories, KeyHashes, Period, Reference, Satisfied, StatusSet,
    SuccessFacts, Successes, Upstream, Waiver, Waivers,
};
use crate::rules::{RuleBook, SelectedResources, Surroundings};
use crate::variables::Variables;

/// What evaluation reads of the world.
#[derive(Debug, bevy_ecs::system::SystemParam)]
pub struct World<'w, 's> {
    book: Res<'w, RuleBook>,
    approvals: Res<'w, Approvals>,
    selections: Res<'w, Selections>,
    sources: Res<'w, Sources>,
    key_hashes: Res<'w, KeyHashes>,
    waivers: Res<'w, Waivers>,
    dependencies: Res<'w, Edges>,
    successes: Res<'w, Successes>,
    satisfied: Res<'w, Satisfied>,
    resources: Stock<'w, 's, model::Resource>,
    environments: Stock<'w, 's, model::Environment>,
    deployments: Stock<'w, 's, model::Deployment>,
    variables: Res<'w, Variables>,
    histories: Histories<'w, 's>,
}

/// Selector, version, and environment if the selector reads it.
type SelectedKey = (usize, VersionIx, Option<EnvironmentIx>);

/// The world, and the columns of targets as slices.
#[derive(Debug)]
pub struct Reads<'a, 'w, 's> {
    world: &'a World<'w, 's>,
    columns: Columns<'a>,
    /// What version selectors select, shared by the cohorts of a deployment.
    selected: Mutex<FixedMap<SelectedKey, Arc<SelectedResources>>>,
    expected: Option<(VersionIx, &'a model::DeploymentVersion)>,
}

impl<'w, 's> World<'w, 's> {
    /// Finds the columns. About 0.2 us per table.
    ///
    /// # Errors
    /// When a column of targets is not table-stored, as all are declared to be.
    pub fn reads(&self) -> Result<Reads<'_, 'w, 's>, QueryNotDenseError> {
        let columns = self.histories.columns()?;
        let selected = Mutex::new(fixed_map());
        Ok(Reads { world: self, columns, selected, expected: None })
    }

    /// The key text of a cohort's targets after the resource and its hyphen.
    fn rest_of_key(&self, cohort: &Cohort) -> String {
        let environment = self.environments.registry().id(cohort.environment);
        format!("{environment}-{}", self.deployments.registry().id(cohort.deployment))
    }
}

impl Surroundings for Reads<'_, '_, '_> {
    fn book(&self) -> &RuleBook {
        &self.world.book
    }

    fn approvals(&self, version: VersionIx, environment: EnvironmentIx) -> Option<&ApprovalList> {
        self.world.approvals.of(version, environment)
    }

    fn key_hashes(
        &self,
        cohort: &Cohort,
        keys: impl ExactSizeIterator<Item = Key>,
        hashes: &mut Vec<u64>,
    ) {
        let rest = self.world.rest_of_key(cohort);
        self.world.key_hashes.extend_over(&rest, keys, hashes);
    }

    fn precedes(&self, cohort: &Cohort, a: Key, b: Key) -> bool {
        let rest = self.world.rest_of_key(cohort);
        let text = |key: Key| {
            [self.world.resources.registry().id(key.resource).as_bytes(), b"-", rest.as_bytes()]
                .concat()
        };
        text(a) < text(b)
    }

    fn waivers(&self, version: VersionIx) -> &[Waiver] {
        self.world.waivers.of(version)
    }

    fn version(&self, version: VersionIx) -> Option<&model::DeploymentVersion> {
        match self.expected {
            Some((expected, it)) if expected == version => Some(it),
            _ => self.world.histories.versions.get(version),
        }
    }

    fn environment(&self, environment: EnvironmentIx) -> Option<&model::Environment> {
        self.world.environments.get(environment)
    }

    fn deployment(&self, deployment: DeploymentIx) -> Option<&model::Deployment> {
        self.world.deployments.get(deployment)
    }

    fn resource(&self, resource: ResourceIx) -> Option<&model::Resource> {
        self.world.resources.get(resource)
    }

    fn dependencies(&self, version: VersionIx) -> &[Edge] {
        self.world.dependencies.of(version)
    }

    #[inline]
    fn reference(&self, ledger: Ledger, known: &mut Period) -> Option<Reference> {
        self.world.histories.reference(ledger, known)
    }

    fn variables(&self, cohort: &Cohort) -> Option<&[VariablesId]> {
        self.world.variables.column(cohort)
    }

    #[inline]
    fn has_succeeded(&self, ledger: &Ledger, edition: EditionIx, variables: VariablesId) -> bool {
        let only_newest = self.world.book.only_newest_attempts();
        self.world.histories.has_succeeded(ledger, edition, variables, only_newest)
    }

    fn selected(
        &self,
        selector: &Selector,
        bindings: &Bindings<'_>,
        candidate: (VersionIx, EnvironmentIx),
    ) -> Arc<SelectedResources> {
        let (version, environment) = candidate;
        let reads_environment = selector.reads().contains(Subject::Environment);
        let key = (selector.identity(), version, reads_environment.then_some(environment));
        let mut known = self.selected.lock().expect("evaluating a selector does not panic");
        let selected = known.entry(key).or_insert_with(|| {
            let Selections { atoms, resources: table, .. } = &*self.world.selections;
            let (mut bits, all) = (FixedBitSet::new(), 0..table.len());
            let rows = &self.world.resources;
            let errors = selector.select(table, atoms, rows, bindings, all, &mut bits);
            Arc::new(SelectedResources { bits, errors })
        });
        Arc::clone(selected)
    }

    fn elsewhere(&self, selector: &Selector, cohort: &Cohort) -> Elsewhere<'_> {
        let cohorts = &self.world.histories.cohorts;
        let own = cohorts.find(cohort.deployment, cohort.environment);
        self.world.satisfied.elsewhere(selector, own)
    }

    fn upstream(&self, edge: &Edge, environment: EnvironmentIx) -> Option<Upstream<'_>> {
        let cohorts = &self.world.histories.cohorts;
        let here = cohorts.find(edge.on, environment).map(|ix| (ix, &cohorts[ix]));
        let selector = edge.selector.as_ref().ok()?;
        Some(self.world.satisfied.upstream(edge.on, selector, here))
    }

    fn on_resource(
        &self,
        resource: ResourceIx,
        deployment: Option<&str>,
        visit: &mut dyn FnMut(&Cohort, Option<&model::DeploymentVersion>),
    ) {
        let cohorts = &self.world.histories.cohorts;
        let mut visit = |cohort: &Cohort| {
            if let Some(row) = cohort.live_position(resource) {
                visit(cohort, self.world.histories.running(self.ledger(cohort, row as usize)));
            }
        };
        match deployment {
            None => cohorts.iter().for_each(|(_, cohort)| visit(cohort)),
            Some(id) => {
                let deployment = self.world.deployments.registry().find(id);
                let of_deployment = deployment.map_or(&[][..], |it| cohorts.of_deployment(it));
                of_deployment.iter().for_each(|&cohort| visit(&cohorts[cohort]));
            }
        }
    }

    fn is_neighbour(&self, cohort: &Cohort, environment: EnvironmentIx) -> bool {
        environment != cohort.environment
            && self.world.sources.share(cohort.deployment, cohort.environment, environment)
    }

    fn successes(
        &self,
        deployment: DeploymentIx,
        environment: EnvironmentIx,
        version: VersionIx,
        statuses: StatusSet,
    ) -> SuccessFacts<'_> {
        let cohorts = &self.world.histories.cohorts;
        let Some(cohort) = cohorts.find(deployment, environment) else {
            return SuccessFacts { targets: 0, firsts: &[], last: SimTime::UNSET };
        };
        let (firsts, last) = self.world.successes.of(statuses, cohort, version);
        SuccessFacts { targets: cohorts[cohort].targets, firsts, last }
    }
}

impl<'a> Reads<'a, '_, '_> {
    /// The same as if this version existed already.
    #[must_use]
    pub fn expecting(mut self, ix: VersionIx, version: &'a model::DeploymentVersion) -> Self {
        self.expected = Some((ix, version));
        self
    }

    /// The columns of a cohort's rows in use.
    #[must_use]
    pub fn rows(&self, cohort: &Cohort) -> PolicyColumns<'a> {
        self.columns.of(cohort)
    }

    /// The job facts of a row.
    #[must_use]
    pub fn ledger(&self, cohort: &Cohort, row: usize) -> &'a Ledger {
        &self.columns.of(cohort).ledgers[row]
    }
}
