//! Version dependencies: what a version itself asks for on the same resource, by no rule of a policy
//! (SEMANTICS 8.10). Nothing waives them.

use serde_json::json;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::{Pass, Reason};

use super::closing::Closing;
use super::judge::{Judge, Scope};
use super::result::CheckResult;
use super::surroundings::Surroundings;
use crate::facts::{Edge, Unmet, Upstream};

/// Closes the rows of a cohort on whose resource the candidate lacks something.
pub fn close_version_dependencies(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    closing: &mut Closing<'_>,
) {
    let edges = judge.surroundings.dependencies(judge.candidate.version);
    if edges.is_empty() {
        return;
    }
    let environment = judge.cohort.environment;
    let upstream = |edge| (edge, judge.surroundings.upstream(edge, environment));
    let upstream: Vec<_> = edges.iter().map(upstream).collect();
    closing.close_rows(Scope::ALL, |row| {
        let holds = |it: &Upstream<'_>| it.holds(judge.resource(row));
        let unmet = upstream.iter().filter(|(_, it)| !it.as_ref().is_some_and(holds));
        check_edges(unmet.map(|(edge, _)| *edge))
    });
}

/// What the candidate's dependencies say to a row.
pub(super) fn examine_version_dependencies(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    row: usize,
) -> CheckResult {
    let edges = judge.surroundings.dependencies(judge.candidate.version);
    if edges.is_empty() {
        return CheckResult::allowed(Pass::VersionDependencyNone, json!({}));
    }
    let unmet = edges.iter().filter_map(|edge| Some((edge, unmet(judge, edge, row)?)));
    let unmet: Vec<_> = unmet.collect();
    let Some(reason) = check_edges(unmet.iter().map(|(edge, _)| *edge)) else {
        return CheckResult::allowed(Pass::VersionDependencyMet, json!({}));
    };
    let broken = unmet.iter().find_map(|(edge, _)| edge.selector.as_ref().err());
    let params = match broken {
        Some(error) => json!({ "error": error.to_string() }),
        None => {
            let edges = unmet.iter().map(
                |(edge, cause)| json!({ "deploymentId": *edge.deployment, "cause": cause.name() }),
            );
            json!({ "edges": edges.collect::<Vec<_>>() })
        }
    };
    CheckResult::blocked(reason, params)
}

/// Why a dependency of the candidate does not hold for a row, `None` if it does: what runs in its own
/// environment decides, else what runs anywhere.
#[must_use]
pub fn unmet(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    edge: &Edge,
    row: usize,
) -> Option<Unmet> {
    let (mut here, mut anywhere) = (None, Some(Unmet::NotOnResource));
    let (resource, deployment) = (judge.resource(row), Some(&*edge.deployment));
    judge.surroundings.on_resource(resource, deployment, &mut |other, deployed| {
        let unmet = edge.judge(deployed);
        if other.environment == judge.cohort.environment {
            here = Some(unmet);
        }
        anywhere = anywhere.zip(unmet).map(|(a, b)| a.max(b));
    });
    here.unwrap_or(anywhere)
}

/// Why a version waits for its dependencies, `unmet` being those that do not hold; `None` if there
/// are none.
fn check_edges<'a>(unmet: impl Iterator<Item = &'a Edge>) -> Option<Reason> {
    let mut reason = None;
    for edge in unmet {
        if edge.selector.is_err() {
            return Some(Reason::VersionDependencySelectorError);
        }
        reason = Some(Reason::VersionDependencyUnmet);
    }
    reason
}

#[cfg(test)]
mod tests {
    use shakedown_engine::base::ids::DeploymentIx;
    use shakedown_engine::fleet::catalogue::CompiledSelectors;

    use super::*;
    use crate::facts::compile_demand;

    #[test]
    fn a_failing_edge_that_cannot_compile_denies() {
        let mut compiled = CompiledSelectors::default();
        let mut edge = |deployment: &str, text: &str| Edge {
            deployment: deployment.into(),
            on: DeploymentIx(0),
            selector: compile_demand(text, &mut compiled),
        };
        let (good, bad) = (edge("d1", "version.tag == 'v1'"), edge("d2", "version.tag =="));
        let unmet = Some(Reason::VersionDependencyUnmet);
        let error = Some(Reason::VersionDependencySelectorError);
        for (name, edges, holding, expected) in [
            ("none", vec![], "", None),
            ("met", vec![good.clone()], "d1", None),
            ("unmet", vec![good.clone()], "", unmet),
            ("broken", vec![bad.clone()], "", error),
            ("unmet and broken", vec![good.clone(), bad.clone()], "", error),
            ("met and broken", vec![good, bad], "d1", error),
        ] {
            let reason = check_edges(edges.iter().filter(|edge| *edge.deployment != *holding));
            assert_eq!(reason, expected, "8.9 {name}");
        }
    }
}
