//! What a workspace is made of: the entities of ctrlplane's API, as decoded from events and
//! documents (SEMANTICS 2.3). Field names in JSON are the camel-case forms of the names here.
//!
//! Vocabulary: an *entity* is one of these structs, always whole; its *id* is an opaque non-empty
//! string unique within its kind. Absent optional fields are `None`; a required enum never is.
//!
//! An entity made by hand begins with `new` and its required fields; everything else is then as if a
//! document had left it out, and `createdAt` is the clock of the fleet that takes the entity.
//!
//! ```
//! use shakedown_engine::model::{Environment, Resource};
//!
//! let cluster = Resource::new("eu-1").kind("cluster").label("region", "eu");
//! let prod = Environment::new("prod", "shop").select("resource.metadata.region == 'eu'");
//! assert_eq!((cluster.name.as_str(), prod.name.as_str()), ("eu-1", ""));
//! ```
//!
//! Fields are public: what comes from input was decoded and is in range, what is made by hand is
//! checked again where that matters, before the world takes it.

mod attributes;
mod build;
mod catalogue;
mod diagnostic;
mod dialect;
pub(crate) mod kinds;
mod policy;
pub mod reason;
mod relationship;
mod rule;
mod selector;
pub(crate) mod status;
mod systems;
mod variable;
mod waiver;

pub use attributes::{Attributes, Field};
pub use catalogue::{
    Deployment, DeploymentVersion, Environment, GithubEntity, JobAgent, Resource, ResourceProvider,
    System, VersionDependency,
};
pub use diagnostic::DiagnosticCode;
pub use dialect::{Dialect, UnknownDialect};
pub use policy::{Policy, PolicyScope, PolicyTargetSelector};
pub use relationship::{Matcher, PropertyMatcher, PropertyOperator, RelationshipRule};
pub use rule::{
    AnyApproval, BackoffStrategy, ConcurrencyLimit, DeploymentDependency, DeploymentWindow,
    EnvironmentProgression, GradualRollout, LimitScope, PolicyRule, Retry, RolloutType,
    StopOnFailure, VersionCooldown, VersionSelector,
};
pub use selector::SelectorSource;
pub use status::{ApprovalStatus, JobStatus, Named, VersionStatus};
pub use systems::SystemIds;
pub use variable::{
    DeploymentVariable, DeploymentVariableValue, Opaque, ResourceVariable, Value, VariableSet,
    VariableSetVariable,
};
pub use waiver::{PolicyBypass, PolicySkip, UserApprovalRecord, WaiverType};

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
