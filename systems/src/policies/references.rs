//! References: what the cooldowns of a cohort's rows count from, as sets of rows.
//!
//! Vocabulary: a *group* is the rows whose cooldowns count from one version, created at one instant.
//!
//! A row is looked up once, whichever rules and candidates ask. Groups are few, so asking another
//! rule costs words, not rows.

use shakedown_engine::ids::VersionIx;
use shakedown_engine::target::ones;
use shakedown_engine::time::SimTime;

use crate::cooldown::Reference;

/// The references of a cohort's rows; buffers are kept from one evaluation to the next.
#[derive(Debug, Default)]
pub(super) struct References {
    /// One bit per row that was looked up.
    known: Vec<u64>,
    groups: Vec<Reference>,
    /// The rows of each group, one set after the other.
    rows: Vec<u64>,
}

impl References {
    /// Starts over with a cohort whose sets of rows have `width` words.
    pub(super) fn begin(&mut self, width: usize) {
        self.known.clear();
        self.known.resize(width, 0);
        self.groups.clear();
        self.rows.clear();
    }

    /// Looks up those of the rows in `asked`, from `word * 64` on, that are not known yet.
    pub(super) fn look_up(
        &mut self,
        word: usize,
        asked: u64,
        mut reference_of: impl FnMut(usize) -> Option<Reference>,
    ) {
        let unknown = asked & !self.known[word];
        self.known[word] |= unknown;
        for bit in ones(unknown) {
            if let Some(reference) = reference_of(word * 64 + bit as usize) {
                let group = self.group_of(reference);
                self.rows[group * self.known.len() + word] |= 1 << bit;
            }
        }
    }

    /// The references, each with its rows.
    pub(super) fn groups(&self) -> impl Iterator<Item = (Reference, &[u64])> {
        self.groups.iter().copied().zip(self.rows.chunks_exact(self.known.len().max(1)))
    }

    fn group_of(&mut self, reference: Reference) -> usize {
        let identity = |it: &Reference| -> (VersionIx, SimTime) { (it.version, it.created_at) };
        let known = self.groups.iter().rposition(|it| identity(it) == identity(&reference));
        known.unwrap_or_else(|| {
            self.groups.push(reference);
            self.rows.resize(self.groups.len() * self.known.len(), 0);
            self.groups.len() - 1
        })
    }
}
