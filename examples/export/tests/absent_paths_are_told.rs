//! A server of another version may lack a list: it is told, on the sheet and in the folder.

use serde_json::json;

use crate::crawl::{crawled, failed};
use crate::stub::{Stub, sample, status};

fn without(absent: &'static str) -> Stub {
    Stub::start(move |request| {
        let is_absent = request.path.split('/').any(|part| part == absent);
        if is_absent { status("404 Not Found", "") } else { sample(request) }
    })
}

#[test]
fn a_server_without_variable_sets_is_fine() {
    let (found, printed) = crawled(&without("variable-sets"), "no-variable-sets");
    assert!(!found.contains_key("variable-sets.json"));
    let summary = &found["export.json"];
    assert_eq!(summary["absent"], json!(["variable-sets"]));
    assert_eq!(summary["counts"].get("variable-sets"), None);
    assert!(printed.ends_with("=== The server does not have: 1 ===\nvariable-sets\n"), "{printed}");
}

#[test]
fn what_is_gone_meanwhile_is_absent() {
    let (found, printed) = crawled(&without("versions"), "no-versions");
    let paths = ["1", "2"]
        .map(|it| format!("deployments/d1000000-0000-4000-8000-00000000000{it}/versions"));
    assert_eq!(found["export.json"]["absent"], json!(paths));
    assert!(printed.contains("=== The server does not have: 2 ==="), "{printed}");
}

#[test]
fn nothing_can_be_known_without_some_lists() {
    for list in ["systems", "environments", "deployments", "resources"] {
        let error = failed(&without(list), &format!("no-{list}"));
        let told = format!("/{list}: the server does not have it, 404 Not Found");
        assert!(error.ends_with(&told), "{error}");
    }
}

#[test]
fn a_workspace_that_is_not_there_is_an_error() {
    let error = failed(&without("shop"), "no-workspace");
    assert!(
        error.contains("/api/v1/workspaces/slug/shop: there is no workspace `shop`"),
        "{error}"
    );
}
