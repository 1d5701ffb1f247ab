//! Asking for relations: of an entity, of a reference, of a rule (SEMANTICS 5.4).

use std::fmt;
use std::iter::Peekable;
use std::slice;

use bevy_ecs::world::World;

use super::members::{attributes, id};
use super::refresh::{Relations, RuleRelations};
use super::text::{holds, is_found, text_of};
use super::{RelatableIx, Side};
use crate::base::ids::{RelationshipIx, ResourceIx};
use crate::fleet::catalogue::Selections;
use crate::model::Attributes;
use crate::select::{Bindings, Pattern, Subject};

/// An entity related to the one that was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related<'w> {
    /// The reference of the rule.
    pub reference: &'w str,
    /// The rule.
    pub rule: RelationshipIx,
    /// The side on which the *asked* entity stands.
    pub direction: Side,
    /// The related entity.
    pub entity: RelatableIx,
}

/// Everything related to an entity: by reference, then (rule id, entity id, kind, `from` before
/// `to`). Nothing for an entity that does not exist.
#[must_use]
pub fn related(world: &World, entity: RelatableIx) -> Vec<Related<'_>> {
    Neighbours::of(world).related(entity)
}

/// Reads relations; make one to ask many questions.
#[derive(Clone, Copy)]
pub struct Neighbours<'w> {
    world: &'w World,
    relations: &'w Relations,
    selections: &'w Selections,
}

impl fmt::Debug for Neighbours<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.relations.fmt(f)
    }
}

impl<'w> Neighbours<'w> {
    /// The relations of a world, as of the last refresh.
    #[must_use]
    pub fn of(world: &'w World) -> Self {
        Self { world, relations: world.resource(), selections: world.resource() }
    }

