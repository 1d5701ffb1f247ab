//! Variables made by hand.

use crate::base::json::Json;
use crate::model::{
    DeploymentVariable, DeploymentVariableValue, ResourceVariable, SelectorSource, Value,
    VariableSet, VariableSetVariable,
};

/// A literal.
impl From<Json> for Value {
    fn from(literal: Json) -> Self {
        Self::Literal(literal)
    }
}

/// A literal text.
impl From<&str> for Value {
    fn from(literal: &str) -> Self {
        Self::Literal(literal.into())
    }
}

impl Value {
    /// A property of what a relationship rule relates: `reference`, and the path to the property.
    #[must_use]
    pub fn reference<'a>(
        reference: impl Into<String>,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let path = path.into_iter().map(str::to_owned).collect();
        Self::Reference { reference: reference.into(), path }
    }
}

impl DeploymentVariable {
    /// A variable of a deployment, without a default.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        deployment_id: impl Into<String>,
        key: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            deployment_id: deployment_id.into(),
            key: key.into(),
            ..Self::default()
        }
    }

    /// Sets what is used when nothing else resolves.
    #[must_use]
    pub fn default_value(mut self, value: impl Into<Json>) -> Self {
        self.default_value = Some(value.into());
        self
    }
}

impl DeploymentVariableValue {
    /// A value of a deployment variable, for every resource, of priority zero.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        deployment_variable_id: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        Self {
            id: id.into(),
            deployment_variable_id: deployment_variable_id.into(),
            priority: 0,
            value: value.into(),
            resource_selector: None,
        }
    }

    /// Sets the priority: higher first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Only for resources that are selected, by CEL text or JSON condition.
    #[must_use]
    pub fn select(mut self, resources: impl Into<SelectorSource>) -> Self {
        self.resource_selector = Some(resources.into());
        self
    }
}

impl ResourceVariable {
    /// A value that a resource sets itself.
    #[must_use]
    pub fn new(
        resource_id: impl Into<String>,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        Self {
            resource_id: resource_id.into(),
            key: key.into(),
            id: String::new(),
            priority: 0,
            value: value.into(),
            resource_selector: None,
        }
    }

    /// Sets the priority among the values of the key: higher first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Only while the resource is selected, by CEL text or JSON condition.
    #[must_use]
    pub fn select(mut self, resource: impl Into<SelectorSource>) -> Self {
        self.resource_selector = Some(resource.into());
        self
    }
}

impl VariableSet {
    /// A set without variables, for every target, of priority zero.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Only for targets that are selected, by CEL over resource, environment and deployment.
    #[must_use]
    pub fn select(mut self, targets: impl Into<String>) -> Self {
        self.selector = targets.into();
        self
    }

    /// Sets the priority: higher first.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Adds a variable.
    #[must_use]
    pub fn variable(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.push(VariableSetVariable { key: key.into(), value: value.into() });
        self
    }
}
