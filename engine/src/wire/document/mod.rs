//! Documents: files that describe a workspace or what happens to it.
//!
//! Three kinds, told apart by what is in them:
//! - a *workspace document* (JSON or YAML) is one object with lists of entities, each under the
//!   plural of its kind (`resources`, `deploymentVersions`, ..), and perhaps `workspaceId` and `now`;
//! - an *event log* (NDJSON) has one event envelope per line;
//! - a *scenario* (JSON or YAML) is `{name, now, tags, reason, events}`.
//!
//! A folder that holds the lists of a workspace, and a file of *manifests* (YAML documents with a `type`
//! each, as `ctrlc apply` takes them), are workspace documents as well.
//!
//! Vocabulary: an *entry* is one event of a document and the *place* (line and column) it stands at;
//! the entities of a workspace document are entries that create them.
//!
//! Order: the entries of logs and scenarios keep theirs. Those of a workspace document are ordered by
//! kind ([`ORDER`]): owners come before what they own, and everything that restrains versions before
//! the versions; within a kind the order of the document holds.
//!
//! Invariants: a document is decoded as a whole before any of it can be applied, and an error names
//! file, line, column and field. An entry that does not decode hides none after it: up to
//! [`MAX_ERRORS`] are told; at a text that is not of its format reading stops. Bad input never ends in a
//! panic, and memory is bounded by what was good (SEMANTICS 2.1, 2.2). A member that nothing reads is
//! kept for [`Document::unknown_members`].

mod assembly;
mod error;
mod export;
mod file;
mod json;
mod log;
mod page;
mod place;
mod shapes;
mod stamp;
mod unknown;
mod value;
mod yaml;

pub use assembly::{MAX_ENTRIES, ORDER};
pub use error::{DocumentError, MAX_ERRORS, Place, Problem};
pub use file::{MAX_BYTES, MAX_YAML_BYTES};
pub use unknown::UnknownMember;
pub use value::JsonFile;

use std::path::Path;
use std::sync::Arc;

use crate::base::time::SimTime;
use crate::model::Dialect;
use crate::wire::event::{Event, FieldPath, Step};

/// A decoded document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Where it was read from, as in errors.
    pub file: String,
    /// Its own name, if it states one.
    pub name: Option<String>,
    /// The workspace it describes, if it says so.
    pub workspace_id: Option<String>,
    /// What it means, if it says so.
    pub dialect: Option<Dialect>,
    /// The clock at its beginning: what it states as `now` (or `clock`); of a log, the instant of
    /// the first event if that is stated.
    pub now: Option<SimTime>,
    /// Free words of a scenario.
    pub tags: Vec<String>,
    /// Why a scenario exists.
    pub reason: Option<String>,
    /// What happens, in order.
    pub entries: Vec<Entry>,
    /// What is odd about it as a whole, for people.
    pub remarks: Vec<String>,
    /// Members that nothing reads.
    unknown: unknown::Unknowns,
    /// What was read.
    files: Vec<SourceFile>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
struct SourceFile {
    /// As in errors.
    name: String,
    /// Without a byte order mark.
    text: Arc<str>,
    /// Lines of the file before it: one file may be several documents.
    lines_before: usize,
}

/// The kinds of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// Lists of entities.
    Workspace,
    /// One event per line.
    Log,
    /// A named list of events at one instant.
    Scenario,
}

/// One event of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub origin: Origin,
    /// Its type, as written; entities of a workspace document are `<kind>.created`.
    pub event_type: Box<str>,
    /// What happens.
    pub event: Event,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Of which file it is part, in the order in which they were read.
    pub file: usize,
    /// In the text.
    pub place: Place,
    /// The list that holds it; of an event log, and of a file that is a list, empty.
    pub list: &'static str,
    /// Its position in that list.
    pub index: usize,
    /// Where in its element.
    pub within: Within,
}

