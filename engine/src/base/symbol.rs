//! Strings stored once and named by a small number.
//!
//! Vocabulary: a *symbol* is the number of a distinct string, dense from zero in order of first
//! sight. Equal strings have equal symbols, so comparing, hashing and grouping text is comparing
//! numbers. Symbols are process-local: nothing persistent contains one.

use ahash::RandomState;
use hashbrown::HashTable;

use crate::base::hash::fixed_state;
use crate::base::ids::Index;

/// A distinct string of a [`Symbols`] table.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable,
)]
#[repr(transparent)]
pub struct Symbol(pub u32);

impl Symbol {
    /// The value that names no string.
    pub const NONE: Self = Self(u32::MAX);
}

impl Index for Symbol {
    fn at(position: usize) -> Self {
        Self(u32::try_from(position).expect("fewer than 2^32 distinct strings"))
    }

    fn slot(self) -> usize {
        self.0 as usize
    }
}

/// All strings of a world: one arena of bytes, one hash table of symbols.
#[derive(Debug, Clone)]
pub struct Symbols {
    bytes: String,
    /// End of each string in `bytes`; a string begins where the previous one ends.
    ends: Vec<usize>,
    table: HashTable<Symbol>,
    hasher: RandomState,
}

impl Default for Symbols {
    fn default() -> Self {
        Self {
            bytes: String::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: fixed_state(),
        }
    }
}

impl Symbols {
    /// The symbol of `text`, new if the string was not seen before. About 30 ns.
    ///
    /// # Panics
    /// When there are 2^32 - 1 distinct strings or more, which memory does not hold.
    pub fn intern(&mut self, text: &str) -> Symbol {
        let hash = self.hasher.hash_one(text);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        if let Some(&known) = self.table.find(hash, |&it| resolve(bytes, ends, it) == text) {
            return known;
        }
        let symbol = Symbol(u32::try_from(ends.len()).expect("fewer than 2^32 distinct strings"));
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.table.insert_unique(hash, symbol, |&it| hasher.hash_one(resolve(bytes, ends, it)));
        symbol
    }

    /// The symbol of `text` if it was interned.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Symbol> {
        let hash = self.hasher.hash_one(text);
        self.table.find(hash, |&it| self.text(it) == text).copied()
    }

    /// The string of `symbol`.
    ///
    /// # Panics
    /// When the symbol comes from another table.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        resolve(&self.bytes, &self.ends, symbol)
    }

    /// Number of distinct strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no string was interned yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

fn resolve<'a>(bytes: &'a str, ends: &[usize], symbol: Symbol) -> &'a str {
    let slot = symbol.0 as usize;
    let start = if slot == 0 { 0 } else { ends[slot - 1] };
    &bytes[start..ends[slot]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_symbol_and_resolve_to_themselves() {
        let mut symbols = Symbols::default();
        let words = ["", "a", "region-1", "ä", "a", "", "region-1"];
        let named: Vec<_> = words.map(|word| (symbols.intern(word), word)).to_vec();
        assert_eq!(symbols.len(), 4);
        for (symbol, word) in named {
            assert_eq!(symbols.text(symbol), word);
            assert_eq!(symbols.find(word), Some(symbol));
        }
        assert_eq!(symbols.find("unseen"), None);
    }
}
