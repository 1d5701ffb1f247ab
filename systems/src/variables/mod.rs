//! Variables: which value each declared key has on each resource (SEMANTICS 7).
//!
//! Vocabulary: a *recipe* is what a deployment declares, prepared: per key its sources in the order
//! in which they are asked; a *resolution* is the interned set of values that a recipe gives on a
//! resource; a *reference column* holds, per resource, what one path on the first entity related by
//! one reference gives, for all deployments that name both.
//!
//! Invariants: a deployment without variables has no column and costs nothing. Resolutions are made
//! in two steps: the relationships phase forgets those that may have changed, the policies phase makes
//! those that are missing, of dirty deployments only, before rules ask what a target would get.
//! Invariant: targets are marked dirty when a value they can take changed, not whenever something
//! related did; reconciling the others would change nothing (SEMANTICS 4.2).

mod own;
mod recipe;
mod reference;
mod refresh;
mod resolve;

pub use refresh::refresh_variables;
pub use resolve::resolve_variables;

use bevy_ecs::resource::Resource;
use shakedown_engine::base::ids::{DeploymentIx, ResourceIx, VariablesId};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::fleet::jobs::VariableSets;

use own::OwnValues;
use recipe::Recipe;
use reference::ReferenceColumns;

/// The resolutions of all deployments that declare variables.
#[derive(Debug, Default, Resource)]
pub struct Variables {
    deployments: IxVec<DeploymentIx, Option<Declared>>,
    own: OwnValues,
    references: ReferenceColumns,
}

/// The variables of a deployment.
#[derive(Debug)]
struct Declared {
    recipe: Recipe,
    /// One per resource index, [`VariablesId::NONE`] where not resolved.
    ids: Vec<VariablesId>,
    missing: Missing,
}

/// Which selected resources may lack a resolution.
#[derive(Debug)]
enum Missing {
    None,
    Some(Vec<ResourceIx>),
    Any,
}

/// From this many resources on, looking at all of them costs less than keeping a list.
const MANY: usize = 1024;

impl Variables {
    /// The resolutions of a deployment by resource index; `None` if it declares no variable.
    ///
    /// Those of resources without a target of the deployment may be missing
    /// ([`VariablesId::NONE`]), and all while the deployment is not dirty.
    #[must_use]
    pub fn column(&self, deployment: DeploymentIx) -> Option<&[VariablesId]> {
        let declared = self.deployments.get(deployment)?.as_ref()?;
        Some(&declared.ids)
    }

    /// The resolution of a target of the deployment that was resolved since it was last dirty; for
    /// others it may be [`VariablesId::NONE`].
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx, resource: ResourceIx) -> VariablesId {
        self.column(deployment).map_or(VariableSets::EMPTY, |column| {
            column.get(resource.slot()).copied().unwrap_or(VariablesId::NONE)
        })
    }

    /// Every deployment that declares variables.
    fn declared(&mut self) -> impl Iterator<Item = (DeploymentIx, &mut Declared)> {
        self.deployments.iter_mut().filter_map(|(ix, it)| Some((ix, it.as_mut()?)))
    }
}

impl Declared {
    fn new(recipe: Recipe) -> Self {
        Self { recipe, ids: Vec::new(), missing: Missing::Any }
    }

    /// Forgets the resolution of a resource.
    fn forget(&mut self, resource: ResourceIx) {
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
