//! The files of an export, read whole, and what is wrong with them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::error::{DocumentError, Problem};
use super::super::place::{locate, place};
use super::super::{SourceFile, file};
use super::Export;
use crate::base::json::Json;
use crate::base::json::read::ReadError;
use crate::wire::event::{DecodeError, ErrorClass, FieldPath, Step, describe};

/// Most files that nothing reads that are named.
const MOST_NAMED: usize = 5;

/// Files below a folder are looked for so deep: lists of what belongs to something are.
const DEEPEST: usize = 4;

impl Export {
    /// What is there and nothing reads: of a list that is called otherwise, nobody would know.
    pub(super) fn unread_files(&self) -> Option<String> {
        let read: BTreeSet<&str> = self.files.iter().map(|it| it.name.as_str()).collect();
        let mut unread = Vec::new();
        below(&self.root, DEEPEST, &mut |path| {
            let is_list = path.extension().is_some_and(|it| it == "json");
            if is_list && !read.contains(&*path.display().to_string()) {
                let name = path.strip_prefix(&self.root).unwrap_or(path);
                unread.push(name.display().to_string());
            }
        });
        unread.sort_unstable();
        let more = unread.len().saturating_sub(MOST_NAMED);
        unread.truncate(MOST_NAMED);
        let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!unread.is_empty()).then(|| format!("nothing reads `{}`{and_more}", unread.join("`, `")))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Reads a file, if it is there.
    pub(super) fn file(&mut self, name: &str) -> Result<Option<usize>, DocumentError> {
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

    /// The object that a file holds and which file it is, if it is there.
    pub(super) fn object(&mut self, name: &str) -> Result<Option<(usize, Json)>, DocumentError> {
        let Some(at) = self.file(name)? else { return Ok(None) };
        let read = crate::base::json::read::read(&self.files[at].text);
        let value = read.map_err(|error| self.unread(at, error))?;
        match value {
            Json::Object(_) => Ok(Some((at, value))),
            other => Err(self.wrong(at, FieldPath::default(), "an object", &other)),
        }
    }

    pub(super) fn unread(&self, at: usize, error: ReadError) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let problem = Problem::Syntax(error.problem.into_owned());
        DocumentError::new(name.clone(), Some(place(text, error.offset)), problem)
    }

    pub(super) fn wrong(
        &self,
        at: usize,
        path: FieldPath,
        expected: &'static str,
        found: &Json,
    ) -> DocumentError {
        let (class, found) = (ErrorClass::Malformed, describe(Some(found)));
        let error = DecodeError { class, path, expected: expected.into(), found };
        self.refused(at, error)
    }

    pub(super) fn refused(&self, at: usize, error: DecodeError) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let place = Some(locate(text, &error.path));
        DocumentError::new(name.clone(), place, error.into())
    }

    /// Something is odd about a member of a page.
    pub(super) fn odd(&self, at: usize, member: &str, problem: &str) -> DocumentError {
        let SourceFile { name, text, .. } = &self.files[at];
        let path = FieldPath(vec![Step::Key(member.to_owned())]);
        let problem = Problem::Syntax(format!("{member}: {problem}"));
        DocumentError::new(name.clone(), Some(locate(text, &path)), problem)
    }
}

/// A segment of a path, percent-encoded as whoever writes an export does: all but letters, digits and
/// `-._~`.
pub(super) fn segment(id: &str) -> String {
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

/// Visits the files below a folder, so many folders deep. What cannot be listed is passed over: nobody asked
/// for it.
fn below(folder: &Path, deepest: usize, visit: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && deepest > 0 => below(&path, deepest - 1, visit),
            Ok(kind) if kind.is_file() => visit(&path),
            _ => {}
        }
    }
}
