//! Reading typed fields out of JSON, with the path at hand when one does not fit.
//!
//! Vocabulary: a *node* is a value and where it is; *fields* are the members of an object node; a member
//! is *unknown* if it was there and nobody asked for it. Null members count as absent (SEMANTICS 2.1).
//!
//! Invariant: no member of an object that is read as [`Fields`] is passed over in silence. What was asked
//! for is noted when it is, so no decoder can forget to say what it knows.
//!
//! Cost: places are linked on the stack; nothing is allocated for a path until something is told of it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use smallvec::SmallVec;

use super::error::{DecodeError, ErrorClass, FieldPath, Step, describe, one_of};
use super::found::Found;
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::nearest::meant;
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
    /// A member of an object that may have any.
    Any(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

/// Longest name of a member in the path of one that nothing reads, in bytes: there may be many below one
/// whose name is long.
const LONGEST: usize = 200;

impl Place<'_> {
    fn path(&self) -> FieldPath {
        self.path_of(usize::MAX)
    }

    /// The path, with names that are longer than so many bytes cut.
    fn path_of(&self, longest: usize) -> FieldPath {
        let name = |key: &str| match key.len() > longest {
            true => format!("{}..", &key[..key.floor_char_boundary(longest)]),
            false => key.to_owned(),
        };
        let mut steps = Vec::new();
        let mut place = self;
        loop {
            place = match place {
                Place::Root => break,
                Place::Key(parent, key) | Place::Any(parent, key) => {
                    steps.push(Step::Key(name(key)));
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

    /// The path of all that stand so: without positions, `*` being any member of an object that may have
    /// any.
    fn pattern(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Index(parent, _) => format!("{}[]", parent.pattern()),
            Place::Any(parent, _) => dotted(parent.pattern(), "*"),
            Place::Key(parent, key) => {
                let key =
                    FieldPath(vec![Step::Key(key[..key.floor_char_boundary(LONGEST)].to_owned())]);
                dotted(parent.pattern(), &key.to_string())
            }
        }
    }
}

fn dotted(before: String, name: &str) -> String {
    if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
}

/// One value being decoded: what goes with it, and what is found beside it.
#[derive(Debug)]
pub(super) struct Decoding {
    /// The instant of the event being decoded.
    pub(super) now: Cell<SimTime>,
    found: RefCell<Found>,
}

impl Decoding {
    pub(super) fn at(now: SimTime) -> Self {
        Self { now: Cell::new(now), found: RefCell::default() }
    }

    /// What was found.
    pub(super) fn into_found(self) -> Found {
        self.found.into_inner()
    }

    pub(super) fn root<'a>(&'a self, value: &'a Json) -> Node<'a> {
        Node { value, place: Place::Root, decoding: self }
    }

    /// The members of an object that is no value: whoever made it knows them.
    pub(super) fn members<'a>(&'a self, map: &'a JsonMap) -> Fields<'a> {
        Fields { map, place: Place::Root, decoding: self, asked: None, present: Cell::new(0) }
    }
}

/// A value and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Json,
    place: Place<'a>,
    pub(super) decoding: &'a Decoding,
}

/// The members of an object.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) map: &'a JsonMap,
    place: Place<'a>,
    decoding: &'a Decoding,
    /// The names that were asked for, and how many of them are there; none of an object whose members
    /// nobody can know.
    asked: Option<RefCell<SmallVec<[&'static str; 16]>>>,
    present: Cell<usize>,
}

/// Tells of the members that nobody asked for.
impl Drop for Fields<'_> {
    fn drop(&mut self) {
        let Some(asked) = &self.asked else { return };
        if self.present.get() == self.map.len() {
            return;
        }
        let asked = asked.borrow();
        for (key, value) in self.map {
            if !value.is_null() && !asked.contains(&key.as_str()) {
                let place = Place::Key(&self.place, key);
                let first = || (place.path_of(LONGEST), meant(key, asked.iter().copied()));
                self.decoding.found.borrow_mut().unknown(place.pattern(), first);
            }
        }
    }
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

    /// Tells that nothing reads this.
    pub(super) fn unread(&self, nearest: Option<&'static str>) {
        let first = || (self.place.path_of(LONGEST), nearest);
        self.decoding.found.borrow_mut().unknown(self.place.pattern(), first);
    }

    /// The members of an object; those that nobody asks for are told of.
    pub(super) fn fields(self) -> Result<Fields<'a>> {
        let mut fields = self.any_fields()?;
        fields.asked = Some(RefCell::default());
        Ok(fields)
    }

    /// The members of an object that may have any.
    pub(super) fn any_fields(self) -> Result<Fields<'a>> {
        self.expects("object");
        let Self { value, place, decoding } = self;
        match value {
            Json::Object(map) => {
                Ok(Fields { map, place, decoding, asked: None, present: Cell::new(0) })
            }
            _ => Err(self.malformed("an object")),
        }
    }

    /// Notes what is expected here, for the reference of fields; costs nothing elsewhere.
    pub(super) fn expects(&self, what: &'static str) {
        self.expects_one_of(|| what.to_owned());
    }

    fn expects_one_of(&self, what: impl FnOnce() -> String) {
        #[cfg(test)]
        super::described::expects(&self.place.path(), &what());
        #[cfg(not(test))]
        let _ = (self, what);
    }

    pub(super) fn str(self) -> Result<&'a str> {
        self.expects("text");
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
        let text = self.str()?;
        self.expects("id");
        match text {
            "" => Err(self.fail(ErrorClass::MissingField, "a non-empty id")),
            text => Ok(text.to_owned()),
        }
    }

    pub(super) fn flag(self) -> Result<bool> {
        self.expects("true or false");
        self.value.as_bool().ok_or_else(|| self.malformed("true or false"))
    }

    pub(super) fn time(self) -> Result<SimTime> {
        self.expects("time");
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
        self.expects_one_of(|| within(&range));
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
        self.expects_one_of(one_of::<T>);
        let value = T::VALUES.iter().copied().find(|value| value.label() == text);
        value.ok_or_else(|| self.fail(ErrorClass::InvalidValue, one_of::<T>()))
    }

    /// A name of which the empty string means absence.
    pub(super) fn named_unless_empty<T: Named>(self) -> Result<Option<T>> {
        if self.value.as_str() == Some("") { Ok(None) } else { self.named().map(Some) }
    }

    /// The items of a list; after one that does not fit, the others are looked at all the same.
    pub(super) fn list<T>(&'a self, each: impl Fn(Node<'a>) -> Result<T>) -> Result<Vec<T>> {
        self.expects("list");
        let Json::Array(items) = self.value else {
            return Err(self.malformed("a list"));
        };
        let mut read = Vec::with_capacity(items.len());
        let mut wrong = None;
        for (index, value) in items.iter().enumerate() {
            match each(self.below(value, Place::Index(&self.place, index))) {
                Ok(item) => read.push(item),
                Err(error) if wrong.is_none() => wrong = Some(error),
                Err(error) => self.decoding.found.borrow_mut().error(error),
            }
        }
        wrong.map_or(Ok(read), Err)
    }

    fn below(&self, value: &'a Json, place: Place<'a>) -> Node<'a> {
        Node { value, place, decoding: self.decoding }
    }

    pub(super) fn map(self) -> Result<JsonMap> {
        self.any_fields().map(|fields| fields.map.clone())
    }

    /// Strings by name; members that are null are absent.
    pub(super) fn labels(self) -> Result<StringMap> {
        let fields = self.any_fields()?;
        self.expects("object of texts");
        fields.members().map(|(key, node)| Ok((key.clone(), node.text()?))).collect()
    }

    /// Rejects numbers beyond the range of doubles, anywhere below.
    pub(super) fn check_numbers(&self) -> Result<()> {
        let below = |value, place| self.below(value, place).check_numbers();
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

/// What is said of members that are not looked at.
pub(super) const PASSED_OVER: &str = "not read";

/// What integers of a range are called.
fn within(range: &RangeInclusive<i64>) -> String {
    match (*range.start(), *range.end()) {
        (i64::MIN, i64::MAX) => "integer".to_owned(),
        (least, most) if most == i64::from(i32::MAX) => match i32::try_from(least) {
            Ok(i32::MIN) => "integer of 32 bits".to_owned(),
            _ => format!("integer from {least}"),
        },
        (least, most) => format!("integer from {least} to {most}"),
    }
}

impl<'a> Fields<'a> {
    /// The member `name`; null is absent.
    pub(super) fn get(&self, name: &'static str) -> Option<&'a Json> {
        self.get_or_null(name).filter(|value| !value.is_null())
    }

    /// The member `name`, though it be null.
    pub(super) fn get_or_null(&self, name: &'static str) -> Option<&'a Json> {
        let value = self.map.get(name);
        #[cfg(test)]
        super::described::asked(&Place::Key(&self.place, name).path(), value.is_some());
        if let Some(asked) = &self.asked {
            let mut asked = asked.borrow_mut();
            if !asked.contains(&name) {
                asked.push(name);
                self.present.set(self.present.get() + usize::from(value.is_some()));
            }
        }
        value
    }

    /// The member `name`, without having asked for it.
    pub(super) fn peek(&self, name: &str) -> Option<&'a Json> {
        self.map.get(name)
    }

    /// Members that may be there and are not looked at: others say the same, or nothing depends on them.
    pub(super) fn pass_over(&self, names: &[&'static str]) {
        for name in names {
            let value = self.get_or_null(name);
            self.node(name, value.unwrap_or(&Json::Null)).expects(PASSED_OVER);
        }
    }

    /// The members, but for those that are null.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a String, Node<'_>)> {
        let present = self.map.iter().filter(|(_, value)| !value.is_null());
        present.map(|(key, value)| {
            let place = Place::Any(&self.place, key);
            (key, Node { value, place, decoding: self.decoding })
        })
    }

    /// Reads the member `name` if it is there.
    pub(super) fn optional<'b, T>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.get(name).map(|value| read(self.node(name, value))).transpose()
    }

    /// The member `name`, though it be null; absence rejects.
    pub(super) fn required_or_null(&self, name: &'static str) -> Result<&'a Json> {
        #[cfg(test)]
        super::described::required(&Place::Key(&self.place, name).path());
        self.get_or_null(name)
            .ok_or_else(|| self.fail(name, ErrorClass::MissingField, "this required field"))
    }

    /// Reads the member `name`, whose absence or null rejects, and says what it is.
    pub(super) fn required_as<'b, T>(
        &'b self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        #[cfg(test)]
        super::described::required(&Place::Key(&self.place, name).path());
        self.optional(name, read)?
            .ok_or_else(|| self.fail(name, ErrorClass::MissingField, expected))
    }

    /// Reads the member `name`, whose absence or null rejects.
    pub(super) fn required<'b, T>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        self.required_as(name, "this required field", read)
    }

    /// Reads the member `name`; absence is the type's default.
    pub(super) fn or_default<'b, T: Default>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        self.optional(name, read).map(Option::unwrap_or_default)
    }

    pub(super) fn id(&self, name: &'static str) -> Result<String> {
        self.required(name, Node::id)
    }

    /// A string that must be there.
    pub(super) fn required_text(&self, name: &'static str) -> Result<String> {
        self.required(name, Node::text)
    }

    /// A string; absent is empty.
    pub(super) fn text(&self, name: &'static str) -> Result<String> {
        self.or_default(name, Node::text)
    }

    pub(super) fn maybe_text(&self, name: &'static str) -> Result<Option<String>> {
        self.optional(name, Node::text)
    }

    pub(super) fn maybe_time(&self, name: &'static str) -> Result<Option<SimTime>> {
        self.optional(name, Node::time)
    }

    /// `createdAt`; absent or empty is the event's instant.
    pub(super) fn created_at(&self) -> Result<SimTime> {
        let stated = self.optional("createdAt", Node::time_unless_empty)?.flatten();
        Ok(stated.unwrap_or(self.decoding.now.get()))
    }

    /// A name that is not required; empty is absent.
    pub(super) fn named_or<T: Named>(&self, name: &'static str, default: T) -> Result<T> {
        Ok(self.maybe_named(name)?.unwrap_or(default))
    }

    /// One of the names of an enum; absent and empty are none.
    pub(super) fn maybe_named<T: Named>(&self, name: &'static str) -> Result<Option<T>> {
        Ok(self.optional(name, Node::named_unless_empty)?.flatten())
    }

    /// Any value at all.
    pub(super) fn any(&self, name: &'static str) -> Option<Json> {
        let value = self.get(name)?;
        self.node(name, value).expects("any value");
        Some(value.clone())
    }

    pub(super) fn map(&self, name: &'static str) -> Result<JsonMap> {
        self.or_default(name, Node::map)
    }

    pub(super) fn labels(&self, name: &'static str) -> Result<StringMap> {
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
        Node { value, place: Place::Key(&self.place, name), decoding: self.decoding }
    }
}
