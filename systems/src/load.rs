//! Loading and playing: a fleet from a document, whole or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::ingest::WorkspaceId;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::Dialect;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::document::{
    Document, DocumentError, DocumentKind, Entry, MAX_ERRORS, Origin, Problem,
};
use shakedown_engine::wire::event::{Entity, ErrorClass, Key, Payload};

use crate::diagnostics::Places;

/// The workspace of documents that name none.
pub const DEFAULT_WORKSPACE: &str = "ws-1";

/// Why something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'a> {
    /// A workspace document took effect.
    Document,
    /// An event of this type.
    Event(&'a str),
    /// A timer rang.
    Timer,
}

/// Takes what each change caused: the fleet after it, the instant, why, and the numbers.
pub type Visit<'a> = dyn FnMut(&Fleet, SimTime, Cause<'_>, &Report) + 'a;

/// Builds a fleet from a document: [`play`] for those who only want the outcome. `visit` sees what the
/// document, or each of its events, caused.
///
/// # Errors
/// The entries that the workspace does not take, with their places; nothing is loaded then.
pub fn load(
    document: Document,
    clock: SimTime,
    visit: &mut dyn FnMut(&Report),
) -> Result<Fleet, DocumentError> {
    play(document, clock, &mut |_, _, cause, report| {
        if cause != Cause::Timer {
            visit(report);
        }
    })
}

/// Plays a document through simulated time: a workspace document takes effect as one change, the
/// entries of logs and scenarios one after another, each at its instant, timers between them at
/// theirs. `clock` is where the clock stands at the beginning if the document does not say.
///
/// # Errors
/// The first entry that the workspace does not take, with its place; of a workspace document, as many as
/// are told at once. Nobody gets the fleet then.
pub fn play(
    document: Document,
    clock: SimTime,
    visit: &mut Visit<'_>,
) -> Result<Fleet, DocumentError> {
    let mut fleet = begin(&document, clock);
    play_on(&mut fleet, document, Playing::default(), visit)?;
    Ok(fleet)
}

/// Targets that a document may ask for, unless somebody allows it more ([`Fleet::set_most_targets`]).
pub const MOST_TARGETS: u64 = 10_000_000;

/// The empty fleet that a document begins with: its workspace, its dialect, and its clock, or else
/// `clock`; with room for [`MOST_TARGETS`].
#[must_use]
pub fn begin(document: &Document, clock: SimTime) -> Fleet {
    let stated = document.workspace_id.as_deref();
    let mut entries = document.entries.iter();
    let named = stated.or_else(|| entries.find_map(|it| it.event.workspace_id.as_deref()));
    let workspace = named.unwrap_or(DEFAULT_WORKSPACE);
    let dialect = document.dialect.unwrap_or_default();
    let mut fleet = crate::fleet_in(dialect, workspace, document.now.unwrap_or(clock));
    fleet.set_most_targets(MOST_TARGETS);
    fleet
}

/// How a document is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Playing {
    /// Events of logs and scenarios after this instant are left out.
    pub until: Option<SimTime>,
    /// Events of logs and scenarios that the workspace does not take are left out.
    pub keep_going: bool,
}

/// What came of playing a document, beside the fleet.
#[derive(Debug, Default)]
pub struct Played {
    /// What was left out because the workspace did not take it.
    pub refused: Vec<DocumentError>,
    /// Where what it made stands in it.
    pub places: Places,
}

/// Plays a document on a fleet: the same as [`play`] for what happens after something else.
///
/// # Errors
/// The first entry that the workspace does not take, with its place; those before it are applied. Of a
/// workspace document, as many as are told at once, and what else it has is applied.
pub fn play_on(
    fleet: &mut Fleet,
    mut document: Document,
    playing: Playing,
    visit: &mut Visit<'_>,
) -> Result<Played, DocumentError> {
    let mut played = Played::default();
    let files: Vec<Arc<str>> = document.files().map(Arc::from).collect();
    let entries = std::mem::take(&mut document.entries);
    // Each that comes after so many others.
    let fail = |before: usize, origin: Origin, rejection: Rejection| {
        let (place, path) = document.locate(origin, &rejection.path, before);
        let problem = Problem::Rejected(Box::new(Rejection { path, ..rejection }));
        DocumentError::new(document.file_of(origin).to_owned(), Some(place), problem)
    };
    let dialect = fleet.dialect();
    if document.kind == DocumentKind::Scenario {
        go_to_beginning(fleet, &document, playing.until, visit)?;
    }
    if document.kind == DocumentKind::Workspace {
        let repeated = repeated(&entries, dialect, &files).into_iter().enumerate();
        let repeated = repeated.map(|(before, (at, why))| fail(before, at, why));
        if let Some(error) = DocumentError::all(repeated) {
            return Err(error);
        }
        for Entry { origin, event, .. } in &entries {
            if let Some(owner) = Places::owner(event, &dialect) {
                played.places.note(owner, &files[origin.file], origin.place);
            }
        }
        let origins: Vec<Origin> = entries.iter().map(|entry| entry.origin).collect();
        let events = entries.into_iter().map(|entry| entry.event).collect();
        let (report, refused) = fleet.apply_document(events);
        let refused = refused.into_iter().enumerate();
        let refused = refused.map(|(before, it)| fail(before, origins[it.at], it.rejection));
        if let Some(error) = DocumentError::all(refused) {
            return Err(error);
        }
        visit(fleet, fleet.now(), Cause::Document, &report);
        return Ok(played);
    }
    for Entry { origin, event_type, event } in entries {
        let at = event.at.unwrap_or(fleet.now());
        if playing.until.is_some_and(|until| at > until) {
            continue;
        }
        let owner = Places::owner(&event, &dialect);
        let applied = if at < fleet.now() { Ok(()) } else { ring_until(fleet, at, visit) };
        match applied.and_then(|()| fleet.apply(event).map_err(Rejection::from)) {
            Ok(report) => {
                visit(fleet, fleet.now(), Cause::Event(&event_type), &report);
                if let Some(owner) = owner {
                    played.places.note(owner, &files[origin.file], origin.place);
                }
            }
            Err(rejection) if playing.keep_going => {
                let refused = fail(played.refused.len(), origin, rejection);
                played.refused.push(refused);
            }
            Err(rejection) => return Err(fail(0, origin, rejection)),
        }
    }
    Ok(played)
}

