//! The relationship rules of preset fleets, and the variables that read them.

use crate::model::{
    DeploymentVariable, DeploymentVariableValue, EntityKind, Matcher, RelationshipRule, Value,
};
use crate::wire::event::Entity;

/// Which relationship rules a preset fleet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relations {
    /// None.
    None,
    /// Two between resources, same region and same zone, which decide nothing.
    Unread,
    /// The same two, and two variables of each deployment: the name of the first resource of the same
    /// region, and of the same zone.
    Read,
}

/// The labels that related resources share.
const LABELS: [&str; 2] = ["region", "zone"];

/// The relationship rules of a fleet.
pub(super) fn rules(relations: Relations) -> Vec<RelationshipRule> {
    match relations {
        Relations::None => Vec::new(),
        Relations::Unread | Relations::Read => LABELS.map(same_label).into(),
    }
}

/// The variables of a deployment that read them, each followed by its value.
pub(super) fn variables(relations: Relations, deployment: &str) -> Vec<Entity> {
    match relations {
        Relations::None | Relations::Unread => Vec::new(),
        Relations::Read => LABELS.iter().flat_map(|label| variable(deployment, label)).collect(),
    }
}

/// Relates resources that share a label.
fn same_label(label: &str) -> RelationshipRule {
    let id = reference(label);
    RelationshipRule {
        name: id.clone(),
        reference: id.clone(),
        id,
        relationship_type: "associated-with".to_owned(),
        from_type: Some(EntityKind::Resource),
        to_type: Some(EntityKind::Resource),
        matcher: Matcher::Cel(format!("from.metadata.{label} == to.metadata.{label}")),
        ..RelationshipRule::default()
    }
}

/// A variable that is the name of the first related resource, without a default.
fn variable(deployment: &str, label: &str) -> [Entity; 2] {
    let reference = reference(label);
    let id = format!("{deployment}-{reference}");
    let variable = DeploymentVariable {
        id: id.clone(),
        deployment_id: deployment.to_owned(),
        key: reference.clone(),
        description: None,
        default_value: None,
    };
    let value = DeploymentVariableValue {
        id: format!("{id}-value"),
        deployment_variable_id: id,
        priority: 0,
        value: Value::Reference { reference, path: vec!["name".to_owned()] },
        resource_selector: None,
    };
    [Entity::DeploymentVariable(variable), Entity::DeploymentVariableValue(value)]
}

fn reference(label: &str) -> String {
    format!("same-{label}")
}
