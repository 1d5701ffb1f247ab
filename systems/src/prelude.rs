//! What one needs to hold a workspace and to ask it: `use shakedown_systems::prelude::*`.
//!
//! Make a [`fleet`], [`put`](Fleet::put) entities into it, let time [`pass`](Fleet::pass), and ask:
//! the [`Report`] of each change for the [`jobs`](Fleet::jobs) that it made, a
//! [`target`](Fleet::target) for where it stands and why, its [`record`] for every check of every
//! version and the instant at which time alone may change something.

pub use std::time::Duration;

pub use shakedown_engine::base::json::{Json, JsonMap};
pub use shakedown_engine::base::time::{HOUR, MINUTE, SECOND, SimTime, TimeError};
pub use shakedown_engine::fleet::digest::Digest;
pub use shakedown_engine::fleet::matrix::State;
pub use shakedown_engine::fleet::report::{JobRanges, Report};
pub use shakedown_engine::fleet::{Error, Fleet, PutError};
pub use shakedown_engine::model::reason::{Reason, Verdict};
pub use shakedown_engine::model::{
    AnyApproval, ApprovalStatus, BackoffStrategy, ConcurrencyLimit, Deployment,
    DeploymentDependency, DeploymentVariable, DeploymentVariableValue, DeploymentVersion,
    DeploymentWindow, Dialect, EntityKind, Environment, EnvironmentProgression, GithubEntity,
    GradualRollout, JobAgent, JobStatus, LimitScope, Matcher, Opaque, Policy, PolicyBypass,
    PolicyRule, PolicyScope, PolicySkip, PolicyTargetSelector, PropertyMatcher, PropertyOperator,
    RelationshipRule, Resource, ResourceProvider, ResourceVariable, Retry, RolloutType,
    SelectorSource, StopOnFailure, System, UserApprovalRecord, Value, VariableSet,
    VariableSetVariable, VersionCooldown, VersionDependency, VersionSelector, VersionStatus,
    WaiverType,
};
pub use shakedown_engine::preset::Preset;
pub use shakedown_engine::read::{DepartedView, FindError, JobView, ReleaseView, TargetView};
pub use shakedown_engine::wire::Rejection;
pub use shakedown_engine::wire::document::{Document, DocumentError};
pub use shakedown_engine::wire::event::{
    DecodeError, Entity, ErrorClass, Event, Finish, JobUpdate, Key, Kind, Payload, Triple,
};

pub use crate::diagnostics::{Diagnostic, DiagnosticCode, Owner, diagnostics};
pub use crate::load::{Cause, load, pass_time, play};
pub use crate::record::{
    Action, CandidateRecord, CheckResult, EligibilityRecord, Examine, FailedPolicy, Record,
    RolloutState, RolloutSummary, each_record, next_change, record, records, rollout_summary,
};
pub use crate::{fleet, fleet_in};
