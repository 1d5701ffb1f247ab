//! An edit of a resource touches what is related to it only where something reads what was edited: a
//! relation, or a value that follows it.

use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::relations::Relations;
use shakedown_engine::model::{
    Deployment, DeploymentVersion, Environment, JobAgent, Resource, System,
};

use crate::send::{desired_variables, fleet, send};

const RESOURCES: usize = 20;

fn resource(at: usize) -> Resource {
    let mut resource = Resource::new(format!("r{at:02}"))
        .label("name", format!("host-{at}."))
        .label("peer", format!("host-{}. and more", (at * 7) % RESOURCES));
    resource.kind = "vm".to_owned();
    resource
}

/// Each resource is related to the one whose name its peer contains, and takes a variable from it.
fn related(path: &[&str]) -> Fleet {
    let mut fleet = fleet();
    fleet.put(System::new("s")).expect("it is sound");
    fleet.put(JobAgent::new("a")).expect("it is sound");
    fleet.put(Environment::new("e", "s").select("true")).expect("it is sound");
    fleet.put(Deployment::new("d", "s").agent("a").select("true")).expect("it is sound");
    let contains = json!({ "fromProperty": ["metadata", "peer"],
        "toProperty": ["metadata", "name"], "operator": "contains" });
    let rule = json!({ "id": "rule", "reference": "peer", "fromType": "resource",
        "toType": "resource", "fromSelector": "resource.kind == 'vm'",
        "toSelector": "resource.kind == 'vm'", "matcher": { "properties": [contains] } });
    send(&mut fleet, "relationship-rule.created", rule);
    let variable = json!({ "id": "v", "deploymentId": "d", "key": "peer" });
    send(&mut fleet, "deployment-variable.created", variable);
    let value = json!({ "id": "vv", "deploymentVariableId": "v",
        "value": { "reference": "peer", "path": path } });
    send(&mut fleet, "deployment-variable-value.created", value);
    fleet.put_all((0..RESOURCES).map(resource)).expect("it is sound");
    fleet.put(DeploymentVersion::new("v1", "d").ready()).expect("it is sound");
    fleet
}

/// How many resources an edit of the first touches, if values of such paths matter or not; and how many
/// targets are reconciled.
fn touched(fleet: &mut Fleet, edit: impl Fn(&mut Resource)) -> (usize, usize, u64) {
    let mut edited = resource(0);
    edit(&mut edited);
    let report = fleet.put(edited).expect("it is sound");
    let relations = fleet.world().resource::<Relations>();
    let count = |reads| relations.touched("peer", |_| reads).map_or(0, |it| it.count_ones(..));
    (count(true), count(false), report.targets)
}

#[test]
fn what_no_rule_reads_touches_nobody() {
    for (name, path, edit, expected) in [
        (
            "a version",
            &["metadata", "name"][..],
            (|it: &mut Resource| it.version = "v2".to_owned()) as fn(&mut Resource),
            (RESOURCES, 0, 1),
        ),
        (
            "a label that no rule reads",
            &["metadata", "name"],
            |it| _ = it.metadata.insert("other".to_owned(), "x".to_owned()),
            (RESOURCES, 0, 1),
        ),
        (
            "the name that others contain",
            &["metadata", "name"],
            |it| _ = it.metadata.insert("name".to_owned(), "host-1.".to_owned()),
            // Itself, and those that named it before or name it now.
            (RESOURCES, RESOURCES, 3),
        ),
        (
            "the version, which the value follows",
            &["version"],
            |it| it.version = "v2".to_owned(),
            (RESOURCES, 0, 2),
        ),
    ] {
        let mut fleet = related(path);
        let (all, none, targets) = touched(&mut fleet, edit);
        assert_eq!((all, none), (expected.0, expected.1), "{name}");
        assert!(targets <= expected.2, "{name}: {targets} targets");
    }
}

/// What is touched less is resolved all the same: as in a fleet that was made with the edited resource.
#[test]
fn values_follow_what_was_edited() {
    for path in [&["metadata", "name"][..], &["version"], &["config", "a", "b"]] {
        let mut fleet = related(path);
        let mut edited = resource(0);
        for step in 0..6 {
            match step {
                0 => edited.version = "v2".to_owned(),
                1 => _ = edited.metadata.insert("name".to_owned(), "host-3.".to_owned()),
                2 => edited.config = config(json!({ "a": { "b": 1 } })),
                3 => edited.config = config(json!({ "a": { "b": 2 }, "c": 1 })),
                4 => _ = edited.metadata.insert("peer".to_owned(), "nobody".to_owned()),
                _ => edited = resource(0),
            }
            fleet.put(edited.clone()).expect("it is sound");
            let mut fresh = related(path);
            fresh.put(edited.clone()).expect("it is sound");
            fresh
                .delete(shakedown_engine::wire::event::Key::Resource("r00".to_owned()))
                .expect("it is sound");
            fresh.put(edited.clone()).expect("it is sound");
            assert_eq!(
                desired_variables(&mut fleet),
                desired_variables(&mut fresh),
                "{path:?} {step}"
            );
        }
    }
}

fn config(value: Json) -> shakedown_engine::base::json::JsonMap {
    let Json::Object(map) = value else { unreachable!("it is an object") };
    map
}
