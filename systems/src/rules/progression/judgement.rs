//! What upstream environments say of a version, and since when.

use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::model::reason::Reason;

/// What a rule knows of one upstream environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    pub(super) targets: u32,
    pub(super) have: usize,
    pub(super) required: usize,
    /// When enough had succeeded, if enough have.
    pub(super) rate_at: Option<SimTime>,
    /// The end of the soak, if it is on and there is a success.
    pub(super) soaked: Option<SimTime>,
    /// The age of what succeeded, if it is limited and there is a success.
    pub(super) aging: Option<Aging>,
}

/// The age of what succeeded, limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aging {
    pub(super) last: SimTime,
    pub(super) hours: i32,
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
    /// Of an environment in which there is nothing to succeed, which counts as a success since then.
    pub(super) const fn vacuous(since: SimTime) -> Self {
        let (soaked, aging) = (None, None);
        Self { targets: 0, have: 0, required: 0, rate_at: Some(since), soaked, aging }
    }

    /// Every reason why the version does not succeed there at `now`, in the order of SEMANTICS 8.4.
    pub fn failures(self, now: SimTime) -> impl Iterator<Item = Failure> {
        let Self { targets, have, required: need, rate_at, soaked, aging } = self;
        let soaking = soaked.filter(|&until| now < until);
        let too_old = aging.filter(|aging| now >= aging.lapses());
        let failures = [
            (targets == 0 && rate_at.is_none()).then_some(Failure::NoTargets),
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

    /// When the version begins to succeed there by itself; `None` if it does already, or not at the end of
    /// the soak.
    #[must_use]
    pub fn succeeds_at(self, now: SimTime) -> Option<SimTime> {
        self.soaks_until(now).filter(|&soaked| self.lapses().is_none_or(|lapse| soaked < lapse))
    }

    /// The next instant after `now` at which time alone may change what the rule says.
    #[must_use]
    pub fn wake(self, now: SimTime) -> Option<SimTime> {
        self.soaked.into_iter().chain(self.lapses()).filter(|&at| at > now).min()
    }
}

/// What a rule says of a version in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progressed {
    /// Since when the version may go on, or why it may not.
    pub verdict: Result<SimTime, Reason>,
    /// The next instant at which time alone may change the verdict.
    pub wake: Option<SimTime>,
}

impl Progressed {
    /// The selector fails.
    pub(super) const SELECTOR_ERROR: Self =
        Self { verdict: Err(Reason::ProgressionSelectorError), wake: None };
    /// What holds before the first upstream environment is seen.
    pub(super) const NO_UPSTREAM: Self =
        Self { verdict: Err(Reason::ProgressionNoUpstream), wake: None };

    /// Takes one more upstream environment into account: one success suffices.
    #[must_use]
    pub(super) fn or(self, judgement: Judgement, now: SimTime) -> Self {
        let since = self.verdict.ok().into_iter().chain(judgement.since(now)).min();
        Self {
            verdict: since.ok_or(Reason::ProgressionNotMet),
            wake: self.wake.into_iter().chain(judgement.wake(now)).min(),
        }
    }
}
