//! Which group of a rule's side an entity belongs to, for all entities of a kind at once or for one.

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;

use super::RelatableIx;
use super::groups::{Groups, KeyNumbers};
use super::rule::{By, KeyPart, Scope, SidePlan};
use super::text::text_of;
use crate::base::json::Json;
use crate::fleet::catalogue::{Registry, Rows, Selections, item};
use crate::model::Attributes;
use crate::model::{Deployment, EntityKind, Environment, Resource};
use crate::select::{Atom, Atoms, AttributePath, AttributeTable, EntityRows};
use crate::select::{Bindings, Selector};

/// What grouping reads, and the columns and atoms it makes on the way.
pub(super) struct Sources<'a> {
    pub(super) world: &'a World,
    pub(super) selections: &'a mut Selections,
    pub(super) tables: &'a mut SmallTables,
}

/// Attribute columns of the kinds that have few entities.
#[derive(Debug)]
pub(super) struct SmallTables {
    pub(super) deployments: AttributeTable,
    pub(super) environments: AttributeTable,
}

impl Default for SmallTables {
    fn default() -> Self {
        Self {
            deployments: AttributeTable::new(EntityKind::Deployment),
            environments: AttributeTable::new(EntityKind::Environment),
        }
    }
}

impl SmallTables {
    /// The columns of a kind; those of resources belong to the selections.
    pub(super) fn of<'a>(
        &'a self,
        kind: EntityKind,
        selections: &'a Selections,
    ) -> &'a AttributeTable {
        match kind {
            EntityKind::Deployment => &self.deployments,
            EntityKind::Environment => &self.environments,
            EntityKind::Resource => &selections.resources,
        }
    }
}

/// The group of every slot of a side plan's kind. About 10 ns per entity for a one-part key.
pub(super) fn group_all(
    side: &SidePlan,
    numbers: &mut KeyNumbers,
    sources: &mut Sources<'_>,
) -> Vec<u32> {
    let slots = slots(sources.world, side.kind);
    let accepted = accept_all(side, slots, sources);
    let mut groups = vec![Groups::NONE; slots];
    accepted.ones().for_each(|slot| groups[slot] = 0);
    for path in &side.texts {
        let (table, atoms) = sources.column(side.kind, path);
        let column = table.column(path).expect("just made");
        let distinct = column.distinct().iter();
        let usable: Vec<bool> = distinct.map(|&atom| text_of(atoms, atom).is_some()).collect();
        for (group, &code) in groups.iter_mut().zip(column.codes()) {
            if !usable[code as usize] {
                *group = Groups::NONE;
            }
        }
    }
    for (part, key) in side.keys.iter().enumerate() {
        let (table, atoms) = sources.column(side.kind, &key.path);
        let column = table.column(&key.path).expect("just made");
        let atoms: Vec<Atom> =
            column.distinct().iter().map(|&atom| key.comparable(atoms, atom)).collect();
        if part == 0 {
            let number = |&atom: &Atom| match atom.is_value() {
                true => numbers.extend(0, 0, atom),
                false => Groups::NONE,
            };
            let by_code: Vec<u32> = atoms.iter().map(number).collect();
            for (group, &code) in groups.iter_mut().zip(column.codes()) {
                if *group != Groups::NONE {
                    *group = by_code[code as usize];
                }
            }
            continue;
        }
        for (group, &code) in groups.iter_mut().zip(column.codes()) {
            if *group != Groups::NONE {
                let atom = atoms[code as usize];
                *group = match atom.is_value() {
                    true => numbers.extend(part, *group, atom),
                    false => Groups::NONE,
                };
            }
        }
    }
    groups
}

/// The group of one slot.
pub(super) fn group_one(
    side: &SidePlan,
    numbers: &mut KeyNumbers,
    sources: &mut Sources<'_>,
    slot: usize,
) -> u32 {
    let Some(entity) = attributes(sources.world, RelatableIx::at(side.kind, slot)) else {
        return Groups::NONE;
    };
    let accepts = |selector: &Selector| {
        selector.matches(&Bindings::only(side.kind.into(), entity)).unwrap_or(false)
    };
    let in_scope = match &side.scope {
        Scope::All => true,
        Scope::Selection(selection) => sources.selections.bits(*selection).contains(slot),
        Scope::Selector(selector) => accepts(selector),
    };
    if !in_scope || !side.only.as_ref().is_none_or(accepts) {
        return Groups::NONE;
    }
    for path in &side.texts {
        let (table, atoms) = sources.column(side.kind, path);
        let atom = table.column(path).expect("just made").atom(slot);
        if text_of(atoms, atom).is_none() {
            return Groups::NONE;
        }
    }
    let mut group = 0;
    for (part, key) in side.keys.iter().enumerate() {
        let (table, atoms) = sources.column(side.kind, &key.path);
        let atom = table.column(&key.path).expect("just made").atom(slot);
        let atom = key.comparable(atoms, atom);
        if !atom.is_value() {
            return Groups::NONE;
        }
        group = numbers.extend(part, group, atom);
    }
    group
}

