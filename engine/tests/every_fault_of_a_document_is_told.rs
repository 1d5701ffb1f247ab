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

/// What one member has wrong hides nothing of the others, be they required or not, of any kind.
#[test]
fn of_every_member_of_one_object() {
    let json = r#"{"workspaceId": 1, "now": "noon", "policies": [{
        "id": "p", "priority": "high", "enabled": "yes", "metadata": {"a": 1, "b": "fine", "c": 2},
        "selectors": [{"deploymentSelector": 1}],
        "rules": [{"id": 7,
            "deploymentWindow": {"rrule": 1, "durationMinutes": 0},
            "environmentProgression": {"minimumSoakTimeMinutes": "an hour"},
            "concurrencyLimit": {"max": 0, "per": "planet"}}]}],
        "userApprovalRecords": [{"versionId": "", "environmentId": 3, "status": "maybe"}],
        "relationshipRules": [{"id": "r", "fromType": "robot", "matcher": {"properties": [{"operator": "is"}]}}]}"#;
    let expected = [
        "f.json:1:17: workspaceId:",
        "f.json:1:27: now:",
        "f.json:2:32: policies[0].priority:",
        "f.json:2:51: policies[0].enabled:",
        "f.json:2:76: policies[0].metadata.a:",
        "f.json:2:97: policies[0].metadata.c:",
        "f.json:3:46: policies[0].selectors[0].deploymentSelector:",
        "f.json:4:26: policies[0].rules[0].id:",
        "f.json:5:43: policies[0].rules[0].deploymentWindow.rrule:",
        "f.json:5:65: policies[0].rules[0].deploymentWindow.durationMinutes:",
        "f.json:6:39: policies[0].rules[0].environmentProgression.dependsOnEnvironmentSelector:",
        "f.json:6:66: policies[0].rules[0].environmentProgression.minimumSoakTimeMinutes:",
        "f.json:7:41: policies[0].rules[0].concurrencyLimit.max:",
        "f.json:7:51: policies[0].rules[0].concurrencyLimit.per:",
        "f.json:8:33: userApprovalRecords[0].userId:",
        "f.json:8:47: userApprovalRecords[0].versionId:",
        "f.json:8:68: userApprovalRecords[0].environmentId:",
        "f.json:8:81: userApprovalRecords[0].status:",
        "f.json:9:31: relationshipRules[0].reference:",
        "f.json:9:55: relationshipRules[0].fromType:",
        "20 faults are told; there may be more",
    ];
    assert_eq!(places("f.json", json), expected);
    let log = r#"{"eventType":"job.updated","at":5,"data":{"id":"j","job":{"startedAt":1,"status":"odd"}}}"#;
    let expected = [
        "l.ndjson:1:33: at:",
        "l.ndjson:1:71: data.job.startedAt:",
        "l.ndjson:1:82: data.job.status:",
    ];
    assert_eq!(places("l.ndjson", log), expected);
}

/// What an export wraps an entity in is told where it stands, and nothing is told of what follows from it.
#[test]
fn of_wrappings() {
    let told = |list: &str, element: &str| {
        places("f.json", &format!("{{\"{list}\": [{element}]}}")).join("; ")
    };
    for (list, element, expected) in [
        (
            "deployments",
            r#"{"deployment": {"id": "d"}, "systems": 5}"#,
            "f.json:1:57: deployments[0].systems:",
        ),
        (
            "deployments",
            r#"{"deployment": {"id": "d", "systems": ["s"]}, "systems": [{"id": ""}, 7]}"#,
            "f.json:1:83: deployments[0].systems[0].id:; f.json:1:88: deployments[0].systems[1]:",
        ),
        (
            "deployments",
            r#"{"deployment": {"id": "d", "systems": [8]}, "systems": ["s"]}"#,
            "f.json:1:57: deployments[0].deployment.systems[0]:",
        ),
        ("deployments", r#"{"deployment": 5}"#, "f.json:1:33: deployments[0].deployment:"),
        (
            "deploymentVariables",
            r#"{"variable": {"id": "v", "deploymentId": "d", "key": "k"}, "values": 5}"#,
            "f.json:1:95: deploymentVariables[0].values:",
        ),
        ("resources", r#"{"identifier": 5}"#, "f.json:1:31: resources[0].identifier:"),
        ("resources", "{}", "f.json:1:16: resources[0].id:"),
    ] {
        assert_eq!(told(list, element), expected, "{element}");
    }
}

/// A wrapping that is none moves no other from its place, in any form.
#[test]
fn after_a_wrapping_that_is_none() {
    let yaml = "\
deployments:
  - {deployment: 5}
  - {id: fine}
  - {deployment: null}
  - {deployment: {id: x, slug: 5}}
  - {id: bad, slug: 9}
deploymentVariables:
  - {variable: {id: x, deploymentId: d, key: k}, values: 7}
  - {variable: 7, values: {}}
  - {variable: {id: x, deploymentId: d, key: k}, values: [5]}
";
    let expected = [
        "f.yaml:2:18: deployments[0].deployment:",
        "f.yaml:4:18: deployments[2].deployment:",
        "f.yaml:5:32: deployments[3].deployment.slug:",
        "f.yaml:6:21: deployments[4].slug:",
        "f.yaml:8:58: deploymentVariables[0].values:",
        "f.yaml:9:16: deploymentVariables[1].variable:",
        "f.yaml:10:59: deploymentVariables[2].values[0]:",
    ];
    assert_eq!(places("f.yaml", yaml), expected);
}

/// What follows from a fault is told by the fault alone.
#[test]
fn once_and_without_what_follows() {
    let json = r#"{"environments": [{"id": "e", "resourceSelector": {"cel": 5}}],
        "jobs": [{"job": {"id": "j", "status": "pending", "createdAt": "2026-01-01T00:00:00Z"},
            "release": {"releaseTarget": {}, "version": {"id": "v", "tag": 7, "deploymentId": "d",
                "createdAt": "2026-01-01T00:00:00Z"}}}]}"#;
    let expected = [
        "f.json:1:59: environments[0].resourceSelector.cel:",
        "f.json:3:42: jobs[0].release.releaseTarget.resourceId:",
        "f.json:3:42: jobs[0].release.releaseTarget.environmentId:",
        "f.json:3:42: jobs[0].release.releaseTarget.deploymentId:",
        "f.json:3:76: jobs[0].release.version.tag:",
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
