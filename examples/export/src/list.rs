//! Reads a list page by page into one file.
//!
//! A list that changes while it is read shifts under its pages, and a server without an order of its own
//! shuffles them: entries come twice, or not at all. So a list is taken only if it gave as many entries as
//! it says it has, none of them twice; otherwise it is read again from the start.
//!
//! Memory: one page, and the ids.

use std::collections::BTreeSet;

use serde_json::Value;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;

use crate::client::Client;
use crate::folder::{Folder, Writer};

/// How often a list is read until it is whole.
const ATTEMPTS: u32 = 4;

/// Most entries of a list: more than a disk of our time holds, and an end for a server that has none.
const MOST: u64 = 10_000_000;

/// What was read of a list.
#[derive(Debug)]
pub(crate) struct List {
    pub entries: u64,
    /// Of all entries, if they have any.
    pub ids: BTreeSet<String>,
}

/// One time through the pages of a list.
enum Reading {
    Whole(List),
    Absent,
    /// It changed on the way; says what was noticed.
    Torn(String),
}

/// Asks for the pages of a list.
pub(crate) struct Reader<'a> {
    pub client: &'a mut Client,
    pub folder: &'a Folder,
    /// Entries that are asked for at once; a server may give fewer.
    pub page_size: u64,
    /// Told how many entries are read, if people are to see it.
    pub progress: Option<&'a mut Progress>,
}

impl Reader<'_> {
    /// Reads the list at `at` below `/api/v1/` into a file of the folder; `None` if the server does not
    /// have it.
    pub(crate) fn read(&mut self, at: &str, file: &str) -> Result<Option<List>, Failure> {
        let mut noticed = String::new();
        for _ in 0..ATTEMPTS {
            match self.read_once(at, file)? {
                Reading::Whole(list) => return Ok(Some(list)),
                Reading::Absent => return Ok(None),
                Reading::Torn(what) => noticed = what,
            }
        }
        let what = format!("the list is not whole, {ATTEMPTS} times: {noticed}");
        Err(self.client.failure(at, &what))
    }

    fn read_once(&mut self, at: &str, file: &str) -> Result<Reading, Failure> {
        let mut list = List { entries: 0, ids: BTreeSet::new() };
        let Some(mut page) = self.page(at, 0)? else { return Ok(Reading::Absent) };
        let total = page.total;
        if total > MOST {
            let what = format!("has {} entries, more than {}", grouped(total), grouped(MOST));
            return Err(self.client.failure(at, &what));
        }
        let mut writer = self.folder.create(file)?;
        writer.write("{\"items\":[")?;
        loop {
            for item in &page.items {
                if let Some(id) = id_of(item)
                    && !list.ids.insert(id.to_owned())
                {
                    return Ok(Reading::Torn(format!("`{id}` came twice")));
                }
                write_item(&mut writer, item, list.entries == 0)?;
                list.entries += 1;
            }
            self.tell(list.entries, total);
            if list.entries == total {
                break;
            }
            let (entries, count) = (grouped(list.entries), grouped(total));
            if page.items.is_empty() || list.entries > total {
                return Ok(Reading::Torn(format!("it gave {entries} of {count} entries")));
            }
            page = match self.page(at, list.entries)? {
                Some(next) if next.total == total => next,
                Some(next) => {
                    let then = grouped(next.total);
                    return Ok(Reading::Torn(format!("it had {count} entries, and then {then}")));
                }
                None => return Ok(Reading::Torn(format!("it is gone after {entries} entries"))),
            };
        }
        writer.write(&format!("\n],\"total\":{total},\"limit\":{total},\"offset\":0}}\n"))?;
        writer.finish()?;
        Ok(Reading::Whole(list))
    }

    fn tell(&mut self, entries: u64, total: u64) {
        if let Some(progress) = &mut self.progress {
            let [done, total] =
                [entries, total].map(|it| usize::try_from(it).unwrap_or(usize::MAX));
            progress.step(done, total);
        }
    }

    fn page(&mut self, at: &str, offset: u64) -> Result<Option<Page>, Failure> {
        let at = format!("{at}?limit={}&offset={offset}", self.page_size);
        let Some(answer) = self.client.get(&at)? else { return Ok(None) };
        let page = Page::of(answer).map_err(|what| self.client.failure(&at, &what))?;
        Ok(Some(page))
    }
}

struct Page {
    items: Vec<Value>,
    total: u64,
}

impl Page {
    /// What is no page is named.
    fn of(answer: Value) -> Result<Self, String> {
        let Value::Object(mut members) = answer else {
            return Err(format!("the answer is no page of a list but {}", kind(&answer)));
        };
        let total = members.get("total").and_then(Value::as_u64);
        match (members.remove("items"), total) {
            (Some(Value::Array(items)), Some(total)) => Ok(Self { items, total }),
            (Some(Value::Array(_)), None) => Err("a page without the number `total`".to_owned()),
            (Some(items), _) => Err(format!("the `items` of a page are {}", kind(&items))),
            (None, _) => Err("the answer is no page of a list: it has no `items`".to_owned()),
        }
    }
}

/// The word for a JSON value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What an entry is called; lists wrap some of what they list, and variables of resources have no id.
fn id_of(item: &Value) -> Option<&str> {
    const PLACES: [&str; 5] = ["/identifier", "/id", "/job/id", "/variable/id", "/deployment/id"];
    PLACES.into_iter().find_map(|place| item.pointer(place)?.as_str())
}

/// An entry is a line.
fn write_item(writer: &mut Writer, item: &Value, is_first: bool) -> Result<(), Failure> {
    let comma = if is_first { "" } else { "," };
    writer.write(&format!("{comma}\n{item}"))
}
