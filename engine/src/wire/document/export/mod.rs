//! Exports: a folder that holds the answers of ctrlplane's API, one file per list.
//!
//! `GET /v1/workspaces/{id}/<path>` is `<path>.json`, ids percent-encoded; a list that was cut into pages
//! goes on in `<path>.2.json` and so on. Each file is a page (`{items, total, limit, offset}`) or a bare
//! array. `export.json` comes last and says that the folder is whole, and of which instant it is.

mod files;
mod pages;

use std::path::{Path, PathBuf};

use self::files::segment;
use super::assembly::Assembly;
use super::error::{DocumentError, MAX_ERRORS, Problem};
use super::{Document, DocumentKind, SourceFile};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::wire::event::DecodeError;

/// The lists of a workspace: path, and what a workspace document calls it; owners first.
const LISTS: [(&str, &str); 9] = [
    ("systems", "systems"),
    ("job-agents", "jobAgents"),
    ("relationship-rules", "relationshipRules"),
    ("policies", "policies"),
    ("resources", "resources"),
    ("variable-sets", "variableSets"),
    ("environments", "environments"),
    ("deployments", "deployments"),
    ("jobs", "jobs"),
];

/// A folder being read.
struct Export {
    root: PathBuf,
    files: Vec<SourceFile>,
    assembly: Assembly,
    /// The lists that are not there.
    missing: Vec<String>,
    /// How many elements the others have, by path.
    read: Vec<(String, usize)>,
    /// What is wrong with files as such: one hides nothing of the others.
    broken: Vec<DocumentError>,
}

/// Says what stands for an element.
type Instead<'a> = &'a mut dyn FnMut(&mut Export, &Json) -> Result<Element, Odd>;

/// What is wrong with an element.
enum Odd {
    /// The element itself, at its place.
    Here(String),
    /// Another file.
    Elsewhere(DocumentError),
}

impl From<DocumentError> for Odd {
    fn from(error: DocumentError) -> Self {
        Self::Elsewhere(error)
    }
}

