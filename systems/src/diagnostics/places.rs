//! Where owners stand in the documents that a fleet was made of.

use std::fmt;
use std::sync::Arc;

use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::model::Dialect;
use shakedown_engine::wire::document::Place as InText;
use shakedown_engine::wire::event::{Event, Payload};

use super::{Diagnostic, Owner};

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The document, as it was named.
    pub file: Arc<str>,
    /// Where it says so.
    pub place: InText,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.place)
    }
}

/// The place of everything that documents made, as of the last event about it.
#[derive(Debug, Clone)]
pub struct Places(FixedMap<Owner, Place>);

impl Default for Places {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Places {
    /// Whose place an event states, if it is about anything that can own a diagnostic.
    #[must_use]
    pub fn owner(event: &Event, dialect: &Dialect) -> Option<Owner> {
        match &event.payload {
            Payload::Upsert(entity) => Some(Owner::Entity(entity.key_in(dialect))),
            Payload::SetResources { provider_id, .. } => Some(Owner::List(provider_id.clone())),
            Payload::FinishJob(finish) => Some(Owner::Target(finish.target.clone())),
            Payload::RecordJob(job) => Some(Owner::Job(job.id.clone())),
            _ => None,
        }
    }

    /// An owner now stands here.
    pub fn note(&mut self, owner: Owner, file: &Arc<str>, place: InText) {
        self.0.insert(owner, Place { file: Arc::clone(file), place });
    }

    /// What `others` say, from now on.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Tells every diagnostic where its owner stands.
    pub fn find(&self, diagnostics: &mut [Diagnostic]) {
        for it in diagnostics {
            it.place = self.0.get(&it.owner).cloned();
        }
    }
}
