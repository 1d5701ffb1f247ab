//! Every error of a document names the file, the line and column, the field and what was expected.

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;

/// File name, text, message.
const CASES: &[(&str, &str, &str)] = &[
    // Fields.
    (
        "fleet.yaml",
        "resources:\n  - id: vm-1\n    createdAt: yesterday\n",
        "fleet.yaml:3:16: resources[0].createdAt: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found \"yesterday\"",
    ),
    (
        "fleet.json",
        "{\"resources\": [\n  {\"id\": \"a\"},\n  {\"id\": \"b\", \"createdAt\": \"yesterday\"}\n]}",
        "fleet.json:3:28: resources[1].createdAt: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found \"yesterday\"",
    ),
    (
        "fleet.yaml",
        "resources:\n  - id: a\n  - name: b\n",
        "fleet.yaml:3:5: resources[1].id: expected this required field, found nothing",
    ),
    (
        "fleet.json",
        "{\"resources\": [{\"id\": \"a\"},\n  {\"name\": \"b\"}]}",
        "fleet.json:2:3: resources[1].id: expected this required field, found nothing",
    ),
    (
        "fleet.yaml",
        "deploymentVersions:\n  - {id: v1, deploymentId: d, tag: 1.10}\n",
        "fleet.yaml:2:36: deploymentVersions[0].tag: expected a string (in quotes), found the number 1.1",
    ),
    (
        "fleet.yaml",
        "policies:\n  - id: p\n    enabled: yes\n",
        "fleet.yaml:3:14: policies[0].enabled: expected true or false, found \"yes\"",
    ),
    (
        "fleet.json",
        "{\"policies\":[{\"id\":\"ä\",\"rules\":[{\"id\":\"r\",\"retry\":{\"maxRetries\":-1}}]}]}",
        "fleet.json:1:65: policies[0].rules[0].retry.maxRetries: expected an integer from 0 to 2147483647, found the number -1",
    ),
    (
        "fleet.yaml",
        "resources:\n  - &a\n    id: x\n    metadata: {n: 1}\n",
        "fleet.yaml:4:19: resources[0].metadata.n: expected a string (in quotes), found the number 1",
    ),
    // Events.
    (
        "case.json",
        "{\"name\": \"x\", \"events\": [\n{\"eventType\": \"workspace.tick\"},\n{\"eventType\": \"workspace.tock\"}]}",
        "case.json:3:15: events[1].eventType: expected a known event type, such as `resource.created`, found \"workspace.tock\"",
    ),
    (
        "case.yaml",
        "events:\n- eventType: system.created\n  data:\n    id: ''\n",
        "case.yaml:4:9: events[0].data.id: expected a non-empty id, found \"\"",
    ),
    (
        "day.ndjson",
        "{\"eventType\":\"workspace.tick\"}\r\n\r\n{\"eventType\":\"system.created\",\"data\":{\"id\":1}}\r\n",
        "day.ndjson:3:44: data.id: expected a string (in quotes), found the number 1",
    ),
    (
        "day",
        "{\"eventType\":\"workspace.tick\"}\n {\"eventType\":\"system.cre",
        "day:2:15: a string without closing quote (one event per line)",
    ),
    (
        "day.ndjson",
        "{\"eventType\":\n\"workspace.tick\"}",
        "day.ndjson:1:14: expected a JSON value, found the end of the text (one event per line)\n\
         day.ndjson:2:17: expected the end of the text, found '}' (one event per line)",
    ),
    (
        "day.log",
        "{\"eventType\":\"workspace.tick\"} {\"eventType\":\"workspace.tick\"}",
        "day.log:1:32: expected the end of the text, found '{' (one event per line)",
    ),
    // Members.
    (
        "fleet.yaml",
        "resources: []\nclock: 12\n",
        "fleet.yaml:2:8: clock: expected an RFC 3339 time between the years 1678 and 2261, such as `2026-01-01T12:00:00Z`, found the number 12",
    ),
    (
        "fleet.json",
        "{\"now\":\"2026-01-01T12:00:00Z\",\n\"clock\":\"2026-01-01T12:00:00Z\",\"events\":[]}",
        "fleet.json:2:9: clock: expected no `clock` beside `now`, found \"2026-01-01T12:00:00Z\"",
    ),
    (
        "fleet.json",
        "{\"resources\":[],\n\"events\":[]}",
        "fleet.json:1:14: resources: expected events or lists of entities, not both, found both",
    ),
    (
        "fleet.json",
        "{\"resources\":[],\n\"resources\":[]}",
        "fleet.json:2:1: resources: expected this key once, found it twice",
    ),
    (
        "fleet.yaml",
        "resources: []\nresources: []\n",
        "fleet.yaml:2:1: the key \"resources\" is there twice",
    ),
    (
        "fleet.json",
        "{\"resources\":{}}",
        "fleet.json:1:14: resources: expected a list, found an object",
    ),
    ("fleet.yaml", "resources: {}", "fleet.yaml:1:12: resources: expected a list, found an object"),
    // What does not fit is told, also where the text ends in it.
    (
        "fleet.yaml",
        "resources:\n :\n}",
        "fleet.yaml:2:2: resources: expected a list, found an object",
    ),
    (
        "fleet.yaml",
        "systems: []\npolicies: {a: [}",
        "fleet.yaml:2:11: policies: expected a list, found an object",
    ),
    // What is wrong within it as well hides no place.
    (
        "fleet.yaml",
        "systems: []\njobAgents:\n  <<: x\n",
        "fleet.yaml:3:3: jobAgents: expected a list, found an object",
    ),
    (
        "fleet.yaml",
        "systems: []\njobAgents: {<<: [x], id: a}\n",
        "fleet.yaml:2:12: jobAgents: expected a list, found an object",
    ),
    (
        "fleet.yaml",
        "systems:\n  id: *none\n",
        "fleet.yaml:2:3: systems: expected a list, found an object",
    ),
    (
        "fleet.yaml",
        "systems:\n  - id: a\n    <<: x\n",
        "fleet.yaml:3:9: YAML merge value must be mapping or sequence of mappings",
    ),
    ("fleet.yaml", "resources: 5", "fleet.yaml:1:12: resources: expected a list, found a number"),
    (
        "fleet.yaml",
        "name: nothing else\n",
        "fleet.yaml:1:1: expected `events` or lists of entities (`resources`, ..), found neither",
    ),
    (
        "fleet.json",
        " {}",
        "fleet.json:1:2: expected `events` or lists of entities (`resources`, ..), found neither",
    ),
    // Texts that are no document.
    (
        "fleet.json",
        " \n",
        "fleet.json: empty: expected a workspace document, an event log or a scenario",
    ),
    (
        "fleet.yaml",
        "# later\n",
        "fleet.yaml: empty: expected a workspace document, an event log or a scenario",
    ),
    (
        "day.ndjson",
        "\u{feff}",
        "day.ndjson: empty: expected a workspace document, an event log or a scenario",
    ),
    (
        "fleet.json",
        "[]",
        "fleet.json:1:1: expected an object with `events` or lists of entities (`resources`, ..), found an empty list",
    ),
    (
        "fleet.yaml",
        "- id: x\n",
        "fleet.yaml:1:1: expected an object with `events` or lists of entities (`resources`, ..), found a list",
    ),
    (
        "noise",
        "\u{1f4a9} noise",
        "noise:1:1: expected an object with `events` or lists of entities (`resources`, ..), found a text",
    ),
    ("noise", "{noise", "noise:1:2: expected a key in double quotes, found 'n'"),
    ("noise.yaml", " \u{1}\u{2}", "noise.yaml:1:2: unexpected character: `\\u{1}'"),
    (
        "fleet.json",
        "{\"resources\":[{\"id\":\"a\"},\n{\"id\":",
        "fleet.json:2:7: expected a JSON value, found the end of the text",
    ),
    (
        "fleet.json",
        "{\"resources\":[]}\n}",
        "fleet.json:2:1: expected the end of the text, found '}'",
    ),
    ("fleet.yaml", "resources: [{id: a", "fleet.yaml:1:13: unclosed bracket '{'"),
    (
        "fleet.yaml",
        "resources:\n  - id: x\n   name: y\n",
        "fleet.yaml:3:4: while parsing a block collection, did not find expected '-' indicator",
    ),
    (
        "fleet.yaml",
        "resources:\n\t- id: x\n",
        "fleet.yaml:2:2: tabs disallowed within this context (block indentation)",
    ),
    (
        "fleet.yaml",
        "resources: []\n---\nresources: []\n",
        "fleet.yaml:3:1: expected one document, found another after `---`",
    ),
    (
        "fleet.json",
        "{\"resources\":[{\"id\":\"a\",\n\"id\":\"b\"}]}",
        "fleet.json:2:1: the key \"id\" is there twice",
    ),
    (
        "fleet.yaml",
        "resources:\n- id: a\n  id: b\n",
        "fleet.yaml:3:3: the key \"id\" is there twice",
    ),
    ("fleet.yaml", "resources: *all\n", "fleet.yaml:1:12: alias references unknown anchor"),
];

