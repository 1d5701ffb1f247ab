//! Systems, resources, environments, deployments, versions and agents, made by hand.

use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::model::{
    Deployment, DeploymentVersion, Environment, JobAgent, Resource, ResourceProvider,
    SelectorSource, System, SystemIds, VersionDependency, VersionStatus,
};

/// Methods that several kinds have, by the field they set.
macro_rules! with {
    (name) => {
        /// Sets the display name.
        #[must_use]
        pub fn name(mut self, name: impl Into<String>) -> Self {
            self.name = name.into();
            self
        }
    };
    (label) => {
        /// Adds a label, or replaces it.
        #[must_use]
        pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
            self.metadata.insert(key.into(), value.into());
            self
        }
    };
    (config) => {
        /// Adds a member of the configuration, or replaces it.
        #[must_use]
        pub fn config(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
            self.config.insert(key.into(), value.into());
            self
        }
    };
    (job_agent_config) => {
        /// Adds a member of what is merged into its jobs' configuration, or replaces it.
        #[must_use]
        pub fn job_agent_config(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
            self.job_agent_config.insert(key.into(), value.into());
            self
        }
    };
    (select) => {
        /// Selects resources, by CEL text or JSON condition; without, it selects none.
        #[must_use]
        pub fn select(mut self, resources: impl Into<SelectorSource>) -> Self {
            self.resource_selector = Some(resources.into());
            self
        }
    };
    (created_at) => {
        /// Sets the creation time; without, it is the clock of the fleet that takes the entity.
        #[must_use]
        pub fn created_at(mut self, at: SimTime) -> Self {
            self.created_at = at;
            self
        }
    };
}
pub(super) use with;

impl System {
    /// A system without a name.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    with!(name);
    with!(label);
}

impl Resource {
    /// A resource identified by, and named after, its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { identifier: id.clone(), name: id.clone(), id, ..Self::default() }
    }

    /// Sets the kind, for instance `kubernetes-cluster`.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sets the second key, unique in the workspace.
    #[must_use]
    pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
        self.identifier = identifier.into();
        self
    }

    with!(name);
    with!(label);
    with!(config);
    with!(created_at);
}

impl ResourceProvider {
    /// A provider without a name.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    with!(name);
    with!(label);
}

impl Environment {
    /// An environment of a system, without a name, that selects nothing.
    #[must_use]
    pub fn new(id: impl Into<String>, system_id: impl Into<String>) -> Self {
        Self { id: id.into(), systems: SystemIds::one(system_id), ..Self::default() }
    }

    /// Belongs to another system, too.
    #[must_use]
    pub fn in_system(mut self, id: impl Into<String>) -> Self {
        self.systems.listed.push(id.into());
        self
    }

    with!(name);
    with!(select);
    with!(label);
    with!(created_at);
}

impl Deployment {
    /// A deployment of a system, without a name or an agent, that selects nothing.
    #[must_use]
    pub fn new(id: impl Into<String>, system_id: impl Into<String>) -> Self {
        Self { id: id.into(), systems: SystemIds::one(system_id), ..Self::default() }
    }

    /// Sets the short name.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = slug.into();
        self
    }

    /// Sets the agent that runs its jobs.
    #[must_use]
    pub fn agent(mut self, id: impl Into<String>) -> Self {
        self.job_agent_id = Some(id.into());
        self
    }

    /// Chooses the agent by a CEL text over `jobAgent` and `resource`.
    #[must_use]
    pub fn select_agent(mut self, selector: impl Into<String>) -> Self {
        self.job_agent_selector = Some(selector.into());
        self
    }

    /// Belongs to another system, too.
    #[must_use]
    pub fn in_system(mut self, id: impl Into<String>) -> Self {
        self.systems.listed.push(id.into());
        self
    }

    with!(name);
    with!(select);
    with!(label);
    with!(job_agent_config);
}

impl DeploymentVersion {
    /// A version of a deployment, without a tag, whose status the dialect of the fleet decides unless it
    /// is said to be [`ready`](Self::ready) or something else.
    #[must_use]
    pub fn new(id: impl Into<String>, deployment_id: impl Into<String>) -> Self {
        Self { id: id.into(), deployment_id: deployment_id.into(), ..Self::default() }
    }

    /// Sets the tag, such as `v1.4.2`.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = tag.into();
        self
    }

    /// It may be deployed.
    #[must_use]
    pub fn ready(self) -> Self {
        self.in_status(VersionStatus::Ready)
    }

    /// Sets the status.
    #[must_use]
    pub fn in_status(mut self, status: VersionStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Asks that `deployment` runs a version on the same resource that the CEL text selects.
    #[must_use]
    pub fn depends_on(
        mut self,
        deployment: impl Into<String>,
        version_selector: impl Into<String>,
    ) -> Self {
        let dependency = VersionDependency { version_selector: version_selector.into() };
        self.dependencies.insert(deployment.into(), dependency);
        self
    }

    with!(name);
    with!(label);
    with!(config);
    with!(job_agent_config);
    with!(created_at);
}

impl JobAgent {
    /// An agent of no type.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the type, for instance `argo-cd`.
    #[must_use]
    pub fn agent_type(mut self, agent_type: impl Into<String>) -> Self {
        self.agent_type = agent_type.into();
        self
    }

    with!(name);
    with!(label);
    with!(config);
}
