//! Relationship rules prepared for joining: what each side must be, and what a pair must satisfy.
//!
//! Vocabulary: a *side plan* is what entities of one kind must be on a side; a side has one for every
//! kind that can stand there, and all plans of a rule have as many parts in their join keys.

use bevy_ecs::component::Component;

use super::Side;
use super::property::PropertyPath;
use crate::fleet::catalogue::SelectionIx;
use crate::model::SelectorSource;
use crate::model::{EntityKind, Matcher, PropertyMatcher, PropertyOperator};
use crate::select::{AttributePath, Shape};
use crate::select::{Place, Selector, Subject};

/// Which entities of its kind a side's selector accepts.
#[derive(Debug, Clone)]
pub enum Scope {
    /// All: there is no selector.
    All,
    /// Resources.
    Selection(SelectionIx),
    /// Deployments or environments.
    Selector(Selector),
}

/// The compiled form of a relationship rule.
#[derive(Debug, Clone, Default, Component)]
pub(crate) struct CompiledRelationship {
    /// The plans of the from side, then of the to side, by kind.
    pub(super) sides: [Vec<SidePlan>; 2],
    /// Number of parts of a join key.
    pub(super) key_parts: usize,
    /// How the texts at `SidePlan::texts` compare; parallel to both lists.
    pub(super) operators: Vec<PropertyOperator>,
    /// What CEL asks of the pair beside equal keys.
    pub(super) residual: Option<Selector>,
    /// The selections to give back when the rule goes.
    pub(crate) selections: Vec<SelectionIx>,
}

/// What entities of a kind must be on a side.
#[derive(Debug, Clone)]
pub(super) struct SidePlan {
    pub(super) kind: EntityKind,
    pub(super) scope: Scope,
    /// What the matcher asks of this side alone, as a selector of the kind.
    pub(super) only: Option<Selector>,
    /// The join key, parallel on both sides.
    pub(super) keys: Vec<KeyPart>,
    /// Properties compared otherwise than by equality; they must have a text.
    pub(super) texts: Vec<AttributePath>,
}

/// A part of a join key.
#[derive(Debug, Clone)]
pub(super) struct KeyPart {
    pub(super) path: AttributePath,
    pub(super) by: By,
}

/// What is compared of the values of a join key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The value, as CEL does.
    Value,
    /// The text, as property matchers do.
    Text,
}

impl CompiledRelationship {
    /// Prepares a rule between two kinds, of which each side has a selector, with a matcher. One that
    /// cannot compile holds never.
    pub(crate) fn between(
        (from_kind, from): (EntityKind, Scope),
        (to_kind, to): (EntityKind, Scope),
        matcher: &Matcher,
    ) -> Self {
        let selections = [&from, &to].into_iter().filter_map(Scope::selection).collect();
        let mut it = Self { selections, ..Self::default() };
        let sides = [SidePlan::new(from_kind, from), SidePlan::new(to_kind, to)];
        match matcher {
            Matcher::Always => it.sides = sides.map(|side| vec![side]),
            Matcher::Properties(properties) => it.add_properties(sides, properties),
            Matcher::Cel(text) => {
                let source = SelectorSource::Cel(text.clone());
                if let Ok(matcher) = Selector::compile(&source, Place::Matcher) {
                    it.add_expression(sides.map(|side| vec![side]), &matcher);
                }
            }
        }
        it
    }

    /// Prepares a rule whose expression says everything.
    pub(crate) fn of_expression(cel: &Selector) -> Self {
        let mut it = Self::default();
        let every_kind = || EntityKind::ALL.iter().map(|&kind| SidePlan::new(kind, Scope::All));
        it.add_expression([every_kind().collect(), every_kind().collect()], cel);
        it
    }

    fn add_properties(&mut self, sides: [SidePlan; 2], properties: &[PropertyMatcher]) {
        let [mut from, mut to] = sides;
        for property in properties {
            let (Some(from_path), Some(to_path)) = (
                PropertyPath::new(from.kind, &property.from_property),
                PropertyPath::new(to.kind, &property.to_property),
            ) else {
                // It fails on every pair.
                return;
            };
            if property.operator == PropertyOperator::Equals {
                from.keys.push(KeyPart::new(from_path.attribute(), By::Text));
                to.keys.push(KeyPart::new(to_path.attribute(), By::Text));
            } else {
                from.texts.push(from_path.attribute());
                to.texts.push(to_path.attribute());
                self.operators.push(property.operator);
            }
        }
        self.key_parts = from.keys.len();
        self.sides = [vec![from], vec![to]];
    }

