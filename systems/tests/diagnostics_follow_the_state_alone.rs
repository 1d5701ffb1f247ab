//! Diagnostics are a function of the state alone (X5): a workspace that came about by any history has
//! those of one that takes the same entities at once, or one by one in any order. So they are gone when
//! their cause is.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, Environment,
    JobAgent, Policy, PolicyBypass, PolicySkip, RelationshipRule, Resource, ResourceProvider,
    ResourceVariable, System,
};
use shakedown_engine::wire::event::{Entity, Event, Key, Payload};
use shakedown_systems::diagnostics::{DiagnosticCode, diagnostics};

use crate::generate::{self, Config, Random};
use crate::send::{fleet, send, send_together};

/// What is told of entities, in words and numbers. Jobs and reports are other state.
fn told(fleet: &Fleet) -> Vec<Json> {
    let found = diagnostics(fleet);
    let of_entities = found.iter().filter(|it| {
        !matches!(
            it.code,
            DiagnosticCode::JobWithoutCompletion
                | DiagnosticCode::ReportWithoutJob
                | DiagnosticCode::ResourceSkipped
        )
    });
    of_entities.map(|it| it.to_json()).collect()
}

/// The entities of a fleet as events that may come in any order, and events that must come last, in
/// theirs: values outlive their variables, and come only while those exist.
fn events(fleet: &Fleet) -> (Vec<Event>, Vec<Event>) {
    let world = fleet.world();
    let (mut free, mut last) = (Vec::new(), Vec::new());
    macro_rules! take {
        ($($kind:ident),+) => {
            $(free.extend(items::<$kind>(world).map(|(_, it)| Event::upsert(Entity::$kind(it.clone()))));)+
        };
    }
    take!(
        System,
        ResourceProvider,
        JobAgent,
        RelationshipRule,
        Policy,
        PolicySkip,
        PolicyBypass,
        Resource,
        ResourceVariable,
        Environment,
        Deployment,
        DeploymentVariable,
        DeploymentVersion
    );
    let exists = |id: &str| items::<DeploymentVariable>(world).any(|(_, it)| it.id == id);
    for (_, value) in items::<DeploymentVariableValue>(world) {
        let id = value.deployment_variable_id.clone();
        let value = Event::upsert(Entity::DeploymentVariableValue(value.clone()));
        if exists(&id) {
            last.push(value);
            continue;
        }
        let variable = DeploymentVariable::new(&*id, "gone", &*id);
        last.push(Event::upsert(Entity::DeploymentVariable(variable)));
        last.push(value);
        let key = Key::DeploymentVariable(id);
        last.push(Event { payload: Payload::Delete(key), at: None, workspace_id: None });
    }
    (free, last)
}

fn like(fleet: &Fleet) -> Fleet {
    shakedown_systems::fleet_in(fleet.dialect(), "ws-1", fleet.now())
}

/// Compares a fleet with one that takes its entities at once, and one that takes them in some order.
fn compare(fleet: &Fleet, random: &mut Random, place: &str) -> usize {
    let expected = told(fleet);
    let (mut free, last) = events(fleet);
    let mut at_once = like(fleet);
    at_once.apply_together([&free[..], &last[..]].concat()).expect("they were accepted before");
    assert_eq!(told(&at_once), expected, "{place}: at once");
    let mut one_by_one = like(fleet);
    for left in (1..free.len()).rev() {
        free.swap(left, random.below(left + 1));
    }
    for event in free.into_iter().chain(last) {
        one_by_one.apply(event).expect("they were accepted before");
    }
    assert_eq!(told(&one_by_one), expected, "{place}: one by one");
    expected.len()
}

