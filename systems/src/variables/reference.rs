//! Reference values: a property of the first entity related to a resource, or what that states itself.

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{LiteralId, ResourceIx};
use shakedown_engine::fleet::catalogue::item;
use shakedown_engine::fleet::edit::Edit;
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::relations::{Neighbours, PropertyPath, RelatableIx};
use shakedown_engine::model;
use shakedown_engine::model::{Attributes, EntityKind, Value};

use super::stated::stated;

/// A reference value, prepared.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reference {
    /// Which relation.
    reference: String,
    reads: Reads,
}

/// What is read of the related entity.
#[derive(Debug, Clone, PartialEq)]
enum Reads {
    Property {
        /// As sent.
        path: Vec<String>,
        /// The path on each kind, in the order of [`EntityKind::ALL`].
        by_kind: [Option<PropertyPath>; 3],
    },
    /// What a resource itself states under a key.
    Variable(String),
}

impl Reference {
    /// The reference that a value is, if it is one.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let (reference, reads) = match value {
            Value::Reference { reference, path } => {
                let on = |kind| PropertyPath::new(kind, path);
                let by_kind =
                    [EntityKind::Deployment, EntityKind::Environment, EntityKind::Resource].map(on);
                (reference, Reads::Property { path: path.clone(), by_kind })
            }
            Value::RelatedVariable { reference, key } => (reference, Reads::Variable(key.clone())),
            Value::Literal(_) | Value::Sensitive { .. } | Value::Opaque(_) => return None,
        };
        Some(Self { reference: reference.clone(), reads })
    }

    /// Which relation it follows.
    pub(super) fn name(&self) -> &str {
        &self.reference
    }

    /// Whether it may read something else of a resource that was edited so.
    pub(super) fn may_change(&self, edit: &Edit) -> bool {
        match &self.reads {
            Reads::Property { by_kind, .. } => {
                let path = by_kind[EntityKind::Resource as usize].as_ref();
                path.is_some_and(|path| edit.may_change(path.segments()))
            }
            // What a resource states itself may depend on what it is.
            Reads::Variable(_) => true,
        }
    }

    /// The value on a resource; `None` without a related entity or if the path fails on it.
    pub(super) fn resolve(
        &self,
        world: &World,
        sets: &mut VariableSets,
        neighbours: Neighbours<'_>,
        resource: ResourceIx,
    ) -> Option<LiteralId> {
        self.read(world, sets, neighbours.first_related(resource, &self.reference)?)
    }

    fn read(
        &self,
        world: &World,
        sets: &mut VariableSets,
        entity: RelatableIx,
    ) -> Option<LiteralId> {
        let by_kind = match (&self.reads, entity) {
            (Reads::Property { by_kind, .. }, _) => by_kind,
            (Reads::Variable(key), RelatableIx::Resource(ix)) => {
                return stated(world, sets, ix, key);
            }
            (Reads::Variable(_), _) => return None,
        };
        let path = by_kind[entity.kind() as usize].as_ref()?;
        let attributes: &dyn Attributes = match entity {
            RelatableIx::Deployment(ix) => item::<model::Deployment>(world, ix)?,
            RelatableIx::Environment(ix) => item::<model::Environment>(world, ix)?,
            RelatableIx::Resource(ix) => item::<model::Resource>(world, ix)?,
        };
        Some(sets.literal(&path.read(attributes)?))
    }
}

/// The position of a reference column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnIx(u32);

/// All reference columns in use.
#[derive(Debug, Default)]
pub(super) struct ReferenceColumns {
    columns: Vec<Option<ReferenceColumn>>,
}

#[derive(Debug)]
struct ReferenceColumn {
    source: Reference,
    users: u32,
    /// One per resource index, [`LiteralId::NONE`] where the reference fails.
    values: Vec<LiteralId>,
    fresh: bool,
}

