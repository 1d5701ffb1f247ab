//! Attributes: what selectors, matchers and property paths can read of an entity.
//!
//! Vocabulary: a *field* is a member of an entity by its JSON name; a *path* leads from a field
//! into labels and JSON ([`AttributePath`]); an *atom* is a distinct value ([`Atom`]); a *column*
//! holds one atom per entity for one path ([`AttributeTable`]).
//!
//! Invariant (negative): nothing here knows expressions; what is true of a value is the business of
//! [`crate::selector`].

mod atom;
mod instant;
mod path;
mod table;
mod value;

use std::borrow::Cow;

use crate::entity::{Json, JsonMap, StringMap};
use crate::selector::SelectorSource;
use crate::time::SimTime;

pub use atom::{Atom, AtomValue, Atoms};
pub(crate) use instant::{Instant, Span};
pub use path::{AttributePath, Shape};
pub use table::{AttributeTable, Column, EntityRows};
pub(crate) use value::{List, Map, Miss, Value, View};

/// One field of an entity, borrowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// A string.
    Text(&'a str),
    /// A time; whether selectors see a timestamp or a string depends on the place (SEMANTICS 3.2).
    Time(SimTime),
    /// Labels.
    Labels(&'a StringMap),
    /// A JSON object.
    Object(&'a JsonMap),
    /// A selector, opaque in shape A.
    Selector(&'a SelectorSource),
    /// Any other JSON value (a version's dependencies).
    Json(Cow<'a, Json>),
}

/// An entity whose fields can be read by their JSON names.
pub trait Attributes {
    /// The field called `name`; `None` when there is no such field or it is not set.
    fn field(&self, name: &str) -> Option<Field<'_>>;

    /// The names of all fields the kind has, set or not, in the order of SEMANTICS 3.2.
    fn field_names(&self) -> &'static [&'static str];
}
