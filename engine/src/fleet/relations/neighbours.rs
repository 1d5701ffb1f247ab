//! Asking for relations: of an entity, of a reference, of a rule (SEMANTICS 5.4).

use std::fmt;

use bevy_ecs::world::World;

use super::groups::Groups;
use super::members::{attributes, id};
use super::refresh::{Relations, RuleRelations};
use super::text::{holds, is_found, text_of};
use super::{RelatableIx, Side};
use crate::base::ids::{RelationshipIx, ResourceIx};
use crate::fleet::catalogue::Selections;
use crate::model::EntityKind;
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
    pub fn related_by(
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
        let kinds = |side: Side| rule.plan.sides[side as usize].iter().map(|plan| plan.kind);
        let of_kind = |kind: EntityKind| {
            let from = rule.groups(Side::From, kind);
            if rule.plan.has_residual() {
                let pairs = from.all().iter().map(|&slot| {
                    let entity = RelatableIx::at(kind, slot as usize);
                    self.on_sides(rule, entity, &[Side::From]).count() as u64
                });
                return pairs.sum::<u64>();
            }
            let pairs = kinds(Side::To).map(|far| {
                let groups = from.iter().zip(rule.groups(Side::To, far).iter());
                groups.map(|(from, to)| from.len() as u64 * to.len() as u64).sum::<u64>()
            });
            let to = rule.groups(Side::To, kind);
            let is_own = |slot: &&u32| from.of(**slot as usize) == to.of(**slot as usize);
            pairs.sum::<u64>() - from.all().iter().filter(is_own).count() as u64
        };
        kinds(Side::From).map(of_kind).sum()
    }

    /// Whether a rule relates anything: looks for the first pair, not at all.
    #[must_use]
    pub fn relates_any(&self, rule: RelationshipIx) -> bool {
        let Some(it) = self.relations.rule(rule) else { return false };
        if !it.plan.has_residual() {
            return self.count(rule) > 0;
        }
        it.plan.sides[Side::From as usize].iter().any(|plan| {
            it.groups(Side::From, plan.kind).all().iter().any(|&slot| {
                let entity = RelatableIx::at(plan.kind, slot as usize);
                self.on_sides(it, entity, &[Side::From]).next().is_some()
            })
        })
    }

    /// Number of relations of an entity, over all rules and both directions.
    #[must_use]
    pub fn count_of(&self, entity: RelatableIx) -> u64 {
        let of_rule = |rule: &'w RuleRelations| {
            let related = self.on_sides(rule, entity, &Side::BOTH);
            if rule.plan.has_residual() {
                return related.count() as u64;
            }
            let own = Side::BOTH.into_iter().filter(|&side| {
                let [near, far] = [side, side.other()]
                    .map(|side| rule.groups(side, entity.kind()).of(entity.slot()));
                near == far && near != Groups::NONE
            });
            let all = related.groups.iter().flatten().map(|group| group.len()).sum::<usize>();
            (all - own.count()) as u64
        };
        self.relations.in_order().map(|(_, rule)| of_rule(rule)).sum()
    }

    fn of_rule(
        &self,
        ix: RelationshipIx,
        rule: &'w RuleRelations,
        entity: RelatableIx,
    ) -> impl Iterator<Item = Related<'w>> + use<'w> {
        let reference = rule.reference.as_str();
        let related = self.on_sides(rule, entity, &Side::BOTH);
        related.map(move |(direction, entity)| Related { reference, rule: ix, direction, entity })
    }

    /// What an entity is related to by a rule, where it stands on one of `sides`.
    fn on_sides(&self, rule: &'w RuleRelations, entity: RelatableIx, sides: &[Side]) -> Met<'w> {
        let mut groups: [[&[u32]; 3]; 2] = [[&[]; 3]; 2];
        for &side in sides {
            let group = rule.groups(side, entity.kind()).of(entity.slot());
            for plan in &rule.plan.sides[side.other() as usize] {
                let far = rule.groups(side.other(), plan.kind);
                groups[side as usize][plan.kind as usize] = far.members(group);
            }
        }
        Met { neighbours: *self, rule, entity, groups }
    }

    /// Whether the residual of a rule holds for a pair of one group.
    fn residual_holds(&self, rule: &RuleRelations, from: RelatableIx, to: RelatableIx) -> bool {
        let text = |side: Side, entity: RelatableIx, at: usize| {
            let plan = rule.plan.side(side, entity.kind())?;
            let table = self.relations.tables.of(plan.kind, self.selections);
            let atom = table.column(&plan.texts[at])?.atom(entity.slot());
            Some((atom, text_of(&self.selections.atoms, atom)?))
        };
        for (at, &operator) in rule.plan.operators.iter().enumerate() {
            let (Some((_, from_text)), Some((to_atom, to_text))) =
                (text(Side::From, from, at), text(Side::To, to, at))
            else {
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
        let (Some(from), Some(to)) = (attributes(self.world, from), attributes(self.world, to))
        else {
            return false;
        };
        let bindings = Bindings::only(Subject::From, from).with(Subject::To, to);
        residual.matches(&bindings).unwrap_or(false)
    }
}

/// What an entity is related to by one rule, each with the side on which the entity stands: by id,
/// then kind, `from` before `to`.
struct Met<'w> {
    neighbours: Neighbours<'w>,
    rule: &'w RuleRelations,
    entity: RelatableIx,
    /// By the side of the entity and the kind of the others: those of its group that are left.
    groups: [[&'w [u32]; 3]; 2],
}

impl Met<'_> {
    /// The first of its groups, residual or not.
    fn take(&mut self) -> Option<(Side, RelatableIx)> {
        let world = self.neighbours.world;
        let mut first: Option<(Side, RelatableIx)> = None;
        for &kind in EntityKind::ALL {
            for side in Side::BOTH {
                let Some(&slot) = self.groups[side as usize][kind as usize].first() else {
                    continue;
                };
                let far = RelatableIx::at(kind, slot as usize);
                if first.is_none_or(|(_, known)| id(world, far) < id(world, known)) {
                    first = Some((side, far));
                }
            }
        }
        let (side, far) = first?;
        let group = &mut self.groups[side as usize][far.kind() as usize];
        *group = &group[1..];
        Some((side, far))
    }
}

impl Iterator for Met<'_> {
    type Item = (Side, RelatableIx);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((side, far)) = self.take() {
            let (from, to) = match side {
                Side::From => (self.entity, far),
                Side::To => (far, self.entity),
            };
            let holds = || {
                !self.rule.plan.has_residual()
                    || self.neighbours.residual_holds(self.rule, from, to)
            };
            if far != self.entity && holds() {
                return Some((side, far));
            }
        }
        None
    }
}
