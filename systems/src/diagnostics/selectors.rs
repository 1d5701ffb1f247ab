//! Selectors that have no answer for some of their subjects, and those that select nothing.

use bevy_ecs::world::World;
use fixedbitset::FixedBitSet;
use serde_json::json;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::fleet::catalogue::{
    Catalogued, Registry, ResourceRows, Selections, item, items,
};
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::matrix::{Cohorts, Source, Sources, TargetRef};
use shakedown_engine::fleet::relations::Neighbours;
use shakedown_engine::model::{
    Attributes, Deployment, DeploymentVariableValue, DeploymentVersion, DiagnosticCode, EntityKind,
    Environment, Matcher, Policy, PolicyScope, RelationshipRule, Resource, SelectorSource,
};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};
use shakedown_engine::wire::event::Key;

use super::policies::in_rule;
use super::{Findings, Owner};
use crate::facts::CandidateLists;
use crate::phases::policies::{Applicability, bindings_of, policies_of};
use crate::rules::Failures;

pub(super) fn look(world: &World, findings: &mut Findings) {
    let mut asked = Asked { world, known: fixed_map() };
    let sources = world.resource::<Sources>();
    for (ix, it) in items::<Environment>(world) {
        let owner = Owner::Entity(Key::Environment(it.id.clone()));
        selects_nothing(world, findings, &owner, sources.environment(ix));
        asked.tell(findings, &owner, "resourceSelector", it.resource_selector.as_ref());
    }
    for (ix, it) in items::<Deployment>(world) {
        let owner = Owner::Entity(Key::Deployment(it.id.clone()));
        selects_nothing(world, findings, &owner, sources.deployment(ix));
        asked.tell(findings, &owner, "resourceSelector", it.resource_selector.as_ref());
    }
    for (_, it) in items::<DeploymentVariableValue>(world) {
        let owner = Owner::Entity(Key::DeploymentVariableValue(it.id.clone()));
        asked.tell(findings, &owner, "resourceSelector", it.resource_selector.as_ref());
    }
    for (ix, it) in items::<Policy>(world).filter(|(_, it)| it.enabled == Some(true)) {
        policy(&mut asked, findings, it);
        for rule in &it.rules {
            let Some(member) = &rule.version_selector else { continue };
            let Ok(selector) = Selector::compile(&member.selector, Place::Version) else {
                continue;
            };
            let failures = of_newest_versions(world, ix, &selector);
            if let Some(oddity) = failures.oddity("versionSelector", NEWEST) {
                let owner = Owner::Entity(Key::Policy(it.id.clone()));
                findings.tell(owner, in_rule(&rule.id, oddity));
            }
        }
    }
    let neighbours = Neighbours::of(world);
    for (ix, it) in items::<RelationshipRule>(world) {
        let owner = Owner::Entity(Key::RelationshipRule(it.id.clone()));
        let from = it.from_selector.as_ref();
        for kind in kinds(it.from_type) {
            asked.tell_of(findings, &owner, "fromSelector", kind, from);
        }
        for kind in kinds(it.to_type) {
            asked.tell_of(findings, &owner, "toSelector", kind, it.to_selector.as_ref());
        }
        relates_nothing(findings, it, || !neighbours.relates_any(ix));
    }
}

/// The kinds that one side of a relationship rule is about.
fn kinds(stated: Option<EntityKind>) -> impl Iterator<Item = EntityKind> {
    EntityKind::ALL.iter().copied().filter(move |&kind| stated.is_none_or(|it| it == kind))
}

fn selects_nothing(world: &World, findings: &mut Findings, owner: &Owner, source: Option<&Source>) {
    let (code, why) = match source.and_then(|source| source.selection) {
        None => (DiagnosticCode::SelectorAbsent, "it has no selector"),
        Some(selection) => {
            if !world.resource::<Selections>().bits(selection).is_clear() {
                return;
            }
            (DiagnosticCode::SelectorMatchesNothing, "its selector matches none")
        }
    };
    let Owner::Entity(key) = owner else { return };
    findings.entity(key.clone(), code, format!("selects no resource: {why}"), json!({}));
}

fn relates_nothing(
    findings: &mut Findings,
    rule: &RelationshipRule,
    has_none: impl FnOnce() -> bool,
) {
    let broken = match &rule.matcher {
        Matcher::Cel(text) => {
            Selector::compile(&SelectorSource::Cel(text.clone()), Place::Matcher).err()
        }
        Matcher::Always | Matcher::Properties(_) => None,
    };
    let (what, params) = match broken {
        Some(error) => {
            let params = json!({ "error": error.to_string() });
            (format!("relates nothing, for its matcher: {error}"), params)
        }
        None if has_none() => ("relates nothing".to_owned(), json!({})),
        None => return,
    };
    let key = Key::RelationshipRule(rule.id.clone());
    findings.entity(key, DiagnosticCode::RelationshipRelatesNothing, what, params);
}

/// An expression is asked of every target, the selectors of a list each of its own kind.
fn policy(asked: &mut Asked<'_>, findings: &mut Findings, policy: &Policy) {
    let owner = Owner::Entity(Key::Policy(policy.id.clone()));
    match &policy.scope {
        PolicyScope::Expression(text) if text.is_empty() => {}
        PolicyScope::Expression(text) => {
            let source = SelectorSource::Cel(text.clone());
            let Ok(selector) = Selector::compile(&source, Place::Policy) else { return };
            if let Some(oddity) = of_targets(asked.world, &selector).oddity("selector", "targets") {
                findings.tell(owner, oddity);
            }
        }
        PolicyScope::Selectors(selectors) => {
            for (at, it) in selectors.iter().enumerate() {
                for (member, kind, source) in [
                    ("deploymentSelector", EntityKind::Deployment, &it.deployment_selector),
                    ("environmentSelector", EntityKind::Environment, &it.environment_selector),
                    ("resourceSelector", EntityKind::Resource, &it.resource_selector),
                ] {
                    let member = format!("selectors[{at}].{member}");
                    asked.tell_of(findings, &owner, &member, kind, source.as_ref());
                }
            }
        }
    }
}