/// In whose folder a list stands.
#[derive(Clone, Copy)]
enum Owner<'a> {
    /// Its elements say so, too.
    Deployment(&'a str),
    /// Its elements do not.
    Resource(&'a str),
}

/// What stands for an element of a list.
enum Element {
    /// It does.
    Itself,
    /// Another value, in its place.
    Other(Json),
    /// What a file of its own holds.
    File(Json),
}

/// Reads a folder.
///
/// # Errors
/// When a file cannot be read or decoded, when a list is cut, or when nothing is there.
pub(super) fn read(root: &Path, clock: SimTime) -> Result<Document, DocumentError> {
    let mut export = Export {
        root: root.to_owned(),
        files: Vec::new(),
        assembly: Assembly::default(),
        missing: Vec::new(),
        read: Vec::new(),
        broken: Vec::new(),
    };
    let Stated { now, workspace_id, remarks } = export.stated();
    let faults = export.assembly.faults().into_iter();
    let faults = faults.map(|(origin, error)| export.refused(origin.file, error));
    let mut faults: Vec<DocumentError> = faults.collect();
    faults.append(&mut export.broken);
    let order = |it: &DocumentError| export.files.iter().position(|file| file.name == it.file);
    faults.sort_by_cached_key(|it| (order(it).unwrap_or(usize::MAX), it.place));
    if let Some(all) = DocumentError::all(faults) {
        return Err(all);
    }
    let Export { files, assembly, .. } = export;
    let latest = assembly.latest();
    let name = root.display().to_string();
    let fail = |error: DecodeError| DocumentError::new(name.clone(), None, error.into());
    let mut assembled = assembly.finish().map_err(fail)?;
    assembled.remarks.extend(remarks);
    assembled.now = now.or(latest);
    assembled.workspace_id = workspace_id;
    let document = assembled.stamped(&name, files, clock);
    debug_assert_eq!(document.kind, DocumentKind::Workspace, "there are lists only");
    Ok(document)
}

/// What an export says of itself.
struct Stated {
    now: Option<SimTime>,
    workspace_id: Option<String>,
    remarks: Vec<String>,
}

impl Export {
    /// What was read; what is wrong is noted.
    fn noted<T>(&mut self, read: Result<T, DocumentError>) -> Option<T> {
        read.map_err(|error| self.broken.push(error)).ok()
    }

    /// Whether so much is wrong that nothing more is read.
    fn is_enough(&self) -> bool {
        self.broken.len() >= MAX_ERRORS
    }

    /// Reads all that is there; what the export says of itself.
    fn stated(&mut self) -> Stated {
        let read = self.object("export.json");
        let stated = self.noted(read).flatten();
        let read = self.object("workspace.json");
        let workspace = self.noted(read).flatten();
        for (path, list) in LISTS {
            self.list(path, list);
        }
        let missing = self.missing.join("`, `");
        let is_missing = |path: &str| self.missing.iter().any(|it| *it == format!("{path}.json"));
        if LISTS.iter().all(|(path, _)| is_missing(path)) {
            let problem = Problem::Syntax(format!("no export: expected `{missing}`"));
            let nothing = DocumentError::new(self.root.display().to_string(), None, problem);
            self.broken.push(nothing);
        }
        let mut remarks = Vec::new();
        let mut now = None;
        match &stated {
            None => {
                remarks.push("export.json is not there: the export may not be whole".to_owned());
            }
            Some((at, stated)) => {
                let instant = self.instant(*at, stated);
                now = self.noted(instant);
                remarks.extend(self.differing(stated));
            }
        }
        if !missing.is_empty() {
            remarks.push(format!("not there: `{missing}`"));
        }
        remarks.extend(self.unread_files());
        let text = |from: &Option<(usize, Json)>, name: &str| {
            from.as_ref().and_then(|(_, it)| it.get(name)?.as_str().map(str::to_owned))
        };
        let workspace_id = text(&workspace, "id").or_else(|| text(&stated, "workspace"));
        Stated { now, workspace_id, remarks }
    }

    /// The instant that `export.json` is of.
    fn instant(&self, at: usize, stated: &Json) -> Result<SimTime, DocumentError> {
        let text = stated.get("at").and_then(Json::as_str);
        let text = text.ok_or_else(|| self.odd(at, "at", "expected the instant of the export"))?;
        SimTime::parse(text).map_err(|error| self.odd(at, "at", &error.to_string()))
    }

    /// Where `export.json` counted other numbers than are here.
    fn differing(&self, stated: &Json) -> Vec<String> {
        let counts = stated.get("counts").and_then(Json::as_object).into_iter().flatten();
        let differing = counts.filter_map(|(path, count)| {
            let (_, read) = self.read.iter().find(|(known, _)| known == path)?;
            let told = format!("{path}: export.json counted {count}, and {read} are here");
            (count.as_u64() != Some(*read as u64)).then_some(told)
        });
        differing.collect()
    }

    /// Reads a list of the workspace and what belongs to its elements.
    fn list(&mut self, path: &str, list: &'static str) {
        let mut keys = Vec::new();
        let read = self.pages(path, list, &mut |export, value| {
            let inner = value.get("deployment").unwrap_or(value);
            let key = |name: &str| inner.get(name).and_then(Json::as_str).map(str::to_owned);
            let id = key("id");
            if path == "systems"
                && let Some(id) = &id
            {
                // The file of a system says what it is linked to.
                let linked = export.object(&format!("systems/{}.json", segment(id)))?;
                if let Some((at, linked)) = linked {
                    if linked.get("id") != value.get("id") {
                        let problem = format!("expected that of system `{id}`");
                        return Err(export.odd(at, "id", &problem).into());
                    }
                    return Ok(Element::File(linked));
                }
            }
            keys.push((id.clone().or_else(|| key("identifier")), key("identifier").or(id)));
            Ok(Element::Itself)
        });
        self.noted(read);
        for (id, identifier) in keys {
            if self.is_enough() {
                return;
            }
            let (Some(id), Some(identifier)) = (id, identifier) else { continue };
            match path {
                "deployments" => {
                    let under = format!("deployments/{}", segment(&id));
                    let owner = Owner::Deployment(&id);
                    self.owned(&format!("{under}/versions"), "deploymentVersions", owner);
                    self.owned(&format!("{under}/variables"), "deploymentVariables", owner);
                }
                "resources" => {
                    let under = format!("resources/identifier/{}", segment(&identifier));
                    let owner = Owner::Resource(&id);
                    self.owned(&format!("{under}/variables"), "resourceVariables", owner);
                }
                _ => {}
            }
        }
    }

    /// Reads a list of what belongs to something; the resource of its elements is that of the path.
    fn owned(&mut self, path: &str, list: &'static str, owner: Owner<'_>) {
        let read = self.pages(path, list, &mut |_, value| match owner {
            Owner::Deployment(id) => {
                let inner = value.get("variable").unwrap_or(value);
                match inner.get("deploymentId").and_then(Json::as_str) {
                    Some(other) if other != id => Err(Odd::Here(format!(
                        "deploymentId: expected `{id}`, whose folder this is, found `{other}`"
                    ))),
                    _ => Ok(Element::Itself),
                }
            }
            Owner::Resource(id) => {
                let Json::Object(members) = value else { return Ok(Element::Itself) };
                let mut members = members.clone();
                members.insert("resourceId".to_owned(), id.into());
                Ok(Element::Other(Json::Object(members)))
            }
        });
        self.noted(read);
    }
}
