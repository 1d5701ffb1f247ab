//! The table of kinds: what every kind of entity has, one row each.
//!
//! Vocabulary: a kind's *name* is the first part of its event types; its *list* is the member of a
//! workspace document that holds its entities; its *key* is what tells two of its entities apart,
//! mostly an id, of some kinds the things that they connect.
//!
//! [`kinds!`] hands the rows to a macro, so that enums, dispatch and registries are written once and
//! hold for every kind. What differs between kinds is written by hand and matched exhaustively;
//! ARCHITECTURE.md lists where ("How to add a kind of entity").
//!
//! Invariant: rows stand in the order in which a document creates its entities: owners before what
//! they own, and everything that restrains versions before the versions.

/// Calls a macro with the table. A row is
/// `Type: Index, "name", [list], key;`, where the key is `(id)` or one
/// `field: reader "name in JSON"` for each of its parts, a reader being a method of `Fields`.
macro_rules! kinds {
    ($with:ident) => {
        $with! {
            /// A system.
            System: SystemIx, "system", ["systems"], (id);
            /// A resource provider.
            ResourceProvider: ProviderIx, "resource-provider", ["resourceProviders"], (id);
            /// A job agent.
            JobAgent: AgentIx, "job-agent", ["jobAgents"], (id);
            /// A relationship rule.
            RelationshipRule: RelationshipIx, "relationship-rule", ["relationshipRules"], (id);
            /// A policy.
            Policy: PolicyIx, "policy", ["policies"], (id);
            /// A skip.
            PolicySkip: SkipIx, "policy-skip", ["policySkips"], (id);
            /// A bypass.
            PolicyBypass: BypassIx, "policy-bypass", ["policyBypasses"], (id);
            /// A resource.
            Resource: ResourceIx, "resource", ["resources"], (id);
            /// A resource's own variable.
            ResourceVariable: ResourceVariableIx, "resource-variable", ["resourceVariables"], {
                /// The resource.
                resource_id: id "resourceId",
                /// The variable's key.
                key: required_text "key",
                /// Which of its values; empty names all of them.
                id: text "id",
            };
            /// An environment.
            Environment: EnvironmentIx, "environment", ["environments"], (id);
            /// A deployment.
            Deployment: DeploymentIx, "deployment", ["deployments"], (id);
            /// A variable of a deployment.
            DeploymentVariable: VariableIx, "deployment-variable", ["deploymentVariables"], (id);
            /// A value of a deployment variable.
            DeploymentVariableValue:
                ValueIx, "deployment-variable-value", ["deploymentVariableValues"], (id);
            /// A variable set.
            VariableSet: VariableSetIx, "variable-set", ["variableSets"], (id);
            /// A version of a deployment.
            DeploymentVersion: VersionIx, "deployment-version", ["deploymentVersions"], (id);
            /// A user's verdict.
            UserApprovalRecord: ApprovalIx, "user-approval-record", ["userApprovalRecords"], {
                /// On what.
                version_id: id "versionId",
                /// Who.
                user_id: id "userId",
                /// Where.
                environment_id: id "environmentId",
            };
            /// Stored without effect.
            GithubEntity: GithubIx, "github-entity", [], (id);
        }
    };
}
pub(crate) use kinds;

/// Joins the parts of a key so that different parts never give the same text.
pub(crate) fn composite_key(parts: &[&str]) -> String {
    let mut key = String::new();
    for part in parts {
        key.push_str(&part.len().to_string());
        key.push(':');
        key.push_str(part);
    }
    key
}
