//! What providers stated last, whether or not it had an effect (SEMANTICS 4.4, X5).

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::World;

use super::upsert::Identifiers;
use crate::base::hash::{FixedMap, fixed_map};
use crate::fleet::catalogue::{Registry, item};
use crate::model::Resource;

/// Which identifiers each provider stated last, whoever owns them.
#[derive(Debug, EcsResource)]
pub(crate) struct Stated(FixedMap<String, Vec<String>>);

impl Default for Stated {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Stated {
    /// A provider's list, which replaces the one before.
    pub(super) fn set(&mut self, provider: &str, identifiers: Vec<String>) {
        self.0.insert(provider.to_owned(), identifiers);
    }

    /// A provider went, and what it stated with it.
    pub(super) fn forget(&mut self, provider: &str) {
        self.0.remove(provider);
    }
}

/// A resource that a provider stated last, and that belongs to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftAlone<'w> {
    /// Who stated it.
    pub provider: &'w str,
    /// How.
    pub identifier: &'w str,
    /// The resource.
    pub resource: &'w str,
    /// Whose it is.
    pub owner: &'w str,
}

/// What providers stated and do not own, by provider and identifier: as the lists and the owners are
/// now, whichever came first. Looks at all that was stated.
#[must_use]
pub fn left_alone(world: &World) -> Vec<LeftAlone<'_>> {
    let registry = world.resource::<Registry<Resource>>();
    let identifiers = &world.resource::<Identifiers>().0;
    let lists = world.resource::<Stated>().0.iter();
    let stated = lists.flat_map(|(provider, list)| list.iter().map(move |it| (provider, it)));
    let mut found: Vec<LeftAlone<'_>> = stated
        .filter_map(|(provider, identifier)| {
            let ix = registry.find(identifiers.get(identifier)?)?;
            let resource = item::<Resource>(world, ix)?;
            let owner = resource.provider_id.as_deref().filter(|owner| owner != provider)?;
            Some(LeftAlone { provider, identifier, resource: &resource.id, owner })
        })
        .collect();
    found.sort_unstable();
    found
}
