//! Output of relationship rules.

use super::Output;
use crate::base::json::Json;
use crate::model::{EntityKind, Matcher, PropertyMatcher, RelationshipRule};

impl RelationshipRule {
    /// The entity as JSON; what says what is related only as far as it does.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let matcher = match &self.matcher {
            Matcher::Always => None,
            Matcher::Cel(text) => Some(Output::default().text("cel", text).done()),
            Matcher::Properties(properties) => {
                let list = Output::default().list("properties", properties, property);
                Some(list.done())
            }
        };
        Output::default()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("reference", &self.reference)
            .text("relationshipType", &self.relationship_type)
            .maybe("fromType", self.from_type.map(EntityKind::name))
            .maybe("toType", self.to_type.map(EntityKind::name))
            .selector("fromSelector", self.from_selector.as_ref())
            .selector("toSelector", self.to_selector.as_ref())
            .maybe("matcher", matcher)
            .maybe_text("cel", self.cel.as_ref())
            .maybe_text("description", self.description.as_ref())
            .labels("metadata", &self.metadata)
            .text("workspaceId", &self.workspace_id)
            .done()
    }
}

fn property(matcher: &PropertyMatcher) -> Json {
    let path = |step: &String| Json::from(step.as_str());
    Output::default()
        .list("fromProperty", &matcher.from_property, path)
        .list("toProperty", &matcher.to_property, path)
        .text("operator", matcher.operator.name())
        .done()
}
