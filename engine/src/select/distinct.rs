//! Values that are told apart, by hash: as many as one likes at a constant price each.

use ahash::RandomState;
use hashbrown::HashTable;

use super::effort::Effort;
use super::error::Fault;
use super::value::Value;
use crate::base::hash::fixed_state;

/// A set of values under CEL equality.
pub(super) struct Distinct<'a> {
    state: RandomState,
    values: HashTable<Value<'a>>,
}

impl<'a> Distinct<'a> {
    pub(super) fn with_room_for(values: usize) -> Self {
        Self { state: fixed_state(), values: HashTable::with_capacity(values) }
    }

    /// The values of a list, and what looking at them takes.
    pub(super) fn of(
        list: impl Iterator<Item = Value<'a>>,
        effort: &mut Effort<'_>,
    ) -> Result<Self, Fault> {
        let mut set = Self::with_room_for(0);
        for item in list {
            effort.read_whole(&item)?;
            set.insert(&item);
        }
        Ok(set)
    }

    /// Adds a value; whether it is new.
    pub(super) fn insert(&mut self, value: &Value<'a>) -> bool {
        let hash = value.hash(&self.state);
        if self.values.find(hash, |known| known.equals(value)).is_some() {
            return false;
        }
        let state = &self.state;
        self.values.insert_unique(hash, value.clone(), |it| it.hash(state));
        true
    }

    /// Whether a value equals one of the set.
    pub(super) fn contains(&self, value: &Value<'_>) -> bool {
        self.values.find(value.hash(&self.state), |known| known.equals(value)).is_some()
    }
}
