//! What runners report about jobs (SEMANTICS 11.2).

use super::Triple;
use crate::base::json::{Json, JsonMap, StringMap};
use crate::base::time::SimTime;
use crate::model::{DeploymentVersion, JobStatus};

/// `job.updated`: which job, which fields, which values.
#[derive(Debug, Clone, PartialEq)]
pub struct JobUpdate {
    /// The job; asked first.
    pub id: Option<String>,
    /// With `external_id`, the job if neither `id` nor `job.id` is given.
    pub agent_id: Option<String>,
    /// The agent's own name of the run.
    pub external_id: Option<String>,
    /// The new values.
    pub job: JobFields,
    /// Which values to copy, in listed order without repetition; `None` replaces all of them, and
    /// then `job.status` is there.
    pub fields: Option<Vec<JobField>>,
}

/// The new values of a job. A listed field that is `None` or empty here becomes unset, except
/// `status` (always there when listed) and `created_at` (kept). All are checked as they are decoded;
/// configuration, labels, trace token, start and last update decide nothing, and no world keeps them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobFields {
    /// Finds the job if the update names none; never changes it.
    pub id: Option<String>,
    /// Must be the job's release, as hex or UUID; never changes it.
    pub release_id: Option<String>,
    /// New agent.
    pub job_agent_id: Option<String>,
    /// New configuration.
    pub job_agent_config: JsonMap,
    /// New status.
    pub status: Option<JobStatus>,
    /// New labels.
    pub metadata: StringMap,
    /// New name of the run at the agent.
    pub external_id: Option<String>,
    /// Opaque.
    pub trace_token: Option<String>,
    /// Moves the creation; absent keeps the stored time.
    pub created_at: Option<SimTime>,
    /// Last update.
    pub updated_at: Option<SimTime>,
    /// Start.
    pub started_at: Option<SimTime>,
    /// End.
    pub completed_at: Option<SimTime>,
}

crate::model::status::named! {
    /// A field that `fieldsToUpdate` can list.
    JobField {
        /// `completed_at`.
        CompletedAt = "completedAt",
        /// `created_at`.
        CreatedAt = "createdAt",
        /// `external_id`.
        ExternalId = "externalId",
        /// `job_agent_config`.
        JobAgentConfig = "jobAgentConfig",
        /// `job_agent_id`.
        JobAgentId = "jobAgentId",
        /// `metadata`.
        Metadata = "metadata",
        /// `started_at`.
        StartedAt = "startedAt",
        /// `status`.
        Status = "status",
        /// `trace_token`.
        TraceToken = "traceToken",
        /// `updated_at`.
        UpdatedAt = "updatedAt",
    }
}

/// A job of the past, as a workspace brings it (`{job, release}` of ctrlplane's API).
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedJob {
    /// Its id, any text.
    pub id: String,
    /// What the workspace calls its release.
    pub release_id: String,
    /// What it is, or was, to deploy to.
    pub target: Triple,
    /// The identifier of the resource, where the job says it: lists of resources may know no other id.
    pub identifier: Option<String>,
    /// The version of its release.
    pub version_id: String,
    /// The tag that the version had.
    pub tag: String,
    /// What the version said, if the job tells it in full.
    pub said: Option<DeploymentVersion>,
    /// The variables of its release, ascending by key. Opaque ones are not among them.
    pub variables: Vec<(String, Json)>,
    /// The agent, if it had one.
    pub agent_id: Option<String>,
    /// The agent's own name of the run.
    pub external_id: Option<String>,
    /// Its configuration.
    pub config: JsonMap,
    /// Its status.
    pub status: JobStatus,
    /// When it was created.
    pub created_at: SimTime,
    /// When an agent began with it, if one said so.
    pub started_at: Option<SimTime>,
    /// When it completed; [`SimTime::UNSET`] if it did not.
    pub completed_at: SimTime,
    /// When its release was made.
    pub released_at: SimTime,
}

/// `job.finished`: a runner reports on the latest job of a target. Ignored when that job is not
/// processing, or there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    /// The target.
    pub target: Triple,
    /// New status; may be a processing one.
    pub status: JobStatus,
    /// New completion; absent unsets it.
    pub completed_at: Option<SimTime>,
    /// Moves the creation if given.
    pub created_at: Option<SimTime>,
}
