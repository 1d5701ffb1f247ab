//! The state digest of rows: equal for two layouts exactly if their targets stand the same.
//!
//! Like the engine's own digest it adds up one hash per live target, so neither the order of rows nor
//! that of jobs matters; indices stand for names, because all sides share a catalogue.

use shakedown_engine::fleet::jobs::{Job, chain};
use shakedown_engine::fleet::matrix::Key;

use crate::Standing;

/// What one live target contributes.
pub(crate) fn digest_of(key: Key, standing: &Standing, jobs: &[Job]) -> u64 {
    let Standing { plan, state, holds, ledger } = standing;
    let mut hash = Hash(0);
    hash.add(key.resource.0, key.cohort.0);
    hash.add(plan.edition.0, plan.variables.0);
    hash.add(*state as u32, holds.0);
    hash.add(ledger.active, ledger.succeeded.0);
    hash.add(ledger.succeeded_variables.0, 0);
    for (ix, job) in chain(jobs, ledger.head) {
        hash.add(job.edition.0, job.variables.0);
        hash.add(job.status as u32, job.attempt);
        for time in [job.created_at, job.completed_at, job.released_at] {
            hash.mix(time.0.cast_unsigned());
        }
        hash.add(u32::from(ix == ledger.current), 0);
    }
    hash.0
}

/// What a row that was found contributes.
pub(crate) fn digest_of_found(key: Key) -> u64 {
    let mut hash = Hash(1);
    hash.add(key.resource.0, key.cohort.0);
    hash.0
}

struct Hash(u64);

impl Hash {
    fn add(&mut self, a: u32, b: u32) {
        self.mix(u64::from(a) << 32 | u64::from(b));
    }

    /// The finaliser of `SplitMix64` over the sum with the next word.
    fn mix(&mut self, word: u64) {
        let mut mixed = self.0.wrapping_add(word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = mixed ^ (mixed >> 31);
    }
}
