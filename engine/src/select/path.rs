//! Paths into an entity.

/// The two ways a place shows an entity to a selector (SEMANTICS 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Times of resources are timestamps; a `resourceSelector` can only be tested for presence.
    A,
    /// The entity's output JSON: times are strings, `resourceSelector` is a plain value.
    B,
}

/// A path from an entity to one of its values: a field name, then keys of nested objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath {
    /// How the entity is shown.
    pub shape: Shape,
    /// Field name and keys, at least one; exact, case-sensitive.
    pub segments: Box<[Box<str>]>,
}

impl AttributePath {
    /// The path `segments` in `shape`.
    ///
    /// # Panics
    /// When there is no segment: the whole entity is not an attribute.
    #[must_use]
    pub fn new<S: AsRef<str>>(shape: Shape, segments: &[S]) -> Self {
        assert!(!segments.is_empty(), "a path has at least one segment");
        Self { shape, segments: segments.iter().map(|segment| segment.as_ref().into()).collect() }
    }
}
