//! The folder that an export goes to: there whole, or not at all.
//!
//! Files are written into a folder beside it, FOLDER.partial, which takes its name when the last one is
//! there. So what FOLDER held before stays until then, and a crawl that fails leaves nothing. It is also
//! a lock: two crawls cannot both make it.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use shakedown_terminal::exit::Failure;

/// The file that says that an export is whole.
pub(crate) const LAST: &str = "export";

/// What is to be done with an export that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and there is none beside it.
    Keep,
    /// Another takes its place when it is whole.
    Replace,
}

/// A folder that is being filled. Unless it is published, it is removed again.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    existing: Existing,
    partial: PathBuf,
    /// Where an older export is while the new one takes its place.
    replaced: PathBuf,
    is_kept: bool,
}

impl Folder {
    /// Makes the folder beside the one that is wanted.
    ///
    /// # Errors
    /// When there is something that shall stay, or the folder cannot be made.
    pub fn open(path: &Path, existing: Existing) -> Result<Self, Failure> {
        if path.file_name().is_none() {
            return Err(fail(path, "is no name of a folder"));
        }
        check_vacant(path, existing)?;
        // A link stays, and leads to the new one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let [partial, replaced] = [".partial", ".replaced"].map(|suffix| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(suffix);
            path.with_file_name(name)
        });
        if replaced.exists() {
            return Err(fail(&replaced, "is there, an older export; remove it, or take it back"));
        }
        match fs::create_dir(&partial) {
            Ok(()) => Ok(Self { path, existing, partial, replaced, is_kept: false }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(fail(
                &partial,
                "is there: another crawl writes it, or one was interrupted; if none runs, remove it",
            )),
            Err(error) => Err(unwritable(&partial, &error)),
        }
    }

    /// Begins a file; its name is that of a path, without `.json`.
    pub(crate) fn create(&self, name: &str) -> Result<Writer, Failure> {
        let path = self.partial.join(format!("{name}.json"));
        let folder = path.parent().unwrap_or(&self.partial);
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        let file = File::create(&path).map_err(|error| unwritable(&path, &error))?;
        Ok(Writer { path, file: BufWriter::new(file), is_whole: false })
    }

    /// Gives the folder the name that was wanted, in place of what is there.
    ///
    /// # Errors
    /// When that fails; the folder is then kept beside it, and the failure says where.
    pub fn publish(mut self) -> Result<(), Failure> {
        self.is_kept = true;
        self.swap().map_err(|error| {
            Failure::Input(format!(
                "cannot move the export to {}: {error}; it is whole in {}",
                self.path.display(),
                self.partial.display()
            ))
        })?;
        match fs::remove_dir_all(&self.replaced) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::Input(format!(
                "the export is in {}, and the one that was there cannot be removed from {}: {error}",
                self.path.display(),
                self.replaced.display()
            ))),
            _ => Ok(()),
        }
    }

    fn swap(&self) -> io::Result<()> {
        // Removes nothing but an empty folder, which would be in the way.
        fs::remove_dir(&self.path).ok();
        if self.existing == Existing::Replace && self.path.exists() {
            fs::rename(&self.path, &self.replaced)?;
        }
        // Fails if somebody has put something here meanwhile.
        fs::rename(&self.partial, &self.path).inspect_err(|_| {
            // Whether it works or not, the error is that the new one is not in place.
            fs::rename(&self.replaced, &self.path).ok();
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What is left behind is no export, and says so by its name.
            fs::remove_dir_all(&self.partial).ok();
        }
    }
}

/// Makes sure that nothing is lost that shall stay.
fn check_vacant(path: &Path, existing: Existing) -> Result<(), Failure> {
    let mut files = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        files => files.map_err(|error| unwritable(path, &error))?,
    };
    let holds_export = path.join(LAST).with_extension("json").is_file();
    match existing {
        _ if files.next().is_none() => Ok(()),
        Existing::Replace if holds_export => Ok(()),
        Existing::Keep if holds_export => {
            Err(fail(path, "holds an export; --replace puts another in its place"))
        }
        _ => Err(fail(path, "holds something, and no export that is whole")),
    }
}

/// A file that is being written. Unless it is finished, it is removed again.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    is_whole: bool,
}

impl Writer {
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.file.write_all(text.as_bytes()).map_err(|error| unwritable(&self.path, &error))
    }

    /// Writes what is not written yet.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| unwritable(&self.path, &error))?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_whole {
            // If it stays, so does the folder, which is no export then.
            fs::remove_file(&self.path).ok();
        }
    }
}

fn fail(path: &Path, what: &str) -> Failure {
    Failure::Input(format!("{} {what}", path.display()))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!("cannot write {}: {error}", path.display()))
}
