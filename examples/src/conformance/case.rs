//! Cases: a scenario and the state that was recorded for it, found and read from disk.

use std::path::{Path, PathBuf};

use shakedown_engine::document::{DocumentError, JsonFile, Problem};
use shakedown_engine::entity::Json;
use shakedown_engine::event::{DecodeError, ErrorClass, Event};
use shakedown_engine::time::SimTime;

use super::golden::{self, Node};
use super::state::State;

/// How the name of a golden ends.
const GOLDEN: &str = ".golden.json";

/// A scenario and what was recorded for it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its own name.
    pub name: String,
    /// Its first tag, or else its folder.
    pub family: String,
    /// Why it exists, if it says so.
    pub reason: Option<String>,
    /// The instant at which everything happens.
    pub now: SimTime,
    /// What happens: event envelopes, in order.
    pub events: Vec<Json>,
    /// The recorded state.
    pub golden: State,
}

/// The scenarios below `path`, or `path` itself, in path order.
///
/// # Errors
/// When a folder cannot be read, or there is no scenario at all.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let mut found = Vec::new();
    if path.is_dir() {
        collect(path, &mut found)?;
        found.sort_unstable();
    } else {
        found.push(path.to_owned());
    }
    if found.is_empty() {
        return Err(error(path, Problem::Syntax("no scenario in this folder".to_owned())));
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), DocumentError> {
    let unreadable = |it| error(folder, Problem::Unreadable(it));
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            collect(&path, found)?;
        } else if name.ends_with(".json") && !name.ends_with(GOLDEN) {
            found.push(path);
        }
    }
    Ok(())
}

fn error(path: &Path, problem: Problem) -> DocumentError {
    DocumentError { file: path.display().to_string(), place: None, problem }
}

impl Case {
    /// Reads the scenario at `path` and the golden beside it.
    ///
    /// # Errors
    /// When one of them cannot be read or does not decode. An event with a value out of range is no
    /// error: the engine refuses it when it comes.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let scenario = JsonFile::read(path)?;
        let golden = JsonFile::read(&path.with_extension(&GOLDEN[1..]))?;
        let state = golden::decode(&golden.value).map_err(|it| golden.error(it))?;
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
        let folder = folder.to_string_lossy();
        Self::decode(&scenario.value, state, &folder).map_err(|it| scenario.error(it))
    }

    /// Decodes a scenario of which `golden` was recorded.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn decode(json: &Json, golden: State, folder: &str) -> Result<Self, DecodeError> {
        let root = Node::root(json);
        let text = |name| root.optional(name)?.map(|it| it.text().map(str::to_owned)).transpose();
        let now = root.member("now")?.time()?;
        let tags = root.optional("tags")?.map_or(Ok(Vec::new()), |it| golden::texts(&it))?;
        let mut events = Vec::new();
        for event in root.member("events")?.items()? {
            match Event::decode(event.value, now) {
                Err(error) if !is_refusal(&error) => {
                    return Err(DecodeError { path: error.path.under(event.path), ..error });
                }
                _ => events.push(event.value.clone()),
            }
        }
        Ok(Self {
            name: root.member("name")?.text()?.to_owned(),
            family: tags.first().map_or(folder, |it| it).to_owned(),
            reason: text("reason")?,
            now,
            events,
            golden,
        })
    }
}

/// Whether the engine refuses what it can read: a value out of range, a selector without meaning.
fn is_refusal(error: &DecodeError) -> bool {
    matches!(error.class, ErrorClass::InvalidValue | ErrorClass::InvalidSelector)
}
