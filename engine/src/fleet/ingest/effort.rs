//! What selections may take: an event after which looking through the resources would take too long is
//! refused before anything is written.
//!
//! A selector of a policy, or of a variable set, is asked of the deployments and environments that there are
//! when it comes; what resources add to that is left out, since which of them are targets follows later.
//!
//! Only selectors that go through lists or texts of any length are asked, by evaluating them; what the
//! others take follows from the length of their text.

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::{Mut, World};

use super::Rejection;
use crate::fleet::catalogue::{Catalogued, Selections, items};
use crate::model::{Attributes, Deployment, Environment, Resource, SelectorSource};
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

/// Asks the selector of a policy of all deployments and environments that it reads, of each once.
///
/// # Errors
/// When that takes too long: what to say of it.
pub(super) fn of_policy(world: &mut World, selector: &Selector) -> Result<(), String> {
    if !selector.goes_through() {
        return Ok(());
    }
    world.resource_scope(|world, mut taken: Mut<Taken>| {
        let (mut of_event, mut asked) = (0, 0);
        for deployment in read::<Deployment>(world, selector, Subject::Deployment) {
            for environment in read::<Environment>(world, selector, Subject::Environment) {
                asked += 1;
                let filled =
                    [(Subject::Deployment, deployment), (Subject::Environment, environment)];
                let filled = filled.into_iter().filter_map(|(subject, it)| Some((subject, it?)));
                let bindings =
                    filled.fold(Bindings::default(), |all, (subject, it)| all.with(subject, it));
                taken.take(&mut of_event, selector.steps(&bindings)).map_err(|most| {
                    format!("the selector takes too long: {most}, asked {asked} times")
                })?;
            }
        }
        Ok(())
    })
}

/// The entities that a selector reads as `subject`; if it reads none, or there is none, nothing once.
fn read<'w, T: Catalogued + Attributes>(
    world: &'w World,
    selector: &Selector,
    subject: Subject,
) -> Vec<Option<&'w dyn Attributes>> {
    let mut found = Vec::new();
    if selector.reads().contains(subject) {
        found.extend(items::<T>(world).map(|(_, it)| Some(it as &dyn Attributes)));
    }
    if found.is_empty() {
        found.push(None);
    }
    found
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
