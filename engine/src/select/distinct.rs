//! Values that are told apart, by hash: as many as one likes, at a constant price each if few have the same
//! hash. Many may, such as NaN, which equals nothing, so whoever asks pays for each that is compared.

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
            set.insert(&item, effort)?;
        }
        Ok(set)
    }

    /// Adds a value; whether it is new.
    pub(super) fn insert(
        &mut self,
        value: &Value<'a>,
        effort: &mut Effort<'_>,
    ) -> Result<bool, Fault> {
        if self.contains(value, effort)? {
            return Ok(false);
        }
        let state = &self.state;
        self.values.insert_unique(value.hash(state), value.clone(), |it| it.hash(state));
        Ok(true)
    }

    /// Whether a value equals one of the set.
    pub(super) fn contains(
        &self,
        value: &Value<'_>,
        effort: &mut Effort<'_>,
    ) -> Result<bool, Fault> {
        effort.read_whole(value)?;
        let mut compared = 0;
        let found = self.values.find(value.hash(&self.state), |known| {
            compared += 1;
            known.equals(value)
        });
        effort.spend(compared)?;
        Ok(found.is_some())
    }
}
