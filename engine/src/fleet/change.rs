//! The change set: what the events of one reconcile changed.
//!
//! Vocabulary: an entity *changed* when it came, was replaced or went; a list may name one
//! repeatedly. A *concerned* target is one that an event makes the schedule look at, though neither
//! its resource nor its environment nor its deployment changed.
//!
//! Ingest marks, by the methods, each of which marks all that follows from what it is named after;
//! the phases read the fields; settling clears everything at once. Which rows are reconciled because
//! of it is [`Dirty`](super::dirty::Dirty): `ingest/mark.rs` derives the first of them, the phases
//! find the others.

use bevy_ecs::resource::Resource;

use crate::base::ids::{
    DeploymentIx, EnvironmentIx, JobIx, PolicyIx, RelationshipIx, ResourceIx, VariableSetIx,
    VersionIx,
};
use crate::base::time::SimTime;
use crate::fleet::edit::Edit;
use crate::fleet::matrix::{TargetChanges, TargetRef};
use crate::model::JobStatus;

/// What changed since the last settled reconcile.
#[derive(Debug, Default, Clone, Resource)]
pub struct Changes {
    /// Policies.
    pub policies: Vec<PolicyIx>,
    /// Relationship rules.
    pub relationships: Vec<RelationshipIx>,
    /// Resources.
    pub resources: Vec<ResourceIx>,
    /// What changed of each of them.
    pub edits: Vec<Edit>,
    /// Environments.
    pub environments: Vec<EnvironmentIx>,
    /// Deployments.
    pub deployments: Vec<DeploymentIx>,
    /// Versions.
    pub versions: Vec<VersionIx>,
    /// Deployments whose variables or values changed.
    pub variables: Vec<DeploymentIx>,
    /// Resources whose own variables changed.
    pub resource_variables: Vec<ResourceIx>,
    /// Whether any agent changed.
    pub agents: bool,
    /// Variable sets.
    pub variable_sets: Vec<VariableSetIx>,
    /// Whether any bypass or skip changed.
    pub waivers: bool,
    /// Targets that came, went or moved, which follows from the selections of what changed.
    pub targets: TargetChanges,
    /// Jobs whose status, completion or creation changed.
    pub jobs: Vec<JobChange>,
    /// Targets to deploy once more, whatever their history (SEMANTICS 11.4).
    pub redeploys: Vec<TargetRef>,
    /// Resources that a provider stated and that were left alone, as they belong to another one.
    pub skipped: Vec<ResourceIx>,
    /// Targets to look at for another reason.
    pub concerned: Concerned,
}

/// A job that changed in what other targets may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobChange {
    /// Whose job it is.
    pub target: TargetRef,
    /// Which job.
    pub job: JobIx,
    /// Its status and completion before; `None` if there was no such job.
    pub before: Option<(JobStatus, SimTime)>,
}

/// Targets that events concern.
#[derive(Debug, Default, Clone)]
pub struct Concerned {
    /// All there are.
    pub everything: bool,
    /// All of these deployments.
    pub deployments: Vec<DeploymentIx>,
    /// All of these deployments in these environments.
    pub pairs: Vec<(DeploymentIx, EnvironmentIx)>,
    /// Single ones.
    pub targets: Vec<TargetRef>,
}

impl Concerned {
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        let Self { everything, deployments, pairs, targets } = self;
        !everything && deployments.is_empty() && pairs.is_empty() && targets.is_empty()
    }
}

impl Changes {
    /// A resource came, went, or changed in anything.
    pub fn resource(&mut self, resource: ResourceIx) {
        self.edited(resource, Edit::Whole);
    }

    /// A resource changed in this.
    pub fn edited(&mut self, resource: ResourceIx, edit: Edit) {
        self.resources.push(resource);
        self.edits.push(edit);
    }

