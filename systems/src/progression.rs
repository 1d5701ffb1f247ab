//! Environment progression (`environmentProgression`): a version goes on once it succeeded in an
//! environment upstream (SEMANTICS 8.4).
//!
//! Vocabulary: *upstream* is an environment of the same system that the rule selects; a *success* is
//! a completed job of the version on a current target there, with a status that counts.
//!
//! Evaluated once per (scope, environment, version), never per target; the successes are counted as
//! jobs change ([`crate::successes`]).

use shakedown_engine::base::time::{HOUR, MINUTE, SimTime};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{EnvironmentProgression, JobStatus};
use shakedown_engine::select::{EvalError, Place, Selector, SelectorError, Subject};
use thiserror::Error;

use crate::successes::{Facts, StatusSet};

/// A progression rule, compiled.
#[derive(Debug, Clone)]
pub struct Progression {
    /// Which environments are upstream.
    pub selector: Result<Selector, SelectorError>,
    /// Millionths of a percent.
    minimum_success: u64,
    /// Which statuses of completed jobs are a success.
    pub statuses: StatusSet,
    /// Nanoseconds, if on.
    soak: Option<i64>,
    /// Hours, if on.
    maximum_age: Option<i32>,
}

impl Progression {
    /// Compiles a rule member.
    #[must_use]
    pub fn new(member: &EnvironmentProgression) -> Self {
        let place = Place::Entity(Subject::Environment);
        let on = |amount: i32| (amount > 0).then_some(amount);
        let statuses = member.success_statuses.as_deref();
        Self {
            selector: Selector::compile(&member.depends_on_environment_selector, place),
            minimum_success: member.minimum_success,
            statuses: StatusSet::of(statuses.unwrap_or(&[JobStatus::Successful])),
            soak: on(member.minimum_soak_time_minutes)
                .map(|it| i64::from(it).saturating_mul(MINUTE)),
            maximum_age: on(member.maximum_age_hours),
        }
    }

    /// How many of `targets` must have succeeded: at least one, else the share rounded up.
    #[must_use]
    pub fn required(&self, targets: u32) -> usize {
        let share = u128::from(targets) * u128::from(self.minimum_success);
        usize::try_from(share.div_ceil(100_000_000)).unwrap_or(usize::MAX).max(1)
    }

    /// Judges one upstream environment.
    #[must_use]
    pub fn judge(&self, facts: Facts<'_>) -> Judgement {
        let required = self.required(facts.targets);
        let rate_at = facts.firsts.get(required - 1).copied();
        let latest = facts.firsts.last();
        let age = self.maximum_age.filter(|_| latest.is_some());
        Judgement {
            targets: facts.targets,
            have: facts.firsts.len(),
            required,
            rate_at,
            soaked: self.soak.and_then(|soak| latest.map(|latest| latest.plus(soak))),
            aging: age.map(|hours| Aging { last: facts.last, hours }),
        }
    }
}

/// What a rule knows of one upstream environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    targets: u32,
    have: usize,
    required: usize,
    /// When enough had succeeded, if enough have.
    rate_at: Option<SimTime>,
    /// The end of the soak, if it is on and there is a success.
    soaked: Option<SimTime>,
    /// The age of what succeeded, if it is limited and there is a success.
    aging: Option<Aging>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Aging {
    last: SimTime,
    hours: i32,
}

impl Aging {
    fn lapses(self) -> SimTime {
        self.last.plus(i64::from(self.hours).saturating_mul(HOUR)).plus(1)
    }
}

/// Why a version does not succeed in an upstream environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There are no targets.
    NoTargets,
    /// Too few targets have a success.
    NotEnoughSuccesses {
        /// Targets with a success.
        have: usize,
        /// As many as needed.
        need: usize,
        /// Targets.
        targets: u32,
    },
    /// The soak is not over.
    Soaking {
        /// When it is.
        until: SimTime,
    },
    /// The last success is too long ago.
    TooOld {
        /// The last success.
        last: SimTime,
        /// The maximum age.
        max_hours: i32,
    },
}

impl Failure {
    /// The code in records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoTargets => "progression.no_targets",
            Self::NotEnoughSuccesses { .. } => "progression.not_enough_successes",
            Self::Soaking { .. } => "progression.soaking",
            Self::TooOld { .. } => "progression.too_old",
        }
    }
}

impl Judgement {
    /// Every reason why the version does not succeed there at `now`, in the order of SEMANTICS 8.4.
    pub fn failures(self, now: SimTime) -> impl Iterator<Item = Failure> {
        let Self { targets, have, required: need, rate_at, soaked, aging } = self;
        let soaking = soaked.filter(|&until| now < until);
        let too_old = aging.filter(|aging| now >= aging.lapses());
        let failures = [
            (targets == 0).then_some(Failure::NoTargets),
            rate_at.is_none().then_some(Failure::NotEnoughSuccesses { have, need, targets }),
            soaking.map(|until| Failure::Soaking { until }),
            too_old.map(|it| Failure::TooOld { last: it.last, max_hours: it.hours }),
        ];
        failures.into_iter().flatten()
    }

    /// Since when the version succeeds there; `None` if it does not at `now`.
    #[must_use]
    pub fn since(self, now: SimTime) -> Option<SimTime> {
        let at = self.rate_at.max(self.soaked);
        at.filter(|_| self.failures(now).next().is_none())
    }

