//! The job table, and what jobs refer to: names at agents, editions and configurations.

use ahash::RandomState;
use bevy_ecs::resource::Resource;

use crate::base::hash::{FixedMap, fixed_map};
use crate::base::ids::{AgentIx, ConfigId, EditionIx, JobIx, VariablesId, VersionIx};
use crate::base::intern::{Interner, Store, Texts};
use crate::base::ix_vec::IxVec;
use crate::base::json::{Json, JsonMap};
use crate::base::time::SimTime;
use crate::fleet::matrix::TargetRef;
use crate::model::JobStatus;

/// All jobs of the world in creation order: a job's index is its place.
///
/// Jobs are not entities: 60,000 of them at once are the largest item of a reconcile, and spawning an
/// entity costs 56 bytes and 35 to 50 ns beside the job itself, of which most are first touches of
/// memory. Nothing queries jobs by component; they are reached through the chains of their targets.
#[derive(Debug, Default, Resource)]
pub struct Jobs(pub Vec<Job>);

/// Whether every job was created no earlier than those before it in the table, as the engine makes them;
/// reports may say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Resource)]
pub struct InOrder(pub bool);

impl Default for InOrder {
    fn default() -> Self {
        Self(true)
    }
}

/// One attempt, 64 bytes: every reader of the chain needs most of its fields.
///
/// Not aligned to cache lines: an allocator cannot grow a column of over-aligned values in place, and
/// copying a million jobs when their column doubles held a reconcile up for 30 ms and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Job {
    /// The target; stays attached to the triple when the target vanishes.
    pub target: TargetRef,
    /// The version's edition.
    pub edition: EditionIx,
    /// The resolved variables.
    pub variables: VariablesId,
    /// The job of the same target created before this one.
    pub previous: JobIx,
    /// The agent as configured, existing or not.
    pub agent: AgentIx,
    /// The merged configuration.
    pub config: ConfigId,
    /// 1-based count of the jobs ever created for this release, part of the job's id.
    pub attempt: u32,
    /// Creation time.
    pub created_at: SimTime,
    /// Completion time as reported; [`SimTime::UNSET`] if none.
    pub completed_at: SimTime,
    /// Creation time of the release record; the job's own may be changed by updates.
    pub released_at: SimTime,
    /// Status.
    pub status: JobStatus,
    /// Engine-owned marks.
    pub flags: JobFlags,
}

const _: () = assert!(size_of::<Job>() == 64, "a job has the size of a cache line");

/// Marks that only the engine sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFlags(u8);

impl JobFlags {
    /// Cancelled because its target vanished: not an attempt (D14).
    pub const CANCELLED_BY_REMOVAL: Self = Self(1);
    /// Created without an agent: not an attempt while `invalidJobAgent` (D27).
    pub const NO_AGENT: Self = Self(2);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether all marks of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// When agents began with jobs, for those that they said so of.
#[derive(Debug, Resource)]
pub struct Starts(FixedMap<JobIx, SimTime>);

impl Default for Starts {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Starts {
    /// When an agent began with a job.
    #[must_use]
    pub fn of(&self, job: JobIx) -> Option<SimTime> {
        self.0.get(&job).copied()
    }

    /// Says when an agent began with a job, or takes it back.
    pub(crate) fn set(&mut self, job: JobIx, at: Option<SimTime>) {
        match at {
            Some(at) => _ = self.0.insert(job, at),
            None => _ = self.0.remove(&job),
        }
    }
}

/// Versions together with the tags they had when they were released or planned.
#[derive(Debug, Default, Resource)]
pub struct Editions(Interner<EditionIx, TaggedVersions>);

/// Versions with a tag each.
#[derive(Debug, Default)]
struct TaggedVersions(Vec<(VersionIx, String)>);

impl Store for TaggedVersions {
    type Key<'a> = (VersionIx, &'a str);

    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, position: usize) -> (VersionIx, &str) {
        let (version, tag) = &self.0[position];
        (*version, tag)
    }

    fn push(&mut self, &(version, tag): &(VersionIx, &str)) {
        self.0.push((version, tag.to_owned()));
    }

    fn hash(key: &(VersionIx, &str), hasher: &RandomState) -> u64 {
        hasher.hash_one(key)
    }

    fn equal(kept: &(VersionIx, &str), key: &(VersionIx, &str)) -> bool {
        kept == key
    }
}

impl Editions {
    /// The edition of a version with a tag.
    pub fn number(&mut self, version: VersionIx, tag: &str) -> EditionIx {
        self.0.intern(&(version, tag))
    }

    /// The version of an edition.
    #[must_use]
    pub fn version(&self, edition: EditionIx) -> VersionIx {
        self.0.get(edition).0
    }

    /// The tag of an edition.
    #[must_use]
    pub fn tag(&self, edition: EditionIx) -> &str {
        self.0.get(edition).1
    }
}

/// Distinct job configurations: equal if their JSON texts are.
#[derive(Debug, Resource)]
pub struct Configs {
    texts: Interner<ConfigId, Texts>,
    list: IxVec<ConfigId, JsonMap>,
}

impl Default for Configs {
    fn default() -> Self {
        let mut configs = Self { texts: Interner::default(), list: IxVec::new() };
        let empty = configs.number(JsonMap::new());
        debug_assert_eq!(empty, Self::EMPTY, "the empty configuration comes first");
        configs
    }
}

impl Configs {
    /// The empty configuration, of jobs without an agent.
    pub const EMPTY: ConfigId = ConfigId(0);

    /// The id of a configuration.
    pub fn number(&mut self, config: JsonMap) -> ConfigId {
        let config = Json::Object(config);
        let id = self.texts.intern(&config.to_string().as_str());
        if self.list.len() < self.texts.len()
            && let Json::Object(config) = config
        {
            self.list.push(config);
        }
        id
    }

    /// The configuration.
    #[must_use]
    pub fn get(&self, id: ConfigId) -> &JsonMap {
        &self.list[id]
    }
}
