//! Distinct attribute values, each named by a small number.
//!
//! Vocabulary: an *atom* stands for a value; equal values have equal atoms, whichever entity, kind
//! or path they come from, so joining two attributes is comparing numbers. Four atoms stand for no
//! value ([`Atom::MISSING`] and its neighbours).
//!
//! Invariants: numbers are doubles, so `3` and `3.0` are one atom; a time is never the atom of its
//! text. An atom is never forgotten.

use ahash::RandomState;

use super::{List, Map, Value};
use crate::base::ids::Index;
use crate::base::intern::{Interner, Store};
use crate::base::json::{Json, JsonMap};
use crate::base::time::SimTime;

/// A distinct value of an [`Atoms`] dictionary, or a reason why there is none.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable,
)]
#[repr(transparent)]
pub struct Atom(pub u32);

impl Atom {
    /// The last segment of the path is not set.
    pub const MISSING: Self = Self(0);
    /// An earlier segment of the path is not set.
    pub const UNREACHABLE: Self = Self(1);
    /// The path leads through a list.
    pub const BROKEN: Self = Self(2);
    /// There is a value, but the shape forbids to read it.
    pub const OPAQUE: Self = Self(3);

    const RESERVED: u32 = 4;

    /// Whether this names a value.
    #[must_use]
    pub const fn is_value(self) -> bool {
        self.0 >= Self::RESERVED
    }
}

impl Index for Atom {
    fn at(position: usize) -> Self {
        let position = u32::try_from(position).expect("fewer than 2^32 distinct values");
        Self(position + Self::RESERVED)
    }

    fn slot(self) -> usize {
        self.0.wrapping_sub(Self::RESERVED) as usize
    }
}

/// The value behind an atom.
#[derive(Debug, Clone, PartialEq)]
pub enum AtomValue {
    /// JSON null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(Box<str>),
    /// A time of a resource in shape A.
    Time(SimTime),
    /// A whole list.
    List(Vec<Json>),
    /// A whole object, or labels.
    Map(JsonMap),
}

impl AtomValue {
    /// This value as expressions see it.
    pub(crate) fn lend(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(*it),
            Self::Number(number) => Value::Double(*number),
            Self::Text(text) => Value::Text(text.as_ref().into()),
            Self::Time(time) => Value::Time((*time).into()),
            Self::List(items) => Value::List(List::Json(items)),
            Self::Map(map) => Value::Map(Map::Json(map)),
        }
    }
}

/// The dictionary of all atoms of a world.
#[derive(Debug, Clone, Default)]
pub struct Atoms(Interner<Atom, Values>);

/// The distinct values of entity data.
#[derive(Debug, Clone, Default)]
struct Values(Vec<AtomValue>);

impl Store for Values {
    type Key<'a> = Value<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, position: usize) -> Value<'_> {
        self.0[position].lend()
    }

    fn push(&mut self, value: &Value<'_>) {
        self.0.push(keep(value));
    }

    fn hash(value: &Value<'_>, hasher: &RandomState) -> u64 {
        value.hash(hasher)
    }

    fn equal(kept: &Value<'_>, value: &Value<'_>) -> bool {
        kept.equals(value)
    }
}

impl Atoms {
    /// The value of `atom`; `None` for the atoms that name none.
    ///
    /// # Panics
    /// When the atom comes from another dictionary.
    #[must_use]
    pub fn get(&self, atom: Atom) -> Option<&AtomValue> {
        atom.is_value().then(|| &self.0.store().0[atom.slot()])
    }

