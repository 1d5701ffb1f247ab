//! The state a scenario ends in, as recorded and as reached: one shape for both, so that comparing is
//! comparing JSON.
//!
//! Vocabulary: a *field* is one thing that is said of a target (`desired`, `jobs`, ..) or, under
//! `related`, of a resource; its value is JSON in the shape of a golden.
//!
//! Invariant: both sides are normalised: resources related to nothing are left out, and a field that
//! a golden does not state is not there.

use std::collections::BTreeMap;

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::wire::event::Triple;

/// What is said of a target, by field.
pub type Fields = BTreeMap<&'static str, Json>;

/// The release that a target should have.
pub const DESIRED: &str = "desired";
/// The version that it has.
pub const CURRENT: &str = "current";
/// Its jobs, in creation order.
pub const JOBS: &str = "jobs";
/// What the rules say of every version of its deployment.
pub const CANDIDATES: &str = "candidates";
/// When time alone may change that.
pub const NEXT: &str = "nextEvaluation";
/// Whether the target exists.
pub const TARGETS: &str = "targets";
/// The jobs of a target that exists no more.
pub const REMOVED: &str = "removed";
/// What a resource is related to.
pub const RELATED: &str = "related";
/// What reconciling everything must not change.
pub const RECONCILE_ALL: &str = "reconcile.all";
/// An event that was not taken.
pub const EVENT: &str = "event";

/// The state that a scenario ends in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// The targets in listed order.
    pub order: Vec<Triple>,
    /// What is said of each of them.
    pub targets: BTreeMap<Triple, Fields>,
    /// The jobs of targets that exist no more.
    pub removed: BTreeMap<Triple, Json>,
    /// By resource id: reference to entity ids, sorted, each once.
    pub related: BTreeMap<String, Json>,
    /// `nextEvaluation` as the recorded engine computes it, and the deviation by which ours differs;
    /// only of what was reached.
    pub polled: BTreeMap<Triple, Polled>,
}

/// When the recorded engine looks at a target again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polled {
    /// The instant, if there is one.
    pub at: Option<SimTime>,
    /// The number of the deviation.
    pub deviation: u8,
}

/// An instant as a golden states it: whole seconds, truncated.
#[must_use]
pub fn instant(at: Option<SimTime>) -> Json {
    json!(at.map(|at| SimTime(at.0.div_euclid(SECOND) * SECOND).to_string()))
}

/// The key of a target: the ids of its parts joined by hyphens.
#[must_use]
pub fn key(triple: &Triple) -> String {
    format!("{}-{}-{}", triple.resource_id, triple.environment_id, triple.deployment_id)
}

/// A difference between what was recorded and what was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The target's key, or the id of the resource that is related; `None` for the whole scenario.
    pub target: Option<String>,
    /// What differs.
    pub field: &'static str,
    /// As recorded; null is "nothing".
    pub expected: Json,
    /// As reached.
    pub actual: Json,
    /// The number of the deviation that it shows.
    pub deviation: Option<u8>,
    /// What tells so, if it shows one.
    pub evidence: Option<Evidence>,
}

/// What tells that a difference is a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Deciding as the recorded engine does in that respect reaches the recorded state in full.
    Emulation,
    /// A formula for when the recorded engine looks again gives the recorded instant. Weaker: whoever is
    /// wrong about the formula is wrong about both.
    Formula,
    /// The class of the error with which an event is refused. Weaker: it is not shown that the recorded
    /// engine does what follows from taking the event.
    ErrorClass,
}

impl Evidence {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emulation => "emulation",
            Self::Formula => "formula",
            Self::ErrorClass => "error class",
        }
    }
}

impl Difference {
    /// The difference between two values of a field, if there is one.
    #[must_use]
    pub fn between(
        target: Option<String>,
        field: &'static str,
        expected: Option<&Json>,
        actual: Option<&Json>,
    ) -> Option<Self> {
        let [expected, actual] = [expected, actual].map(|it| it.cloned().unwrap_or(Json::Null));
        let differs = expected != actual;
        differs.then_some(Self { target, field, expected, actual, deviation: None, evidence: None })
    }
}

/// All differences: target by target, then removed targets, relations, the order of targets.
///
/// An instant that follows from how the recorded engine polls has its deviation at once.
#[must_use]
pub fn differences(recorded: &State, reached: &State) -> Vec<Difference> {
    let mut found = Vec::new();
    for triple in union(&recorded.targets, &reached.targets) {
        match [recorded, reached].map(|it| it.targets.get(triple)) {
            [Some(expected), Some(actual)] => {
                let polled = reached.polled.get(triple);
                found.extend(expected.iter().filter_map(|(&field, expected)| {
                    let target = Some(key(triple));
                    let found =
                        Difference::between(target, field, Some(expected), actual.get(field));
                    let polled = polled.filter(|it| field == NEXT && instant(it.at) == *expected);
                    found.map(|it| Difference {
                        deviation: polled.map(|it| it.deviation),
                        evidence: polled.map(|_| Evidence::Formula),
                        ..it
                    })
                }));
            }
            sides => {
                let [expected, actual] = sides.map(|fields| fields.map(|it| json!(it)));
                let (expected, actual) = (expected.as_ref(), actual.as_ref());
                found.extend(Difference::between(Some(key(triple)), TARGETS, expected, actual));
            }
        }
    }
    for triple in union(&recorded.removed, &reached.removed) {
        let [expected, actual] = [recorded, reached].map(|it| it.removed.get(triple));
        found.extend(Difference::between(Some(key(triple)), REMOVED, expected, actual));
    }
    for id in union(&recorded.related, &reached.related) {
        let [expected, actual] = [recorded, reached].map(|it| it.related.get(id));
        found.extend(Difference::between(Some(id.clone()), RELATED, expected, actual));
    }
    let [expected, actual] = [common(recorded, reached), common(reached, recorded)];
    found.extend(Difference::between(None, TARGETS, Some(&expected), Some(&actual)));
    found
}

fn union<'a, K: Ord, V>(a: &'a BTreeMap<K, V>, b: &'a BTreeMap<K, V>) -> Vec<&'a K> {
    let mut keys: Vec<&K> = a.keys().chain(b.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys of the targets that both sides have, in the order of `state`.
fn common(state: &State, other: &State) -> Json {
    state.order.iter().filter(|it| other.targets.contains_key(it)).map(key).collect()
}
