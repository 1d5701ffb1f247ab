//! Jobs: creation, reports from outside, explicit redeploy (SEMANTICS 10.4 and 11).

use serde_json::{Map, Value, json};

use super::canonical::external_id;
use super::dialect;
use super::entity::JOB_STATUSES;
use super::planning::{Desired, plan, windows_hold};
use super::selector::capitalised;
use super::time;
use super::variables::Written;
use super::world::{Job, Release, ReleaseId, Target, World, text};

/// Stores the release and appends a job for it.
pub(crate) fn create(world: &mut World, desired: Desired) {
    let Desired { release, version, variables } = desired;
    let now = world.now;
    let nth = world.jobs.iter().filter(|job| job.release == release).count() + 1;
    let id = external_id(&job_name(&release, nth));
    let (_, _, deployment) = world.parts(&release.target);
    let (resolved, agent) = dialect::agent(world, &release.target);
    let config = resolved.map(|agent| {
        let merged = merge(&agent["config"], &deployment["jobAgentConfig"]);
        merge(&merged, &version["jobAgentConfig"])
    });
    let status = if resolved.is_some() { "pending" } else { "invalidJobAgent" };
    let job = Job {
        id,
        release: release.clone(),
        agent,
        no_agent: resolved.is_none(),
        config: config.unwrap_or_else(|| json!({})),
        status: status.to_owned(),
        metadata: json!({}),
        external_id: None,
        trace_token: None,
        created_at: now,
        updated_at: Some(now),
        started_at: None,
        completed_at: None,
        cancelled_by_removal: false,
    };
    let created_at = world.releases.get(&release).map_or(now, |record| record.created_at);
    world.releases.insert(release.clone(), Release { id: release, version, variables, created_at });
    world.jobs.push(job);
}

/// The name that a job's id is made of: every part of the release with its length, then the number (1.4, X1).
fn job_name(release: &ReleaseId, nth: usize) -> String {
    let Target { resource, environment, deployment } = &release.target;
    let part = |text: &String| format!("{}:{text}", text.len());
    let parts = [resource, environment, deployment, &release.version, &release.tag];
    let mut name: String = parts.map(part).concat();
    for (key, value) in &release.variables {
        name += &part(key);
        name += &match value {
            Written::Literal(text) => part(text),
            Written::Opaque(hash) => "!".to_owned() + &part(hash),
        };
    }
    name + &format!("#{nth}")
}

