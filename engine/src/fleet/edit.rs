//! Edits: which attributes of a resource an event changed, so that what reads others need not look.

use crate::base::json::Json;
use crate::model::{Attributes, Field, Resource};

/// What changed of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It came, went, or may have changed in anything.
    Whole,
    /// It changed in these: a field, and a key where the field has keys.
    Parts(Vec<(&'static str, Option<String>)>),
}

impl Edit {
    /// What changed from one state of a resource to the next.
    #[must_use]
    pub fn between(before: &Resource, after: &Resource) -> Self {
        let mut parts = Vec::new();
        for &field in after.field_names() {
            match (before.field(field), after.field(field)) {
                (Some(Field::Labels(before)), Some(Field::Labels(after))) => {
                    let keys = differing(before.iter(), |key| after.get(key));
                    let others = differing(after.iter(), |key| before.get(key));
                    parts.extend(keys.chain(others).map(|key| (field, Some(key))));
                }
                (Some(Field::Object(before)), Some(Field::Object(after))) => {
                    let is_same = |a: &Json, b: Option<&Json>| Some(a) == b;
                    let gone = before.iter().filter(|(key, it)| !is_same(it, after.get(*key)));
                    let new = after.iter().filter(|(key, it)| !is_same(it, before.get(*key)));
                    parts.extend(gone.chain(new).map(|(key, _)| (field, Some(key.clone()))));
                }
                (before, after) if before == after => {}
                _ => parts.push((field, None)),
            }
        }
        parts.sort_unstable();
        parts.dedup();
        Self::Parts(parts)
    }

    /// Both edits, one after the other.
    #[must_use]
    pub(crate) fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Parts(mut parts), Self::Parts(others)) => {
                parts.extend(others.iter().cloned());
                Self::Parts(parts)
            }
            _ => Self::Whole,
        }
    }

    /// Whether the value at a path, which begins with a field, may be another one.
    #[must_use]
    pub fn may_change<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> bool {
        let Self::Parts(parts) = self else { return true };
        let mut path = path.into_iter();
        let (Some(field), key) = (path.next(), path.next()) else { return true };
        parts.iter().any(|(changed, of)| {
            *changed == field && (of.is_none() || key.is_none() || of.as_deref() == key)
        })
    }
}

/// The keys whose value is another one elsewhere.
fn differing<'a, V: PartialEq + 'a>(
    entries: impl Iterator<Item = (&'a String, &'a V)>,
    elsewhere: impl Fn(&String) -> Option<&'a V>,
) -> impl Iterator<Item = String> {
    entries.filter(move |(key, value)| elsewhere(key) != Some(value)).map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_what_differs() {
        let before = Resource::new("r").label("same", "1").label("other", "2").label("gone", "3");
        let mut after = Resource::new("r").label("same", "1").label("other", "4").label("new", "5");
        after.version = "v2".to_owned();
        let edit = Edit::between(&before, &after);
        let changed = |path: &[&str]| edit.may_change(path.iter().copied());
        for path in [
            &["version"][..],
            &["metadata"],
            &["metadata", "other"],
            &["metadata", "gone"],
            &["metadata", "new", "deeper"],
            &[],
        ] {
            assert!(changed(path), "{path:?}");
        }
        for path in [&["kind"][..], &["metadata", "same"], &["config"], &["config", "new"]] {
            assert!(!changed(path), "{path:?}");
        }
        let none = Edit::between(&before, &before);
        assert!(!none.may_change(["version"]));
        assert!(none.clone().and(&edit).may_change(["version"]));
        assert!(none.and(&Edit::Whole).may_change(["kind"]));
    }
}
