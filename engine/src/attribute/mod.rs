//! Attributes: what selectors, matchers and property paths can read of an entity.

use std::borrow::Cow;

use crate::entity::{Json, JsonMap, StringMap};
use crate::selector::SelectorSource;
use crate::time::SimTime;

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
