//! Chains: when deny windows end that touch or overlap (T11).
//!
//! Days are walked, not occurrences: of a day on which the rule recurs densely, the first and the last
//! occurrence tell. A chain is walked from where it is entered to its end, and the end is then known
//! to every instant in it. One that goes on until the end of time, 235 years, takes some tens of
//! milliseconds, once for a rule, however often it recurs; most end within a day or two.

use shakedown_engine::base::time::{SECOND, SECONDS_PER_DAY, SimTime};

use super::recurrence::{Way, day_of};
use super::{LAST_DAY, LAST_LOCAL, Window};

impl Window {
    /// When the window ends that begins at `latest`, the occurrence before `next`, or the chain that it
    /// belongs to. Never if that goes on until the end of time.
    pub(super) fn end(&self, latest: SimTime, next: Option<SimTime>) -> SimTime {
        let end = latest.plus(self.duration);
        if self.allow || !self.is_chained || next.is_none_or(|next| end < next) {
            return end;
        }
        let duration = self.duration / SECOND;
        let mut last = latest.0.div_euclid(SECOND);
        while !self.is_known(last) {
            // A time skipped on the day before may have moved past the last.
            let from = day_of(self.zone.local(last)) - 1;
            self.recurrence.each_day(from..=LAST_DAY, Way::Forward, &mut |day, seconds| {
                self.follow(&mut last, duration, day, seconds) && !self.is_known(last)
            });
            if self.zone.local(last) + duration > LAST_LOCAL {
                return SimTime::NEVER;
            }
            // Times that moved lie among those of the day after, so it only looked like a gap.
            let further = self.latest(SimTime(last * SECOND).plus(self.duration));
            match further.map(|further| further.0.div_euclid(SECOND)).filter(|&it| it > last) {
                Some(further) => last = further,
                None => return SimTime(last * SECOND).plus(self.duration),
            }
        }
        self.around.end
    }

    /// Whether an occurrence is in the chain at the clock, of which the end is known.
    fn is_known(&self, second: i64) -> bool {
        let at = SimTime(second * SECOND);
        self.around.latest.is_some_and(|latest| latest <= at) && at < self.around.end
    }

    /// Moves `last` to the last occurrence of the chain on a day; whether it may go on after that day.
    fn follow(&self, last: &mut i64, duration: i64, day: i64, seconds: &[u32]) -> bool {
        let instant = |second: u32| self.zone.instant(day * SECONDS_PER_DAY + i64::from(second));
        let latest = seconds[seconds.len() - 1];
        if !self.recurrence.is_dense(duration) || instant(latest) > self.until {
            let mut instants = self.zone.instants(day, seconds).into_iter();
            return instants.all(|at| at <= self.until && reach(last, duration, at, at));
        }
        let shift = |second: u32| instant(second) - i64::from(second);
        let before = shift(seconds[0]);
        // If the clock is changed on that day, what lies before and after is dense.
        let change = if shift(latest) == before {
            seconds.len()
        } else {
            seconds.partition_point(|&second| shift(second) == before)
        };
        let (early, late) = seconds.split_at(change);
        [early, late]
            .into_iter()
            .filter(|part| !part.is_empty())
            .all(|part| reach(last, duration, instant(part[0]), instant(part[part.len() - 1])))
    }
}

/// Moves `last` to the last of some occurrences between which there is no gap, unless there is one
/// before the first of them; whether there is none.
fn reach(last: &mut i64, duration: i64, first: i64, latest: i64) -> bool {
    let goes_on = first <= *last + duration;
    if goes_on {
        *last = latest.max(*last);
    }
    goes_on
}
