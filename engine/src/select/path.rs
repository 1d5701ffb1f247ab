//! Paths into an entity.

/// The ways a place shows an entity to a selector (SEMANTICS 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Times of resources are timestamps; a `resourceSelector` can only be tested for presence.
    A,
    /// The entity's output JSON: times are strings, `resourceSelector` is a plain value.
    B,
    /// Shape B, and the kind of the entity as `type`.
    Kinded,
}

/// The field of [`Shape::Kinded`] that shape B has not.
pub(crate) const KIND: &str = "type";

/// A path from an entity to one of its values: a field name, then keys of nested objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath {
    /// How the entity is shown.
    pub shape: Shape,
    /// Field name and keys, at least one; exact, case-sensitive.
    pub segments: Box<[Box<str>]>,
}

impl AttributePath {
    /// The path `segments` in `shape`; in shape B where the shapes agree, so that columns are shared.
    ///
    /// # Panics
    /// When there is no segment: the whole entity is not an attribute.
    #[must_use]
    pub fn new<S: AsRef<str>>(shape: Shape, segments: &[S]) -> Self {
        assert!(!segments.is_empty(), "a path has at least one segment");
        let is_field = shape == Shape::Kinded && segments[0].as_ref() != KIND;
        let shape = if is_field { Shape::B } else { shape };
        Self { shape, segments: segments.iter().map(|segment| segment.as_ref().into()).collect() }
    }
}
