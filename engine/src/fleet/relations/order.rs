//! The entities of a kind in the order of their ids.

/// Slots of a kind ordered by id; ids are never taken back, so it only grows.
#[derive(Debug, Default)]
pub(super) struct IdOrder {
    slots: Vec<u32>,
}

/// From this many new entities on, sorting costs less than inserting one by one.
const MANY: usize = 32;

impl IdOrder {
    /// Takes in the slots up to `count`. `id` gives the id of a slot.
    pub(super) fn extend<'a>(&mut self, count: usize, id: impl Fn(usize) -> &'a str) {
        let known = self.slots.len();
        let id = |slot: u32| id(slot as usize);
        let added = (known..count).map(|slot| u32::try_from(slot).expect("slots are 32 bits wide"));
        if count.saturating_sub(known) < MANY {
            for slot in added {
                let at = self.slots.partition_point(|&it| id(it) < id(slot));
                self.slots.insert(at, slot);
            }
        } else {
            self.slots.extend(added);
            // A stable sort finds the ordered run of those known before.
            self.slots.sort_by(|&a, &b| id(a).cmp(id(b)));
        }
    }

    /// All slots, by id.
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_their_ids_however_they_are_added() {
        let ids: Vec<String> = (0..200).map(|it| format!("{:x}", it * 7919 % 211)).collect();
        let mut expected: Vec<u32> = (0..200).collect();
        expected.sort_by_key(|&slot| &ids[slot as usize]);
        for steps in [vec![200], vec![1, 2, 3, 40, 41, 199, 200], vec![31, 62, 63, 200]] {
            let mut order = IdOrder::default();
            for count in steps {
                order.extend(count, |slot| &ids[slot]);
                order.extend(count, |slot| &ids[slot]);
            }
            assert_eq!(order.slots(), expected);
        }
    }
}
