//! Relationship rules prepared for joining: what each side must be, and what a pair must satisfy.

use bevy_ecs::component::Component;

use super::property::PropertyPath;
use crate::fleet::catalogue::SelectionIx;
use crate::model::SelectorSource;
use crate::model::{EntityKind, Matcher, PropertyMatcher, PropertyOperator, RelationshipRule};
use crate::select::{AttributePath, Shape};
use crate::select::{Place, Selector};

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
#[derive(Debug, Clone, Component)]
pub(crate) struct CompiledRelationship {
    /// The from side, then the to side.
    pub(super) sides: [SidePlan; 2],
    /// How the texts at `SidePlan::texts` compare; parallel to both lists.
    pub(super) operators: Vec<PropertyOperator>,
    /// What CEL asks of the pair beside equal keys.
    pub(super) residual: Option<Selector>,
    /// The matcher holds for no pair whatever.
    pub(super) never: bool,
}

/// What a side must be.
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
    /// Prepares a rule whose selectors are compiled. A matcher that cannot compile holds never.
    #[must_use]
    pub(crate) fn new(rule: &RelationshipRule, from: Scope, to: Scope) -> Self {
        let mut it = Self {
            sides: [SidePlan::new(rule.from_type, from), SidePlan::new(rule.to_type, to)],
            operators: Vec::new(),
            residual: None,
            never: false,
        };
        match &rule.matcher {
            Matcher::Always => {}
            Matcher::Properties(properties) => {
                it.never = !properties.iter().all(|property| it.add_property(property));
            }
            Matcher::Cel(text) => {
                match Selector::compile(&SelectorSource::Cel(text.clone()), Place::Matcher) {
                    Ok(matcher) => it.add_expression(&matcher),
                    Err(_) => it.never = true,
                }
            }
        }
        it
    }

    /// Adds a property matcher; `false` if it holds for no pair.
    fn add_property(&mut self, property: &PropertyMatcher) -> bool {
        let [from, to] = &mut self.sides;
        let (Some(from_path), Some(to_path)) = (
            PropertyPath::new(from.kind, &property.from_property),
            PropertyPath::new(to.kind, &property.to_property),
        ) else {
            return false;
        };
        if property.operator == PropertyOperator::Equals {
            from.keys.push(KeyPart::new(from_path.attribute(), By::Text));
            to.keys.push(KeyPart::new(to_path.attribute(), By::Text));
        } else {
            from.texts.push(from_path.attribute());
            to.texts.push(to_path.attribute());
            self.operators.push(property.operator);
        }
        true
    }

    fn add_expression(&mut self, matcher: &Selector) {
        let (equal, rest) = matcher.equality_conjuncts();
        let [from, to] = &mut self.sides;
        for (from_path, to_path) in equal {
            from.keys.push(KeyPart::new(from_path, By::Value));
            to.keys.push(KeyPart::new(to_path, By::Value));
        }
        if let Some(rest) = rest {
            let parts = rest.conjuncts_by_side(from.kind, to.kind);
            from.only = parts.from;
            to.only = parts.to;
            self.residual = parts.both;
        }
    }

    /// Whether being in one group is not yet being related.
    pub(super) fn has_residual(&self) -> bool {
        self.residual.is_some() || !self.operators.is_empty()
    }

    /// The selections to give back when the rule goes.
    pub(crate) fn selections(&self) -> impl Iterator<Item = SelectionIx> + '_ {
        self.sides.iter().filter_map(|side| match side.scope {
            Scope::Selection(selection) => Some(selection),
            Scope::All | Scope::Selector(_) => None,
        })
    }
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