/// Asks selectors of all entities of a kind, each text once.
struct Asked<'w> {
    world: &'w World,
    known: FixedMap<(EntityKind, String), Failures>,
}

impl Asked<'_> {
    fn tell(
        &mut self,
        findings: &mut Findings,
        owner: &Owner,
        member: &str,
        source: Option<&SelectorSource>,
    ) {
        self.tell_of(findings, owner, member, EntityKind::Resource, source);
    }

    fn tell_of(
        &mut self,
        findings: &mut Findings,
        owner: &Owner,
        member: &str,
        kind: EntityKind,
        source: Option<&SelectorSource>,
    ) {
        let Some(source) = source else { return };
        let world = self.world;
        let key = match source {
            SelectorSource::Cel(text) => format!("cel {text}"),
            SelectorSource::Json(condition) => format!("json {condition}"),
        };
        let failures = self.known.entry((kind, key)).or_insert_with(|| {
            // What does not compile was refused.
            let Ok(selector) = Selector::compile(source, Place::Entity(kind.into())) else {
                return Failures::default();
            };
            match kind {
                EntityKind::Deployment => of_entities::<Deployment>(world, &selector, kind),
                EntityKind::Environment => of_entities::<Environment>(world, &selector, kind),
                EntityKind::Resource if never_fails(world, &selector, &Bindings::default()) => {
                    Failures::default()
                }
                EntityKind::Resource => of_entities::<Resource>(world, &selector, kind),
            }
        });
        let subjects = format!("{kind}s");
        if let Some(oddity) = failures.oddity(member, &subjects) {
            findings.tell(owner.clone(), oddity);
        }
    }
}

fn of_entities<T: Catalogued + Attributes>(
    world: &World,
    selector: &Selector,
    kind: EntityKind,
) -> Failures {
    let mut failures = Failures::default();
    for (_, it) in items::<T>(world) {
        let answer = selector.matches(&Bindings::only(kind.into(), it));
        failures.count(1, || it.key().into_owned(), answer.err());
    }
    failures
}

/// Whether a selector has an answer for every resource, asked by columns: most have.
fn never_fails(world: &World, selector: &Selector, bindings: &Bindings<'_>) -> bool {
    let Selections { resources, atoms, .. } = world.resource::<Selections>();
    let rows = ResourceRows::of(world);
    let all = 0..world.resource::<Registry<Resource>>().slots();
    selector.select(resources, atoms, &rows, bindings, all, &mut FixedBitSet::new()) == 0
}

/// What a version selector is asked about; of what else there is, records tell.
const NEWEST: &str = "targets with their newest version";

/// Asks a version selector of the targets that its policy applies to.
fn of_newest_versions(world: &World, policy: PolicyIx, selector: &Selector) -> Failures {
    let mut failures = Failures::default();
    let cohorts = world.resource::<Cohorts>();
    let applicability = world.resource::<Applicability>();
    for (ix, cohort) in cohorts.iter() {
        let bound = applicability.count(policy, ix, cohort);
        let newest = world.resource::<CandidateLists>().of(cohort.deployment).first();
        let version = newest.and_then(|it| item::<DeploymentVersion>(world, it.version));
        let (Some(bindings), Some(version)) = (bindings_of(world, cohort), version) else {
            continue;
        };
        let bindings = bindings.with(Subject::Version, version);
        let classes = applicability.classes(ix);
        let members = || {
            cohorts.live_members(ix).filter(|target| {
                let row = cohort.live_position(target.resource).map(|row| row as usize);
                row.is_some_and(|row| policies_of(classes, row).contains(&policy))
            })
        };
        ask(world, &mut failures, selector, &bindings, bound, &members);
    }
    failures
}

/// From this many targets of a cohort on, asking all resources by columns costs less than asking each.
const MANY: u32 = 64;

fn of_targets(world: &World, selector: &Selector) -> Failures {
    let mut failures = Failures::default();
    let cohorts = world.resource::<Cohorts>();
    for (ix, cohort) in cohorts.iter() {
        let Some(bindings) = bindings_of(world, cohort) else { continue };
        let members = || cohorts.live_members(ix);
        ask(world, &mut failures, selector, &bindings, cohort.targets, &members);
    }
    failures
}

/// Asks a selector of some targets of a cohort, the `members`, of which there are so many.
fn ask<I: Iterator<Item = TargetRef>>(
    world: &World,
    failures: &mut Failures,
    selector: &Selector,
    bindings: &Bindings<'_>,
    targets: u32,
    members: &dyn Fn() -> I,
) {
    if targets == 0 {
        return;
    }
    if !selector.reads().contains(Subject::Resource) {
        let first = || members().map(|it| target_key(world, it)).min().unwrap_or_default();
        return failures.count(targets.into(), first, selector.matches(bindings).err());
    }
    if targets > MANY && never_fails(world, selector, bindings) {
        return failures.count(targets.into(), String::new, None);
    }
    for target in members() {
        let Some(resource) = item::<Resource>(world, target.resource) else { continue };
        let answer = selector.matches(&bindings.with(Subject::Resource, resource));
        failures.count(1, || target_key(world, target), answer.err());
    }
}
