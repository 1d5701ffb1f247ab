//! Output of variables and their values.

use super::Output;
use crate::base::json::Json;
use crate::model::{DeploymentVariable, DeploymentVariableValue, ResourceVariable, Value};

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
            .put("value", self.value.to_json())
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
            Self::Sensitive { value_hash } => {
                Output::default().text("valueHash", value_hash).done()
            }
        }
    }
}
