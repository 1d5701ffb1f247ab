//! Exports: a folder that holds the answers of ctrlplane's API, one file per list.
//!
//! `GET /v1/workspaces/{id}/<path>` is `<path>.json`, ids percent-encoded; a list that was cut into pages
//! goes on in `<path>.2.json` and so on. Each file is a page (`{items, total, limit, offset}`) or a bare
//! array. `export.json` comes last and says that the folder is whole, and of which instant it is.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assembly::Assembly;
use super::error::{DocumentError, Problem};
use super::page::{ITEMS, Page};
use super::place::{Places, locate, place};
use super::{Document, DocumentKind, Place, SourceFile, file};
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
    /// The lists that are not there.
    missing: Vec<String>,
    /// How many elements the others have, by path.
    read: Vec<(String, usize)>,
}

/// Says what stands for an element.
type Instead<'a> = &'a mut dyn FnMut(&mut Export, &Json) -> Result<Element, DocumentError>;

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
    };
    let read = export.stated();
    let faults: Vec<(usize, DecodeError)> = export.assembly.faults();
    let faults: Vec<_> = faults.into_iter().map(|(at, error)| export.refused(at, error)).collect();
    let Stated { now, workspace_id, remarks } = match read {
        Ok(stated) if faults.is_empty() => stated,
        read => {
            let all = DocumentError::all(faults.into_iter().chain(read.err()));
            return Err(all.expect("not both are in order"));
        }
    };
    let Export { files, assembly, .. } = export;
    let latest = assembly.latest();
    let name = root.display().to_string();
    let fail = |error: DecodeError| DocumentError::new(name.clone(), None, error.into());
    let mut assembled = assembly.finish().map_err(fail)?;
    assembled.remarks = remarks;
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
    /// Reads all that is there; what the export says of itself.
    fn stated(&mut self) -> Result<Stated, DocumentError> {
        let stated = self.object("export.json")?;
        let workspace = self.object("workspace.json")?;
        for (path, list) in LISTS {
            self.list(path, list)?;
        }
        let missing = self.missing.join("`, `");
        let is_missing = |path: &str| self.missing.iter().any(|it| *it == format!("{path}.json"));
        if LISTS.iter().all(|(path, _)| is_missing(path)) {
            let problem = Problem::Syntax(format!("no export: expected `{missing}`"));
            return Err(DocumentError::new(self.root.display().to_string(), None, problem));
        }
        let mut remarks = Vec::new();
        let mut now = None;
        match &stated {
            None => {
                remarks.push("export.json is not there: the export may not be whole".to_owned());
            }
            Some((at, stated)) => {
                now = Some(self.instant(*at, stated)?);
                remarks.extend(self.differing(stated));
            }
        }
        if !missing.is_empty() {
            remarks.push(format!("not there: `{missing}`"));
        }
        let text = |from: &Option<(usize, Json)>, name: &str| {
            from.as_ref().and_then(|(_, it)| it.get(name)?.as_str().map(str::to_owned))
        };
        let workspace_id = text(&workspace, "id").or_else(|| text(&stated, "workspace"));
        Ok(Stated { now, workspace_id, remarks })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Reads a file, if it is there.
    fn file(&mut self, name: &str) -> Result<Option<usize>, DocumentError> {
        let path = self.path(name);
        let fail = |error| {
            let (file, problem) = (path.display().to_string(), Problem::Unreadable(error));
            DocumentError::new(file, None, problem)
        };
        match path.symlink_metadata() {
            // A name that is too long was never written.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(fail(error)),
            Ok(_) => {}
        }
        // Nobody waits for what a pipe may bring.
        if !path.metadata().map_err(fail)?.is_file() {
            let problem = Problem::Syntax("expected a file".to_owned());
            return Err(DocumentError::new(path.display().to_string(), None, problem));
        }
        let text = file::without_mark(file::text(&path)?).into();
        self.files.push(SourceFile { name: path.display().to_string(), text, lines_before: 0 });
        Ok(Some(self.files.len() - 1))
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

    /// The object that a file holds and which file it is, if it is there.
    fn object(&mut self, name: &str) -> Result<Option<(usize, Json)>, DocumentError> {
        let Some(at) = self.file(name)? else { return Ok(None) };
        let read = crate::base::json::read::read(&self.files[at].text);
        let value = read.map_err(|error| self.unread(at, error))?;
        match value {
            Json::Object(_) => Ok(Some((at, value))),
            _ => Err(self.wrong(at, FieldPath::default(), "an object")),
        }
    }

    fn unread(&self, at: usize, error: ReadError) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let problem = Problem::Syntax(error.problem.into_owned());
        DocumentError::new(name.clone(), Some(place(text, error.offset)), problem)
    }

    fn wrong(&self, at: usize, path: FieldPath, expected: &'static str) -> DocumentError {
        let (class, found) = (ErrorClass::Malformed, "something else".to_owned());
        let error = DecodeError { class, path, expected: expected.into(), found };
        self.refused(at, error)
    }

    fn refused(&self, at: usize, error: DecodeError) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let place = Some(locate(text, &error.path));
        DocumentError::new(name.clone(), place, error.into())
    }

    /// Reads a list of the workspace and what belongs to its elements.
    fn list(&mut self, path: &str, list: &'static str) -> Result<(), DocumentError> {
        let mut keys = Vec::new();
        self.pages(path, list, &mut |export, value| {
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
                        return Err(export.odd(
                            at,
                            "id",
                            &format!("expected that of system `{id}`"),
                        ));
                    }
                    return Ok(Element::File(linked));
                }
            }
            keys.push((id.clone().or_else(|| key("identifier")), key("identifier").or(id)));
            Ok(Element::Itself)
        })?;
        for (id, identifier) in keys {
            let (Some(id), Some(identifier)) = (id, identifier) else { continue };
            match path {
                "deployments" => {
                    let under = format!("deployments/{}", segment(&id));
                    let owner = Owner::Deployment(&id);
                    self.owned(&format!("{under}/versions"), "deploymentVersions", owner)?;
                    self.owned(&format!("{under}/variables"), "deploymentVariables", owner)?;
                }
                "resources" => {
                    let under = format!("resources/identifier/{}", segment(&identifier));
                    let owner = Owner::Resource(&id);
                    self.owned(&format!("{under}/variables"), "resourceVariables", owner)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads a list of what belongs to something; the resource of its elements is that of the path.
    fn owned(
        &mut self,
        path: &str,
        list: &'static str,
        owner: Owner<'_>,
    ) -> Result<(), DocumentError> {
        self.pages(path, list, &mut |export, value| match owner {
            Owner::Deployment(id) => {
                let inner = value.get("variable").unwrap_or(value);
                match inner.get("deploymentId").and_then(Json::as_str) {
                    Some(other) if other != id => {
                        let file = export.files.last().map_or("", |file| &file.name).to_owned();
                        let problem =
                            format!("an entity of deployment `{other}`, in the folder of `{id}`");
                        let problem = Problem::Syntax(problem);
                        Err(DocumentError::new(file, None, problem))
                    }
                    _ => Ok(Element::Itself),
                }
            }
            Owner::Resource(id) => {
                let Json::Object(members) = value else { return Ok(Element::Itself) };
                let mut members = members.clone();
                members.insert("resourceId".to_owned(), id.into());
                Ok(Element::Other(Json::Object(members)))
            }
        })
    }

    /// Reads all pages of a list; `instead` may put something in the place of an element.
    fn pages(
        &mut self,
        path: &str,
        list: &'static str,
        instead: Instead<'_>,
    ) -> Result<(), DocumentError> {
        let (mut read, mut total, mut page) = (0, None, 0);
        let name =
            |page| if page == 1 { format!("{path}.json") } else { format!("{path}.{page}.json") };
        loop {
            page += 1;
            let Some(at) = self.file(&name(page))? else { break };
            let (elements, header) = self.page(at, list, instead)?;
            if let Some(offset) = header.offset.filter(|&offset| offset != read) {
                let problem = format!("{offset} elements stand before it, and {read} are here");
                return Err(self.odd(at, "offset", &problem));
            }
            read += elements;
            total = header.total.map(|total| (total, at)).or(total);
        }
        if let Some(at) = self.file(&name(page + 1))? {
            let problem = format!("a page of a list without `{}`", name(page));
            let file = self.files[at].name.clone();
            return Err(DocumentError::new(file, None, Problem::Syntax(problem)));
        }
        if page == 1 {
            self.missing.push(name(page));
            return Ok(());
        }
        if let Some((whole, at)) = total.filter(|&(whole, _)| whole != read) {
            let missing = name(page);
            let problem = if whole > read {
                format!("the list is cut: {read} of {whole} are here, and there is no `{missing}`")
            } else {
                format!("{whole} elements in all, and {read} are here")
            };
            return Err(self.odd(at, "total", &problem));
        }
        self.read.push((path.to_owned(), read));
        Ok(())
    }

    /// Something is odd about a member of a page.
    fn odd(&self, at: usize, member: &str, problem: &str) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let path = FieldPath(vec![Step::Key(member.to_owned())]);
        let problem = Problem::Syntax(format!("{member}: {problem}"));
        DocumentError::new(name.clone(), Some(locate(text, &path)), problem)
    }

    /// Reads a page; how many elements it has, and what it says of itself.
    fn page(
        &mut self,
        at: usize,
        list: &'static str,
        instead: Instead<'_>,
    ) -> Result<(usize, Page), DocumentError> {
        let member = self.assembly.list(list).expect("documents have these lists");
        let text = Arc::clone(&self.files[at].text);
        let mut reader = Reader::new(&text);
        let mut places = Places::default();
        let mut header = Page::default();
        let mut count = 0;
        let unread = |export: &Self, error| export.unread(at, error);
        let is_list = reader.peek() == Some(b'[');
        let (mut first, mut has_items) = (true, is_list);
        if !is_list {
            reader.open(b'{').map_err(|error| unread(self, error))?;
        }
        loop {
            if !is_list {
                let key = reader.placed_key(first).map_err(|error| unread(self, error))?;
                let Some((offset, key)) = key else { break };
                first = false;
                let wrong = |problem: String| ReadError { offset, problem: problem.into() };
                if Page::has(&key) {
                    let value = reader.value().map_err(|error| unread(self, error))?;
                    let set = header.set(&key, &value).map_err(wrong);
                    set.map_err(|error| unread(self, error))?;
                    continue;
                }
                if key != ITEMS || has_items {
                    let problem = format!("{key}: expected `items`, `total`, `limit` and `offset`");
                    return Err(unread(self, wrong(problem)));
                }
                has_items = true;
            }
            reader.open(b'[').map_err(|error| unread(self, error))?;
            let mut first_item = true;
            while reader.item(first_item).map_err(|error| unread(self, error))? {
                first_item = false;
                let place = places.at(&text, reader.offset());
                let value = reader.value().map_err(|error| unread(self, error))?;
                let here = (at, place, if is_list { "" } else { "items" }, count);
                let (origin, value) = match instead(self, &value)? {
                    Element::Itself => (here, value),
                    Element::Other(other) => (here, other),
                    Element::File(other) => {
                        let begin = Place { line: 1, column: 1 };
                        ((self.files.len() - 1, begin, super::ROOT, 0), other)
                    }
                };
                if self.assembly.element_in(member, &value, origin).is_err() {
                    let (at, error) = self.assembly.last_fault().expect("there are many");
                    return Err(self.refused(at, error));
                }
                count += 1;
            }
            if is_list {
                break;
            }
        }
        reader.end().map_err(|error| unread(self, error))?;
        if !has_items {
            return Err(self.wrong(
                at,
                FieldPath::default(),
                "a list, or a page of one with `items`",
            ));
        }
        Ok((count, header))
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
