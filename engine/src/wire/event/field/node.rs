//! Reading values: each has to be of its type and within its range.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use super::place::{LONGEST, Place};
use super::{Fields, Node, Result};
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::number::{double, is_zero};
use crate::base::time::SimTime;
use crate::model::Named;
use crate::wire::event::error::{DecodeError, ErrorClass, describe, one_of};

/// Doubles hold every integer up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'a> Node<'a> {
    pub(in crate::wire::event) fn fail(
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
    pub(in crate::wire::event) fn unread(&self, nearest: Option<&'static str>) {
        let first = || (self.place.path_of(LONGEST), nearest);
        self.decoding.found.borrow_mut().unknown(self.place.pattern(), first);
    }

    /// The members of an object; those that nobody asks for are told of.
    pub(in crate::wire::event) fn fields(self) -> Result<Fields<'a>> {
        let mut fields = self.any_fields()?;
        fields.asked = Some(RefCell::default());
        Ok(fields)
    }

    /// The members of an object that may have any.
    pub(in crate::wire::event) fn any_fields(self) -> Result<Fields<'a>> {
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
    pub(in crate::wire::event) fn expects(&self, what: &'static str) {
        self.expects_one_of(|| what.to_owned());
    }

    fn expects_one_of(&self, what: impl FnOnce() -> String) {
        #[cfg(test)]
        crate::wire::event::described::expects(&self.place.path(), &what());
        #[cfg(not(test))]
        let _ = (self, what);
    }

    pub(in crate::wire::event) fn str(self) -> Result<&'a str> {
        self.expects("text");
        match self.value {
            Json::String(text) => Ok(text),
            Json::Number(_) | Json::Bool(_) => Err(self.malformed("a string (in quotes)")),
            _ => Err(self.malformed("a string")),
        }
    }

    pub(in crate::wire::event) fn text(self) -> Result<String> {
        self.str().map(str::to_owned)
    }

    /// An opaque, non-empty string.
    pub(in crate::wire::event) fn id(self) -> Result<String> {
        let text = self.str()?;
        self.expects("id");
        match text {
            "" => Err(self.fail(ErrorClass::MissingField, "a non-empty id")),
            text => Ok(text.to_owned()),
        }
    }

    pub(in crate::wire::event) fn flag(self) -> Result<bool> {
        self.expects("true or false");
        self.value.as_bool().ok_or_else(|| self.malformed("true or false"))
    }

    pub(in crate::wire::event) fn time(self) -> Result<SimTime> {
        self.expects("time");
        let parsed = self.value.as_str().and_then(|text| SimTime::parse(text).ok());
        parsed.ok_or_else(|| {
            self.malformed(
                "an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`",
            )
        })
    }

    /// A time of which the empty string means absence.
    pub(in crate::wire::event) fn time_unless_empty(self) -> Result<Option<SimTime>> {
        if self.value.as_str() == Some("") { Ok(None) } else { self.time().map(Some) }
    }

    pub(in crate::wire::event) fn integer(self, range: RangeInclusive<i64>) -> Result<i64> {
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
    pub(in crate::wire::event) fn int32_within(self, range: RangeInclusive<i32>) -> Result<i32> {
        let integer = self.integer(i64::from(*range.start())..=i64::from(*range.end()))?;
        Ok(i32::try_from(integer).expect("the range is one of i32"))
    }

    pub(in crate::wire::event) fn int32_from(self, least: i32) -> Result<i32> {
        self.int32_within(least..=i32::MAX)
    }

    pub(in crate::wire::event) fn int32(self) -> Result<i32> {
        self.int32_from(i32::MIN)
    }

    pub(in crate::wire::event) fn int64(self) -> Result<i64> {
        self.integer(i64::MIN..=i64::MAX)
    }

    pub(in crate::wire::event) fn named<T: Named>(self) -> Result<T> {
        let text = self.str()?;
        self.expects_one_of(one_of::<T>);
        let value = T::VALUES.iter().copied().find(|value| value.label() == text);
        value.ok_or_else(|| self.fail(ErrorClass::InvalidValue, one_of::<T>()))
    }

    /// A name of which the empty string means absence.
    pub(in crate::wire::event) fn named_unless_empty<T: Named>(self) -> Result<Option<T>> {
        if self.value.as_str() == Some("") { Ok(None) } else { self.named().map(Some) }
    }

    /// The items of a list; one that does not fit is noted.
    pub(in crate::wire::event) fn list<T>(
        &'a self,
        each: impl Fn(Node<'a>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expects("list");
        let Json::Array(items) = self.value else {
            return Err(self.malformed("a list"));
        };
        let items = items.iter().enumerate();
        let each = |(index, value)| each(self.below(value, Place::Index(&self.place, index)));
        Ok(items.filter_map(|item| self.decoding.noted(each(item))).collect())
    }

    fn below(&self, value: &'a Json, place: Place<'a>) -> Node<'a> {
        Node { value, place, decoding: self.decoding }
    }

    pub(in crate::wire::event) fn map(self) -> Result<JsonMap> {
        self.any_fields().map(|fields| fields.map.clone())
    }

    /// Strings by name; members that are null are absent.
    pub(in crate::wire::event) fn labels(self) -> Result<StringMap> {
        let fields = self.any_fields()?;
        self.expects("object of texts");
        let text = |(key, node): (&String, Node<'_>)| {
            Some((key.clone(), self.decoding.noted(node.text())?))
        };
        Ok(fields.members().filter_map(text).collect())
    }

    /// Rejects numbers beyond the range of doubles, anywhere below.
    pub(in crate::wire::event) fn check_numbers(&self) -> Result<()> {
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
