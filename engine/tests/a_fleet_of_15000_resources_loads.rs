//! Documents as large as a real fleet are within the limits of both formats.

use std::fmt::Write;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;
use shakedown_engine::wire::event::Payload;

#[test]
fn a_fleet_of_15000_resources_loads() {
    let mut json = String::from("{\"resources\":[");
    let mut yaml = String::from("resources:\n");
    for resource in 0..15_000 {
        let comma = if resource > 0 { "," } else { "" };
        write!(json, "{comma}{{\"id\":\"r{resource}\",\"metadata\":{{\"l\":\"v\"")
            .and_then(|()| write!(yaml, "- id: r{resource}\n  metadata:\n    l: v\n"))
            .expect("writing to a string cannot fail");
        for label in 0..20 {
            write!(json, ",\"label-{label}\":\"value-{resource}\"")
                .and_then(|()| writeln!(yaml, "    label-{label}: value-{resource}"))
                .expect("writing to a string cannot fail");
        }
        json.push_str("}}");
    }
    json.push_str("]}");
    let from_json = Document::parse("fleet.json", &json, SimTime(0)).expect("within the limits");
    let from_yaml = Document::parse("fleet.yaml", &yaml, SimTime(0)).expect("within the limits");
    assert_eq!(from_json.entries.len(), 15_000);
    for (left, right) in from_json.entries.iter().zip(&from_yaml.entries) {
        assert_eq!(left.event, right.event);
    }
    assert_eq!(from_yaml.entries.len(), 15_000);
}

#[test]
fn every_resource_may_merge_the_same_defaults() {
    let mut yaml =
        String::from("resources:\n- &defaults\n  id: r0\n  kind: vm\n  config: {a: [1, 2]}\n");
    for resource in 1..15_000 {
        writeln!(yaml, "- {{<<: *defaults, id: r{resource}}}").expect("a string takes any text");
    }
    let document = Document::parse("fleet.yaml", &yaml, SimTime(0)).expect("within the limits");
    assert_eq!(document.entries.len(), 15_000);
    let Payload::Upsert(last) = &document.entries[14_999].event.payload else {
        unreachable!("resources")
    };
    let written = last.to_json();
    assert_eq!((&written["id"], &written["kind"]), (&"r14999".into(), &"vm".into()));
}
