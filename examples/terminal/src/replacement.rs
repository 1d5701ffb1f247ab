//! Files that take the place of others when they are whole.
//!
//! Vocabulary: a *replacement* is a file under a name of its own, in the folder of the one whose place it
//! takes: by renaming it, which is done in one step or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// A file that has no place yet; unless it gets one, it is removed again.
#[derive(Debug)]
pub(crate) struct Replacement {
    name: PathBuf,
    file: File,
    is_placed: bool,
}

/// Names that are tried; those before are of processes that were killed.
const MOST_NAMES: u32 = 1_000;

impl Replacement {
    /// Makes an empty one beside `path`, whose own name may have any length.
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        let process = std::process::id();
        for number in 0..MOST_NAMES {
            let name = path.with_file_name(format!(".{process}-{number}.partial"));
            match OpenOptions::new().write(true).create_new(true).open(&name) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return Ok(Self { name, file: made?, is_placed: false }),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Writes all of `text`, and puts the file in the place of `path`, with these permissions if any.
    pub(crate) fn place(
        mut self,
        path: &Path,
        text: &str,
        permissions: Option<Permissions>,
    ) -> io::Result<()> {
        // Before anything is in it that not everybody may read.
        permissions.map_or(Ok(()), |it| self.file.set_permissions(it))?;
        self.file.write_all(text.as_bytes())?;
        // Some file systems tell only now that they are full.
        self.file.sync_all()?;
        fs::rename(&self.name, path)?;
        self.is_placed = true;
        Ok(())
    }

    /// Whether taking the place of a file changes nothing of it but what it holds: not if it has other
    /// names, or another owner than what is made here.
    #[cfg(unix)]
    pub(crate) fn is_like(&self, replaced: &File) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;
        let (own, replaced) = (self.file.metadata()?, replaced.metadata()?);
        let owners = [&own, &replaced].map(|it| (it.uid(), it.gid()));
        Ok(replaced.nlink() == 1 && owners[0] == owners[1])
    }

    #[cfg(not(unix))]
    pub(crate) fn is_like(&self, _: &File) -> io::Result<bool> {
        Ok(true)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_placed {
            // If it stays, its name says that it is no result.
            fs::remove_file(&self.name).ok();
        }
    }
}
