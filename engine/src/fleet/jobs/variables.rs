//! Distinct sets of resolved variables; variable sets, the entities, are something else.
//!
//! Vocabulary: an *entry* is a key with a literal, both as numbers; a *set* is entries ordered by
//! key text. The *identity* of a set stands for all sets with the same canonical strings: release
//! identity is blind to types, so the number 3 and the string "3" are different variables of the
//! same release (SEMANTICS 1.2). An *opaque* value is known by a hash: it is shown as
//! `{"opaque": hash}`, and has an identity that no literal has, not even one that looks like it.
//!
//! Invariants: equal sets have one id. Literals are equal when their texts are, digits included.

use bevy_ecs::resource::Resource;
use bytemuck::{Pod, Zeroable};
use serde_json::json;

use crate::base::ids::{Index, LiteralId, VariablesId};
use crate::base::intern::{Interner, Lists, Texts};
use crate::base::ix_vec::IxVec;
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

/// A distinct set of keys with canonical strings, in a numbering of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CanonicalIx(u32);

impl Index for CanonicalIx {
    fn at(position: usize) -> Self {
        Self(u32::try_from(position).expect("fewer than 2^32 sets"))
    }

    fn slot(self) -> usize {
        self.0 as usize
    }
}

/// All sets of resolved variables of a world.
#[derive(Debug, Resource)]
pub struct VariableSets {
    keys: Symbols,
    /// JSON texts of literals, tagged hashes of opaque values.
    texts: Interner<LiteralId, Texts>,
    /// Tagged.
    canonicals: Interner<LiteralId, Texts>,
    literals: IxVec<LiteralId, Literal>,
    sets: Interner<VariablesId, Lists<VariableEntry>>,
    identities: IxVec<VariablesId, VariablesId>,
    /// Sets with a canonical string, as its number, in place of each literal.
    canonical_sets: Interner<CanonicalIx, Lists<VariableEntry>>,
    /// The first set of each canonical one.
    firsts: IxVec<CanonicalIx, VariablesId>,
}

#[derive(Debug)]
struct Literal {
    value: Json,
    canonical: LiteralId,
}

