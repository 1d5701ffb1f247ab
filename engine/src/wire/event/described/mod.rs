//! The reference of fields (`docs/fields.md`), from the decoders themselves.
//!
//! While samples are decoded, every read is noted: which members were asked for, what was expected there,
//! and whether absence rejects. A member that is asked for and in no sample fails the test, so the page has
//! every member that decoding the samples asks for, and no other. What members mean is what the types say that hold
//! them.

mod meaning;
mod samples;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use super::error::{FieldPath, Step};
use super::field::PASSED_OVER;
use super::{Entity, Event, Kind, RecordedJob, decode, members};
use crate::base::time::SimTime;

/// What was noted of a place.
#[derive(Debug, Default, Clone)]
struct Noted {
    /// A decoder asked for it, in this order.
    asked: Option<usize>,
    is_required: bool,
    /// It was in a sample.
    is_present: bool,
    expected: String,
}

thread_local! {
    static NOTED: RefCell<BTreeMap<String, Noted>> = RefCell::default();
}

fn note(path: &FieldPath, with: impl FnOnce(&mut Noted, usize)) {
    NOTED.with_borrow_mut(|noted| {
        let next = noted.len();
        with(noted.entry(pattern(path)).or_default(), next);
    });
}

pub(super) fn asked(path: &FieldPath, is_present: bool) {
    note(path, |noted, next| {
        noted.asked.get_or_insert(next);
        noted.is_present |= is_present;
    });
}

pub(super) fn required(path: &FieldPath) {
    note(path, |noted, _| noted.is_required = true);
}

pub(super) fn expects(path: &FieldPath, what: &str) {
    note(path, |noted, _| {
        // What some decoder reads is read.
        if what != PASSED_OVER || noted.expected.is_empty() {
            what.clone_into(&mut noted.expected);
        }
    });
}

/// A path without positions; `*` is any name.
fn pattern(path: &FieldPath) -> String {
    let mut text = String::new();
    for step in &path.0 {
        match step {
            Step::Index(_) => text.push_str("[]"),
            Step::Key(key) => {
                let dot = if text.is_empty() { "" } else { "." };
                let _ = write!(text, "{dot}{key}");
            }
        }
    }
    text
}

/// What is noted while something is done.
fn noted(what: impl FnOnce()) -> BTreeMap<String, Noted> {
    NOTED.take();
    what();
    NOTED.take()
}

/// The rows of a table: what was asked for, in that order, below `root`.
fn rows(of: &str, root: &str, noted: &BTreeMap<String, Noted>) -> String {
    let mut asked: Vec<(&String, &Noted)> =
        noted.iter().filter(|(path, it)| it.asked.is_some() && path.starts_with(root)).collect();
    // What is below a member stands below it.
    asked.sort_by_cached_key(|(path, _)| {
        let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
        let holders = ends.map(|end| noted.get(path[..end].trim_end_matches("[]")));
        holders.map(|it| it.and_then(|it| it.asked)).collect::<Vec<_>>()
    });
    let mut text = "| member | what it is | | what it means |\n|---|---|---|---|\n".to_owned();
    for (path, it) in asked {
        assert!(it.is_present, "no sample of `{of}` has `{path}`");
        let below = noted.get(&format!("{path}[]")).map(|it| it.expected.as_str());
        let expected = match (it.expected.as_str(), below) {
            ("list", Some(item)) => format!("list of: {item}"),
            (expected, _) => expected.to_owned(),
        };
        let path = path.strip_prefix(root).unwrap_or(path);
        let must = if it.is_required { "required" } else { "" };
        let means = meaning::of(of, path).replace('|', "\\|");
        let expected = expected.replace('|', "\\|");
        let _ = writeln!(text, "| `{path}` | {expected} | {must} | {means} |");
    }
    text
}

const HEAD: &str = "\
# Fields

Every member that documents and events may have, as the decoders read them; a test compares.
Members that are not listed are read by nothing, and told of as [`member.unknown`](diagnostics.md).

