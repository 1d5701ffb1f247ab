//! Which variables a deployment declares, which values they have, and what resources set themselves.

use bevy_ecs::resource::Resource;

use super::SelectionIx;
use crate::base::ids::{DeploymentIx, ResourceIx, ResourceVariableIx, ValueIx, VariableIx};
use crate::base::ix_vec::IxVec;

/// A value of a variable, and the resources it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopedValue {
    /// The value.
    pub value: ValueIx,
    /// `None`: every resource.
    pub selection: Option<SelectionIx>,
}

/// Variables by deployment, values by variable, and resource variables by resource.
#[derive(Debug, Default, Resource)]
pub struct VariableIndex {
    by_deployment: IxVec<DeploymentIx, Vec<VariableIx>>,
    by_variable: IxVec<VariableIx, Vec<ScopedValue>>,
    by_resource: IxVec<ResourceIx, Vec<ResourceVariableIx>>,
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

    /// The variables a resource sets itself, in no particular order.
    #[must_use]
    pub fn of_resource(&self, resource: ResourceIx) -> &[ResourceVariableIx] {
        self.by_resource.get(resource).map_or(&[], Vec::as_slice)
    }

    /// Adds a resource variable.
    pub(crate) fn add_resource_variable(
        &mut self,
        resource: ResourceIx,
        variable: ResourceVariableIx,
    ) {
        let list = self.by_resource.slot(resource);
        if !list.contains(&variable) {
            list.push(variable);
        }
    }

    /// Removes a resource variable.
    pub(crate) fn remove_resource_variable(
        &mut self,
        resource: ResourceIx,
        variable: ResourceVariableIx,
    ) {
        self.by_resource.slot(resource).retain(|&it| it != variable);
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
