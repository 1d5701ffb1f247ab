//! What selections may take: an event after which looking through the resources would take too long is
//! refused before anything is written.
//!
//! Only selectors that go through lists or texts of any length are asked, by evaluating them; what the
//! others take follows from the length of their text.

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::{Mut, World};

use super::Rejection;
use crate::fleet::catalogue::{Selections, items};
use crate::model::{Resource, SelectorSource};
use crate::select::{Bindings, MOST_STEPS, Selector, Subject};
use crate::wire::event::ErrorClass;

/// Steps that one event may take in all selections of resources, about half a second.
const MOST: usize = 16 * MOST_STEPS;

/// Steps that the events may take that are applied together.
const MOST_TOGETHER: usize = 8 * MOST;

/// Steps that the events of this run took so far.
#[derive(Debug, Default, EcsResource)]
pub(crate) struct Taken(usize);

impl Taken {
    /// Starts over.
    pub(super) fn restart(world: &mut World) {
        world.resource_mut::<Self>().0 = 0;
    }

    /// Takes so many more, of which an event took `of_event` before.
    fn take(&mut self, of_event: &mut usize, steps: usize) -> Result<(), String> {
        *of_event += steps;
        self.0 += steps;
        if *of_event > MOST {
            return Err(format!("more than {MOST} steps"));
        }
        if self.0 > MOST_TOGETHER {
            return Err(format!("more than {MOST_TOGETHER} steps with what comes before it"));
        }
        Ok(())
    }
}

/// Asks a selector of all resources, unless it selects some already, for others who have the same text.
///
/// # Errors
/// When that takes too long: what to say of it.
pub(super) fn of_selector(
    world: &mut World,
    source: &SelectorSource,
    selector: &Selector,
) -> Result<(), String> {
    if !selector.goes_through() || world.resource::<Selections>().has(source) {
        return Ok(());
    }
    world.resource_scope(|world, mut taken: Mut<Taken>| {
        let mut of_event = 0;
        for (asked, (_, resource)) in (1..).zip(items::<Resource>(world)) {
            let steps = selector.steps(&Bindings::only(Subject::Resource, resource));
            taken.take(&mut of_event, steps).map_err(|most| {
                format!("the selector takes too long: {most}, over {asked} resources")
            })?;
        }
        Ok(())
    })
}

/// Asks all selections of resources that come or change.
///
/// # Errors
/// When that takes too long.
pub(super) fn of_resources(world: &mut World, resources: &[Resource]) -> Result<(), Rejection> {
    if !world.resource::<Selections>().selectors().any(Selector::goes_through) {
        return Ok(());
    }
    world.resource_scope(|world, mut taken: Mut<Taken>| {
        let mut of_event = 0;
        let selectors = world.resource::<Selections>().selectors();
        for selector in selectors.filter(|it| it.goes_through()) {
            for resource in resources {
                let steps = selector.steps(&Bindings::only(Subject::Resource, resource));
                taken.take(&mut of_event, steps).map_err(|most| {
                    let message = format!(
                        "a selector of an environment, a deployment or a value takes too long, in the \
                         end on resource `{}`: {most} in all",
                        resource.identifier
                    );
                    Rejection::at(ErrorClass::InvalidValue, &[], message)
                })?;
            }
        }
        Ok(())
    })
}
