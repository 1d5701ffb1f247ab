//! Putting a document together from its members, whatever format they are read from.
//!
//! Vocabulary: a *member* is one `key: value` of the top-level object; *scalars* are the members that
//! describe the document itself.
//!
//! Elements are decoded as they are read, with an unset clock; what they leave unset is stamped when
//! the whole document is there and its `now` is known, wherever in the file that stands.

use super::{DocumentKind, Entry, Origin, Place};
use crate::base::json::{Json, JsonMap};
use crate::base::time::SimTime;
use crate::model::Dialect;
use crate::wire::event::{DecodeError, Entity, ErrorClass, Event, FieldPath, Kind, Step};
use crate::wire::event::{members, quoted};

/// The lists of a workspace document, in the order in which their entities are created.
pub const ORDER: &[(&str, Kind)] = Kind::LISTS;

/// Most entries of a document: bounds the memory that many tiny ones can take.
pub const MAX_ENTRIES: usize = 1 << 20;

/// The list of a scenario.
const EVENTS: &str = "events";
/// Members that describe the document.
const SCALARS: [&str; 8] =
    ["name", "description", "workspaceId", "dialect", "now", "clock", "tags", "reason"];
/// Members of an event envelope: a text that begins with one is a log.
const ENVELOPE: [&str; 4] = ["eventType", "data", "at", "timestamp"];

/// What a member of the top-level object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// The list at this position of [`ORDER`].
    Entities(usize),
    /// The events of a scenario.
    Events,
    /// Describes the document.
    Scalar,
}

/// Whether `key` belongs to an event rather than to a document.
pub(super) fn is_envelope(key: &str) -> bool {
    ENVELOPE.contains(&key)
}

/// A document under construction.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// One list per entry of [`ORDER`], once it was seen.
    entities: Vec<(usize, Vec<Entry>)>,
    events: Option<Vec<Entry>>,
    /// Number of entries in all lists.
    count: usize,
    scalars: JsonMap,
}

/// A document whose entities may lack their creation time.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) kind: DocumentKind,
    pub(super) name: Option<String>,
    pub(super) workspace_id: Option<String>,
    pub(super) dialect: Option<Dialect>,
    pub(super) now: Option<SimTime>,
    pub(super) tags: Vec<String>,
    pub(super) reason: Option<String>,
    pub(super) entries: Vec<Entry>,
}

impl Assembly {
    /// Begins the member called `key`.
    pub(super) fn open(&mut self, key: &str) -> Result<Member, DecodeError> {
        let list = ORDER.iter().position(|(name, _)| *name == key);
        let (member, repeated) = match list {
            Some(list) => {
                let repeated = self.entities.iter().any(|(other, _)| *other == list);
                self.entities.push((list, Vec::new()));
                (Member::Entities(list), repeated)
            }
            None if key == EVENTS => (Member::Events, self.events.replace(Vec::new()).is_some()),
            None if SCALARS.contains(&key) => (Member::Scalar, self.scalars.contains_key(key)),
            None => return Err(unknown(key)),
        };
        if repeated {
            return Err(fail(key, ErrorClass::Malformed, "this key once", "it twice"));
        }
        Ok(member)
    }

    /// Keeps a member that describes the document.
    pub(super) fn scalar(&mut self, key: &str, value: Json) {
        self.scalars.insert(key.to_owned(), value);
    }

    /// Decodes the next element of the list that was opened last.
    pub(super) fn element(
        &mut self,
        member: Member,
        value: &Json,
        place: Place,
    ) -> Result<(), DecodeError> {
        let (list, name, event_type, event) = match member {
            Member::Entities(position) => {
                let (name, kind) = ORDER[position];
                let entity = Entity::decode(kind, value, SimTime::UNSET);
                let event = entity.map(Event::upsert);
                let event_type = format!("{}.created", kind.name()).into();
                (self.entities.last_mut().map(|(_, list)| list), name, event_type, event)
            }
            Member::Events => {
                let event = Event::decode(value, SimTime::UNSET);
                (self.events.as_mut(), EVENTS, type_of(value), event)
            }
            Member::Scalar => return Ok(()),
        };
        let Some(list) = list else { return Ok(()) };
        self.count += 1;
        let event = if self.count > MAX_ENTRIES { Err(too_many()) } else { event };
        let event = event.map_err(|error| {
            let prefix = vec![Step::Key(name.to_owned()), Step::Index(list.len())];
            DecodeError { path: error.path.under(prefix), ..error }
        })?;
        list.push(Entry {
            origin: Origin { place, list: name, index: list.len() },
            event_type,
            event,
        });
        Ok(())
    }

    /// The document, when all members were read.
    pub(super) fn finish(mut self) -> Result<Assembled, DecodeError> {
        let (kind, entries) = match (self.events, self.entities.first()) {
            (Some(events), None) => (DocumentKind::Scenario, events),
            (None, Some(_)) => {
                self.entities.sort_by_key(|(list, _)| *list);
                let entries = self.entities.into_iter().flat_map(|(_, entries)| entries).collect();
                (DocumentKind::Workspace, entries)
            }
            (Some(_), Some((list, _))) => {
                let expected = "events or lists of entities, not both";
                return Err(fail(ORDER[*list].0, ErrorClass::Malformed, expected, "both"));
            }
            (None, None) => {
                return Err(DecodeError {
                    class: ErrorClass::MissingField,
                    path: FieldPath::default(),
                    expected: "`events` or lists of entities (`resources`, ..)".into(),
                    found: "neither".to_owned(),
                });
            }
        };
        let stated = members::decode(&self.scalars)?;
        Ok(Assembled {
            kind,
            name: stated.name,
            workspace_id: stated.workspace_id,
            dialect: stated.dialect,
            now: stated.now,
            tags: stated.tags,
            reason: stated.reason,
            entries,
        })
    }
}

/// The type of an envelope, as written.
pub(super) fn type_of(envelope: &Json) -> Box<str> {
    envelope.get("eventType").and_then(Json::as_str).unwrap_or_default().into()
}

/// What to say of a document that is no object.
pub(super) fn no_object(found: &str) -> String {
    format!(
        "expected an object with `events` or lists of entities (`resources`, ..), found {found}"
    )
}

/// The error of the first entry that is one too many.
pub(super) fn too_many() -> DecodeError {
    DecodeError {
        class: ErrorClass::InvalidValue,
        path: FieldPath::default(),
        expected: format!("no more than {MAX_ENTRIES} entries in a document").into(),
        found: "another one".to_owned(),
    }
}

fn unknown(key: &str) -> DecodeError {
    let lists = ORDER.iter().map(|(name, _)| *name);
    let names: Vec<_> = SCALARS.into_iter().chain(lists).chain([EVENTS]).collect();
    let expected = format!("one of `{}`", names.join("`, `"));
    fail(key, ErrorClass::InvalidValue, expected, &quoted(key))
}

fn fail(
    key: &str,
    class: ErrorClass,
    expected: impl Into<std::borrow::Cow<'static, str>>,
    found: &str,
) -> DecodeError {
    let path = FieldPath(vec![Step::Key(key.to_owned())]);
    DecodeError { class, path, expected: expected.into(), found: found.to_owned() }
}
