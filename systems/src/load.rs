//! Loading: a fleet from a document, whole or not at all.

use std::collections::BTreeSet;

use shakedown_engine::document::{Document, DocumentError, DocumentKind, Entry, Place, Problem};
use shakedown_engine::event::{ErrorClass, Payload};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::ingest::Rejection;
use shakedown_engine::report::Report;
use shakedown_engine::time::SimTime;

/// The workspace of documents that name none.
pub const DEFAULT_WORKSPACE: &str = "ws-1";

/// Builds a fleet from a document: a workspace document takes effect as one change, the entries of
/// logs and scenarios one after another. `clock` is where the clock stands if the document does not
/// say; `visit` sees what each change caused.
///
/// # Errors
/// The first entry that the workspace does not take, with its place; nothing is loaded then.
pub fn load(
    document: Document,
    clock: SimTime,
    visit: &mut dyn FnMut(&Report),
) -> Result<Fleet, DocumentError> {
    let Document { kind, file, workspace_id, now, entries, .. } = document;
    let named =
        workspace_id.or_else(|| entries.iter().find_map(|entry| entry.event.workspace_id.clone()));
    let workspace = named.as_deref().unwrap_or(DEFAULT_WORKSPACE);
    let mut fleet = crate::fleet(workspace, now.unwrap_or(clock));
    let fail = |place, mut rejection: Rejection| {
        if kind == DocumentKind::Workspace && !rejection.path.0.is_empty() {
            rejection.path.0.remove(0); // an entity of a document has no envelope around it
        }
        DocumentError {
            file: file.clone(),
            place: Some(place),
            problem: Problem::Rejected(Box::new(rejection)),
        }
    };
    if kind == DocumentKind::Workspace {
        if let Some((place, rejection)) = repeated(&entries) {
            return Err(fail(place, rejection));
        }
        let places: Vec<_> = entries.iter().map(|entry| entry.place).collect();
        let events = entries.into_iter().map(|entry| entry.event).collect();
        let report =
            fleet.apply_together(events).map_err(|(at, rejection)| fail(places[at], rejection))?;
        visit(&report);
    } else {
        for Entry { place, event } in entries {
            let report = fleet.apply(event).map_err(|rejection| fail(place, rejection))?;
            visit(&report);
        }
    }
    Ok(fleet)
}

/// An entity that a workspace document states twice: which of the two is meant, nobody can know.
fn repeated(entries: &[Entry]) -> Option<(Place, Rejection)> {
    let mut seen = BTreeSet::new();
    for Entry { place, event } in entries {
        let Payload::Upsert(entity) = &event.payload else { continue };
        let key = entity.key();
        let kind = key.kind().name();
        let message = format!("this {kind} is in the document twice");
        if !seen.insert(key) {
            return Some((*place, Rejection::at(ErrorClass::Conflict, &["id"], message)));
        }
    }
    None
}
