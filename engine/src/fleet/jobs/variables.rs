//! Distinct sets of resolved variables.
//!
//! Vocabulary: an *entry* is a key with a literal, both as numbers; a *set* is entries ordered by
//! key text. The *identity* of a set stands for all sets with the same canonical strings: release
//! identity is blind to types, so the number 3 and the string "3" are different variables of the
//! same release (SEMANTICS 1.2).
//!
//! Invariants: equal sets have one id. Literals are equal when their texts are, digits included.

use bevy_ecs::resource::Resource;
use bytemuck::{Pod, Zeroable};
use hashbrown::HashTable;

use crate::base::hash::fixed_state;
use crate::base::ids::{LiteralId, VariablesId};
use crate::base::json::Json;
use crate::base::json::canonical;
use crate::base::symbol::{Symbol, Symbols};

/// A resolved variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct VariableEntry {
    /// The key, from [`VariableSets::key`].
    pub key: Symbol,
    /// The value, from [`VariableSets::literal`].
    pub literal: LiteralId,
}

/// All sets of resolved variables of a world.
#[derive(Debug, Resource)]
pub struct VariableSets {
    keys: Symbols,
    /// JSON texts of literals; a symbol is a literal's number.
    texts: Symbols,
    canonicals: Symbols,
    literals: Vec<Literal>,
    /// The entries of all sets, one set after the other.
    entries: Vec<VariableEntry>,
    sets: Vec<Set>,
    by_entries: HashTable<VariablesId>,
    by_canonical: HashTable<VariablesId>,
}

#[derive(Debug)]
struct Literal {
    value: Json,
    canonical: Symbol,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    /// First entry.
    start: usize,
    /// Number of entries.
    len: usize,
    identity: VariablesId,
}

impl Default for VariableSets {
    fn default() -> Self {
        let mut sets = Self {
            keys: Symbols::default(),
            texts: Symbols::default(),
            canonicals: Symbols::default(),
            literals: Vec::new(),
            entries: Vec::new(),
            sets: Vec::new(),
            by_entries: HashTable::new(),
            by_canonical: HashTable::new(),
        };
        let empty = sets.number(&[]);
        debug_assert_eq!(empty, Self::EMPTY, "the empty set comes first");
        sets
    }
}

impl VariableSets {
    /// The set without variables.
    pub const EMPTY: VariablesId = VariablesId(0);

    /// The number of a key.
    pub fn key(&mut self, key: &str) -> Symbol {
        self.keys.intern(key)
    }

    /// The text of a key.
    #[must_use]
    pub fn key_text(&self, key: Symbol) -> &str {
        self.keys.text(key)
    }

    /// The number of a literal. About 100 ns for a short one.
    pub fn literal(&mut self, value: &Json) -> LiteralId {
        let symbol = self.texts.intern(&value.to_string());
        if self.literals.len() < self.texts.len() {
            let canonical = self.canonicals.intern(&canonical(value));
            self.literals.push(Literal { value: value.clone(), canonical });
        }
        LiteralId(symbol.0)
    }

    /// The id of a set whose entries are ordered by key text, keys distinct. About 30 ns for a known
    /// set of ten variables.
    pub fn number(&mut self, entries: &[VariableEntry]) -> VariablesId {
        debug_assert!(
            entries.is_sorted_by(|a, b| self.keys.text(a.key) < self.keys.text(b.key)),
            "variables ascend by key"
        );
        let hash = hash(entries);
        let same = |&id: &VariablesId| self.slice(id) == entries;
        if let Some(&known) = self.by_entries.find(hash, same) {
            return known;
        }
        let id = VariablesId::at(self.sets.len());
        let start = self.entries.len();
        self.entries.extend_from_slice(entries);
        self.sets.push(Set { start, len: entries.len(), identity: id });
        self.sets[id.slot()].identity = self.identify(id);
        let (sets, all) = (&self.sets, &self.entries);
        self.by_entries.insert_unique(hash, id, |&id| self::hash(slice_of(sets, all, id)));
        id
    }

