//! A dialect is read where something is decoded or compiled, in the places listed here and nowhere else:
//! nobody who evaluates a rule asks which dialect it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::imports_run_down::sources;

/// The members of a dialect, by row of docs/dialects.md, and the files that read them.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("T1", "empty_upstream_passes", &["systems/src/rules/progression/mod.rs"]),
    ("T2", "only_newest_attempts", &["systems/src/rules/rulebook.rs"]),
    (
        "T3",
        "unready_versions_go",
        &["engine/src/model/dialect.rs", "engine/src/wire/event/dialect.rs"],
    ),
    ("T4", "bare_policies_apply", &["engine/src/wire/event/dialect.rs"]),
    ("T5", "deleted_resources_vanish", &["engine/src/wire/event/dialect.rs"]),
    ("T6", "jobs_queue", &["engine/src/wire/event/dialect.rs"]),
    ("T7", "many_systems", &["engine/src/wire/event/dialect.rs"]),
    ("T8", "agents_by_selector", &["engine/src/wire/event/dialect.rs"]),
    ("T9", "relations_as_cel", &["engine/src/wire/event/dialect.rs"]),
    ("T10", "variable_sets", &["engine/src/wire/event/dialect.rs"]),
    (
        "T11",
        "windows_chain",
        &["systems/src/rules/rollout/mod.rs", "systems/src/rules/window/rule.rs"],
    ),
    ("T12", "windows_spare_settled", &["systems/src/rules/window/rule.rs"]),
];

#[test]
fn each_member_is_read_where_the_list_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut read: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (member, file) in sources(&root).iter().flat_map(|file| members_in(file)) {
        let name = file.strip_prefix(&root).expect("below the root").display().to_string();
        read.entry(member).or_default().push(name);
    }
    for (row, member, expected) in PLACES {
        let mut found = read.remove(member).unwrap_or_default();
        found.sort();
        assert_eq!(found, *expected, "{row}: {member}");
    }
    let rows = fs::read_to_string(root.join("docs/dialects.md")).expect("the document is there");
    let rows = rows.lines().filter(|line| line.starts_with("| T")).count();
    assert_eq!(rows, PLACES.len(), "as many as rows");
}

/// The members of a dialect that a file reads.
fn members_in(file: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let text = fs::read_to_string(file).expect("a source");
    let is_its_own = file.ends_with("model/dialect.rs");
    let reads = |member: &str| {
        let whose = if is_its_own { "self" } else { "dialect" };
        text.contains(&format!("{whose}.{member}"))
    };
    let found: Vec<_> = PLACES
        .iter()
        .map(|it| it.1)
        .filter(|it| reads(it))
        .map(|it| (it, file.to_owned()))
        .collect();
    found.into_iter()
}
