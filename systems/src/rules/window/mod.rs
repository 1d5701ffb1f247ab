//! Deployment window (`deploymentWindow`): when deployments may happen (SEMANTICS 8.8).
//!
//! Vocabulary: an *occurrence* is an instant at which a window begins; the window that begins there
//! is `[start, start + duration)` in elapsed time. An *allow* window lets deployments pass inside
//! only, a *deny* window outside only. Deny windows of one rule that touch or overlap are a *chain*.
//!
//! Invariants: occurrences are a function of the rule alone, never of the clock; a rule is unrolled
//! around the clock once, and again when the clock passes its next occurrence, so that judging
//! compares instants.

mod chain;
mod recurrence;
mod rule;
#[cfg(test)]
mod tests;
mod text;

pub use rule::{first_common, first_common_within};
use text::{TextError, Until};

use std::collections::VecDeque;
use std::sync::Mutex;

use shakedown_engine::base::time::{MINUTE, SECOND, SECONDS_PER_DAY, SimTime, days_of};
use shakedown_engine::base::zone::Zone;
use shakedown_engine::model::DeploymentWindow;
use shakedown_engine::model::reason::Reason;
use thiserror::Error;

use recurrence::{LEAP_SECOND, Recurrence, Way, day_of};

/// Why a window cannot be unrolled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WindowError {
    /// The window's zone does not exist.
    #[error("`{0}` is no IANA time zone, such as `America/New_York`")]
    Zone(String),
    /// The rule cannot be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The rule starts at no instant that can be written.
    #[error("DTSTART lies outside the years 1678 to 2261")]
    Start,
    /// The rule can be read, but nothing is like that.
    #[error("the rule never recurs between the years 1678 and 2261")]
    NoOccurrence,
}

/// A window rule, compiled.
#[derive(Debug, Clone)]
pub struct Window {
    /// Whether deployments pass inside or outside.
    allow: bool,
    /// Nanoseconds of elapsed time.
    duration: i64,
    recurrence: Recurrence,
    /// The zone of the recurrence.
    zone: Zone,
    /// The last second in which a window may begin, since the Unix epoch; a bound on the wall clock is
    /// the recurrence's own.
    until: i64,
    /// Whether chains of deny windows end where their last window does, and rollouts begin when all
    /// windows let them (T11). Else every window stands by itself.
    is_chained: bool,
    /// Whether targets that have what they would get do not care (T12).
    spares_settled: bool,
    /// The occurrences around the clock.
    around: Around,
    /// Those around instants asked lately elsewhere.
    elsewhere: Elsewhere,
}

/// Two occurrences with none between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Around {
    /// `None` before the first.
    latest: Option<SimTime>,
    /// `None` after the last.
    next: Option<SimTime>,
    /// When the window ends that began at the former, or its chain; unset before the first.
    end: SimTime,
}

impl Around {
    /// Where nothing is known.
    const NOWHERE: Self = Self { latest: None, next: None, end: SimTime::UNSET };

    /// Whether these are the neighbours of an instant.
    fn holds(self, at: SimTime) -> bool {
        self.latest.is_none_or(|latest| latest <= at) && self.next.is_none_or(|next| at < next)
    }
}

/// Kept between questions, newest first, because the rollouts of all cohorts start at few instants; it
/// changes no answer.
#[derive(Debug, Default)]
struct Elsewhere(Mutex<VecDeque<Around>>);

/// How many are kept: a start for each of the versions that usually roll out at a time.
const KEPT: usize = 4;

impl Clone for Elsewhere {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What a window rule says of targets that are not exempt: all that have a current release or, if
/// settled ones are spared, that want another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Windowed {
    /// Inside an allow window.
    Open {
        /// Since when.
        start: SimTime,
        /// Until when.
        end: SimTime,
    },
    /// Outside every allow window.
    Closed {
        /// When the next one opens, if one does.
        next: Option<SimTime>,
    },
    /// Inside a deny window.
    Denied {
        /// When it ends, or its chain.
        end: SimTime,
    },
    /// Outside every deny window.
    Clear {
        /// When the next one begins, if one does.
        next: Option<SimTime>,
    },
}

