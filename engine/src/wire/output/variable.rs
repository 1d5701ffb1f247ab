//! Output of variables and their values.

use super::Output;
use crate::base::json::Json;
use crate::model::{
    DeploymentVariable, DeploymentVariableValue, Opaque, ResourceVariable, Value, VariableSet,
};

impl DeploymentVariable {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("deploymentId", &self.deployment_id)
            .text("key", &self.key)
            .maybe_text("description", self.description.as_ref())
            .maybe("defaultValue", self.default_value.clone())
            .done()
    }
}

impl DeploymentVariableValue {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("deploymentVariableId", &self.deployment_variable_id)
            .put("priority", self.priority)
            .put("value", self.value.to_json())
            .selector("resourceSelector", self.resource_selector.as_ref())
            .done()
    }
}

impl ResourceVariable {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("resourceId", &self.resource_id)
            .text("key", &self.key)
            .maybe("id", (!self.id.is_empty()).then_some(self.id.as_str()))
            .maybe("priority", (self.priority != 0).then_some(self.priority))
            .put("value", self.value.to_json())
            .selector("resourceSelector", self.resource_selector.as_ref())
            .done()
    }
}

impl VariableSet {
    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .maybe_text("description", self.description.as_ref())
            .text("selector", &self.selector)
            .put("priority", self.priority)
            .labels("metadata", &self.metadata)
            .time("createdAt", self.created_at)
            .maybe_time("updatedAt", self.updated_at)
            .list("variables", &self.variables, |it| {
                Output::default().text("key", &it.key).put("value", it.value.to_json()).done()
            })
            .done()
    }
}

impl Value {
    /// The value as it is written in a variable.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Literal(literal) => literal.clone(),
            Self::Reference { reference, path } => Output::default()
                .text("reference", reference)
                .list("path", path, |step| Json::from(step.as_str()))
                .done(),
            Self::Sensitive { value_hash } | Self::Opaque(Opaque::Hash(value_hash)) => {
                Output::default().text("valueHash", value_hash).done()
            }
            Self::Opaque(Opaque::Secret { provider, key, path }) => Output::default()
                .text("provider", provider)
                .text("key", key)
                .maybe("path", (!path.is_null()).then(|| path.clone()))
                .done(),
            Self::RelatedVariable { reference, key } => Output::default()
                .text("reference", reference)
                .put("path", vec![Json::from("variables"), Json::from(key.as_str())])
                .done(),
        }
    }
}
