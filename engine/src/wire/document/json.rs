//! Workspace documents and scenarios in JSON.

use super::assembly::{Assembled, Assembly, Member, is_envelope, no_object};
use super::page::{ITEMS, Page};
use super::place::{Failure, Places, locate, place};
use super::shapes::list_of;
use super::{Problem, log};
use crate::base::json::Json;
use crate::base::json::read::{ReadError, Reader};
use crate::wire::event::{DecodeError, ErrorClass, FieldPath, Step};

/// What is wrong with a member that no page has.
const NO_PAGE: &str = "expected `total`, `limit` or `offset`: `items` is a page of one list";

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

pub(super) fn parse(name: &str, text: &str) -> Result<Assembled, Failure> {
    match members(name, text) {
        Ok(assembled) => Ok(assembled),
        Err(Stop::Read(error)) => {
            let problem = Problem::Syntax(error.problem.into_owned());
            Err((Some(place(text, error.offset)), problem))
        }
        Err(Stop::Field(error)) => Err((Some(locate(text, &error.path)), error.into())),
        Err(Stop::Log) => log::parse(text),
    }
}

fn members(name: &str, text: &str) -> Result<Assembled, Stop> {
    let mut reader = Reader::new(text);
    let mut assembly = Assembly::default();
    let mut places = Places::default();
    if reader.peek() == Some(b'[') {
        page(name, text, &mut reader, &mut places, &mut assembly, "")?;
        reader.end()?;
        return Ok(assembly.finish()?);
    }
    reader.open(b'{')?;
    let unknown = |offset, error: DecodeError| {
        let problem = error.to_string().into();
        Stop::Read(ReadError { offset, problem })
    };
    let wrong = |offset, problem: String| Stop::Read(ReadError { offset, problem: problem.into() });
    let (mut first, mut header) = (true, Page::default());
    // How many elements; where the first member stands of a page, and of anything else.
    let (mut elements, mut paged, mut other) = (None, None, None);
    while let Some((offset, key)) = reader.placed_key(first)? {
        first = false;
        if is_envelope(&key) {
            return Err(Stop::Log);
        }
        if key == ITEMS {
            if elements.is_some() {
                return Err(wrong(offset, "items: expected this key once, found it twice".into()));
            }
            elements = Some(page(name, text, &mut reader, &mut places, &mut assembly, ITEMS)?);
            continue;
        }
        if Page::has(&key) {
            paged.get_or_insert_with(|| (offset, key.to_string()));
            header.set(&key, &reader.value()?).map_err(|problem| wrong(offset, problem))?;
            continue;
        }
        if elements.is_some() {
            return Err(wrong(offset, NO_PAGE.to_owned()));
        }
        other.get_or_insert(offset);
        // An error here is about the key, and the path would lead to the first of two.
        let member = assembly.open(&key).map_err(|error| unknown(offset, error))?;
        match member {
            Member::Scalar => assembly.scalar(&key, reader.value()?),
            Member::Entities(_) | Member::Jobs | Member::Events => {
                if let Some(error) = reader.peek().and_then(|first| no_list(&key, first)) {
                    return Err(error.into());
                }
                list(text, &mut reader, &mut places, &mut assembly, member)?;
            }
        }
    }
    reader.end()?;
    let Some(elements) = elements else {
        // Nothing but a page has these.
        return match paged {
            Some((offset, key)) => Err(unknown(offset, super::assembly::unknown(&key))),
            None => Ok(assembly.finish()?),
        };
    };
    if let Some(offset) = other {
        return Err(wrong(offset, NO_PAGE.to_owned()));
    }
    let mut assembled = assembly.finish()?;
    if let Some(total) = header.total.filter(|&total| total != elements) {
        let remark = format!("{name}: a page of a list: {elements} of {total} are here");
        assembled.remarks.push(remark);
    }
    Ok(assembled)
}

/// The elements of a page or of a bare list, each of which tells what it is; how many there are.
fn page(
    name: &str,
    text: &str,
    reader: &mut Reader<'_>,
    places: &mut Places,
    assembly: &mut Assembly,
    list: &'static str,
) -> Result<usize, Stop> {
    let begin = reader.offset();
    reader.open(b'[')?;
    let (mut first, mut index) = (true, 0);
    while reader.item(first)? {
        first = false;
        let offset = reader.offset();
        let place = places.at(text, offset);
        let value = reader.value()?;
        let Some(member) = list_of(name, &value).and_then(|list| assembly.list(list)) else {
            let problem = "expected an entity of a workspace, and nothing in it says of which kind";
            return Err(Stop::Read(ReadError { offset, problem: problem.into() }));
        };
        assembly.element_in(member, &value, (0, place, list, index))?;
        index += 1;
    }
    if index == 0 {
        let problem = no_object("an empty list").into();
        return Err(Stop::Read(ReadError { offset: begin, problem }));
    }
    Ok(index)
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
