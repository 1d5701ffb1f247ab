//! A file that the result of long work goes to.
//!
//! It is opened before the work, so that nobody waits for minutes to learn that it cannot be written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::exit::Failure;

/// The file, open.
#[derive(Debug)]
pub struct Destination<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Destination<'a> {
    /// Opens the file, or makes it; what it holds stays until the result is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| unwritable(path, &error))?;
        Ok(Self { path, file })
    }

    /// Writes the result, in place of what the file holds.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| unwritable(self.path, &error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!("cannot write {}: {error}", path.display()))
}
