//! Variables, their values, and what kind of value a JSON value is.

use crate::base::json::Json;
use crate::model::{
    DeploymentVariable, DeploymentVariableValue, ResourceVariable, Value, VariableSet,
    VariableSetVariable,
};
use crate::wire::event::decode::selector;
use crate::wire::event::field::{Fields, Node, Result};

pub(super) fn deployment_variable(fields: &Fields<'_>) -> DeploymentVariable {
    DeploymentVariable {
        id: fields.id("id"),
        deployment_id: fields.id("deploymentId"),
        key: fields.required_text("key"),
        description: fields.maybe_text("description"),
        default_value: fields.any("defaultValue"),
    }
}

pub(super) fn deployment_variable_value(fields: &Fields<'_>) -> DeploymentVariableValue {
    DeploymentVariableValue {
        id: fields.id("id"),
        deployment_variable_id: fields.id("deploymentVariableId"),
        priority: fields.or_default("priority", Node::int64),
        value: value(fields),
        resource_selector: selector::optional(fields, "resourceSelector"),
    }
}

pub(super) fn resource_variable(fields: &Fields<'_>) -> ResourceVariable {
    ResourceVariable {
        resource_id: fields.id("resourceId"),
        key: fields.required_text("key"),
        id: fields.text("id"),
        priority: fields.or_default("priority", Node::int64),
        value: value(fields),
        resource_selector: selector::optional(fields, "resourceSelector"),
    }
}

pub(super) fn variable_set(fields: &Fields<'_>) -> VariableSet {
    VariableSet {
        id: fields.id("id"),
        name: fields.text("name"),
        description: fields.maybe_text("description"),
        selector: fields.text("selector"),
        priority: fields.or_default("priority", Node::int64),
        metadata: fields.labels("metadata"),
        created_at: fields.created_at(),
        updated_at: fields.maybe_time("updatedAt"),
        variables: fields.or_default("variables", |node| node.list(variable_of_set)),
    }
}

fn variable_of_set(node: Node<'_>) -> Result<VariableSetVariable> {
    let fields = node.fields()?;
    fields.pass_over(&["id", "variableSetId"]);
    Ok(VariableSetVariable { key: fields.required_text("key"), value: value(&fields) })
}

/// The member `value`. Null is a literal here, only a missing member rejects.
fn value(fields: &Fields<'_>) -> Value {
    let read = fields.required_or_null("value").and_then(|it| classify(fields.node("value", it)));
    fields.noted(read).unwrap_or(Value::Literal(Json::Null))
}

/// A value, by what it looks like (SEMANTICS 2.3).
pub(super) fn classify(node: Node<'_>) -> Result<Value> {
    node.expects("value");
    let literal = || Ok(Value::Literal(node.value.clone()));
    if !node.value.is_object() {
        return literal();
    }
    let members = node.any_fields()?;
    let text = |name: &'static str| {
        members.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
    };
    let path = members.get("path").filter(|path| path.is_array());
    if let (Some(reference), Some(path)) = (text("reference"), path) {
        let path = members.node("path", path).list(Node::text)?;
        // What else is there, nothing reads.
        node.fields()?.pass_over(&["reference", "path"]);
        return Ok(Value::Reference { reference: reference.to_owned(), path });
    }
    match text("valueHash") {
        Some(hash) => {
            node.fields()?.pass_over(&["valueHash"]);
            Ok(Value::Sensitive { value_hash: hash.to_owned() })
        }
        None => literal(),
    }
}
