//! What a dialect makes of an event: members that were left out, and what it does not know.

use super::{Entity, ErrorClass, FieldPath, Key, Kind, Payload, Step};
use crate::base::json::Json;
use crate::model::{
    DeploymentVersion, Dialect, JobStatus, Matcher, Opaque, Policy, PolicyRule, PolicyScope,
    RelationshipRule, ResourceVariable, SelectorSource, SystemIds, Value, VersionStatus,
};
use crate::wire::Rejection;

impl Payload {
    /// Puts in what was left out; an event that says what the dialect does not know is rejected.
    /// Doing it twice is doing it once.
    pub(crate) fn complete(&mut self, dialect: &Dialect) -> Result<(), Rejection> {
        if !dialect.jobs_queue
            && let Some(path) = self.queued()
        {
            let path = FieldPath(path).under(vec![Step::Key("data".to_owned())]);
            let message = format!("there is no job status `queued` in dialect `{dialect}`");
            return Err(Rejection { class: ErrorClass::InvalidValue, path, message });
        }
        if dialect.deleted_resources_vanish {
            self.remove_deleted();
        }
        if dialect.variable_sets {
            self.values().into_iter().for_each(complete_value);
        } else {
            self.refuse_variable_sets(dialect)?;
        }
        match self {
            Self::Upsert(entity) => match &mut **entity {
                Entity::Policy(policy) => complete_policy(policy, dialect),
                Entity::System(system) if !dialect.many_systems => {
                    system.deployments.clear();
                    system.environments.clear();
                    Ok(())
                }
                Entity::Deployment(it) => {
                    if !dialect.agents_by_selector {
                        it.job_agent_selector = None;
                    }
                    complete_systems(&mut it.systems, dialect)
                }
                Entity::Environment(it) => complete_systems(&mut it.systems, dialect),
                Entity::RelationshipRule(rule) => complete_relationship(rule, dialect),
                Entity::DeploymentVersion(version) => {
                    complete_version(version, dialect);
                    Ok(())
                }
                Entity::ResourceVariable(variable) => {
                    complete_resource_variable(variable, dialect);
                    Ok(())
                }
                _ => Ok(()),
            },
            Self::RecordJob(job) => {
                if let Some(said) = &mut job.said {
                    complete_version(said, dialect);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Resources that say that they were deleted.
    fn remove_deleted(&mut self) {
        match self {
            Self::Upsert(entity) => {
                if let Entity::Resource(it) = &**entity
                    && it.deleted_at.is_some()
                {
                    *self = Self::Delete(Key::Resource(it.id.clone()));
                }
            }
            Self::SetResources { resources, .. } => resources.retain(|it| it.deleted_at.is_none()),
            _ => {}
        }
    }

    /// The values of variables in it.
    fn values(&mut self) -> Vec<&mut Value> {
        let Self::Upsert(entity) = self else { return Vec::new() };
        match &mut **entity {
            Entity::ResourceVariable(it) => vec![&mut it.value],
            Entity::DeploymentVariableValue(it) => vec![&mut it.value],
            Entity::VariableSet(it) => it.variables.iter_mut().map(|it| &mut it.value).collect(),
            _ => Vec::new(),
        }
    }

    /// Rejects variable sets and what tells values of one key apart; a resource variable goes by its
    /// resource and key.
    fn refuse_variable_sets(&mut self, dialect: &Dialect) -> Result<(), Rejection> {
        let refuse = |class, path: &[&str], what: &str| {
            let path = FieldPath(path.iter().map(|&name| Step::Key(name.to_owned())).collect());
            Err(Rejection { class, path, message: format!("{what} in dialect `{dialect}`") })
        };
        let is_set = match self {
            Self::Upsert(entity) => entity.kind() == Kind::VariableSet,
            Self::Delete(key) => key.kind() == Kind::VariableSet,
            _ => false,
        };
        if is_set {
            let what = "there are no variable sets";
            return refuse(ErrorClass::UnknownEvent, &["eventType"], what);
        }
        if let Self::Delete(Key::ResourceVariable { id, .. }) = self {
            id.clear();
        }
        let Self::Upsert(entity) = self else { return Ok(()) };
        let Entity::ResourceVariable(it) = &**entity else { return Ok(()) };
        let stated =
            [("priority", it.priority != 0), ("resourceSelector", it.resource_selector.is_some())];
        match stated.into_iter().find(|(_, stated)| *stated) {
            Some((name, _)) => {
                let what = format!("resource variables have no `{name}`");
                refuse(ErrorClass::InvalidValue, &["data", name], &what)
            }
            None => Ok(()),
        }
    }

    /// Where it names the status `queued`, seen from its data.
    fn queued(&self) -> Option<Vec<Step>> {
        let key = |name: &str| Step::Key(name.to_owned());
        match self {
            Self::UpdateJob(update) => (update.job.status == Some(JobStatus::Queued))
                .then(|| vec![key("job"), key("status")]),
            Self::RecordJob(job) => {
                (job.status == JobStatus::Queued).then(|| vec![key("job"), key("status")])
            }
            Self::FinishJob(finish) => {
                (finish.status == JobStatus::Queued).then(|| vec![key("status")])
            }
            Self::Upsert(entity) => {
                let Entity::Policy(policy) = &**entity else { return None };
                let rules = policy.rules.iter().enumerate();
                let mut found = rules.filter_map(|(at, rule)| Some((at, queued_in(rule)?)));
                let (at, path) = found.next()?;
                let rule = [key("rules"), Step::Index(at)];
                Some(rule.into_iter().chain(path.map(key)).collect())
            }
            _ => None,
        }
    }
}

/// The member and field of a rule that name the status `queued`.
fn queued_in(rule: &PolicyRule) -> Option<[&'static str; 2]> {
    let has = |statuses: &[JobStatus]| statuses.contains(&JobStatus::Queued);
    let successes =
        rule.environment_progression.as_ref().and_then(|it| it.success_statuses.as_deref());
    if successes.is_some_and(has) {
        return Some(["environmentProgression", "successStatuses"]);
    }
    let retry = rule.retry.as_ref().is_some_and(|it| has(&it.retry_on_statuses));
    retry.then_some(["retry", "retryOnStatuses"])
}

/// Which systems something belongs to.
fn complete_systems(systems: &mut SystemIds, dialect: &Dialect) -> Result<(), Rejection> {
    if !dialect.many_systems {
        systems.listed.clear();
        if systems.named.is_none() {
            let message = "expected this required field, found nothing".to_owned();
            return Err(Rejection::at(ErrorClass::MissingField, &["systemId"], message));
        }
    }
    systems.settle();
    Ok(())
}

/// Whether a policy is on, and what its rules are called.
fn complete_policy(policy: &mut Policy, dialect: &Dialect) -> Result<(), Rejection> {
    let apply = dialect.bare_policies_apply;
    policy.enabled.get_or_insert(apply);
    if apply && policy.scope.is_empty() {
        policy.scope = PolicyScope::everywhere();
    }
    for (at, rule) in policy.rules.iter_mut().enumerate() {
        if !rule.id.is_empty() {
            continue;
        }
        if !apply {
            let key = |name: &str| Step::Key(name.to_owned());
            let path = FieldPath(vec![key("data"), key("rules"), Step::Index(at), key("id")]);
            let message = "expected a non-empty id, found nothing".to_owned();
            return Err(Rejection { class: ErrorClass::MissingField, path, message });
        }
        rule.id = format!("{}#{at}", policy.id);
    }
    Ok(())
}

/// In which of two forms a rule says what is related.
fn complete_relationship(rule: &mut RelationshipRule, dialect: &Dialect) -> Result<(), Rejection> {
    if !dialect.relations_as_cel {
        rule.cel = None;
    }
    let has = [
        ("fromType", rule.from_type.is_some()),
        ("toType", rule.to_type.is_some()),
        ("fromSelector", rule.from_selector.is_some()),
        ("toSelector", rule.to_selector.is_some()),
        ("matcher", rule.matcher != Matcher::Always),
    ];
    if rule.cel.is_none() {
        let Some((missing, _)) = has[..2].iter().find(|(_, it)| !it) else { return Ok(()) };
        let message = "expected this required field, found nothing".to_owned();
        return Err(Rejection::at(ErrorClass::MissingField, &[missing], message));
    }
    let Some((other, _)) = has.iter().find(|(_, it)| *it) else { return Ok(()) };
    let message = format!("expected no `{other}` beside `cel`: a rule has one form or the other");
    Err(Rejection::at(ErrorClass::InvalidValue, &[other], message))
}

impl Entity {
    /// The identity in a dialect, which may not be told in full.
    #[must_use]
    pub fn key_in(&self, dialect: &Dialect) -> Key {
        let Self::ResourceVariable(it) = self else { return self.key() };
        let mut it = it.clone();
        complete_resource_variable(&mut it, dialect);
        Self::ResourceVariable(it).key()
    }
}

fn complete_version(version: &mut DeploymentVersion, dialect: &Dialect) {
    let ready = dialect.unready_versions_go;
    let absent = if ready { VersionStatus::Ready } else { VersionStatus::Unspecified };
    version.status.get_or_insert(absent);
}

/// What tells the values of a key apart: where there are several, and no id says, priority and selector.
fn complete_resource_variable(variable: &mut ResourceVariable, dialect: &Dialect) {
    if !dialect.variable_sets {
        variable.id.clear();
    } else if variable.id.is_empty() {
        variable.id = match &variable.resource_selector {
            None => variable.priority.to_string(),
            Some(SelectorSource::Cel(text)) => format!("{} {text}", variable.priority),
            Some(SelectorSource::Json(json)) => format!("{} {json}", variable.priority),
        };
    }
}

/// Values that are more than their JSON where there are variable sets.
fn complete_value(value: &mut Value) {
    let completed = match value {
        Value::Sensitive { value_hash } => {
            Some(Value::Opaque(Opaque::Hash(std::mem::take(value_hash))))
        }
        Value::Literal(json) => secret(json).map(Value::Opaque),
        Value::Reference { reference, path } => match &path[..] {
            [first, key] if first.to_lowercase() == "variables" => Some(Value::RelatedVariable {
                reference: std::mem::take(reference),
                key: key.clone(),
            }),
            _ => None,
        },
        Value::Opaque(_) | Value::RelatedVariable { .. } => None,
    };
    if let Some(completed) = completed {
        *value = completed;
    }
}

/// The secret that an object names: `{provider, key, path}`, where `path` may be anything or missing.
fn secret(json: &Json) -> Option<Opaque> {
    let text = |name| json.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let (provider, key) = (text("provider")?.to_owned(), text("key")?.to_owned());
    Some(Opaque::Secret { provider, key, path: json.get("path").cloned().unwrap_or_default() })
}
