//! What runners report about jobs.

use crate::base::json::Json;
use crate::base::time::SimTime;
use crate::wire::event::decode::{catalogue, triple};
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};
use crate::wire::event::{Finish, JobField, JobFields, JobUpdate, RecordedJob, Triple};

pub(super) fn update(fields: &Fields<'_>) -> Result<JobUpdate> {
    let listed = fields.optional("fieldsToUpdate", |node| node.list(Node::text))?;
    let listed = listed.filter(|names| !names.is_empty()).map(|names| known(&names));
    Ok(JobUpdate {
        id: non_empty(fields, "id")?,
        agent_id: non_empty(fields, "agentId")?,
        external_id: non_empty(fields, "externalId")?,
        job: fields.required("job", |node| values(&node.fields()?, listed.as_deref()))?,
        fields: listed,
    })
}

fn values(job: &Fields<'_>, listed: Option<&[JobField]>) -> Result<JobFields> {
    let values = JobFields {
        id: non_empty(job, "id")?,
        release_id: non_empty(job, "releaseId")?,
        job_agent_id: job.maybe_text("jobAgentId")?,
        job_agent_config: job.map("jobAgentConfig")?,
        status: job.optional("status", Node::named_unless_empty)?.flatten(),
        metadata: job.labels("metadata")?,
        external_id: job.maybe_text("externalId")?,
        trace_token: job.maybe_text("traceToken")?,
        created_at: job.optional("createdAt", Node::time_unless_empty)?.flatten(),
        updated_at: job.maybe_time("updatedAt")?,
        started_at: job.maybe_time("startedAt")?,
        completed_at: job.maybe_time("completedAt")?,
    };
    let status_needed = listed.is_none_or(|listed| listed.contains(&JobField::Status));
    if status_needed && values.status.is_none() {
        return Err(job.fail("status", ErrorClass::MissingField, "this required field"));
    }
    Ok(values)
}

/// `{job, release}` of ctrlplane's API; what else it lists beside them is in other lists, too.
pub(super) fn recorded(fields: &Fields<'_>) -> Result<RecordedJob> {
    let release = fields.get("release");
    let expected = "the release of the job, as in `{\"job\": .., \"release\": ..}`";
    let release =
        release.ok_or_else(|| fields.fail("release", ErrorClass::MissingField, expected))?;
    let release = fields.node("release", release).fields()?;
    fields.pass_over(&["deployment", "environment"]);
    release.pass_over(&["id", "encryptedVariables"]);
    let version = release.required("version", Node::fields)?;
    let target: Triple = release.required("releaseTarget", |node| triple(&node.fields()?))?;
    if version.maybe_text("deploymentId")?.is_some_and(|of| of != target.deployment_id) {
        let expected = "the deployment of `releaseTarget`";
        return Err(version.fail("deploymentId", ErrorClass::InvalidValue, expected));
    }
    let is_whole =
        version.maybe_time("createdAt")?.is_some() && version.get("deploymentId").is_some();
    let said = is_whole.then(|| catalogue::deployment_version(&version)).transpose()?;
    let job = fields.required("job", Node::fields)?;
    // Nothing is decided by them.
    job.pass_over(&["metadata", "updatedAt", "dispatchContext"]);
    let mut variables: Vec<(String, Json)> = release.map("variables")?.into_iter().collect();
    variables.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let created_at = job.required("createdAt", Node::time)?;
    let identifier = fields.optional("resource", |it| it.any_fields()?.maybe_text("identifier"))?;
    Ok(RecordedJob {
        id: job.id("id")?,
        release_id: job.text("releaseId")?,
        target,
        identifier: identifier.flatten().filter(|it| !it.is_empty()),
        version_id: version.id("id")?,
        tag: version.required_text("tag")?,
        said,
        variables,
        agent_id: non_empty(&job, "jobAgentId")?,
        external_id: non_empty(&job, "externalId")?,
        config: job.map("jobAgentConfig")?,
        status: job.required("status", Node::named)?,
        created_at,
        started_at: job.maybe_time("startedAt")?,
        completed_at: job.maybe_time("completedAt")?.unwrap_or(SimTime::UNSET),
        released_at: release.maybe_time("createdAt")?.unwrap_or(created_at),
    })
}

/// The known ones among the listed names, each once; a first letter in upper case is as good.
fn known(names: &[String]) -> Vec<JobField> {
    let mut known = Vec::new();
    for name in names {
        let Some(first) = name.get(..1) else { continue };
        let name = first.to_ascii_lowercase() + &name[1..];
        if let Some(field) = JobField::from_name(&name).filter(|field| !known.contains(field)) {
            known.push(field);
        }
    }
    known
}

fn non_empty(fields: &Fields<'_>, name: &'static str) -> Result<Option<String>> {
    Ok(fields.maybe_text(name)?.filter(|text| !text.is_empty()))
}

pub(super) fn finish(fields: &Fields<'_>) -> Result<Finish> {
    Ok(Finish {
        target: triple(fields)?,
        status: fields.required("status", Node::named)?,
        completed_at: fields.maybe_time("completedAt")?,
        created_at: fields.optional("createdAt", Node::time_unless_empty)?.flatten(),
    })
}
