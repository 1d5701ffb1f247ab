//! Relationship rules: which entities are related, by which name.

use bevy_ecs::component::Component;

use super::EntityKind;
use super::SelectorSource;
use crate::base::json::StringMap;

/// Relates every pair that both selectors and the matcher accept (SEMANTICS 5.1), or every pair that
/// one expression accepts (T9).
///
/// Invariant: a stored rule has one of the forms: either both kinds, or `cel` and nothing else that
/// says what is related. What is decoded may have both, as only the dialect knows `cel`.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct RelationshipRule {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The name variables refer to.
    pub reference: String,
    /// No effect.
    pub relationship_type: String,
    /// Kind of the from side; may be absent beside `cel`.
    pub from_type: Option<EntityKind>,
    /// Kind of the to side; may be absent beside `cel`.
    pub to_type: Option<EntityKind>,
    /// Absent: every entity of the kind.
    pub from_selector: Option<SelectorSource>,
    /// Absent: every entity of the kind.
    pub to_selector: Option<SelectorSource>,
    /// What must hold between the two.
    pub matcher: Matcher,
    /// The other form: CEL over `from` and `to` of any kind, never empty.
    pub cel: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Labels.
    pub metadata: StringMap,
    /// Must be the engine's workspace or empty.
    pub workspace_id: String,
}

/// What must hold between the two sides (SEMANTICS 5.2).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Matcher {
    /// Absent or empty: the selectors alone decide.
    #[default]
    Always,
    /// All must hold; never empty.
    Properties(Vec<PropertyMatcher>),
    /// CEL over `from` and `to`, never empty; an uncompilable one matches nothing.
    Cel(String),
}

/// Compares the texts of two properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyMatcher {
    /// Path on the from side (SEMANTICS 5.3); an empty path fails.
    pub from_property: Vec<String>,
    /// Path on the to side.
    pub to_property: Vec<String>,
    /// How the texts compare.
    pub operator: PropertyOperator,
}

super::status::named! {
    /// How two property texts compare.
    PropertyOperator {
        /// from = to.
        Equals = "equals",
        /// from differs from to.
        NotEquals = "notEquals",
        /// from contains to.
        Contains = "contains",
        /// from starts with to.
        StartsWith = "startsWith",
        /// from ends with to.
        EndsWith = "endsWith",
        /// The pattern in to is found in from.
        Regex = "regex",
    }
}
