//! What rules answer to generic code, which names none of them.

use std::fmt::Debug;
use std::ops::Range;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::select::Selector;

use crate::facts::StatusSet;

/// What a check keeps of a cohort; buffers live on when it starts over.
pub trait Keep: Default + Debug {
    /// Starts over with rows that lie in a span of words.
    fn begin(&mut self, _span: Range<usize>) {}

    /// Starts over with another scope or candidate of the same cohort.
    fn enter(&mut self) {}
}

impl Keep for () {}

/// What a check reads of the world, which tells what makes its answers stale.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs<'a> {
    /// The target's own jobs: a created job may change what it says.
    pub own_jobs: bool,
    /// Successes of jobs with these statuses in other environments of the system.
    pub successes: Option<StatusSet>,
    /// Which other targets of the resource satisfy a selector.
    pub satisfying: Option<&'a Selector>,
    /// What it says changes with time row by row, and only rows for which it matters are asked: a
    /// timer need not ring at each of its instants.
    pub timed_rows: bool,
}

/// What successes upstream let one foresee: during which time they let a version pass, if none comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// From when on; never, as things are.
    pub from: SimTime,
    /// Until when.
    pub until: SimTime,
}

impl Foreseen {
    /// Since when they do at `now`, if they do, and the next instant at which that changes.
    fn at(self, now: SimTime) -> (Option<SimTime>, Option<SimTime>) {
        let since = Some(self.from).filter(|&from| from <= now && now < self.until);
        let changes = [self.from, self.until].into_iter().filter(|&at| at > now);
        (since, changes.filter_map(SimTime::ever).min())
    }

    /// What is new in it at `now` to who was told the other.
    #[must_use]
    pub fn news(self, told: Self, now: SimTime) -> News {
        let ((since, next), (known, awaited)) = (self.at(now), told.at(now));
        match next {
            _ if since != known => News::Answer,
            Some(at) if awaited.is_none_or(|awaited| at < awaited) => News::Timer(at),
            _ => News::None,
        }
    }
}

/// What is new in what successes upstream let one foresee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Nothing: the answer is the same, and who was to look again is to do so no later than it changes.
    None,
    /// The answer is the same, and must be asked for again at this instant.
    Timer(SimTime),
    /// The answer may be another.
    Answer,
}

impl News {
    /// What is new in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, it) | (it, Self::None) => it,
            (Self::Timer(a), Self::Timer(b)) => Self::Timer(a.min(b)),
            (Self::Answer, _) | (_, Self::Answer) => Self::Answer,
        }
    }
}

/// What a check says to the clock of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Since when the check holds, if it does.
    pub since: Option<SimTime>,
    /// The next instant at which time alone may change that.
    pub wake: Option<SimTime>,
}

/// A member that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The field, seen from the rule.
    pub path: [&'static str; 2],
    /// What is wrong with it.
    pub message: String,
}
