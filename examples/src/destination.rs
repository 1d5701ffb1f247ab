//! Files that results go to beside stdout: pictures and traces.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use crate::exit::Failure;

/// A file that is opened before long work and takes what came of it.
#[derive(Debug)]
pub struct Destination<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Destination<'a> {
    /// Opens the file, or makes it; what it holds stays until something is written, so that nobody
    /// measures for minutes to learn that it cannot be, or loses an older result to a typing error.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| unwritable(path, &error))?;
        Ok(Self { path, file })
    }

    /// Puts `text` in the place of what the file held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let written = self.empty().and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| unwritable(self.path, &error))
    }

    /// Devices and pipes hold nothing, and have no length that could be set.
    fn empty(&self) -> std::io::Result<()> {
        if self.file.metadata()?.is_file() { self.file.set_len(0) } else { Ok(()) }
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Input(format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_holds_stays_until_something_is_written() {
        let path = std::env::temp_dir().join(format!("destination-{}", std::process::id()));
        std::fs::write(&path, "an older and longer result").expect("the folder is writable");
        let read = || std::fs::read_to_string(&path).expect("it is there");
        let destination = Destination::open(&path).expect("it can be written");
        assert_eq!(read(), "an older and longer result");
        destination.write("a result").expect("it can be written");
        assert_eq!(read(), "a result");
        std::fs::remove_file(&path).ok();
    }

    #[cfg(unix)]
    #[test]
    fn devices_take_results_as_well() {
        let null = Destination::open(Path::new("/dev/null")).expect("it is writable");
        assert!(null.write("a result").is_ok());
    }
}
