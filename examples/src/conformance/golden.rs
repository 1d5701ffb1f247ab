//! Goldens: recorded states, decoded with the place of whatever does not fit.

use std::collections::BTreeMap;

use serde_json::json;
use shakedown_engine::base::json::{Json, JsonMap};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::JobStatus;
use shakedown_engine::wire::event::{DecodeError, ErrorClass, FieldPath, Step, Triple};

use super::state::{CANDIDATES, CURRENT, DESIRED, Fields, JOBS, NEXT, State, key};

type Result<T> = std::result::Result<T, DecodeError>;

/// A value and where it is.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Json,
    pub(super) path: Vec<Step>,
}

/// Decodes a golden.
///
/// # Errors
/// The first field that does not fit.
pub fn decode(json: &Json) -> Result<State> {
    let root = Node::root(json);
    let mut state = State::default();
    for node in root.member("targets")?.items()? {
        let triple = triple(&node)?;
        if state.order.last().is_some_and(|last| key(last) > key(&triple)) {
            return Err(node.fail("targets in key order"));
        }
        state.order.push(triple.clone());
        if state.targets.insert(triple, target(&node)?).is_some() {
            return Err(node.fail("every target once"));
        }
    }
    for node in root.optional("removed")?.map_or(Ok(Vec::new()), |list| list.items())? {
        state.removed.insert(triple(&node)?, jobs(&node.member("jobs")?)?);
    }
    if let Some(related) = root.optional("related")? {
        for (id, node) in related.members()? {
            let mut references = BTreeMap::new();
            for (reference, list) in node.members()? {
                let ids: Vec<&str> = texts(&list)?;
                references.insert(reference, ids);
            }
            if !references.is_empty() {
                state.related.insert(id.to_owned(), json!(references));
            }
        }
    }
    Ok(state)
}

fn triple(node: &Node<'_>) -> Result<Triple> {
    let text = |name| node.member(name)?.text().map(str::to_owned);
    Ok(Triple {
        resource_id: text("resourceId")?,
        environment_id: text("environmentId")?,
        deployment_id: text("deploymentId")?,
    })
}

fn target(node: &Node<'_>) -> Result<Fields> {
    let mut fields = Fields::new();
    let desired = node.nullable(DESIRED)?.map(|it| {
        let text = |name| it.member(name)?.text();
        let variables = it.member("variables")?;
        variables.object()?;
        Ok(json!({
            "versionId": text("versionId")?,
            "tag": text("tag")?,
            "releaseId": text("releaseId")?,
            "variables": variables.value,
        }))
    });
    fields.insert(DESIRED, desired.transpose()?.unwrap_or(Json::Null));
    let current = node
        .nullable(CURRENT)?
        .map(|it| it.member("versionId")?.text().map(|version| json!({ "versionId": version })));
    fields.insert(CURRENT, current.transpose()?.unwrap_or(Json::Null));
    fields.insert(JOBS, jobs(&node.member(JOBS)?)?);
    let candidates = node.member(CANDIDATES)?.items()?.into_iter().map(|it| {
        Ok(json!({
            "versionId": it.member("versionId")?.text()?,
            "allowed": it.member("allowed")?.flag()?,
            "blockedBy": texts(&it.member("blockedBy")?)?,
        }))
    });
    fields.insert(CANDIDATES, candidates.collect::<Result<_>>()?);
    if node.object()?.contains_key(NEXT) {
        let next = node.nullable(NEXT)?.map(|it| it.time()).transpose()?;
        fields.insert(NEXT, json!(next.map(|it| it.to_string())));
    }
    Ok(fields)
}

fn jobs(list: &Node<'_>) -> Result<Json> {
    let jobs = list.items()?.into_iter().map(|it| {
        let status = it.member("status")?;
        let Some(known) = JobStatus::from_name(status.text()?) else {
            return Err(status.fail("a job status"));
        };
        Ok(json!({ "versionId": it.member("versionId")?.text()?, "status": known.name() }))
    });
    jobs.collect()
}

pub(super) fn texts<'a>(list: &Node<'a>) -> Result<Vec<&'a str>> {
    list.items()?.iter().map(Node::text).collect()
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Json) -> Self {
        Self { value, path: Vec::new() }
    }

    fn fail(&self, expected: &'static str) -> DecodeError {
        DecodeError {
            class: ErrorClass::Malformed,
            path: FieldPath(self.path.clone()),
            expected: expected.into(),
            found: describe(self.value),
        }
    }

    fn below(&self, step: Step, value: &'a Json) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { value, path }
    }

    fn object(&self) -> Result<&'a JsonMap> {
        self.value.as_object().ok_or_else(|| self.fail("an object"))
    }

    fn members(&self) -> Result<Vec<(&'a str, Self)>> {
        let members = self.object()?.iter();
        Ok(members
            .map(|(key, value)| (key.as_str(), self.below(Step::Key(key.clone()), value)))
            .collect())
    }

    pub(super) fn items(&self) -> Result<Vec<Self>> {
        let items = self.value.as_array().ok_or_else(|| self.fail("a list"))?.iter().enumerate();
        Ok(items.map(|(at, value)| self.below(Step::Index(at), value)).collect())
    }

    pub(super) fn optional(&self, name: &str) -> Result<Option<Self>> {
        let value = self.object()?.get(name);
        Ok(value.map(|value| self.below(Step::Key(name.to_owned()), value)))
    }

    pub(super) fn member(&self, name: &str) -> Result<Self> {
        self.optional(name)?.ok_or_else(|| {
            let missing = self.below(Step::Key(name.to_owned()), &Json::Null);
            DecodeError {
                class: ErrorClass::MissingField,
                found: "nothing".to_owned(),
                ..missing.fail("this required field")
            }
        })
    }

    /// A member that must be there but may be null.
    fn nullable(&self, name: &str) -> Result<Option<Self>> {
        self.member(name).map(|it| (!it.value.is_null()).then_some(it))
    }

    pub(super) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.fail("a string"))
    }

    fn flag(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.fail("true or false"))
    }

    pub(super) fn time(&self) -> Result<SimTime> {
        SimTime::parse(self.text()?).map_err(|_| self.fail("an RFC 3339 time or null"))
    }
}

fn describe(value: &Json) -> String {
    match value {
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string(),
    }
}
