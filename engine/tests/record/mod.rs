//! Entities for selector tests: named fields, whatever the kind.

use serde_json::{Value as Json, json};
use shakedown_engine::base::json::{JsonMap, StringMap};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{Attributes, Field};
use shakedown_engine::select::EntityRows;

/// One field's value.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    Text(String),
    Time(SimTime),
    Labels(StringMap),
    Object(JsonMap),
    Selector(SelectorSource),
}

/// An entity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record(pub(crate) Vec<(&'static str, Stored)>);

impl Record {
    pub(crate) fn text(mut self, name: &'static str, text: &str) -> Self {
        self.0.push((name, Stored::Text(text.to_owned())));
        self
    }

    pub(crate) fn time(mut self, name: &'static str, text: &str) -> Self {
        self.0.push((name, Stored::Time(SimTime::parse(text).expect("a time"))));
        self
    }

    pub(crate) fn labels(mut self, name: &'static str, pairs: &[(&str, &str)]) -> Self {
        let labels = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        self.0.push((name, Stored::Labels(labels.collect())));
        self
    }

    pub(crate) fn object(mut self, name: &'static str, json: &Json) -> Self {
        self.0.push((name, Stored::Object(json.as_object().expect("an object").clone())));
        self
    }

    pub(crate) fn selector(mut self, name: &'static str, source: SelectorSource) -> Self {
        self.0.push((name, Stored::Selector(source)));
        self
    }
}

impl Attributes for Record {
    fn field(&self, name: &str) -> Option<Field<'_>> {
        let (_, stored) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(match stored {
            Stored::Text(text) => Field::Text(text),
            Stored::Time(time) => Field::Time(*time),
            Stored::Labels(labels) => Field::Labels(labels),
            Stored::Object(map) => Field::Object(map),
            Stored::Selector(source) => Field::Selector(source),
        })
    }

    fn field_names(&self) -> &'static [&'static str] {
        &[
            "id",
            "identifier",
            "name",
            "slug",
            "tag",
            "status",
            "kind",
            "version",
            "workspaceId",
            "systemId",
            "deploymentId",
            "description",
            "providerId",
            "jobAgentId",
            "jobAgentConfig",
            "config",
            "metadata",
            "createdAt",
            "updatedAt",
            "deletedAt",
            "lockedAt",
            "resourceSelector",
            "message",
            "dependencies",
        ]
    }
}

/// Rows of which some are vacant.
pub(crate) struct Rows(pub(crate) Vec<Option<Record>>);

impl EntityRows for Rows {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, row: usize) -> Option<&dyn Attributes> {
        self.0.get(row)?.as_ref().map(|record| record as &dyn Attributes)
    }
}

/// The resource of the vectors of SEMANTICS 3.2 and 3.3.
pub(crate) fn resource() -> Record {
    Record::default()
        .text("id", "r")
        .text("identifier", "foo")
        .text("name", "true")
        .text("kind", "k")
        .text("version", "v1")
        .text("workspaceId", "ws")
        .labels("metadata", &[("a", "b"), ("n", "5")])
        .object(
            "config",
            &json!({
                "replicas": 3, "list": ["x", "y"], "nil": null, "b": true, "nested": {"k": "v"}
            }),
        )
        .time("createdAt", "2025-01-02T03:04:05Z")
}
