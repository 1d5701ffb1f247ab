//! Finding the place of a field in YAML.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_saphyr::Spanned;

use super::super::Place;
use super::{options, place};
use crate::wire::event::{FieldPath, Step};

/// The place of the field at `path`; of a field that is missing, the place of what should have it.
/// Only errors need it, so it reads the text again, up to the field, once per missing step.
pub(in crate::wire::document) fn locate(text: &str, path: &FieldPath) -> Option<Place> {
    (0..=path.0.len()).rev().find_map(|length| {
        let found = Cell::new(None);
        let follow = Follow { path: &path.0[..length], found: &found };
        let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |it| {
            follow.deserialize(it)
        });
        // The text was read up to here before: an error means "found" or "not there".
        drop(read);
        found.get()
    })
}

/// Stands for a value that is not read: something may be wrong within it, which is no reason not to tell
/// where it begins.
struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// Moves along a path, notes the place of its end and stops reading.
#[derive(Clone, Copy)]
struct Follow<'a> {
    path: &'a [Step],
    found: &'a Cell<Option<Place>>,
}

impl<'a> Follow<'a> {
    /// The rest of the way, if `step` is the next one.
    fn next(self, matches: impl FnOnce(&Step) -> bool) -> Option<Follow<'a>> {
        let (step, path) = self.path.split_first()?;
        matches(step).then_some(Follow { path, found: self.found })
    }
}

impl<'de> DeserializeSeed<'de> for Follow<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        if !self.path.is_empty() {
            return source.deserialize_any(self);
        }
        let end = Spanned::<Unread>::deserialize(source)?;
        self.found.set(Some(place(end.referenced)));
        Err(de::Error::custom("found"))
    }
}

impl<'de> Visitor<'de> for Follow<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let here = self.next(|step| matches!(step, Step::Index(wanted) if *wanted == index));
            let more = match here {
                Some(follow) => items.next_element_seed(follow)?,
                None => items.next_element::<IgnoredAny>()?.map(drop),
            };
            if more.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            match self.next(|step| matches!(step, Step::Key(wanted) if *wanted == key)) {
                Some(follow) => members.next_value_seed(follow)?,
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
