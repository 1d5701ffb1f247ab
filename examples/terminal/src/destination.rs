//! Files that results go to beside stdout: pictures and traces.
//!
//! Invariant: a file holds what it held before, or a whole result. The result is written beside it when
//! all of it is there, and takes its place; until then nothing is left in the folder, so a program may
//! be interrupted at any time, and a disk may be full. Pipes and devices are written to as they are, and
//! so is a file that nothing else can take the place of: one with several names or another owner, or in a
//! folder that takes no files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use same_file::Handle;

use crate::exit::Failure;
use crate::pipe;
use crate::replacement::Replacement;

/// A place that is checked before long work, and takes what came of it.
#[derive(Debug)]
pub struct Destination<'a> {
    /// As it was named.
    path: &'a Path,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// There is nothing at this path, which is no link.
    New(PathBuf),
    /// The file at this path, which is no link.
    Existing(PathBuf, File),
    /// A pipe or a device, or what a descriptor leads to, of whatever kind.
    Open(File),
}

/// Which file it is.
#[derive(PartialEq)]
enum Identity {
    Existing(Handle),
    New(PathBuf),
}

impl<'a> Destination<'a> {
    /// Makes sure that the file can be written, so that nobody measures for minutes to learn that it
    /// cannot be. What it holds stays until something is written; if it is not there, it is not made.
    ///
    /// # Errors
    /// When the file cannot be written, is a named pipe, or is where stdout goes as well.
    pub fn open(path: &'a Path) -> Result<Self, Failure> {
        let place = Place::at(path).map_err(|error| unwritable(path, &error))?;
        let opened = Self { path, place };
        if let Some(Identity::Existing(it)) = opened.identity()?
            && Handle::stdout().is_ok_and(|out| out == it)
        {
            return Err(Failure::Input(format!("stdout goes to {}, too", path.display())));
        }
        Ok(opened)
    }

    /// Which file it is; `None` for devices and pipes, which take any number of results.
    fn identity(&self) -> Result<Option<Identity>, Failure> {
        let identity = || match &self.place {
            Place::New(path) => {
                let folder = folder_of(path).canonicalize()?;
                let name = path.file_name().unwrap_or_default();
                Ok(Some(Identity::New(folder.join(name))))
            }
            Place::Existing(_, file) | Place::Open(file) => {
                let is_file = file.metadata()?.is_file();
                let handle = is_file.then(|| Handle::from_file(file.try_clone()?)).transpose();
                handle.map(|it| it.map(Identity::Existing))
            }
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
        let mut seen: Vec<Identity> = Vec::new();
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
    /// When the file cannot be written; it then holds what it held before, unless nothing else could take
    /// its place.
    pub fn write(self, text: &str) -> Result<(), Failure> {
        self.place.write(text).map_err(|error| unwritable(self.path, &error))
    }
}

impl Place {
    fn at(path: &Path) -> io::Result<Self> {
        pipe::refuse_named(path, "write to /dev/stdout, and let `cat` write it")?;
        let Some(real) = behind_links(path)? else {
            return Ok(Self::Open(OpenOptions::new().write(true).open(path)?));
        };
        let metadata = match fs::metadata(&real) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Whether the folder takes files is known when it took one.
                drop(Replacement::beside(&real)?);
                return Ok(Self::New(real));
            }
            metadata => metadata?,
        };
        let file = OpenOptions::new().write(true).open(&real)?;
        Ok(if metadata.is_file() { Self::Existing(real, file) } else { Self::Open(file) })
    }

    fn write(self, text: &str) -> io::Result<()> {
        match self {
            Self::New(path) => Replacement::beside(&path)?.place(&path, text, None),
            Self::Existing(path, file) => match Replacement::beside(&path) {
                Ok(replacement) if replacement.is_like(&file)? => {
                    replacement.place(&path, text, Some(file.metadata()?.permissions()))
                }
                Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(error),
                _ => overwrite(file, text),
            },
            Self::Open(file) => overwrite(file, text),
        }
    }
}

fn overwrite(mut file: File, text: &str) -> io::Result<()> {
    // Devices and pipes hold nothing, and have no length that could be set.
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(text.as_bytes())
}

/// Most links that lead from one to the next, as systems have it.
const MOST_LINKS: usize = 40;

