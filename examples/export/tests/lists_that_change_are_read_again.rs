//! A list that changes while its pages are read is read again, and one that never holds still, or never
//! ends, is an error.

use serde_json::{Value, json};

use crate::crawl::{crawled, failed};
use crate::stub::{Request, Stub, ok, page, sample};

fn policies(ids: &[&str]) -> Vec<Value> {
    ids.iter().map(|id| json!({ "id": id })).collect()
}

/// A server that answers for policies as `answer` does.
fn with_policies(answer: impl Fn(&Request) -> Vec<u8> + Send + 'static) -> Stub {
    Stub::start(move |request| match request.path {
        "policies" => answer(request),
        _ => sample(request),
    })
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().expect("a text")).collect()
}

#[test]
fn entries_that_move_are_noticed() {
    let befores: [(&str, &[&str]); 4] = [
        ("one-is-new", &["new", "a", "b", "c", "d"]),
        ("one-is-gone", &["b", "c", "d"]),
        ("one-for-another", &["new", "a", "b", "c"]),
        ("all-are-gone", &[]),
    ];
    for (name, then) in befores {
        let stub = with_policies(move |request| match (request.offset, request.earlier) {
            (0, 0) => page(&policies(&["a", "b", "c", "d"]), 0),
            (offset, _) => page(&policies(then), offset),
        });
        let (found, _) = crawled(&stub, name);
        assert_eq!(ids(&found["policies.json"]), then, "{name}");
        assert_eq!(found["export.json"]["counts"]["policies"], then.len(), "{name}");
    }
}

#[test]
fn a_list_that_vanishes_is_absent_and_has_no_file() {
    let stub = with_policies(|request| match (request.offset, request.earlier) {
        (0, 0) => page(&policies(&["a", "b", "c"]), 0),
        _ => crate::stub::status("404 Not Found", ""),
    });
    let (found, _) = crawled(&stub, "vanishes");
    assert!(!found.contains_key("policies.json"));
    assert_eq!(found["export.json"]["absent"], json!(["policies"]));
}

#[test]
fn lists_that_never_hold_still_are_an_error() {
    let servers: [(&str, fn(&Request) -> Vec<u8>, &str); 6] = [
        (
            "the-same-page",
            |_| page(&policies(&["a", "b", "c"]), 0),
            "/policies: the list is not whole, 4 times: `a` came twice",
        ),
        (
            "fewer-than-said",
            |request| match request.offset {
                0 => ok(&json!({ "items": [{ "id": "a" }], "total": 1_234 })),
                _ => ok(&json!({ "items": [], "total": 1_234 })),
            },
            "4 times: it gave 1 of 1,234 entries",
        ),
        (
            "more-than-said",
            |_| ok(&json!({ "items": [{ "id": "a" }, { "id": "b" }], "total": 1 })),
            "4 times: it gave 2 of 1 entries",
        ),
        (
            "always-more",
            |request| {
                let id = request.offset.to_string();
                ok(&json!({ "items": [{ "id": id }], "total": request.offset + 2 }))
            },
            "4 times: it had 2 entries, and then 3",
        ),
        (
            "empty-pages",
            |_| ok(&json!({ "items": [], "total": 3 })),
            "4 times: it gave 0 of 3 entries",
        ),
        (
            "endless",
            |request| {
                let id = request.offset.to_string();
                ok(&json!({ "items": [{ "id": id }], "total": u64::MAX }))
            },
            "has 18,446,744,073,709,551,615 entries, more than 10,000,000",
        ),
    ];
    for (name, server, told) in servers {
        let stub = with_policies(server);
        let error = failed(&stub, name);
        assert!(error.ends_with(told), "{name}: {error}");
        assert!(stub.requests_of("policies") <= 8, "{name}");
    }
}

#[test]
fn entries_without_ids_are_taken_as_they_are() {
    let path = "resources/identifier/gke%2Fshop-qa%2Fc-1/variables";
    let entry = json!({ "resourceId": "f1", "key": "region", "value": "eu" });
    let entries = vec![entry; 3];
    let stub = Stub::start(move |request| match request.path {
        found if found == path => page(&entries, request.offset),
        _ => sample(request),
    });
    let (found, _) = crawled(&stub, "without-ids");
    assert_eq!(found[&format!("{path}.json")]["items"].as_array().map(Vec::len), Some(3));
}
