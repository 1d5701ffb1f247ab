//! Which columns must be compiled anew, because of what a deployment declares or of variable sets.

use bevy_ecs::world::World;
use shakedown_engine::base::ids::{CohortIx, DeploymentIx, ResourceIx};
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts};
use shakedown_engine::model::Deployment;

use super::applied::{Scope, Sets};
use super::columns::Variables;

/// What must be compiled anew.
#[derive(Debug, Default)]
pub(super) struct Stale {
    /// All columns of these deployments.
    pub(super) deployments: Vec<DeploymentIx>,
    /// The columns of these cohorts that are apart, or are to be.
    pub(super) cohorts: Vec<CohortIx>,
}

impl Stale {
    /// What the changes of a run leave behind; `resources` are those that changed.
    ///
    /// Without variable sets, before and after, that is what deployments declare; nothing else is
    /// looked at.
    pub(super) fn find(
        world: &World,
        changes: &Changes,
        variables: &mut Variables,
        sets: &Sets<'_>,
        resources: &[ResourceIx],
    ) -> Self {
        let mut stale = Self { deployments: changes.variables.clone(), cohorts: Vec::new() };
        if !sets.is_empty() || !changes.variable_sets.is_empty() {
            stale.deployments.extend(&changes.deployments);
            stale.add_shared(world, changes, variables, sets);
            stale.add_apart(world, changes, variables, sets, resources);
        }
        stale.deployments.sort_unstable();
        stale.deployments.dedup();
        stale.cohorts.sort_unstable();
        stale.cohorts.dedup();
        stale
    }

    /// Deployments to which a changed set applies, or applied, whatever the environment.
    fn add_shared(
        &mut self,
        world: &World,
        changes: &Changes,
        variables: &Variables,
        sets: &Sets<'_>,
    ) {
        let changed = &changes.variable_sets;
        if changed.is_empty() {
            return;
        }
        let present = world.resource::<Registry<Deployment>>().present();
        self.deployments.extend(present.filter(|&deployment| {
            let scope = Scope { deployment, environment: None };
            let recipe = variables.recipe(scope);
            recipe.is_some_and(|it| it.sets.iter().any(|set| changed.contains(set)))
                || sets.apply_any(changed, scope)
        }));
    }

    /// Cohorts that may be apart now, or otherwise than before.
    fn add_apart(
        &mut self,
        world: &World,
        changes: &Changes,
        variables: &mut Variables,
        sets: &Sets<'_>,
        resources: &[ResourceIx],
    ) {
        if !sets.read_environments() && !variables.has_apart() {
            variables.asked = 0;
            return;
        }
        let cohorts = world.resource::<Cohorts>();
        let of_deployments = self.deployments.iter().flat_map(|&it| cohorts.of_deployment(it));
        let of_environments =
            changes.environments.iter().flat_map(|&it| cohorts.of_environment(it));
        self.cohorts.extend(of_deployments.chain(of_environments));
        let asked = std::mem::replace(&mut variables.asked, cohorts.len());
        self.cohorts.extend((asked..cohorts.len()).map(CohortIx::at));
        let changed = &changes.variable_sets;
        if changed.is_empty() && resources.is_empty() {
            return;
        }
        // Those that were never asked are among them already.
        for (ix, cohort) in cohorts.iter().take_while(|(ix, _)| ix.slot() < asked) {
            let scope = scope_of(cohort);
            let applied = variables.recipe(scope).map_or(&[][..], |it| &it.sets);
            if applied.iter().any(|set| changed.contains(set))
                || sets.apply_any(changed, scope)
                || sets.reach(resources, scope, applied)
            {
                self.cohorts.push(ix);
            }
        }
    }
}

/// The scope of a cohort that is apart.
pub(super) fn scope_of(cohort: &Cohort) -> Scope {
    Scope { deployment: cohort.deployment, environment: Some(cohort.environment) }
}
