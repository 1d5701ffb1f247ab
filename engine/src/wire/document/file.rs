//! From a file to its text, and which format the text is in.
//!
//! The first block is looked at before the rest is read, so that a large file that is no text costs
//! nothing.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use super::place::place;
use super::{DocumentError, Problem};

/// Most bytes of a document.
pub const MAX_BYTES: usize = 1 << 30;
/// Most bytes of a YAML document, which costs ten times as much to read as JSON.
pub const MAX_YAML_BYTES: usize = 1 << 26;

/// Bytes looked at before the rest is read.
const FIRST: u64 = 1 << 16;

/// A text without its byte order mark, which says nothing in UTF-8. Columns do not count it.
pub(super) fn without_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// Makes sure that there is something that can be opened; a pipe is not, since that may be done once.
pub(super) fn check_readable(path: &Path) -> Result<(), DocumentError> {
    let check = || {
        let metadata = path.metadata()?;
        refuse_unopened(path, &metadata)?;
        if metadata.is_file() { File::open(path).map(drop) } else { Ok(()) }
    };
    let unreadable =
        |error| DocumentError::new(path.display().to_string(), None, Problem::Unreadable(error));
    check().map_err(unreadable)
}

/// The text of the file at `path`.
pub(super) fn text(path: &Path) -> Result<String, DocumentError> {
    check_readable(path)?;
    let fail = |problem| DocumentError::new(path.display().to_string(), None, problem);
    let unreadable = |error| fail(Problem::Unreadable(error));
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    let too_large = || fail(Problem::TooLarge { most: MAX_BYTES, format: "JSON" });
    if metadata.len() > MAX_BYTES as u64 {
        return Err(too_large());
    }
    let no_text = |bytes: &[u8], offset: usize| {
        let before = str::from_utf8(&bytes[..offset]).unwrap_or_default();
        let mut error = fail(Problem::Encoding { byte: bytes[offset] });
        error.place = Some(place(before, offset));
        error
    };
    let mut bytes = Vec::new();
    file.by_ref().take(FIRST).read_to_end(&mut bytes).map_err(unreadable)?;
    if let Err(error) = str::from_utf8(&bytes) {
        // A character may be cut in two by the end of the block.
        if error.error_len().is_some() {
            return Err(no_text(&bytes, error.valid_up_to()));
        }
    }
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(no_text(&bytes, offset));
    }
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        no_text(error.as_bytes(), offset)
    })
}

/// Refuses what may never open, or never does: a named pipe, to which nobody may ever write, and a socket.
/// Pipes without a name, as shells put them in the place of `<(command)` and behind `/dev/stdin`, have
/// another end; no path leads to them, or one of open files alone.
#[cfg(unix)]
fn refuse_unopened(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let has_name = || path.canonicalize().is_ok_and(|real| !real.starts_with("/dev/fd"));
    let kind = metadata.file_type();
    let told = match () {
        () if kind.is_fifo() && has_name() => {
            "a named pipe may never open; let `cat` read it, and read /dev/stdin"
        }
        () if kind.is_socket() && has_name() => "a socket, expected a file",
        () => return Ok(()),
    };
    Err(io::Error::other(told))
}

#[cfg(not(unix))]
fn refuse_unopened(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON value, or several: a log.
    Json,
    /// One JSON object per line.
    Log,
    /// YAML.
    Yaml,
}

/// The format that the name promises, or else the one that the text looks like.
pub(super) fn format(name: &str, text: &str) -> Format {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("yaml" | "yml") => Format::Yaml,
        Some("ndjson" | "jsonl") => Format::Log,
        Some("json") => Format::Json,
        _ if text.trim_start().starts_with(['{', '[']) => Format::Json,
        _ => Format::Yaml,
    }
}
