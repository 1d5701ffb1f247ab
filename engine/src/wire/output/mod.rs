//! The JSON an entity is written as: JSON names, times as text, absent optional fields omitted
//! (SEMANTICS 2.1). Reading it back gives the same entity.

mod catalogue;
mod policy;
mod relationship;
mod variable;
mod waiver;

use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::time::SimTime;
use crate::model::Named;
use crate::model::{SelectorSource, SystemIds};

/// An object under construction, one method per kind of field.
#[derive(Default)]
struct Output(JsonMap);

impl Output {
    fn put(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn maybe(self, name: &str, value: Option<impl Into<Json>>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.put(name, text)
    }

    fn maybe_text(self, name: &str, text: Option<&String>) -> Self {
        self.maybe(name, text.map(String::as_str))
    }

    /// An instant that whoever takes the entity fills in if it is not set.
    fn time(self, name: &str, time: SimTime) -> Self {
        self.maybe_time(name, time.get())
    }

    fn maybe_time(self, name: &str, time: Option<SimTime>) -> Self {
        self.maybe(name, time.map(|time| time.to_string()))
    }

    fn labels(self, name: &str, labels: &StringMap) -> Self {
        let map: JsonMap =
            labels.iter().map(|(key, label)| (key.clone(), label.as_str().into())).collect();
        self.put(name, map)
    }

    fn object(self, name: &str, map: &JsonMap) -> Self {
        self.put(name, map.clone())
    }

    fn selector(self, name: &str, selector: Option<&SelectorSource>) -> Self {
        self.maybe(name, selector.map(SelectorSource::to_json))
    }

    fn list<T>(self, name: &str, items: &[T], each: impl Fn(&T) -> Json) -> Self {
        self.put(name, items.iter().map(each).collect::<Vec<_>>())
    }

    fn list_unless_empty<T>(self, name: &str, items: &[T], each: impl Fn(&T) -> Json) -> Self {
        if items.is_empty() { self } else { self.list(name, items, each) }
    }

    fn texts_unless_empty(self, name: &str, texts: &[String]) -> Self {
        self.list_unless_empty(name, texts, |text| text.as_str().into())
    }

    fn systems(self, systems: &SystemIds) -> Self {
        let named = self.maybe_text("systemId", systems.named.as_ref());
        named.texts_unless_empty("systemIds", &systems.listed)
    }

    /// A number whose zero means the same as its absence.
    fn number_unless_zero(self, name: &str, number: i32) -> Self {
        self.maybe(name, (number != 0).then_some(number))
    }

    fn done(self) -> Json {
        Json::Object(self.0)
    }
}

fn label<T: Named>(value: &T) -> Json {
    Json::from(value.label())
}

impl SelectorSource {
    /// The selector as it is written in an entity: `{"cel": ..}` or `{"json": ..}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Cel(text) => Output::default().text("cel", text).done(),
            Self::Json(condition) => Output::default().put("json", condition.clone()).done(),
        }
    }
}
