//! Sets of resources with rank: the members of a cohort, in resource order.
//!
//! Vocabulary: the *rank* of a member is the number of smaller members, which is its position in
//! the cohort. Dense sets answer in two memory reads and a popcount; sparse ones by binary search
//! over 4 bytes a member, so that thousands of small cohorts do not each carry a bit per resource.

use crate::base::ids::ResourceIx;
use crate::base::row_set::{RowSet, RowSlice, bit_of, word_of};

/// A set holds bits rather than a list when at least one resource in this many is a member; at 32
/// both forms take the same memory (one bit per resource against 32 bits per member).
const DENSE_FROM: usize = 32;

/// An immutable set of resources that knows the rank of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSet(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// `ranks[w]` members precede word `w` of the set.
    Dense {
        set: RowSet,
        ranks: Vec<u32>,
        len: u32,
    },
    Sparse(Vec<ResourceIx>),
}

impl MemberSet {
    /// The set of the given resources, which must be ascending and distinct.
    #[must_use]
    pub fn from_sorted(members: Vec<ResourceIx>) -> Self {
        debug_assert!(members.is_sorted_by(|a, b| a < b), "members ascend");
        let universe = members.last().map_or(0, |last| last.slot() + 1);
        if members.len() * DENSE_FROM < universe {
            return Self(Form::Sparse(members));
        }
        let mut set = RowSet::for_rows(universe);
        for member in &members {
            set.insert(member.slot());
        }
        let mut len = 0;
        let ranks = set
            .iter()
            .map(|word| {
                let before = len;
                len += word.count_ones();
                before
            })
            .collect();
        Self(Form::Dense { set, ranks, len })
    }

    /// Number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Dense { len, .. } => *len as usize,
            Form::Sparse(members) => members.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of members before `resource`, `None` when it is no member.
    ///
    /// # Panics
    /// When there are 2^32 members or more, which memory does not hold.
    #[must_use]
    pub fn rank(&self, resource: ResourceIx) -> Option<u32> {
        let slot = resource.slot();
        match &self.0 {
            Form::Dense { set, ranks, .. } => {
                let (at, bit) = (word_of(slot), bit_of(slot));
                let word = set.word(at);
                (word & bit != 0).then(|| ranks[at] + (word & (bit - 1)).count_ones())
            }
            Form::Sparse(members) => {
                let at = members.binary_search(&resource).ok()?;
                Some(u32::try_from(at).expect("a cohort has fewer than 2^32 members"))
            }
        }
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = ResourceIx> + '_ {
        let (set, list): (RowSlice<'_>, &[ResourceIx]) = match &self.0 {
            Form::Dense { set, .. } => (set.as_slice(), &[]),
            Form::Sparse(members) => (RowSlice::default(), members),
        };
        set.rows().map(ResourceIx::at).chain(list.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_counts_the_smaller_members_in_both_forms() {
        for step in [1usize, 3, 31, 33, 500] {
            let members: Vec<_> = (0..200).map(|n| ResourceIx::at(7 + n * step)).collect();
            let set = MemberSet::from_sorted(members.clone());
            assert_eq!(set.len(), 200);
            assert_eq!(set.iter().collect::<Vec<_>>(), members);
            for slot in 0..(7 + 201 * step) {
                let expected = members.iter().position(|member| member.slot() == slot);
                let rank = set.rank(ResourceIx::at(slot)).map(|rank| rank as usize);
                assert_eq!(rank, expected, "step {step}, slot {slot}");
            }
        }
        assert!(MemberSet::from_sorted(Vec::new()).is_empty());
    }
}