impl ReferenceColumns {
    /// The column of a reference, filled by the next [`ReferenceColumns::refresh`]; must be given
    /// back with [`ReferenceColumns::free`].
    pub(super) fn acquire(&mut self, source: Reference) -> ColumnIx {
        let is_same =
            |it: &Option<ReferenceColumn>| it.as_ref().is_some_and(|it| it.source == source);
        if let Some(known) = self.columns.iter().position(is_same) {
            if let Some(column) = &mut self.columns[known] {
                column.users += 1;
            }
            return ColumnIx(u32::try_from(known).expect("fewer than 2^32 columns"));
        }
        let column = ReferenceColumn { source, users: 1, values: Vec::new(), fresh: true };
        let free = self.columns.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            self.columns.push(None);
            self.columns.len() - 1
        });
        self.columns[at] = Some(column);
        ColumnIx(u32::try_from(at).expect("fewer than 2^32 columns"))
    }

    /// Gives a column back; the last user's takes it away.
    pub(super) fn free(&mut self, ix: ColumnIx) {
        let slot = &mut self.columns[ix.0 as usize];
        if let Some(column) = slot {
            column.users -= 1;
            if column.users == 0 {
                *slot = None;
            }
        }
    }

    /// The values of a column by resource index; a resource beyond its end has none.
    pub(super) fn values(&self, ix: ColumnIx) -> &[LiteralId] {
        self.columns[ix.0 as usize].as_ref().map_or(&[], |column| &column.values)
    }

    /// Resolves new columns on all `slots` resources and the others on resources that are touched
    /// under their reference or `changed`, those of variables also on what is related to one of the
    /// `restated`, resources that state something else now; returns which resources have another value
    /// in which column, new columns aside.
    pub(super) fn refresh(
        &mut self,
        world: &World,
        sets: &mut VariableSets,
        slots: usize,
        changed: &[ResourceIx],
        restated: &[ResourceIx],
        touched: impl Fn(&Reference) -> Option<FixedBitSet>,
    ) -> Vec<(ColumnIx, Vec<ResourceIx>)> {
        let neighbours = Neighbours::of(world);
        let mut moved = Vec::new();
        for (at, column) in self.columns.iter_mut().enumerate() {
            let Some(column) = column else { continue };
            // Most resources of a group share their first related entity.
            let mut known: FixedMap<RelatableIx, LiteralId> = fixed_map();
            column.values.resize(slots, LiteralId::NONE);
            let ReferenceColumn { source, values, fresh, .. } = column;
            let mut resolve = |resource: ResourceIx| {
                let Some(entity) = neighbours.first_related(resource, &source.reference) else {
                    return LiteralId::NONE;
                };
                *known
                    .entry(entity)
                    .or_insert_with(|| source.read(world, sets, entity).unwrap_or(LiteralId::NONE))
            };
            if std::mem::take(fresh) {
                for (slot, value) in values.iter_mut().enumerate() {
                    *value = resolve(ResourceIx::at(slot));
                }
                continue;
            }
            let touched = touched(source).unwrap_or_default();
            let restated = match source.reads {
                Reads::Property { .. } => &[],
                Reads::Variable(_) => restated,
            };
            let quoting = restated.iter().flat_map(|&it| {
                neighbours.related_by(RelatableIx::Resource(it), &source.reference)
            });
            let quoting = quoting.filter_map(|it| match it.entity {
                RelatableIx::Resource(ix) => Some(ix),
                RelatableIx::Deployment(_) | RelatableIx::Environment(_) => None,
            });
            let rows = touched.ones().map(ResourceIx::at).chain(changed.iter().copied());
            let rows = rows.chain(quoting);
            let mut changes = Vec::new();
            for resource in rows {
                let value = resolve(resource);
                if values[resource.slot()] != value {
                    values[resource.slot()] = value;
                    changes.push(resource);
                }
            }
            if !changes.is_empty() {
                let ix = ColumnIx(u32::try_from(at).expect("fewer than 2^32 columns"));
                moved.push((ix, changes));
            }
        }
        moved
    }
}
