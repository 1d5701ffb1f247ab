//! Which variables a deployment declares, which values they have, and what resources set themselves.

use bevy_ecs::resource::Resource;

use super::SelectionIx;
use crate::base::ids::{DeploymentIx, ResourceIx, ResourceVariableIx, ValueIx, VariableIx};

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
    by_deployment: Vec<Vec<VariableIx>>,
    by_variable: Vec<Vec<ScopedValue>>,
    by_resource: Vec<Vec<ResourceVariableIx>>,
}

impl VariableIndex {
    /// The variables of a deployment, in no particular order.
    #[must_use]
    pub fn of(&self, deployment: DeploymentIx) -> &[VariableIx] {
        self.by_deployment.get(deployment.slot()).map_or(&[], Vec::as_slice)
    }

    /// The values of a variable, in no particular order.
    #[must_use]
    pub fn values(&self, variable: VariableIx) -> &[ScopedValue] {
        self.by_variable.get(variable.slot()).map_or(&[], Vec::as_slice)
    }

    /// The variables a resource sets itself, in no particular order.
    #[must_use]
    pub fn of_resource(&self, resource: ResourceIx) -> &[ResourceVariableIx] {
        self.by_resource.get(resource.slot()).map_or(&[], Vec::as_slice)
    }

    /// Adds a resource variable.
    pub(crate) fn add_resource_variable(
        &mut self,
        resource: ResourceIx,
        variable: ResourceVariableIx,
    ) {
        let list = list_at(&mut self.by_resource, resource.slot());
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
        list_at(&mut self.by_resource, resource.slot()).retain(|&it| it != variable);
    }

    /// Adds a variable.
    pub(crate) fn add_variable(&mut self, deployment: DeploymentIx, variable: VariableIx) {
        let list = list_at(&mut self.by_deployment, deployment.slot());
        if !list.contains(&variable) {
            list.push(variable);
        }
    }

    /// Removes a variable; its values stay and count again if it returns.
    pub(crate) fn remove_variable(&mut self, deployment: DeploymentIx, variable: VariableIx) {
        list_at(&mut self.by_deployment, deployment.slot()).retain(|&it| it != variable);
    }

    /// Adds or replaces a value; returns the selection that an earlier form of it used.
    pub(crate) fn add_value(
        &mut self,
        variable: VariableIx,
        value: ValueIx,
        selection: Option<SelectionIx>,
    ) -> Option<SelectionIx> {
        let old = self.remove_value(variable, value);
        list_at(&mut self.by_variable, variable.slot()).push(ScopedValue { value, selection });
        old
    }

    /// Removes a value; returns the selection that it used.
    pub(crate) fn remove_value(
        &mut self,
        variable: VariableIx,
        value: ValueIx,
    ) -> Option<SelectionIx> {
        let list = list_at(&mut self.by_variable, variable.slot());
        let at = list.iter().position(|known| known.value == value)?;
        list.swap_remove(at).selection
    }
}

fn list_at<T>(lists: &mut Vec<Vec<T>>, slot: usize) -> &mut Vec<T> {
    if lists.len() <= slot {
        lists.resize_with(slot + 1, Vec::new);
    }
    &mut lists[slot]
}
