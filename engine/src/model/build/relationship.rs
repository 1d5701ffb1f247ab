//! Relationship rules made by hand.

use super::catalogue::with;
use crate::model::RelationshipRule;

impl RelationshipRule {
    /// Relates every pair of entities that a CEL text over `from` and `to` accepts, under a reference
    /// and without a name; in dialects that know the form.
    #[must_use]
    pub fn cel(
        id: impl Into<String>,
        reference: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let (id, reference) = (id.into(), reference.into());
        Self { id, reference, cel: Some(text.into()), ..Self::default() }
    }

    with!(name);
    with!(label);
}
