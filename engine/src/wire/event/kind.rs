//! The kinds of entity, their identities and their place in event names (SEMANTICS 1.1, 4.3).
//!
//! Vocabulary: a *key* is what tells two entities of a kind apart. Most kinds have an id; resource
//! variables and approval records are known by the things they connect.

use crate::base::json::Json;
use crate::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    GithubEntity, JobAgent, Policy, PolicyBypass, PolicySkip, RelationshipRule, Resource,
    ResourceProvider, ResourceVariable, System, UserApprovalRecord,
};

crate::model::status::named! {
    /// A kind of entity; its name is the first part of its event types.
    Kind {
        /// A system.
        System = "system",
        /// A resource.
        Resource = "resource",
        /// A resource provider.
        ResourceProvider = "resource-provider",
        /// A resource's own variable.
        ResourceVariable = "resource-variable",
        /// An environment.
        Environment = "environment",
        /// A deployment.
        Deployment = "deployment",
        /// A version of a deployment.
        DeploymentVersion = "deployment-version",
        /// A variable of a deployment.
        DeploymentVariable = "deployment-variable",
        /// A value of a deployment variable.
        DeploymentVariableValue = "deployment-variable-value",
        /// A job agent.
        JobAgent = "job-agent",
        /// A policy.
        Policy = "policy",
        /// A bypass.
        PolicyBypass = "policy-bypass",
        /// A skip.
        PolicySkip = "policy-skip",
        /// A user's verdict.
        UserApprovalRecord = "user-approval-record",
        /// A relationship rule.
        RelationshipRule = "relationship-rule",
        /// Stored without effect.
        GithubEntity = "github-entity",
    }
}

/// The identity of an entity of any kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A system.
    System(String),
    /// A resource.
    Resource(String),
    /// A resource provider.
    ResourceProvider(String),
    /// A resource's own variable.
    ResourceVariable {
        /// The resource.
        resource_id: String,
        /// The variable's key.
        key: String,
    },
    /// An environment.
    Environment(String),
    /// A deployment.
    Deployment(String),
    /// A version of a deployment.
    DeploymentVersion(String),
    /// A variable of a deployment.
    DeploymentVariable(String),
    /// A value of a deployment variable.
    DeploymentVariableValue(String),
    /// A job agent.
    JobAgent(String),
    /// A policy.
    Policy(String),
    /// A bypass.
    PolicyBypass(String),
    /// A skip.
    PolicySkip(String),
    /// A user's verdict.
    UserApprovalRecord {
        /// On what.
        version_id: String,
        /// Who.
        user_id: String,
        /// Where.
        environment_id: String,
    },
    /// A relationship rule.
    RelationshipRule(String),
    /// Stored without effect.
    GithubEntity(String),
}

impl Key {
    /// The kind of the entity.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::System(_) => Kind::System,
            Self::Resource(_) => Kind::Resource,
            Self::ResourceProvider(_) => Kind::ResourceProvider,
            Self::ResourceVariable { .. } => Kind::ResourceVariable,
            Self::Environment(_) => Kind::Environment,
            Self::Deployment(_) => Kind::Deployment,
            Self::DeploymentVersion(_) => Kind::DeploymentVersion,
            Self::DeploymentVariable(_) => Kind::DeploymentVariable,
            Self::DeploymentVariableValue(_) => Kind::DeploymentVariableValue,
            Self::JobAgent(_) => Kind::JobAgent,
            Self::Policy(_) => Kind::Policy,
            Self::PolicyBypass(_) => Kind::PolicyBypass,
            Self::PolicySkip(_) => Kind::PolicySkip,
            Self::UserApprovalRecord { .. } => Kind::UserApprovalRecord,
            Self::RelationshipRule(_) => Kind::RelationshipRule,
            Self::GithubEntity(_) => Kind::GithubEntity,
        }
    }
}

