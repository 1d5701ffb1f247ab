//! Waves: how far a version's rollout has come in a cohort.
//!
//! Vocabulary: a *wave* is one version rolling through one cohort: the rollout order and the rows
//! whose slot is open. Its cursor only moves while the cohort stays the same; a target that joins
//! or leaves starts it anew, because positions shift.

use bevy_ecs::resource::Resource;
use shakedown_engine::base::ids::{CohortIx, VersionIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::row_set::{bit_of, word_of};
use shakedown_engine::fleet::matrix::words_for;

use super::ranks::{Ranked, rank_rows};

/// The rollout orders of every cohort, by index.
#[derive(Debug, Default, Resource)]
pub struct Waves {
    /// Grown to the number of cohorts when work is collected.
    pub cohorts: IxVec<CohortIx, CohortWaves>,
}

/// The rollouts of one cohort, and what they share.
#[derive(Debug, Default)]
pub struct CohortWaves {
    generation: u64,
    /// Per row: the FNV-1a state after the target's key; empty until needed.
    key_hashes: Vec<u64>,
    waves: Vec<Wave>,
}

/// One version rolling through a cohort.
#[derive(Debug)]
struct Wave {
    version: VersionIx,
    /// Live rows in rollout order.
    order: Vec<u32>,
    /// The first `opened` rows of the order have their bit set in `open`.
    opened: usize,
    open: Vec<u64>,
}

/// The rows of a cohort as ranking sees them.
#[derive(Debug, Clone, Copy)]
pub struct RankRows<'a> {
    /// Changes whenever rows or targets change.
    pub generation: u64,
    /// One bit per row.
    pub live: &'a [u64],
    /// How many rows are live.
    pub targets: u32,
    /// Rows in use.
    pub used: usize,
}

impl CohortWaves {
    /// The rows of the first `open` ranks, one bit per row.
    ///
    /// - `fill_key_hashes`: appends the FNV-1a state after the key of every row's target; called
    ///   once per cohort.
    /// - `continue_hashes(targets)`: continues such states over the version's id.
    /// - `before(a, b)`: whether row a's key precedes row b's, asked only on equal hashes.
    ///
    /// The first call for a version ranks the cohort, about 10 ns per target; later ones move the
    /// cursor. When every rank is open, order does not matter: the wave is over and forgotten.
    pub fn open_rows<'a>(
        &'a mut self,
        rows: RankRows<'a>,
        version: VersionIx,
        open: u32,
        fill_key_hashes: impl FnOnce(&mut Vec<u64>),
        continue_hashes: impl FnOnce(&mut [Ranked]),
        before: impl Fn(u32, u32) -> bool,
    ) -> &'a [u64] {
        if rows.targets <= open {
            self.forget(version);
            return rows.live;
        }
        if self.generation != rows.generation {
            self.generation = rows.generation;
            self.key_hashes.clear();
            self.waves.clear();
        }
        // The newest version is asked for most.
        let known = self.waves.iter().rposition(|wave| wave.version == version);
        let at = known.unwrap_or_else(|| {
            self.begin(rows, version, fill_key_hashes, continue_hashes, before);
            self.waves.len() - 1
        });
        let wave = &mut self.waves[at];
        wave.move_to(open as usize);
        &wave.open
    }

    fn begin(
        &mut self,
        rows: RankRows<'_>,
        version: VersionIx,
        fill_key_hashes: impl FnOnce(&mut Vec<u64>),
        continue_hashes: impl FnOnce(&mut [Ranked]),
        before: impl Fn(u32, u32) -> bool,
    ) {
        if self.key_hashes.len() != rows.used {
            self.key_hashes.clear();
            fill_key_hashes(&mut self.key_hashes);
            debug_assert_eq!(self.key_hashes.len(), rows.used, "one hash per row");
        }
        let order = rank_rows(rows.live, &self.key_hashes, continue_hashes, before);
        let open = vec![0; words_for(rows.used)];
        self.waves.push(Wave { version, order, opened: 0, open });
    }

    /// The live rows in the rollout order of a version, if it was asked for in this generation of
    /// the cohort.
    #[must_use]
    pub fn order(&self, generation: u64, version: VersionIx) -> Option<&[u32]> {
        let wave = self.waves.iter().rfind(|wave| wave.version == version)?;
        (self.generation == generation).then_some(&wave.order)
    }

    /// Forgets the wave of a version that is gone, or of which no rollout goes on under any policy.
    pub fn forget(&mut self, version: VersionIx) {
        self.waves.retain(|wave| wave.version != version);
    }
}

impl Wave {
    /// Opens or closes slots until the first `open` rows of the order are open. A start that moved
    /// later closes slots again.
    fn move_to(&mut self, open: usize) {
        for &row in &self.order[self.opened.min(open)..self.opened.max(open)] {
            self.open[word_of(row as usize)] ^= bit_of(row as usize);
        }
        self.opened = open;
    }
}
