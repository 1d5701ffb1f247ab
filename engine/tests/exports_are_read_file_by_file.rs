//! Folders with the answers of ctrlplane's API: which files make which entities, in pages or not, and what
//! is told of a folder that is not whole.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;
use shakedown_engine::wire::event::{Entity, Payload};

/// A folder of its own with these files.
fn folder(name: &str, files: &[(&str, Json)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("the folder is made");
        fs::write(path, content.to_string()).expect("the folder takes files");
    }
    root
}

fn read(root: &Path) -> Result<Document, String> {
    Document::read(root, SimTime(0)).map_err(|error| error.to_string())
}

fn page(items: Json, total: usize) -> Json {
    page_from(0, items, total)
}

fn page_from(offset: usize, items: Json, total: usize) -> Json {
    json!({ "items": items, "total": total, "limit": 1, "offset": offset })
}

/// What is stated, in order: the kind and the id of entities.
fn stated(document: &Document) -> Vec<String> {
    let told = document.entries.iter().map(|entry| match &entry.event.payload {
        Payload::Upsert(entity) => format!("{} {}", entity.kind(), entity.key().text()),
        Payload::RecordJob(job) => format!("job {}", job.id),
        other => unreachable!("exports state entities and jobs: {other:?}"),
    });
    told.collect()
}

fn deployment(id: &str) -> Json {
    json!({ "deployment": { "id": id, "name": id, "resourceSelector": "true" }, "systems": [{ "id": "s" }] })
}