/// Moves the clock to where a scenario begins, which is of the fleet's workspace.
fn go_to_beginning(
    fleet: &mut Fleet,
    document: &Document,
    until: Option<SimTime>,
    visit: &mut Visit<'_>,
) -> Result<(), DocumentError> {
    let refuse = |problem: String| {
        Err(DocumentError::new(document.file.clone(), None, Problem::Syntax(problem)))
    };
    let own = &fleet.world().resource::<WorkspaceId>().0;
    if let Some(other) = document.workspace_id.as_ref().filter(|it| *it != own) {
        return refuse(format!("of workspace `{other}`, and the fleet is of `{own}`"));
    }
    let now = fleet.now();
    let is_over = until.is_some_and(|until| until <= now);
    match document.now {
        Some(begins) if begins < now => {
            refuse(format!("begins at {begins}, before the clock, {now}"))
        }
        Some(begins) if begins > now && !is_over => {
            let to = until.map_or(begins, |until| begins.min(until));
            pass_time(fleet, to, visit).or_else(|rejection| refuse(rejection.to_string()))
        }
        _ => Ok(()),
    }
}

/// Moves the clock to `to`; `visit` sees what each timer on the way caused.
///
/// # Errors
/// When `to` lies before the clock; nothing changes then.
pub fn pass_time(fleet: &mut Fleet, to: SimTime, visit: &mut Visit<'_>) -> Result<(), Rejection> {
    ring_until(fleet, to, visit)?;
    Ok(fleet.advance(to, &mut |_, _| {})?)
}

/// Lets every timer due at or before `to` ring; the clock then stands at the last one.
fn ring_until(fleet: &mut Fleet, to: SimTime, visit: &mut Visit<'_>) -> Result<(), Rejection> {
    while let Some(next) = fleet.world().resource::<Timers>().next().filter(|&next| next <= to) {
        let mut caused = Vec::new();
        let now = next.max(fleet.now());
        fleet.advance(now, &mut |at, report| caused.push((at, report.clone())))?;
        for (at, report) in &caused {
            visit(fleet, *at, Cause::Timer, report);
        }
    }
    Ok(())
}

/// The entities that a workspace document states twice: which of the two is meant, nobody can know. The
/// values of a key of a resource, if the dialect lets it have several, are told apart by id, or else by
/// priority and selector.
fn repeated(entries: &[Entry], dialect: Dialect, files: &[Arc<str>]) -> Vec<(Origin, Rejection)> {
    let (mut seen, mut repeated) = (BTreeMap::new(), Vec::new());
    for Entry { origin, event, .. } in entries {
        let Payload::Upsert(entity) = &event.payload else { continue };
        let key = entity.key_in(&dialect);
        let kind = key.kind().name().replace('-', " ");
        let what = match (&**entity, &key) {
            (Entity::ResourceVariable(it), _) if it.id.is_empty() => "key",
            (_, Key::UserApprovalRecord { .. }) => "userId",
            _ => "id",
        };
        if let Some(first) = seen.insert(key, *origin) {
            let (place, file) = (first.place, &files[first.file]);
            let is_same = *file == files[origin.file];
            let of = if is_same { String::new() } else { format!(" of {file}") };
            let message = format!("this {kind} is in the document twice, first at {place}{of}");
            repeated.push((*origin, Rejection::at(ErrorClass::Conflict, &[what], message)));
        }
        if repeated.len() == MAX_ERRORS {
            break;
        }
    }
    repeated
}
