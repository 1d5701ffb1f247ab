//! Workspace documents and scenarios in JSON.

use super::assembly::{Assembled, Assembly, Enough, Fault, Member, is_envelope, no_object};
use super::page::{ITEMS, Page};
use super::place::{Failures, Places, in_order, is_placed, locate, place};
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
    /// Elements do not fit, and that is told already.
    Enough,
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

impl From<Enough> for Stop {
    fn from(Enough: Enough) -> Self {
        Self::Enough
    }
}

pub(super) fn parse(name: &str, text: &str) -> Result<Assembled, Failures> {
    let field = |error: DecodeError| (Some(locate(text, &error.path)), error.into());
    let mut assembly = Assembly::default();
    let read = members(name, text, &mut assembly);
    if matches!(read, Err(Stop::Log)) {
        return log::parse(text);
    }
    let faults = assembly.faults().into_iter().enumerate();
    let fault = |(before, (origin, error)): (usize, Fault)| match is_placed(text, false, before) {
        true => field(error),
        false => (Some(origin.place), error.into()),
    };
    let mut failures: Failures = faults.map(fault).collect();
    let remark = match read {
        Ok(remark) => remark,
        Err(Stop::Read(error)) => {
            let problem = Problem::Syntax(error.problem.into_owned());
            failures.push((Some(place(text, error.offset)), problem));
            None
        }
        Err(Stop::Field(error)) => {
            failures.push(field(error));
            None
        }
        Err(Stop::Enough | Stop::Log) => None,
    };
    if !failures.is_empty() {
        return Err(in_order(failures));
    }
    let mut assembled = assembly.finish().map_err(|error| vec![field(error)])?;
    assembled.remarks.extend(remark);
    Ok(assembled)
}

/// Reads the members of the document; what is odd about it as a whole.
fn members(name: &str, text: &str, assembly: &mut Assembly) -> Result<Option<String>, Stop> {
    let mut reader = Reader::new(text);
    let mut places = Places::default();
    if reader.peek() == Some(b'[') {
        page(name, text, &mut reader, &mut places, assembly, "")?;
        reader.end()?;
        return Ok(None);
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
            elements = Some(page(name, text, &mut reader, &mut places, assembly, ITEMS)?);
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
            Member::Entities(_) | Member::Jobs | Member::States | Member::Events => {
                if let Some(error) = reader.peek().and_then(|first| no_list(&key, first)) {
                    return Err(error.into());
                }
                list(text, &mut reader, &mut places, assembly, member)?;
            }
        }
    }
    reader.end()?;
    let Some(elements) = elements else {
        // Nothing but a page has these.
        return match paged {
            Some((offset, key)) => Err(unknown(offset, super::assembly::unknown(&key))),
            None => Ok(None),
        };
    };
    if let Some(offset) = other {
        return Err(wrong(offset, NO_PAGE.to_owned()));
    }
    let cut = header.total.filter(|&total| total != elements);
    Ok(cut.map(|total| format!("{name}: a page of a list: {elements} of {total} are here")))
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
