//! Replaying the events of a scenario, and viewing what the fleet came to as a [`State`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::fleet::relations::{Neighbours, RelatableIx};
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::model::{Deployment, Dialect, Environment, Resource};
use shakedown_engine::read::{JobView, ReleaseView};
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{Event, Payload, Triple};
use shakedown_systems::load::DEFAULT_WORKSPACE;
use shakedown_systems::record::{CandidateRecord, Examine, Record, records};

use super::case::Case;
use super::deviation::{self, Emulation, polled};
use super::state::{
    CANDIDATES, CURRENT, DESIRED, Difference, EVENT, Evidence, Fields, JOBS, NEXT, RECONCILE_ALL,
    State, instant,
};

/// Most rounds of reactions to one event; each creates a job or a waiver, so they end by themselves.
const MAX_ROUNDS: usize = 256;

/// Applies the events of a case one by one to an empty workspace, and views the end. `emulations`
/// make the engine decide as the recorded one did.
///
/// Also tells what must not happen on the way: an event that is refused, a `reconcile.all` that
/// changes something.
#[must_use]
pub(super) fn replay(case: &Case, emulations: &[&Emulation]) -> (State, Vec<Difference>) {
    let mut events = case.events.clone();
    // Those with higher numbers prepare what the others read.
    for emulation in emulations.iter().rev() {
        events = (emulation.rewrite)(case, events);
    }
    let mut fleet = shakedown_systems::fleet_in(Dialect::RECORDED, DEFAULT_WORKSPACE, case.now);
    let mut incidents = Vec::new();
    // Events that the recorded engine takes without looking at any target.
    let mut unnoticed = Vec::new();
    for json in &events {
        let event = match Event::decode(json, case.now) {
            Ok(event) => event,
            Err(error) => {
                incidents.push(refused(json, &error.into()));
                continue;
            }
        };
        if emulations.iter().any(|it| (it.is_unnoticed)(json)) {
            unnoticed.push(event);
            continue;
        }
        let before = (event.payload == Payload::ReconcileAll).then(|| fleet.digest());
        unnoticed.push(event);
        if let Some(first) = apply_at_once(&mut fleet, std::mem::take(&mut unnoticed)) {
            incidents.push(refused(json, &first));
        }
        if let Some(before) = before {
            let [before, after] = [before, fleet.digest()].map(|it| json!(it.to_string()));
            incidents.extend(Difference::between(None, RECONCILE_ALL, Some(&before), Some(&after)));
        }
        react(&mut fleet, json, emulations);
    }
    let settled = view(&mut fleet);
    let mut state = if unnoticed.is_empty() {
        settled
    } else {
        // Their order was right when they were recorded, so none is refused.
        apply_at_once(&mut fleet, unnoticed);
        without_new_jobs(view(&mut fleet), &settled)
    };
    for emulation in emulations {
        (emulation.adjust)(case, &mut state);
    }
    (state, incidents)
}

/// Applies events without looking at a target before the last of them, though they are of several instants;
/// returns why the first that is refused is.
fn apply_at_once(fleet: &mut Fleet, events: Vec<Event>) -> Option<Rejection> {
    if let [_] = events[..] {
        return fleet.apply_together(events).err().map(Rejection::from);
    }
    if let Some(at) = events.first()?.at.filter(|&at| at >= fleet.now()) {
        fleet.advance(at, &mut |_, _| {}).ok();
    }
    fleet.apply_document(events).1.into_iter().next().map(|first| first.rejection)
}

fn refused(event: &Json, rejection: &Rejection) -> Difference {
    let actual = json!({
        "refused": rejection.class.name(),
        "field": rejection.path.to_string(),
        "message": rejection.message,
    });
    let deviation = deviation::of_refusal(event, rejection);
    let evidence = deviation.map(|_| Evidence::ErrorClass);
    Difference { target: None, field: EVENT, expected: event.clone(), actual, deviation, evidence }
}

fn react(fleet: &mut Fleet, event: &Json, emulations: &[&Emulation]) {
    for round in 0..MAX_ROUNDS {
        let reactions: Vec<Event> =
            emulations.iter().flat_map(|it| (it.react)(fleet, event, round)).collect();
        if reactions.is_empty() {
            return;
        }
        fleet.apply_together(reactions).ok();
    }
}

