//! Warnings: what a workspace may contain though it is probably a mistake.
//!
//! Invariant (negative): a warning changes nothing; whatever it speaks of was accepted.

use std::fmt;

use bevy_ecs::world::World;
use shakedown_engine::catalogue::{Catalogued, Registry, Selections, item};
use shakedown_engine::entity::{
    Deployment, DeploymentVersion, DeploymentWindow, Environment, EnvironmentProgression, JobAgent,
    Policy, PolicyRule, PolicyScope, RelationshipRule, System,
};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::relation::Neighbours;
use shakedown_engine::schedule::Clock;
use shakedown_engine::selector::{Bindings, Subject};
use shakedown_engine::target::{Cohorts, Source, Sources};

use crate::policies::Applicability;
use crate::progression::Progression;
use crate::window::{Window, Windowed};

/// Something that is probably a mistake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Kind of the entity it is about.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What is odd about it.
    pub what: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` {}", self.kind, self.id, self.what)
    }
}

/// Looks for what is probably a mistake, by kind and id.
#[must_use]
pub fn warnings(fleet: &Fleet) -> Vec<Warning> {
    let world = fleet.world();
    let mut found = Vec::new();
    let mut warn = |kind, id: &str, what: String| {
        found.push(Warning { kind, id: id.to_owned(), what });
    };
    let sources = world.resource::<Sources>();
    for (ix, it) in all::<Environment>(world) {
        system(world, &it.system_id, |what| warn("environment", &it.id, what));
        selection(world, sources.environment(ix), |what| warn("environment", &it.id, what));
    }
    for (ix, it) in all::<Deployment>(world) {
        system(world, &it.system_id, |what| warn("deployment", &it.id, what));
        selection(world, sources.deployment(ix), |what| warn("deployment", &it.id, what));
        match it.job_agent_id.as_deref() {
            None | Some("") => warn("deployment", &it.id, "has no job agent".to_owned()),
            Some(agent) if !exists::<JobAgent>(world, agent) => {
                warn("deployment", &it.id, format!("names job agent `{agent}`, which is unknown"));
            }
            Some(_) => {}
        }
    }
    for (_, it) in all::<DeploymentVersion>(world) {
        if !exists::<Deployment>(world, &it.deployment_id) {
            let what = format!("belongs to deployment `{}`, which is unknown", it.deployment_id);
            warn("version", &it.id, what);
        }
    }
    let applicability = world.resource::<Applicability>();
    let cohorts = world.resource::<Cohorts>();
    for (ix, it) in all::<Policy>(world) {
        let names_nothing = match &it.scope {
            PolicyScope::Selectors(selectors) => selectors.is_empty(),
            PolicyScope::Expression(text) => text.is_empty(),
        };
        if names_nothing {
            warn("policy", &it.id, "applies to nothing: it has no selector".to_owned());
        } else if !cohorts.iter().any(|(cohort, _)| applicability.applies(ix, cohort)) {
            warn("policy", &it.id, "applies to nothing: no target matches".to_owned());
        }
        for rule in &it.rules {
            for what in rule_oddities(world, rule) {
                warn("policy", &it.id, format!("rule `{}` {what}", rule.id));
            }
        }
    }
    let neighbours = Neighbours::of(world);
    for (ix, it) in all::<RelationshipRule>(world) {
        if neighbours.count(ix) == 0 {
            warn("relationship rule", &it.id, "relates nothing".to_owned());
        }
    }
    found.sort();
    found
}

fn all<T: Catalogued>(world: &World) -> impl Iterator<Item = (T::Ix, &T)> {
    let registry = world.resource::<Registry<T>>();
    registry.present().filter_map(|ix| Some((ix, item::<T>(world, ix)?)))
}

fn exists<T: Catalogued>(world: &World, id: &str) -> bool {
    let registry = world.resource::<Registry<T>>();
    registry.find(id).is_some_and(|ix| registry.entity(ix).is_some())
}

fn system(world: &World, id: &str, mut warn: impl FnMut(String)) {
    if !exists::<System>(world, id) {
        warn(format!("belongs to system `{id}`, which is unknown"));
    }
}

fn selection(world: &World, source: Option<Source>, mut warn: impl FnMut(String)) {
    let Some(selection) = source.and_then(|source| source.selection) else {
        return warn("selects no resource: it has no selector".to_owned());
    };
    let selections = world.resource::<Selections>();
    if selections.bits(selection).is_clear() {
        warn("selects no resource: its selector matches none".to_owned());
    }
    match selections.errors(selection) {
        0 => {}
        errors => warn(format!("has a selector that fails on {errors} resources")),
    }
}

/// Whether the selector of a progression rule matches some environment.
fn selects_any(world: &World, rule: &EnvironmentProgression) -> bool {
    let Ok(selector) = Progression::new(rule).selector else { return false };
    let mut environments = all::<Environment>(world);
    environments
        .any(|(_, it)| selector.matches(&Bindings::only(Subject::Environment, it)) == Ok(true))
}

/// Whether deployments never pass a window any more.
fn never_opens(world: &World, rule: &DeploymentWindow) -> bool {
    let now = world.resource::<Clock>().0;
    Window::new(rule).is_ok_and(|it| it.judge(now) == Windowed::Closed { next: None })
}

/// What is odd about a rule: that it does nothing, not all that it says, or blocks for ever.
fn rule_oddities(world: &World, rule: &PolicyRule) -> Vec<String> {
    let inert = rule.inert.keys();
    let mut odd: Vec<String> =
        inert.map(|name| format!("has a member `{name}`, which is not evaluated")).collect();
    if rule.environment_progression.as_ref().is_some_and(|it| !selects_any(world, it)) {
        odd.push("waits for environments, but its selector matches none".to_owned());
    }
    if rule.deployment_window.as_ref().is_some_and(|it| never_opens(world, it)) {
        odd.push("has a window that never opens again".to_owned());
    }
    let evaluated = rule.any_approval.is_some()
        || rule.environment_progression.is_some()
        || rule.gradual_rollout.is_some()
        || rule.version_selector.is_some()
        || rule.deployment_dependency.is_some()
        || rule.deployment_window.is_some()
        || rule.version_cooldown.is_some()
        || rule.retry.is_some();
    if odd.is_empty() && !evaluated {
        odd.push("has no known member and checks nothing".to_owned());
    }
    odd
}
