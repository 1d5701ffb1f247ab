//! The forms in which ctrlplane's API lists entities, brought into that of their events.
//!
//! Lists wrap deployments in `{deployment, systems}` and variables in `{variable, values}`; resources
//! have no `id` there, so their identifier serves as one. What else such a wrapping holds, nothing reads.

use std::borrow::Cow;

use super::Within;
use crate::base::json::{Json, JsonMap};
use crate::base::nearest::meant;
use crate::wire::event::{
    DecodeError, ErrorClass, FieldPath, Kind, MAX_UNKNOWN, Step, Unknown, describe,
};

/// An entity of a list's element.
pub(super) struct Part<'a> {
    pub(super) kind: Kind,
    pub(super) value: Cow<'a, Json>,
    pub(super) within: Within,
}

/// The members of a wrapping beside those that are read, seen from the element.
pub(super) fn unread(kind: Kind, value: &Json) -> Vec<Unknown> {
    let wrapping = match kind {
        Kind::Deployment => &["deployment", "systems", "variables"][..],
        Kind::DeploymentVariable => &["variable", "values"],
        _ => return Vec::new(),
    };
    let Json::Object(members) = value else { return Vec::new() };
    if !members.contains_key(wrapping[0]) {
        return Vec::new();
    }
    // A list of what belongs to the entity is read only if it is one.
    let is_read = |key: &str, it: &Json| match key {
        "variables" => it.is_array() && wrapping.contains(&key),
        _ => wrapping.contains(&key),
    };
    let unread = members.iter().filter(|(key, it)| !it.is_null() && !is_read(key, it));
    let unknown = |(key, _): (&String, &Json)| {
        let path = FieldPath(vec![Step::Key(key.clone())]);
        Unknown {
            kind: path.to_string(),
            path,
            nearest: meant(key, wrapping.iter().copied()),
            count: 1,
        }
    };
    unread.take(MAX_UNKNOWN).map(unknown).collect()
}

/// The entities that an element of a list of `kind` stands for, owners first; or why a wrapping is none.
pub(super) fn parts(kind: Kind, value: &Json) -> Result<Vec<Part<'_>>, DecodeError> {
    let whole = |value| Ok(vec![Part { kind, value, within: Within::Itself }]);
    let Json::Object(members) = value else { return whole(Cow::Borrowed(value)) };
    match kind {
        Kind::Deployment if members.contains_key("deployment") => deployment(members),
        Kind::DeploymentVariable if members.contains_key("variable") => variable(members),
        Kind::Resource => whole(with_id(members).map_or(Cow::Borrowed(value), Cow::Owned)),
        _ => whole(Cow::Borrowed(value)),
    }
}

/// `{deployment, systems, variables}`: the deployment, of these systems, then its variables.
fn deployment(members: &JsonMap) -> Result<Vec<Part<'_>>, DecodeError> {
    let inner = members.get("deployment").and_then(Json::as_object);
    let mut deployment =
        inner.ok_or_else(|| malformed(members, "deployment", "an object"))?.clone();
    let beside = members.get("systems").filter(|it| !it.is_null());
    match (beside, deployment.get_mut("systems")) {
        (Some(Json::Array(beside)), Some(Json::Array(own))) => own.extend(beside.iter().cloned()),
        (Some(systems), _) => {
            deployment.insert("systems".to_owned(), systems.clone());
        }
        (None, _) => {}
    }
    let (kind, value) = (Kind::Deployment, Cow::Owned(Json::Object(deployment)));
    let mut parts = vec![Part { kind, value, within: Within::Member("deployment") }];
    let variables = members.get("variables").and_then(Json::as_array);
    for (at, wrapped) in variables.into_iter().flatten().enumerate() {
        let within = Within::Item("variables", at);
        let of_one = self::parts(Kind::DeploymentVariable, wrapped)
            .map_err(|error| DecodeError { path: error.path.under(within.steps()), ..error })?;
        parts.extend(of_one.into_iter().map(|part| Part { within, ..part }));
    }
    Ok(parts)
}

