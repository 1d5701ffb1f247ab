//! Strings stored once and named by a small number.
//!
//! Vocabulary: a *symbol* is the number of a distinct string, dense from zero in order of first
//! sight. Equal strings have equal symbols, so comparing, hashing and grouping text is comparing
//! numbers. Symbols are process-local: nothing persistent contains one.

use super::ids::Index;
use super::intern::{Interner, Texts};

/// A string that was interned: equal strings of one table have equal symbols.
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

/// All strings of a world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Symbols(Interner<Symbol, Texts>);

impl Symbols {
    /// The symbol of `text`, new if the string was not seen before. About 30 ns.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        self.0.intern(&text)
    }

    /// The symbol of `text` if it was interned.
    #[must_use]
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.0.find(&text)
    }

    /// The string of `symbol`.
    ///
    /// # Panics
    /// When the symbol comes from another table.
    #[must_use]
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.0.get(symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_symbol_and_resolve_to_themselves() {
        let mut symbols = Symbols::default();
        let words = ["", "a", "region-1", "ä", "a", "", "region-1"];
        let named: Vec<_> = words.map(|word| (symbols.intern(word), word)).to_vec();
        assert_eq!(symbols.0.len(), 4);
        for (symbol, word) in named {
            assert_eq!(symbols.text(symbol), word);
            assert_eq!(symbols.find(word), Some(symbol));
        }
        assert_eq!(symbols.find("unseen"), None);
    }
}
