//! What people do with a fleet by hand, without making events of it themselves.

use std::time::Duration;

use thiserror::Error;

use super::{Error, Fleet};
use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::fleet::report::Report;
use crate::model::JobStatus;
use crate::wire::Rejection;
use crate::wire::event::{
    DecodeError, Entity, ErrorClass, Event, FieldPath, Finish, Key, Kind, Payload, Triple,
};

/// An entity of many that the workspace did not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} {} of {of} is refused, the {at} before it are in: {rejection}", .kind, .at + 1)]
pub struct PutError {
    /// Its position among those that were put.
    pub at: usize,
    /// How many were put.
    pub of: usize,
    /// Its kind.
    pub kind: Kind,
    /// Why.
    #[source]
    pub rejection: Rejection,
}

impl Fleet {
    /// Creates or replaces an entity at the clock, and reconciles until nothing is dirty.
    ///
    /// ```
    /// use shakedown_engine::base::time::SimTime;
    /// use shakedown_engine::fleet::Fleet;
    /// use shakedown_engine::model::{Environment, Resource};
    ///
    /// let mut fleet = Fleet::new("ws", SimTime(0));
    /// fleet.put(Resource::new("eu-1"))?;
    /// let refused = fleet.put(Environment::new("prod", "shop").select("resource.("));
    /// assert!(refused.is_err_and(|it| it.to_string().starts_with("data.resourceSelector: ")));
    /// # Ok::<_, shakedown_engine::fleet::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the entity is rejected; the world is then as it was.
    pub fn put(&mut self, entity: impl Into<Entity>) -> Result<Report, Error> {
        self.apply(Event::upsert(entity.into()))
    }

    /// Creates or replaces many entities in order, and reconciles once, after the last.
    ///
    /// # Errors
    /// When one is rejected: those before it are in and reconciled, those after it were not tried.
    pub fn put_all<T: Into<Entity>>(
        &mut self,
        entities: impl IntoIterator<Item = T>,
    ) -> Result<Report, PutError> {
        let entities: Vec<Entity> = entities.into_iter().map(Into::into).collect();
        let kinds: Vec<Kind> = entities.iter().map(Entity::kind).collect();
        let events = entities.into_iter().map(Event::upsert).collect();
        self.apply_together(events).map_err(|Error { applied, why, .. }| {
            let at = applied.min(kinds.len().saturating_sub(1));
            PutError { at, of: kinds.len(), kind: kinds[at], rejection: why }
        })
    }

    /// Removes an entity; one that does not exist is no error.
    ///
    /// # Errors
    /// When the event is rejected; the world is then as it was.
    pub fn delete(&mut self, key: Key) -> Result<Report, Error> {
        self.apply(Event::delete(key))
    }

    /// Reports that the latest job of a target is in `status` now, as a runner does. Without a job
    /// that is processing nothing happens.
    ///
    /// # Errors
    /// When the event is rejected; the world is then as it was.
    pub fn finish(&mut self, target: Triple, status: JobStatus) -> Result<Report, Error> {
        let finish = Finish::new(target, status, self.now());
        self.apply(Event::now(Payload::FinishJob(finish)))
    }

    /// Lets time pass: moves the clock on and returns what each instant on the way caused, if a timer
    /// rang there. [`Fleet::advance`] is for those who do not want to keep the reports.
    ///
    /// # Errors
    /// When the clock would leave the time that can be written; nothing changes then.
    pub fn pass(&mut self, duration: Duration) -> Result<Vec<(SimTime, Report)>, Error> {
        let to = self.now() + duration;
        if to == SimTime::NEVER {
            let message = "time ends with the year 2261".to_owned();
            let class = ErrorClass::InvalidValue;
            let why = Rejection { class, path: FieldPath::default(), message };
            return Err(Error { applied: 0, report: Box::default(), why });
        }
        let mut caused = Vec::new();
        self.advance(to, &mut |at, report| caused.push((at, report.clone())))?;
        Ok(caused)
    }

    /// Decodes an event as [`Event::decode`] does, with the clock of this fleet.
    ///
    /// # Errors
    /// The first field that does not fit, with its path from the envelope.
    pub fn decode(&self, json: &Json) -> Result<Event, DecodeError> {
        Event::decode(json, self.now())
    }
}