    /// The variables of a set, ordered by key.
    pub fn entries(&self, id: VariablesId) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.slice(id)
            .iter()
            .map(|entry| (self.keys.text(entry.key), &self.literals[entry.literal.slot()].value))
    }

    /// The id that stands for all sets with the same canonical strings.
    #[must_use]
    pub fn identity(&self, id: VariablesId) -> VariablesId {
        self.sets[id.slot()].identity
    }

    fn slice(&self, id: VariablesId) -> &[VariableEntry] {
        slice_of(&self.sets, &self.entries, id)
    }

    /// The first set with the canonical strings of a new one, which it may be itself.
    fn identify(&mut self, id: VariablesId) -> VariablesId {
        let canonical_of = |entries: &[VariableEntry]| -> Vec<VariableEntry> {
            let of =
                |entry: &VariableEntry| LiteralId(self.literals[entry.literal.slot()].canonical.0);
            entries.iter().map(|it| VariableEntry { key: it.key, literal: of(it) }).collect()
        };
        let own = canonical_of(self.slice(id));
        let own_hash = hash(&own);
        let (sets, all) = (&self.sets, &self.entries);
        let same = |&other: &VariablesId| canonical_of(slice_of(sets, all, other)) == own;
        if let Some(&known) = self.by_canonical.find(own_hash, same) {
            return known;
        }
        let hash_of = |&other: &VariablesId| hash(&canonical_of(slice_of(sets, all, other)));
        self.by_canonical.insert_unique(own_hash, id, hash_of);
        id
    }
}

fn slice_of<'a>(
    sets: &[Set],
    entries: &'a [VariableEntry],
    id: VariablesId,
) -> &'a [VariableEntry] {
    let Set { start, len, .. } = sets[id.slot()];
    &entries[start..start + len]
}

fn hash(entries: &[VariableEntry]) -> u64 {
    fixed_state().hash_one(bytemuck::cast_slice::<VariableEntry, u8>(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(sets: &mut VariableSets, pairs: &[(&str, Json)]) -> VariablesId {
        let entries: Vec<VariableEntry> = pairs
            .iter()
            .map(|(key, value)| VariableEntry { key: sets.key(key), literal: sets.literal(value) })
            .collect();
        sets.number(&entries)
    }

    /// SEMANTICS 1.2 and 7: values of different types stay distinct, and share the identity.
    #[test]
    fn types_tell_sets_apart_but_not_identities() {
        let mut sets = VariableSets::default();
        let number = set(&mut sets, &[("n", json!(3)), ("x", json!("a"))]);
        let text = set(&mut sets, &[("n", json!("3")), ("x", json!("a"))]);
        let other = set(&mut sets, &[("n", json!(4)), ("x", json!("a"))]);
        let swapped = set(&mut sets, &[("n", json!("a")), ("x", json!("3"))]);
        let fewer = set(&mut sets, &[("n", json!(3))]);
        let all = [VariableSets::EMPTY, number, text, other, swapped, fewer];
        assert!(all.iter().enumerate().all(|(at, id)| !all[at + 1..].contains(id)));
        assert_eq!(set(&mut sets, &[("n", json!(3)), ("x", json!("a"))]), number);
        assert_eq!(set(&mut sets, &[]), VariableSets::EMPTY);
        assert_eq!(sets.identity(text), number);
        for own in [VariableSets::EMPTY, number, other, swapped, fewer] {
            assert_eq!(sets.identity(own), own);
        }
        let read: Vec<_> = sets.entries(text).map(|(key, value)| (key, value.clone())).collect();
        assert_eq!(read, [("n", json!("3")), ("x", json!("a"))]);
    }

    #[test]
    fn many_sets_keep_their_ids() {
        let mut sets = VariableSets::default();
        let ids: Vec<VariablesId> = (0..500)
            .map(|n| set(&mut sets, &[("a", json!(n % 25)), ("b", json!(n / 25))]))
            .collect();
        for (n, &id) in ids.iter().enumerate() {
            assert_eq!(set(&mut sets, &[("a", json!(n % 25)), ("b", json!(n / 25))]), id);
            assert_eq!(sets.identity(id), id);
        }
    }
}