    fn add_expression(&mut self, sides: [Vec<SidePlan>; 2], matcher: &Selector) {
        let (equal, rest) = matcher.equality_conjuncts();
        let parts = rest.map(|rest| rest.conjuncts_by_side()).unwrap_or_default();
        let (from_keys, to_keys): (Vec<_>, Vec<_>) = equal
            .into_iter()
            .map(|(from, to)| (KeyPart::new(from, By::Value), KeyPart::new(to, By::Value)))
            .unzip();
        self.key_parts = from_keys.len();
        self.residual = parts.both;
        let [from, to] = sides;
        self.sides = [
            asked(from, &from_keys, parts.from.as_ref(), Subject::From),
            asked(to, &to_keys, parts.to.as_ref(), Subject::To),
        ];
    }

    /// What entities of a kind must be on a side, if they can be there.
    pub(super) fn side(&self, side: Side, kind: EntityKind) -> Option<&SidePlan> {
        self.sides[side as usize].iter().find(|plan| plan.kind == kind)
    }

    /// Whether being in one group is not yet being related.
    pub(super) fn has_residual(&self) -> bool {
        self.residual.is_some() || !self.operators.is_empty()
    }
}

impl Scope {
    fn selection(&self) -> Option<SelectionIx> {
        match *self {
            Self::Selection(selection) => Some(selection),
            Self::All | Self::Selector(_) => None,
        }
    }
}

/// The plans of a side with what an expression asks of it; without the kinds that cannot be there.
fn asked(
    mut plans: Vec<SidePlan>,
    keys: &[KeyPart],
    only: Option<&Selector>,
    side: Subject,
) -> Vec<SidePlan> {
    plans.retain_mut(|plan| {
        plan.keys = keys.to_vec();
        let only = only.map(|only| only.of_kind(side, plan.kind));
        let fixed = only.as_ref().and_then(Selector::fixed);
        plan.only = only.filter(|_| fixed.is_none());
        fixed != Some(false)
    });
    plans
}

impl KeyPart {
    fn new(mut path: AttributePath, by: By) -> Self {
        // Labels and configs look the same in both shapes: share the columns of selectors.
        if matches!(&*path.segments[0], "metadata" | "config") {
            path.shape = Shape::A;
        }
        Self { path, by }
    }
}

impl SidePlan {
    fn new(kind: EntityKind, scope: Scope) -> Self {
        Self { kind, scope, only: None, keys: Vec::new(), texts: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of one expression is decided by kinds, by entities, by keys, and what is left to pairs.
    #[test]
    fn an_expression_is_taken_apart() {
        const ALL: &str = "deployment environment resource";
        for (text, kinds, asks, keys, residual) in [
            ("from.id == to.name", [ALL, ALL], [false, false], 1, false),
            (
                "from.type == 'resource' && to.type == 'resource' && from.kind == 'a' \
                 && to.kind == 'b' && from.metadata['x/y'] == to.metadata['x/y']",
                ["resource", "resource"],
                [true, true],
                1,
                false,
            ),
            (
                "'environment' == to.type && from.type in ['deployment', 'resource']",
                ["deployment resource", "environment"],
                [false, false],
                0,
                false,
            ),
            ("from.type == to.type && from.type != 'job'", [ALL, ALL], [false, false], 1, false),
            ("has(from.type) && 1 / 0 == 1", ["", ALL], [false, false], 0, false),
            ("from.type == 'resource' || to.id == 'x'", [ALL, ALL], [false, false], 0, true),
            (
                "to.type == 'x' || to.type == 'resource'",
                [ALL, "resource"],
                [false, false],
                0,
                false,
            ),
            ("from.type", ["", ALL], [false, false], 0, false),
        ] {
            let selector = Selector::compile(&SelectorSource::cel(text), Place::Relationship);
            let plan = CompiledRelationship::of_expression(&selector.expect(text));
            let found = plan
                .sides
                .each_ref()
                .map(|side| side.iter().map(|it| it.kind.name()).collect::<Vec<_>>().join(" "));
            assert_eq!(found, kinds, "{text}");
            let asked = plan.sides.each_ref().map(|side| side.iter().any(|it| it.only.is_some()));
            assert_eq!(asked, asks, "{text}");
            assert_eq!((plan.key_parts, plan.has_residual()), (keys, residual), "{text}");
        }
    }
}
