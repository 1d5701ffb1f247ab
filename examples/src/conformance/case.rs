//! Cases: a scenario and the state that was recorded for it, found and read from disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::{DocumentError, JsonFile, Problem};
use shakedown_engine::wire::event::{DecodeError, ErrorClass, Event, Step};

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

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Folder {
    /// The scenarios with their goldens, in path order.
    pub cases: Vec<Case>,
    /// Files that should be part of a case and are not, and folders that cannot be read.
    pub unusable: Vec<DocumentError>,
}

impl Folder {
    /// Reads the scenarios below `path`, at any depth, or the one at `path` itself.
    ///
    /// # Errors
    /// When `path` does not exist, or there is no scenario below it, not even an unusable one.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let mut folder = Self::default();
        let mut scenarios = BTreeSet::new();
        if path.is_dir() {
            folder.collect(path, &mut scenarios, &mut BTreeSet::new());
        } else {
            scenarios.insert(scenario_of(path).unwrap_or_else(|| path.to_owned()));
        }
        let is_found = path.is_dir();
        for scenario in scenarios {
            let check = if is_found { check_file(&scenario) } else { Ok(()) };
            match check.and_then(|()| Case::read(&scenario)) {
                Ok(case) => folder.cases.push(case),
                Err(error) => folder.unusable.push(error),
            }
        }
        if folder.cases.is_empty() && folder.unusable.is_empty() {
            return Err(error(path, Problem::Syntax("no scenario in this folder".to_owned())));
        }
        Ok(folder)
    }

    /// Adds the paths of scenarios, of those that lack a golden and of those that lack but for their
    /// golden, too. `seen` are folders by their real paths: links may lead around in circles.
    fn collect(
        &mut self,
        folder: &Path,
        scenarios: &mut BTreeSet<PathBuf>,
        seen: &mut BTreeSet<PathBuf>,
    ) {
        let entries = folder.canonicalize().and_then(|real| {
            let is_new = seen.insert(real);
            let entries = if is_new { Some(std::fs::read_dir(folder)?) } else { None };
            entries.into_iter().flatten().collect::<Result<Vec<_>, _>>()
        });
        let entries = match entries {
            Ok(entries) => entries,
            Err(unreadable) => {
                return self.unusable.push(error(folder, Problem::Unreadable(unreadable)));
            }
        };
        for path in entries.into_iter().map(|entry| entry.path()) {
            if path.is_dir() {
                self.collect(&path, scenarios, seen);
            } else if let Some(scenario) = scenario_of(&path) {
                scenarios.insert(scenario);
            } else if path.extension().is_some_and(|it| it == "json") {
                scenarios.insert(path);
            }
        }
    }
}

/// The path of the scenario that a golden belongs to; `None` if `path` is not that of a golden.
fn scenario_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(GOLDEN)?;
    Some(path.with_file_name(format!("{name}.json")))
}

/// Makes sure that what nobody named is a file: pipes and devices may be read for ever. What is not there is
/// told when it is read.
fn check_file(path: &Path) -> Result<(), DocumentError> {
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => {
            Err(error(path, Problem::Syntax("expected a file".to_owned())))
        }
        _ => Ok(()),
    }
}

fn error(path: &Path, problem: Problem) -> DocumentError {
    DocumentError::new(path.display().to_string(), None, problem)
}

impl Case {
    /// Reads the scenario at `path` and the golden beside it.
    ///
    /// # Errors
    /// When one of them cannot be read or does not decode. An event that the engine refuses when it
    /// comes is no error.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let scenario = JsonFile::read(path)?;
        let golden = path.with_extension(&GOLDEN[1..]);
        check_file(&golden)?;
        let golden = JsonFile::read(&golden)?;
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

/// Whether the engine refuses what the recorded one took: a value out of range, a field or a time
/// that is none, a selector without meaning.
fn is_refusal(error: &DecodeError) -> bool {
    let is_of_data = matches!(&error.path.0[..], [Step::Key(key), _, ..] if key == "data");
    match error.class {
        ErrorClass::InvalidValue | ErrorClass::InvalidSelector => true,
        ErrorClass::MissingField => is_of_data,
        _ => false,
    }
}
