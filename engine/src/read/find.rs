//! Finding a target by the names of its parts.
//!
//! Vocabulary: a part is *called* by its id, or by a name: a deployment by its name or slug, a
//! resource by its name or identifier. An id goes before names; several parts may share a name, as
//! long as only one of them makes a target with the others.

use bevy_ecs::world::World;
use thiserror::Error;

use super::triple_of;
use crate::base::nearest::nearest;
use crate::fleet::Fleet;
use crate::fleet::catalogue::{Catalogued, Registry, item, items};
use crate::fleet::matrix::{Cohorts, TargetRef};
use crate::model::{Deployment, EntityKind, Environment, Resource};
use crate::wire::event::Triple;

/// Why names do not lead to one target.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindError {
    /// Nothing of the kind is called so.
    #[error("there is no {kind} `{wanted}`; {}", may_be(.nearest))]
    Unknown {
        /// The kind.
        kind: EntityKind,
        /// What it was called.
        wanted: String,
        /// What things of the kind are called, the closest first, at most five.
        nearest: Vec<String>,
    },
    /// The names are those of several targets.
    #[error("the target may be {}; call its parts by their ids", listed(.candidates))]
    Ambiguous {
        /// The targets, the first hundred of them.
        candidates: Vec<Triple>,
    },
    /// All parts exist and make no target.
    #[error("{} is no target: both selectors must select the resource, in one system", listed(.tried))]
    NoTarget {
        /// The parts, once for each way in which their names are shared, up to a hundred.
        tried: Vec<Triple>,
    },
}

impl Fleet {
    /// The target of a deployment, an environment and a resource, each given by id or name. `O(n)` of
    /// the entities of the three kinds, unless ids are given.
    ///
    /// # Errors
    /// When one of them does not exist, the names are those of several targets, or they make none.
    pub fn find(
        &self,
        deployment: &str,
        environment: &str,
        resource: &str,
    ) -> Result<TargetRef, FindError> {
        let world = self.world();
        let deployments = called(world, EntityKind::Deployment, deployment, |it: &Deployment| {
            [&it.name, &it.slug]
        })?;
        let environments =
            called(world, EntityKind::Environment, environment, |it: &Environment| {
                [&it.name, &it.name]
            })?;
        let resources = called(world, EntityKind::Resource, resource, |it: &Resource| {
            [&it.name, &it.identifier]
        })?;
        let cohorts = world.resource::<Cohorts>();
        let pairs = deployments.iter().flat_map(|&it| environments.iter().map(move |&on| (it, on)));
        let pairs: Vec<_> = pairs.collect();
        let made = pairs.iter().filter_map(|&(deployment, on)| cohorts.find(deployment, on));
        let found: Vec<TargetRef> = made
            .flat_map(|cohort| {
                resources.iter().map(move |&resource| TargetRef { cohort, resource })
            })
            .filter(|it| cohorts[it.cohort].live_position(it.resource).is_some())
            .take(MOST_KEPT)
            .collect();
        if let [only] = found[..] {
            return Ok(only);
        }
        if !found.is_empty() {
            let candidates = found.into_iter().map(|it| triple_of(world, it)).collect();
            return Err(FindError::Ambiguous { candidates });
        }
        let id = |it: &str| it.to_owned();
        let tried = pairs.iter().flat_map(|&(deployment, environment)| {
            resources.iter().map(move |&resource| Triple {
                resource_id: id(world.resource::<Registry<Resource>>().id(resource)),
                environment_id: id(world.resource::<Registry<Environment>>().id(environment)),
                deployment_id: id(world.resource::<Registry<Deployment>>().id(deployment)),
            })
        });
        Err(FindError::NoTarget { tried: tried.take(MOST_KEPT).collect() })
    }
}

/// The existing entity with this id, or else all with this name; never empty.
fn called<T: Catalogued>(
    world: &World,
    kind: EntityKind,
    wanted: &str,
    names: impl Fn(&T) -> [&String; 2],
) -> Result<Vec<T::Ix>, FindError> {
    let registry = world.resource::<Registry<T>>();
    if let Some(ix) = registry.find(wanted).filter(|&ix| item::<T>(world, ix).is_some()) {
        return Ok(vec![ix]);
    }
    let is_called = |it: &T| !wanted.is_empty() && names(it).iter().any(|name| *name == wanted);
    let found: Vec<T::Ix> =
        items::<T>(world).filter(|(_, it)| is_called(it)).map(|(ix, _)| ix).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = items::<T>(world).map(|(ix, it)| match names(it)[0].as_str() {
        "" => registry.id(ix),
        name => name,
    });
    let nearest = nearest(wanted, known).into_iter().map(str::to_owned).collect();
    Err(FindError::Unknown { kind, wanted: wanted.to_owned(), nearest })
}

fn may_be(nearest: &[String]) -> String {
    match nearest {
        [] => "there are none".to_owned(),
        [only] => format!("the nearest is `{only}`"),
        _ => format!("the nearest are `{}`", nearest.join("`, `")),
    }
}

/// Most targets that an error keeps: thousands of resources may share a name.
const MOST_KEPT: usize = 100;
/// Most of them that a message lists.
const MOST: usize = 5;

fn listed(triples: &[Triple]) -> String {
    let texts: Vec<String> = triples.iter().take(MOST).map(Triple::to_string).collect();
    let rest = match triples.len().saturating_sub(MOST) {
        0 => String::new(),
        _ if triples.len() >= MOST_KEPT => " or one of many others".to_owned(),
        more => format!(" or one of {more} others"),
    };
    format!("{}{rest}", texts.join(" or "))
}
