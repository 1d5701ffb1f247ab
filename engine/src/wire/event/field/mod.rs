//! Reading typed fields out of JSON, with the path at hand when one does not fit.
//!
//! Vocabulary: a *node* is a value and where it is; *fields* are the members of an object node; a member
//! is *unknown* if it was there and nobody asked for it. Null members count as absent (SEMANTICS 2.1).
//!
//! Invariant: no member of an object that is read as [`Fields`] is passed over in silence. What was asked
//! for is noted when it is, so no decoder can forget to say what it knows.
//! Invariant: a member that does not fit is noted, and the others are read all the same; what stands in for
//! it is never seen, because nothing is made of a value with a fault ([`super::decode`]).
//!
//! Cost: places are linked on the stack; nothing is allocated for a path until something is told of it.

mod node;
mod place;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use smallvec::SmallVec;

use self::place::{LONGEST, Place};
use super::error::{DecodeError, ErrorClass, describe};
use super::found::Found;
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::nearest::meant;
use crate::base::time::SimTime;
use crate::model::Named;

pub(super) type Result<T> = std::result::Result<T, DecodeError>;

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

    /// What was read; what does not fit is noted.
    fn noted<T>(&self, read: Result<T>) -> Option<T> {
        read.map_err(|error| self.found.borrow_mut().error(error)).ok()
    }

    /// What was read, unless something does not fit: then the first of that, the rest being in what was
    /// found beside it.
    pub(super) fn end<T>(self, read: Result<T>) -> (Result<T>, Found) {
        let read = self.noted(read);
        let mut found = self.found.into_inner();
        if found.errors.is_empty() {
            return (Ok(read.expect("what was not read does not fit")), found);
        }
        (Err(found.errors.remove(0)), found)
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

/// What is said of members that are not looked at.
pub(super) const PASSED_OVER: &str = "not read";

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

    /// The member `name`, though it be null; absence rejects.
    pub(super) fn required_or_null(&self, name: &'static str) -> Result<&'a Json> {
        #[cfg(test)]
        super::described::required(&Place::Key(&self.place, name).path());
        self.get_or_null(name)
            .ok_or_else(|| self.fail(name, ErrorClass::MissingField, "this required field"))
    }

    /// Reads the member `name` if it is there and fits; that it does not fit is noted.
    pub(super) fn optional<'b, T>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Option<T> {
        let value = self.get(name)?;
        self.decoding.noted(read(self.node(name, value)))
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
        match self.get(name) {
            Some(value) => read(self.node(name, value)),
            None => Err(self.fail(name, ErrorClass::MissingField, expected)),
        }
    }

    /// Reads the member `name`, whose absence or null rejects.
    pub(super) fn required<'b, T>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> Result<T> {
        self.required_as(name, "this required field", read)
    }

    /// Reads the member `name`, which must be there; that it is not or does not fit is noted, and the
    /// type's default stands in for it while what else is there is read.
    pub(super) fn stated<'b, T: Default>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> T {
        self.decoding.noted(self.required(name, read)).unwrap_or_default()
    }

    /// Reads the member `name`; absence is the type's default.
    pub(super) fn or_default<'b, T: Default>(
        &'b self,
        name: &'static str,
        read: impl FnOnce(Node<'b>) -> Result<T>,
    ) -> T {
        self.optional(name, read).unwrap_or_default()
    }

    pub(super) fn id(&self, name: &'static str) -> String {
        self.stated(name, Node::id)
    }

    /// A string that must be there.
    pub(super) fn required_text(&self, name: &'static str) -> String {
        self.stated(name, Node::text)
    }

    /// A string; absent is empty.
    pub(super) fn text(&self, name: &'static str) -> String {
        self.or_default(name, Node::text)
    }

    pub(super) fn maybe_text(&self, name: &'static str) -> Option<String> {
        self.optional(name, Node::text)
    }

    pub(super) fn maybe_time(&self, name: &'static str) -> Option<SimTime> {
        self.optional(name, Node::time)
    }

    /// A time; absent and empty are none.
    pub(super) fn time_unless_empty(&self, name: &'static str) -> Option<SimTime> {
        self.optional(name, Node::time_unless_empty).flatten()
    }

    /// `createdAt`; absent or empty is the event's instant.
    pub(super) fn created_at(&self) -> SimTime {
        self.time_unless_empty("createdAt").unwrap_or(self.decoding.now.get())
    }

    /// One of the names of an enum, which must be there; as [`Fields::stated`] with any of them.
    pub(super) fn named<T: Named>(&self, name: &'static str) -> T {
        self.decoding.noted(self.required(name, Node::named)).unwrap_or(T::VALUES[0])
    }

    /// A name that is not required; empty is absent.
    pub(super) fn named_or<T: Named>(&self, name: &'static str, default: T) -> T {
        self.maybe_named(name).unwrap_or(default)
    }

    /// One of the names of an enum; absent and empty are none.
    pub(super) fn maybe_named<T: Named>(&self, name: &'static str) -> Option<T> {
        self.optional(name, Node::named_unless_empty).flatten()
    }

    /// Any value at all.
    pub(super) fn any(&self, name: &'static str) -> Option<Json> {
        let value = self.get(name)?;
        self.node(name, value).expects("any value");
        Some(value.clone())
    }

    pub(super) fn map(&self, name: &'static str) -> JsonMap {
        self.or_default(name, Node::map)
    }

    pub(super) fn labels(&self, name: &'static str) -> StringMap {
        self.or_default(name, Node::labels)
    }

    /// Notes what does not fit here, and goes on without.
    pub(super) fn noted<T>(&self, read: Result<T>) -> Option<T> {
        self.decoding.noted(read)
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
