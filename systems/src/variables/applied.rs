//! Which variable sets apply where.
//!
//! Vocabulary: a set *applies* to a deployment, or to one in an environment if its selector reads the
//! environment: to all resources, to those of a selection, or to an *extent*, resources that were
//! selected for this deployment and environment.

use std::cmp::Reverse;

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx, ResourceIx, VariableSetIx};
use shakedown_engine::fleet::catalogue::{
    Registry, ResourceRows, ScopedSet, SelectionIx, Selections, VariableIndex, item,
};
use shakedown_engine::model::{Deployment, Environment, Resource, VariableSet};
use shakedown_engine::select::{Bindings, Selector, Subject};

/// The targets that share a column of resolutions: those of a deployment, in one environment if that
/// makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) deployment: DeploymentIx,
    /// `None`: wherever no set that reads the environment applies.
    pub(super) environment: Option<EnvironmentIx>,
}

/// A variable set that applies to a scope.
#[derive(Debug)]
pub(super) struct Applied<'w> {
    pub(super) ix: VariableSetIx,
    pub(super) set: &'w VariableSet,
    pub(super) resources: Resources,
    by_environment: bool,
}

/// The resources to which a set applies.
#[derive(Debug)]
pub(super) enum Resources {
    All,
    Selection(SelectionIx),
    Extent(FixedBitSet),
}

/// All variable sets, in the order in which they are asked.
#[derive(Debug)]
pub(super) struct Sets<'w> {
    world: &'w World,
    sets: Vec<(&'w ScopedSet, &'w VariableSet)>,
}

impl<'w> Sets<'w> {
    pub(super) fn of(world: &'w World) -> Self {
        let listed = world.resource::<VariableIndex>().sets().iter();
        let mut sets: Vec<_> = listed
            .filter_map(|scoped| Some((scoped, item::<VariableSet>(world, scoped.set)?)))
            .collect();
        sets.sort_unstable_by_key(|(_, it)| (Reverse(it.priority), &it.id));
        Self { world, sets }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Whether any of them reads the environment.
    pub(super) fn read_environments(&self) -> bool {
        self.sets.iter().any(|(scoped, _)| scoped.reads(Subject::Environment))
    }

    /// The sets that apply to a scope. Without an environment, those that read it do not.
    pub(super) fn applied(&self, scope: Scope) -> Vec<Applied<'w>> {
        let sets = self.sets.iter();
        sets.filter_map(|&(scoped, set)| self.applied_one(scoped, set, scope)).collect()
    }

    /// The sets that apply to a deployment in an environment, if one of them does because it reads the
    /// environment.
    pub(super) fn applied_apart(&self, scope: Scope) -> Option<Vec<Applied<'w>>> {
        let applied = self.applied(scope);
        applied.iter().any(|it| it.by_environment).then_some(applied)
    }

    /// Whether one of the sets that `wanted` names applies to a scope; to a scope with an environment
    /// only because it reads it.
    pub(super) fn apply_any(&self, wanted: &[VariableSetIx], scope: Scope) -> bool {
        let sets = self.sets.iter().filter(|(scoped, _)| {
            wanted.contains(&scoped.set)
                && scoped.reads(Subject::Environment) == scope.environment.is_some()
        });
        sets.into_iter().any(|&(scoped, set)| self.applied_one(scoped, set, scope).is_some())
    }

    /// Whether one of the resources is selected by a set that reads the environment, too, and is none of
    /// those that apply already.
    pub(super) fn reach(
        &self,
        resources: &[ResourceIx],
        scope: Scope,
        applied: &[VariableSetIx],
    ) -> bool {
        self.sets.iter().any(|(scoped, _)| {
            !applied.contains(&scoped.set)
                && scoped.reads(Subject::Environment)
                && scoped.reads(Subject::Resource)
                && bindings(self.world, scope).is_some_and(|bindings| {
                    let mut bits = FixedBitSet::new();
                    let selector = scoped.selector.as_ref();
                    let selector = selector.expect("what reads has a selector");
                    select_rows(self.world, selector, &bindings, resources, &mut bits);
                    !bits.is_clear()
                })
        })
    }

    /// Asks the selector of a set about resources that changed, in an extent that it has in a scope.
    pub(super) fn refresh_extent(
        &self,
        set: VariableSetIx,
        scope: Scope,
        changed: &[ResourceIx],
        bits: &mut FixedBitSet,
    ) {
        let scoped = self.sets.iter().find(|(scoped, _)| scoped.set == set);
        let selector = scoped.and_then(|(scoped, _)| scoped.selector.as_ref());
        if let (Some(selector), Some(bindings)) = (selector, bindings(self.world, scope)) {
            select_rows(self.world, selector, &bindings, changed, bits);
        }
    }

    fn applied_one(
        &self,
        scoped: &ScopedSet,
        set: &'w VariableSet,
        scope: Scope,
    ) -> Option<Applied<'w>> {
        let by_environment = scoped.reads(Subject::Environment);
        if by_environment && scope.environment.is_none() {
            return None;
        }
        let bindings = bindings(self.world, scope)?;
        let resources = match (&scoped.selector, scoped.selection) {
            (None, _) => Resources::All,
            (_, Some(selection)) => Resources::Selection(selection),
            (Some(selector), None) if !scoped.reads(Subject::Resource) => {
                selector.matches(&bindings).unwrap_or(false).then_some(Resources::All)?
            }
            (Some(selector), None) => {
                let bits = select(self.world, selector, &bindings);
                if by_environment && bits.is_clear() {
                    return None;
                }
                Resources::Extent(bits)
            }
        };
        Some(Applied { ix: scoped.set, set, resources, by_environment })
    }
}

/// What selectors see of a scope; `None` while its deployment or environment does not exist.
fn bindings(world: &World, scope: Scope) -> Option<Bindings<'_>> {
    let deployment = item::<Deployment>(world, scope.deployment)?;
    let bindings = Bindings::only(Subject::Deployment, deployment);
    match scope.environment {
        None => Some(bindings),
        Some(environment) => {
            let environment = item::<Environment>(world, environment)?;
            Some(bindings.with(Subject::Environment, environment))
        }
    }
}

fn select(world: &World, selector: &Selector, bindings: &Bindings<'_>) -> FixedBitSet {
    let mut bits = FixedBitSet::new();
    let all = 0..world.resource::<Registry<Resource>>().slots();
    let selections = world.resource::<Selections>();
    let (table, atoms) = (&selections.resources, &selections.atoms);
    selector.select(table, atoms, &ResourceRows::of(world), bindings, all, &mut bits);
    bits
}

fn select_rows(
    world: &World,
    selector: &Selector,
    bindings: &Bindings<'_>,
    resources: &[ResourceIx],
    bits: &mut FixedBitSet,
) {
    let selections = world.resource::<Selections>();
    let (table, atoms) = (&selections.resources, &selections.atoms);
    let rows = ResourceRows::of(world);
    for &resource in resources {
        let row = resource.slot()..resource.slot() + 1;
        selector.select(table, atoms, &rows, bindings, row, bits);
    }
}
