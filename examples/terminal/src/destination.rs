//! Files that results go to beside stdout: pictures and traces.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use same_file::Handle;

use crate::exit::Failure;

/// A file that is opened before long work and takes what came of it. One that it made is removed again
/// if nothing did.
#[derive(Debug)]
pub struct Destination<'a> {
    path: &'a Path,
    file: File,
    /// Made, and nothing is written yet.
    is_new: bool,
}

impl<'a> Destination<'a> {
    /// Opens the file, or makes it; what it holds stays until something is written, so that nobody
    /// measures for minutes to learn that it cannot be, or loses an older result to a typing error.
    ///
    /// # Errors
    /// When the file cannot be written, or is where stdout goes as well.
    pub fn open(path: &'a Path) -> Result<Self, Failure> {
        let (file, is_new) = match OpenOptions::new().write(true).create_new(true).open(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // A link that leads nowhere is there, and what it leads to is made.
                (OpenOptions::new().write(true).create(true).truncate(false).open(path), false)
            }
            made => (made, true),
        };
        let file = file.map_err(|error| unwritable(path, &error))?;
        let opened = Self { path, file, is_new };
        if opened.identity()?.is_some_and(|it| Handle::stdout().is_ok_and(|out| out == it)) {
            return Err(Failure::Input(format!("stdout goes to {}, too", path.display())));
        }
        Ok(opened)
    }

    /// Which file it is; `None` for devices and pipes, which take any number of results.
    fn identity(&self) -> Result<Option<Handle>, Failure> {
        let identity = || {
            let is_file = self.file.metadata()?.is_file();
            is_file.then(|| Handle::from_file(self.file.try_clone()?)).transpose()
        };
        identity().map_err(|error| unwritable(self.path, &error))
    }

    /// Makes sure that no two results go to the same file.
    ///
    /// # Errors
    /// When two do.
    pub fn check_distinct<'d>(
        destinations: impl IntoIterator<Item = &'d Self>,
    ) -> Result<(), Failure>
    where
        'a: 'd,
    {
        let mut seen: Vec<Handle> = Vec::new();
        for destination in destinations {
            let Some(file) = destination.identity()? else { continue };
            if seen.contains(&file) {
                let path = destination.path.display();
                return Err(Failure::Input(format!("two results would be written to {path}")));
            }
            seen.push(file);
        }
        Ok(())
    }

    /// Puts `text` in the place of what the file held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        self.is_new = false;
        let written = self.empty().and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| unwritable(self.path, &error))
    }

    /// Devices and pipes hold nothing, and have no length that could be set.
    fn empty(&self) -> std::io::Result<()> {
        if self.file.metadata()?.is_file() { self.file.set_len(0) } else { Ok(()) }
    }
}

impl Drop for Destination<'_> {
    fn drop(&mut self) {
        if self.is_new {
            // What is left behind is an empty file, no result.
            std::fs::remove_file(self.path).ok();
        }
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

    #[test]
    fn a_file_that_was_made_for_nothing_is_removed() {
        let path = std::env::temp_dir().join(format!("destination-new-{}", std::process::id()));
        drop(Destination::open(&path).expect("it can be made"));
        assert!(!path.exists());
        Destination::open(&path).and_then(|it| it.write("")).expect("it can be written");
        assert!(path.exists(), "an empty result is one");
        drop(Destination::open(&path).expect("it can be written"));
        assert!(path.exists(), "it was there before");
        std::fs::remove_file(&path).ok();
    }

    #[test]
    fn two_results_in_one_file_are_an_error() {
        let path = std::env::temp_dir().join(format!("destination-two-{}", std::process::id()));
        let same =
            path.parent().expect("it has one").join(".").join(path.file_name().expect("set"));
        let both = [&path, &same].map(|it| Destination::open(it).expect("it can be made"));
        let Err(Failure::Input(message)) = Destination::check_distinct(&both) else {
            panic!("one of them would be lost")
        };
        assert!(message.starts_with("two results would be written to "), "{message}");
        assert!(Destination::check_distinct(&both[..1]).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn devices_take_results_as_well() {
        let [null, same] =
            [(); 2].map(|()| Destination::open(Path::new("/dev/null")).expect("it is writable"));
        assert!(Destination::check_distinct([&null, &same]).is_ok());
        assert!(null.write("a result").is_ok());
    }
}
