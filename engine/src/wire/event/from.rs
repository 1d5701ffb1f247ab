//! From entities to events.

use super::{Entity, Event, Finish, Key, Payload, Triple};
use crate::base::time::SimTime;
use crate::model;
use crate::model::JobStatus;
use crate::model::kinds::kinds;

macro_rules! convert {
    ($(
        $(#[$doc:meta])* $kind:ident: $index:ident, $name:literal, $list:tt, $key:tt;
    )+) => {$(
        impl From<model::$kind> for Entity {
            fn from(entity: model::$kind) -> Self {
                Self::$kind(entity)
            }
        }
    )+};
}

kinds!(convert);

/// The entity is created or replaced, at the clock.
impl<T: Into<Entity>> From<T> for Event {
    fn from(entity: T) -> Self {
        Self::upsert(entity.into())
    }
}

impl Event {
    /// An entity is removed, at the clock.
    #[must_use]
    pub const fn delete(key: Key) -> Self {
        Self::now(Payload::Delete(key))
    }
}

impl Finish {
    /// The latest job of a target is in `status` now; at an instant, if that ends the job.
    #[must_use]
    pub fn new(target: Triple, status: JobStatus, at: SimTime) -> Self {
        let completed_at = (!status.is_processing()).then_some(at);
        Self { target, status, completed_at, created_at: None }
    }
}
