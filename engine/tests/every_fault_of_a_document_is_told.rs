//! A document is mended as a whole, so every fault is told with its place, up to twenty.

use std::fmt::Write;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{Document, MAX_ERRORS};

fn faults(name: &str, text: &str) -> Vec<String> {
    let error = Document::parse(name, text, SimTime(0)).expect_err("it has faults").to_string();
    error.lines().map(str::to_owned).collect()
}

/// The places and fields, without what was expected.
fn places(name: &str, text: &str) -> Vec<String> {
    let place = |line: &String| line.split(" expected").next().unwrap_or_default().to_owned();
    faults(name, text).iter().map(place).collect()
}

#[test]
fn in_lists_and_in_lists_of_their_elements() {
    let yaml = "\
resources:
  - {id: 7}
  - {id: fine}
  - {id: r, createdAt: yesterday}
policies:
  - id: p
    rules:
      - {id: a, retry: {maxRetries: -1}}
      - {id: b, deploymentWindow: {durationMinutes: 5}}
      - {id: c, retry: {maxRetries: 1}}
      - {id: d, anyApproval: {}}
";
    let expected = [
        "f.yaml:2:10: resources[0].id:",
        "f.yaml:4:24: resources[2].createdAt:",
        "f.yaml:8:37: policies[0].rules[0].retry.maxRetries:",
        "f.yaml:9:35: policies[0].rules[1].deploymentWindow.rrule:",
        "f.yaml:11:30: policies[0].rules[3].anyApproval.minApprovals:",
    ];
    assert_eq!(places("f.yaml", yaml), expected);
    let json = "{\"resources\": [{\"id\": 7}, {\"id\": \"r\", \"name\": 1}],\n\"systems\": [{}], \"x\": 1}";
    let expected = [
        "f.json:1:23: resources[0].id:",
        "f.json:1:47: resources[1].name:",
        "f.json:2:13: systems[0].id:",
        "f.json:2:18: x:",
    ];
    assert_eq!(places("f.json", json), expected);
}

/// A line that is no JSON hides none after it.
#[test]
fn in_every_line_of_a_log() {
    let log =
        "{\"eventType\":\"workspace.tick\"}\nno json\n{\"eventType\":\"none\"}\n{\"data\":{}}\n";
    let told = faults("l.ndjson", log);
    let places: Vec<&str> = told.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(places, ["l.ndjson:2:1", "l.ndjson:3:14", "l.ndjson:4:1"], "{told:?}");
}

/// Where the text itself ends, so does reading, and what was found before is told.
#[test]
fn before_a_text_that_is_cut() {
    let told = places("f.json", "{\"resources\": [{\"id\": 7}, {\"id\": ");
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "f.json:1:23: resources[0].id:");
}

#[test]
fn twenty_and_no_more() {
    let mut yaml = "resources:\n".to_owned();
    let mut log = String::new();
    for _ in 0..100 {
        yaml.push_str("  - {}\n");
        writeln!(log, "{{}}").expect("strings take every text");
    }
    for (name, text) in [("f.yaml", &yaml), ("l.ndjson", &log)] {
        let error = Document::parse(name, text, SimTime(0)).expect_err("it has faults");
        assert_eq!(error.others.len() + 1, MAX_ERRORS, "{name}");
        let told = error.to_string();
        assert!(told.ends_with("\n20 faults are told; there may be more"), "{told}");
    }
}

/// Faults within one element are no more than those of many, and come in the order of the text.
#[test]
fn of_one_element_as_of_many() {
    let values = vec!["1"; 20_000].join(",");
    let variable = format!(
        "{{\"variable\":{{\"id\":\"v\",\"deploymentId\":\"d\",\"key\":\"k\"}},\"values\":[{values}]}}"
    );
    let told = faults("v.json", &format!("{{\"deploymentVariables\":[{variable}]}}"));
    assert_eq!(told.len(), MAX_ERRORS + 1);

    let yaml = "\
policies:
  - id: p
    rules:
      - {id: a, anyApproval: {}}
      - {id: b, retry: {maxRetries: 1, retryOnStatuses: [x, y]}}
";
    let expected = [
        "p.yaml:4:30: policies[0].rules[0].anyApproval.minApprovals:",
        "p.yaml:5:58: policies[0].rules[1].retry.retryOnStatuses[0]:",
        "p.yaml:5:61: policies[0].rules[1].retry.retryOnStatuses[1]:",
    ];
    assert_eq!(places("p.yaml", yaml), expected);
}
