//! Telling of everything there is: for systems that are installed when a fleet has taken events already.

use bevy_ecs::world::{Mut, World};

use super::mark;
use crate::base::ids::JobIx;
use crate::fleet::catalogue::{Catalogued, Registry, items};
use crate::fleet::change::{Changes, JobChange};
use crate::fleet::jobs::Jobs;
use crate::fleet::matrix::{Cohorts, TargetChanges};
use crate::model::{
    Deployment, DeploymentVersion, Environment, Policy, RelationshipRule, Resource, VariableSet,
};

/// Notes that all there is changed, and marks every target. What went before is not told of, and redeploys
/// that nobody carried out are forgotten.
pub(crate) fn tell_everything(world: &mut World) {
    world.resource_scope(|world, mut changes: Mut<Changes>| {
        all::<Policy>(world).for_each(|it| changes.policy(it));
        all::<RelationshipRule>(world).for_each(|it| changes.relationship(it));
        all::<VariableSet>(world).for_each(|it| changes.variable_set(it));
        for it in all::<Resource>(world) {
            changes.resource(it);
            changes.resource_variable(it);
        }
        all::<Environment>(world).for_each(|it| changes.environment(it));
        for it in all::<Deployment>(world) {
            changes.deployment(it);
            changes.variable(it);
        }
        let deployments = world.resource::<Registry<Deployment>>();
        for (ix, it) in items::<DeploymentVersion>(world) {
            if let Some(deployment) = deployments.find(&it.deployment_id) {
                changes.version(ix, deployment);
            }
        }
        let cohorts = world.resource::<Cohorts>();
        let fresh = cohorts.iter().filter(|(_, cohort)| cohort.targets > 0);
        changes.targets =
            TargetChanges { fresh: fresh.map(|(ix, _)| ix).collect(), ..TargetChanges::default() };
        for (at, job) in world.resource::<Jobs>().0.iter().enumerate() {
            let before = Some((job.status, job.completed_at));
            changes.job(JobChange { target: job.target, job: JobIx::at(at), before });
        }
        changes.agents = true;
        changes.waiver(None);
        changes.everything();
    });
    mark::mark_dirty(world);
}

fn all<T: Catalogued>(world: &World) -> impl Iterator<Item = T::Ix> {
    items::<T>(world).map(|(ix, _)| ix)
}
