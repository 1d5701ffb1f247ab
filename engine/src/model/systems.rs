//! The systems that something belongs to.

/// Ids of systems, which need not exist.
///
/// As sent there are up to two forms beside each other; what the workspace takes has one: a single
/// system is [`named`](Self::named), several are [`listed`](Self::listed), in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemIds {
    /// `systemId`.
    pub named: Option<String>,
    /// `systems` and `systemIds`.
    pub listed: Vec<String>,
}

impl SystemIds {
    /// One system.
    #[must_use]
    pub fn one(id: impl Into<String>) -> Self {
        Self { named: Some(id.into()), listed: Vec::new() }
    }

    /// Every id, as often as it is there.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.named.iter().chain(&self.listed).map(String::as_str)
    }

    /// The id, if there is exactly one.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        let mut ids = self.iter();
        ids.next().filter(|_| ids.next().is_none())
    }

    /// Each id once, in the form that their number asks for.
    pub(crate) fn settle(&mut self) {
        let mut all: Vec<String> = std::mem::take(&mut self.listed);
        all.extend(self.named.take());
        all.sort_unstable();
        all.dedup();
        match all.len() {
            1 => self.named = all.pop(),
            _ => self.listed = all,
        }
    }
}