impl Windowed {
    /// Why targets wait.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Open { .. } | Self::Clear { .. } => None,
            Self::Closed { .. } => Some(Reason::WindowClosed),
            Self::Denied { .. } => Some(Reason::WindowDenied),
        }
    }

    /// When time alone may change the answer.
    #[must_use]
    pub fn until(self) -> Option<SimTime> {
        match self {
            Self::Open { end, .. } | Self::Denied { end } => end.ever(),
            Self::Closed { next } | Self::Clear { next } => next,
        }
    }
}

impl Window {
    /// Compiles a rule of which every window stands by itself; `timezone` is in force unless the text
    /// has a start with its own.
    ///
    /// Below a millisecond, unless the rule recurs in no year or counts over centuries (some
    /// milliseconds).
    ///
    /// # Errors
    /// When the zone does not exist, or when the text is no rule or one that never recurs.
    pub fn new(rule: &DeploymentWindow) -> Result<Self, WindowError> {
        let zone = Zone::named(&rule.timezone);
        let zone = zone.ok_or_else(|| WindowError::Zone(rule.timezone.clone()))?;
        let text = text::read(&rule.rrule)?;
        let (anchor, zone) = match &text.start {
            None => (0, zone),
            Some(start) if start.at.utc => (start.at.local, Zone::UTC),
            Some(start) => {
                let own = start
                    .zone
                    .as_ref()
                    .map(|name| Zone::named(name).ok_or_else(|| TextError::Zone(name.clone())));
                (start.at.local, own.transpose()?.unwrap_or(zone))
            }
        };
        if !(FIRST_LOCAL..=LAST_LOCAL).contains(&anchor) {
            return Err(WindowError::Start);
        }
        let names_leap_second = text.parts.seconds.contains(&LEAP_SECOND);
        // On a clock that shows UTC, a time is its own instant; whoever wrote one meant the instant, and
        // the wall clock shows some of them twice and skips others (SEMANTICS 8.8, correction X2).
        let (until, last) = match text.until {
            None => (i64::MAX, i64::MAX),
            Some(Until::Instant(instant)) => (instant, i64::MAX),
            Some(Until::Local(local)) => (i64::MAX, local),
        };
        let recurrence = Recurrence::new(text.parts, anchor, last.clamp(FIRST_LOCAL, LAST_LOCAL));
        let around = Around::NOWHERE;
        let duration = i64::from(rule.duration_minutes).saturating_mul(MINUTE);
        let elsewhere = Elsewhere::default();
        let allow = rule.allow_window;
        let (is_chained, spares_settled) = (false, false);
        let mut window = Self {
            allow,
            duration,
            recurrence,
            zone,
            until,
            is_chained,
            spares_settled,
            around,
            elsewhere,
        };
        window.around.next = window.next(SimTime::UNSET);
        // A second that hardly any minute has may be the only thing that is missing.
        if window.around.next.is_none() && !names_leap_second {
            return Err(WindowError::NoOccurrence);
        }
        Ok(window)
    }

    /// The same rule with its windows chained (T11).
    #[must_use]
    pub fn chained(self) -> Self {
        Self { is_chained: true, ..self }
    }

    /// Unrolls the rule around `now`, if the clock left what is unrolled.
    pub fn turn_to(&mut self, now: SimTime) {
        self.around = self.around_of(now);
    }

    /// What the rule says at an instant; some nanoseconds at the clock it was turned to and near the
    /// instants asked lately, some microseconds elsewhere; a chain is walked once.
    #[must_use]
    pub fn judge(&self, at: SimTime) -> Windowed {
        let Around { latest, next, end } = self.around_of(at);
        let inside = latest.map(|start| (start, end)).filter(|&(_, end)| at < end);
        match (self.allow, inside) {
            (true, Some((start, end))) => Windowed::Open { start, end },
            (true, None) => Windowed::Closed { next },
            (false, Some((_, end))) => Windowed::Denied { end },
            (false, None) => Windowed::Clear { next },
        }
    }

    /// When another window begins at `at` or later within the one that is told then, which is told from then
    /// on. A chain is one, and told to its end; of those that deny for ever only that is told.
    #[must_use]
    pub(super) fn overtaken(&self, at: SimTime) -> Option<SimTime> {
        let end = match self.judge(at) {
            Windowed::Open { end, .. } => end,
            Windowed::Denied { end } if !self.is_chained => end.ever()?,
            _ => return None,
        };
        self.around_of(at).next.filter(|&next| next < end)
    }

