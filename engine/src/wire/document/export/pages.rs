//! The pages of a list of an export: read one after the other, each element decoded as it comes.

use std::sync::Arc;

use super::super::error::{DocumentError, Problem};
use super::super::page::{ITEMS, Page};
use super::super::place::Places;
use super::super::{Place, ROOT};
use super::{Element, Export, Instead, Odd};
use crate::base::json::read::{ReadError, Reader};
use crate::base::json::{Json, JsonMap};
use crate::wire::event::FieldPath;

impl Export {
    /// Reads all pages of a list; `instead` may put something in the place of an element.
    pub(super) fn pages(
        &mut self,
        path: &str,
        list: &'static str,
        instead: Instead<'_>,
    ) -> Result<(), DocumentError> {
        let (mut read, mut total, mut page) = (0, None, 0);
        let name =
            |page| if page == 1 { format!("{path}.json") } else { format!("{path}.{page}.json") };
        loop {
            page += 1;
            let Some(at) = self.file(&name(page))? else { break };
            let (elements, header) = self.page(at, list, instead)?;
            if let Some(offset) = header.offset.filter(|&offset| offset != read) {
                let problem = format!("{offset} elements stand before it, and {read} are here");
                return Err(self.odd(at, "offset", &problem));
            }
            read += elements;
            total = header.total.map(|total| (total, at)).or(total);
        }
        if let Some(at) = self.file(&name(page + 1))? {
            let problem = format!("a page of a list without `{}`", name(page));
            let file = self.files[at].name.clone();
            return Err(DocumentError::new(file, None, Problem::Syntax(problem)));
        }
        if page == 1 {
            self.missing.push(name(page));
            return Ok(());
        }
        if let Some((whole, at)) = total.filter(|&(whole, _)| whole != read) {
            let missing = name(page);
            let problem = if whole > read {
                format!("the list is cut: {read} of {whole} are here, and there is no `{missing}`")
            } else {
                format!("{whole} elements in all, and {read} are here")
            };
            return Err(self.odd(at, "total", &problem));
        }
        self.read.push((path.to_owned(), read));
        Ok(())
    }

    /// Reads a page; how many elements it has, and what it says of itself.
    pub(super) fn page(
        &mut self,
        at: usize,
        list: &'static str,
        instead: Instead<'_>,
    ) -> Result<(usize, Page), DocumentError> {
        let member = self.assembly.list(list).expect("documents have these lists");
        let text = Arc::clone(&self.files[at].text);
        let mut reader = Reader::new(&text);
        let mut places = Places::default();
        let mut header = Page::default();
        let mut count = 0;
        let unread = |export: &Self, error| export.unread(at, error);
        let is_list = reader.peek() == Some(b'[');
        let (mut first, mut has_items) = (true, is_list);
        if !is_list {
            reader.open(b'{').map_err(|error| unread(self, error))?;
        }
        loop {
            if !is_list {
                let key = reader.placed_key(first).map_err(|error| unread(self, error))?;
                let Some((offset, key)) = key else { break };
                first = false;
                let wrong = |problem: String| ReadError { offset, problem: problem.into() };
                if Page::has(&key) {
                    let value = reader.value().map_err(|error| unread(self, error))?;
                    let set = header.set(&key, &value).map_err(wrong);
                    set.map_err(|error| unread(self, error))?;
                    continue;
                }
                if key != ITEMS || has_items {
                    let problem = format!("{key}: expected `items`, `total`, `limit` and `offset`");
                    return Err(unread(self, wrong(problem)));
                }
                has_items = true;
            }
            reader.open(b'[').map_err(|error| unread(self, error))?;
            let mut first_item = true;
            while reader.item(first_item).map_err(|error| unread(self, error))? {
                first_item = false;
                let place = places.at(&text, reader.offset());
                let value = reader.value().map_err(|error| unread(self, error))?;
                let here = (at, place, if is_list { "" } else { "items" }, count);
                let instead = instead(self, &value).map_err(|odd| match odd {
                    Odd::Elsewhere(error) => error,
                    Odd::Here(problem) => {
                        let name = self.files[at].name.clone();
                        DocumentError::new(name, Some(place), Problem::Syntax(problem))
                    }
                })?;
                let (origin, value) = match instead {
                    Element::Itself => (here, value),
                    Element::Other(other) => (here, other),
                    Element::File(other) => {
                        let begin = Place { line: 1, column: 1 };
                        ((self.files.len() - 1, begin, ROOT, 0), other)
                    }
                };
                if self.assembly.element_in(member, &value, origin).is_err() {
                    let (origin, error) = self.assembly.last_fault().expect("there are many");
                    return Err(self.refused(origin.file, error));
                }
                count += 1;
            }
            if is_list {
                break;
            }
        }
        reader.end().map_err(|error| unread(self, error))?;
        if !has_items {
            return Err(self.wrong(
                at,
                FieldPath::default(),
                "a list, or a page of one with `items`",
                &Json::Object(JsonMap::new()),
            ));
        }
        Ok((count, header))
    }
}