    /// See [`related`]. `O(rules + answers)`, and the residual of each rule on the entity's group.
    #[must_use]
    pub fn related(&self, entity: RelatableIx) -> Vec<Related<'w>> {
        let rules = self.relations.in_order();
        rules.flat_map(|(ix, rule)| self.of_rule(ix, rule, entity)).collect()
    }

    /// Everything related to an entity under one reference, in the order of [`related`].
    pub(crate) fn related_by(
        self,
        entity: RelatableIx,
        reference: &str,
    ) -> impl Iterator<Item = Related<'w>> + use<'w> {
        let rules = self.relations.rules_of(reference).iter();
        let rules = rules.filter_map(move |&ix| Some((ix, self.relations.rule(ix)?)));
        rules.flat_map(move |(ix, rule)| self.of_rule(ix, rule, entity))
    }

    /// What a reference of a resource's variables refers to: the first related under it, in the order
    /// of [`related`].
    /// `O(rules with the reference)` where keys decide alone, about 10 ns.
    #[must_use]
    pub fn first_related(&self, resource: ResourceIx, reference: &str) -> Option<RelatableIx> {
        self.related_by(RelatableIx::Resource(resource), reference).next().map(|it| it.entity)
    }

    /// Number of relations of a rule. Without a residual `O(groups + members)`, no pair is looked at.
    #[must_use]
    pub fn count(&self, rule: RelationshipIx) -> u64 {
        let Some(rule) = self.relations.rule(rule) else { return 0 };
        let (from, to) = (rule.groups(Side::From), rule.groups(Side::To));
        let kinds = rule.plan.sides.each_ref().map(|side| side.kind);
        if rule.plan.has_residual() {
            let pairs = from.all().iter().map(|&slot| {
                let entity = RelatableIx::at(kinds[0], slot as usize);
                self.side_of(rule, entity, Side::From).count() as u64
            });
            return pairs.sum();
        }
        let pairs =
            from.iter().zip(to.iter()).map(|(from, to)| from.len() as u64 * to.len() as u64);
        let selves = from.all().iter().filter(|&&slot| {
            kinds[0] == kinds[1] && from.of(slot as usize) == to.of(slot as usize)
        });
        pairs.sum::<u64>() - selves.count() as u64
    }

    /// Number of relations of an entity, over all rules and both directions.
    #[must_use]
    pub fn count_of(&self, entity: RelatableIx) -> u64 {
        let both = |rule: &'w RuleRelations| {
            Side::BOTH.map(|side| {
                if rule.plan.sides[side as usize].kind != entity.kind() {
                    return 0;
                }
                if rule.plan.has_residual() {
                    return self.side_of(rule, entity, side).count() as u64;
                }
                let group = rule.groups(side).of(entity.slot());
                let (far, far_kind) =
                    (rule.groups(side.other()), rule.plan.sides[side.other() as usize].kind);
                let is_own = far_kind == entity.kind()
                    && far.of(entity.slot()) == group
                    && !far.members(group).is_empty();
                far.members(group).len() as u64 - u64::from(is_own)
            })
        };
        self.relations.in_order().flat_map(|(_, rule)| both(rule)).sum()
    }

    fn of_rule(
        &self,
        ix: RelationshipIx,
        rule: &'w RuleRelations,
        entity: RelatableIx,
    ) -> impl Iterator<Item = Related<'w>> + use<'w> {
        let [from, to] = Side::BOTH.map(|side| self.side_of(rule, entity, side).peekable());
        let merged = Merged { world: self.world, from, to };
        let reference = rule.reference.as_str();
        merged.map(move |(direction, entity)| Related { reference, rule: ix, direction, entity })
    }

    /// What an entity is related to as the `side` of a rule, by id.
    fn side_of(&self, rule: &'w RuleRelations, entity: RelatableIx, side: Side) -> Far<'w> {
        let group = if rule.plan.sides[side as usize].kind == entity.kind() {
            rule.groups(side).opposite(rule.groups(side.other()), entity.slot())
        } else {
            &[]
        };
        Far { neighbours: *self, rule, entity, side, slots: group.iter() }
    }

    /// Whether the residual of a rule holds for a pair of one group.
    fn residual_holds(&self, rule: &RuleRelations, from: usize, to: usize) -> bool {
        let [from_side, to_side] = &rule.plan.sides;
        for (at, &operator) in rule.plan.operators.iter().enumerate() {
            let text = |kind, path, slot: usize| {
                let table = self.relations.tables.of(kind, self.selections);
                let atom = table.column(path)?.atom(slot);
                Some((atom, text_of(&self.selections.atoms, atom)?))
            };
            let (Some((_, from_text)), Some((to_atom, to_text))) = (
                text(from_side.kind, &from_side.texts[at], from),
                text(to_side.kind, &to_side.texts[at], to),
            ) else {
                return false;
            };
            let search = || match rule.patterns[at].get(&to_atom) {
                Some(known) => is_found(known.get_or_init(|| Pattern::new(&to_text)), &from_text),
                None => is_found(&Pattern::new(&to_text), &from_text),
            };
            if !holds(operator, &from_text, &to_text, search) {
                return false;
            }
        }
        let Some(residual) = &rule.plan.residual else { return true };
        let entity = |kind, slot| -> Option<&dyn Attributes> {
            attributes(self.world, RelatableIx::at(kind, slot))
        };
        let (Some(from), Some(to)) = (entity(from_side.kind, from), entity(to_side.kind, to))
        else {
            return false;
        };
        let bindings = Bindings::only(Subject::From, from).with(Subject::To, to);
        residual.matches(&bindings).unwrap_or(false)
    }
}

/// The entities on the far side of one rule, by id.
struct Far<'w> {
    neighbours: Neighbours<'w>,
    rule: &'w RuleRelations,
    entity: RelatableIx,
    side: Side,
    slots: slice::Iter<'w, u32>,
}

impl Iterator for Far<'_> {
    type Item = RelatableIx;

    fn next(&mut self) -> Option<RelatableIx> {
        let kind = self.rule.plan.sides[self.side.other() as usize].kind;
        for &slot in self.slots.by_ref() {
            let far = RelatableIx::at(kind, slot as usize);
            if far == self.entity {
                continue;
            }
            let (from, to) = match self.side {
                Side::From => (self.entity.slot(), far.slot()),
                Side::To => (far.slot(), self.entity.slot()),
            };
            if !self.rule.plan.has_residual() || self.neighbours.residual_holds(self.rule, from, to)
            {
                return Some(far);
            }
        }
        None
    }
}

/// Both directions of one rule merged by id, `from` first.
struct Merged<'w> {
    world: &'w World,
    from: Peekable<Far<'w>>,
    to: Peekable<Far<'w>>,
}

impl Iterator for Merged<'_> {
    type Item = (Side, RelatableIx);

    fn next(&mut self) -> Option<Self::Item> {
        let side = match (self.from.peek(), self.to.peek()) {
            (Some(&from), Some(&to)) if id(self.world, to) < id(self.world, from) => Side::To,
            (Some(_), _) => Side::From,
            (None, _) => Side::To,
        };
        let next = match side {
            Side::From => self.from.next(),
            Side::To => self.to.next(),
        };
        next.map(|entity| (side, entity))
    }
}
