//! Putting a document together from its members, whatever format they are read from.
//!
//! Vocabulary: a *member* is one `key: value` of the top-level object; *scalars* are the members that
//! describe the document itself.
//!
//! Elements are decoded as they are read, with an unset clock; what they leave unset is stamped when
//! the whole document is there and its `now` is known, wherever in the file that stands.

use super::shapes::{Part, parts, seen, unread};
use super::unknown::Unknowns;
use super::{DocumentKind, Entry, Origin, Place, Within};
use crate::base::json::{Json, JsonMap};
use crate::base::time::SimTime;
use crate::model::Dialect;
use crate::wire::event::decode::manifest::Names;
use crate::wire::event::{
    DecodeError, Entity, ErrorClass, Event, FieldPath, Kind, Payload, RecordedJob, Step,
};
use crate::wire::event::{Found, MAX_ERRORS, decode, members, quoted};

/// The lists of a workspace document, in the order in which their entities are created.
pub const ORDER: &[(&str, Kind)] = Kind::LISTS;

/// Most entries of a document: bounds the memory that many tiny ones can take.
pub const MAX_ENTRIES: usize = 1 << 20;

/// The list of jobs of the past.
const JOBS: &str = "jobs";
/// The list of what targets have.
const STATES: &str = "releaseTargets";
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
    /// The jobs of the past.
    Jobs,
    /// What targets have, which is jobs of the past as well.
    States,
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
    entities: Vec<(usize, List)>,
    jobs: Option<List>,
    states: Option<List>,
    events: Option<List>,
    /// Number of entries in all lists.
    count: usize,
    scalars: JsonMap,
    /// Elements that do not decode: of which file, and why.
    faults: Vec<Fault>,
    unknown: Unknowns,
}

/// An entry that does not decode, and why, the path being that in its file.
pub(super) type Fault = (Origin, DecodeError);

/// The type of an entry that is a job of the past.
const RECORDED: &str = "job.recorded";

fn recorded(job: RecordedJob) -> Event {
    Event::now(Payload::RecordJob(Box::new(job)))
}

/// The type of an entry that is an entity.
fn created(kind: Kind) -> Box<str> {
    format!("{}.created", kind.name()).into()
}

/// Each of several, or the one reason why there is none.
fn each<T>(read: Result<Vec<T>, DecodeError>) -> Vec<Result<T, DecodeError>> {
    read.map_or_else(|error| vec![Err(error)], |all| all.into_iter().map(Ok).collect())
}

/// So much is wrong that nothing more is read.
#[derive(Debug)]
pub(super) struct Enough;

/// A list under construction.
#[derive(Debug, Default)]
struct List {
    entries: Vec<Entry>,
    /// How many elements were read: one may be several entries.
    elements: usize,
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
    /// What is odd about it as a whole, for people.
    pub(super) remarks: Vec<String>,
    pub(super) unknown: Unknowns,
}

