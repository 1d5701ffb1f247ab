//! Decision records: what a fresh reconcile would decide of a target now, and every reason
//! (SEMANTICS 9).
//!
//! Vocabulary: a *candidate* is a version of the target's deployment; the first whose checks all
//! hold is *chosen*. Codes and parameters are data; sentences are made of them at the edge.
//!
//! Invariants: records ask the rules that the schedule asks and implement none; reading changes
//! nothing. What all targets of a cohort have in common, such as their ranks, is found out once: a
//! record among many costs below 30 us.

mod eligible;
mod lines;
mod next;
mod summary;

pub use crate::rules::{Action, CheckResult, RuleBook};
pub use next::next_change;
pub use summary::{RolloutState, RolloutSummary, rollout_summary};

use std::cell::OnceCell;
use std::sync::{Mutex, PoisonError};

use bevy_ecs::resource::Resource;
use bevy_ecs::system::SystemState;
use bevy_ecs::world::{FromWorld, World};
use serde_json::{Value as Json, json};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, PolicyIx, VariablesId};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::item;
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::ingest::find_target;
use shakedown_engine::fleet::jobs::{Job, Jobs, VariableSets, chain};
use shakedown_engine::fleet::matrix::{Cohorts, PolicyColumns, TargetRef};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::Resource as FleetResource;
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::read::{JobView, ReleaseView, job_view, release_view, triple_of};
use shakedown_engine::select::Subject as Of;
use shakedown_engine::wire::event::Triple;

use self::eligible::{examine_release, has_agent};
use self::lines::Lines;
use crate::facts::{Candidate, CandidateLists};
use crate::phases::eligibility::Desired;
use crate::phases::limits::Limited;
use crate::phases::policies;
use crate::phases::policies::{
    Applicability, Reads, bindings_of, may_fail, policies_of, scope_means,
};
use crate::rules::{Examination, Judge, Subject, fold};
use crate::variables::Variables;

/// How many candidates a record examines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examine {
    /// Those that planning looks at: the newest up to the chosen one.
    UpToChosen,
    /// Every version of the deployment.
    All,
}

/// What a fresh reconcile would decide of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Resource, environment and deployment id joined by hyphens.
    pub key: String,
    /// Its parts.
    pub target: Triple,
    /// When: the clock.
    pub at: SimTime,
    /// The release that the target should have.
    pub desired: Option<ReleaseView>,
    /// The candidates examined, newest first.
    pub candidates: Vec<CandidateRecord>,
    /// The enabled policies that did not apply because a selector failed here, by (priority descending,
    /// id): an error is no match, so a policy that was meant to hold something back may not (X6).
    pub failed_policies: Vec<FailedPolicy>,
    /// Whether the desired release gets a job; `None` if none is desired.
    pub eligibility: Option<EligibilityRecord>,
    /// The release that the target has.
    pub current: Option<ReleaseView>,
    /// The newest job, by creation.
    pub latest_job: Option<JobView>,
    /// The earliest instant at which time alone changes anything of that, but for versions that are older
    /// than the desired one. What other targets do then is not foreseen.
    pub next: Option<SimTime>,
}

/// A policy that did not apply to a target because its selector failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedPolicy {
    /// The policy.
    pub policy_id: String,
    /// Why its selector has no answer here.
    pub error: String,
}

/// A candidate and what its checks say.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateRecord {
    /// The version.
    pub version_id: String,
    /// What the results come to.
    pub verdict: Verdict,
    /// Of all checks, in report order.
    pub results: Vec<CheckResult>,
}

/// What the checks of a desired release say.
#[derive(Debug, Clone, PartialEq)]
pub struct EligibilityRecord {
    /// What the results come to.
    pub verdict: Verdict,
    /// Of all checks, in report order.
    pub results: Vec<CheckResult>,
}

impl Record {
    /// Why no release is desired; `None` if one is.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match (&self.desired, self.candidates.is_empty()) {
            (Some(_), _) => None,
            (None, true) => Some(Reason::NoVersions),
            (None, false) => Some(Reason::NoneDeployable),
        }
    }

    /// The record as JSON, in the shape of SEMANTICS 9.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let results = |it: &[CheckResult]| it.iter().map(CheckResult::to_json).collect::<Vec<_>>();
        let candidates = self.candidates.iter().map(|it| {
            let results = results(&it.results);
            json!({ "versionId": it.version_id, "verdict": it.verdict.name(), "results": results })
        });
        let desired = self.desired.as_ref().map(|it| {
            let variables: serde_json::Map<_, _> = it.variables.iter().cloned().collect();
            json!({ "versionId": it.version_id, "releaseId": it.release_id, "variables": variables })
        });
        let failed = self.failed_policies.iter();
        let failed = failed.map(|it| json!({ "policyId": it.policy_id, "error": it.error }));
        let eligibility = self
            .eligibility
            .as_ref()
            .map(|it| json!({ "verdict": it.verdict.name(), "results": results(&it.results) }));
        json!({
            "target": self.key,
            "at": self.at.to_string(),
            "desired": desired,
            "candidates": candidates.collect::<Vec<_>>(),
            "failedPolicies": failed.collect::<Vec<_>>(),
            "eligibility": eligibility,
            "current": self.current.as_ref().map(|it| &it.version_id),
            "latestJob": self.latest_job.as_ref().map(|it| &it.id),
            "next": self.next.map(|at| at.to_string()),
        })
    }
}

