//! Property paths: how matchers and reference variables name a value of an entity (SEMANTICS 5.3).

use crate::base::json::{Json, JsonMap};
use crate::model::EntityKind;
use crate::model::{Attributes, Field};
use crate::select::{AttributePath, Shape};

/// A path that can lead to a value on entities of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyPath {
    field: &'static str,
    keys: Box<[Box<str>]>,
}

/// What a field holds, and thereby how many keys may follow it.
enum Holds {
    Scalar,
    Labels,
    Object,
}

impl PropertyPath {
    /// The path `segments` on entities of `kind`; `None` if it fails on every one of them.
    #[must_use]
    pub fn new<S: AsRef<str>>(kind: EntityKind, segments: &[S]) -> Option<Self> {
        let (first, rest) = segments.split_first()?;
        let (field, holds) = field(kind, &first.as_ref().to_lowercase())?;
        let rest = match holds {
            Holds::Scalar => &[],
            Holds::Labels if rest.len() > 1 => return None,
            Holds::Labels | Holds::Object => rest,
        };
        Some(Self { field, keys: rest.iter().map(|key| key.as_ref().into()).collect() })
    }

    /// The value on `entity`, digits as written, objects wrapped; `None` if the path fails there.
    #[must_use]
    pub fn read(&self, entity: &dyn Attributes) -> Option<Json> {
        match entity.field(self.field)? {
            Field::Text(text) => Some(Json::String(text.to_owned())),
            Field::Time(time) => Some(Json::String(time.to_string())),
            Field::Labels(labels) => match self.keys.first() {
                Some(key) => Some(Json::String(labels.get(&**key)?.clone())),
                None => Some(wrap(
                    labels.iter().map(|(key, text)| (key.clone(), text.as_str().into())).collect(),
                )),
            },
            Field::Object(map) => {
                let Some((last, inner)) = self.keys.split_last() else {
                    return Some(wrap(map.clone()));
                };
                let map = inner.iter().try_fold(map, |map, key| map.get(&**key)?.as_object())?;
                match map.get(&**last)? {
                    Json::Array(_) => None,
                    Json::Object(found) => Some(wrap(found.clone())),
                    scalar => Some(scalar.clone()),
                }
            }
            Field::Selector(_) | Field::Json(_) => None,
        }
    }

    /// The field that holds the value, and the keys in it.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.field).chain(self.keys.iter().map(|key| &**key))
    }

    /// The attribute that holds the value. It also has values where the path fails: lists.
    #[must_use]
    pub(crate) fn attribute(&self) -> AttributePath {
        let keys = self.keys.iter().map(|key| &**key);
        let segments: Vec<&str> = std::iter::once(self.field).chain(keys).collect();
        AttributePath::new(Shape::B, &segments)
    }
}

fn wrap(map: JsonMap) -> Json {
    Json::Object(JsonMap::from_iter([("object".to_owned(), Json::Object(map))]))
}

/// The field that a first segment in lower case names, and what it holds.
fn field(kind: EntityKind, name: &str) -> Option<(&'static str, Holds)> {
    use EntityKind::{Deployment, Environment, Resource};
    Some(match (kind, name) {
        (_, "id") => ("id", Holds::Scalar),
        (_, "name") => ("name", Holds::Scalar),
        (_, "metadata") => ("metadata", Holds::Labels),
        (Resource, "version") => ("version", Holds::Scalar),
        (Resource, "kind") => ("kind", Holds::Scalar),
        (Resource, "identifier") => ("identifier", Holds::Scalar),
        (Resource, "workspaceid" | "workspace_id") => ("workspaceId", Holds::Scalar),
        (Resource, "providerid" | "provider_id") => ("providerId", Holds::Scalar),
        (Resource, "config") => ("config", Holds::Object),
        (Deployment, "slug") => ("slug", Holds::Scalar),
        (Deployment | Environment, "description") => ("description", Holds::Scalar),
        (Deployment | Environment, "systemid" | "system_id") => ("systemId", Holds::Scalar),
        (Deployment, "jobagentid" | "job_agent_id") => ("jobAgentId", Holds::Scalar),
        (Deployment, "jobagentconfig" | "job_agent_config") => ("jobAgentConfig", Holds::Object),
        (Environment, "createdat") => ("createdAt", Holds::Scalar),
        _ => return None,
    })
}
