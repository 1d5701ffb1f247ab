//! Registries: id to dense index to entity, one per kind.

use std::borrow::Cow;
use std::marker::PhantomData;

use bevy_ecs::component::{Component, Mutable};
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::system::{Query, Res, SystemParam};
use bevy_ecs::world::World;

use crate::base::ids::{self, Index};
use crate::base::ix_vec::IxVec;
use crate::base::symbol::{Symbol, Symbols};
use crate::model;
use crate::model::Attributes;
use crate::model::kinds::{composite_key, kinds};
use crate::select::EntityRows;

/// A kind of catalogue entity: a component that holds the whole entity.
pub trait Catalogued: Component<Mutability = Mutable> + Send + Sync + Sized + 'static {
    /// The index type of the kind.
    type Ix: Index;

    /// The text that identifies an entity of the kind.
    fn key(&self) -> Cow<'_, str>;
}

/// The text of a key; of one part, that part.
macro_rules! key_text {
    ($it:ident, ($id:ident)) => {
        Cow::Borrowed(&$it.$id)
    };
    ($it:ident, { $($(#[$doc:meta])* $part:ident: $reader:ident $json:literal),+ $(,)? }) => {
        Cow::Owned(composite_key(&[$(&$it.$part),+]))
    };
}

macro_rules! register {
    ($(
        $(#[$doc:meta])* $kind:ident: $index:ident, $name:literal, $list:tt, $key:tt;
    )+) => {
        $(impl Catalogued for model::$kind {
            type Ix = ids::$index;
            fn key(&self) -> Cow<'_, str> {
                key_text!(self, $key)
            }
        })+

        /// Puts an empty registry of every kind into a world.
        pub(crate) fn init_registries(world: &mut World) {
            $(world.init_resource::<Registry<model::$kind>>();)+
        }
    };
}

kinds!(register);

/// The entities of one kind by id and by index.
#[derive(Debug, EcsResource)]
pub struct Registry<T: Catalogued> {
    /// Symbols are dense in order of first sight, so a symbol is an index.
    ids: Symbols,
    entities: IxVec<T::Ix, Option<Entity>>,
    present: usize,
    kind: PhantomData<fn() -> T>,
}

impl<T: Catalogued> Default for Registry<T> {
    fn default() -> Self {
        Self { ids: Symbols::default(), entities: IxVec::new(), present: 0, kind: PhantomData }
    }
}

impl<T: Catalogued> Registry<T> {
    /// The index of an id, new if the id was never mentioned; the entity need not exist.
    pub fn index(&mut self, id: &str) -> T::Ix {
        let ix = T::Ix::at(self.ids.intern(id).slot());
        self.entities.slot(ix);
        ix
    }

    /// The index of an id that was mentioned before.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<T::Ix> {
        self.ids.find(id).map(|symbol| T::Ix::at(symbol.slot()))
    }

    /// The id of an index.
    ///
    /// # Panics
    /// When another registry gave out the index.
    #[must_use]
    pub fn id(&self, ix: T::Ix) -> &str {
        self.ids.text(Symbol::at(ix.slot()))
    }

    /// The entity at an index, `None` while it does not exist.
    #[must_use]
    pub fn entity(&self, ix: T::Ix) -> Option<Entity> {
        self.entities.get(ix).copied().flatten()
    }

    /// Number of indices given out, existing or not: the length of columns over this kind.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.entities.len()
    }

    /// Number of existing entities.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present
    }

    /// Whether no entity exists.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Indices of the existing entities, ascending.
    pub fn present(&self) -> impl Iterator<Item = T::Ix> + '_ {
        self.entities.iter().filter(|(_, entity)| entity.is_some()).map(|(ix, _)| ix)
    }
}

/// Stores an entity, replacing an earlier one of the same id; returns its index and the earlier one.
///
/// # Panics
/// When a registered entity is gone: only [`remove`] despawns them.
pub(crate) fn store<T: Catalogued>(world: &mut World, value: T) -> (T::Ix, Option<T>) {
    let mut registry = world.resource_mut::<Registry<T>>();
    let ix = registry.index(&value.key());
    if let Some(entity) = registry.entity(ix) {
        let mut stored = world.get_mut::<T>(entity).expect("registered entities are alive");
        return (ix, Some(std::mem::replace(&mut *stored, value)));
    }
    let entity = world.spawn(value).id();
    let mut registry = world.resource_mut::<Registry<T>>();
    registry.entities[ix] = Some(entity);
    registry.present += 1;
    (ix, None)
}

/// Removes the entity with this key and returns it with its index; `None` when there is none.
///
/// # Panics
/// When a registered entity is gone: only [`remove`] despawns them.
pub(crate) fn remove<T: Catalogued>(world: &mut World, key: &str) -> Option<(T::Ix, T)> {
    let mut registry = world.resource_mut::<Registry<T>>();
    let ix = registry.find(key)?;
    let entity = registry.entities[ix].take()?;
    registry.present -= 1;
    let value = world.entity_mut(entity).take::<T>().expect("registered entities are alive");
    world.despawn(entity);
    Some((ix, value))
}

/// The entity at `ix`, if it exists.
#[must_use]
pub fn item<T: Catalogued>(world: &World, ix: T::Ix) -> Option<&T> {
    let entity = world.resource::<Registry<T>>().entity(ix)?;
    world.get::<T>(entity)
}

/// The entities of a kind, in index order.
pub fn items<T: Catalogued>(world: &World) -> impl Iterator<Item = (T::Ix, &T)> {
    let registry = world.resource::<Registry<T>>();
    registry.present().filter_map(|ix| Some((ix, item::<T>(world, ix)?)))
}

/// Read access to all entities of a kind, for systems.
#[derive(Debug, SystemParam)]
pub struct Stock<'w, 's, T: Catalogued> {
    registry: Res<'w, Registry<T>>,
    items: Query<'w, 's, &'static T>,
}

impl<T: Catalogued> Stock<'_, '_, T> {
    /// The entity at `ix`, if it exists.
    #[must_use]
    pub fn get(&self, ix: T::Ix) -> Option<&T> {
        self.items.get(self.registry.entity(ix)?).ok()
    }

    /// The registry of the kind.
    #[must_use]
    pub fn registry(&self) -> &Registry<T> {
        &self.registry
    }

    /// Every existing entity, by ascending index.
    pub fn iter(&self) -> impl Iterator<Item = (T::Ix, &T)> + '_ {
        self.registry.present().filter_map(|ix| Some((ix, self.get(ix)?)))
    }
}

impl<T: Catalogued + Attributes> EntityRows for Stock<'_, '_, T> {
    fn len(&self) -> usize {
        self.registry.slots()
    }

    fn get(&self, row: usize) -> Option<&dyn Attributes> {
        let item = Stock::get(self, T::Ix::at(row))?;
        Some(item)
    }
}