/// The record of a target; `None` if the triple is no target. Ranks the target's cohort, about 10 ns
/// per target of it, if a rollout rule applies.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
#[must_use]
pub fn record(fleet: &Fleet, target: &Triple, examine: Examine) -> Option<Record> {
    let target = find_target(fleet.world(), target)?;
    records(fleet, &[target], examine).pop()
}

/// The records of many targets, in their order; those that do not exist are left out. Some kilobytes
/// each; [`each_record`] keeps one at a time.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
#[must_use]
pub fn records(fleet: &Fleet, targets: &[TargetRef], examine: Examine) -> Vec<Record> {
    let mut found = Vec::with_capacity(targets.len());
    visit_records(fleet, targets, examine, &mut |record| found.push(record));
    found
}

/// Calls `visit` with the record of every target, in their order; those that do not exist are left
/// out. Below 30 us each. The fleet is taken exclusively, so that `visit` cannot ask for a record
/// while one is being made.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
pub fn each_record(
    fleet: &mut Fleet,
    targets: &[TargetRef],
    examine: Examine,
    visit: &mut dyn FnMut(Record),
) {
    visit_records(fleet, targets, examine, visit);
}

fn visit_records(
    fleet: &Fleet,
    targets: &[TargetRef],
    examine: Examine,
    visit: &mut dyn FnMut(Record),
) {
    with_reads(fleet, |world, found| {
        let mut dockets: FixedMap<CohortIx, Docket<'_, '_, '_>> = fixed_map();
        for &target in targets {
            let docket = dockets
                .entry(target.cohort)
                .or_insert_with(|| Docket::new(world, found, target.cohort));
            if let Some(subject) = docket.subject(target) {
                visit(docket.record(&subject, examine));
            }
        }
    });
}

/// Finds what records read. Made when the systems are installed, which takes the world; reading
/// shares it, one record at a time.
#[derive(Resource)]
pub(crate) struct Reader(Mutex<SystemState<Params>>);

/// What records read, before it is found.
type Params = (policies::World<'static, 'static>, Limited<'static, 'static>);

impl FromWorld for Reader {
    fn from_world(world: &mut World) -> Self {
        Self(Mutex::new(SystemState::new(world)))
    }
}

/// Calls `read` with what records read; it must not come back here.
fn with_reads(fleet: &Fleet, read: impl FnOnce(&World, Found<'_, '_, '_>)) {
    let world = fleet.world();
    let mut state = world.resource::<Reader>().0.lock().unwrap_or_else(PoisonError::into_inner);
    let (params, limited) = state.get(world).expect("every fleet has what records read");
    let reads = params.reads().expect("target columns are table-stored");
    let lines = Lines::new(world, &limited).expect("target columns are table-stored");
    read(world, Found { reads: &reads, lines: &lines });
}

/// What records read, found.
#[derive(Clone, Copy)]
struct Found<'a, 'w, 's> {
    reads: &'a Reads<'a, 'w, 's>,
    lines: &'a Lines<'a, 'w, 's>,
}

/// The candidates of a cohort, each prepared when first asked about.
struct Docket<'a, 'w, 's> {
    world: &'a World,
    found: Found<'a, 'w, 's>,
    now: SimTime,
    cohort: CohortIx,
    candidates: Vec<OnceCell<Examination<'a, Reads<'a, 'w, 's>, PolicyColumns<'a>>>>,
    /// The policies that may fail on a target here.
    doubtful: OnceCell<Vec<PolicyIx>>,
}

impl<'a, 'w, 's> Docket<'a, 'w, 's> {
    fn new(world: &'a World, found: Found<'a, 'w, 's>, cohort: CohortIx) -> Self {
        let deployment = world.resource::<Cohorts>()[cohort].deployment;
        let count = world.resource::<CandidateLists>().of(deployment).len();
        Self {
            world,
            found,
            now: world.resource::<Clock>().0,
            cohort,
            candidates: std::iter::repeat_with(OnceCell::new).take(count).collect(),
            doubtful: OnceCell::new(),
        }
    }

