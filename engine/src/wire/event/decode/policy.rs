//! Policies and the targets they name.

use crate::model::{Policy, PolicyScope, PolicyTargetSelector};
use crate::wire::event::decode::{rule, selector};
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};

pub(super) fn policy(fields: &Fields<'_>) -> Policy {
    Policy {
        id: fields.id("id"),
        name: fields.text("name"),
        workspace_id: fields.text("workspaceId"),
        description: fields.maybe_text("description"),
        priority: fields.or_default("priority", Node::int64),
        enabled: fields.optional("enabled", Node::flag),
        metadata: fields.labels("metadata"),
        created_at: fields.created_at(),
        rules: fields.or_default("rules", |node| node.list(rule::policy_rule)),
        scope: fields.noted(scope(fields)).unwrap_or_default(),
    }
}

/// One of the two forms; an empty list or text is the same as none (SEMANTICS 2.2, 3.4).
fn scope(fields: &Fields<'_>) -> Result<PolicyScope> {
    let selectors = fields.or_default("selectors", |node| node.list(target_selector));
    let text = fields.text("selector");
    if text.is_empty() {
        return Ok(PolicyScope::Selectors(selectors));
    }
    if !selectors.is_empty() {
        let expected = "no `selector` beside `selectors`: a policy names its targets in one form";
        return Err(fields.fail("selector", ErrorClass::InvalidValue, expected));
    }
    Ok(PolicyScope::Expression(text))
}

fn target_selector(node: Node<'_>) -> Result<PolicyTargetSelector> {
    let fields = node.fields()?;
    Ok(PolicyTargetSelector {
        id: fields.maybe_text("id"),
        deployment_selector: selector::optional(&fields, "deploymentSelector"),
        environment_selector: selector::optional(&fields, "environmentSelector"),
        resource_selector: selector::optional(&fields, "resourceSelector"),
    })
}
