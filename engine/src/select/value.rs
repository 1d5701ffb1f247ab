//! Values as expressions see them, lent from entities wherever possible.
//!
//! Vocabulary: a value is *lent* when it borrows from an entity or an atom and *built* when an
//! expression made it. A *view* says how the entity behind a map shows its times, selectors and kind.
//!
//! Invariants: JSON numbers are doubles, never integers, and negative zero is zero. Equality never
//! fails: values of different kinds are unequal. Integers compare with doubles after conversion to
//! a double, as in the reference.

use std::borrow::Cow;
use std::rc::Rc;

use ahash::RandomState;

use super::path::KIND;
use super::steps::{Steps, TooMany};
use super::{Instant, Shape, Span};
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::number::{self, is_zero, without_sign_of_zero};
use crate::model::EntityKind;
use crate::model::SelectorSource;
use crate::model::{Attributes, Field};

/// A value of an expression.
#[derive(Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Time(Instant),
    Span(Span),
    /// The type of a value, by its CEL name.
    Kind(&'static str),
    List(List<'a>),
    Map(Map<'a>),
}

/// A list, lent or built.
#[derive(Clone)]
pub(crate) enum List<'a> {
    Json(&'a [Json]),
    Built(Rc<[Value<'a>]>),
}

/// A map, lent or built. Only built maps have keys that are not strings.
#[derive(Clone)]
pub(crate) enum Map<'a> {
    /// A variable that is declared but not filled.
    Empty,
    Entity(&'a dyn Attributes, View),
    Labels(&'a StringMap),
    Json(&'a JsonMap),
    Built(Rc<[(Value<'a>, Value<'a>)]>),
}

/// How an entity shows its times, its selectors and its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    timestamps: bool,
    opaque_selectors: bool,
    kind_as_field: bool,
}

impl View {
    /// The view of an entity of `kind` (`None`: a version) in `shape` (SEMANTICS 3.2).
    pub(crate) fn new(shape: Shape, kind: Option<EntityKind>) -> Self {
        Self {
            timestamps: shape == Shape::A && kind == Some(EntityKind::Resource),
            opaque_selectors: shape == Shape::A,
            kind_as_field: shape == Shape::Kinded,
        }
    }
}

/// Why a key leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Miss {
    /// There is no such key; the one miss that makes a whole expression false.
    Key,
    /// There is no such element.
    Index(i64),
    /// The value is there but must not be read.
    Opaque,
    /// A container of the first kind takes no key of the second.
    Kind(&'static str, &'static str),
}

impl<'a> Value<'a> {
    pub(crate) fn from_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(it) => Self::Bool(*it),
            Json::Number(number) => Self::Double(double(number)),
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(items) => Self::List(List::Json(items)),
            Json::Object(map) => Self::Map(Map::Json(map)),
        }
    }

    fn built_from_json(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(it) => Self::Bool(it),
            Json::Number(number) => Self::Double(double(&number)),
            Json::String(text) => Self::Text(Cow::Owned(text)),
            Json::Array(items) => {
                Self::List(List::Built(items.into_iter().map(Self::built_from_json).collect()))
            }
            Json::Object(map) => Self::Map(Map::Built(
                map.into_iter()
                    .map(|(key, value)| (Self::Text(Cow::Owned(key)), Self::built_from_json(value)))
                    .collect(),
            )),
        }
    }

    fn from_field(field: Field<'a>, view: View) -> Result<Self, Miss> {
        Ok(match field {
            Field::Text(text) => Self::Text(Cow::Borrowed(text)),
            Field::Time(time) if view.timestamps => Self::Time(time.into()),
            Field::Time(time) => Self::Text(Cow::Owned(time.to_string())),
            Field::Labels(labels) => Self::Map(Map::Labels(labels)),
            Field::Object(map) => Self::Map(Map::Json(map)),
            Field::Selector(_) if view.opaque_selectors => return Err(Miss::Opaque),
            Field::Selector(selector) => {
                let (key, value) = match selector {
                    SelectorSource::Cel(text) => ("cel", Self::Text(Cow::Borrowed(text))),
                    SelectorSource::Json(json) => ("json", Self::from_json(json)),
                };
                Self::Map(Map::Built(Rc::new([(Self::Text(Cow::Borrowed(key)), value)])))
            }
            Field::Json(Cow::Borrowed(json)) => Self::from_json(json),
            Field::Json(Cow::Owned(json)) => Self::built_from_json(json),
        })
    }

    /// Text that an expression made.
    pub(crate) fn built_text(text: impl Into<String>) -> Self {
        Self::Text(Cow::Owned(text.into()))
    }

    /// A list that an expression made.
    pub(crate) fn built_list(items: impl Into<Rc<[Value<'a>]>>) -> Self {
        Self::List(List::Built(items.into()))
    }

    /// The CEL name of this value's type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Time(_) => "google.protobuf.Timestamp",
            Self::Span(_) => "google.protobuf.Duration",
            Self::Kind(_) => "type",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// The value under `key` of a map. A scalar has no keys; a list takes no string.
    pub(crate) fn field(&self, key: &str) -> Result<Self, Miss> {
        match self {
            Self::Map(map) => map.get(key),
            Self::List(_) => Err(Miss::Kind("list", "string")),
            _ => Err(Miss::Key),
        }
    }

    /// Whether `key` of a map is set; an opaque value counts as set.
    pub(crate) fn has(&self, key: &str) -> Result<bool, Miss> {
        match self.field(key) {
            Ok(_) | Err(Miss::Opaque) => Ok(true),
            Err(Miss::Key) => Ok(false),
            Err(miss) => Err(miss),
        }
    }

    /// The value under `key` of a map or at index `key` of a list.
    pub(crate) fn at(&self, key: &Self) -> Result<Self, Miss> {
        match self {
            Self::Map(map) => map.at(key),
            Self::List(list) => {
                let index = match key {
                    Self::Int(index) => *index,
                    Self::Uint(index) => i64::try_from(*index).unwrap_or(-1),
                    Self::Double(index) => {
                        integral(*index).ok_or(Miss::Kind("list", "fractional double"))?
                    }
                    _ => return Err(Miss::Kind("list", key.kind())),
                };
                usize::try_from(index)
                    .ok()
                    .and_then(|slot| list.get(slot))
                    .ok_or(Miss::Index(index))
            }
            _ => Err(Miss::Key),
        }
    }

    /// CEL equality, whatever it takes.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.equals_within(other, &mut { Steps::ENDLESS }).unwrap_or(false)
    }

    /// CEL equality, in so many steps.
    ///
    /// # Errors
    /// When it takes more steps than are left.
    pub(super) fn equals_within(&self, other: &Self, steps: &mut Steps) -> Result<bool, TooMany> {
        Ok(match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Text(left), Self::Text(right)) => {
                steps.read(left.len().min(right.len()))?;
                left == right
            }
            (Self::Bytes(left), Self::Bytes(right)) => {
                steps.read(left.len().min(right.len()))?;
                left == right
            }
            (Self::Time(left), Self::Time(right)) => left == right,
            (Self::Span(left), Self::Span(right)) => left == right,
            (Self::Kind(left), Self::Kind(right)) => left == right,
            (Self::List(left), Self::List(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(right.iter()) {
                    steps.spend(1)?;
                    if !left.equals_within(&right, steps)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Self::Map(left), Self::Map(right)) => left.equals_within(right, steps)?,
            _ => matches!(self.order(other), Some(std::cmp::Ordering::Equal)),
        })
    }

    /// Looks at all of it.
    ///
    /// # Errors
    /// When it takes more steps than are left.
    pub(super) fn read_within(&self, steps: &mut Steps) -> Result<(), TooMany> {
        match self {
            Self::Text(text) => steps.read(text.len()),
            Self::Bytes(bytes) => steps.read(bytes.len()),
            Self::List(list) => {
                steps.spend(list.len())?;
                list.iter().try_for_each(|item| item.read_within(steps))
            }
            Self::Map(map) => {
                steps.spend(map.len())?;
                let keys = map.keys();
                keys.iter()
                    .filter_map(|key| map.at(key).ok())
                    .try_for_each(|it| it.read_within(steps))
            }
            _ => Ok(()),
        }
    }

    /// Bytes of a text or of bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// Bytes that copying it copies: what an expression made is not shared.
    pub(super) fn copied(&self) -> usize {
        match self {
            Self::Text(Cow::Owned(text)) => text.len(),
            Self::Bytes(Cow::Owned(bytes)) => bytes.len(),
            _ => 0,
        }
    }

    /// Entries that are gone through to find one of a map.
    pub(super) fn entries(&self) -> usize {
        match self {
            Self::Map(Map::Built(entries)) => entries.len(),
            _ => 0,
        }
    }

    /// The order of two numbers; `None` unless both are numbers and neither is NaN.
    pub(crate) fn order(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Uint(left), Self::Uint(right)) => Some(left.cmp(right)),
            (Self::Int(left), Self::Uint(right)) => Some(i128::from(*left).cmp(&(*right).into())),
            (Self::Uint(left), Self::Int(right)) => Some(i128::from(*left).cmp(&(*right).into())),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// A number as a double.
    #[expect(clippy::cast_precision_loss, reason = "the reference rounds the same way")]
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Uint(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// A hash; values of entity data that are equal have the same, whatever lends them.
    pub(crate) fn hash(&self, state: &RandomState) -> u64 {
        match self {
            Self::Null => state.hash_one(0_u8),
            Self::Bool(it) => state.hash_one((1_u8, it)),
            Self::Int(_) | Self::Uint(_) | Self::Double(_) => {
                let number = without_sign_of_zero(self.number().unwrap_or_default());
                state.hash_one((2_u8, number.to_bits()))
            }
            Self::Text(text) => state.hash_one((3_u8, text)),
            Self::Bytes(bytes) => state.hash_one((4_u8, bytes)),
            Self::Time(time) => state.hash_one((5_u8, time)),
            Self::Span(span) => state.hash_one((6_u8, span)),
            Self::Kind(name) => state.hash_one((7_u8, name)),
            Self::List(list) => {
                list.iter().fold(8, |hash, item| state.hash_one((hash, item.hash(state))))
            }
            // Added up, because equal maps may list their keys in different orders.
            Self::Map(map) => map.keys().iter().fold(9, |hash, key| {
                let value = map.at(key).map_or(0, |value| value.hash(state));
                hash.wrapping_add(state.hash_one((key.hash(state), value)))
            }),
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Built(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, slot: usize) -> Option<Value<'a>> {
        match self {
            Self::Json(items) => items.get(slot).map(Value::from_json),
            Self::Built(items) => items.get(slot).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a, '_> {
        (0..self.len()).filter_map(|slot| self.get(slot))
    }
}

impl<'a> Map<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Entity(entity, view) => set_fields(*entity, *view).count(),
            Self::Labels(labels) => labels.len(),
            Self::Json(map) => map.len(),
            Self::Built(entries) => entries.len(),
        }
    }

    fn get(&self, key: &str) -> Result<Value<'a>, Miss> {
        match self {
            Self::Empty => Err(Miss::Key),
            Self::Entity(entity, view) if view.kind_as_field && key == KIND => {
                let kind = entity.entity_kind().ok_or(Miss::Key)?;
                Ok(Value::Text(Cow::Borrowed(kind.name())))
            }
            Self::Entity(entity, view) => {
                Value::from_field(entity.field(key).ok_or(Miss::Key)?, *view)
            }
            Self::Labels(labels) => {
                labels.get(key).map(|text| Value::Text(Cow::Borrowed(text))).ok_or(Miss::Key)
            }
            Self::Json(map) => map.get(key).map(Value::from_json).ok_or(Miss::Key),
            Self::Built(entries) => entries
                .iter()
                .find(|(known, _)| matches!(known, Value::Text(text) if text == key))
                .map(|(_, value)| value.clone())
                .ok_or(Miss::Key),
        }
    }

    /// The value under any kind of key. Lent maps have string keys and take no others.
    pub(crate) fn at(&self, key: &Value<'_>) -> Result<Value<'a>, Miss> {
        match (self, key) {
            (_, Value::Text(key)) => self.get(key),
            (Self::Built(entries), _) => entries
                .iter()
                .find(|(known, _)| known.equals(key))
                .map(|(_, value)| value.clone())
                .ok_or(Miss::Key),
            _ => Err(Miss::Kind("map", key.kind())),
        }
    }

    /// Keys in byte order if lent, in written order if built; an entity's in the order of its kind.
    pub(crate) fn keys(&self) -> Vec<Value<'a>> {
        let text = |key: &'a String| Value::Text(Cow::Borrowed(key.as_str()));
        match self {
            Self::Empty => Vec::new(),
            Self::Entity(entity, view) => {
                set_fields(*entity, *view).map(|name| Value::Text(Cow::Borrowed(name))).collect()
            }
            Self::Labels(labels) => labels.keys().map(text).collect(),
            Self::Json(map) => map.keys().map(text).collect(),
            Self::Built(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    fn equals_within(&self, other: &Map<'_>, steps: &mut Steps) -> Result<bool, TooMany> {
        if self.len() != other.len() {
            return Ok(false);
        }
        let built = |map: &Map<'_>| if let Map::Built(entries) = map { entries.len() } else { 1 };
        for key in self.keys() {
            steps.spend(built(self) + built(other))?;
            let (Ok(left), Ok(right)) = (self.at(&key), other.at(&key)) else { return Ok(false) };
            if !left.equals_within(&right, steps)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn set_fields<'a>(
    entity: &'a dyn Attributes,
    view: View,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let kind = (view.kind_as_field && entity.entity_kind().is_some()).then_some(KIND);
    let names = entity.field_names().iter().copied();
    names.filter(move |name| entity.field(name).is_some()).chain(kind)
}

/// A JSON number as expressions see it.
fn double(number: &serde_json::Number) -> f64 {
    without_sign_of_zero(number::double(number))
}

/// A double without a fraction as an integer.
#[expect(clippy::cast_possible_truncation, reason = "checked: integral and in range")]
pub(crate) fn integral(number: f64) -> Option<i64> {
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    let is_whole = is_zero(number.fract());
    (in_range && is_whole).then_some(number as i64)
}