    /// When that ends by itself; `None` if never.
    #[must_use]
    pub fn lapses(self) -> Option<SimTime> {
        self.aging.map(Aging::lapses)
    }

    /// The end of the soak, if nothing else is missing at `now`.
    #[must_use]
    pub fn soaks_until(self, now: SimTime) -> Option<SimTime> {
        let mut failures = self.failures(now);
        match (failures.next(), failures.next()) {
            (Some(Failure::Soaking { until }), None) => Some(until),
            _ => None,
        }
    }

    /// The next instant after `now` at which time alone may change what the rule says.
    #[must_use]
    pub fn wake(self, now: SimTime) -> Option<SimTime> {
        self.soaked.into_iter().chain(self.lapses()).filter(|&at| at > now).min()
    }
}

/// Why upstream environments cannot be told.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum UpstreamError<'a> {
    /// The selector cannot compile.
    #[error("{0}")]
    Broken(&'a SelectorError),
    /// The selector has no answer for some environment.
    #[error("{0}")]
    Failed(EvalError),
}

/// What a rule says of a version in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progressed {
    /// Since when the version may go on, or why it may not.
    pub verdict: Result<SimTime, Reason>,
    /// The next instant at which time alone may change the verdict.
    pub wake: Option<SimTime>,
}

impl Progressed {
    /// The selector fails.
    pub const SELECTOR_ERROR: Self =
        Self { verdict: Err(Reason::ProgressionSelectorError), wake: None };
    /// What holds before the first upstream environment is seen.
    pub const NO_UPSTREAM: Self = Self { verdict: Err(Reason::ProgressionNoUpstream), wake: None };

    /// Takes one more upstream environment into account: one success suffices.
    #[must_use]
    pub fn or(self, judgement: Judgement, now: SimTime) -> Self {
        let since = self.verdict.ok().into_iter().chain(judgement.since(now)).min();
        Self {
            verdict: since.ok_or(Reason::ProgressionNotMet),
            wake: self.wake.into_iter().chain(judgement.wake(now)).min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::model::SelectorSource;

    fn rule(percent: f64, soak: i32, age: i32) -> Progression {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=10^8")]
        let minimum_success = (percent * 1e6).round() as u64;
        let member = EnvironmentProgression {
            depends_on_environment_selector: SelectorSource::Cel("true".to_owned()),
            minimum_success,
            success_statuses: None,
            minimum_soak_time_minutes: soak,
            maximum_age_hours: age,
            require_verification_passed: false,
        };
        Progression::new(&member)
    }

    #[test]
    fn required_follows_the_vectors() {
        for (targets, percent, expected) in [
            (3, 50.0, 2),
            (3, 67.0, 3),
            (3, 66.6, 2),
            (3, 33.3, 1),
            (3, 33.34, 2),
            (2, 50.0, 1),
            (10, 33.0, 4),
            (7, 14.3, 2),
            (100, 0.00005, 1),
            (2048, 100.0, 2048),
            (1000, 0.1, 1),
            (1000, 33.3, 333),
            (3, 33.3334, 2),
            (3, 0.0, 1),
        ] {
            let required = rule(percent, 0, 0).required(targets);
            assert_eq!(required, expected, "C-E20, C-E21: {percent} % of {targets}");
        }
    }

    #[test]
    fn judgements_follow_the_vectors() {
        let minutes = |at: i64| SimTime(at * MINUTE);
        let none = (None, None);
        let since = |at: i64| (Some(minutes(at)), None);
        for (name, rule, targets, firsts, last, expected) in [
            ("T-E1 no job", rule(0.0, 0, 0), 1, vec![], 0, none),
            ("T-E2 success", rule(0.0, 0, 0), 1, vec![-10], -10, since(-10)),
            ("T-E3 soaking", rule(0.0, 30, 0), 1, vec![-2], -2, (None, Some(minutes(28)))),
            ("T-E5 50 %", rule(50.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-10)),
            ("T-E5 67 %", rule(67.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-5)),
            ("T-E5b absent", rule(0.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-15)),
            ("T-E7 too few", rule(50.0, 0, 0), 3, vec![-10], -10, none),
            ("T-E8 no targets", rule(0.0, 0, 0), 0, vec![], 0, none),
            ("T-E9 soaked", rule(0.0, 30, 0), 1, vec![-40], -40, since(-10)),
            ("T-E11", rule(67.0, 15, 0), 3, vec![-30, -20, -18], -18, since(-3)),
            ("T-E14 off", rule(0.0, -10, 0), 1, vec![0], 0, since(0)),
            ("T-E17 too old", rule(0.0, 0, 2), 1, vec![-180], -180, none),
            (
                "C-E24 exactly",
                rule(0.0, 0, 2),
                1,
                vec![-120],
                -120,
                (Some(minutes(-120)), Some(SimTime(1))),
            ),
            ("C-E22 first counts", rule(0.0, 15, 0), 1, vec![-20], -10, since(-5)),
            ("C-E23", rule(0.0, 10, 0), 1, vec![-5], -1, (None, Some(minutes(5)))),
        ] {
            let firsts: Vec<SimTime> = firsts.into_iter().map(minutes).collect();
            let facts = Facts { targets, firsts: &firsts, last: minutes(last) };
            let judgement = rule.judge(facts);
            let now = SimTime(0);
            assert_eq!((judgement.since(now), judgement.wake(now)), expected, "{name}");
        }
    }
}
