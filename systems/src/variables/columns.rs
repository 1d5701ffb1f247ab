//! The columns of resolutions: which there are, and what is missing in them.

use bevy_ecs::resource::Resource;
use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx, ResourceIx, VariablesId};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::matrix::Cohort;

use super::applied::Scope;
use super::own::OwnValues;
use super::recipe::Recipe;
use super::reference::ReferenceColumns;

/// The resolutions of all targets that have variables.
#[derive(Debug, Default, Resource)]
pub struct Variables {
    pub(super) deployments: IxVec<DeploymentIx, Columns>,
    pub(super) own: OwnValues,
    pub(super) references: ReferenceColumns,
    /// How many cohorts were asked whether they are apart, while some variable set reads environments.
    pub(super) asked: usize,
}

/// The columns of a deployment.
#[derive(Debug, Default)]
pub(super) struct Columns {
    shared: Option<Column>,
    /// By environment.
    apart: Vec<(EnvironmentIx, Column)>,
}

/// The resolutions of the targets of a deployment, in one environment or in all that are not apart.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) recipe: Recipe,
    /// One per resource index, [`VariablesId::NONE`] where not resolved.
    pub(super) ids: Vec<VariablesId>,
    pub(super) missing: Missing,
}

/// Which resources may lack a resolution.
#[derive(Debug)]
pub(super) enum Missing {
    None,
    Some(Vec<ResourceIx>),
    Any,
}

/// From this many resources on, looking at all of them costs less than keeping a list.
pub(super) const MANY: usize = 1024;

impl Variables {
    /// The resolutions of a cohort by resource index; `None` if its targets have no variable.
    ///
    /// Those of resources without a target may be missing ([`VariablesId::NONE`]), and all while the
    /// cohort is not dirty.
    #[must_use]
    pub fn column(&self, cohort: &Cohort) -> Option<&[VariablesId]> {
        let columns = self.deployments.get(cohort.deployment)?;
        let apart = columns.apart.binary_search_by_key(&cohort.environment, |it| it.0);
        let column = apart.map_or(columns.shared.as_ref(), |at| Some(&columns.apart[at].1));
        column.map(|column| column.ids.as_slice())
    }

    /// The resolution of a target of the cohort that was reconciled since it was last dirty.
    #[must_use]
    pub fn of(&self, cohort: &Cohort, resource: ResourceIx) -> VariablesId {
        self.column(cohort).map_or(VariableSets::EMPTY, |column| column[resource.slot()])
    }

    /// Every column, with the targets that share it.
    pub(super) fn columns(&mut self) -> impl Iterator<Item = (Scope, &mut Column)> {
        self.deployments.iter_mut().flat_map(|(deployment, columns)| columns.each(deployment))
    }

    /// Whether any cohort is apart.
    pub(super) fn has_apart(&self) -> bool {
        self.deployments.iter().any(|(_, columns)| !columns.apart.is_empty())
    }

    /// The recipe of the column of a scope.
    pub(super) fn recipe(&self, scope: Scope) -> Option<&Recipe> {
        let columns = self.deployments.get(scope.deployment)?;
        let column = match scope.environment {
            None => columns.shared.as_ref(),
            Some(environment) => {
                let at = columns.apart.binary_search_by_key(&environment, |it| it.0).ok()?;
                Some(&columns.apart[at].1)
            }
        };
        column.map(|column| &column.recipe)
    }

    /// Gives a scope a new column, or none; whether there was or is one.
    pub(super) fn replace(&mut self, scope: Scope, recipe: Option<Recipe>) -> bool {
        let columns = self.deployments.slot(scope.deployment);
        let new = recipe.map(Column::new);
        let is_some = new.is_some();
        let old = match scope.environment {
            None => std::mem::replace(&mut columns.shared, new),
            Some(environment) => {
                let apart = &mut columns.apart;
                match (apart.binary_search_by_key(&environment, |it| it.0), new) {
                    (Ok(at), Some(new)) => Some(std::mem::replace(&mut apart[at].1, new)),
                    (Ok(at), None) => Some(apart.remove(at).1),
                    (Err(at), Some(new)) => {
                        apart.insert(at, (environment, new));
                        None
                    }
                    (Err(_), None) => None,
                }
            }
        };
        // The new recipe has taken its reference columns by now, so that those in both are kept.
        for column in old.iter().flat_map(|old| old.recipe.columns()) {
            self.references.free(column);
        }
        is_some || old.is_some()
    }
}

impl Columns {
    /// The column of the targets in an environment, and whether that is apart.
    pub(super) fn of(&mut self, environment: EnvironmentIx) -> Option<(&mut Column, bool)> {
        match self.apart.binary_search_by_key(&environment, |it| it.0) {
            Ok(at) => Some((&mut self.apart[at].1, true)),
            Err(_) => self.shared.as_mut().map(|column| (column, false)),
        }
    }

    /// All columns.
    pub(super) fn each(
        &mut self,
        deployment: DeploymentIx,
    ) -> impl Iterator<Item = (Scope, &mut Column)> {
        let shared = self.shared.iter_mut();
        let shared = shared.map(move |it| (Scope { deployment, environment: None }, it));
        let apart = self.apart.iter_mut().map(move |(environment, it)| {
            (Scope { deployment, environment: Some(*environment) }, it)
        });
        shared.chain(apart)
    }
}

impl Column {
    fn new(recipe: Recipe) -> Self {
        Self { recipe, ids: Vec::new(), missing: Missing::Any }
    }

    /// Forgets the resolution of a resource.
    pub(super) fn forget(&mut self, resource: ResourceIx) {
        if let Some(id) = self.ids.get_mut(resource.slot()) {
            *id = VariablesId::NONE;
        }
        match &mut self.missing {
            Missing::None => self.missing = Missing::Some(vec![resource]),
            Missing::Some(list) if list.len() < MANY => list.push(resource),
            missing => *missing = Missing::Any,
        }
    }
}
