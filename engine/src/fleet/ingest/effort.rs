//! What selections may take: an event after which looking through the resources would take too long is
//! refused before anything is written.
//!
//! Only selectors that go through lists or texts of any length are asked, by evaluating them; what the
//! others take follows from the length of their text.

use bevy_ecs::world::World;

use super::Rejection;
use crate::fleet::catalogue::{Selections, items};
use crate::model::{Resource, SelectorSource};
use crate::select::{Bindings, MOST_STEPS, Selector, Subject};
use crate::wire::event::ErrorClass;

/// Steps that one event may take in all selections of resources, about half a second.
const MOST: usize = 16 * MOST_STEPS;

/// Asks a selector of all resources, unless it selects some already, for others who have the same text.
///
/// # Errors
/// When that takes too long: what to say of it.
pub(super) fn of_selector(
    world: &World,
    source: &SelectorSource,
    selector: &Selector,
) -> Result<(), String> {
    if !selector.goes_through() || world.resource::<Selections>().has(source) {
        return Ok(());
    }
    let mut left = MOST;
    for (asked, (_, resource)) in (1..).zip(items::<Resource>(world)) {
        let steps = selector.steps(&Bindings::only(Subject::Resource, resource));
        left = left.checked_sub(steps).ok_or_else(|| {
            format!("the selector takes too long: more than {MOST} steps over {asked} resources")
        })?;
    }
    Ok(())
}

/// Asks all selections of resources that come or change.
///
/// # Errors
/// When that takes too long.
pub(super) fn of_resources(world: &World, resources: &[Resource]) -> Result<(), Rejection> {
    let mut left = MOST;
    let selectors = world.resource::<Selections>().selectors();
    for selector in selectors.filter(|it| it.goes_through()) {
        for resource in resources {
            let steps = selector.steps(&Bindings::only(Subject::Resource, resource));
            left = left.checked_sub(steps).ok_or_else(|| {
                let message = format!(
                    "a selector of an environment, a deployment or a value takes too long, in the end \
                     on resource `{}`: more than {MOST} steps in all",
                    resource.identifier
                );
                Rejection::at(ErrorClass::InvalidValue, &[], message)
            })?;
        }
    }
    Ok(())
}
