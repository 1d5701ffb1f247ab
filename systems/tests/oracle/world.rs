//! The state of one workspace: entities as output JSON, releases, jobs, the clock.
//!
//! Vocabulary: a *target* is the triple of SEMANTICS 1.1, ordered by its key text; a *release identity* is the tuple of
//! 1.2; a *release record* keeps what was released when its latest job was made.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::canonical;
use super::entity::PROCESSING;
use super::policies;
use super::relations::{Node, relations};
use super::targets::targets;
use super::time;
use super::variables::{Resolved, Written};

/// A release target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) resource: String,
    pub(crate) environment: String,
    pub(crate) deployment: String,
}

impl Target {
    pub(crate) fn new(resource: &str, environment: &str, deployment: &str) -> Self {
        let (resource, environment, deployment) =
            (resource.to_owned(), environment.to_owned(), deployment.to_owned());
        Target { resource, environment, deployment }
    }

    /// The target key: not unique when ids contain dashes.
    pub(crate) fn key(&self) -> String {
        self.parts().concat()
    }

    fn parts(&self) -> [&str; 5] {
        [&self.resource, "-", &self.environment, "-", &self.deployment]
    }
}

impl Ord for Target {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = (self.parts(), other.parts());
        let keys = own
            .iter()
            .flat_map(|part| part.bytes())
            .cmp(others.iter().flat_map(|part| part.bytes()));
        keys.then_with(|| own.cmp(&others))
    }
}

impl PartialOrd for Target {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What makes two releases the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReleaseId {
    pub(crate) target: Target,
    pub(crate) version: String,
    pub(crate) tag: String,
    /// By key.
    pub(crate) variables: Vec<(String, Written)>,
}

impl ReleaseId {
    pub(crate) fn hex(&self) -> String {
        canonical::export_id(&self.version, &self.tag, &self.variables, &self.target.key())
    }
}

/// A release record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Release {
    pub(crate) id: ReleaseId,
    /// The version as it was when the latest job was made.
    pub(crate) version: Value,
    pub(crate) variables: BTreeMap<String, Resolved>,
    pub(crate) created_at: i64,
}

/// One attempt; the position in [`World::jobs`] is its creation ordinal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) release: ReleaseId,
    pub(crate) agent: String,
    pub(crate) config: Value,
    pub(crate) status: String,
    pub(crate) metadata: Value,
    pub(crate) external_id: Option<String>,
    pub(crate) trace_token: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) completed_at: Option<i64>,
    pub(crate) cancelled_by_removal: bool,
    pub(crate) no_agent: bool,
}

impl Job {
    pub(crate) fn is_processing(&self) -> bool {
        PROCESSING.contains(&self.status.as_str())
    }
}

/// Entities of one kind by the text of their identity, parts joined by line feeds.
pub(crate) type Table = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) workspace: String,
    /// Whether the dialect is `today` and not `recorded`.
    pub(crate) today: bool,
    pub(crate) now: i64,
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) releases: BTreeMap<ReleaseId, Release>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) derived: Derived,
}

/// What follows from the tables alone; worked out anew after every change of them, never input.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Derived {
    /// By target key.
    pub(crate) targets: Vec<Target>,
    /// For every target the ids of the policies that apply to it, enabled or not, in report order.
    pub(crate) policies: BTreeMap<Target, Vec<String>>,
    /// For every rule its relations, by from node, then to node.
    pub(crate) relations: BTreeMap<String, Vec<(Node, Node)>>,
}

impl Derived {
    pub(crate) fn of(world: &World) -> Self {
        let targets = targets(world);
        let policies = targets
            .iter()
            .map(|target| (target.clone(), policies::applicable(world, target)))
            .collect();
        let rules = world.all("relationship-rule");
        let relations =
            rules.map(|rule| (text(rule, "id").to_owned(), relations(world, rule))).collect();
        Derived { targets, policies, relations }
    }
}

impl World {
    pub(crate) fn new(workspace: &str, now: i64, today: bool) -> Self {
        World {
            workspace: workspace.to_owned(),
            today,
            now,
            tables: BTreeMap::new(),
            releases: BTreeMap::new(),
            jobs: Vec::new(),
            derived: Derived::default(),
        }
    }

    /// The current targets, by target key.
    pub(crate) fn targets(&self) -> &[Target] {
        &self.derived.targets
    }

    /// All entities of `kind`, by id.
    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.tables.get(kind).into_iter().flat_map(BTreeMap::values)
    }

    /// The entity of `kind` whose identity is `key`.
    pub(crate) fn get(&self, kind: &str, key: &str) -> Option<&Value> {
        self.tables.get(kind)?.get(key)
    }

    pub(crate) fn table(&mut self, kind: &str) -> &mut Table {
        self.tables.entry(kind.to_owned()).or_default()
    }

    /// The resource, environment and deployment of a target; targets are derived, so all three exist.
    pub(crate) fn parts(&self, target: &Target) -> (&Value, &Value, &Value) {
        let part =
            |kind, id| self.get(kind, id).expect("a target exists only while its three parts do");
        (
            part("resource", &target.resource),
            part("environment", &target.environment),
            part("deployment", &target.deployment),
        )
    }

    /// All jobs of a target with their creation ordinals, oldest first: by (createdAt, ordinal).
    pub(crate) fn jobs_of(&self, target: &Target) -> Vec<(usize, &Job)> {
        let mut jobs: Vec<_> =
            self.jobs.iter().enumerate().filter(|(_, job)| job.release.target == *target).collect();
        jobs.sort_by_key(|(ordinal, job)| (job.created_at, *ordinal));
        jobs
    }

    /// The current release (10.5): of the successful, completed job that completed last.
    pub(crate) fn current_release(&self, target: &Target) -> Option<&Release> {
        let jobs = self.jobs_of(target);
        let done =
            jobs.iter().filter(|(_, job)| job.status == "successful" && job.completed_at.is_some());
        let newest = done.max_by_key(|(ordinal, job)| (job.completed_at, job.created_at, *ordinal));
        newest.and_then(|(_, job)| self.releases.get(&job.release))
    }

    /// The earliest release record of a version on exactly this target.
    pub(crate) fn release_of(&self, target: &Target, version: &str) -> Option<&Release> {
        let records = self
            .releases
            .values()
            .filter(|record| record.id.target == *target && record.id.version == version);
        records.min_by_key(|record| (record.created_at, record.id.clone()))
    }
}

/// A text field of an entity; empty if absent.
pub(crate) fn text<'a>(entity: &'a Value, field: &str) -> &'a str {
    entity.get(field).and_then(Value::as_str).unwrap_or("")
}

/// A time field of an entity in output JSON.
pub(crate) fn instant(entity: &Value, field: &str) -> Option<i64> {
    time::parse(entity.get(field)?.as_str()?).ok()
}

/// `createdAt`, which every entity that is asked for it has.
pub(crate) fn created_at(entity: &Value) -> i64 {
    instant(entity, "createdAt").expect("decoding fills in createdAt")
}

/// A list field of an entity; empty if absent.
pub(crate) fn list<'a>(entity: &'a Value, field: &str) -> &'a [Value] {
    entity.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a list field contains a text.
pub(crate) fn lists(entity: &Value, field: &str, wanted: &str) -> bool {
    list(entity, field).iter().any(|item| item.as_str() == Some(wanted))
}

/// An integer field; `None` if absent.
pub(crate) fn integer(entity: &Value, field: &str) -> Option<i64> {
    entity.get(field).and_then(Value::as_i64)
}