/// What part of an element of a list an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Within {
    /// All of it.
    #[default]
    Itself,
    /// A member.
    Member(&'static str),
    /// An item of a member that is a list.
    Item(&'static str, usize),
}

/// The list of an entry that is a file.
const ROOT: &str = ".";

impl Origin {
    /// The path of the entry in its file.
    fn path(&self) -> Vec<Step> {
        let key = |name: &str| Step::Key(name.to_owned());
        let mut path = match self.list {
            ROOT => Vec::new(),
            "" => vec![Step::Index(self.index)],
            list => vec![key(list), Step::Index(self.index)],
        };
        path.extend(self.within.steps());
        path
    }
}

impl Within {
    /// The path of the part, seen from the element.
    fn steps(self) -> Vec<Step> {
        let key = |name: &str| Step::Key(name.to_owned());
        match self {
            Self::Itself => Vec::new(),
            Self::Member(name) => vec![key(name)],
            Self::Item(name, at) => vec![key(name), Step::Index(at)],
        }
    }
}

impl Document {
    /// Reads and decodes the file at `path`, or the export that is in the folder there. `clock` is the
    /// clock at its beginning unless the document states one; it becomes the `createdAt` of entities
    /// that state none.
    ///
    /// Names that end in `.yaml`, `.yml`, `.json`, `.ndjson` or `.jsonl` say what to expect; of other
    /// names the content decides.
    ///
    /// # Errors
    /// When the file cannot be read, is no document of any kind, or any entry does not decode.
    pub fn read(path: impl AsRef<Path>, clock: SimTime) -> Result<Self, DocumentError> {
        let path = path.as_ref();
        if path.is_dir() {
            return export::read(path, clock);
        }
        Self::of_text(&path.display().to_string(), file::text(path)?, clock)
    }

    /// Makes sure that there is a file or a folder at `path` that may be read, without reading it.
    ///
    /// # Errors
    /// When there is none, or it may not be read.
    pub fn check_readable(path: impl AsRef<Path>) -> Result<(), DocumentError> {
        file::check_readable(path.as_ref())
    }

    /// Decodes `text` as if it had been read from a file called `name`.
    ///
    /// # Errors
    /// When it is no document of any kind, or any entry does not decode.
    ///
    /// ```
    /// use shakedown_engine::{base::time::SimTime, wire::document::Document};
    ///
    /// let text = "resources:\n  - id: vm-1\n    createdAt: yesterday\n";
    /// let error = Document::parse("fleet.yaml", text, SimTime(0)).unwrap_err();
    /// assert!(error.to_string().starts_with("fleet.yaml:3:16: resources[0].createdAt: expected"));
    /// ```
    pub fn parse(name: &str, text: &str, clock: SimTime) -> Result<Self, DocumentError> {
        Self::of_text(name, text.to_owned(), clock)
    }

    fn of_text(name: &str, text: String, clock: SimTime) -> Result<Self, DocumentError> {
        let text = file::without_mark(text);
        let whole = |assembled| {
            let text = text.as_str().into();
            (assembled, vec![SourceFile { name: name.to_owned(), text, lines_before: 0 }])
        };
        let assembled = match file::format(name, &text) {
            _ if text.trim().is_empty() => Err(vec![(None, Problem::Empty)]),
            file::Format::Yaml if text.len() > MAX_YAML_BYTES => {
                Err(vec![(None, Problem::TooLarge { most: MAX_YAML_BYTES, format: "YAML" })])
            }
            file::Format::Yaml if yaml::manifests::are_in(&text) => {
                yaml::manifests::parse(name, &text)
            }
            file::Format::Yaml => yaml::parse(&text).map(whole),
            file::Format::Log => log::parse(&text).map(whole),
            file::Format::Json => json::parse(name, &text).map(whole),
        };
        let (assembled, files) = assembled.map_err(|failures| {
            let fault = |(place, problem)| DocumentError::new(name.to_owned(), place, problem);
            DocumentError::all(failures.into_iter().map(fault)).expect("failures are never empty")
        })?;
        Ok(assembled.stamped(name, files, clock))
    }

    /// Where a field of an entry stands, and its path in the document; of a field that is missing, the
    /// place of what should have it. `path` is seen from the envelope of the entry's event. It takes looking
    /// through the text, so of a large one only the first fields are placed: those that come after more
    /// than some `before` have the place of their entry.
    #[must_use]
    pub fn locate(&self, origin: Origin, path: &FieldPath, before: usize) -> (Place, FieldPath) {
        let steps = match (self.kind, path.0.split_first()) {
            // An entity of a workspace document has no envelope around it.
            (DocumentKind::Workspace, Some((_, rest))) => rest.to_vec(),
            _ => path.0.clone(),
        };
        self.locate_in(origin, FieldPath(steps), before)
    }

    /// The same of a path that is seen from the entry.
    fn locate_in(&self, origin: Origin, path: FieldPath, before: usize) -> (Place, FieldPath) {
        let Origin { place, .. } = origin;
        let SourceFile { name, text, lines_before } = &self.files[origin.file];
        let is_yaml = file::format(name, text) == file::Format::Yaml;
        if !place::is_placed(text, is_yaml, before) {
            let is_log = self.kind == DocumentKind::Log;
            return (place, if is_log { path } else { path.under(origin.path()) });
        }
        if self.kind == DocumentKind::Log {
            let line = text.split('\n').nth(place.line - 1).unwrap_or_default();
            return (Place { line: place.line, ..place::locate(line, &path) }, path);
        }
        let path = path.under(origin.path());
        let found = match is_yaml {
            true => yaml::locate(text, &path),
            false => Some(place::locate(text, &path)),
        };
        let found = found.map(|it| Place { line: it.line + lines_before, ..it });
        (found.unwrap_or(place), path)
    }

    /// The files, as in errors; an [`Origin`] says which one.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|it| it.name.as_str())
    }

    /// The file that an entry stands in, as in errors.
    #[must_use]
    pub fn file_of(&self, origin: Origin) -> &str {
        &self.files[origin.file].name
    }
}
