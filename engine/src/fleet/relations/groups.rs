//! Groups: members of one kind on a side by join key, listed by id.

use crate::base::hash::{FixedMap, fixed_map};
use crate::select::Atom;

/// Numbers join keys densely, the same for all kinds on both sides of a rule.
#[derive(Debug)]
pub(super) struct KeyNumbers {
    /// Per part of the key: (number of the parts before, atom) to number.
    parts: Vec<FixedMap<(u32, Atom), u32>>,
}

impl KeyNumbers {
    /// Numbers of keys with `parts` parts. Without parts there is one key, number 0.
    pub(super) fn new(parts: usize) -> Self {
        Self { parts: (0..parts).map(|_| fixed_map()).collect() }
    }

    /// The number of a key whose parts before `part` have the number `before`.
    pub(super) fn extend(&mut self, part: usize, before: u32, atom: Atom) -> u32 {
        let known = &mut self.parts[part];
        let next = u32::try_from(known.len()).expect("fewer than 2^32 keys");
        *known.entry((before, atom)).or_insert(next)
    }

    /// Number of keys numbered so far.
    pub(super) fn len(&self) -> usize {
        self.parts.last().map_or(1, FixedMap::len)
    }
}

/// The members of one kind on a side by group.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Group by slot, [`Groups::NONE`] for an entity that is no member.
    of_slot: Vec<u32>,
    /// Where each group begins in `members`; one more entry than groups.
    starts: Vec<u32>,
    /// Slots by (group, id).
    members: Vec<u32>,
}

impl Groups {
    /// The group of an entity that is no member.
    pub(super) const NONE: u32 = u32::MAX;

    /// Groups entities: `of_slot` gives each slot's group below `count`, `by_id` lists all slots by
    /// id. `O(slots + count)`, about 3 ns per slot.
    pub(super) fn new(of_slot: Vec<u32>, by_id: &[u32], count: usize) -> Self {
        let mut groups = Self { of_slot, ..Self::default() };
        groups.list(by_id, count);
        groups
    }

    /// Lists members anew after [`Groups::set`].
    pub(super) fn list(&mut self, by_id: &[u32], count: usize) {
        self.starts.clear();
        self.starts.resize(count + 1, 0);
        for &group in &self.of_slot {
            if group != Self::NONE {
                self.starts[group as usize + 1] += 1;
            }
        }
        for group in 0..count {
            self.starts[group + 1] += self.starts[group];
        }
        let mut next = self.starts.clone();
        self.members.clear();
        self.members.resize(self.starts[count] as usize, 0);
        for &slot in by_id {
            let group = self.of(slot as usize);
            if group != Self::NONE {
                let at = &mut next[group as usize];
                self.members[*at as usize] = slot;
                *at += 1;
            }
        }
    }

    /// The group of a slot.
    pub(super) fn of(&self, slot: usize) -> u32 {
        self.of_slot.get(slot).copied().unwrap_or(Self::NONE)
    }

    /// Moves a slot to a group; [`Groups::list`] must follow.
    pub(super) fn set(&mut self, slot: usize, group: u32) {
        if self.of_slot.len() <= slot {
            self.of_slot.resize(slot + 1, Self::NONE);
        }
        self.of_slot[slot] = group;
    }

    /// The members of a group, by id.
    pub(super) fn members(&self, group: u32) -> &[u32] {
        if group == Self::NONE {
            return &[];
        }
        let group = group as usize;
        match self.starts.get(group..=group + 1) {
            Some(&[start, end]) => &self.members[start as usize..end as usize],
            // A key that only the other side has had since this one was listed.
            _ => &[],
        }
    }

    /// All members, by group.
    pub(super) fn all(&self) -> &[u32] {
        &self.members
    }

    /// Every group's members, in the order of group numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|span| &self.members[span[0] as usize..span[1] as usize])
    }
}