/// The state with no more jobs than there were before.
fn without_new_jobs(mut state: State, before: &State) -> State {
    for (triple, fields) in &mut state.targets {
        let jobs_before = before.targets.get(triple).and_then(|it| it.get(JOBS)?.as_array());
        if let Some(jobs) = fields.get_mut(JOBS).and_then(Json::as_array_mut) {
            jobs.truncate(jobs_before.map_or(0, Vec::len));
        }
    }
    state
}

/// Everything a golden can state, as of the last event.
fn view(fleet: &mut Fleet) -> State {
    let mut state = State::default();
    let mut records: BTreeMap<Triple, Record> =
        all_records(fleet).into_iter().map(|it| (it.target.clone(), it)).collect();
    for target in fleet.targets() {
        let current = target.current.map(|version| json!({ "versionId": version }));
        let record = records.remove(&target.triple).expect("every target has a record");
        let fields = Fields::from([
            (CANDIDATES, record.candidates.iter().map(candidate).collect()),
            (NEXT, instant(record.next)),
            (DESIRED, target.desired.as_ref().map_or(Json::Null, release)),
            (CURRENT, current.unwrap_or(Json::Null)),
            (JOBS, jobs(&target.jobs)),
        ]);
        state.polled.insert(target.triple.clone(), polled(fleet, &record));
        state.order.push(target.triple.clone());
        state.targets.insert(target.triple, fields);
    }
    let departed = fleet.departed().into_iter();
    state.removed = departed.map(|target| (target.triple, jobs(&target.jobs))).collect();
    state.related = related(fleet);
    state
}

fn release(release: &ReleaseView) -> Json {
    let variables: BTreeMap<&str, &Json> =
        release.variables.iter().map(|(key, value)| (key.as_str(), value)).collect();
    json!({
        "versionId": release.version_id,
        "tag": release.tag,
        "releaseId": release.release_id,
        "variables": variables,
    })
}

fn jobs(jobs: &[JobView]) -> Json {
    let jobs = jobs.iter();
    jobs.map(|job| json!({ "versionId": job.version_id, "status": job.status.name() })).collect()
}

/// The records of all targets, every candidate examined.
pub(super) fn all_records(fleet: &mut Fleet) -> Vec<Record> {
    let cohorts = fleet.world().resource::<Cohorts>();
    let targets: Vec<TargetRef> =
        cohorts.iter().flat_map(|(ix, _)| cohorts.live_members(ix)).collect();
    records(fleet, &targets, Examine::All)
}

fn candidate(candidate: &CandidateRecord) -> Json {
    let blocking = candidate.results.iter().filter(|it| it.verdict != Verdict::Allowed);
    let kinds: BTreeSet<&str> = blocking.flat_map(|it| kinds(it.code.name())).copied().collect();
    json!({
        "versionId": candidate.version_id,
        "allowed": candidate.verdict == Verdict::Allowed,
        "blockedBy": kinds,
    })
}

/// What goldens call the check with this code.
fn kinds(code: &'static str) -> &'static [&'static str] {
    match code.split_once('.').map_or(code, |(check, _)| check) {
        // The recorded engine has two checks of the status, of which a paused version fails both.
        "status" if code == Reason::StatusPaused.code() => {
            &["deployableVersions", "pausedVersions"]
        }
        "status" => &["deployableVersions"],
        "approval" => &["approval"],
        "progression" => &["environmentProgression"],
        "rollout" => &["gradualRollout"],
        "version_selector" => &["versionSelector"],
        _ => &["none of the recorded kinds"],
    }
}

fn related(fleet: &Fleet) -> BTreeMap<String, Json> {
    let world = fleet.world();
    let resources = world.resource::<Registry<Resource>>();
    let neighbours = Neighbours::of(world);
    let mut all = BTreeMap::new();
    for resource in resources.present() {
        let mut references: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for it in neighbours.related(RelatableIx::Resource(resource)) {
            let id = match it.entity {
                RelatableIx::Resource(ix) => resources.id(ix),
                RelatableIx::Environment(ix) => world.resource::<Registry<Environment>>().id(ix),
                RelatableIx::Deployment(ix) => world.resource::<Registry<Deployment>>().id(ix),
            };
            references.entry(it.reference).or_default().insert(id);
        }
        if !references.is_empty() {
            all.insert(resources.id(resource).to_owned(), json!(references));
        }
    }
    all
}
