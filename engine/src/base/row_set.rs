//! Sets of rows as bits, 64 rows to a word: what kernels decide and hand to each other.
//!
//! Vocabulary: a *word* holds the rows from `64 * word` on, the first in its lowest bit; the *width*
//! of a set is its number of words. A [`RowSet`] owns its words, a [`RowSlice`] is a view of some; a
//! [`RowSpan`] is a view of the words of a *span*, a range of words outside of which no row is in the set.
//!
//! Invariant: a row beyond the width is in no set; reading it is no error, writing it is.
//! Invariant (negative): a set does not know how many rows there are, only how many it has room for.

use std::ops::{Deref, DerefMut, Range};

/// Rows in a word.
const BITS: usize = u64::BITS as usize;

/// Number of 64-bit words that hold a bit for each of `rows` rows.
#[must_use]
pub const fn words_for(rows: usize) -> usize {
    rows.div_ceil(BITS)
}

/// The word that holds a row.
#[must_use]
pub const fn word_of(row: usize) -> usize {
    row / BITS
}

/// The first row of a word.
#[must_use]
pub const fn first_of(word: usize) -> usize {
    word * BITS
}

/// The bit of a row in its word.
#[must_use]
pub const fn bit_of(row: usize) -> u64 {
    1 << (row % BITS)
}

/// Positions of the set bits of a word, ascending.
pub fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let bit = word.trailing_zeros();
            word &= word - 1;
            bit
        })
    })
}

/// The rows whose bits are set in `bits`, the word at `word`, ascending.
pub fn rows_in(word: usize, bits: u64) -> impl Iterator<Item = usize> {
    ones(bits).map(move |bit| word * BITS + bit as usize)
}

/// Calls `visit` with the position of every set bit of a word, ascending; a whole word runs without
/// bit tests.
pub fn for_each_bit(word: u64, visit: impl FnMut(u32)) {
    if word == u64::MAX { (0..u64::BITS).for_each(visit) } else { ones(word).for_each(visit) }
}

/// A set of rows in words that someone else owns. Costs what the words cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowSlice<'a>(&'a [u64]);

impl<'a> RowSlice<'a> {
    /// The rows whose bits are set in `words`.
    #[must_use]
    pub const fn new(words: &'a [u64]) -> Self {
        Self(words)
    }

    /// The words.
    #[must_use]
    pub const fn words(self) -> &'a [u64] {
        self.0
    }

    /// Number of words.
    #[must_use]
    pub const fn width(self) -> usize {
        self.0.len()
    }

    /// The word at `word`; beyond the width, no row.
    #[inline]
    #[must_use]
    pub fn word(self, word: usize) -> u64 {
        self.0.get(word).copied().unwrap_or(0)
    }

    /// Whether `row` is in the set.
    #[inline]
    #[must_use]
    pub fn contains(self, row: usize) -> bool {
        self.word(word_of(row)) & bit_of(row) != 0
    }

    /// Number of rows in the set. O(words).
    #[must_use]
    pub fn count(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether any row is in the set. O(words).
    #[must_use]
    pub fn any(self) -> bool {
        self.0.iter().any(|&word| word != 0)
    }

    /// The rows of the set, ascending. O(words + rows).
    pub fn rows(self) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().enumerate().flat_map(|(word, &bits)| rows_in(word, bits))
    }
}

/// A set of rows that all lie in a span of words, which someone else owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSpan<'a> {
    first: usize,
    words: &'a [u64],
}

impl<'a> RowSpan<'a> {
    /// The rows whose bits are set in `words`, of which the first is the word at `first`.
    #[must_use]
    pub const fn new(first: usize, words: &'a [u64]) -> Self {
        Self { first, words }
    }

    /// The rows whose bits are set in `words`, from the first row on.
    #[must_use]
    pub const fn whole(words: &'a [u64]) -> Self {
        Self::new(0, words)
    }

    /// The word at `word`; outside the span, no row.
    #[inline]
    #[must_use]
    pub fn word(self, word: usize) -> u64 {
        self.words.get(word.wrapping_sub(self.first)).copied().unwrap_or(0)
    }

    /// The words of the span, each with its place.
    pub fn iter(self) -> impl Iterator<Item = (usize, u64)> + 'a {
        (self.first..).zip(self.words.iter().copied())
    }

    /// Whether any row is in the set. O(span).
    #[must_use]
    pub fn any(self) -> bool {
        self.words.iter().any(|&word| word != 0)
    }

    /// The words of the span.
    #[must_use]
    pub const fn words(self) -> &'a [u64] {
        self.words
    }

    /// The rows of the set, ascending. O(span + rows).
    pub fn rows(self) -> impl Iterator<Item = usize> + 'a {
        self.iter().flat_map(|(word, bits)| rows_in(word, bits))
    }
}

/// The words from the first to the last in which a row is; empty if there is none.
#[must_use]
pub fn span_of(words: &[u64]) -> Range<usize> {
    let first = words.iter().position(|&word| word != 0);
    let last = words.iter().rposition(|&word| word != 0);
    first.zip(last).map_or(0..0, |(first, last)| first..last + 1)
}