/// Where a fault of a part of an element stands, seen from the element: what a wrapping adds to a
/// deployment stands beside that.
pub(super) fn seen(element: &Json, within: Within, path: FieldPath) -> FieldPath {
    let mut steps = path.0;
    let own = |member: &str| element.get("deployment").and_then(|it| it.get(member));
    if within == Within::Member("deployment")
        && steps.first() == Some(&Step::Key("systems".to_owned()))
        && element.get("systems").is_some_and(|it| !it.is_null())
    {
        let before = own("systems").and_then(Json::as_array).map_or(0, Vec::len);
        match steps.get_mut(1) {
            Some(Step::Index(at)) if *at >= before => *at -= before,
            Some(_) => return FieldPath(steps).under(within.steps()),
            None => {}
        }
        return FieldPath(steps);
    }
    FieldPath(steps).under(within.steps())
}

/// `{variable, values}`: the variable, then its values.
fn variable(members: &JsonMap) -> Result<Vec<Part<'_>>, DecodeError> {
    let variable = members.get("variable").filter(|it| it.is_object());
    let variable = variable.ok_or_else(|| malformed(members, "variable", "an object"))?;
    let (value, within) = (Cow::Borrowed(variable), Within::Member("variable"));
    let mut parts = vec![Part { kind: Kind::DeploymentVariable, value, within }];
    let values = match members.get("values") {
        None | Some(Json::Null) => &[][..],
        Some(Json::Array(values)) => values,
        Some(_) => return Err(malformed(members, "values", "a list")),
    };
    let values = values.iter();
    parts.extend(values.enumerate().map(|(at, value)| Part {
        kind: Kind::DeploymentVariableValue,
        value: Cow::Borrowed(value),
        within: Within::Item("values", at),
    }));
    Ok(parts)
}

fn malformed(members: &JsonMap, member: &str, expected: &'static str) -> DecodeError {
    DecodeError {
        class: ErrorClass::Malformed,
        path: FieldPath(vec![Step::Key(member.to_owned())]),
        expected: expected.into(),
        found: describe(members.get(member)),
    }
}

/// A resource that has an identifier and no id, with that as one; of an identifier that is no text, the
/// decoder says so.
fn with_id(members: &JsonMap) -> Option<Json> {
    let is_absent = |name: &str| members.get(name).is_none_or(|it| it.is_null() || it == "");
    if !is_absent("id") || is_absent("identifier") {
        return None;
    }
    let identifier = members.get("identifier")?;
    let id = identifier.as_str().map_or_else(|| identifier.to_string(), str::to_owned);
    let mut members = members.clone();
    members.insert("id".to_owned(), id.into());
    Some(Json::Object(members))
}

/// Which list of a workspace document an element of a page or of a bare list belongs to: told from its
/// members, or else from the name of the file.
pub(super) fn list_of(file: &str, element: &Json) -> Option<&'static str> {
    let Json::Object(members) = element else { return None };
    let has = |names: &[&str]| names.iter().all(|name| members.contains_key(*name));
    let by_members: [(&[&str], &'static str); 19] = [
        (&["job", "release"], "jobs"),
        (&["releaseTarget", "state"], "releaseTargets"),
        (&["deployment", "systems"], "deployments"),
        (&["variable", "values"], "deploymentVariables"),
        (&["userId", "versionId"], "userApprovalRecords"),
        (&["bypassRuleTypes"], "policyBypasses"),
        (&["ruleId", "versionId"], "policySkips"),
        (&["resourceId", "key"], "resourceVariables"),
        (&["deploymentVariableId"], "deploymentVariableValues"),
        (&["deploymentId", "key"], "deploymentVariables"),
        (&["deploymentId", "tag"], "deploymentVersions"),
        (&["variables", "selector"], "variableSets"),
        (&["rules"], "policies"),
        (&["reference"], "relationshipRules"),
        (&["identifier"], "resources"),
        (&["slug", "jobAgentConfig"], "deployments"),
        (&["slug", "jobAgentSelector"], "deployments"),
        (&["slug", "resourceSelector"], "deployments"),
        (&["type", "config"], "jobAgents"),
    ];
    let found = by_members.into_iter().find(|(names, _)| has(names)).map(|(_, list)| list);
    let by_name = || {
        let name = std::path::Path::new(file).file_stem()?.to_str()?.to_ascii_lowercase();
        let lists = ["environments", "deployments", "systems", "resources", "policies", "jobs"];
        lists.into_iter().find(|list| name.contains(list))
    };
    // What is left may be several things, so the name goes first.
    let by_one_member = || {
        let left = [("resourceSelector", "environments"), ("slug", "systems")];
        left.into_iter().find(|(name, _)| members.contains_key(*name)).map(|(_, list)| list)
    };
    found.or_else(by_name).or_else(by_one_member)
}
