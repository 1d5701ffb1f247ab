//! Hash maps with a fixed seed, and hash functions.
//!
//! FNV-1a gives the same on every machine, and outputs depend on it. What maps hash with is the same
//! on every run of one program on one machine and on nothing more: `ahash` computes something else
//! where a processor has no AES instructions, and between its versions.
//!
//! Invariant (negative): no map of this crate is seeded by the operating system, and no map's
//! iteration order reaches an output.

use ahash::RandomState;
use hashbrown::HashMap;

/// A hash map with a fixed seed; build it with [`fixed_map`].
pub type FixedMap<K, V> = HashMap<K, V, RandomState>;

/// The seeds of every map: arbitrary, but the same on every run.
const SEEDS: [u64; 4] =
    [0x7368_616b_6564_6f77, 0x6e20_6372_7569_7365, 0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];

/// The fixed hasher state behind [`FixedMap`].
#[must_use]
pub(crate) fn fixed_state() -> RandomState {
    RandomState::with_seeds(SEEDS[0], SEEDS[1], SEEDS[2], SEEDS[3])
}

/// An empty [`FixedMap`].
#[must_use]
pub fn fixed_map<K, V>() -> FixedMap<K, V> {
    HashMap::with_hasher(fixed_state())
}

/// Start value of FNV-1a 64.
pub const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
/// Multiplier of FNV-1a 64.
pub const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Continues an FNV-1a 64 hash over `bytes` (SEMANTICS 8.5; vector: `"foobar"` from
/// [`FNV_START`] is `0x85944171f73967e8`).
#[must_use]
pub const fn fnv1a(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_gives_the_published_vectors() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
            ("r1-env1-dep1v1", 0x9f27_f3b4_49c4_66d1),
        ] {
            assert_eq!(fnv1a(FNV_START, text.as_bytes()), hash, "{text}");
        }
    }
}
