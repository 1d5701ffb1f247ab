//! Version cooldown (`versionCooldown`): a minimum distance from the version that a target runs
//! (SEMANTICS 8.7). Asked once per undecided target.

mod references;

use std::cell::RefCell;

use serde_json::json;
use shakedown_engine::base::ids::VersionIx;
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{DeploymentVersion, PolicyRule, VersionCooldown, WaiverType};

use self::references::References;
use super::answers::{Keep, Needs};
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject};
use super::judge::{Asked, Judge};
use super::result::{CheckResult, time};
use super::rule::Rule;
use super::surroundings::Surroundings;
use crate::facts::{Period, Reference};

/// A cooldown rule, compiled.
#[derive(Debug, Clone)]
pub struct Cooldown {
    /// Seconds.
    interval: u32,
}

/// The period of the version that was looked at last says nothing of the candidate.
impl Keep for RefCell<Period> {}

impl Rule for Cooldown {
    type Member = VersionCooldown;
    type Kept = References;
    /// When the version was created that the row asked last counts from.
    type Memo = RefCell<Period>;
    const WAIVER_TYPE: WaiverType = WaiverType::VersionCooldown;

    fn member(rule: &PolicyRule) -> Option<&VersionCooldown> {
        rule.version_cooldown.as_ref()
    }

    fn compile(member: &VersionCooldown, _compiling: &mut Compiling<'_>) -> Self {
        Self { interval: member.interval_seconds.unsigned_abs() }
    }

    fn reads(&self) -> Needs<'_> {
        Needs { own_jobs: true, timed_rows: true, ..Needs::default() }
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        references: &mut References,
    ) {
        let Asked { judge, scope, .. } = asked;
        for word in closing.words() {
            let rows = closing.asked_word(scope, word);
            references.look_up(word, rows, |row| reference_of(judge, row));
        }
        for (reference, rows) in references.groups() {
            let cooled =
                cooldown(Some(reference), judge.candidate.version, self.interval, judge.now);
            if let Cooled::Waiting { until, .. } = cooled
                && closing
                    .words()
                    .any(|word| closing.asked_word(scope, word) & rows.word(word) != 0)
            {
                closing.wake(until);
                closing.close(scope, Reason::CooldownWaiting, |word| !rows.word(word));
            }
        }
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult {
        let Asked { judge, .. } = asked;
        let reference = reference_of(judge, subject.row);
        let (reference, until) =
            match cooldown(reference, judge.candidate.version, self.interval, judge.now) {
                Cooled::NoReference => {
                    return CheckResult::allowed(Pass::CooldownNoReference, json!({}));
                }
                Cooled::SameVersion => {
                    return CheckResult::allowed(Pass::CooldownSameVersion, json!({}));
                }
                Cooled::Passed(reference) => (reference, None),
                Cooled::Waiting { reference, until } => (reference, Some(until)),
            };
        let id = exam.world.resource::<Registry<DeploymentVersion>>().id(reference.version);
        let source = if reference.in_progress { "in_progress" } else { "deployed" };
        let Some(until) = until else {
            let params = json!({ "reference": id, "source": source });
            return CheckResult::allowed(Pass::CooldownPassed, params);
        };
        let params = json!({ "reference": id, "source": source, "until": time(until) });
        let waiting = CheckResult::blocked(Reason::CooldownWaiting, params);
        CheckResult { next: until.ever(), ..waiting }
    }
}

/// What cooldowns of a row count from.
#[inline]
fn reference_of(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    row: usize,
) -> Option<Reference> {
    judge.surroundings.reference(judge.ledger(row), &mut judge.memo.cooldown.borrow_mut())
}

/// What a cooldown rule says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cooled {
    /// The target runs nothing.
    NoReference,
    /// The candidate is the reference.
    SameVersion,
    /// The reference is old enough.
    Passed(Reference),
    /// It will be.
    Waiting {
        /// What the rule counts from.
        reference: Reference,
        /// When it is old enough.
        until: SimTime,
    },
}

/// Asks whether a candidate must wait for the reference to grow older than `interval` seconds.
fn cooldown(
    reference: Option<Reference>,
    candidate: VersionIx,
    interval: u32,
    now: SimTime,
) -> Cooled {
    let Some(reference) = reference else { return Cooled::NoReference };
    if reference.version == candidate {
        return Cooled::SameVersion;
    }
    let until = reference.created_at.plus(i64::from(interval) * SECOND);
    if now < until { Cooled::Waiting { reference, until } } else { Cooled::Passed(reference) }
}

#[cfg(test)]
mod tests {
    use shakedown_engine::base::time::MINUTE;

    use super::*;

    #[test]
    fn cooldowns_follow_the_vectors() {
        let ago = |nanoseconds: i64| Reference {
            version: VersionIx(3),
            created_at: SimTime(-nanoseconds),
            in_progress: false,
        };
        let (now, half, hour, two) =
            (ago(0), ago(30 * MINUTE), ago(60 * MINUTE), ago(120 * MINUTE));
        let waiting =
            |reference, minutes| Cooled::Waiting { reference, until: SimTime(minutes * MINUTE) };
        for (name, reference, candidate, interval, expected) in [
            ("30 min ago", Some(half), 4, 3600, waiting(half, 30)),
            ("2 h ago", Some(two), 4, 3600, Cooled::Passed(two)),
            ("exactly", Some(hour), 4, 3600, Cooled::Passed(hour)),
            ("interval 0", Some(now), 4, 0, Cooled::Passed(now)),
            ("no reference", None, 4, 3600, Cooled::NoReference),
            ("same version", Some(now), 3, 3600, Cooled::SameVersion),
            ("older candidate", Some(now), 2, 3600, waiting(now, 60)),
        ] {
            let cooled = cooldown(reference, VersionIx(candidate), interval, SimTime(0));
            assert_eq!(cooled, expected, "8.7 {name}");
        }
    }
}
