//! What runners report about jobs.

use crate::base::json::{Json, JsonMap};
use crate::base::nearest::meant;
use crate::base::time::SimTime;
use crate::model::kinds::composite_key;
use crate::model::{DeploymentVersion, JobStatus, Named};
use crate::wire::event::decode::{catalogue, triple};
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};
use crate::wire::event::{Finish, JobField, JobFields, JobUpdate, RecordedJob, Triple};

pub(super) fn update(fields: &Fields<'_>) -> Result<JobUpdate> {
    let listed = fields.optional("fieldsToUpdate", |node| node.list(job_field));
    let listed = listed.filter(|names| !names.is_empty()).map(|names| {
        let mut known: Vec<JobField> = Vec::new();
        names.into_iter().flatten().for_each(|field| {
            if !known.contains(&field) {
                known.push(field);
            }
        });
        known
    });
    Ok(JobUpdate {
        id: non_empty(fields, "id"),
        agent_id: non_empty(fields, "agentId"),
        external_id: non_empty(fields, "externalId"),
        job: fields.required("job", |node| values(&node.fields()?, listed.as_deref()))?,
        fields: listed,
    })
}

fn values(job: &Fields<'_>, listed: Option<&[JobField]>) -> Result<JobFields> {
    let values = JobFields {
        id: non_empty(job, "id"),
        release_id: non_empty(job, "releaseId"),
        job_agent_id: job.maybe_text("jobAgentId"),
        job_agent_config: job.map("jobAgentConfig"),
        status: job.maybe_named("status"),
        metadata: job.labels("metadata"),
        external_id: job.maybe_text("externalId"),
        trace_token: job.maybe_text("traceToken"),
        created_at: job.time_unless_empty("createdAt"),
        updated_at: job.maybe_time("updatedAt"),
        started_at: job.maybe_time("startedAt"),
        completed_at: job.maybe_time("completedAt"),
    };
    let status_needed = listed.is_none_or(|listed| listed.contains(&JobField::Status));
    let is_absent = || job.peek("status").is_none_or(|it| it.is_null() || it == "");
    if status_needed && is_absent() {
        return Err(job.fail("status", ErrorClass::MissingField, "this required field"));
    }
    Ok(values)
}

/// `{job, release}` of ctrlplane's API; what else it lists beside them is in other lists, too.
pub(super) fn recorded(fields: &Fields<'_>) -> Result<RecordedJob> {
    let expected = "the release of the job, as in `{\"job\": .., \"release\": ..}`";
    let release = fields.required_as("release", expected, |node| release(&node.fields()?))?;
    fields.pass_over(&["deployment", "environment"]);
    let identifier =
        fields.optional("resource", |it| Ok(it.any_fields()?.maybe_text("identifier")));
    let job = fields.required("job", Node::fields)?;
    recorded_of(&job, release, identifier.flatten())
}

/// `{releaseTarget, state}`: the job that a target had last, and a job of the release that it has, if that
/// is another one. Of a job that succeeded the release is the current one, of others what was dispatched, or
/// else the desired one: no state tells.
pub(super) fn state(fields: &Fields<'_>) -> Result<Vec<RecordedJob>> {
    let target = fields.required("releaseTarget", |node| Ok(triple(&node.fields()?)))?;
    let Some(state) = fields.optional("state", Node::fields) else { return Ok(Vec::new()) };
    let of = |fields: &Fields<'_>, name| -> Result<Option<Release>> {
        let read = fields.optional(name, |node| release(&node.fields()?));
        match read {
            Some(it) if it.target != target => {
                Err(fields.fail(name, ErrorClass::InvalidValue, "a release of `releaseTarget`"))
            }
            read => Ok(read),
        }
    };
    let (current, desired) = (of(&state, "currentRelease")?, of(&state, "desiredRelease")?);
    let stands = |release: Release| {
        let expected = "a release that says when it was made, `createdAt`";
        let at = release.created_at;
        let at =
            at.ok_or_else(|| state.fail("currentRelease", ErrorClass::MissingField, expected))?;
        Ok(stands(release, at))
    };
    let Some(latest) = state.optional("latestJob", Node::fields) else {
        return current.map(stands).into_iter().collect();
    };
    // What is verified decides nothing.
    latest.pass_over(&["verifications"]);
    let job = latest.required("job", Node::fields)?;
    let succeeded = job.named::<JobStatus>("status") == JobStatus::Successful;
    let (current, of_success) = if succeeded { (None, current) } else { (current, None) };
    let dispatched = job.optional("dispatchContext", |node| of(&node.any_fields()?, "release"));
    let expected = "the release of the latest job";
    let of_latest = of_success
        .or(dispatched.flatten())
        .or(desired)
        .ok_or_else(|| state.fail("desiredRelease", ErrorClass::MissingField, expected))?;
    let latest = recorded_of(&job, of_latest, None)?;
    current.map(stands).into_iter().chain([Ok(latest)]).collect()
}