    /// Where a rollout that would start at `base` starts because of this rule: when its targets may
    /// first be deployed to. If no window comes any more, at `base` (SEMANTICS 8.5), and never if
    /// windows are chained: then that is for all rules to say.
    #[must_use]
    pub fn adjust(&self, base: SimTime) -> SimTime {
        let nowhere = if self.is_chained { SimTime::NEVER } else { base };
        match self.judge(base) {
            Windowed::Closed { next } => next.unwrap_or(nowhere),
            Windowed::Denied { end } => end,
            Windowed::Open { .. } | Windowed::Clear { .. } => base,
        }
    }

    fn around_of(&self, at: SimTime) -> Around {
        if self.around.holds(at) {
            return self.around;
        }
        let mut elsewhere = self.elsewhere.0.lock().expect("unrolling does not panic");
        if let Some(&known) = elsewhere.iter().find(|known| known.holds(at)) {
            return known;
        }
        let (latest, next) = (self.latest(at), self.next(at));
        let end = latest.map_or(SimTime::UNSET, |latest| self.end(latest, next));
        let around = Around { latest, next, end };
        elsewhere.truncate(KEPT - 1);
        elsewhere.push_front(around);
        around
    }

    /// The last occurrence at or before an instant.
    #[must_use]
    pub fn latest(&self, at: SimTime) -> Option<SimTime> {
        let second = at.0.div_euclid(SECOND).min(self.until);
        if second < FIRST_LOCAL - SECONDS_PER_DAY {
            return None;
        }
        let on = |day: i64, seconds: &[u32]| {
            let instants = self.zone.instants(day, seconds);
            let place = instants.partition_point(|&instant| instant <= second);
            instants[..place].last().copied()
        };
        // A repeated local day may show a later time at an earlier instant.
        let from = day_of(self.zone.local(second)) + 1;
        let (day, found) = self.find(FIRST_DAY..=from, Way::Backward, &on)?;
        // A time skipped on the day before may have moved past what was found.
        let moved = self.find(day - 1..=day - 1, Way::Backward, &on);
        Some(SimTime(moved.map_or(found, |(_, it)| it.max(found)) * SECOND))
    }

    /// The first occurrence after an instant.
    #[must_use]
    pub fn next(&self, at: SimTime) -> Option<SimTime> {
        let second = at.0.div_euclid(SECOND);
        if second >= self.until {
            return None;
        }
        let on = |day: i64, seconds: &[u32]| {
            let instants = self.zone.instants(day, seconds);
            instants.get(instants.partition_point(|&instant| instant <= second)).copied()
        };
        // A time skipped on the day before may have moved past the instant.
        let from = day_of(self.zone.local(second)) - 1;
        let (day, found) = self.find(from..=LAST_DAY, Way::Forward, &on)?;
        // What was found may have moved past times of the day after.
        let passed = self.find(day + 1..=day + 1, Way::Forward, &on);
        let next = passed.map_or(found, |(_, it)| it.min(found));
        (next <= self.until).then_some(SimTime(next * SECOND))
    }

    /// The first day of a range for which `on` has an answer, and the answer.
    fn find(
        &self,
        days: std::ops::RangeInclusive<i64>,
        way: Way,
        on: &dyn Fn(i64, &[u32]) -> Option<i64>,
    ) -> Option<(i64, i64)> {
        let mut found = None;
        self.recurrence.each_day(days, way, &mut |day, seconds| {
            found = on(day, seconds).map(|instant| (day, instant));
            found.is_none()
        });
        found
    }
}

/// The days on which instants can be written.
const FIRST_DAY: i64 = days_of(1678, 1, 1);
const LAST_DAY: i64 = days_of(2262, 1, 1) - 1;
/// Local seconds of these days.
const FIRST_LOCAL: i64 = FIRST_DAY * SECONDS_PER_DAY;
const LAST_LOCAL: i64 = LAST_DAY * SECONDS_PER_DAY + SECONDS_PER_DAY - 1;
