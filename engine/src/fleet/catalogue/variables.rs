//! Which variables a deployment declares, which values they have, what resources set themselves, and
//! which variable sets there are.

use bevy_ecs::resource::Resource;

use super::SelectionIx;
use crate::base::ids::{
    DeploymentIx, ResourceIx, ResourceVariableIx, ValueIx, VariableIx, VariableSetIx,
};
use crate::base::ix_vec::IxVec;
use crate::select::{Selector, Subject};

/// A value of a variable, and the resources it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopedValue {
    /// The value.
    pub value: ValueIx,
    /// `None`: every resource.
    pub selection: Option<SelectionIx>,
}

/// A value that a resource sets itself, and when it counts.
#[derive(Debug, Clone)]
pub struct OwnValue {
    /// The value.
    pub variable: ResourceVariableIx,
    /// Over the resource; `None`: always.
    pub selector: Option<Selector>,
}

/// A variable set, and the targets it is for.
#[derive(Debug, Clone)]
pub struct ScopedSet {
    /// The set.
    pub set: VariableSetIx,
    /// Over resource, environment and deployment; `None`: every target.
    pub selector: Option<Selector>,
    /// The resources it is for, if the selector reads nothing else.
    pub selection: Option<SelectionIx>,
}

impl ScopedSet {
    /// Whether what it is for depends on `subject`.
    #[must_use]
    pub fn reads(&self, subject: Subject) -> bool {
        self.selector.as_ref().is_some_and(|it| it.reads().contains(subject))
    }
}

/// Variables by deployment, values by variable, resource variables by resource, and variable sets.
#[derive(Debug, Default, Resource)]
pub struct VariableIndex {
    by_deployment: IxVec<DeploymentIx, Vec<VariableIx>>,
    by_variable: IxVec<VariableIx, Vec<ScopedValue>>,
    by_resource: IxVec<ResourceIx, Vec<OwnValue>>,
    sets: Vec<ScopedSet>,
}

impl VariableIndex {
    /// The variables of a deployment, in no particular order.
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx) -> &[VariableIx] {
        self.by_deployment.get(deployment).map_or(&[], Vec::as_slice)
    }

    /// The values of a variable, in no particular order.
    #[must_use]
    pub fn values(&self, variable: VariableIx) -> &[ScopedValue] {
        self.by_variable.get(variable).map_or(&[], Vec::as_slice)
    }

    /// The values a resource sets itself, in no particular order.
    #[must_use]
    pub fn of_resource(&self, resource: ResourceIx) -> &[OwnValue] {
        self.by_resource.get(resource).map_or(&[], Vec::as_slice)
    }

    /// The variable sets, in no particular order.
    #[must_use]
    pub fn sets(&self) -> &[ScopedSet] {
        &self.sets
    }

    /// Adds or replaces a value that a resource sets itself.
    pub(crate) fn add_own_value(&mut self, resource: ResourceIx, value: OwnValue) {
        self.remove_own_value(resource, value.variable);
        self.by_resource.slot(resource).push(value);
    }

    /// Removes a value that a resource sets itself.
    pub(crate) fn remove_own_value(&mut self, resource: ResourceIx, variable: ResourceVariableIx) {
        self.by_resource.slot(resource).retain(|it| it.variable != variable);
    }

    /// Adds or replaces a variable set; returns the selection that an earlier form of it used.
    pub(crate) fn add_set(&mut self, set: ScopedSet) -> Option<SelectionIx> {
        let old = self.remove_set(set.set);
        self.sets.push(set);
        old
    }

    /// Removes a variable set; returns the selection that it used.
    pub(crate) fn remove_set(&mut self, set: VariableSetIx) -> Option<SelectionIx> {
        let at = self.sets.iter().position(|known| known.set == set)?;
        self.sets.swap_remove(at).selection
    }

    /// Adds a variable.
    pub(crate) fn add_variable(&mut self, deployment: DeploymentIx, variable: VariableIx) {
        let list = self.by_deployment.slot(deployment);
        if !list.contains(&variable) {
            list.push(variable);
        }
    }

    /// Removes a variable; its values stay and count again if it returns.
    pub(crate) fn remove_variable(&mut self, deployment: DeploymentIx, variable: VariableIx) {
        self.by_deployment.slot(deployment).retain(|&it| it != variable);
    }

    /// Adds or replaces a value; returns the selection that an earlier form of it used.
    pub(crate) fn add_value(
        &mut self,
        variable: VariableIx,
        value: ValueIx,
        selection: Option<SelectionIx>,
    ) -> Option<SelectionIx> {
        let old = self.remove_value(variable, value);
        self.by_variable.slot(variable).push(ScopedValue { value, selection });
        old
    }

    /// Removes a value; returns the selection that it used.
    pub(crate) fn remove_value(
        &mut self,
        variable: VariableIx,
        value: ValueIx,
    ) -> Option<SelectionIx> {
        let list = self.by_variable.slot(variable);
        let at = list.iter().position(|known| known.value == value)?;
        list.swap_remove(at).selection
    }
}