/// A job of the release that a target has, of which only the release is known: it succeeded when that was
/// made.
fn stands(release: Release, at: SimTime) -> RecordedJob {
    let Release { target, version_id, tag, said, variables, .. } = release;
    let Triple { resource_id, environment_id, deployment_id } = &target;
    let key = composite_key(&[resource_id, environment_id, deployment_id]);
    RecordedJob {
        id: format!("current release of {key}"),
        release_id: String::new(),
        target,
        identifier: None,
        version_id,
        tag,
        said,
        variables,
        agent_id: None,
        external_id: None,
        config: JsonMap::new(),
        status: JobStatus::Successful,
        created_at: at,
        started_at: None,
        completed_at: at,
        released_at: at,
    }
}

/// A release as ctrlplane's API tells it.
struct Release {
    target: Triple,
    version_id: String,
    tag: String,
    said: Option<DeploymentVersion>,
    variables: Vec<(String, Json)>,
    created_at: Option<SimTime>,
}

/// Members of a version of which only a whole one is kept.
const WHOLE: [&str; 7] =
    ["name", "status", "config", "jobAgentConfig", "metadata", "message", "dependencies"];

fn release(release: &Fields<'_>) -> Result<Release> {
    release.pass_over(&["id", "encryptedVariables"]);
    let version = release.required("version", Node::fields)?;
    let target: Triple = release.required("releaseTarget", |node| Ok(triple(&node.fields()?)))?;
    let of = version.maybe_text("deploymentId").filter(|_| !target.deployment_id.is_empty());
    if of.is_some_and(|of| of != target.deployment_id) {
        let expected = "the deployment of `releaseTarget`";
        return Err(version.fail("deploymentId", ErrorClass::InvalidValue, expected));
    }
    let is_whole =
        version.maybe_time("createdAt").is_some() && version.get("deploymentId").is_some();
    let said = is_whole.then(|| catalogue::deployment_version(&version));
    // What only a whole version has.
    version.pass_over(&WHOLE);
    let mut variables: Vec<(String, Json)> = release.map("variables").into_iter().collect();
    variables.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(Release {
        target,
        version_id: version.id("id"),
        tag: version.required_text("tag"),
        said,
        variables,
        created_at: release.maybe_time("createdAt"),
    })
}

/// A job of a release.
fn recorded_of(
    job: &Fields<'_>,
    release: Release,
    identifier: Option<String>,
) -> Result<RecordedJob> {
    // Nothing is decided by them.
    job.pass_over(&["metadata", "updatedAt", "dispatchContext"]);
    let Release { target, version_id, tag, said, variables, created_at: released_at } = release;
    let created_at = job.required("createdAt", Node::time)?;
    Ok(RecordedJob {
        id: job.id("id"),
        release_id: job.text("releaseId"),
        target,
        identifier: identifier.filter(|it| !it.is_empty()),
        version_id,
        tag,
        said,
        variables,
        agent_id: non_empty(job, "jobAgentId"),
        external_id: non_empty(job, "externalId"),
        config: job.map("jobAgentConfig"),
        status: job.named("status"),
        created_at,
        started_at: job.maybe_time("startedAt"),
        completed_at: job.maybe_time("completedAt").unwrap_or(SimTime::UNSET),
        released_at: released_at.unwrap_or(created_at),
    })
}

/// The field that is named, if one is; a first letter in upper case is as good.
fn job_field(node: Node<'_>) -> Result<Option<JobField>> {
    let name = node.str()?;
    let lower = |first: char| first.to_ascii_lowercase().to_string() + &name[first.len_utf8()..];
    let field = name.chars().next().map(lower).and_then(|name| JobField::from_name(&name));
    if field.is_none() {
        node.unread(meant(name, JobField::VALUES.iter().map(|it| it.label())));
    }
    Ok(field)
}

fn non_empty(fields: &Fields<'_>, name: &'static str) -> Option<String> {
    fields.maybe_text(name).filter(|text| !text.is_empty())
}

pub(super) fn finish(fields: &Fields<'_>) -> Finish {
    Finish {
        target: triple(fields),
        status: fields.named("status"),
        completed_at: fields.maybe_time("completedAt"),
        created_at: fields.time_unless_empty("createdAt"),
    }
}
