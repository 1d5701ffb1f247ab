//! Ids are a server's, and files are ours: whatever an id is, its file lies where it should.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::crawl::{beside, crawled, failed, place, vacant};
use crate::stub::{Stub, ok, page, sample};

const HOSTILE: [&str; 10] =
    ["..", ".", "../../escaped", "/etc/passwd", "a\0b", "a\nb", "..\\..", "%2e%2e", "ü", "C:x"];

fn server(lists: &'static str, entries: Vec<Value>) -> Stub {
    Stub::start(move |request| match request.path {
        path if path == lists => page(&entries, request.offset),
        path if path.starts_with("systems/") => ok(&json!({})),
        path if path.ends_with("/variables") || path.ends_with("/versions") => page(&[], 0),
        _ => sample(request),
    })
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).expect("it is a folder").count()
}

#[test]
fn hostile_ids_are_names_in_their_folder() {
    let shelf = vacant("hostile");
    let entries = |key: &str| HOSTILE.map(|id| json!({ key: id })).to_vec();
    let deployments = HOSTILE.map(|id| json!({ "deployment": { "id": id } })).to_vec();
    for (list, entries, below) in [
        ("systems", entries("id"), "systems"),
        ("deployments", deployments, "deployments"),
        ("resources", entries("identifier"), "resources/identifier"),
    ] {
        let stub = server(list, entries);
        let (found, _) = crawled(&stub, &format!("hostile/{list}"));
        assert_eq!(count(&shelf.join(list).join(below)), HOSTILE.len(), "{list}");
        assert!(found.contains_key("export.json"));
        // Nor does an address lead elsewhere.
        let heads = stub.heads();
        assert!(heads.iter().all(|head| head.starts_with("GET /api/v1/workspaces/")), "{heads:?}");
        assert!(heads.iter().all(|head| !head.contains("/../")), "{heads:?}");
    }
    assert_eq!(count(&shelf), 3, "nothing lies beside the folders");
}

#[test]
fn a_workspace_may_be_called_anything_too() {
    let stub = Stub::start(|request| match request.path {
        "slug/shop" => ok(&json!({ "id": "../x" })),
        path if path.starts_with("..%2Fx/") => page(&[], 0),
        _ => Vec::new(),
    });
    let (found, _) = crawled(&stub, "any-workspace");
    assert_eq!(found["export.json"]["workspace"], "../x");
}

#[test]
fn entries_without_a_usable_id_are_an_error() {
    for (name, entry, told) in [
        ("no-id", json!({}), "/systems: an entry has no id"),
        ("a-number", json!({ "id": 7 }), "/systems: an entry has no id"),
        ("empty-id", json!({ "id": "" }), "/systems: an entry has an empty id"),
    ] {
        let error = failed(&server("systems", vec![entry]), name);
        assert!(error.ends_with(told), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_id_that_is_too_long_for_the_disk_is_an_error() {
    let id = "/".repeat(100);
    let error = failed(&server("systems", vec![json!({ "id": id })]), "too-long");
    let folder = beside(&place("too-long"), ".partial");
    let path = folder.join("systems").join(format!("{}.json", "%2F".repeat(100)));
    assert!(error.starts_with(&format!("cannot write {}: ", path.display())), "{error}");
    assert!(error.contains("name too long"), "{error}");
}
