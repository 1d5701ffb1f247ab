//! Gates that cannot open, or are open already: environment progressions, seen together with what they
//! apply to.
//!
//! Vocabulary: a *gate* is a progression rule of an enabled policy in one cohort that it applies to as a
//! whole; its *upstream* are the environments that it selects, itself aside, and that share a system with
//! it and the deployment; an upstream is *empty* where the deployment has no targets.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::ids::{DeploymentIx, EnvironmentIx};
use shakedown_engine::fleet::catalogue::{Registry, items};
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, Sources};
use shakedown_engine::model::{Deployment, DiagnosticCode, Dialect, Environment, Policy};
use shakedown_engine::select::{Bindings, Subject};
use shakedown_engine::wire::event::Key;

use super::policies::in_rule;
use super::{Findings, Owner};
use crate::phases::policies::Applicability;
use crate::rules::{Oddity, Progression, counted};

/// Which rule: the policy's id and its own.
type RuleId<'w> = (&'w str, &'w str);

/// The gate of a rule in an environment.
struct Gate<'w> {
    rule: RuleId<'w>,
    /// Upstream with targets.
    upstream: Vec<EnvironmentIx>,
}

pub(super) fn look(world: &World, dialect: &Dialect, findings: &mut Findings) {
    let mut gates: BTreeMap<DeploymentIx, BTreeMap<EnvironmentIx, Vec<Gate<'_>>>> = BTreeMap::new();
    for (ix, policy) in items::<Policy>(world).filter(|(_, it)| it.enabled == Some(true)) {
        for rule in &policy.rules {
            let Some(member) = &rule.environment_progression else { continue };
            let progression = Progression::new(member, dialect);
            let Some(selected) = selected(world, &progression) else { continue };
            let mut told = Told { passes_empty: progression.passes_empty(), ..Told::default() };
            let applicability = world.resource::<Applicability>();
            let cohorts = world.resource::<Cohorts>();
            for (at, cohort) in cohorts.iter() {
                let bound = applicability.count(ix, at, cohort);
                if bound == 0 {
                    continue;
                }
                let upstream = upstream(world, cohort, &selected);
                let (full, empty): (Vec<_>, Vec<_>) = upstream.into_iter().partition(|&it| {
                    let other = cohorts.find(cohort.deployment, it);
                    other.is_some_and(|it| cohorts[it].targets > 0)
                });
                if full.is_empty() && empty.is_empty() {
                    told.alone.add(world, cohort.environment, bound);
                } else if !empty.is_empty() && (full.is_empty() || told.passes_empty) {
                    told.empty.add(world, empty[0], bound);
                } else if bound == cohort.targets {
                    let gate = Gate { rule: (&policy.id, &rule.id), upstream: full };
                    let of_deployment = gates.entry(cohort.deployment).or_default();
                    of_deployment.entry(cohort.environment).or_default().push(gate);
                }
            }
            for oddity in told.oddities() {
                let owner = Owner::Entity(Key::Policy(policy.id.clone()));
                findings.tell(owner, in_rule(&rule.id, oddity));
            }
        }
    }
    circles(world, &gates, findings);
}

/// The environments that a rule selects anywhere; `None` if none, which the rule itself tells.
fn selected(world: &World, rule: &Progression) -> Option<Vec<EnvironmentIx>> {
    let selector = rule.selector().ok()?;
    let mut selected = Vec::new();
    for (ix, it) in items::<Environment>(world) {
        // Where it fails the rule denies, and that is told of the selector.
        if selector.matches(&Bindings::only(Subject::Environment, it)).ok()? {
            selected.push((&it.id, ix));
        }
    }
    selected.sort_unstable();
    (!selected.is_empty()).then(|| selected.into_iter().map(|(_, ix)| ix).collect())
}

/// Those of the selected environments that are upstream in a cohort, by id.
fn upstream(world: &World, cohort: &Cohort, selected: &[EnvironmentIx]) -> Vec<EnvironmentIx> {
    let sources = world.resource::<Sources>();
    let (deployment, own) = (cohort.deployment, cohort.environment);
    let upstream = |it: EnvironmentIx| it != own && sources.share(deployment, own, it);
    selected.iter().copied().filter(|&it| upstream(it)).collect()
}

/// Targets, and the environment that is first by id.
#[derive(Default)]
struct Where {
    targets: u64,
    environments: BTreeSet<String>,
}

impl Where {
    fn add(&mut self, world: &World, environment: EnvironmentIx, targets: u32) {
        self.targets += u64::from(targets);
        let id = world.resource::<Registry<Environment>>().id(environment);
        self.environments.insert(id.to_owned());
    }
}