/// Later wins; objects merge recursively, everything else is replaced.
fn merge(earlier: &Value, later: &Value) -> Value {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => {
            let mut merged: Map<String, Value> = earlier.clone();
            for (key, value) in later {
                let value =
                    merged.get(key).map_or_else(|| value.clone(), |earlier| merge(earlier, value));
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        _ => later.clone(),
    }
}

/// Cancels the processing jobs of targets that vanished.
pub(crate) fn cancel_removed(world: &mut World, removed: &[Target]) {
    let now = world.now;
    for job in &mut world.jobs {
        if job.is_processing() && removed.contains(&job.release.target) {
            job.status = "cancelled".to_owned();
            job.updated_at = Some(now);
            job.cancelled_by_removal = true;
        }
    }
}

const UPDATABLE: [&str; 10] = [
    "completedAt",
    "createdAt",
    "externalId",
    "jobAgentConfig",
    "jobAgentId",
    "metadata",
    "startedAt",
    "status",
    "traceToken",
    "updatedAt",
];

/// `job.updated`.
pub(crate) fn update(world: &mut World, data: &Value) -> Result<(), String> {
    let sent = data.get("job").filter(|job| !job.is_null()).ok_or("missing_field: job")?;
    let sent = sent.as_object().ok_or("malformed: job is not an object")?;
    let ordinal = find(world, data, sent).ok_or("not_found: job")?;
    let mut job = world.jobs[ordinal].clone();
    if let Some(release) = sent.get("releaseId").and_then(Value::as_str).filter(|id| !id.is_empty())
    {
        let hex = job.release.hex();
        if release != hex && release != external_id(&hex) {
            return Err("conflict: the release of a job is fixed".to_owned());
        }
    }
    let listed: Vec<&str> = match data.get("fieldsToUpdate") {
        None | Some(Value::Null) => Vec::new(),
        Some(fields) => {
            let fields = fields.as_array().ok_or("malformed: fieldsToUpdate")?;
            fields
                .iter()
                .map(|field| field.as_str().ok_or("malformed: fieldsToUpdate"))
                .collect::<Result<_, _>>()?
        }
    };
    let replace = listed.is_empty();
    for field in UPDATABLE {
        if replace || listed.contains(&field) || listed.contains(&capitalised(field).as_str()) {
            set(world, &mut job, field, sent.get(field).filter(|value| !value.is_null()), replace)?;
        }
    }
    if job.status != world.jobs[ordinal].status {
        job.no_agent = false;
        job.cancelled_by_removal = false;
    }
    world.jobs[ordinal] = job;
    Ok(())
}

fn find(world: &World, data: &Value, sent: &Map<String, Value>) -> Option<usize> {
    let given = |id: Option<&Value>| {
        id.and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    if let Some(id) = given(data.get("id")).or_else(|| given(sent.get("id"))) {
        return world.jobs.iter().position(|job| job.id == id);
    }
    let (agent, external) = (given(data.get("agentId"))?, given(data.get("externalId"))?);
    world
        .jobs
        .iter()
        .position(|job| job.agent == agent && job.external_id.as_ref() == Some(&external))
}

fn set(
    world: &World,
    job: &mut Job,
    field: &str,
    value: Option<&Value>,
    replace: bool,
) -> Result<(), String> {
    let wrong = || format!("malformed: {field} of job");
    let text =
        || value.map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).transpose();
    let instant =
        || text()?.filter(|text| !text.is_empty()).map(|text| time::parse(&text)).transpose();
    let object = || match value {
        None => Ok(json!({})),
        Some(value) if value.is_object() => Ok(value.clone()),
        Some(_) => Err(wrong()),
    };
    match field {
        "completedAt" => job.completed_at = instant()?,
        "startedAt" => job.started_at = instant()?,
        "createdAt" => job.created_at = instant()?.unwrap_or(job.created_at),
        "updatedAt" if replace => job.updated_at = instant()?.or(job.updated_at),
        "updatedAt" => job.updated_at = instant()?,
        "externalId" => job.external_id = text()?,
        "traceToken" => job.trace_token = text()?,
        "jobAgentId" => job.agent = text()?.unwrap_or_default(),
        "jobAgentConfig" => job.config = object()?,
        "metadata" => job.metadata = object()?,
        _ => {
            let status = text()?.ok_or("missing_field: status")?;
            dialect::knows(world, &json!(status))?;
            if !JOB_STATUSES.contains(&status.as_str()) {
                return Err(format!("invalid_value: status {status:?}"));
            }
            job.status = status;
        }
    }
    Ok(())
}

/// The payload of `job.updated` that the pseudo event `job.finished` of recorded scenarios stands for: the latest job of
/// the target gets this status and completion time, if it is processing.
pub(crate) fn report(world: &World, data: &Value) -> Option<Value> {
    let target = Target::new(
        text(data, "resourceId"),
        text(data, "environmentId"),
        text(data, "deploymentId"),
    );
    let latest = world.jobs_of(&target).last().map(|(_, job)| *job)?;
    let mut fields = vec!["status", "completedAt"];
    if data.get("createdAt").is_some() {
        fields.push("createdAt");
    }
    latest
        .is_processing()
        .then(|| json!({ "id": latest.id, "job": data, "fieldsToUpdate": fields }))
}

/// The pseudo event `job.finished`.
pub(crate) fn finish(world: &mut World, data: &Value) -> Result<(), String> {
    dialect::knows(world, &data["status"])?;
    report(world, data).map_or(Ok(()), |report| update(world, &report))
}

/// `release-target.deploy`; the outcome code.
pub(crate) fn redeploy(world: &mut World, data: &Value) -> Result<&'static str, String> {
    let target = Target::new(
        text(data, "resourceId"),
        text(data, "environmentId"),
        text(data, "deploymentId"),
    );
    if !world.targets().contains(&target) {
        return Err("not_found: not a current target".to_owned());
    }
    if world.jobs_of(&target).iter().any(|(_, job)| job.is_processing()) {
        return Ok("redeploy.refused_active_job");
    }
    let Some(desired) = plan(world, &target).desired else { return Ok("redeploy.nothing_desired") };
    // A target that has what it wants waits for no window; to be deployed to once more, it does.
    if windows_hold(world, &desired.version, &target) {
        return Ok("redeploy.nothing_desired");
    }
    create(world, desired);
    Ok("redeploy.created")
}
