//! A provider that states the resource of another one leaves it alone, and the report says so.

use serde_json::json;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::model::Resource;

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