/// Whatever a workspace may hold is found in its file, owned lists below what owns them.
#[test]
fn every_list_has_its_file() {
    let job = json!({
        "job": { "id": "j", "status": "successful", "createdAt": "2026-05-10T09:00:01Z",
            "completedAt": "2026-05-10T09:02:00Z" },
        "release": {
            "releaseTarget": { "deploymentId": "d", "environmentId": "e", "resourceId": "uuid" },
            "version": { "id": "v", "tag": "v1" }, "variables": {}, "encryptedVariables": [] },
        "resource": { "identifier": "a/b" },
    });
    let root = folder(
        "every-list",
        &[
            ("export.json", json!({ "at": "2026-05-30T12:00:06.000Z" })),
            ("workspace.json", json!({ "id": "ws" })),
            ("systems.json", page(json!([{ "id": "s", "name": "short" }]), 1)),
            (
                "systems/s.json",
                json!({ "id": "s", "name": "long", "deployments": [{ "id": "d" }],
                "environments": [{ "id": "e" }] }),
            ),
            ("job-agents.json", page(json!([{ "id": "ag" }]), 1)),
            ("policies.json", page(json!([{ "id": "p" }]), 1)),
            (
                "relationship-rules.json",
                page(
                    json!([{ "id": "rr", "reference": "net",
                "cel": "from.type == 'resource'" }]),
                    1,
                ),
            ),
            ("resources.json", page(json!([{ "identifier": "a/b", "kind": "k" }]), 1)),
            (
                "resources/identifier/a%2Fb/variables.json",
                page(json!([{ "key": "k", "value": 1 }]), 1),
            ),
            ("variable-sets.json", page(json!([{ "id": "vs" }]), 1)),
            ("environments.json", page(json!([{ "id": "e", "resourceSelector": "true" }]), 1)),
            ("deployments.json", page(json!([deployment("d")]), 1)),
            ("deployments/d/versions.json", page(json!([{ "id": "v", "deploymentId": "d" }]), 1)),
            (
                "deployments/d/variables.json",
                page(
                    json!([{
                        "variable": { "id": "dv", "deploymentId": "d", "key": "k" },
                        "values": [{ "id": "dvv", "deploymentVariableId": "dv", "value": 2 }],
                    }]),
                    1,
                ),
            ),
            ("jobs.json", page(json!([job]), 1)),
        ],
    );
    let document = read(&root).expect("it is whole");
    assert_eq!(document.workspace_id.as_deref(), Some("ws"));
    assert_eq!(document.now, Some("2026-05-30T12:00:06Z".parse().expect("a time")));
    assert_eq!(document.remarks, [""; 0]);
    let mut stated = stated(&document);
    assert_eq!(stated.pop().as_deref(), Some("job j"), "jobs come last");
    stated.sort_unstable();
    let expected = [
        "deployment d",
        "deployment-variable dv",
        "deployment-variable-value dvv",
        "deployment-version v",
        "environment e",
        "job-agent ag",
        "policy p",
        "relationship-rule rr",
        "resource a/b",
        "resource-variable 3:a/b1:k0:",
        "system s",
        "variable-set vs",
    ];
    assert_eq!(stated, expected);
    let system = document.entries.iter().find_map(|entry| match &entry.event.payload {
        Payload::Upsert(entity) => match &**entity {
            Entity::System(system) => Some(system.name.clone()),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(system.as_deref(), Some("long"), "the file of a system says more than the list");
}

/// Pages and bare arrays are the same list.
#[test]
fn lists_come_in_pages_or_whole() {
    let [a, b] = ["a", "b"].map(|id| json!({ "identifier": id }));
    let pages = folder(
        "pages",
        &[
            ("resources.json", page(json!([a]), 2)),
            ("resources.2.json", page_from(1, json!([b]), 2)),
        ],
    );
    let bare = folder("bare", &[("resources.json", json!([a, b]))]);
    for root in [pages, bare] {
        let document = read(&root).expect("nothing is cut");
        assert_eq!(stated(&document), ["resource a", "resource b"], "{}", root.display());
        assert_eq!(document.remarks[0], "export.json is not there: the export may not be whole");
        let missing = "not there: `systems.json`, `job-agents.json`, ";
        assert!(document.remarks[1].starts_with(missing), "{:?}", document.remarks);
    }
    let cut = folder("cut", &[("resources.json", page(json!([a]), 2))]);
    let told = read(&cut).expect_err("one is missing");
    let expected = "resources.json:1:60: total: the list is cut: 1 of 2 are here, and there is no \
                    `resources.2.json`";
    assert!(told.ends_with(expected), "{told}");
}

/// What `export.json` says that there is, and is not here, is told.
#[test]
fn what_was_counted_is_compared() {
    let stated = json!({ "at": "2026-05-30T12:00:06Z", "counts": { "resources": 2, "jobs": 0 } });
    let root = folder(
        "counted",
        &[("export.json", stated), ("resources.json", json!([{ "identifier": "a" }]))],
    );
    let remarks = read(&root).expect("it is read").remarks;
    assert_eq!(remarks[0], "resources: export.json counted 2, and 1 are here");
    assert!(remarks[1].ends_with("`jobs.json`"), "{remarks:?}");
}

/// No id leads out of the folder: `..` has files of its own.
#[test]
fn ids_are_encoded_in_paths() {
    for (name, id, segment) in
        [("dots", "..", "%2E%2E"), ("slash", "../x", "..%2Fx"), ("umlaut", "\u{fc}", "%C3%BC")]
    {
        let version = json!([{ "id": "v", "deploymentId": id }]);
        let root = folder(
            name,
            &[
                ("deployments.json", json!([deployment(id)])),
                (&format!("deployments/{segment}/versions.json"), version.clone()),
                ("versions.json", version),
            ],
        );
        let document = read(&root).expect(name);
        let expected = [format!("deployment {id}"), "deployment-version v".to_owned()];
        assert_eq!(stated(&document), expected);
    }
}

#[test]
fn what_cannot_be_read_names_its_file() {
    for (name, files, expected) in [
        (
            "nothing",
            vec![("notes.json", json!({}))],
            "no export: expected `systems.json`, `job-agents.json`",
        ),
        ("text", vec![("resources.json", json!("x"))], "resources.json:1:1: "),
        (
            "broken",
            vec![("resources.json", json!([{ "identifier": "a", "name": 7 }]))],
            "resources.json:1:27: [0].name: ",
        ),
        (
            "below",
            vec![
                ("deployments.json", json!([deployment("d")])),
                (
                    "deployments/d/versions.json",
                    json!([{ "id": "v", "deploymentId": "d", "tag": [] }]),
                ),
            ],
            "deployments/d/versions.json:1:",
        ),
        (
            "when",
            vec![("resources.json", json!([])), ("export.json", json!({ "at": "noon" }))],
            "export.json:1:7: at: ",
        ),
    ] {
        let told = read(&folder(&format!("bad-{name}"), &files)).expect_err(name);
        assert!(told.contains(expected), "{name}: {told}");
    }
}

/// One that is no JSON, or cut, hides nothing of the others.
#[test]
fn every_file_tells_what_is_wrong_with_it() {
    let deployments = json!([deployment("d"), deployment("e")]);
    let wrong = json!([{ "id": "v", "deploymentId": "d", "tag": [], "name": 5 }]);
    let root = folder(
        "all",
        &[
            ("export.json", json!({ "at": "noon" })),
            ("systems.json", page(json!([]), 3)),
            ("deployments.json", deployments),
            ("deployments/d/versions.json", wrong),
            ("deployments/e/versions.json", json!("x")),
            ("jobs.json", json!([{ "job": {} }])),
        ],
    );
    fs::write(root.join("resources.json"), "[{\"identifier\": \"a\"}, {").unwrap();
    fs::write(root.join("policies.json"), [0xff]).unwrap();
    let told = read(&root).expect_err("much is wrong");
    let told: Vec<&str> = told
        .lines()
        .map(|line| line.split_once("all/").map_or(line, |(_, at)| at))
        .map(|line| line.split(": expected").next().unwrap_or(line))
        .collect();
    assert_eq!(
        told,
        [
            "export.json:1:7: at: `noon` is not an RFC 3339 time between the years 1678 and 2261",
            "systems.json:1:42: total: the list is cut: 0 of 3 are here, and there is no \
             `systems.2.json`",
            "resources.json:1:24",
            "deployments/d/versions.json:1:38: [0].name",
            "deployments/d/versions.json:1:46: [0].tag",
            "deployments/e/versions.json:1:1",
            "jobs.json:1:2: [0].release",
            "policies.json:1:1",
        ]
    );
}

/// A link that leads nowhere is no file that is not there.
#[cfg(unix)]
#[test]
fn a_link_must_lead_to_a_file() {
    let root = folder("link", &[("resources.json", json!([]))]);
    std::os::unix::fs::symlink("nowhere", root.join("jobs.json")).expect("the folder takes links");
    let told = read(&root).expect_err("it leads nowhere");
    assert!(told.contains("jobs.json: "), "{told}");
}

/// A place that is told of an entity is one in its own file.
#[test]
fn the_file_of_a_system_has_its_place() {
    let root = folder(
        "place",
        &[
            ("systems.json", json!([{ "id": "r" }, { "id": "s" }])),
            ("systems/s.json", json!({ "id": "s", "name": "long" })),
        ],
    );
    let document = read(&root).expect("it is read");
    let origin = document.entries[1].origin;
    assert!(document.file_of(origin).ends_with("systems/s.json"));
    assert_eq!((origin.place.line, origin.place.column), (1, 1));
}

/// A list that is called otherwise than the API calls it would be missed by nobody.
#[test]
fn files_that_nothing_reads_are_told() {
    let root = folder(
        "unread-files",
        &[
            ("resources.json", json!([{ "identifier": "a" }])),
            ("enviroments.json", json!([])),
            ("deployments/x/versions.json", json!([])),
            ("notes.txt", json!("free")),
        ],
    );
    let remarks = read(&root).expect("it is read").remarks;
    let told = "nothing reads `deployments/x/versions.json`, `enviroments.json`";
    assert_eq!(remarks.last().map(String::as_str), Some(told));
}

#[test]
fn what_is_in_the_folder_of_another_has_its_place() {
    let versions = json!([{ "id": "v", "deploymentId": "e", "tag": "t" }]);
    let root = folder(
        "of-another",
        &[
            ("deployments.json", json!([deployment("d")])),
            ("deployments/d/versions.json", versions),
        ],
    );
    let told = read(&root).expect_err("it is of another");
    let expected = "versions.json:1:2: deploymentId: expected `d`, whose folder this is, found `e`";
    assert!(told.ends_with(expected), "{told}");
}

/// One deployment as the API tells it brings its variables.
#[test]
fn a_deployment_may_bring_its_variables() {
    let variable = json!({ "variable": { "id": "v", "deploymentId": "d", "key": "k" },
        "values": [{ "id": "w", "deploymentVariableId": "v", "value": 1 }] });
    let mut whole = deployment("d");
    whole["variables"] = json!([variable]);
    let root = folder("with-variables", &[("deployments.json", json!([whole]))]);
    let document = read(&root).expect("it is read");
    assert_eq!(document.unknown_members().0, []);
    assert_eq!(
        stated(&document),
        ["deployment d", "deployment-variable v", "deployment-variable-value w"]
    );
}
