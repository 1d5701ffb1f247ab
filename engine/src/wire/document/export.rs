//! Exports: a folder that holds the answers of ctrlplane's API, one file per list.
//!
//! `GET /v1/workspaces/{id}/<path>` is `<path>.json`, ids percent-encoded; a list that was cut into pages
//! goes on in `<path>.2.json` and so on. Each file is a page (`{items, total, limit, offset}`) or a bare
//! array. `export.json` comes last and says that the folder is whole, and of which instant it is.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::assembly::{Assembly, Member};
use super::error::{DocumentError, Problem};
use super::place::{Places, locate, place};
use super::{Document, DocumentKind, SourceFile, file};
use crate::base::json::Json;
use crate::base::json::read::{ReadError, Reader};
use crate::base::time::SimTime;
use crate::wire::event::{DecodeError, ErrorClass, FieldPath, Step};

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
    remarks: Vec<String>,
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
        remarks: Vec::new(),
    };
    let stated = export.object("export.json")?;
    let workspace = export.object("workspace.json")?;
    let text = |from: &Option<Json>, name: &str| {
        from.as_ref().and_then(|it| it.get(name)?.as_str().map(str::to_owned))
    };
    let mut found = false;
    for (path, list) in LISTS {
        found |= export.list(path, list)?;
    }
    if !found {
        let names: Vec<String> = LISTS.iter().map(|(path, _)| format!("`{path}.json`")).collect();
        let problem = Problem::Syntax(format!("no export: expected {}", names.join(", ")));
        return Err(DocumentError { file: root.display().to_string(), place: None, problem });
    }
    let at = text(&stated, "at").map(|at| SimTime::parse(&at));
    let now = match at {
        Some(Ok(at)) => Some(at),
        Some(Err(error)) => {
            let problem = Problem::Syntax(format!("at: {error}"));
            let file = root.join("export.json").display().to_string();
            return Err(DocumentError { file, place: None, problem });
        }
        None => None,
    };
    if stated.is_none() {
        export.remarks.push("export.json is not there: the export may not be whole".to_owned());
    }
    let Export { files, assembly, remarks, .. } = export;
    let latest = assembly.latest();
    let fail = |error: DecodeError| DocumentError {
        file: root.display().to_string(),
        place: None,
        problem: error.into(),
    };
    let mut assembled = assembly.finish().map_err(fail)?;
    assembled.now = now.or(latest);
    assembled.workspace_id = text(&workspace, "id").or_else(|| text(&stated, "workspace"));
    let document = assembled.stamped(&root.display().to_string(), files, clock);
    debug_assert_eq!(document.kind, DocumentKind::Workspace, "there are lists only");
    Ok(Document { remarks, ..document })
}

impl Export {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Reads a file, if it is there.
    fn file(&mut self, name: &str) -> Result<Option<usize>, DocumentError> {
        let path = self.path(name);
        if !path.exists() {
            return Ok(None);
        }
        let text = file::text(&path)?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.files.push(SourceFile { name: path.display().to_string(), text });
        Ok(Some(self.files.len() - 1))
    }

    /// The object that a file holds, if it is there.
    fn object(&mut self, name: &str) -> Result<Option<Json>, DocumentError> {
        let Some(at) = self.file(name)? else { return Ok(None) };
        let read = crate::base::json::read::read(&self.files[at].text);
        let value = read.map_err(|error| self.unread(at, error))?;
        match value {
            Json::Object(_) => Ok(Some(value)),
            _ => Err(self.wrong(at, FieldPath::default(), "an object")),
        }
    }

    fn unread(&self, at: usize, error: ReadError) -> DocumentError {
        let SourceFile { name, text } = &self.files[at];
        let problem = Problem::Syntax(error.problem.into_owned());
        DocumentError { file: name.clone(), place: Some(place(text, error.offset)), problem }
    }

    fn wrong(&self, at: usize, path: FieldPath, expected: &'static str) -> DocumentError {
        let (class, found) = (ErrorClass::Malformed, "something else".to_owned());
        let error = DecodeError { class, path, expected: expected.into(), found };
        self.refused(at, error)
    }

    fn refused(&self, at: usize, error: DecodeError) -> DocumentError {
        let SourceFile { name, text } = &self.files[at];
        let place = Some(locate(text, &error.path));
        DocumentError { file: name.clone(), place, problem: error.into() }
    }

