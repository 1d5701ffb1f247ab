//! Event logs: one JSON envelope per line.
//!
//! Blank lines are passed over; a line may end in CR LF.

use super::assembly::{Assembled, MAX_ENTRIES, too_many, type_of};
use super::place::{Failure, locate};
use super::{DocumentKind, Entry, Origin, Place, Problem, Within};
use crate::base::json::read::Reader;
use crate::base::time::SimTime;
use crate::wire::event::Event;

pub(super) fn parse(text: &str) -> Result<Assembled, Failure> {
    let mut entries = Vec::new();
    let mut values = 0;
    for (line, content) in text.split('\n').enumerate() {
        if content.trim().is_empty() {
            continue;
        }
        let here = |place: Place| Some(Place { line: line + 1, ..place });
        let mut reader = Reader::continuing(content, values);
        let offset = reader.offset();
        let value = reader.value().and_then(|value| reader.end().map(|()| value));
        let value = value.map_err(|error| {
            let place = here(super::place::place(content, error.offset));
            (place, Problem::Syntax(format!("{} (one event per line)", error.problem)))
        })?;
        values = reader.values();
        let event = Event::decode(&value, SimTime::UNSET)
            .map_err(|error| (here(locate(content, &error.path)), error.into()))?;
        if entries.len() == MAX_ENTRIES {
            return Err((here(Place { line: 1, column: 1 }), too_many().into()));
        }
        let place = Place { line: line + 1, column: offset + 1 };
        let origin = Origin { file: 0, place, list: "", index: 0, within: Within::Itself };
        entries.push(Entry { origin, event_type: type_of(&value), event });
    }
    Ok(Assembled {
        kind: DocumentKind::Log,
        name: None,
        workspace_id: entries.iter().find_map(|entry| entry.event.workspace_id.clone()),
        dialect: None,
        now: None,
        tags: Vec::new(),
        reason: None,
        entries,
        remarks: Vec::new(),
    })
}
