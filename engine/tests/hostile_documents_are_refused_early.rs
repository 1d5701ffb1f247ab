//! Deep, repetitive or endless documents end in an error before they cost memory.

use std::fmt::Write;

use shakedown_engine::base::json::read::MAX_VALUES;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{Document, MAX_ENTRIES, MAX_YAML_BYTES};

fn refused(name: &str, text: &str, message: &str) {
    let error = Document::parse(name, text, SimTime(0)).expect_err(message).to_string();
    assert!(error.contains(message), "{error:.300}");
}

/// A resource with `config` in block style.
fn yaml(config: &str) -> String {
    format!("resources:\n- id: x\n  config:\n{config}")
}

#[test]
fn deep_nesting() {
    let depth = 1_000_000;
    let brackets = "[".repeat(depth);
    refused("a.json", &format!("{{\"resources\":[{brackets}"), "more than 128 levels of nesting");
    refused("a.ndjson", &format!("{{\"data\":{brackets}"), "more than 128 levels of nesting");
    let flow = yaml(&format!("    a: {brackets}"));
    refused("a.yaml", &flow, "a.yaml:4:");
    refused("a.yaml", &flow, "more than 128 levels of nesting");
    refused(
        "a.yaml",
        &yaml(&format!("    a:\n    {}", "- ".repeat(depth))),
        "more than 128 levels of nesting",
    );
    let block = (0..300).fold(String::new(), |mut block, level| {
        writeln!(block, "{}a:", " ".repeat(level + 4)).expect("writing to a string cannot fail");
        block
    });
    refused("a.yaml", &yaml(&block), "more than 128 levels of nesting");
}

#[test]
fn deep_but_accepted_nesting_does_not_exhaust_the_stack() {
    let nested = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    for (name, text) in [
        ("a.json", format!("{{\"resources\":[{{\"id\":\"x\",\"config\":{{\"a\":{nested}}}}}]}}")),
        ("a.yaml", yaml(&format!("    a: {nested}\n"))),
    ] {
        let document = Document::parse(name, &text, SimTime(0)).expect(name);
        assert_eq!(document.entries.len(), 1);
    }
}

#[test]
fn alias_bombs() {
    let mut laughs = String::from("    a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for level in 1..20 {
        let nine = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(laughs, "    a{level}: &a{level} [{nine}]").expect("a string");
    }
    refused("a.yaml", &yaml(&laughs), "aliases expand to more than a document may hold");

    let mut long = format!("    a: &a {}\n", "x".repeat(1 << 20));
    for copy in 0..90 {
        writeln!(long, "    b{copy}: *a").expect("a string");
    }
    refused("a.yaml", &yaml(&long), "aliases expand to more than a document may hold");

    refused("a.yaml", &yaml("    a: &a [*a]\n"), "a.yaml:4:");
}

#[test]
fn endless_lists_stop_at_the_first_bad_element() {
    let zeros = "0,".repeat(1 << 20);
    refused("a.json", &format!("{{\"resources\":[{zeros}"), "a.json:1:15: resources[0]: expected");
    refused("a.json", &format!("{{\"x\":[{zeros}"), "a.json:1:2: x: expected one of");
    refused("a.yaml", &format!("resources: [{zeros}"), "a.yaml:1:13: resources[0]: expected");
}

#[test]
fn endless_values_and_entries() {
    let most = "more than 67108864 values, a list or an object being 8";
    let lists = "[],".repeat(MAX_VALUES / 8 + 1);
    refused("a.json", &format!("{{\"tags\":[{lists}"), most);
    let lists = vec!["[]"; MAX_VALUES / 8 / 64].join(",");
    let line = format!("{{\"eventType\":\"workspace.tick\",\"data\":[{lists}]}}\n");
    refused("a.ndjson", &line.repeat(65), most);
    let ticks = "{\"eventType\":\"workspace.tick\"}\n".repeat(MAX_ENTRIES + 1);
    refused("a.ndjson", &ticks, "a.ndjson:1048577:1: expected no more than 1048576 entries");
    let systems = "{\"id\":\"s\"},".repeat(MAX_ENTRIES + 1);
    refused("a.json", &format!("{{\"systems\":[{systems}"), "systems[1048576]: expected no more");
}

#[test]
fn large_yaml() {
    let refusal =
        |text: &str| Document::parse("a.yaml", text, SimTime(0)).map_err(|it| it.to_string());
    let most = " ".repeat(MAX_YAML_BYTES);
    let limit = "larger than 67108864 bytes, the most a YAML document may have";
    assert!(refusal(&(most.clone() + "x")).is_err_and(|error| error.contains(limit)));
    // As large as may be: what is wrong is that there is nothing in it.
    assert!(refusal(&most).is_err_and(|error| !error.contains(limit)));
}
