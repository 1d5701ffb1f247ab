//! Where an error says that it is: in a text that was read, unless the text as a whole is meant.

use std::borrow::Cow;
use std::path::Path;

use shakedown_engine::wire::document::{DocumentError, MAX_ERRORS, Place, Problem};

/// What was read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'a> {
    /// One text.
    Text(&'a str),
    /// The files of a folder, of which one may be too many or too few.
    Folder(&'a Path),
}

/// Fails unless each fault of a document lies within its file.
///
/// # Panics
/// When a fault is told without words or without a place, or beside the text.
pub fn faults_are_placed(error: &DocumentError, read: Read<'_>) {
    assert!(error.others.len() < MAX_ERRORS, "{error}");
    for fault in std::iter::once(error).chain(&error.others) {
        assert!(!fault.problem.to_string().is_empty(), "a fault without words: {fault:?}");
        match fault.place {
            None => assert!(is_of_the_whole(fault, read), "a fault without a place: {fault}"),
            Some(place) => {
                let text = text_of(fault, read);
                assert!(lies_within(place, &text), "a fault beside the text: {fault}");
            }
        }
    }
}

fn is_of_the_whole(fault: &DocumentError, read: Read<'_>) -> bool {
    match (&fault.problem, read) {
        (Problem::Empty | Problem::TooLarge { .. } | Problem::Unreadable(_), _) => true,
        // Of which no file is right: where it is follows from its name.
        (Problem::Syntax(_), Read::Folder(folder)) => Path::new(&fault.file).starts_with(folder),
        _ => false,
    }
}

/// What the file of a fault holds.
fn text_of<'a>(fault: &DocumentError, read: Read<'a>) -> Cow<'a, str> {
    match read {
        Read::Text(text) => text.into(),
        Read::Folder(folder) => {
            let path = Path::new(&fault.file);
            assert!(path.starts_with(folder), "{fault} is not of the folder");
            let bytes = std::fs::read(path).expect("a fault with a place is in a file");
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
    }
}

/// Whether a text has such a line, and one of its lines such a column; a fault may be just behind the end.
/// YAML has more line breaks than one.
fn lies_within(place: Place, text: &str) -> bool {
    let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    let lines = 1 + text.matches(breaks).count();
    let longest = text.split('\n').map(|line| line.chars().count()).max().unwrap_or_default();
    (1..=lines).contains(&place.line) && (1..=longest + 1).contains(&place.column)
}