/// What of a value is part of a release's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Canonical<'a> {
    /// The canonical string of a literal (SEMANTICS 1.3).
    Literal(&'a str),
    /// The hash of an opaque value.
    Opaque(&'a str),
}

/// Begins the texts of literals and of opaque values, so that no two have one text.
const LITERAL: char = '=';
const OPAQUE: char = '!';

impl<'a> Canonical<'a> {
    /// What stands for the value behind its key in the preimage of an export id: `=3` or `!5e88`.
    #[must_use]
    pub fn tagged(self) -> String {
        match self {
            Self::Literal(text) => format!("{LITERAL}{text}"),
            Self::Opaque(hash) => format!("{OPAQUE}{hash}"),
        }
    }

    fn of(tagged: &'a str) -> Self {
        match tagged.strip_prefix(OPAQUE) {
            Some(hash) => Self::Opaque(hash),
            None => Self::Literal(tagged.strip_prefix(LITERAL).unwrap_or(tagged)),
        }
    }
}

impl Default for VariableSets {
    fn default() -> Self {
        let mut sets = Self {
            keys: Symbols::default(),
            texts: Interner::default(),
            canonicals: Interner::default(),
            literals: IxVec::new(),
            sets: Interner::default(),
            identities: IxVec::new(),
            canonical_sets: Interner::default(),
            firsts: IxVec::new(),
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

    /// The number of a literal. About 100 ns for a short one.
    pub fn literal(&mut self, value: &Json) -> LiteralId {
        let literal = self.texts.intern(&value.to_string().as_str());
        if self.literals.len() < self.texts.len() {
            let canonical = Canonical::Literal(&canonical(value)).tagged();
            let canonical = self.canonicals.intern(&canonical.as_str());
            self.literals.push(Literal { value: value.clone(), canonical });
        }
        literal
    }

    /// The number of an opaque value.
    pub fn opaque(&mut self, hash: &str) -> LiteralId {
        // No JSON text begins like this.
        let tagged = Canonical::Opaque(hash).tagged();
        let literal = self.texts.intern(&tagged.as_str());
        if self.literals.len() < self.texts.len() {
            let canonical = self.canonicals.intern(&tagged.as_str());
            self.literals.push(Literal { value: json!({ "opaque": hash }), canonical });
        }
        literal
    }

    /// The id of a set whose entries are ordered by key text, keys distinct. About 30 ns for a known
    /// set of ten variables.
    pub fn number(&mut self, entries: &[VariableEntry]) -> VariablesId {
        debug_assert!(
            entries.is_sorted_by(|a, b| self.keys.text(a.key) < self.keys.text(b.key)),
            "variables ascend by key"
        );
        let id = self.sets.intern(&entries);
        if self.identities.len() < self.sets.len() {
            let identity = self.identify(id, entries);
            self.identities.push(identity);
        }
        id
    }

    /// The id of a set with what it lacks of another one: opaque values, and whatever stands under a key
    /// that is not `told`.
    pub(crate) fn with_untold(
        &mut self,
        own: VariablesId,
        other: VariablesId,
        told: impl Fn(&str) -> bool,
    ) -> VariablesId {
        let mut entries = self.sets.get(own).to_vec();
        for &entry in self.sets.get(other) {
            let tagged = self.canonicals.get(self.literals[entry.literal].canonical);
            let is_missing = !entries.iter().any(|it| it.key == entry.key);
            let is_opaque = matches!(Canonical::of(tagged), Canonical::Opaque(_));
            if is_missing && (is_opaque || !told(self.keys.text(entry.key))) {
                entries.push(entry);
            }
        }
        entries.sort_by(|a, b| self.keys.text(a.key).cmp(self.keys.text(b.key)));
        self.number(&entries)
    }

    /// The variables of a set, ordered by key.
    pub fn entries(&self, id: VariablesId) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.sets
            .get(id)
            .iter()
            .map(|entry| (self.keys.text(entry.key), &self.literals[entry.literal].value))
    }

    /// What of the variables of a set is part of a release's identity, ordered by key.
    pub fn canonicals(&self, id: VariablesId) -> impl Iterator<Item = (&str, Canonical<'_>)> {
        self.sets.get(id).iter().map(|entry| {
            let tagged = self.canonicals.get(self.literals[entry.literal].canonical);
            (self.keys.text(entry.key), Canonical::of(tagged))
        })
    }

    /// The id that stands for all sets with the same canonical strings.
    #[must_use]
    pub fn identity(&self, id: VariablesId) -> VariablesId {
        self.identities[id]
    }

    /// The first set with the canonical strings of a new one, which it may be itself.
    fn identify(&mut self, id: VariablesId, entries: &[VariableEntry]) -> VariablesId {
        let canonical = |entry: &VariableEntry| VariableEntry {
            literal: self.literals[entry.literal].canonical,
            ..*entry
        };
        let canonical: Vec<VariableEntry> = entries.iter().map(canonical).collect();
        let number = self.canonical_sets.intern(&canonical.as_slice());
        *self.firsts.slot_or(number, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// An opaque value is neither its hash nor what it is shown as.
    #[test]
    fn an_opaque_value_has_the_identity_of_no_literal() {
        let mut sets = VariableSets::default();
        let key = sets.key("k");
        let of = |sets: &mut VariableSets, literal| {
            let id = sets.number(&[VariableEntry { key, literal }]);
            let canonical = sets.canonicals(id).next().map(|(_, it)| it.tagged());
            (sets.identity(id), canonical.expect("one variable"))
        };
        let opaque = sets.opaque("5e88");
        let opaque = of(&mut sets, opaque);
        assert_eq!(opaque.1, "!5e88");
        for literal in [json!("5e88"), json!("!5e88"), json!({ "opaque": "5e88" })] {
            let literal = sets.literal(&literal);
            let literal = of(&mut sets, literal);
            assert!(literal.1.starts_with('='), "{literal:?}");
            assert_ne!(literal, opaque);
        }
        let again = sets.opaque("5e88");
        assert_eq!(of(&mut sets, again), opaque);
    }

    #[test]
    fn a_set_takes_what_it_lacks_and_nobody_tells() {
        let mut sets = VariableSets::default();
        let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(|key| sets.key(key));
        let [one, two] = [json!(1), json!(2)].map(|it| sets.literal(&it));
        let opaque = sets.opaque("5e88");
        let entry = |key, literal| VariableEntry { key, literal };
        let own = sets.number(&[entry(b, one), entry(c, one)]);
        let other =
            [entry(a, opaque), entry(b, opaque), entry(c, two), entry(d, two), entry(e, two)];
        let other = sets.number(&other);
        let both = [entry(a, opaque), entry(b, one), entry(c, one), entry(e, two)];
        let both = sets.number(&both);
        let told = |key: &str| key != "e";
        assert_eq!(sets.with_untold(own, other, told), both);
        assert_eq!(sets.with_untold(other, own, told), other);
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