/// Where a path leads, which need not exist; `None` if it is an open file of this process, such as
/// `/dev/stdout`: others write to the same one, so nothing may take its place.
fn behind_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let folder = folder_of(&path).canonicalize();
        if folder.is_ok_and(|it| it.starts_with("/proc") || it == Path::new("/dev/fd")) {
            return Ok(None);
        }
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            // No link, or nothing.
            Err(_) => return Ok(Some(path)),
        }
    }
    Err(io::Error::other("too many links"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_holds_stays_until_something_is_written() {
        let path = std::env::temp_dir().join(format!("destination-{}", std::process::id()));
        fs::write(&path, "an older and longer result").expect("the folder is writable");
        let read = || fs::read_to_string(&path).expect("it is there");
        let destination = Destination::open(&path).expect("it can be written");
        assert_eq!(read(), "an older and longer result");
        destination.write("a result").expect("it can be written");
        assert_eq!(read(), "a result");
        fs::remove_file(&path).ok();
    }

    /// A folder of its own, empty.
    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("destination-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        fs::create_dir(&folder).expect("the folder is writable");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it is there");
        let name = |it: io::Result<fs::DirEntry>| it.expect("it is there").file_name();
        let mut names: Vec<String> =
            entries.map(|it| name(it).to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn nothing_is_there_until_something_is_written() {
        let folder = folder("new");
        let path = folder.join("result");
        let destination = Destination::open(&path).expect("it can be made");
        assert_eq!(names(&folder), [""; 0]);
        drop(destination);
        Destination::open(&path).and_then(|it| it.write("")).expect("it can be written");
        assert_eq!(names(&folder), ["result"], "an empty result is one");
        drop(Destination::open(&path).expect("it can be written"));
        assert_eq!(names(&folder), ["result"], "it was there before");
        fs::remove_dir_all(&folder).ok();
    }

    #[test]
    fn a_result_that_fails_leaves_what_was_there() {
        let folder = folder("fails");
        let path = folder.join("result");
        let destination = Destination::open(&path).expect("it can be made");
        // What comes to be in its place meanwhile is in the way.
        fs::create_dir_all(path.join("within")).expect("the folder is writable");
        assert!(destination.write("a result").is_err());
        assert_eq!(names(&folder), ["result"]);
        fs::remove_dir_all(&folder).ok();
    }

    #[cfg(unix)]
    #[test]
    fn files_stay_what_they_are_but_for_what_they_hold() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let folder = folder("kept");
        let at = |name: &str| folder.join(name);
        let write = |name: &str, text: &str| {
            let path = at(name);
            Destination::open(&path).and_then(|it| it.write(text)).expect("it can be written");
        };
        let read = |name: &str| fs::read_to_string(at(name)).expect("it is there");
        fs::write(at("file"), "an older and longer result").expect("the folder is writable");
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o640)).expect("it is ours");
        symlink("file", at("link")).expect("the folder is writable");
        symlink("made", at("to-nothing")).expect("the folder is writable");
        fs::write(at("one"), "a result of two names").expect("the folder is writable");
        fs::hard_link(at("one"), at("two")).expect("the folder is writable");

        write("link", "through a link");
        write("to-nothing", "made through a link");
        write("one", "both");
        assert_eq!(read("file"), "through a link");
        let mode = fs::metadata(at("file")).expect("it is there").mode();
        assert_eq!(mode & 0o777, 0o640, "{mode:o}");
        assert_eq!(read("made"), "made through a link");
        assert_eq!(read("two"), "both");
        assert_eq!(names(&folder), ["file", "link", "made", "one", "to-nothing", "two"]);
        for link in ["link", "to-nothing"] {
            assert!(at(link).is_symlink(), "{link}");
        }
        symlink("circle", at("circle")).expect("the folder is writable");
        assert!(Destination::open(&at("circle")).is_err());
        fs::remove_dir_all(&folder).ok();
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_not_waited_for() {
        let folder = folder("pipe");
        let path = folder.join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo starts").success());
        let Err(Failure::Input(message)) = Destination::open(&path) else {
            panic!("nobody reads it")
        };
        assert!(message.contains("a named pipe may never open"), "{message}");
        assert!(pipe::read(&path).is_err(), "nobody writes it");
        fs::remove_dir_all(&folder).ok();
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
