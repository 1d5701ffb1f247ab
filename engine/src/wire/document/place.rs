//! Places in JSON text: lines and columns of offsets and of fields.

use super::{Place, Problem};
use crate::base::json::read::{ReadError, Reader};
use crate::wire::event::{FieldPath, Step};

/// Where, if anywhere, and what.
pub(super) type Failure = (Option<Place>, Problem);

/// All that is wrong, in order; never empty.
pub(super) type Failures = Vec<Failure>;

/// The same in the order of the text.
pub(super) fn in_order(mut failures: Failures) -> Failures {
    failures.sort_by_key(|(place, _)| *place);
    failures
}

/// Turns growing offsets into places, each byte looked at once: also a document of a single line has
/// thousands of entries.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    offset: usize,
    /// Line ends before `offset`.
    lines: usize,
    /// Characters between the start of the line and `offset`.
    characters: usize,
}

impl Places {
    /// The place at `offset`, which must not be less than at the previous call.
    pub(super) fn at(&mut self, text: &str, offset: usize) -> Place {
        for byte in text.as_bytes().get(self.offset..offset).unwrap_or_default() {
            match byte {
                b'\n' => (self.lines, self.characters) = (self.lines + 1, 0),
                // The second to last bytes of a character.
                0x80..0xc0 => {}
                _ => self.characters += 1,
            }
        }
        self.offset = self.offset.max(offset);
        Place { line: self.lines + 1, column: self.characters + 1 }
    }
}

/// The place at `offset`, searched from the start.
pub(super) fn place(text: &str, offset: usize) -> Place {
    Places::default().at(text, offset)
}

/// Most bytes that are read to place fields exactly, in all; of others their entry is placed.
const MOST_READ: usize = 1 << 26;

/// YAML takes so much longer to read.
const YAML_COSTS: usize = 16;

/// Whether the field that comes after `before` others is placed exactly: each takes looking through the
/// text from its beginning.
pub(super) fn is_placed(text: &str, is_yaml: bool, before: usize) -> bool {
    let cost = if is_yaml { YAML_COSTS } else { 1 };
    before.saturating_mul(text.len()).saturating_mul(cost) <= MOST_READ
}

/// The place of the field at `path` of the value that is `text`; of a field that is missing, the
/// place of what should have it.
pub(super) fn locate(text: &str, path: &FieldPath) -> Place {
    let mut reader = Reader::new(text);
    let mut found = reader.offset();
    for step in &path.0 {
        // The text was read before, so a reader error means no more than "not there".
        match enter(&mut reader, step) {
            Ok(true) => found = reader.offset(),
            Ok(false) | Err(_) => break,
        }
    }
    place(text, found)
}

/// Moves to the member or item that `step` names.
fn enter(reader: &mut Reader<'_>, step: &Step) -> Result<bool, ReadError> {
    let mut first = true;
    match step {
        Step::Key(wanted) => {
            reader.open(b'{')?;
            while let Some(key) = reader.key(first)? {
                if key == wanted.as_str() {
                    return Ok(true);
                }
                first = false;
                reader.skip()?;
            }
        }
        Step::Index(wanted) => {
            reader.open(b'[')?;
            let mut index = 0;
            while reader.item(first)? {
                if index == *wanted {
                    return Ok(true);
                }
                first = false;
                index += 1;
                reader.skip()?;
            }
        }
    }
    Ok(false)
}
