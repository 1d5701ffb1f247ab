//! JSON values out of YAML.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use crate::base::json::{Json, JsonMap};

/// Most values within one element; the size of the text and of its aliases bounds the rest.
const MAX_VALUES: usize = 1 << 22;

/// A value of a bounded number of values.
pub(super) struct Value(pub(super) Json);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Node(&Cell::new(0)).deserialize(source).map(Self)
    }
}

/// Builds one value and counts the values in it.
#[derive(Clone, Copy)]
struct Node<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Json, E> {
        self.count().map(|()| Json::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Json, E> {
        self.count().map(|()| number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Json, E> {
        self.count().map(|()| number.into())
    }

    fn visit_i128<E: de::Error>(self, number: i128) -> Result<Json, E> {
        self.digits(&number.to_string())
    }

    fn visit_u128<E: de::Error>(self, number: u128) -> Result<Json, E> {
        self.digits(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
        self.count()?;
        let number = Number::from_f64(number);
        number.map(Json::Number).ok_or_else(|| E::custom("a number without a value"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        self.count().map(|()| text.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        self.count().map(|()| Json::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Json, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        self.deserialize(source)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        self.count()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        self.count()?;
        let mut map = JsonMap::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Json::Object(map))
    }
}

impl Node<'_> {
    fn count<E: de::Error>(self) -> Result<(), E> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > MAX_VALUES {
            return Err(E::custom(format!("more than {MAX_VALUES} values in one element")));
        }
        Ok(())
    }

    fn digits<E: de::Error>(self, digits: &str) -> Result<Json, E> {
        self.count()?;
        digits.parse().map(Json::Number).map_err(E::custom)
    }
}
