//! Events: lines of a log, applied one by one to the workspace of the examples.

#![no_main]

use std::sync::LazyLock;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::wire::document::Document;
use shakedown_engine::wire::event::Event;
use shakedown_fuzz::bounds::within_bounds;
use shakedown_fuzz::place::{Read, faults_are_placed};
use shakedown_fuzz::settled::is_settled;
use shakedown_fuzz::written::reads_as_written;
use shakedown_fuzz::{CLOCK, load};

/// Two services in three environments.
const WORKSPACE: &str = include_str!("../../examples/data/workspace.yaml");
/// Most lines that are applied.
const MOST_LINES: usize = 50;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        within_bounds(|| check(text));
    }
});

fn check(text: &str) {
    let mut fleet = workspace();
    let mut taken = Vec::new();
    for line in text.lines().take(MOST_LINES) {
        let document = match Document::parse("events.ndjson", line, fleet.now()) {
            Ok(document) => document,
            Err(error) => {
                faults_are_placed(&error, Read::Text(line));
                continue;
            }
        };
        reads_as_written(&document);
        for entry in document.entries {
            if is_taken(&mut fleet, &entry.event) {
                taken.push(entry.event);
            }
        }
    }
    // What was refused left nothing behind that tells later.
    let mut without = workspace();
    for event in taken {
        without.apply(event).expect("it was taken before");
    }
    assert_eq!(stands(&without), stands(&fleet), "a refused event left something behind");
    is_settled(&mut fleet);
}

/// Applies an event; one that is refused changes nothing, and is refused again for the same reason.
fn is_taken(fleet: &mut Fleet, event: &Event) -> bool {
    let before = stands(fleet);
    let Err(refused) = fleet.apply(event.clone()) else { return true };
    assert!(!refused.why.path.0.is_empty(), "a rejection without a field: {refused:?}");
    assert!(!refused.why.message.is_empty(), "a rejection without words: {refused:?}");
    assert_eq!(stands(fleet), before, "{refused}");
    assert_eq!(fleet.apply(event.clone()), Err(refused));
    false
}

fn workspace() -> Fleet {
    static READ: LazyLock<Document> =
        LazyLock::new(|| Document::parse("workspace.yaml", WORKSPACE, CLOCK).expect("an example"));
    load(READ.clone()).expect("an example")
}

/// What can be told apart of two fleets at once.
fn stands(fleet: &Fleet) -> (SimTime, Digest, Option<SimTime>) {
    (fleet.now(), fleet.digest(), fleet.world().resource::<Timers>().next())
}
