//! What a workspace is made of: the entities of ctrlplane's API, as decoded from events and
//! documents (SEMANTICS 2.3). Field names in JSON are the camel-case forms of the names here.
//!
//! Vocabulary: an *entity* is one of these structs, always whole; its *id* is an opaque non-empty
//! string unique within its kind. Absent optional fields are `None`; a required enum never is.
//!
//! Invariant: a value of one of these types passed validation (enums, ranges, times, selectors
//! that must compile). Decoding lives in [`crate::event`]; nothing else makes entities from input.

mod attributes;
mod catalogue;
mod output;
mod policy;
mod relationship;
mod rule;
pub(crate) mod status;
mod variable;
mod waiver;

pub use catalogue::{
    Deployment, DeploymentVersion, Environment, GithubEntity, JobAgent, Resource, ResourceProvider,
    System, VersionDependency,
};
pub use policy::{Policy, PolicyScope, PolicyTargetSelector};
pub use relationship::{Matcher, PropertyMatcher, PropertyOperator, RelationshipRule};
pub use rule::{
    AnyApproval, BackoffStrategy, DeploymentDependency, DeploymentWindow, EnvironmentProgression,
    GradualRollout, PolicyRule, Retry, RolloutType, VersionCooldown, VersionSelector,
};
pub use status::{ApprovalStatus, JobStatus, Named, VersionStatus};
pub use variable::{DeploymentVariable, DeploymentVariableValue, ResourceVariable, Value};
pub use waiver::{PolicyBypass, PolicySkip, UserApprovalRecord, WaiverType};

use std::collections::BTreeMap;

/// A JSON value; numbers keep the digits they were written with.
pub type Json = serde_json::Value;
/// A JSON object, keys in byte order.
pub type JsonMap = serde_json::Map<String, Json>;
/// A map of strings, keys in byte order.
pub type StringMap = BTreeMap<String, String>;

status::named! {
    /// The three kinds of entity that selectors match and relationships join.
    EntityKind {
        /// A deployment.
        Deployment = "deployment",
        /// An environment.
        Environment = "environment",
        /// A resource.
        Resource = "resource",
    }
}