- null is the same as absent.
- *id*: a text that is not empty. *time*: RFC 3339, between the years 1678 and 2261. *selector*: a CEL text, `{\"cel\": text}` or `{\"json\": condition}`. *value*: a literal, `{\"reference\": .., \"path\": [..]}`, or `{\"valueHash\": ..}`. *duration*: such as `1h30m`. *not read*: may be there, and nothing depends on it.
- `[]` is any item of a list, `.*` any member of an object.
- `createdAt` that is absent is the instant of the event, or the clock of the document.

";

/// The page.
fn page() -> String {
    let mut text = HEAD.to_owned();
    let mut section = |title: &str, about: &str, rows: &str| {
        let _ = write!(text, "## {title}\n\n{about}\n\n{rows}\n");
    };
    let scalars = noted(|| {
        let scalars = samples::scalars();
        members::decode(&scalars).0.expect("a sample");
        // Either of the two.
        let Json::Object(other) = serde_json::json!({ "clock": "2026-01-01T00:00:00Z" }) else {
            unreachable!("it is an object")
        };
        members::decode(&other).0.expect("a sample");
    });
    section(
        "A document",
        "Beside the lists below; a scenario has `events` in their place. An event log is one event per line.",
        &rows("document", "", &scalars),
    );
    for (list, kind) in Kind::LISTS {
        let noted = noted(|| {
            for sample in samples::of(*kind) {
                Entity::decode(*kind, &sample, SimTime::UNSET).expect("a sample");
            }
        });
        let name = kind.name();
        let about = format!("Events: `{name}.created`, `{name}.updated`, `{name}.deleted`.");
        section(&format!("`{list}`"), &about, &rows(&format!("{kind:?}"), "", &noted));
    }
    let jobs = noted(|| {
        RecordedJob::decode(&samples::job()).expect("a sample");
    });
    let about = "The jobs of the past, as ctrlplane's API lists them.";
    section("`jobs`", about, &rows("RecordedJob", "", &jobs));
    let mut states = noted(|| {
        for sample in samples::states() {
            decode::target_state(&sample).0.expect("a sample");
        }
    });
    // They are told of once.
    let releases = ["currentRelease.", "desiredRelease.", "dispatchContext.release."];
    states.retain(|path, _| !releases.iter().any(|it| path.contains(it)));
    let about = "What targets have, where `jobs` are not at hand: the state of each, as ctrlplane's API tells \
                 it. Of a job that did not succeed the release is the desired one. Releases are as in `jobs`.";
    section("`releaseTargets`", about, &rows("State", "", &states));
    for samples in samples::manifests().chunk_by(|(a, _), (b, _)| a == b) {
        let name = samples[0].0;
        let mut noted = noted(|| {
            for (_, sample) in samples {
                let names = decode::manifest::Names::default();
                decode::manifest(name, sample, &names).0.expect("a sample");
            }
        });
        noted.remove("type");
        let about = "A manifest, as `ctrlc apply` takes it: a YAML document of its own.";
        section(&format!("`type: {name}`"), about, &rows(name, "", &noted));
    }
    let mut envelope = noted(|| {
        Event::decode(&samples::envelope(), SimTime::UNSET).expect("a sample");
    });
    envelope.retain(|path, _| !path.starts_with("data."));
    let about = "The envelope of every event. `workspace.tick` and `reconcile.all` have no more; the `data` \
                 of `<kind>.created` and `.updated` is an entity, that of `.deleted` its identity.";
    section("Events", about, &rows("event", "", &envelope));
    for (name, of, sample) in samples::events() {
        let noted = noted(|| {
            Event::decode(&sample, SimTime::UNSET).expect("a sample");
        });
        section(&format!("`{name}`"), "Its `data`:", &rows(of, "data.", &noted));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[test]
fn the_page_is_what_the_decoders_read() {
    let page = page();
    let committed = include_str!("../../../../../docs/fields.md");
    let now = std::env::temp_dir().join(format!("shakedown-fields-{}.md", std::process::id()));
    if page != committed {
        std::fs::write(&now, &page).expect("the page is written");
    }
    assert!(page == committed, "docs/fields.md differs from {}", now.display());
}
