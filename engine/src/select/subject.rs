//! The variables of selectors and the places that declare them.

use crate::model::Attributes;
use crate::model::EntityKind;
use crate::select::{Map, Shape, Value, View};

/// A variable of a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `resource`.
    Resource,
    /// `deployment`.
    Deployment,
    /// `environment`.
    Environment,
    /// `version`.
    Version,
    /// `from`, the first entity of a pair.
    From,
    /// `to`, the second entity of a pair.
    To,
    /// `jobAgent`.
    JobAgent,
}

impl Subject {
    /// All subjects.
    pub const ALL: [Self; 7] = [
        Self::Resource,
        Self::Deployment,
        Self::Environment,
        Self::Version,
        Self::From,
        Self::To,
        Self::JobAgent,
    ];

    /// The name in CEL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Deployment => "deployment",
            Self::Environment => "environment",
            Self::Version => "version",
            Self::From => "from",
            Self::To => "to",
            Self::JobAgent => "jobAgent",
        }
    }

    /// The kind of entity that fills it, where the name tells and it is no version.
    pub(crate) const fn kind(self) -> Option<EntityKind> {
        match self {
            Self::Resource => Some(EntityKind::Resource),
            Self::Deployment => Some(EntityKind::Deployment),
            Self::Environment => Some(EntityKind::Environment),
            Self::Version | Self::From | Self::To | Self::JobAgent => None,
        }
    }
}

impl From<EntityKind> for Subject {
    fn from(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Resource => Self::Resource,
            EntityKind::Deployment => Self::Deployment,
            EntityKind::Environment => Self::Environment,
        }
    }
}

/// A set of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Subjects(u8);

impl Subjects {
    /// Whether `subject` is in the set.
    #[must_use]
    pub const fn contains(self, subject: Subject) -> bool {
        self.0 & (1 << subject as u8) != 0
    }

    /// Whether `subject` alone is in the set.
    #[must_use]
    pub const fn is_only(self, subject: Subject) -> bool {
        self.0 == 1 << subject as u8
    }

    /// Whether the set is empty: the selector is the same for all entities.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The subjects in the set, in the order of [`Subject::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Subject> {
        Subject::ALL.into_iter().filter(move |&subject| self.contains(subject))
    }

    /// This set with `subject`.
    #[must_use]
    pub const fn with(self, subject: Subject) -> Self {
        Self(self.0 | 1 << subject as u8)
    }
}

/// Where a selector stands (SEMANTICS 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A selector of one kind of entity (environment and deployment selectors, policy target
    /// selectors, value selectors, `fromSelector`, `toSelector`, `dependsOnEnvironmentSelector`):
    /// `resource`, `deployment`, `environment` and `version` are declared, in shape A; a JSON
    /// condition reads this subject.
    Entity(Subject),
    /// The `selector` of a policy: the same variables, shape A; CEL only.
    Policy,
    /// Version selector rules, version dependencies, deployment dependencies: the same variables,
    /// shape B; a JSON condition reads `version`.
    Version,
    /// The `cel` of a relationship matcher: `from` and `to`, shape B; CEL only.
    Matcher,
    /// The `jobAgentSelector` of a deployment: `jobAgent` and `resource`, shape B; CEL only.
    Agent,
    /// The `cel` of a relationship rule: `from` and `to` of any kind, shape B with the kind as
    /// `type`; CEL only.
    Relationship,
}

impl Place {
    /// How entities are shown in this place.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self {
            Self::Entity(_) | Self::Policy => Shape::A,
            Self::Version | Self::Matcher | Self::Agent => Shape::B,
            Self::Relationship => Shape::Kinded,
        }
    }

    /// The variable called `name` in this place.
    pub(crate) fn declared(self, name: &str) -> Option<Subject> {
        let subjects = match self {
            Self::Matcher | Self::Relationship => &[Subject::From, Subject::To][..],
            Self::Agent => &[Subject::JobAgent, Subject::Resource],
            _ => &Subject::ALL[..4],
        };
        subjects.iter().copied().find(|subject| subject.name() == name)
    }

    /// Whether it is about pairs of entities.
    pub(super) const fn is_of_pairs(self) -> bool {
        matches!(self, Self::Matcher | Self::Relationship)
    }

    /// The entity a JSON condition reads.
    pub(crate) const fn subject(self) -> Option<Subject> {
        match self {
            Self::Entity(subject) => Some(subject),
            Self::Version => Some(Subject::Version),
            Self::Policy | Self::Matcher | Self::Agent | Self::Relationship => None,
        }
    }
}

/// The entities behind the variables. A variable that is not filled is an empty map.
#[derive(Clone, Copy, Default)]
pub struct Bindings<'a> {
    entities: [Option<&'a dyn Attributes>; Subject::ALL.len()],
}

impl std::fmt::Debug for Bindings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let filled = Subject::ALL.iter().filter(|subject| self.get(**subject).is_some());
        f.debug_set().entries(filled).finish()
    }
}

impl<'a> Bindings<'a> {
    /// Bindings that fill only `subject`.
    #[must_use]
    pub fn only(subject: Subject, entity: &'a dyn Attributes) -> Self {
        Self::default().with(subject, entity)
    }

    /// These bindings with `subject` filled by `entity`.
    #[must_use]
    pub fn with(mut self, subject: Subject, entity: &'a dyn Attributes) -> Self {
        self.entities[subject as usize] = Some(entity);
        self
    }

    /// The entity that fills `subject`.
    #[must_use]
    pub fn get(&self, subject: Subject) -> Option<&'a dyn Attributes> {
        self.entities[subject as usize]
    }

    pub(crate) fn set(&mut self, subject: Subject, entity: Option<&'a dyn Attributes>) {
        self.entities[subject as usize] = entity;
    }

    /// The variable `subject` as a value.
    pub(crate) fn value(&self, subject: Subject, shape: Shape) -> Value<'a> {
        Value::Map(match self.get(subject) {
            None => Map::Empty,
            Some(entity) => Map::Entity(entity, View::new(shape, subject.kind())),
        })
    }
}
