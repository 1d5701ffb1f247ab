//! Warnings: what a workspace may contain though it is probably a mistake.
//!
//! Invariant (negative): a warning changes nothing; whatever it speaks of was accepted.

use std::fmt;

use bevy_ecs::world::World;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry, Selections, items};
use shakedown_engine::fleet::matrix::{Cohorts, Source, Sources};
use shakedown_engine::fleet::relations::{Neighbours, Relations};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{
    ConcurrencyLimit, Deployment, DeploymentVariableValue, DeploymentVersion, Environment,
    JobAgent, Matcher, Policy, PolicyRule, RelationshipRule, ResourceVariable, System, Value,
    VariableSet,
};
use shakedown_engine::select::{Place, Selector, SelectorError};

use crate::phases::policies::Applicability;
use crate::rules::{checks_something, oddities};

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
    for (ix, it) in items::<Environment>(world) {
        it.systems
            .iter()
            .for_each(|id| system(world, id, |what| warn("environment", &it.id, what)));
        selection(world, sources.environment(ix).cloned(), |what| {
            warn("environment", &it.id, what)
        });
    }
    for (ix, it) in items::<Deployment>(world) {
        it.systems.iter().for_each(|id| system(world, id, |what| warn("deployment", &it.id, what)));
        selection(world, sources.deployment(ix).cloned(), |what| warn("deployment", &it.id, what));
        match it.job_agent_id.as_deref() {
            None | Some("") => warn("deployment", &it.id, "has no job agent".to_owned()),
            Some(agent) if !exists::<JobAgent>(world, agent) => {
                warn("deployment", &it.id, format!("names job agent `{agent}`, which is unknown"));
            }
            Some(_) => {}
        }
    }
    let environments = items::<Environment>(world).map(|(_, it)| it);
    for (id, other) in
        repeated(environments.flat_map(|it| it.systems.iter().map(|id| (id, &*it.name, &*it.id))))
    {
        warn("environment", id, format!("has the name of environment `{other}` in its system"));
    }
    let deployments = items::<Deployment>(world).map(|(_, it)| it);
    for (id, other) in
        repeated(deployments.flat_map(|it| it.systems.iter().map(|id| (id, &*it.slug, &*it.id))))
    {
        warn("deployment", id, format!("has the slug of deployment `{other}` in its system"));
    }
    for (_, it) in items::<DeploymentVersion>(world) {
        if !exists::<Deployment>(world, &it.deployment_id) {
            let what = format!("belongs to deployment `{}`, which is unknown", it.deployment_id);
            warn("version", &it.id, what);
        }
        for (deployment, edge) in &it.dependencies {
            if let Err(error) = compiled(&edge.version_selector, Place::Version) {
                let what = format!("can go out nowhere, for its dependency on `{deployment}`");
                warn("version", &it.id, format!("{what}: {error}"));
            }
        }
    }
    for (_, it) in items::<DeploymentVariableValue>(world) {
        dangling(world, &it.value, |what| warn("variable value", &it.id, what));
    }
    for (_, it) in items::<ResourceVariable>(world) {
        let id = format!("{}` of `{}", it.key, it.resource_id);
        dangling(world, &it.value, |what| warn("resource variable", &id, what));
    }
    for (_, it) in items::<VariableSet>(world) {
        for variable in &it.variables {
            dangling(world, &variable.value, |what| warn("variable set", &it.id, what));
        }
    }
    let applicability = world.resource::<Applicability>();
    let cohorts = world.resource::<Cohorts>();
    for (ix, it) in items::<Policy>(world) {
        if it.scope.is_empty() {
            warn("policy", &it.id, "applies to nothing: it has no selector".to_owned());
        } else if !cohorts.iter().any(|(cohort, _)| applicability.applies(ix, cohort)) {
            warn("policy", &it.id, "applies to nothing: no target matches".to_owned());
        }
        for rule in &it.rules {
            let targets = || cohorts.iter().map(|(at, it)| applicability.count(ix, at, it)).sum();
            for what in rule_oddities(world, rule, targets) {
                warn("policy", &it.id, format!("rule `{}` {what}", rule.id));
            }
        }
    }
    let neighbours = Neighbours::of(world);
    for (ix, it) in items::<RelationshipRule>(world) {
        let broken = match &it.matcher {
            Matcher::Cel(text) => compiled(text, Place::Matcher).err(),
            Matcher::Always | Matcher::Properties(_) => None,
        };
        if let Some(error) = broken {
            warn("relationship rule", &it.id, format!("relates nothing, for its matcher: {error}"));
        } else if neighbours.count(ix) == 0 {
            warn("relationship rule", &it.id, "relates nothing".to_owned());
        }
    }
    found.sort();
    found
}

/// Of (system, name, id): the ids whose name another has in their system, each with the first that
/// has it.
fn repeated<'a>(
    named: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> Vec<(&'a str, &'a str)> {
    let mut named: Vec<_> = named.filter(|(_, name, _)| !name.is_empty()).collect();
    named.sort_unstable();
    let same = named.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    same.flat_map(|it| it[1..].iter().map(|other| (other.2, it[0].2))).collect()
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
        1 => warn("has a selector that fails on a resource".to_owned()),
        errors => warn(format!("has a selector that fails on {errors} resources")),
    }
}

fn compiled(text: &str, place: Place) -> Result<Selector, SelectorError> {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), place)
}

/// A reference that no rule has is never resolved.
fn dangling(world: &World, value: &Value, mut warn: impl FnMut(String)) {
    let (Value::Reference { reference, .. } | Value::RelatedVariable { reference, .. }) = value
    else {
        return;
    };
    if world.resource::<Relations>().rules_of(reference).is_empty() {
        warn(format!("refers to `{reference}`, which is the reference of no relationship rule"));
    }
}

/// What is odd about a rule of a policy that applies to so many targets: that it does nothing, not all
/// that it says, or blocks for ever.
fn rule_oddities(world: &World, rule: &PolicyRule, targets: impl FnOnce() -> u32) -> Vec<String> {
    let inert = rule.inert.keys();
    let mut odd: Vec<String> =
        inert.map(|name| format!("has a member `{name}`, which is not evaluated")).collect();
    odd.extend(oddities(world, rule));
    if let Some(ConcurrencyLimit { max, .. }) = rule.concurrency_limit {
        let targets = targets();
        if (1..=max.unsigned_abs()).contains(&targets) {
            odd.push(format!("limits nothing: {max} jobs at once, for {targets} targets"));
        }
    }
    if odd.is_empty()
        && !checks_something(rule)
        && rule.retry.is_none()
        && rule.concurrency_limit.is_none()
    {
        odd.push("has no known member and checks nothing".to_owned());
    }
    odd
}
