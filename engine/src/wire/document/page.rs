//! Pages: what a list of ctrlplane's API says of itself beside its `items`.

use crate::base::json::Json;

/// The member that holds the elements.
pub(super) const ITEMS: &str = "items";

/// The other members.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// How many elements the whole list has.
    pub(super) total: Option<usize>,
    /// How many of them stand before this page.
    pub(super) offset: Option<usize>,
    limit: Option<usize>,
}

impl Page {
    /// Whether a page has such a member beside its elements.
    pub(super) fn has(key: &str) -> bool {
        ["total", "limit", "offset"].contains(&key)
    }

    /// Takes in a member that a page [has](Self::has).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn set(&mut self, key: &str, value: &Json) -> Result<(), String> {
        let number = value.as_u64().and_then(|it| usize::try_from(it).ok());
        let number = number
            .ok_or_else(|| format!("{key}: expected a whole number, found something else"))?;
        let member = match key {
            "total" => &mut self.total,
            "offset" => &mut self.offset,
            _ => &mut self.limit,
        };
        match member.replace(number) {
            None => Ok(()),
            Some(_) => Err(format!("{key}: expected this key once, found it twice")),
        }
    }
}