/// An entity of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    /// A system.
    System(System),
    /// A resource.
    Resource(Resource),
    /// A resource provider.
    ResourceProvider(ResourceProvider),
    /// A resource's own variable.
    ResourceVariable(ResourceVariable),
    /// An environment.
    Environment(Environment),
    /// A deployment.
    Deployment(Deployment),
    /// A version of a deployment.
    DeploymentVersion(DeploymentVersion),
    /// A variable of a deployment.
    DeploymentVariable(DeploymentVariable),
    /// A value of a deployment variable.
    DeploymentVariableValue(DeploymentVariableValue),
    /// A job agent.
    JobAgent(JobAgent),
    /// A policy.
    Policy(Policy),
    /// A bypass.
    PolicyBypass(PolicyBypass),
    /// A skip.
    PolicySkip(PolicySkip),
    /// A user's verdict.
    UserApprovalRecord(UserApprovalRecord),
    /// A relationship rule.
    RelationshipRule(RelationshipRule),
    /// Stored without effect.
    GithubEntity(GithubEntity),
}

impl Entity {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::System(_) => Kind::System,
            Self::Resource(_) => Kind::Resource,
            Self::ResourceProvider(_) => Kind::ResourceProvider,
            Self::ResourceVariable(_) => Kind::ResourceVariable,
            Self::Environment(_) => Kind::Environment,
            Self::Deployment(_) => Kind::Deployment,
            Self::DeploymentVersion(_) => Kind::DeploymentVersion,
            Self::DeploymentVariable(_) => Kind::DeploymentVariable,
            Self::DeploymentVariableValue(_) => Kind::DeploymentVariableValue,
            Self::JobAgent(_) => Kind::JobAgent,
            Self::Policy(_) => Kind::Policy,
            Self::PolicyBypass(_) => Kind::PolicyBypass,
            Self::PolicySkip(_) => Kind::PolicySkip,
            Self::UserApprovalRecord(_) => Kind::UserApprovalRecord,
            Self::RelationshipRule(_) => Kind::RelationshipRule,
            Self::GithubEntity(_) => Kind::GithubEntity,
        }
    }

    /// The identity.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::System(it) => Key::System(it.id.clone()),
            Self::Resource(it) => Key::Resource(it.id.clone()),
            Self::ResourceProvider(it) => Key::ResourceProvider(it.id.clone()),
            Self::ResourceVariable(it) => {
                Key::ResourceVariable { resource_id: it.resource_id.clone(), key: it.key.clone() }
            }
            Self::Environment(it) => Key::Environment(it.id.clone()),
            Self::Deployment(it) => Key::Deployment(it.id.clone()),
            Self::DeploymentVersion(it) => Key::DeploymentVersion(it.id.clone()),
            Self::DeploymentVariable(it) => Key::DeploymentVariable(it.id.clone()),
            Self::DeploymentVariableValue(it) => Key::DeploymentVariableValue(it.id.clone()),
            Self::JobAgent(it) => Key::JobAgent(it.id.clone()),
            Self::Policy(it) => Key::Policy(it.id.clone()),
            Self::PolicyBypass(it) => Key::PolicyBypass(it.id.clone()),
            Self::PolicySkip(it) => Key::PolicySkip(it.id.clone()),
            Self::UserApprovalRecord(it) => Key::UserApprovalRecord {
                version_id: it.version_id.clone(),
                user_id: it.user_id.clone(),
                environment_id: it.environment_id.clone(),
            },
            Self::RelationshipRule(it) => Key::RelationshipRule(it.id.clone()),
            Self::GithubEntity(it) => Key::GithubEntity(it.id.clone()),
        }
    }

    /// The entity as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::System(it) => it.to_json(),
            Self::Resource(it) => it.to_json(),
            Self::ResourceProvider(it) => it.to_json(),
            Self::ResourceVariable(it) => it.to_json(),
            Self::Environment(it) => it.to_json(),
            Self::Deployment(it) => it.to_json(),
            Self::DeploymentVersion(it) => it.to_json(),
            Self::DeploymentVariable(it) => it.to_json(),
            Self::DeploymentVariableValue(it) => it.to_json(),
            Self::JobAgent(it) => it.to_json(),
            Self::Policy(it) => it.to_json(),
            Self::PolicyBypass(it) => it.to_json(),
            Self::PolicySkip(it) => it.to_json(),
            Self::UserApprovalRecord(it) => it.to_json(),
            Self::RelationshipRule(it) => it.to_json(),
            Self::GithubEntity(it) => it.to_json(),
        }
    }
}
