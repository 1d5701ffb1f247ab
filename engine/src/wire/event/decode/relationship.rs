//! Relationship rules and their matchers (SEMANTICS 5.2).

use crate::model::{Matcher, PropertyMatcher, PropertyOperator, RelationshipRule};
use crate::wire::event::decode::selector;
use crate::wire::event::error::{ErrorClass, one_of};
use crate::wire::event::field::{Fields, Node, Result};

pub(super) fn relationship_rule(fields: &Fields<'_>) -> RelationshipRule {
    let cel = fields.maybe_text("cel").filter(|text| !text.is_empty());
    // Whether `cel` counts is for the dialect to say, and with it whether kinds may be absent.
    let kind = |name| match cel {
        None => Some(fields.named(name)),
        Some(_) => fields.maybe_named(name),
    };
    RelationshipRule {
        id: fields.id("id"),
        name: fields.text("name"),
        reference: fields.required_text("reference"),
        relationship_type: fields.text("relationshipType"),
        from_type: kind("fromType"),
        to_type: kind("toType"),
        from_selector: selector::optional(fields, "fromSelector"),
        to_selector: selector::optional(fields, "toSelector"),
        matcher: fields.optional("matcher", matcher).unwrap_or_default(),
        cel,
        description: fields.maybe_text("description"),
        metadata: fields.labels("metadata"),
        workspace_id: fields.text("workspaceId"),
    }
}

/// Properties win over CEL; empty ones are the same as absent ones.
fn matcher(node: Node<'_>) -> Result<Matcher> {
    let fields = node.fields()?;
    let properties = fields.or_default("properties", |list| list.list(property));
    let cel = fields.text("cel");
    Ok(if !properties.is_empty() {
        Matcher::Properties(properties)
    } else if !cel.is_empty() {
        Matcher::Cel(cel)
    } else {
        Matcher::Always
    })
}

fn property(node: Node<'_>) -> Result<PropertyMatcher> {
    let fields = node.fields()?;
    let path = |name| fields.required(name, |path| path.list(Node::text));
    Ok(PropertyMatcher {
        from_property: path("fromProperty")?,
        to_property: path("toProperty")?,
        operator: fields.optional("operator", operator).unwrap_or(PropertyOperator::Equals),
    })
}

/// Trimmed, any case, with the spellings senders use.
fn operator(node: Node<'_>) -> Result<PropertyOperator> {
    let text = node.str()?.trim().to_ascii_lowercase();
    Ok(match text.as_str() {
        "" | "equals" => PropertyOperator::Equals,
        "notequals" | "not_equals" => PropertyOperator::NotEquals,
        "contains" | "contain" => PropertyOperator::Contains,
        "startswith" | "starts_with" => PropertyOperator::StartsWith,
        "endswith" | "ends_with" => PropertyOperator::EndsWith,
        "regex" => PropertyOperator::Regex,
        _ => return Err(node.fail(ErrorClass::InvalidValue, one_of::<PropertyOperator>())),
    })
}
