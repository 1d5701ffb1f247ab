//! Workspace documents and scenarios in JSON.

use super::assembly::{Assembled, Assembly, Member, is_envelope, no_object};
use super::{Place, Problem, log};
use crate::base::json::Json;
use crate::base::json::read::{ReadError, Reader};
use crate::wire::event::{DecodeError, ErrorClass, FieldPath, Step};

/// Where, if anywhere, and what.
pub(super) type Failure = (Option<Place>, Problem);

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

/// Why reading stopped.
enum Stop {
    Read(ReadError),
    Field(DecodeError),
    /// The text is an event log.
    Log,
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Field(error)
    }
}

pub(super) fn parse(text: &str) -> Result<Assembled, Failure> {
    match members(text) {
        Ok(assembled) => Ok(assembled),
        Err(Stop::Read(error)) => {
            let problem = Problem::Syntax(error.problem.into_owned());
            Err((Some(place(text, error.offset)), problem))
        }
        Err(Stop::Field(error)) => Err((Some(locate(text, &error.path)), error.into())),
        Err(Stop::Log) => log::parse(text),
    }
}

fn members(text: &str) -> Result<Assembled, Stop> {
    let mut reader = Reader::new(text);
    if reader.peek() == Some(b'[') {
        let problem = no_object("a list").into();
        return Err(Stop::Read(ReadError { offset: reader.offset(), problem }));
    }
    reader.open(b'{')?;
    let mut assembly = Assembly::default();
    let mut places = Places::default();
    let mut first = true;
    while let Some((offset, key)) = reader.placed_key(first)? {
        first = false;
        if is_envelope(&key) {
            return Err(Stop::Log);
        }
        // An error here is about the key, and the path would lead to the first of two.
        let member = assembly.open(&key).map_err(|error| {
            let problem = error.to_string().into();
            Stop::Read(ReadError { offset, problem })
        })?;
        match member {
            Member::Scalar => assembly.scalar(&key, reader.value()?),
            Member::Entities(_) | Member::Events => {
                if let Some(error) = reader.peek().and_then(|first| no_list(&key, first)) {
                    return Err(error.into());
                }
                list(text, &mut reader, &mut places, &mut assembly, member)?;
            }
        }
    }
    reader.end()?;
    Ok(assembly.finish()?)
}

/// What is wrong when the value of the member `key`, which begins with `first`, is no list.
fn no_list(key: &str, first: u8) -> Option<DecodeError> {
    let path = FieldPath(vec![Step::Key(key.to_owned())]);
    let found = match first {
        b'{' => "an object",
        b'"' => "a text",
        b't' | b'f' => "true or false",
        b'-' | b'0'..=b'9' => "a number",
        _ => return None,
    };
    let (expected, found) = ("a list".into(), found.to_owned());
    Some(DecodeError { class: ErrorClass::Malformed, path, expected, found })
}

/// The elements of a list, decoded one by one; null is an empty list.
fn list(
    text: &str,
    reader: &mut Reader<'_>,
    places: &mut Places,
    assembly: &mut Assembly,
    member: Member,
) -> Result<(), Stop> {
    if reader.peek() == Some(b'n') && reader.value()? == Json::Null {
        return Ok(());
    }
    reader.open(b'[')?;
    let mut first = true;
    while reader.item(first)? {
        first = false;
        let place = places.at(text, reader.offset());
        let value = reader.value()?;
        assembly.element(member, &value, place)?;
    }
    Ok(())
}