    /// What changed of a resource in all. `O(changed resources)`.
    #[must_use]
    pub fn edit_of(&self, resource: ResourceIx) -> Edit {
        let edits = self.resources.iter().zip(&self.edits);
        let own = edits.filter(|(changed, _)| **changed == resource);
        own.fold(Edit::Parts(Vec::new()), |all, (_, edit)| all.and(edit))
    }

    /// An environment changed.
    pub fn environment(&mut self, environment: EnvironmentIx) {
        self.environments.push(environment);
    }

    /// A deployment changed.
    pub fn deployment(&mut self, deployment: DeploymentIx) {
        self.deployments.push(deployment);
    }

    /// A version of a deployment changed.
    pub fn version(&mut self, version: VersionIx, deployment: DeploymentIx) {
        self.versions.push(version);
        self.targets_of(deployment);
    }

    /// A variable of a deployment changed, or a value of one.
    pub fn variable(&mut self, deployment: DeploymentIx) {
        self.variables.push(deployment);
        self.targets_of(deployment);
    }

    /// A resource's own variable changed.
    pub(crate) fn resource_variable(&mut self, resource: ResourceIx) {
        self.resource_variables.push(resource);
    }

    /// A variable set changed.
    pub(crate) fn variable_set(&mut self, set: VariableSetIx) {
        self.variable_sets.push(set);
    }

    /// A policy changed.
    pub fn policy(&mut self, policy: PolicyIx) {
        self.policies.push(policy);
    }

    /// A relationship rule changed.
    pub fn relationship(&mut self, rule: RelationshipIx) {
        self.relationships.push(rule);
    }

    /// A bypass or skip changed; the deployment is that of the waived version, if that exists.
    pub fn waiver(&mut self, deployment: Option<DeploymentIx>) {
        self.waivers = true;
        deployment.into_iter().for_each(|it| self.targets_of(it));
    }

    /// A verdict on a version of a deployment in an environment changed.
    pub fn approval(&mut self, deployment: DeploymentIx, environment: EnvironmentIx) {
        self.concerned.pairs.push((deployment, environment));
    }

    /// Something changed that every target of a deployment may depend on.
    pub fn targets_of(&mut self, deployment: DeploymentIx) {
        self.concerned.deployments.push(deployment);
    }

    /// Something changed that only this target depends on.
    pub fn target(&mut self, target: TargetRef) {
        self.concerned.targets.push(target);
    }

    /// A job of a target changed in what other targets may depend on.
    pub fn job(&mut self, change: JobChange) {
        self.jobs.push(change);
        self.target(change.target);
    }

    /// A target is to be deployed once more.
    pub fn redeploy(&mut self, target: TargetRef) {
        self.redeploys.push(target);
        self.target(target);
    }

    /// A provider stated a resource that belongs to another one.
    pub fn skip(&mut self, resource: ResourceIx) {
        self.skipped.push(resource);
    }

    /// Everything may have changed.
    pub fn everything(&mut self) {
        self.concerned.everything = true;
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leave_the_catalogue()
            && self.jobs.is_empty()
            && self.redeploys.is_empty()
            && self.skipped.is_empty()
            && self.concerned.is_empty()
    }

    /// Whether no entity changed, and no target came, went or moved: at most single targets or pairs are
    /// concerned, by what happened to them.
    #[must_use]
    pub fn leave_the_catalogue(&self) -> bool {
        // Named one by one, so that whoever adds one says which kind it is.
        let Self {
            policies,
            relationships,
            resources,
            edits: _,
            environments,
            deployments,
            versions,
            variables,
            resource_variables,
            agents,
            variable_sets,
            waivers,
            targets,
            jobs: _,
            redeploys: _,
            skipped: _,
            concerned: _,
        } = self;
        policies.is_empty()
            && relationships.is_empty()
            && resources.is_empty()
            && environments.is_empty()
            && deployments.is_empty()
            && versions.is_empty()
            && variables.is_empty()
            && resource_variables.is_empty()
            && !agents
            && variable_sets.is_empty()
            && !waivers
            && targets.is_empty()
            && targets.moved.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
