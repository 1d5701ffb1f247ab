//! Why a document cannot be used, and where.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::wire::Rejection;
use crate::wire::event::DecodeError;

pub use crate::wire::event::MAX_ERRORS;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// From one.
    pub line: usize,
    /// In characters, from one.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A document that cannot be used.
#[derive(Debug, Error)]
pub struct DocumentError {
    /// The file as it was named.
    pub file: String,
    /// The place, unless the file as a whole is meant.
    pub place: Option<Place>,
    /// What is wrong.
    #[source]
    pub problem: Problem,
    /// What else is wrong, in the order of the document, of every member of every object: at
    /// most [`MAX_ERRORS`] in all, and none that has others itself.
    pub others: Vec<DocumentError>,
}

impl DocumentError {
    /// A fault.
    #[must_use]
    pub const fn new(file: String, place: Option<Place>, problem: Problem) -> Self {
        Self { file, place, problem, others: Vec::new() }
    }

    /// All of several faults, in this order; none of no faults.
    #[must_use]
    pub fn all(faults: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = faults.into_iter().flat_map(|mut fault| {
            let others = std::mem::take(&mut fault.others);
            std::iter::once(fault).chain(others)
        });
        let mut faults = flat.take(MAX_ERRORS);
        let mut first = faults.next()?;
        first.others = faults.collect();
        Some(first)
    }
}

/// `fleet.yaml:17:9: resources[3].createdAt: expected .., found ..`, a line for each fault.
impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(place) = self.place {
            write!(f, "{place}:")?;
        }
        write!(f, " {}", self.problem)?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))?;
        if self.others.len() + 1 == MAX_ERRORS {
            write!(f, "\n{MAX_ERRORS} faults are told; there may be more")?;
        }
        Ok(())
    }
}

/// What is wrong with a document.
#[derive(Debug, Error)]
pub enum Problem {
    /// The file cannot be read.
    #[error("{}", unreadable(.0))]
    Unreadable(#[source] io::Error),
    /// The file is larger than is accepted.
    #[error("larger than {most} bytes, the most a {format} document may have")]
    TooLarge {
        /// The limit, bytes.
        most: usize,
        /// The format the limit is for.
        format: &'static str,
    },
    /// The file is not text.
    #[error("expected UTF-8 text, found byte {byte:#04x}")]
    Encoding {
        /// The first byte that does not fit.
        byte: u8,
    },
    /// The file has nothing in it.
    #[error("empty: expected a workspace document, an event log or a scenario")]
    Empty,
    /// The text is not of its format.
    #[error("{0}")]
    Syntax(String),
    /// An entry or member does not decode.
    #[error(transparent)]
    Field(Box<DecodeError>),
    /// The workspace does not take an entry: an owner is missing, a key is taken, a selector does
    /// not compile.
    #[error(transparent)]
    Rejected(Box<Rejection>),
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "a directory, expected a file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::Field(Box::new(error))
    }
}