    /// The candidate at a position of the candidate list.
    fn examined(&self, at: usize) -> &Examination<'a, Reads<'a, 'w, 's>, PolicyColumns<'a>> {
        self.candidates[at].get_or_init(|| {
            let cohort = &self.world.resource::<Cohorts>()[self.cohort];
            let candidate = &self.world.resource::<CandidateLists>().of(cohort.deployment)[at];
            let reads = self.found.reads;
            let rows = reads.rows(cohort);
            Examination::new(self.world, Judge::new(reads, self.now, cohort, rows, candidate))
        })
    }

    /// The target as checks see it; `None` if it does not exist.
    fn subject(&self, target: TargetRef) -> Option<Subject<'a>> {
        let cohort = &self.world.resource::<Cohorts>()[self.cohort];
        let row = cohort.live_position(target.resource)? as usize;
        let classes = self.world.resource::<Applicability>().classes(self.cohort);
        let ledger = *self.found.reads.ledger(cohort, row);
        Some(Subject { target, row, policies: policies_of(classes, row), ledger })
    }

    /// What planning and eligibility say of a target.
    fn plan(&self, subject: &Subject<'_>, examine: Examine) -> Plan<'a> {
        let (mut candidates, mut next) = (Vec::new(), None);
        let mut chosen: Option<&Examination<'_, _, _>> = None;
        for at in 0..self.candidates.len() {
            if chosen.is_some() && examine == Examine::UpToChosen {
                break;
            }
            let examined = self.examined(at);
            let results = examined.results(subject);
            let verdict = fold(&results);
            if chosen.is_none() {
                if verdict == Verdict::Allowed {
                    chosen = Some(examined);
                }
                next = earliest(next, results.iter().filter_map(CheckResult::changes).min());
            }
            let version_id = examined.candidate().id.to_string();
            candidates.push(CandidateRecord { version_id, verdict, results });
        }
        let eligibility = chosen.map(|chosen| {
            let edition = chosen.candidate().edition;
            let deployment = self.world.resource::<Cohorts>()[self.cohort].deployment;
            let has_agent = has_agent(self.world, deployment, subject.target.resource);
            let desired = Desired {
                edition,
                variables: self.variables(subject),
                head: subject.ledger.head,
                jobs: &self.world.resource::<Jobs>().0,
                sets: self.world.resource::<VariableSets>(),
                has_agent,
                only_newest: self.world.resource::<RuleBook>().only_newest_attempts(),
            };
            let limits = self.found.lines.results(chosen, subject, edition, has_agent);
            examine_release(self.world, desired, subject.policies, limits, self.now)
        });
        let next = earliest(next, eligibility.as_ref().and_then(EligibilityRecord::next));
        Plan { candidates, chosen: chosen.map(Examination::candidate), eligibility, next }
    }

    fn variables(&self, subject: &Subject<'_>) -> VariablesId {
        let cohort = &self.world.resource::<Cohorts>()[self.cohort];
        self.world.resource::<Variables>().of(cohort, subject.target.resource)
    }

    /// The policies that do not apply to a target because a selector failed.
    fn failed_policies(&self, subject: &Subject<'_>) -> Vec<FailedPolicy> {
        let world = self.world;
        let cohort = &world.resource::<Cohorts>()[self.cohort];
        let Some(bindings) = bindings_of(world, cohort) else { return Vec::new() };
        let book = world.resource::<RuleBook>();
        let doubtful = self.doubtful.get_or_init(|| {
            let mut policies = book.policies();
            policies.retain(|&policy| may_fail(world, policy, &bindings));
            policies
        });
        let resource = item::<FleetResource>(world, subject.target.resource);
        let bindings = resource.map_or(bindings, |resource| bindings.with(Of::Resource, resource));
        let others = doubtful.iter().filter(|policy| !subject.policies.contains(policy));
        let failed = others.filter_map(|&policy| {
            let error = scope_means(world, policy, &bindings).err()?.to_string();
            Some(FailedPolicy { policy_id: book.get(policy)?.id.clone(), error })
        });
        failed.collect()
    }

    fn record(&self, subject: &Subject<'_>, examine: Examine) -> Record {
        let (world, target) = (self.world, subject.target);
        let Plan { candidates, chosen, eligibility, next } = self.plan(subject, examine);
        let jobs = &world.resource::<Jobs>().0;
        let release = |job: &Job| release_view(world, target, job.edition, job.variables);
        let current = subject.ledger.current.get();
        let latest = chain(jobs, subject.ledger.head).max_by_key(|&(ix, job)| (job.created_at, ix));
        Record {
            key: target_key(world, target),
            target: triple_of(world, target),
            at: self.now,
            desired: chosen
                .map(|it| release_view(world, target, it.edition, self.variables(subject))),
            candidates,
            failed_policies: self.failed_policies(subject),
            next,
            eligibility,
            current: current.map(|ix| release(&jobs[ix.slot()])),
            latest_job: latest.map(|(ix, _)| job_view(world, ix)),
        }
    }
}

/// What planning and eligibility say of a target.
struct Plan<'a> {
    candidates: Vec<CandidateRecord>,
    chosen: Option<&'a Candidate>,
    eligibility: Option<EligibilityRecord>,
    next: Option<SimTime>,
}

/// The earlier of two instants either of which may be absent.
fn earliest(a: Option<SimTime>, b: Option<SimTime>) -> Option<SimTime> {
    a.into_iter().chain(b).min()
}
