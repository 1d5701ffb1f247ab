//! A vector indexed by an index type of its own, so that no column is asked with the index of
//! another kind, and that grows to the entry that is written.
//!
//! Vocabulary: an entry is *there* once something with its index or a later one was written; what
//! was never written holds the fill, `T::default()` unless another is given.
//!
//! Invariant: indices stay; a vector never shrinks but by [`IxVec::clear`].

use std::fmt;
use std::marker::PhantomData;
use std::ops;

use super::ids::Index;

/// Values by index. Reading costs what reading a slice costs.
#[derive(Clone, PartialEq, Eq)]
pub struct IxVec<I, T> {
    values: Vec<T>,
    index: PhantomData<fn(I) -> I>,
}

impl<I, T> Default for IxVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I, T> From<Vec<T>> for IxVec<I, T> {
    /// The value at each position under the index of that position.
    fn from(values: Vec<T>) -> Self {
        Self { values, index: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IxVec<I, T> {
    fn from_iter<V: IntoIterator<Item = T>>(values: V) -> Self {
        values.into_iter().collect::<Vec<T>>().into()
    }
}

impl<I, T: fmt::Debug> fmt::Debug for IxVec<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}

impl<I, T> IxVec<I, T> {
    /// A vector without entries; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: Vec::new(), index: PhantomData }
    }

    /// Number of entries that are there.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no entry is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in index order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.values
    }

    /// Takes every entry away; keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
    }

    /// Makes entries until there are `len`, filled with what `fill` gives; takes none away.
    pub(crate) fn resize_to_with(&mut self, len: usize, fill: impl FnMut() -> T) {
        if self.values.len() < len {
            self.values.resize_with(len, fill);
        }
    }
}

impl<I, T: Default> IxVec<I, T> {
    /// Makes entries until there are `len`, filled with the default; takes none away.
    pub fn resize_to(&mut self, len: usize) {
        self.resize_to_with(len, T::default);
    }
}

impl<I: Index, T> IxVec<I, T> {
    /// The value at `ix`; `None` if it is not there.
    #[must_use]
    pub fn get(&self, ix: I) -> Option<&T> {
        self.values.get(ix.slot())
    }

    /// The value at `ix`, to write; `None` if it is not there.
    #[must_use]
    pub fn get_mut(&mut self, ix: I) -> Option<&mut T> {
        self.values.get_mut(ix.slot())
    }

    /// The value at `ix`, which must address something; entries up to it come into being, filled
    /// with what `fill` gives. Amortised O(1) per entry.
    pub(crate) fn slot_or_with(&mut self, ix: I, fill: impl FnMut() -> T) -> &mut T {
        self.resize_to_with(ix.slot() + 1, fill);
        &mut self.values[ix.slot()]
    }

    /// The same, filled with copies of `fill`.
    pub fn slot_or(&mut self, ix: I, fill: T) -> &mut T
    where
        T: Clone,
    {
        self.slot_or_with(ix, || fill.clone())
    }

    /// The same, filled with the default.
    pub fn slot(&mut self, ix: I) -> &mut T
    where
        T: Default,
    {
        self.slot_or_with(ix, T::default)
    }

    /// Appends a value; returns its index.
    pub fn push(&mut self, value: T) -> I {
        let ix = I::at(self.values.len());
        self.values.push(value);
        ix
    }

    /// Every entry by ascending index.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.values.iter().enumerate().map(|(position, value)| (I::at(position), value))
    }

    /// Every entry by ascending index, to write.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (I, &mut T)> + ExactSizeIterator {
        self.values.iter_mut().enumerate().map(|(position, value)| (I::at(position), value))
    }
}

impl<I: Index, T> ops::Index<I> for IxVec<I, T> {
    type Output = T;

    fn index(&self, ix: I) -> &T {
        &self.values[ix.slot()]
    }
}

impl<I: Index, T> ops::IndexMut<I> for IxVec<I, T> {
    fn index_mut(&mut self, ix: I) -> &mut T {
        &mut self.values[ix.slot()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::CohortIx;

    #[test]
    fn writing_grows_to_the_entry_and_reading_does_not() {
        let mut marks: IxVec<CohortIx, Option<u8>> = IxVec::new();
        assert_eq!(marks.get(CohortIx(2)), None);
        *marks.slot(CohortIx(2)) = Some(7);
        assert_eq!(marks.as_slice(), [None, None, Some(7)]);
        assert_eq!(*marks.slot(CohortIx(0)), None);
        assert_eq!(marks.get(CohortIx(3)), None);
        assert_eq!(marks.get(CohortIx::NONE), None);
        assert_eq!(marks.len(), 3);
    }

    #[test]
    fn new_entries_hold_the_fill_and_known_ones_stay() {
        let mut owners: IxVec<CohortIx, CohortIx> = IxVec::new();
        assert_eq!(owners.push(CohortIx(5)), CohortIx(0));
        *owners.slot_or(CohortIx(2), CohortIx::NONE) = CohortIx(1);
        owners.resize_to_with(2, || CohortIx(9));
        owners.resize_to_with(4, || CohortIx(9));
        let all: Vec<_> = owners.iter().map(|(ix, &owner)| (ix.0, owner)).collect();
        let expected = [CohortIx(5), CohortIx::NONE, CohortIx(1), CohortIx(9)];
        assert_eq!(all, (0..).zip(expected).collect::<Vec<_>>());
        assert_eq!(owners[CohortIx(2)], CohortIx(1));
    }
}