impl Assembly {
    /// Begins the member called `key`.
    pub(super) fn open(&mut self, key: &str) -> Result<Member, DecodeError> {
        let list = ORDER.iter().position(|(name, _)| *name == key);
        let (member, repeated) = match list {
            Some(list) => {
                let repeated = self.entities.iter().any(|(other, _)| *other == list);
                self.entities.push((list, List::default()));
                (Member::Entities(list), repeated)
            }
            None if key == JOBS => (Member::Jobs, self.jobs.replace(List::default()).is_some()),
            None if key == STATES => {
                (Member::States, self.states.replace(List::default()).is_some())
            }
            None if key == EVENTS => {
                (Member::Events, self.events.replace(List::default()).is_some())
            }
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

    /// The list called `key`, begun or not; `None` if there is none of that name.
    pub(super) fn list(&mut self, key: &str) -> Option<Member> {
        if key == JOBS {
            self.jobs.get_or_insert_default();
            return Some(Member::Jobs);
        }
        if key == STATES {
            self.states.get_or_insert_default();
            return Some(Member::States);
        }
        let list = ORDER.iter().position(|(name, _)| *name == key)?;
        if !self.entities.iter().any(|(other, _)| *other == list) {
            self.entities.push((list, List::default()));
        }
        Some(Member::Entities(list))
    }

    /// Decodes the next element of the list that was opened last.
    pub(super) fn element(
        &mut self,
        member: Member,
        value: &Json,
        place: Place,
    ) -> Result<(), Enough> {
        let name = match member {
            Member::Entities(position) => ORDER[position].0,
            Member::Jobs => JOBS,
            Member::States => STATES,
            Member::Events => EVENTS,
            Member::Scalar => return Ok(()),
        };
        let index = self.entries_of(member).map_or(0, |list| list.elements);
        self.element_in(member, value, (0, place, name, index))
    }

    /// Decodes an element that stands in a file, at a place, in a list, at a position. One that does not
    /// fit is a fault.
    pub(super) fn element_in(
        &mut self,
        member: Member,
        value: &Json,
        (file, place, list, index): (usize, Place, &'static str, usize),
    ) -> Result<(), Enough> {
        let at = |within| Origin { file, place, list, index, within };
        let here = at(Within::Itself);
        match member {
            Member::Entities(position) => {
                let kind = ORDER[position].1;
                unread(kind, value)
                    .into_iter()
                    .for_each(|it| self.unknown.note(here, kind.name(), it));
                let element = value;
                let parts = parts(kind, value).or_else(|error| {
                    self.entry(member, here, created(kind), Err(error)).map(|()| Vec::new())
                })?;
                for Part { kind, value, within } in parts {
                    let (entity, mut found) = decode::entity(kind, &value, SimTime::UNSET);
                    let seen = |error: DecodeError| DecodeError {
                        path: seen(element, within, error.path),
                        ..error
                    };
                    let (origin, event) = match entity {
                        Ok(entity) => (at(within), Ok(Event::upsert(entity))),
                        Err(error) => (here, Err(seen(error))),
                    };
                    let taken = self.entry(member, origin, created(kind), event);
                    let errors = std::mem::take(&mut found.errors).into_iter().map(seen);
                    errors.for_each(|error| self.fault(here, error));
                    self.note(at(within), kind.name(), found);
                    taken?;
                }
            }
            Member::Jobs => {
                let (job, found) = decode::recorded_job(value);
                let taken = self.entry(member, here, RECORDED.into(), job.map(recorded));
                self.note(here, "job", found);
                taken?;
            }
            Member::States => {
                let (jobs, found) = decode::target_state(value);
                let mut jobs = each(jobs).into_iter().map(|job| job.map(recorded));
                let taken = jobs.try_for_each(|job| self.entry(member, here, RECORDED.into(), job));
                self.note(here, "release-target", found);
                taken?;
            }
            Member::Events => {
                let event_type = type_of(value);
                let (event, found) = decode::event(value, SimTime::UNSET);
                let taken = self.entry(member, here, event_type.clone(), event);
                self.note(here, &event_type, found);
                taken?;
            }
            Member::Scalar => {}
        }
        if let Some(list) = self.entries_of(member) {
            list.elements += 1;
        }
        Ok(())
    }

    /// Decodes a manifest of a known type that stands in a file, at a place.
    pub(super) fn manifest(
        &mut self,
        (file, place): (usize, Place),
        of: &str,
        manifest: &Json,
        names: &Names,
    ) -> Result<(), Enough> {
        let here = Origin { file, place, list: super::ROOT, index: 0, within: Within::Itself };
        let (entities, found) = decode::manifest(of, manifest, names);
        let taken = each(entities).into_iter().try_for_each(|entity| {
            let kind = entity.as_ref().map_or(Kind::System, Entity::kind);
            let (list, _) =
                ORDER.iter().find(|(_, it)| *it == kind).expect("manifests state what has a list");
            let member = self.list(list).expect("documents have these lists");
            self.entry(member, here, created(kind), entity.map(Event::upsert))
        });
        self.note(here, of, found);
        taken
    }

    /// The list of a member, if it was begun.
    fn entries_of(&mut self, member: Member) -> Option<&mut List> {
        match member {
            Member::Entities(position) => {
                let mut lists = self.entities.iter_mut();
                lists.find(|(other, _)| *other == position).map(|(_, list)| list)
            }
            Member::Jobs => self.jobs.as_mut(),
            Member::States => self.states.as_mut(),
            Member::Events => self.events.as_mut(),
            Member::Scalar => None,
        }
    }

    /// Takes what was found beside an entry that is an `of`.
    fn note(&mut self, origin: Origin, of: &str, found: Found) {
        found.unknown.into_iter().for_each(|it| self.unknown.note(origin, of, it));
        self.unknown.more += found.more;
        found.errors.into_iter().for_each(|error| self.fault(origin, error));
    }

    /// Takes an entry, or why it does not fit.
    fn entry(
        &mut self,
        member: Member,
        origin: Origin,
        event_type: Box<str>,
        event: Result<Event, DecodeError>,
    ) -> Result<(), Enough> {
        self.count += 1;
        let is_full = self.count > MAX_ENTRIES;
        match if is_full { Err(too_many()) } else { event } {
            // Of a document with faults, nothing is kept.
            Ok(event) if self.faults.is_empty() => {
                if let Some(list) = self.entries_of(member) {
                    list.entries.push(Entry { origin, event_type, event });
                }
            }
            Ok(_) => {}
            Err(error) => self.fault(origin, error),
        }
        if is_full || self.faults.len() >= MAX_ERRORS { Err(Enough) } else { Ok(()) }
    }

    fn fault(&mut self, origin: Origin, error: DecodeError) {
        if self.faults.len() < MAX_ERRORS {
            let path = error.path.under(origin.path());
            self.faults.push((origin, DecodeError { path, ..error }));
        }
    }

    /// Whether no list was begun.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.jobs, &self.states, &self.events];
        self.entities.is_empty() && lists.iter().all(|it| it.is_none())
    }

    /// The fault that was found last.
    pub(super) fn last_fault(&mut self) -> Option<Fault> {
        self.faults.pop()
    }

    /// The faults that were found, those of what the document says of itself first.
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        let place = Place { line: 1, column: 1 };
        let here = Origin { file: 0, place, list: super::ROOT, index: 0, within: Within::Itself };
        let (stated, found) = members::decode(&self.scalars);
        let stated = stated.err().into_iter().chain(found.errors).map(|error| (here, error));
        stated.chain(std::mem::take(&mut self.faults)).take(MAX_ERRORS).collect()
    }

    /// The latest instant of creation or completion that is stated.
    pub(super) fn latest(&self) -> Option<SimTime> {
        let jobs = self.jobs.iter().chain(&self.states).flat_map(|list| &list.entries);
        let entities = self.entities.iter().flat_map(|(_, list)| &list.entries);
        let times = jobs.chain(entities).filter_map(|entry| match &entry.event.payload {
            Payload::RecordJob(job) => Some(job.created_at.max(job.completed_at)),
            Payload::Upsert(entity) => match &**entity {
                Entity::Resource(it) => {
                    Some(it.created_at.max(it.updated_at.unwrap_or(SimTime::UNSET)))
                }
                Entity::Environment(it) => Some(it.created_at),
                Entity::DeploymentVersion(it) => Some(it.created_at),
                Entity::Policy(it) => Some(it.created_at),
                _ => None,
            },
            _ => None,
        });
        times.max().and_then(SimTime::get)
    }

    /// The document, when all members were read and there are no faults.
    pub(super) fn finish(mut self) -> Result<Assembled, DecodeError> {
        let name = self.entities.first().map(|(list, _)| ORDER[*list].0);
        let mut remarks = Vec::new();
        if self.jobs.is_some() && self.states.take_if(|it| !it.entries.is_empty()).is_some() {
            remarks.push(format!("`{STATES}` is not read beside `{JOBS}`, which tells more"));
        }
        let jobs = self.jobs.as_ref().map(|_| JOBS).or(self.states.as_ref().map(|_| STATES));
        let (kind, entries) = match (self.events, name.or(jobs)) {
            (Some(events), None) => (DocumentKind::Scenario, events.entries),
            (None, Some(_)) => {
                self.entities.sort_by_key(|(list, _)| *list);
                let lists = self.entities.into_iter().map(|(_, list)| list).chain(self.jobs);
                let lists = lists.chain(self.states);
                (DocumentKind::Workspace, lists.flat_map(|list| list.entries).collect())
            }
            (Some(_), Some(list)) => {
                let expected = "events or lists of entities, not both";
                return Err(fail(list, ErrorClass::Malformed, expected, "both"));
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
        let stated = members::decode(&self.scalars).0?;
        Ok(Assembled {
            kind,
            name: stated.name,
            workspace_id: stated.workspace_id,
            dialect: stated.dialect,
            now: stated.now,
            tags: stated.tags,
            reason: stated.reason,
            entries,
            remarks,
            unknown: self.unknown,
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

pub(super) fn unknown(key: &str) -> DecodeError {
    let lists = ORDER.iter().map(|(name, _)| *name);
    let names: Vec<_> = SCALARS.into_iter().chain(lists).chain([JOBS, STATES, EVENTS]).collect();
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
