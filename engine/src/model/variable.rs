//! Variables of deployments and resources, and the values they may take.

use bevy_ecs::component::Component;

use super::SelectorSource;
use crate::base::json::Json;

/// A variable declared by a deployment; only declared keys appear in releases.
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct DeploymentVariable {
    /// Identity.
    pub id: String,
    /// Fixed owner.
    pub deployment_id: String,
    /// Unique within the deployment.
    pub key: String,
    /// Free text.
    pub description: Option<String>,
    /// Used when nothing else resolves; JSON null counts as absent.
    pub default_value: Option<Json>,
}

/// One value of a deployment variable.
#[derive(Debug, Clone, PartialEq, Component)]
pub struct DeploymentVariableValue {
    /// Identity.
    pub id: String,
    /// Fixed owner.
    pub deployment_variable_id: String,
    /// Higher first.
    pub priority: i64,
    /// The value.
    pub value: Value,
    /// Absent: every resource.
    pub resource_selector: Option<SelectorSource>,
}

/// A value that a resource sets itself.
#[derive(Debug, Clone, PartialEq, Component)]
pub struct ResourceVariable {
    /// The resource; need not exist.
    pub resource_id: String,
    /// Identity together with the resource.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// A variable's value before resolution (SEMANTICS 2.3).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Kept verbatim.
    Literal(Json),
    /// A property of a related entity.
    Reference {
        /// Reference of the relationship rules.
        reference: String,
        /// Property path on the related entity; may be empty, which fails to resolve.
        path: Vec<String>,
    },
    /// A hash only; never resolves.
    Sensitive {
        /// As sent.
        value_hash: String,
    },
}
