//! A few kilobytes of entities that select each other ask for any number of targets: what is too much is
//! counted, refused with its size, and not made.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::{Deployment, Environment, Resource, System};
use shakedown_engine::wire::document::Document;
use shakedown_systems::load::load;

use crate::send::fleet;

fn cross(resources: usize, environments: usize, deployments: usize) -> Json {
    let list = |count: usize, prefix: &str| -> Vec<Json> {
        let entity = |it: usize| {
            let id = format!("{prefix}{it}");
            json!({ "id": id, "name": id, "slug": id, "systemId": "s", "resourceSelector": "true" })
        };
        (0..count).map(entity).collect()
    };
    let resources: Vec<Json> = (0..resources).map(|it| json!({ "id": format!("r{it}") })).collect();
    json!({ "systems": [{ "id": "s" }], "resources": resources,
        "environments": list(environments, "e"), "deployments": list(deployments, "d") })
}

fn loaded(document: &Json) -> Result<Fleet, String> {
    let document = Document::parse("w.json", &document.to_string(), SimTime(0)).expect("sound");
    load(document, SimTime(0), &mut |_| {}).map_err(|error| error.to_string())
}

#[test]
fn a_document_with_too_many_is_refused_with_their_number() {
    let told = loaded(&cross(250, 250, 250)).expect_err("fifteen millions");
    assert!(
        told.contains(
            "there would be 15625000 release targets, and at most 10000000 are to be made"
        ),
        "{told}"
    );
    let told = loaded(&cross(1, 4_000, 4_000)).expect_err("sixteen millions");
    assert!(told.contains("there would be 16000000 deployments in an environment"), "{told}");
    let fleet = loaded(&cross(20, 20, 20)).expect("eight thousand");
    assert_eq!(fleet.world().resource::<Cohorts>().targets(), 8_000);
}

/// Nothing is half made: the targets that there were are all there are, and nothing more is taken.
#[test]
fn a_fleet_that_had_no_room_takes_nothing_more() {
    let mut fleet = fleet();
    fleet.set_most_targets(10);
    fleet.put(System::new("s")).unwrap();
    fleet.put_all((0..4).map(|it| Resource::new(format!("r{it}")))).unwrap();
    fleet.put(Environment::new("e", "s").select("true")).unwrap();
    fleet.put(Deployment::new("a", "s").select("true")).unwrap();
    fleet.put(Deployment::new("b", "s").select("true")).unwrap();
    assert_eq!(fleet.targets().len(), 8);
    // Selectors that need no room are fine.
    fleet.put(Deployment::new("none", "s").select("false")).unwrap();
    let refused = fleet.put(Deployment::new("c", "s").select("true")).unwrap_err();
    let told = "there would be 12 release targets, and at most 10 are to be made";
    assert!(refused.to_string().contains(told), "{refused}");
    assert_eq!(fleet.targets().len(), 8);
    let again = fleet.put(Resource::new("r9")).unwrap_err();
    assert!(again.to_string().contains(told), "{again}");
}

/// Resources that come one by one join cohorts that there are; they are counted as well, and one that comes
/// as another goes needs no room.
#[test]
fn those_that_join_are_counted_too() {
    let mut fleet = fleet();
    fleet.set_most_targets(10);
    fleet.put(System::new("s")).expect("sound");
    fleet.put(Environment::new("e", "s").select("resource.kind != 'gone'")).expect("sound");
    fleet.put(Deployment::new("d", "s").select("true")).expect("sound");
    for it in 0..10 {
        fleet.put(Resource::new(format!("r{it}"))).expect("there is room");
    }
    let mut gone = Resource::new("r0");
    gone.kind = "gone".to_owned();
    fleet.put_all([gone, Resource::new("r10")]).expect("there is as much room as before");
    assert_eq!(fleet.targets().len(), 10);
    let refused = fleet.put(Resource::new("r11")).expect_err("there is none");
    let told = "there would be 11 release targets, and at most 10 are to be made";
    assert!(refused.to_string().contains(told), "{refused}");
    assert_eq!(fleet.targets().len(), 10);
}

/// Thousands of environments and deployments that select nothing are no pairs.
#[test]
fn what_selects_nothing_takes_no_room() {
    let fleet = loaded(&cross(0, 4_000, 4_000)).expect("no targets at all");
    assert_eq!(fleet.world().resource::<Cohorts>().len(), 0);
    let mut fleet = loaded(&cross(2, 3, 3)).expect("eighteen");
    assert_eq!(fleet.targets().len(), 18);
    for resource in ["r0", "r1"] {
        let key = shakedown_engine::wire::event::Key::Resource(resource.to_owned());
        fleet.delete(key).unwrap();
    }
    assert_eq!(fleet.targets().len(), 0);
    fleet.put(Resource::new("r7")).unwrap();
    assert_eq!(fleet.targets().len(), 9);
}
