//! What a report says of a created version equals counting the oracle's decisions one by one, on
//! small fleets of the presets' shape.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shakedown_engine::base::time::SECOND;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::reason::Verdict;
use shakedown_engine::preset::{FleetShape, Preset, START, Stage};
use shakedown_engine::wire::event::{Event, Payload};

use crate::oracle::Oracle;

/// An event of a preset as the oracle takes it.
fn as_json(event: &Event) -> Value {
    let Payload::Upsert(entity) = &event.payload else {
        unreachable!("presets only create: {event:?}")
    };
    let event_type = format!("{}.created", entity.kind().name());
    json!({ "eventType": event_type, "data": entity.to_json() })
}

fn version(deployment: &str, age_seconds: i64) -> Value {
    json!({
        "eventType": "deployment-version.created",
        "data": {
            "id": format!("version-{age_seconds}"), "deploymentId": deployment, "tag": "v1",
            "name": "v1", "status": "ready",
            "createdAt": START.plus(-age_seconds * SECOND).to_string(),
        },
    })
}

/// A preset's fleet, and the same as the oracle has it.
fn both(shape: FleetShape) -> (Fleet, Oracle) {
    let mut fleet = shakedown_systems::fleet("workspace", START);
    let mut oracle = Oracle::new("workspace", START.0, true);
    for event in Stage::ALL.into_iter().flat_map(|stage| shape.events(stage, START)) {
        oracle.apply(&as_json(&event)).expect("the oracle takes presets");
        fleet.apply(event).expect("the engine takes presets");
    }
    (fleet, oracle)
}

/// Every target's release has what its relations say, and is another one where they say otherwise.
#[test]
fn releases_of_the_related_fleet_depend_on_relations() {
    let shape = FleetShape { resources: 40, deployments: 2, ..Preset::Related.shape() };
    let (mut fleet, mut oracle) = both(shape);
    let created = version(&shape.deployment_id(1), 86_400);
    oracle.apply(&created).expect("a valid event");
    fleet.apply(Event::decode(&created, fleet.now()).expect("valid")).expect("a valid event");
    let relations = |fleet: &Fleet| -> BTreeMap<String, [String; 2]> {
        let mine = fleet.targets().into_iter().filter(|it| it.desired.is_some());
        let variables = mine.map(|it| {
            let desired = it.desired.expect("it has one");
            let [(region, of_region), (zone, of_zone)] = &desired.variables[..] else {
                panic!("{}: {:?}", it.key, desired.variables)
            };
            assert_eq!([region.as_str(), zone], ["same-region", "same-zone"], "{}", it.key);
            (it.key, [of_region, of_zone].map(Value::to_string))
        });
        variables.collect()
    };
    let before = relations(&fleet);
    let desiring = |it: &&_| oracle.view(it).desired.is_some();
    let theirs: BTreeMap<String, [String; 2]> = oracle
        .targets()
        .iter()
        .filter(desiring)
        .map(|target| {
            let desired = oracle.view(target).desired.expect("it has one");
            let value = |key: &str| desired.variables[key].to_string();
            let key = [&*target.resource, &*target.environment, &*target.deployment].join("-");
            (key, ["same-region", "same-zone"].map(value))
        })
        .collect();
    assert_eq!(before, theirs);
    assert!(before.len() as u64 >= shape.targets_per_deployment() / 4, "{}", before.len());
    // Each variable follows a rule of its own: four values of a region's first and second resource.
    for position in [0, 1] {
        let mut values: Vec<&String> = before.values().map(|it| &it[position]).collect();
        values.sort_unstable();
        values.dedup();
        assert!(values.len() > 5, "{values:?}");
    }
    // A resource that gets another name gives others another release.
    let renamed = json!({
        "id": "resource-00000", "identifier": "resource-00000", "name": "another",
        "kind": "kubernetes-cluster", "version": "v1.28.0",
        "metadata": { "region": "region-0", "zone": "zone-0", "environment": "env-0" },
    });
    let event = json!({ "eventType": "resource.updated", "data": renamed });
    fleet.apply(Event::decode(&event, fleet.now()).expect("valid")).expect("a valid event");
    let changed = relations(&fleet).into_iter().filter(|(key, it)| before[key] != *it).count();
    assert!(changed > 0);
}

#[test]
fn on_small_fleets() {
    let mut kinds_seen = BTreeMap::new();
    for (resources, age_seconds) in [(20, 0), (40, 43_199), (15, 86_400), (7, 30_000), (0, 0)] {
        let shape = FleetShape { deployments: 2, ..FleetShape::production(resources) };
        let (mut fleet, mut oracle) = both(shape);
        let deployment = shape.deployment_id(1);
        let created = version(&deployment, age_seconds);
        oracle.apply(&created).expect("a valid event");
        let event = Event::decode(&created, fleet.now()).expect("a valid event");
        let report = fleet.apply(event).expect("a valid event");

        let (mut targets, mut jobs) = (0, 0);
        let mut held: BTreeMap<&str, u64> = BTreeMap::new();
        for target in oracle.targets().iter().filter(|it| it.deployment == deployment) {
            let view = oracle.view(target);
            targets += 1;
            jobs += view.jobs.len() as u64;
            for code in &view.candidates[0].blocked_by {
                *held.entry(code).or_default() += 1;
            }
        }
        let place = format!("{resources} resources, {age_seconds} s");
        assert_eq!(report.targets, targets, "{place}");
        assert_eq!(report.targets, shape.targets_per_deployment(), "{place}");
        assert_eq!(report.jobs_created, jobs, "{place}");
        let by_policy = |code: &str| code.starts_with("approval.") || code.starts_with("rollout.");
        let ours: BTreeMap<&str, u64> = report
            .held()
            .filter(|(reason, _)| by_policy(reason.code()) && reason.verdict() == Verdict::Pending)
            .map(|(reason, count)| (reason.code(), count))
            .collect();
        assert_eq!(ours, held, "{place}");
        assert_eq!(report.states.iter().sum::<u64>(), targets, "{place}");
        for code in held.into_keys() {
            *kinds_seen.entry(code).or_insert(0) += 1;
        }
    }
    let seen: Vec<_> = kinds_seen.into_keys().collect();
    assert_eq!(seen, ["approval.not_enough", "rollout.not_started", "rollout.waiting"]);
}
