//! Reading typed fields out of JSON, with the path at hand when one does not fit.
//!
//! Vocabulary: a *node* is a value and where it is; *fields* are the members of an object node.
//! Null members count as absent (SEMANTICS 2.1).
//!
//! Cost: places are linked on the stack; nothing is allocated for a path until an error needs it.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::error::{DecodeError, ErrorClass, FieldPath, Step, describe, one_of};
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::number::{double, is_zero};
use crate::base::time::SimTime;
use crate::model::Named;

pub(super) type Result<T> = std::result::Result<T, DecodeError>;

/// Doubles hold every integer up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A step down from a parent place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn path(&self) -> FieldPath {
        let mut steps = Vec::new();
        let mut place = self;
        loop {
            place = match place {
                Place::Root => break,
                Place::Key(parent, key) => {
                    steps.push(Step::Key((*key).to_owned()));
                    parent
                }
                Place::Index(parent, index) => {
                    steps.push(Step::Index(*index));
                    parent
                }
            };
        }
        steps.reverse();
        FieldPath(steps)
    }
}

/// A value and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Json,
    pub(super) place: Place<'a>,
    /// The instant of the event being decoded.
    pub(super) now: SimTime,
}

/// The members of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) map: &'a JsonMap,
    pub(super) place: Place<'a>,
    pub(super) now: SimTime,
}

impl<'a> Node<'a> {
    pub(super) fn fail(
        self,
        class: ErrorClass,
        expected: impl Into<Cow<'static, str>>,
    ) -> DecodeError {
        let found = describe(Some(self.value));
        DecodeError { class, path: self.place.path(), expected: expected.into(), found }
    }

    fn malformed(self, expected: impl Into<Cow<'static, str>>) -> DecodeError {
        self.fail(ErrorClass::Malformed, expected)
    }

