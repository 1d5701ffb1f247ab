//! What was decoded, written out, and decoded again.

use serde_json::{Map, Value};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{Document, DocumentKind, ORDER};
use shakedown_engine::wire::event::{Entity, Event, Payload};

use crate::CLOCK;

/// Fails unless each entity of a document is what it is written as, and a workspace that is written as a
/// document is that workspace.
///
/// # Panics
/// When something else is read than was written.
pub fn reads_as_written(document: &Document) {
    let mut lists = Map::new();
    let events = || document.entries.iter().map(|entry| &entry.event);
    for Event { payload, .. } in events() {
        let Payload::Upsert(entity) = payload else { continue };
        let written = entity.to_json();
        // Nothing may depend on the clock any more.
        let again = Entity::decode(entity.kind(), &written, SimTime::UNSET);
        let again = again.unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(again, **entity, "{written}");
        if let Some((list, _)) = ORDER.iter().find(|(_, kind)| *kind == entity.kind()) {
            let list = lists.entry(*list).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut().expect("it was made one").push(written);
        }
    }
    let is_whole = events().all(|event| matches!(event.payload, Payload::Upsert(_)));
    if document.kind != DocumentKind::Workspace || !is_whole || lists.is_empty() {
        return;
    }
    if let Some(dialect) = document.dialect {
        lists.insert("dialect".to_owned(), dialect.to_string().into());
    }
    let text = Value::Object(lists).to_string();
    let again = Document::parse("again.json", &text, CLOCK);
    let again = again.unwrap_or_else(|error| panic!("{text}: {error}"));
    // Entities of a kind are in order; a folder has those of some kinds beside each other.
    let mut stated: Vec<&Event> = events().collect();
    stated.sort_by_key(|event| match &event.payload {
        Payload::Upsert(entity) => ORDER.iter().position(|(_, kind)| *kind == entity.kind()),
        _ => None,
    });
    assert_eq!(again.entries.len(), stated.len(), "{text}");
    for (ours, theirs) in again.entries.iter().map(|entry| &entry.event).zip(stated) {
        assert_eq!(ours, theirs, "{text}");
    }
}
