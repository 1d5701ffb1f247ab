//! Selections: each distinct selector text is evaluated over all resources once, and kept up to
//! date row by row.

use std::fmt;

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::world::{Mut, World};
use fixedbitset::FixedBitSet;

use super::compiled::source_text;
use super::registry::{Catalogued, Registry};
use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{Index, ResourceIx};
use crate::model::Attributes;
use crate::model::SelectorSource;
use crate::model::{EntityKind, Resource};
use crate::select::{Atoms, AttributeTable, EntityRows};
use crate::select::{Bindings, Selector};

/// A selection of resources, shared by all who use the same selector text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelectionIx(pub u32);

struct Selection {
    selector: Selector,
    source: String,
    /// One bit per resource index; `None` until first evaluated.
    bits: Option<FixedBitSet>,
    users: u32,
}

/// The attribute columns of resources, and every selection in use over them.
#[derive(EcsResource)]
pub struct Selections {
    /// Values of the attribute columns.
    pub atoms: Atoms,
    /// Attribute columns of resources, one row per resource index.
    pub resources: AttributeTable,
    entries: Vec<Selection>,
    by_source: FixedMap<String, SelectionIx>,
    free: Vec<SelectionIx>,
    /// Whether a selection was acquired since the last refresh.
    acquired: bool,
    /// Resource indices that the last refresh saw.
    rows: usize,
}

impl Default for Selections {
    fn default() -> Self {
        Self {
            atoms: Atoms::default(),
            resources: AttributeTable::new(EntityKind::Resource),
            entries: Vec::new(),
            by_source: fixed_map(),
            free: Vec::new(),
            acquired: false,
            rows: 0,
        }
    }
}

impl fmt::Debug for Selections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selections").field("sources", &self.by_source.len()).finish_non_exhaustive()
    }
}

impl Selections {
    /// The selection of a selector, evaluated by the next [`refresh_selections`]; must be given back
    /// with [`Selections::free`].
    ///
    /// # Panics
    /// When there are 2^32 selectors or more, which memory does not hold.
    pub(crate) fn acquire(&mut self, source: &SelectorSource, selector: &Selector) -> SelectionIx {
        let source = source_text(source);
        if let Some(&known) = self.by_source.get(&source) {
            self.entries[known.0 as usize].users += 1;
            return known;
        }
        let entry =
            Selection { selector: selector.clone(), source: source.clone(), bits: None, users: 1 };
        let ix = if let Some(free) = self.free.pop() {
            self.entries[free.0 as usize] = entry;
            free
        } else {
            self.entries.push(entry);
            SelectionIx(u32::try_from(self.entries.len() - 1).expect("fewer than 2^32 selectors"))
        };
        self.by_source.insert(source, ix);
        self.acquired = true;
        ix
    }

    /// Gives a selection back; the last user's takes it away.
    pub(crate) fn free(&mut self, selection: SelectionIx) {
        let entry = &mut self.entries[selection.0 as usize];
        entry.users -= 1;
        if entry.users == 0 {
            self.by_source.remove(&entry.source);
            entry.bits = None;
            self.free.push(selection);
        }
    }

    /// The selected resources, one bit per resource index.
    ///
    /// # Panics
    /// When the selection was not refreshed since it was acquired.
    #[must_use]
    pub fn bits(&self, selection: SelectionIx) -> &FixedBitSet {
        self.entries[selection.0 as usize].bits.as_ref().expect("selections are refreshed first")
    }

    /// Whether there is a selection of a selector.
    pub(crate) fn has(&self, source: &SelectorSource) -> bool {
        self.by_source.contains_key(&source_text(source))
    }

    /// The selectors of all selections in use.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.entries.iter().filter(|entry| entry.users > 0).map(|entry| &entry.selector)
    }

    /// The selector of a selection, to ask it otherwise than for the bits that are kept.
    #[must_use]
    pub fn selector(&self, selection: SelectionIx) -> &Selector {
        &self.entries[selection.0 as usize].selector
    }
}

/// Whether there are new selections, or new resources, though they be only mentioned: an id takes an index.
pub(crate) fn selections_are_behind(world: &World) -> bool {
    let Selections { acquired, rows, .. } = world.resource::<Selections>();
    *acquired || *rows != world.resource::<Registry<Resource>>().len()
}

/// Evaluates new selections over all resources and every selection over the `changed` ones.
pub(crate) fn refresh_selections(world: &mut World, changed: &[ResourceIx]) {
    world.resource_scope(|world, mut selections: Mut<Selections>| {
        let rows = ResourceRows { registry: world.resource::<Registry<Resource>>(), world };
        let Selections { atoms, resources, entries, acquired, rows: seen, .. } = &mut *selections;
        *seen = rows.len();
        *acquired = false;
        for &resource in changed {
            resources.refresh_row(atoms, resource.slot(), rows.get(resource.slot()));
        }
        for entry in entries.iter_mut().filter(|entry| entry.users > 0) {
            for path in entry.selector.columns() {
                resources.ensure(atoms, path, &rows);
            }
            let fresh = entry.bits.is_none();
            let bits = entry.bits.get_or_insert_default();
            bits.grow(rows.len());
            let bindings = Bindings::default();
            if fresh || changed.len() > MANY {
                let all = 0..rows.len();
                entry.selector.select(resources, atoms, &rows, &bindings, all, bits);
            } else {
                for &resource in changed {
                    let row = resource.slot()..resource.slot() + 1;
                    entry.selector.select(resources, atoms, &rows, &bindings, row, bits);
                }
            }
        }
    });
}

/// From this many changed resources on, evaluating whole columns costs less than single rows.
const MANY: usize = 256;

/// All entities of a kind as rows, by index.
pub struct Rows<'a, T: Catalogued> {
    /// Which entity is at which index.
    pub registry: &'a Registry<T>,
    /// Where the entities are.
    pub world: &'a World,
}

/// All resources of the world as rows, by index.
pub type ResourceRows<'a> = Rows<'a, Resource>;

impl<'a, T: Catalogued> Rows<'a, T> {
    /// The entities of a world.
    #[must_use]
    pub fn of(world: &'a World) -> Self {
        Self { registry: world.resource::<Registry<T>>(), world }
    }
}

impl<T: Catalogued> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("rows", &self.registry.slots()).finish_non_exhaustive()
    }
}

impl<T: Catalogued + Attributes> EntityRows for Rows<'_, T> {
    fn len(&self) -> usize {
        self.registry.slots()
    }

    fn get(&self, row: usize) -> Option<&dyn Attributes> {
        let entity = self.registry.entity(T::Ix::at(row))?;
        let item = self.world.get::<T>(entity)?;
        Some(item)
    }
}