/// What is odd about the gates of a rule.
#[derive(Default)]
struct Told {
    /// Whether an empty upstream lets everything pass.
    passes_empty: bool,
    /// Where there is no upstream.
    alone: Where,
    /// The empty upstream, and the targets that wait for it.
    empty: Where,
}

impl Told {
    fn oddities(&self) -> Vec<Oddity> {
        let mut odd = Vec::new();
        if let Some(first) = self.alone.environments.first() {
            let targets = self.alone.targets;
            let what = format!(
                "waits for ever on {}: it selects no other environment of the system of `{first}`",
                counted(targets, "target")
            );
            let params = json!({ "targets": targets, "environments": self.alone.environments });
            odd.push(Oddity::new(DiagnosticCode::GateWithoutUpstream, what, params));
        }
        if let Some(first) = self.empty.environments.first() {
            let targets = self.empty.targets;
            let does = match self.passes_empty {
                true => "holds back nothing",
                false => "waits for ever",
            };
            let what = format!(
                "{does} on {}: there are no targets in `{first}`, for which it waits",
                counted(targets, "target")
            );
            let params = json!({ "targets": targets, "upstream": self.empty.environments });
            odd.push(Oddity::new(DiagnosticCode::GateEmpty, what, params));
        }
        odd
    }
}

/// Environments that wait for each other, so that no version ever reaches the first of them.
fn circles(
    world: &World,
    gates: &BTreeMap<DeploymentIx, BTreeMap<EnvironmentIx, Vec<Gate<'_>>>>,
    findings: &mut Findings,
) {
    let environment = |ix: EnvironmentIx| world.resource::<Registry<Environment>>().id(ix);
    // By the rule that is first in the circle, and the environments from there on.
    let mut found: BTreeMap<(RuleId<'_>, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for (&deployment, gated) in gates {
        let Some((rule, circle)) = circle(gated, &environment) else { continue };
        let circle = circle.into_iter().map(environment).collect();
        let id = world.resource::<Registry<Deployment>>().id(deployment);
        found.entry((rule, circle)).or_default().push(id);
    }
    for (((policy, rule), circle), mut deployments) in found {
        deployments.sort_unstable();
        let (first, count) = (deployments[0], deployments.len());
        let of = match count {
            1 => format!("versions of `{first}`"),
            _ => format!("versions of {count} deployments, such as `{first}`"),
        };
        let round = circle.iter().chain(circle.first()).map(|it| format!("`{it}`"));
        let round = round.collect::<Vec<_>>().join(" waits for ");
        let what = format!("lets {of} go nowhere: {round}");
        let params = json!({ "environments": circle, "deployments": deployments });
        let oddity = Oddity::new(DiagnosticCode::GateCircle, what, params);
        findings.tell(Owner::Entity(Key::Policy(policy.to_owned())), in_rule(rule, oddity));
    }
}

/// The circle of a deployment that begins with the environment that is first by id, and the rule by
/// which that one waits; of several circles, one.
fn circle<'w>(
    gated: &BTreeMap<EnvironmentIx, Vec<Gate<'w>>>,
    id: &dyn Fn(EnvironmentIx) -> &'w str,
) -> Option<(RuleId<'w>, Vec<EnvironmentIx>)> {
    // A gate opens when one upstream lets versions pass; an environment does when all its gates open.
    let mut stuck: BTreeSet<EnvironmentIx> = gated.keys().copied().collect();
    let shut = |gate: &Gate<'_>, stuck: &BTreeSet<EnvironmentIx>| {
        gate.upstream.iter().all(|it| stuck.contains(it))
    };
    loop {
        let before = stuck.len();
        let still = stuck.iter().copied().filter(|it| gated[it].iter().any(|g| shut(g, &stuck)));
        stuck = still.collect();
        if stuck.len() == before {
            break;
        }
    }
    // Every one that is stuck waits for another: whoever follows that meets somebody twice.
    let first = |it: EnvironmentIx| {
        let gates = gated[&it].iter().filter(|gate| shut(gate, &stuck));
        let steps = gates.map(|gate| (gate.rule, gate.upstream[0]));
        steps.min_by_key(|&(rule, to)| (rule, id(to)))
    };
    let mut way = vec![stuck.iter().copied().min_by_key(|&it| id(it))?];
    let begin = loop {
        let (_, next) = first(*way.last()?)?;
        if let Some(at) = way.iter().position(|&it| it == next) {
            break at;
        }
        way.push(next);
    };
    let mut circle = way.split_off(begin);
    let least = (0..circle.len()).min_by_key(|&at| id(circle[at]))?;
    circle.rotate_left(least);
    Some((first(circle[0])?.0, circle))
}