    /// Reads a list of the workspace and what belongs to its elements; whether it is there.
    fn list(&mut self, path: &str, list: &'static str) -> Result<bool, DocumentError> {
        let Some(member) = self.assembly.list(list) else {
            if self.path(&format!("{path}.json")).exists() {
                self.remarks.push(format!("{path}.json is not read"));
            }
            return Ok(false);
        };
        let mut keys = Vec::new();
        let found = self.pages(path, member, &mut |export, value| {
            let inner = value.get("deployment").unwrap_or(value);
            let key = |name: &str| inner.get(name).and_then(Json::as_str).map(str::to_owned);
            let id = key("id");
            if path == "systems"
                && let Some(id) = &id
            {
                // The file of a system says what it is linked to.
                if let Some(linked) = export.object(&format!("systems/{}.json", segment(id)))? {
                    return Ok(Some(Cow::Owned(linked)));
                }
            }
            keys.push((id.clone().or_else(|| key("identifier")), key("identifier").or(id)));
            Ok(None)
        })?;
        for (id, identifier) in keys {
            let (Some(id), Some(identifier)) = (id, identifier) else { continue };
            match path {
                "deployments" => {
                    let under = format!("deployments/{}", segment(&id));
                    self.owned(&format!("{under}/versions"), "deploymentVersions", None)?;
                    self.owned(&format!("{under}/variables"), "deploymentVariables", None)?;
                }
                "resources" => {
                    let under = format!("resources/identifier/{}", segment(&identifier));
                    self.owned(&format!("{under}/variables"), "resourceVariables", Some(&id))?;
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Reads a list of what belongs to something; the resource of its elements is that of the path.
    fn owned(
        &mut self,
        path: &str,
        list: &'static str,
        resource: Option<&str>,
    ) -> Result<(), DocumentError> {
        let Some(member) = self.assembly.list(list) else { return Ok(()) };
        self.pages(path, member, &mut |_, value| {
            let (Some(resource), Json::Object(members)) = (resource, value) else {
                return Ok(None);
            };
            let mut members = members.clone();
            members.insert("resourceId".to_owned(), resource.into());
            Ok(Some(Cow::Owned(Json::Object(members))))
        })?;
        Ok(())
    }

    /// Reads all pages of a list; `instead` may put something in the place of an element. Whether the
    /// first page is there.
    fn pages(
        &mut self,
        path: &str,
        member: Member,
        instead: &mut dyn FnMut(
            &mut Self,
            &Json,
        ) -> Result<Option<Cow<'static, Json>>, DocumentError>,
    ) -> Result<bool, DocumentError> {
        let (mut read, mut total) = (0, None);
        for page in 1.. {
            let name =
                if page == 1 { format!("{path}.json") } else { format!("{path}.{page}.json") };
            let Some(at) = self.file(&name)? else {
                let Some((whole, from)) = total.filter(|&(whole, _)| whole > read) else {
                    return Ok(page > 1);
                };
                let problem = Problem::Syntax(format!(
                    "total: the list is cut: {read} of {whole} are here, and there is no `{name}`"
                ));
                let SourceFile { name, text } = &self.files[from];
                let path = FieldPath(vec![Step::Key("total".to_owned())]);
                let place = Some(locate(text, &path));
                return Err(DocumentError { file: name.clone(), place, problem });
            };
            let (elements, stated) = self.page(at, member, instead)?;
            read += elements;
            total = stated.map(|stated| (stated, at)).or(total);
        }
        unreachable!("a list ends with a page that is not there")
    }

    /// Reads a page; how many elements it has, and how many it says that there are in all.
    fn page(
        &mut self,
        at: usize,
        member: Member,
        instead: &mut dyn FnMut(
            &mut Self,
            &Json,
        ) -> Result<Option<Cow<'static, Json>>, DocumentError>,
    ) -> Result<(usize, Option<usize>), DocumentError> {
        let text = self.files[at].text.clone();
        let mut reader = Reader::new(&text);
        let mut places = Places::default();
        let mut total = None;
        let mut count = 0;
        let unread = |export: &Self, error| export.unread(at, error);
        let is_list = reader.peek() == Some(b'[');
        let mut first = true;
        if !is_list {
            reader.open(b'{').map_err(|error| unread(self, error))?;
        }
        loop {
            if !is_list {
                let Some(key) = reader.key(first).map_err(|error| unread(self, error))? else {
                    break;
                };
                first = false;
                if key != "items" {
                    let value = reader.value().map_err(|error| unread(self, error))?;
                    if key == "total" {
                        total = value.as_u64().and_then(|it| usize::try_from(it).ok());
                    }
                    continue;
                }
            }
            reader.open(b'[').map_err(|error| unread(self, error))?;
            let mut first_item = true;
            while reader.item(first_item).map_err(|error| unread(self, error))? {
                first_item = false;
                let place = places.at(&text, reader.offset());
                let value = reader.value().map_err(|error| unread(self, error))?;
                let (file, list, index, value) = match instead(self, &value)? {
                    // A file of its own stands for the element.
                    Some(other) if self.files.len() - 1 != at && member == self.system() => {
                        (self.files.len() - 1, super::ROOT, 0, other)
                    }
                    Some(other) => (at, if is_list { "" } else { "items" }, count, other),
                    None => (at, if is_list { "" } else { "items" }, count, Cow::Owned(value)),
                };
                let element = self.assembly.element_in(member, &value, (file, place, list, index));
                element.map_err(|error| self.refused(file, error))?;
                count += 1;
            }
            if is_list {
                break;
            }
        }
        reader.end().map_err(|error| unread(self, error))?;
        Ok((count, total))
    }

    fn system(&mut self) -> Member {
        self.assembly.list("systems").expect("systems are listed")
    }
}

/// A segment of a path, percent-encoded as whoever writes an export does: all but letters, digits and
/// `-._~`.
fn segment(id: &str) -> String {
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    // No segment may lead out of the folder.
    if segment.bytes().all(|byte| byte == b'.') { segment.replace('.', "%2E") } else { segment }
}