/// A set of rows. Dereferences to its words, which is what kernels take.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// An empty set without room; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// An empty set with room for `rows` rows.
    #[must_use]
    pub fn for_rows(rows: usize) -> Self {
        Self { words: vec![0; words_for(rows)] }
    }

    /// The rows before `end`, with room for `rows` rows.
    #[must_use]
    pub fn leading(end: usize, rows: usize) -> Self {
        let word = |word: usize| match end.saturating_sub(word * BITS) {
            rest @ 0..BITS => (1 << rest) - 1,
            _ => u64::MAX,
        };
        Self { words: (0..words_for(rows)).map(word).collect() }
    }

    /// The set as a view.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> RowSlice<'_> {
        RowSlice(&self.words)
    }

    /// Number of words.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.words.len()
    }

    /// See [`RowSlice::word`].
    #[inline]
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        self.as_slice().word(word)
    }

    /// Whether `row` is in the set.
    #[inline]
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.as_slice().contains(row)
    }

    /// Number of rows in the set. O(words).
    #[must_use]
    pub fn count(&self) -> usize {
        self.as_slice().count()
    }

    /// Whether any row is in the set. O(words).
    #[must_use]
    pub fn any(&self) -> bool {
        self.as_slice().any()
    }

    /// The rows of the set, ascending. O(words + rows).
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.as_slice().rows()
    }

    /// Makes room for `rows` rows; never less than there was.
    pub fn grow(&mut self, rows: usize) {
        if self.words.len() < words_for(rows) {
            self.words.resize(words_for(rows), 0);
        }
    }

    /// Puts a row in or takes it out; returns whether that changed anything.
    ///
    /// # Panics
    /// When there is no room for the row.
    #[inline]
    pub fn set(&mut self, row: usize, is_in: bool) -> bool {
        let word = &mut self.words[word_of(row)];
        let before = *word;
        *word = if is_in { before | bit_of(row) } else { before & !bit_of(row) };
        *word != before
    }

    /// Puts a row in; returns whether it is new.
    ///
    /// # Panics
    /// When there is no room for the row.
    #[inline]
    pub fn insert(&mut self, row: usize) -> bool {
        self.set(row, true)
    }

    /// Takes a row out; returns whether it was in.
    ///
    /// # Panics
    /// When there is no room for the row.
    #[inline]
    pub fn remove(&mut self, row: usize) -> bool {
        self.set(row, false)
    }
}

impl From<Vec<u64>> for RowSet {
    /// The rows whose bits are set.
    fn from(words: Vec<u64>) -> Self {
        Self { words }
    }
}

impl Deref for RowSet {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.words
    }
}

impl DerefMut for RowSet {
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }
}

impl PartialEq<RowSet> for Vec<u64> {
    fn eq(&self, set: &RowSet) -> bool {
        *self == set.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_and_go_and_are_listed_ascending() {
        let mut set = RowSet::for_rows(130);
        assert_eq!((set.width(), set.any(), set.count()), (3, false, 0));
        for row in [129, 0, 64, 63] {
            assert!(set.insert(row));
            assert!(!set.insert(row));
        }
        assert!(set.remove(64));
        assert!(!set.remove(64));
        assert_eq!(set.rows().collect::<Vec<_>>(), [0, 63, 129]);
        assert_eq!((set.any(), set.count()), (true, 3));
        assert!(set.contains(63) && !set.contains(64) && !set.contains(1000));
        assert_eq!((set.word(0), set.word(9)), (1 | 1 << 63, 0));
        assert_eq!(rows_in(2, set.word(2)).collect::<Vec<_>>(), [129]);
    }

    #[test]
    fn the_leading_rows_are_those_before_the_end() {
        for end in [0, 1, 63, 64, 65, 128, 190] {
            let set = RowSet::leading(end, 192);
            assert_eq!(set.width(), 3);
            assert_eq!(set.rows().collect::<Vec<_>>(), (0..end).collect::<Vec<_>>(), "{end}");
        }
    }

    #[test]
    fn a_span_holds_all_rows_of_its_set() {
        let set = RowSet::from(vec![0, 0, 1 << 5, 0, 3, 0]);
        let span = span_of(&set);
        assert_eq!(span, 2..5);
        let view = RowSpan::new(span.start, &set[span]);
        assert_eq!(view.rows().collect::<Vec<_>>(), set.rows().collect::<Vec<_>>());
        assert!((0..9).all(|word| view.word(word) == set.word(word)));
        assert!(view.any() && !RowSpan::whole(&[0, 0]).any());
        assert_eq!(span_of(&[0, 0]), 0..0);
        assert_eq!(span_of(&[]), 0..0);
    }

    #[test]
    fn growing_keeps_the_rows() {
        let mut set = RowSet::leading(3, 3);
        set.grow(200);
        set.grow(1);
        assert_eq!((set.width(), set.count()), (4, 3));
    }
}