#[test]
fn on_generated_worlds() {
    let start = SimTime::parse(generate::START).expect("a time");
    let (mut compared, mut codes) = (0, std::collections::BTreeSet::new());
    for seed in 3100..3116 {
        let mut random = Random::new(seed);
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let events = generate::failing(seed, generate::events(seed, &Config::full()));
        let last = events.len() - 1;
        for (at, json) in events.iter().enumerate() {
            if let Ok(event) = Event::decode(json, fleet.now()) {
                fleet.apply(event).ok();
            }
            if at == last || random.chance(10) {
                compared += compare(&fleet, &mut random, &format!("seed {seed}, event {at}"));
                codes.extend(diagnostics(&fleet).iter().map(|it| it.code));
            }
        }
    }
    assert!(compared > 500, "there is something to tell: {compared}");
    for code in [
        DiagnosticCode::SelectorFails,
        DiagnosticCode::NameUnknown,
        DiagnosticCode::PolicyDisabled,
        DiagnosticCode::GateWithoutUpstream,
    ] {
        assert!(codes.contains(&code), "no world shows {code}; they show {codes:?}");
    }
}

/// A selector of each owner that fails on the resource `r1` whose tier is no number.
fn owners_of_failing_selectors() -> [(&'static str, Json); 6] {
    let fails = "int(resource.metadata.tier) <= 2";
    [
        ("environment.created", json!({ "id": "e", "systemId": "s", "resourceSelector": fails })),
        ("deployment.created", json!({ "id": "d", "systemId": "s", "resourceSelector": fails })),
        (
            "policy.created",
            json!({ "id": "p", "enabled": true, "selectors": [{ "resourceSelector": fails }] }),
        ),
        (
            "relationship-rule.created",
            json!({ "id": "rel", "reference": "x", "fromType": "resource", "toType": "environment",
                "fromSelector": fails }),
        ),
        ("deployment-variable.created", json!({ "id": "var", "deploymentId": "d", "key": "k" })),
        (
            "deployment-variable-value.created",
            json!({ "id": "val", "deploymentVariableId": "var", "value": 1,
                "resourceSelector": fails }),
        ),
    ]
}

fn tier(id: &str, tier: &str) -> (&'static str, Json) {
    ("resource.created", json!({ "id": id, "metadata": { "tier": tier } }))
}

fn failing_owners(fleet: &Fleet) -> Vec<String> {
    let found = diagnostics(fleet).into_iter();
    let failing = found.filter(|it| it.code == DiagnosticCode::SelectorFails);
    failing
        .map(|it| format!("{} {} of {}", it.owner.id(), it.params["failing"], it.params["of"]))
        .collect()
}

#[test]
fn whatever_comes_first_and_until_it_is_mended() {
    let (faulty, sound) = (tier("r1", "one"), tier("r2", "1"));
    let expected = ["d", "val", "e", "p", "rel"].map(|owner| format!("{owner} 1 of 2"));
    for owners_first in [true, false] {
        let resources = [faulty.clone(), sound.clone()];
        let mut fleet = fleet();
        let owners = owners_of_failing_selectors();
        let events: Vec<_> = match owners_first {
            true => owners.into_iter().chain(resources).collect(),
            false => resources.into_iter().chain(owners).collect(),
        };
        for (event_type, data) in events {
            send(&mut fleet, event_type, data);
        }
        assert_eq!(failing_owners(&fleet), expected, "owners first: {owners_first}");
        let (_, mended) = tier("r1", "1");
        send(&mut fleet, "resource.updated", mended);
        assert_eq!(failing_owners(&fleet), [""; 0], "mended");
        send(&mut fleet, "resource.updated", faulty.1.clone());
        assert_eq!(failing_owners(&fleet), expected, "and spoilt again");
        send(&mut fleet, "resource.deleted", json!({ "id": "r1" }));
        assert_eq!(failing_owners(&fleet), [""; 0], "deleted");
    }
}

#[test]
fn whether_many_resources_change_at_once_or_one() {
    let mut at_once = fleet();
    let mut one_by_one = fleet();
    for (event_type, data) in owners_of_failing_selectors() {
        send(&mut at_once, event_type, data.clone());
        send(&mut one_by_one, event_type, data);
    }
    let many = (0..600).map(|at| tier(&format!("r{at:03}"), if at % 3 == 0 { "one" } else { "1" }));
    for (event_type, data) in many.clone() {
        send(&mut one_by_one, event_type, data);
    }
    send_together(&mut at_once, many);
    let expected = ["d", "val", "e", "p", "rel"].map(|owner| format!("{owner} 200 of 600"));
    assert_eq!(failing_owners(&one_by_one), expected);
    assert_eq!(told(&at_once), told(&one_by_one));
}