#[test]
fn a_bad_document_names_file_line_and_field() {
    for (name, text, message) in CASES {
        let error = Document::parse(name, text, SimTime(0)).expect_err(text);
        assert_eq!(error.to_string(), *message, "{text}");
    }
}

#[test]
fn an_unknown_member_is_answered_with_the_known_ones() {
    for (name, text, start) in [
        ("a.json", "{\n  \"resorces\": []}", "a.json:2:3: resorces: expected one of `name`, "),
        ("a.yaml", "\nresorces: []", "a.yaml:2:1: resorces: expected one of `name`, "),
    ] {
        let message = Document::parse(name, text, SimTime(0)).expect_err(text).to_string();
        assert!(message.starts_with(start), "{message}");
        for member in ["now", "clock", "systems", "resources", "userApprovalRecords", "events"] {
            assert!(message.contains(&format!("`{member}`")), "{member} in {message}");
        }
        assert!(message.ends_with("found \"resorces\""), "{message}");
    }
}

#[test]
fn every_cut_of_a_good_document_is_an_error_or_a_document() {
    let json =
        r#"{"now":"2026-01-01T12:00:00Z","resources":[{"id":"a","config":{"x":[1,"\u00e4"]}}]}"#;
    let yaml =
        "now: 2026-01-01T12:00:00Z\nresources:\n  - id: a\n    config: {x: [1, \"\\u00e4\"]}\n";
    for (name, text) in [("a.json", json), ("a.yaml", yaml), ("a.ndjson", json)] {
        for (end, _) in text.char_indices() {
            if let Err(error) = Document::parse(name, &text[..end], SimTime(0)) {
                let message = error.to_string();
                assert!(message.lines().all(|line| line.starts_with(name)), "{message}");
            }
        }
    }
}
