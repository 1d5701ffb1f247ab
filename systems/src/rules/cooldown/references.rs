//! References: what the cooldowns of a cohort's rows count from, as sets of rows.
//!
//! Vocabulary: a *group* is the rows with one reference.
//!
//! A row is looked up once, whichever rules and candidates ask. Groups are few, so asking another
//! rule costs words, not rows.

use std::ops::Range;

use shakedown_engine::base::row_set::{RowSpan, bit_of, rows_in};

use crate::facts::Reference;
use crate::rules::answers::Keep;

/// The references of a cohort's rows; buffers are kept from one evaluation to the next.
#[derive(Debug, Default)]
pub struct References {
    /// One bit per row of the span that was looked up.
    known: Vec<u64>,
    /// The word of the span that comes first.
    first: usize,
    groups: Vec<Reference>,
    /// The rows of each group, one set after the other.
    rows: Vec<u64>,
}

impl Keep for References {
    fn begin(&mut self, span: Range<usize>) {
        self.known.clear();
        self.known.resize(span.len(), 0);
        self.first = span.start;
        self.groups.clear();
        self.rows.clear();
    }
}

impl References {
    /// Looks up those of the rows in `asked`, from `word * 64` on, that are not known yet.
    pub(super) fn look_up(
        &mut self,
        word: usize,
        asked: u64,
        mut reference_of: impl FnMut(usize) -> Option<Reference>,
    ) {
        let known = &mut self.known[word - self.first];
        let unknown = asked & !*known;
        *known |= unknown;
        // The rows of the reference that was last found: it rarely changes.
        let (mut last, mut rows) = (None, 0u64);
        for row in rows_in(word, unknown) {
            let reference = reference_of(row);
            if reference != last {
                self.add(last, word, std::mem::take(&mut rows));
                last = reference;
            }
            rows |= bit_of(row);
        }
        self.add(last, word, rows);
    }

    /// The references, each with its rows.
    pub(super) fn groups(&self) -> impl Iterator<Item = (Reference, RowSpan<'_>)> {
        let sets = self.rows.chunks_exact(self.known.len().max(1));
        self.groups.iter().copied().zip(sets.map(|words| RowSpan::new(self.first, words)))
    }

    /// Adds rows of one word to the group of a reference.
    fn add(&mut self, reference: Option<Reference>, word: usize, rows: u64) {
        let Some(reference) = reference else { return };
        let group = self.groups.iter().rposition(|it| *it == reference).unwrap_or_else(|| {
            self.groups.push(reference);
            self.rows.resize(self.groups.len() * self.known.len(), 0);
            self.groups.len() - 1
        });
        self.rows[group * self.known.len() + word - self.first] |= rows;
    }
}
