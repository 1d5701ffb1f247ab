//! Things stored once and named by a small number.
//!
//! Vocabulary: to *intern* a thing is to find its number, or to keep it and give it the next one; a
//! [`Store`] is how things of one sort are kept, hashed and compared; a *key* is a thing as it is
//! asked for and lent, usually borrowed.
//!
//! Invariants: equal things have one number, numbers are dense in order of first sight, and nothing
//! is forgotten. Numbers are process-local: nothing persistent contains one.

use std::fmt;

use ahash::RandomState;
use hashbrown::HashTable;

use super::hash::fixed_state;
use super::ids::Index;

/// How an [`Interner`] keeps, hashes and compares things of one sort.
///
/// Equal keys must have equal hashes, and what was kept must equal the key it was kept of.
pub(crate) trait Store: Default {
    /// A thing as it is asked for and lent.
    type Key<'a>;

    /// Number of things kept.
    fn len(&self) -> usize;

    /// Whether nothing is kept.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The thing that was kept at `position`, below [`Store::len`].
    fn at(&self, position: usize) -> Self::Key<'_>;

    /// Keeps a thing, at position [`Store::len`].
    fn push(&mut self, key: &Self::Key<'_>);

    /// A hash of a thing.
    fn hash(key: &Self::Key<'_>, hasher: &RandomState) -> u64;

    /// Whether two things are the same.
    fn equal(kept: &Self::Key<'_>, key: &Self::Key<'_>) -> bool;
}

/// The numbers of things, and the things by number: one store, one hash table of numbers.
#[derive(Clone)]
pub(crate) struct Interner<I, S> {
    store: S,
    numbers: HashTable<I>,
    hasher: RandomState,
}

impl<I, S: Default> Default for Interner<I, S> {
    fn default() -> Self {
        Self { store: S::default(), numbers: HashTable::new(), hasher: fixed_state() }
    }
}

impl<I, S: fmt::Debug> fmt::Debug for Interner<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interner").field(&self.store).finish()
    }
}

impl<I: Index, S: Store> Interner<I, S> {
    /// The number of a thing, new if it was not seen before. Hashes the thing once.
    pub(crate) fn intern(&mut self, key: &S::Key<'_>) -> I {
        let Self { store, numbers, hasher } = self;
        let hash = S::hash(key, hasher);
        if let Some(&known) = numbers.find(hash, |it| S::equal(&store.at(it.slot()), key)) {
            return known;
        }
        let number = I::at(store.len());
        store.push(key);
        numbers.insert_unique(hash, number, |it| S::hash(&store.at(it.slot()), hasher));
        number
    }

    /// The number of a thing, if it was interned.
    #[must_use]
    pub(crate) fn find(&self, key: &S::Key<'_>) -> Option<I> {
        let hash = S::hash(key, &self.hasher);
        self.numbers.find(hash, |it| S::equal(&self.store.at(it.slot()), key)).copied()
    }

    /// The thing with a number.
    ///
    /// # Panics
    /// When the number comes from another interner.
    #[must_use]
    pub(crate) fn get(&self, number: I) -> S::Key<'_> {
        self.store.at(number.slot())
    }

    /// The store, for what it lends beside keys.
    #[must_use]
    pub(crate) const fn store(&self) -> &S {
        &self.store
    }

    /// Number of distinct things.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether nothing was interned yet.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.store.is_empty()
    }
}

/// Texts, one after the other in one arena.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    bytes: String,
    /// End of each text in `bytes`; a text begins where the one before ends.
    ends: Vec<usize>,
}

impl Store for Texts {
    type Key<'a> = &'a str;

    fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    fn at(&self, position: usize) -> &str {
        &self.bytes[start(&self.ends, position)..self.ends[position]]
    }

    fn push(&mut self, key: &&str) {
        self.bytes.push_str(key);
        self.ends.push(self.bytes.len());
    }

    #[inline]
    fn hash(key: &&str, hasher: &RandomState) -> u64 {
        hasher.hash_one(key)
    }

    #[inline]
    fn equal(kept: &&str, key: &&str) -> bool {
        kept == key
    }
}

/// Lists of plain values, one after the other in one arena.
#[derive(Debug, Clone)]
pub(crate) struct Lists<T> {
    values: Vec<T>,
    /// End of each list in `values`; a list begins where the one before ends.
    ends: Vec<usize>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { values: Vec::new(), ends: Vec::new() }
    }
}

impl<T: bytemuck::NoUninit + PartialEq> Store for Lists<T> {
    type Key<'a>
        = &'a [T]
    where
        T: 'a;

    fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    fn at(&self, position: usize) -> &[T] {
        &self.values[start(&self.ends, position)..self.ends[position]]
    }

    fn push(&mut self, key: &&[T]) {
        self.values.extend_from_slice(key);
        self.ends.push(self.values.len());
    }

    #[inline]
    fn hash(key: &&[T], hasher: &RandomState) -> u64 {
        hasher.hash_one(bytemuck::cast_slice::<T, u8>(key))
    }

    #[inline]
    fn equal(kept: &&[T], key: &&[T]) -> bool {
        kept == key
    }
}

/// Where the entry at `position` begins in an arena of entries with these ends.
#[inline]
fn start(ends: &[usize], position: usize) -> usize {
    position.checked_sub(1).map_or(0, |before| ends[before])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ConfigId;

    #[test]
    fn equal_lists_share_a_number_also_when_the_table_grows() {
        let mut lists: Interner<ConfigId, Lists<u32>> = Interner::default();
        let list = |number: u32| (0..number % 7).map(|it| it * number).collect::<Vec<u32>>();
        let numbers: Vec<ConfigId> = (0..1000).map(|it| lists.intern(&&list(it)[..])).collect();
        for (number, &named) in (0..).zip(&numbers) {
            assert_eq!(lists.intern(&&list(number)[..]), named);
            assert_eq!(lists.find(&&list(number)[..]), Some(named));
            assert_eq!(lists.get(named), list(number));
        }
        assert_eq!(lists.find(&&[4_u32, 2][..]), None);
        // Every seventh list is empty, and a list of one holds zero.
        assert_eq!(lists.len(), 1000 - (1000_usize.div_ceil(7) - 1) - (999_usize.div_ceil(7) - 1));
        assert!(numbers.iter().enumerate().all(|(at, it)| it.slot() <= at));
    }
}
