//! JSON files that are no documents of a workspace, read with the same care: limits, encoding, and
//! the place of whatever does not fit.

use std::path::Path;

use super::place::{locate, place};
use super::{DocumentError, Problem, file};
use crate::base::json::Json;
use crate::base::json::read::read;
use crate::wire::event::DecodeError;

/// A file that holds one JSON value.
#[derive(Debug, Clone)]
pub struct JsonFile {
    /// Where it was read from, as in errors.
    pub file: String,
    /// What it holds; numbers keep their digits.
    pub value: Json,
    text: String,
}

impl JsonFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is too large or no JSON.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let text = file::text(path)?;
        let file = path.display().to_string();
        match read(&text) {
            Ok(value) => Ok(Self { file, value, text }),
            Err(error) => {
                let place = Some(place(&text, error.offset));
                let problem = Problem::Syntax(error.problem.into_owned());
                Err(DocumentError::new(file, place, problem))
            }
        }
    }

    /// The error with the place of its field, whose path begins at the root of the value.
    #[must_use]
    pub fn error(&self, error: DecodeError) -> DocumentError {
        let place = Some(locate(&self.text, &error.path));
        DocumentError::new(self.file.clone(), place, error.into())
    }
}
