//! Event logs: one JSON envelope per line.
//!
//! Blank lines are passed over; a line may end in CR LF. Lines stand for themselves, so one that is wrong
//! hides none after it.

use super::assembly::{Assembled, MAX_ENTRIES, too_many, type_of};
use super::place::{Failure, Failures, in_order, locate};
use super::unknown::Unknowns;
use super::{DocumentKind, Entry, MAX_ERRORS, Origin, Place, Problem, Within};
use crate::base::json::read::Reader;
use crate::base::time::SimTime;
use crate::wire::event::decode;

pub(super) fn parse(text: &str) -> Result<Assembled, Failures> {
    let mut entries = Vec::new();
    let mut failures = Failures::new();
    let mut unknown = Unknowns::default();
    let mut values = 0;
    for (line, content) in text.split('\n').enumerate() {
        if content.trim().is_empty() {
            continue;
        }
        if entries.len() == MAX_ENTRIES {
            failures.push((Some(Place { line: line + 1, column: 1 }), too_many().into()));
        }
        if failures.len() >= MAX_ERRORS || entries.len() == MAX_ENTRIES {
            break;
        }
        match entry(content, line + 1, &mut values, &mut unknown) {
            Ok(entry) => entries.push(entry),
            Err(failed) => {
                let here = |place: Place| Place { line: line + 1, ..place };
                failures.extend(failed.into_iter().map(|(at, what)| (at.map(here), what)));
            }
        }
    }
    if !failures.is_empty() {
        return Err(in_order(failures));
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
        unknown,
    })
}

/// Reads a line; `values` counts those of the log. Failures are placed within the line.
fn entry(
    content: &str,
    line: usize,
    values: &mut usize,
    unknown: &mut Unknowns,
) -> Result<Entry, Failures> {
    let mut reader = Reader::continuing(content, *values);
    let offset = reader.offset();
    let value = reader.value().and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| -> Failures {
        let problem = Problem::Syntax(format!("{} (one event per line)", error.problem));
        vec![(Some(super::place::place(content, error.offset)), problem)]
    })?;
    *values = reader.values();
    let place = Place { line, column: offset + 1 };
    let origin = Origin { file: 0, place, list: "", index: 0, within: Within::Itself };
    let event_type = type_of(&value);
    let (event, found) = decode::event(&value, SimTime::UNSET);
    found.unknown.into_iter().for_each(|it| unknown.note(origin, &event_type, it));
    unknown.more += found.more;
    match event {
        Ok(event) => Ok(Entry { origin, event_type, event }),
        Err(error) => {
            let errors = std::iter::once(error).chain(found.errors);
            let failure = |error: crate::wire::event::DecodeError| -> Failure {
                (Some(locate(content, &error.path)), error.into())
            };
            Err(errors.map(failure).collect())
        }
    }
}
