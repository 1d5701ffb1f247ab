//! Diagnostics: what a workspace means to do and cannot, and what is probably a mistake (X5).
//!
//! Vocabulary: a diagnostic's *owner* is the entity that means it, the list of a provider, the target of
//! a report, or a document ([`unread`]); its *place* is where the owner stands in the document that made it.
//!
//! Invariants: the list is a function of the state alone, so it is the same in any order of events
//! that leads there, and a diagnostic is gone when its cause is
//! (`systems/tests/diagnostics_follow_the_state_alone.rs`). Nothing is kept for it that only looking
//! at the entities would not give; what reconciles pays nothing.
//! Invariant (negative): a diagnostic changes nothing; whatever it speaks of was accepted.

mod gates;
mod members;
mod names;
mod places;
mod policies;
mod reports;
mod rollouts;
mod selectors;
mod windows;

pub use members::unread;
pub use places::{Place, Places};
pub use shakedown_engine::model::DiagnosticCode;

use std::fmt;

use bevy_ecs::world::World;
use serde_json::{Value as Json, json};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry};
use shakedown_engine::wire::event::{Key, Triple};

use crate::rules::Oddity;

/// Something that is meant and cannot be, or that is probably a mistake.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Which kind of mistake.
    pub code: DiagnosticCode,
    /// Who means it.
    pub owner: Owner,
    /// What is odd about the owner, in words to go after its name.
    pub what: String,
    /// What the words say, as an object.
    pub params: Json,
    /// Where the owner stands, if somebody found out ([`Places::find`]).
    pub place: Option<Place>,
}

/// Who means something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// An entity.
    Entity(Key),
    /// A provider, by the list that it sent last.
    List(String),
    /// What was reported on, whether or not there is such a target.
    Target(Triple),
    /// A recorded job, by id.
    Job(String),
    /// A document, by the name of its file ([`unread`]).
    Document(String),
}

impl Owner {
    /// The kind, as in the names of events.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Entity(key) => key.kind().name(),
            Self::List(_) => "resource-provider",
            Self::Target(_) => "release-target",
            Self::Job(_) => "job",
            Self::Document(_) => "document",
        }
    }

    /// The id, for people: of what has none, its parts.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Entity(Key::ResourceVariable { resource_id, key, .. }) => {
                format!("{resource_id}/{key}")
            }
            Self::Entity(key) => key.text().into_owned(),
            Self::List(id) | Self::Job(id) | Self::Document(id) => id.clone(),
            Self::Target(Triple { resource_id, environment_id, deployment_id }) => {
                format!("{resource_id}-{environment_id}-{deployment_id}")
            }
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.owner.kind().replace('-', " ");
        match &self.owner {
            // Its place names it.
            Owner::Document(_) => write!(f, "the {kind} {}", self.what),
            owner => write!(f, "{kind} `{}` {}", owner.id(), self.what),
        }
    }
}

impl Diagnostic {
    /// The diagnostic as JSON; the parts of `place` are `file`, `line` and `column`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let place = self.place.as_ref().map(
            |it| json!({ "file": &*it.file, "line": it.place.line, "column": it.place.column }),
        );
        json!({
            "code": self.code.name(),
            "kind": self.owner.kind(),
            "id": self.owner.id(),
            "what": self.what,
            "params": self.params,
            "place": place,
        })
    }
}

/// Looks for all there is to tell, by kind, id, code and words. Asks every selector of everything it is
/// about, resources by column: some nanoseconds per resource and selector text.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
#[must_use]
pub fn diagnostics(fleet: &Fleet) -> Vec<Diagnostic> {
    let world = fleet.world();
    let mut findings = Findings(Vec::new());
    names::look(world, &mut findings);
    selectors::look(world, &mut findings);
    policies::look(world, &mut findings);
    windows::look(world, &mut findings);
    rollouts::look(world, &mut findings);
    gates::look(world, &fleet.dialect(), &mut findings);
    reports::look(world, &mut findings);
    let mut found = findings.0;
    found.sort_by_cached_key(|it| {
        let Diagnostic { code, owner, what, .. } = it;
        (owner.kind(), owner.id(), *code, what.clone(), owner.clone())
    });
    found
}

/// What was found so far.
struct Findings(Vec<Diagnostic>);

impl Findings {
    fn tell(&mut self, owner: Owner, Oddity { code, what, params }: Oddity) {
        self.0.push(Diagnostic { code, owner, what, params, place: None });
    }

    fn entity(&mut self, key: Key, code: DiagnosticCode, what: impl Into<String>, params: Json) {
        self.tell(Owner::Entity(key), Oddity::new(code, what, params));
    }
}

fn exists<T: Catalogued>(world: &World, id: &str) -> bool {
    let registry = world.resource::<Registry<T>>();
    registry.find(id).is_some_and(|ix| registry.entity(ix).is_some())
}
