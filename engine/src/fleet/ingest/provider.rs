//! `resource-provider.set-resources`: a provider states all its resources (SEMANTICS 4.4).

use bevy_ecs::world::World;
use uuid::Uuid;

use super::stated::Stated;
use super::upsert::{Identifiers, index_of, resource as store_resource};
use super::{Rejection, delete};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::json::equal;
use crate::base::time::SimTime;
use crate::fleet::catalogue::{Registry, item, items};
use crate::fleet::change::Changes;
use crate::model::Resource;
use crate::wire::event::ErrorClass;

/// Identifiers and ids must be unambiguous.
pub(super) fn check(
    world: &World,
    provider: &str,
    resources: &[Resource],
) -> Result<(), Rejection> {
    let mut sent: FixedMap<String, ()> = fixed_map();
    for resource in resources {
        if sent.insert(resource.identifier.clone(), ()).is_some() {
            return Err(Rejection::at(
                ErrorClass::Conflict,
                &["resources"],
                format!("identifier `{}` occurs twice", resource.identifier),
            ));
        }
    }
    let named: Vec<Resource> = resources.iter().map(|it| with_id(world, it.clone())).collect();
    check_ids(world, &named, provider, &sent)
}

/// Makes a provider's resources exactly the given ones, which were checked.
pub(super) fn set_resources(
    world: &mut World,
    provider: &str,
    resources: Vec<Resource>,
    now: SimTime,
) {
    let mut sent: FixedMap<String, ()> = fixed_map();
    sent.extend(resources.iter().map(|it| (it.identifier.clone(), ())));
    let resources: Vec<Resource> = resources.into_iter().map(|it| with_id(world, it)).collect();
    let owned: Vec<String> = {
        let is_gone = |it: &&Resource| {
            it.provider_id.as_deref() == Some(provider) && !sent.contains_key(&it.identifier)
        };
        let all = items::<Resource>(world).map(|(_, it)| it);
        all.filter(is_gone).map(|it| it.id.clone()).collect()
    };
    for id in owned {
        delete::resource(world, &id);
    }
    for resource in resources {
        set_one(world, provider, resource, now);
    }
    let stated = sent.into_keys().collect();
    world.resource_mut::<Stated>().set(provider, stated);
}

/// An entry takes over the id of the resource with its identifier, else keeps its own, else gets one
/// derived from the identifier.
fn with_id(world: &World, mut resource: Resource) -> Resource {
    if let Some(owner) = world.resource::<Identifiers>().0.get(&resource.identifier) {
        resource.id.clone_from(owner);
    } else if resource.id.is_empty() {
        let derived = Uuid::new_v5(&Uuid::NAMESPACE_OID, resource.identifier.as_bytes());
        resource.id = derived.to_string();
    }
    resource
}

/// An id that belongs to a resource with another identifier is free only if that one goes.
fn check_ids(
    world: &World,
    resources: &[Resource],
    provider: &str,
    sent: &FixedMap<String, ()>,
) -> Result<(), Rejection> {
    let registry = world.resource::<Registry<Resource>>();
    let mut seen: FixedMap<&str, ()> = fixed_map();
    for resource in resources {
        let stored = registry.find(&resource.id).and_then(|ix| item::<Resource>(world, ix));
        let taken = stored.is_some_and(|known| {
            let goes = known.provider_id.as_deref() == Some(provider)
                && !sent.contains_key(&known.identifier);
            known.identifier != resource.identifier && !goes
        });
        if taken || seen.insert(&resource.id, ()).is_some() {
            return Err(Rejection::at(
                ErrorClass::Conflict,
                &["resources"],
                format!("id `{}` belongs to more than one identifier", resource.id),
            ));
        }
    }
    Ok(())
}

fn set_one(world: &mut World, provider: &str, mut sent: Resource, now: SimTime) {
    let ix = index_of::<Resource>(world, &sent.id);
    sent.provider_id = Some(provider.to_owned());
    let Some(known) = item::<Resource>(world, ix) else {
        store_resource(world, sent);
        return;
    };
    if known.provider_id.as_deref().is_some_and(|owner| owner != provider) {
        world.resource_mut::<Changes>().skip(ix);
        return;
    }
    let content_changed = (&known.name, &known.kind, &known.version, &known.metadata)
        != (&sent.name, &sent.kind, &sent.version, &sent.metadata)
        || !equal(&known.config.clone().into(), &sent.config.clone().into());
    let adopted = known.provider_id.is_none();
    if !content_changed && !adopted {
        return;
    }
    sent.created_at = known.created_at;
    sent.updated_at = if content_changed { Some(now) } else { known.updated_at };
    store_resource(world, sent);
}
