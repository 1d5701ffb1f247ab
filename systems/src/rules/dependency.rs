//! Deployment dependency (`deploymentDependency`): something must be deployed on the same resource,
//! by any other target of it (SEMANTICS 8.9).

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, PolicyRows, TargetRef};
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{
    DeploymentDependency, DeploymentVersion, PolicyRule, SelectorSource, WaiverType,
};
use shakedown_engine::select::{Place, Selector, SelectorError};

use super::answers::Needs;
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject};
use super::judge::{Asked, Judge};
use super::oddity::Oddity;
use super::result::CheckResult;
use super::rule::Rule;
use super::surroundings::Surroundings;
use crate::facts::{compile_demand, satisfies};

/// A dependency rule, compiled.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Over the deployment and the version of the other target.
    selector: Result<Selector, SelectorError>,
}

impl Rule for Dependency {
    type Member = DeploymentDependency;
    type Kept = ();
    type Memo = ();
    const WAIVER_TYPE: WaiverType = WaiverType::DeploymentDependency;

    fn member(rule: &PolicyRule) -> Option<&DeploymentDependency> {
        rule.deployment_dependency.as_ref()
    }

    fn compile(member: &DeploymentDependency, compiling: &mut Compiling<'_>) -> Self {
        Self { selector: compile_demand(&member.depends_on, compiling.selectors) }
    }

    fn oddities(_world: &World, member: &DeploymentDependency) -> Vec<Oddity> {
        let source = SelectorSource::Cel(member.depends_on.clone());
        let error = Selector::compile(&source, Place::Version).err();
        error.iter().map(Oddity::denies).collect()
    }

    fn reads(&self) -> Needs<'_> {
        Needs { satisfying: self.selector.as_ref().ok(), ..Needs::default() }
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        (): &mut (),
    ) {
        let Asked { judge, scope, .. } = asked;
        let Ok(selector) = &self.selector else {
            return closing.close(scope, Reason::DependencySelectorError, |_| 0);
        };
        let elsewhere = judge.surroundings.elsewhere(selector, judge.cohort);
        closing.close_rows(scope, |row| {
            let is_met = elsewhere.is_met(row, judge.resource(row));
            (!is_met).then_some(Reason::DependencyUnmet)
        });
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult {
        let selector = match &self.selector {
            Ok(selector) => selector,
            Err(error) => {
                let params = json!({ "error": error.to_string() });
                return CheckResult::blocked(Reason::DependencySelectorError, params);
            }
        };
        let cohorts = exam.world.resource::<Cohorts>();
        let mut first: Option<(String, String)> = None;
        each_satisfying(asked.judge, selector, subject.row, &mut |other, version| {
            let cohort = cohorts.find(other.deployment, other.environment);
            let target = cohort.map(|cohort| TargetRef { cohort, ..subject.target });
            let key = target.map(|target| target_key(exam.world, target));
            let found = key.map(|key| (key, version.id.clone()));
            first = first.take().into_iter().chain(found).min();
        });
        first.map_or_else(
            || CheckResult::blocked(Reason::DependencyUnmet, json!({})),
            |(target, version_id)| {
                let params = json!({ "target": target, "versionId": version_id });
                CheckResult::allowed(Pass::DependencyMet, params)
            },
        )
    }
}

/// Calls `visit` with every other target of a row's resource that satisfies a selector, and the
/// version there; no particular order. Asks every target of the resource anew.
pub fn each_satisfying(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    selector: &Selector,
    row: usize,
    visit: &mut dyn FnMut(&Cohort, &DeploymentVersion),
) {
    let own = (judge.cohort.deployment, judge.cohort.environment);
    judge.surroundings.on_resource(judge.resource(row), None, &mut |other, deployed| {
        if (other.deployment, other.environment) == own {
            return;
        }
        let deployment = judge.surroundings.deployment(other.deployment);
        if let Some((deployment, version)) = deployment.zip(deployed)
            && satisfies(selector, deployment, version)
        {
            visit(other, version);
        }
    });
}