impl Sources<'_> {
    /// The columns of a kind with that of `path` among them, and the atoms.
    fn column(&mut self, kind: EntityKind, path: &AttributePath) -> (&AttributeTable, &mut Atoms) {
        let Selections { atoms, resources, .. } = &mut *self.selections;
        let table = match kind {
            EntityKind::Deployment => {
                let table = &mut self.tables.deployments;
                table.ensure(atoms, path, &Rows::<Deployment>::of(self.world));
                table
            }
            EntityKind::Environment => {
                let table = &mut self.tables.environments;
                table.ensure(atoms, path, &Rows::<Environment>::of(self.world));
                table
            }
            EntityKind::Resource => {
                resources.ensure(atoms, path, &Rows::<Resource>::of(self.world));
                resources
            }
        };
        (table, atoms)
    }
}

impl KeyPart {
    /// The atom that is equal on both sides exactly if the compared values are; no value if there is
    /// nothing to compare.
    fn comparable(&self, atoms: &mut Atoms, atom: Atom) -> Atom {
        match self.by {
            By::Value => atom,
            By::Text if atoms.text(atom).is_some() => atom,
            By::Text => match text_of(atoms, atom) {
                Some(text) => {
                    let text = Json::String(text.into_owned());
                    atoms.intern_json(&text)
                }
                None => Atom::MISSING,
            },
        }
    }
}

/// The existing entities that the side's selector and the one-sided part of the matcher accept.
fn accept_all(side: &SidePlan, slots: usize, sources: &mut Sources<'_>) -> FixedBitSet {
    let world = sources.world;
    let mut accepted = match &side.scope {
        Scope::All => present(world, side.kind, slots),
        Scope::Selection(selection) => sources.selections.bits(*selection).clone(),
        Scope::Selector(selector) => matching(world, side.kind, slots, selector),
    };
    if let Some(only) = &side.only {
        let also = match side.kind {
            EntityKind::Resource => {
                let rows = Rows::<Resource>::of(world);
                let Selections { atoms, resources, .. } = &mut *sources.selections;
                for path in only.columns() {
                    resources.ensure(atoms, path, &rows);
                }
                let mut also = FixedBitSet::with_capacity(slots);
                let bindings = Bindings::default();
                only.select(resources, atoms, &rows, &bindings, 0..slots, &mut also);
                also
            }
            kind => matching(world, kind, slots, only),
        };
        accepted.intersect_with(&also);
    }
    accepted
}

fn matching(world: &World, kind: EntityKind, slots: usize, selector: &Selector) -> FixedBitSet {
    let accepts = |&slot: &usize| {
        attributes(world, RelatableIx::at(kind, slot)).is_some_and(|entity| {
            selector.matches(&Bindings::only(kind.into(), entity)).unwrap_or(false)
        })
    };
    (0..slots).filter(accepts).collect()
}

fn present(world: &World, kind: EntityKind, slots: usize) -> FixedBitSet {
    let mut bits = FixedBitSet::with_capacity(slots);
    match kind {
        EntityKind::Deployment => {
            bits.extend(world.resource::<Registry<Deployment>>().present().map(|ix| ix.slot()));
        }
        EntityKind::Environment => {
            bits.extend(world.resource::<Registry<Environment>>().present().map(|ix| ix.slot()));
        }
        EntityKind::Resource => {
            bits.extend(world.resource::<Registry<Resource>>().present().map(|ix| ix.slot()));
        }
    }
    bits
}

/// Number of slots of a kind.
pub(super) fn slots(world: &World, kind: EntityKind) -> usize {
    match kind {
        EntityKind::Deployment => Rows::<Deployment>::of(world).len(),
        EntityKind::Environment => Rows::<Environment>::of(world).len(),
        EntityKind::Resource => Rows::<Resource>::of(world).len(),
    }
}

/// The id at a slot of a kind.
pub(super) fn id(world: &World, entity: RelatableIx) -> &str {
    match entity {
        RelatableIx::Deployment(ix) => world.resource::<Registry<Deployment>>().id(ix),
        RelatableIx::Environment(ix) => world.resource::<Registry<Environment>>().id(ix),
        RelatableIx::Resource(ix) => world.resource::<Registry<Resource>>().id(ix),
    }
}

/// The attributes of an entity, if it exists.
pub(super) fn attributes(world: &World, entity: RelatableIx) -> Option<&dyn Attributes> {
    Some(match entity {
        RelatableIx::Deployment(ix) => item::<Deployment>(world, ix)?,
        RelatableIx::Environment(ix) => item::<Environment>(world, ix)?,
        RelatableIx::Resource(ix) => item::<Resource>(world, ix)?,
    })
}
