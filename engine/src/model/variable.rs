//! Variables of deployments and resources, and the values they may take.

use std::borrow::Cow;

use bevy_ecs::component::Component;
use sha2::{Digest, Sha256};

use super::SelectorSource;
use crate::base::json::{Json, StringMap};
use crate::base::time::SimTime;

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
    /// The variable's key.
    pub key: String,
    /// Tells values of one key apart. Left out it is made of priority and selector when the variable
    /// is stored, and stays empty in dialects in which a key has one value (T10).
    pub id: String,
    /// Higher first.
    pub priority: i64,
    /// The value.
    pub value: Value,
    /// Whether the value counts, asked of the resource itself; absent: always.
    pub resource_selector: Option<SelectorSource>,
}

/// Values for all targets that a selector admits, whatever their deployment declares (T10).
#[derive(Debug, Clone, PartialEq, Default, Component)]
pub struct VariableSet {
    /// Identity.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// CEL over resource, environment and deployment; empty: every target.
    pub selector: String,
    /// Higher first.
    pub priority: i64,
    /// Labels.
    pub metadata: StringMap,
    /// Creation.
    pub created_at: SimTime,
    /// Last change.
    pub updated_at: Option<SimTime>,
    /// What it sets; of values of one key the first that resolves.
    pub variables: Vec<VariableSetVariable>,
}

/// A variable of a variable set.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableSetVariable {
    /// The variable's key.
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
    /// A value that nobody may see; resolves to its hash (T10).
    Opaque(Opaque),
    /// What a related resource itself sets under a key (T10).
    RelatedVariable {
        /// Reference of the relationship rules.
        reference: String,
        /// The key.
        key: String,
    },
}

/// A value of which a hash is known, or where it is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Opaque {
    /// Its hash, as sent.
    Hash(String),
    /// A secret in some store.
    Secret {
        /// Which store.
        provider: String,
        /// Its name there.
        key: String,
        /// Where in it the value is; JSON null if that was left out.
        path: Json,
    },
}

impl Opaque {
    /// What stands for the value: the hash as sent, or that of the place where it is kept, in lower
    /// case hex the SHA-256 of `[provider, key, path]` as JSON without white space.
    #[must_use]
    pub fn hash(&self) -> Cow<'_, str> {
        match self {
            Self::Hash(hash) => Cow::Borrowed(hash),
            Self::Secret { provider, key, path } => {
                let place =
                    Json::from(vec![provider.as_str().into(), key.as_str().into(), path.clone()]);
                let hash = Sha256::digest(place.to_string());
                hash.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        }
    }
}
