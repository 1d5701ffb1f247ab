//! Named pipes, which nobody may ever open at the other end: who opens one waits for that.
//!
//! A pipe without a name, as shells put it in the place of `<(command)` and behind `/dev/stdin`, has another
//! end.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// The bytes of a small file, such as a token or certificates, or of a device or a pipe without a name.
///
/// # Errors
/// When it cannot be read, is a named pipe, or does not end.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    refuse_named(path, "let `cat` read it, and read /dev/stdin")?;
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Some devices never end.
const MOST_BYTES: u64 = 1 << 24;

/// Refuses a named pipe, and says what to do instead. What is not there, is no pipe.
#[cfg(unix)]
pub(crate) fn refuse_named(path: &Path, instead: &str) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let is_pipe = path.metadata().is_ok_and(|it| it.file_type().is_fifo());
    // One without a name has no path that leads to it, or one of open files alone.
    if is_pipe && path.canonicalize().is_ok_and(|real| !real.starts_with("/dev/fd")) {
        return Err(io::Error::other(format!("a named pipe may never open; {instead}")));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn refuse_named(_: &Path, _: &str) -> io::Result<()> {
    Ok(())
}