    /// The text of `atom`, if it is a string.
    #[must_use]
    pub fn text(&self, atom: Atom) -> Option<&str> {
        match self.get(atom)? {
            AtomValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Number of distinct values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no value was seen yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The atom of `json`, new if the value was not seen before.
    pub(crate) fn intern_json(&mut self, json: &Json) -> Atom {
        self.intern(&Value::from_json(json))
    }

    /// The atom of a value, if some entity had it.
    pub(crate) fn find(&self, value: &Value<'_>) -> Option<Atom> {
        self.0.find(value)
    }

    /// The atom of a value of entity data, new if the value was not seen before.
    pub(crate) fn intern(&mut self, value: &Value<'_>) -> Atom {
        self.0.intern(value)
    }
}

fn keep(value: &Value<'_>) -> AtomValue {
    if let Value::Time(time) = value
        && let Some(time) = time.sim_time()
    {
        return AtomValue::Time(time);
    }
    match to_json(value) {
        Json::Null => AtomValue::Null,
        Json::Bool(it) => AtomValue::Bool(it),
        Json::Number(_) => AtomValue::Number(value.number().unwrap_or_default()),
        Json::String(text) => AtomValue::Text(text.into()),
        Json::Array(items) => AtomValue::List(items),
        Json::Object(map) => AtomValue::Map(map),
    }
}

/// Entity data as JSON.
fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Bool(it) => Json::Bool(*it),
        Value::Double(number) => serde_json::Number::from_f64(*number)
            .map_or_else(|| Json::Number(0.into()), Json::Number),
        Value::Text(text) => Json::String(text.clone().into_owned()),
        Value::List(List::Json(items)) => Json::Array(items.to_vec()),
        Value::List(list) => Json::Array(list.iter().map(|item| to_json(&item)).collect()),
        Value::Map(Map::Json(map)) => Json::Object((*map).clone()),
        Value::Map(map) => Json::Object(
            map.keys()
                .iter()
                .filter_map(|key| {
                    let Value::Text(name) = key else { return None };
                    Some((name.clone().into_owned(), to_json(&map.at(key).ok()?)))
                })
                .collect(),
        ),
        // Entities hold no other kind of value.
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Which of two equal values came first is not seen: expressions would print them differently.
    #[test]
    fn zero_has_no_sign() {
        for order in [["0", "-0"], ["-0.0", "0"]] {
            let mut atoms = Atoms::default();
            let zeros: Vec<Json> = order.map(|it| serde_json::from_str(it).expect("JSON")).into();
            let named: Vec<Atom> = zeros.iter().map(|it| atoms.intern_json(it)).collect();
            assert_eq!(named[0], named[1]);
            let Some(AtomValue::Number(number)) = atoms.get(named[0]) else { panic!("a number") };
            assert!(number.is_sign_positive());
        }
    }

    #[test]
    fn equal_values_share_an_atom_and_read_back() {
        let mut atoms = Atoms::default();
        let distinct = [
            json!(null),
            json!(false),
            json!(3),
            json!("3"),
            json!(3.5),
            json!([3, "x"]),
            json!({"a": 1, "b": [true]}),
            json!({}),
            json!([]),
        ];
        let named = distinct.clone().map(|json| atoms.intern_json(&json));
        for (slot, json) in distinct.iter().enumerate() {
            assert_eq!(atoms.find(&Value::from_json(json)), Some(named[slot]), "{json}");
            assert!(named[slot].is_value());
            let read = atoms.get(named[slot]).expect("a value").lend();
            assert!(read.equals(&Value::from_json(json)), "{json}");
        }
        assert_eq!(atoms.len(), distinct.len());
        let same: [Json; 4] = [
            serde_json::from_str("3.0").expect("JSON"),
            serde_json::from_str("[3e0,\"x\"]").expect("JSON"),
            serde_json::from_str("{\"b\":[true],\"a\":1.0}").expect("JSON"),
            serde_json::from_str("30e-1").expect("JSON"),
        ];
        for (json, slot) in same.iter().zip([2, 5, 6, 2]) {
            assert_eq!(atoms.intern_json(json), named[slot], "{json}");
        }
        assert_eq!(atoms.find(&Value::from_json(&json!("unseen"))), None);
    }
}