    pub(super) fn fields(self) -> Result<Fields<'a>> {
        match self.value {
            Json::Object(map) => Ok(Fields { map, place: self.place, now: self.now }),
            _ => Err(self.malformed("an object")),
        }
    }

    pub(super) fn str(self) -> Result<&'a str> {
        match self.value {
            Json::String(text) => Ok(text),
            Json::Number(_) | Json::Bool(_) => Err(self.malformed("a string (in quotes)")),
            _ => Err(self.malformed("a string")),
        }
    }

    pub(super) fn text(self) -> Result<String> {
        self.str().map(str::to_owned)
    }

    /// An opaque, non-empty string.
    pub(super) fn id(self) -> Result<String> {
        match self.str()? {
            "" => Err(self.fail(ErrorClass::MissingField, "a non-empty id")),
            text => Ok(text.to_owned()),
        }
    }

    pub(super) fn flag(self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.malformed("true or false"))
    }

    pub(super) fn time(self) -> Result<SimTime> {
        let parsed = self.value.as_str().and_then(|text| SimTime::parse(text).ok());
        parsed.ok_or_else(|| {
            self.malformed(
                "an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`",
            )
        })
    }

    /// A time of which the empty string means absence.
    pub(super) fn time_unless_empty(self) -> Result<Option<SimTime>> {
        if self.value.as_str() == Some("") { Ok(None) } else { self.time().map(Some) }
    }

    pub(super) fn integer(self, range: RangeInclusive<i64>) -> Result<i64> {
        let Json::Number(number) = self.value else {
            return Err(self.malformed("an integer"));
        };
        let value = double(number);
        if value.is_finite() && !is_zero(value.fract()) {
            return Err(self.malformed("an integer"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "doubles up to 2^53 are exact integers"
        )]
        let integral = (value.abs() <= EXACT).then_some(value as i64);
        match number.as_i64().or(integral) {
            Some(integer) if range.contains(&integer) => Ok(integer),
            _ => {
                let expected = format!("an integer from {} to {}", range.start(), range.end());
                Err(self.fail(ErrorClass::InvalidValue, expected))
            }
        }
    }

    /// A 32-bit integer of at least `least`.
    pub(super) fn int32_within(self, range: RangeInclusive<i32>) -> Result<i32> {
        let integer = self.integer(i64::from(*range.start())..=i64::from(*range.end()))?;
        Ok(i32::try_from(integer).expect("the range is one of i32"))
    }

    pub(super) fn int32_from(self, least: i32) -> Result<i32> {
        self.int32_within(least..=i32::MAX)
    }

    pub(super) fn int32(self) -> Result<i32> {
        self.int32_from(i32::MIN)
    }

    pub(super) fn int64(self) -> Result<i64> {
        self.integer(i64::MIN..=i64::MAX)
    }

    pub(super) fn named<T: Named>(self) -> Result<T> {
        let text = self.str()?;
        let value = T::VALUES.iter().copied().find(|value| value.label() == text);
        value.ok_or_else(|| self.fail(ErrorClass::InvalidValue, one_of::<T>()))
    }

    /// A name of which the empty string means absence.
    pub(super) fn named_unless_empty<T: Named>(self) -> Result<Option<T>> {
        if self.value.as_str() == Some("") { Ok(None) } else { self.named().map(Some) }
    }

    pub(super) fn list<T>(&'a self, each: impl Fn(Node<'a>) -> Result<T>) -> Result<Vec<T>> {
        let Json::Array(items) = self.value else {
            return Err(self.malformed("a list"));
        };
        let items = items.iter().enumerate().map(|(index, value)| {
            each(Node { value, place: Place::Index(&self.place, index), now: self.now })
        });
        items.collect()
    }

    pub(super) fn map(self) -> Result<JsonMap> {
        self.fields().map(|fields| fields.map.clone())
    }

    /// Strings by name; members that are null are absent.
    pub(super) fn labels(self) -> Result<StringMap> {
        let fields = self.fields()?;
        let labels = fields.map.keys().filter_map(|key| {
            fields.optional(key, Node::text).transpose().map(|label| Ok((key.clone(), label?)))
        });
        labels.collect()
    }

    /// Rejects numbers beyond the range of doubles, anywhere below.
    pub(super) fn check_numbers(self) -> Result<()> {
        let below = |value, place| Node { value, place, now: self.now }.check_numbers();
        match self.value {
            Json::Number(number) if number.as_f64().is_none() => {
                Err(self.malformed("a number within the range of doubles"))
            }
            Json::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| below(item, Place::Index(&self.place, index))),
            Json::Object(map) => {
                map.iter().try_for_each(|(key, item)| below(item, Place::Key(&self.place, key)))
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Fields<'a> {
    /// The member `name`; null is absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Reads the member `name` if it is there.
    pub(super) fn optional<'b, T>(
        &'b self,
        name: &'b str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.get(name).map(|value| read(self.node(name, value))).transpose()
    }

    /// Reads the member `name`, whose absence or null rejects.
    pub(super) fn required<'b, T>(
        &'b self,
        name: &'b str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        self.optional(name, read)?
            .ok_or_else(|| self.fail(name, ErrorClass::MissingField, "this required field"))
    }

    /// Reads the member `name`; absence is the type's default.
    pub(super) fn or_default<'b, T: Default>(
        &'b self,
        name: &'b str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        self.optional(name, read).map(Option::unwrap_or_default)
    }

    pub(super) fn id(&self, name: &str) -> Result<String> {
        self.required(name, Node::id)
    }

    /// A string that must be there.
    pub(super) fn required_text(&self, name: &str) -> Result<String> {
        self.required(name, Node::text)
    }

    /// A string; absent is empty.
    pub(super) fn text(&self, name: &str) -> Result<String> {
        self.or_default(name, Node::text)
    }

    pub(super) fn maybe_text(&self, name: &str) -> Result<Option<String>> {
        self.optional(name, Node::text)
    }

    pub(super) fn maybe_time(&self, name: &str) -> Result<Option<SimTime>> {
        self.optional(name, Node::time)
    }

    /// `createdAt`; absent or empty is the event's instant.
    pub(super) fn created_at(&self) -> Result<SimTime> {
        let stated = self.optional("createdAt", Node::time_unless_empty)?.flatten();
        Ok(stated.unwrap_or(self.now))
    }

    /// A name that is not required; empty is absent.
    pub(super) fn named_or<T: Named>(&self, name: &str, default: T) -> Result<T> {
        Ok(self.maybe_named(name)?.unwrap_or(default))
    }

    /// One of the names of an enum; absent and empty are none.
    pub(super) fn maybe_named<T: Named>(&self, name: &str) -> Result<Option<T>> {
        Ok(self.optional(name, Node::named_unless_empty)?.flatten())
    }

    pub(super) fn map(&self, name: &str) -> Result<JsonMap> {
        self.or_default(name, Node::map)
    }

    pub(super) fn labels(&self, name: &str) -> Result<StringMap> {
        self.or_default(name, Node::labels)
    }

    pub(super) fn fail(
        &self,
        name: &str,
        class: ErrorClass,
        expected: impl Into<Cow<'static, str>>,
    ) -> DecodeError {
        let path = Place::Key(&self.place, name).path();
        let found = describe(self.map.get(name));
        DecodeError { class, path, expected: expected.into(), found }
    }

    pub(super) fn node<'b>(&'b self, name: &'b str, value: &'b Json) -> Node<'b> {
        Node { value, place: Place::Key(&self.place, name), now: self.now }
    }
}
