//! A provider that states the resource of another one leaves it alone. The report says so once, and
//! diagnostics as long as it is so (X5).

use serde_json::json;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::model::Resource;

use shakedown_engine::fleet::Fleet;
use shakedown_systems::diagnostics::diagnostics;

use crate::send::{fleet, send};

#[test]
fn what_a_provider_must_leave_alone_is_reported() {
    let mut fleet = fleet();
    let state = |provider: &str, name: &str| {
        let resources = json!([{ "identifier": "vm-1", "name": name }]);
        json!({ "providerId": provider, "resources": resources })
    };
    let report = send(&mut fleet, "resource-provider.set-resources", state("own", "first"));
    assert!(report.skipped.is_empty());

    let report = send(&mut fleet, "resource-provider.set-resources", state("other", "second"));
    let world = fleet.world();
    let registry = world.resource::<Registry<Resource>>();
    let known: Vec<_> = registry.present().collect();
    assert_eq!(report.skipped, known);
    assert_eq!(item::<Resource>(world, known[0]).expect("it is present").name, "first");

    let report = send(&mut fleet, "resource-provider.set-resources", state("own", "third"));
    assert!(report.skipped.is_empty(), "what was skipped is said once");
}

fn list(fleet: &mut Fleet, provider: &str, identifiers: &[&str]) {
    let resources: Vec<_> = identifiers
        .iter()
        .map(|it| json!({ "identifier": it, "metadata": { "by": provider } }))
        .collect();
    let data = json!({ "providerId": provider, "resources": resources });
    send(fleet, "resource-provider.set-resources", data);
}

fn told(fleet: &Fleet) -> Vec<String> {
    diagnostics(fleet).iter().map(ToString::to_string).collect()
}

fn of(provider: &str, identifier: &str, owner: &str) -> String {
    let states = "states resource";
    format!(
        "resource provider `{provider}` {states} `{identifier}`, which belongs to provider `{owner}`"
    )
}

#[test]
fn it_is_told_until_the_list_or_the_owner_is_another() {
    let mut fleet = fleet();
    list(&mut fleet, "pa", &["x", "y"]);
    assert_eq!(told(&fleet), [""; 0]);
    list(&mut fleet, "pb", &["y", "x", "z"]);
    assert_eq!(told(&fleet), [of("pb", "x", "pa"), of("pb", "y", "pa")]);
    list(&mut fleet, "pb", &["y", "z"]);
    assert_eq!(told(&fleet), [of("pb", "y", "pa")], "its next list has it no more");
    list(&mut fleet, "pa", &["x"]);
    assert_eq!(told(&fleet), [""; 0], "the owner let it go");
    list(&mut fleet, "pb", &["y"]);
    list(&mut fleet, "pa", &["x", "y"]);
    assert_eq!(told(&fleet), [of("pa", "y", "pb")], "now it is the other way round");
    send(&mut fleet, "resource-provider.deleted", json!({ "id": "pa" }));
    assert_eq!(told(&fleet), [""; 0], "whoever went means nothing");
}

#[test]
fn it_is_the_same_whether_the_owner_or_the_list_came_first() {
    let owned = json!({ "id": "r", "identifier": "x", "providerId": "pa" });
    let (mut first, mut then) = (fleet(), fleet());
    send(&mut first, "resource.created", owned.clone());
    list(&mut first, "pb", &["x"]);
    list(&mut then, "pb", &["x"]);
    let world = then.world();
    let registry = world.resource::<Registry<Resource>>();
    let id = registry.id(registry.present().next().expect("it was stated")).to_owned();
    let mut owned = owned;
    owned["id"] = json!(id);
    send(&mut then, "resource.updated", owned);
    assert_eq!(told(&first), [of("pb", "x", "pa")]);
    assert_eq!(told(&then), told(&first));
    send(&mut then, "resource-provider.deleted", json!({ "id": "pa" }));
    assert_eq!(told(&then), [""; 0], "nobody owns it");
}
